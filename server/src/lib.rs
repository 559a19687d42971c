//! The reference server: behaves like Chatwoot's API channel, on `SQLite`, on one machine.
//!
//! Where to start: `rules` says what happens, `wire` what it looks like, `http` and `cable` how it is reached,
//! `store` where it is kept. [`start`] puts them together.

mod bot;
mod cable;
pub mod commands;
mod config;
mod connection;
mod courier;
mod error;
mod faults;
mod http;
mod links;
mod media;
mod open_files;
mod params;
mod quirks;
mod random;
mod rules;
mod store;
mod time;
mod websocket;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

pub use config::{Addresses, Options};
pub use error::StartError;
pub use open_files::raise as raise_open_files;
pub use quirks::Version;
pub use store::{Answered, Call, Room, Seeds, Told};
pub use websocket::{Incoming, Refusal, read_all};

use cable::Hub;
use connection::{FINISH_WITHIN, Places};
use courier::{Courier, Poster};
use faults::Faults;
use links::Links;
use quirks::Quirks;
use random::Random;
use rules::Installation;
use store::{Files, Store, Worker};
use time::Clock;

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
    if options.synchronous_normal {
        db.pragma_update(None, "synchronous", "NORMAL")
            .map_err(|error| store::failed(&options.database, &error))?;
    }
    let clock = Clock::starting_at(options.now);
    let mut random = Random::new(options.seed);
    let seeds = store::seed(&mut db, &mut random, clock.now())
        .map_err(|error| store::failed(&options.database, &error))?;
    let robin = options
        .bot
        .then(|| bot::plant(&mut db, seeds.account, &mut random, clock.now()))
        .transpose()
        .map_err(|error| store::failed(&options.database, &error))?;
    let bound = listener.local_addr().map_err(StartError::System)?;
    let addresses = Addresses::new(bound, prefix, seeds, options.dist);
    let files = Files::open(options.files.as_deref(), &options.database, &db, &mut random)?;
    let secret = store::secret(&db, "addresses of files", &mut random)
        .map_err(|error| store::failed(&options.database, &error))?;
    let links = Links::new(&addresses.base, &secret);
    let hub = Arc::new(Hub::start().map_err(StartError::System)?);
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
        complaint: store::Complaint::default(),
    };
    let (store, database) = Store::start(worker)?;
    tokio::spawn(courier.run(poster, store.clone(), ended.clone()));
    tokio::spawn(cable::run_pings(Arc::clone(&hub), clock, ended.clone()));
    tokio::spawn(store.clone().run_alarm(ended.clone()));
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
        echo: options.websocket_echo,
    };
    let router = Router::new().fallback(http::answer).with_state(Arc::new(app));
    let places = Places::new(options.connections_per_address);
    let serving = tokio::spawn(connection::serve(listener, router, places, ended));
    Ok(Server {
        addresses,
        ending,
        serving,
        database,
    })
}
