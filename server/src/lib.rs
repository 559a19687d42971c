//! The reference server: behaves like Chatwoot's API channel, on `SQLite`, on one machine.
//!
//! Where to start: `rules` says what happens, `wire` what it looks like, `http` and `cable` how it is reached,
//! `store` where it is kept. [`start`] puts them together.

mod bot;
mod cable;
mod config;
mod courier;
mod error;
mod faults;
mod http;
mod links;
mod media;
mod params;
mod quirks;
mod random;
mod rules;
mod store;
mod time;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

pub use config::{Addresses, Options};
pub use error::StartError;
pub use quirks::Version;
pub use store::Seeds;

use cable::Hub;
use courier::{Courier, Poster};
use faults::Faults;
use links::Links;
use quirks::Quirks;
use random::Random;
use rules::Installation;
use store::{Files, Store, Worker};
use time::Clock;

/// Headers that take longer are cut off.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// How long requests under way may go on after the end was asked for.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// A running server. Dropping it without [`Server::stop`] stops listening, but does not wait for anything.
#[derive(Debug)]
pub struct Server {
    addresses: Addresses,
    ending: watch::Sender<bool>,
    serving: JoinHandle<()>,
    database: oneshot::Receiver<()>,
}

impl Server {
    /// Where it is.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Lets requests finish, tells sockets to come back later, closes the database.
    pub async fn stop(self) {
        self.ending.send_replace(true);
        // Whether the task ended well or not, listening is over.
        let _ = self.serving.await;
        let _ = tokio::time::timeout(FINISH_WITHIN, self.database).await;
    }
}

/// Opens the database, seeds it when it is new, and listens.
///
/// # Errors
///
/// Whatever keeps the server from running, each naming its remedy.
pub async fn start(options: Options) -> Result<Server, StartError> {
    let prefix = options.clean_prefix()?;
    let address: SocketAddr = options
        .listen
        .parse()
        .map_err(|_| StartError::Address(options.listen.clone()))?;
    if options.faults.as_ref().is_some_and(String::is_empty) {
        return Err(StartError::Faults);
    }
    if let Some(dist) = options.dist.as_ref().filter(|dist| !dist.is_dir()) {
        return Err(StartError::Dist(dist.display().to_string()));
    }
    // First of all, so that a busy port leaves no new database behind.
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| StartError::Listen(options.listen.clone(), error))?;
    let mut db = store::open(&options.database)?;
    let clock = Clock::starting_at(options.now);
    let mut random = Random::new(options.seed);
    let seeds = store::seed(&mut db, &mut random, clock.now())
        .map_err(|error| StartError::Database(options.database.clone(), error.to_string()))?;
    let robin = options
        .bot
        .then(|| bot::plant(&mut db, seeds.account, &mut random, clock.now()))
        .transpose()
        .map_err(|error| StartError::Database(options.database.clone(), error.to_string()))?;
    let bound = listener.local_addr().map_err(StartError::System)?;
    let addresses = Addresses::new(bound, prefix, seeds, options.dist);
    let files = Files::open(options.files.as_deref(), &options.database, &db, &mut random)?;
    let secret = store::secret(&db, "addresses of files", &mut random)
        .map_err(|error| StartError::Database(options.database.clone(), error.to_string()))?;
    let links = Links::new(&addresses.base, &secret);
    let hub = Arc::new(Hub::default());
    let mut quirks = Quirks::of(options.version);
    quirks.messages_per_minute = options.messages_per_minute.or(quirks.messages_per_minute);
    let (ending, ended) = watch::channel(false);
    let faults = options
        .faults
        .map(|secret| Arc::new(Faults::new(&secret, Arc::clone(&hub), ended.clone())));
    let courier = Courier::default();
    let poster = Poster::new(
        options.allow_private_callbacks || !quirks.callbacks.private_refused,
        Duration::from_secs(options.callback_seconds),
        quirks.callbacks.timeout_names_socket,
        clock,
    );
    let worker = Worker {
        db,
        clock,
        random,
        installation: Installation {
            base: addresses.base.clone(),
            quirks: quirks.clone(),
            links: links.clone(),
        },
        files: files.clone(),
        hub: Arc::clone(&hub),
        faults: faults.clone(),
        courier: courier.clone(),
        parked: Vec::new(),
    };
    let (store, database) = Store::start(worker)?;
    tokio::spawn(courier.run(poster, store.clone(), ended.clone()));
    tokio::spawn(cable::run_pings(Arc::clone(&hub), clock, ended.clone()));
    if let Some(user) = robin {
        let desk = bot::Desk::new(store.clone(), files.clone(), user, addresses.base.clone());
        tokio::spawn(bot::run(desk, store.clone(), Arc::clone(&hub), ended.clone()));
    }
    let app = http::App {
        store,
        files,
        links,
        clock,
        hub,
        addresses: addresses.clone(),
        quirks,
        faults,
        ending: ended.clone(),
    };
    let router = Router::new().fallback(http::answer).with_state(Arc::new(app));
    let serving = tokio::spawn(serve(listener, router, ended));
    Ok(Server {
        addresses,
        ending,
        serving,
        database,
    })
}

async fn serve(listener: TcpListener, router: Router, mut ending: watch::Receiver<bool>) {
    // Every connection holds a sender, so the receiver hears when the last one is through.
    let (open, mut through) = mpsc::channel::<()>(1);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    tokio::spawn(connection(stream, router.clone(), ending.clone(), open.clone()));
                }
                // Out of file handles, mostly: others are about to be given back.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
            _ = ending.changed() => break,
        }
    }
    drop((listener, router, open));
    // Who is still not through by then is cut off.
    let _ = tokio::time::timeout(FINISH_WITHIN, through.recv()).await;
}

async fn connection(
    stream: TcpStream,
    router: Router,
    mut ending: watch::Receiver<bool>,
    open: mpsc::Sender<()>,
) {
    // Small frames matter here more than full packets; a socket that refuses still works.
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request| {
        let answer = router.call(request);
        async move {
            let Ok(response) = answer.await;
            faults::http::let_through(response)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    // A connection that ends badly has nobody left to tell.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = ending.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    drop(open);
}
