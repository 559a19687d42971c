//! Ten thousand sockets: what each costs, what they cost when nothing happens, and how fast one message reaches all.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::Result;
use crate::http::Http;
use crate::server::{Folder, Server, Site, Visitor, serve};
use crate::socket::Socket;
use crate::table::{Budget, Table, millis, percentile};

const SOCKETS: usize = 10_000;
const AT_ONCE: usize = 100;
const RUNS: usize = 5;
const IDLE: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(60);
const TEXT: &str = "fan-out";

/// Opens them, lets them idle, sends to all of them five times.
pub async fn measure(binary: &Path, table: &mut Table) -> Result<()> {
    let folder = Folder::new(binary, "sockets")?;
    let server = Server::start(&mut serve(binary, &folder.0.join("chat.sqlite3"))).await?;
    let visitor = server.site.visitor().await?;
    let before = server.memory()?;
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let begun = Instant::now();
    connect(&server.site, &visitor, &arrived).await?;
    table.note(
        "10,000 sockets: time to subscribe all",
        begun.elapsed().as_secs_f64(),
        "s",
    );
    // Until what subscribing has stirred up has been sent and read.
    sleep(Duration::from_secs(5)).await;
    let used = server.used()?;
    sleep(IDLE).await;
    let idle = server.used()?.saturating_sub(used).as_secs_f64() / IDLE.as_secs_f64();
    table.add("  idle, of a core", idle * 100.0, "%", Budget::AtMost(5.0));
    #[expect(clippy::cast_precision_loss, reason = "ten thousand")]
    let each = |now: f64| (now - before) / SOCKETS as f64;
    table.add(
        "  memory each, idle",
        each(server.memory()?),
        "KiB",
        Budget::AtMost(10.0),
    );
    let mut slowest = Vec::new();
    let mut http = Http::connect(&server.site.authority).await?;
    let before_all = server.used()?;
    for run in 0..RUNS {
        let mut times = send(&visitor, &mut http, run, &mut arrivals).await?;
        slowest.push(percentile(&mut times, 0.99));
        sleep(Duration::from_secs(1)).await;
    }
    let used = server.used()?.saturating_sub(before_all);
    let shown: Vec<String> = slowest
        .iter()
        .map(|time| format!("{:.0}", millis(*time)))
        .collect();
    println!(
        "    one message to 10,000 subscriptions, p99 of each run in ms: {}",
        shown.join(" ")
    );
    let median = percentile(&mut slowest, 0.5);
    table.add(
        "  one message to all, p99 (median of 5)",
        millis(median),
        "ms",
        Budget::AtMost(150.0),
    );
    #[expect(clippy::cast_precision_loss, reason = "five")]
    let runs = RUNS as f64;
    table.note("  the server's processor time for it", millis(used) / runs, "ms");
    table.add(
        "  memory each, after that",
        each(server.memory()?),
        "KiB",
        Budget::AtMost(10.0),
    );
    Ok(())
}

/// A message that arrived somewhere: of which run, and when.
type Arrival = (usize, Instant);

async fn connect(site: &Site, visitor: &Visitor, arrived: &mpsc::UnboundedSender<Arrival>) -> Result<()> {
    let site = Arc::new(site.clone());
    for _ in 0..SOCKETS / AT_ONCE {
        let mut opening = Vec::new();
        for _ in 0..AT_ONCE {
            let (site, visitor, arrived) = (Arc::clone(&site), visitor.clone(), arrived.clone());
            opening.push(tokio::spawn(async move {
                let mut socket = Socket::open(&site).await?;
                socket.subscribe(&visitor.token).await?;
                tokio::spawn(listen(socket, arrived));
                Ok::<_, String>(())
            }));
        }
        for one in opening {
            one.await.map_err(|error| error.to_string())??;
        }
    }
    Ok(())
}

async fn listen(mut socket: Socket, arrived: mpsc::UnboundedSender<Arrival>) {
    // It ends with the server; one that is cut before shows as a message that did not arrive.
    while let Ok(text) = socket.next().await {
        if let Some(run) = run_of(text) {
            // Nobody listens any more when all is measured.
            let _ = arrived.send((run, Instant::now()));
        }
    }
}

/// The number of the run, from the message's own event.
fn run_of(frame: &str) -> Option<usize> {
    if !frame.contains("\"event\":\"message.created\"") {
        return None;
    }
    let rest = frame.split(TEXT).nth(1)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

async fn send(
    visitor: &Visitor,
    http: &mut Http,
    run: usize,
    arrivals: &mut mpsc::UnboundedReceiver<Arrival>,
) -> Result<Vec<Duration>> {
    let begun = Instant::now();
    visitor.send(http, &format!("{TEXT}{run}")).await?;
    let mut times = Vec::with_capacity(SOCKETS);
    while times.len() < SOCKETS {
        let (of, at) = timeout(PATIENCE, arrivals.recv())
            .await
            .map_err(|_| format!("a message reached only {} of {SOCKETS} sockets", times.len()))?
            .ok_or("nobody listens")?;
        if of == run {
            times.push(at.saturating_duration_since(begun));
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_messages_own_event_counts() {
        let frame =
            |event: &str| format!(r#"{{"message":{{"event":"{event}","data":{{"content":"fan-out12"}}}}}}"#);
        assert_eq!(run_of(&frame("message.created")), Some(12));
        assert_eq!(run_of(&frame("conversation.updated")), None);
    }
}
