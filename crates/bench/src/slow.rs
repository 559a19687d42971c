//! Five hundred clients that dawdle, some that are only slow, and how the others fare meanwhile.

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::Result;
use crate::http::Http;
use crate::server::{Folder, Server, Site, serve};
use crate::table::{Budget, Table, millis, percentile};

const DAWDLERS: usize = 500;
const HONEST: usize = 20;
/// A server that has not cut by then never will.
const PATIENCE: Duration = Duration::from_secs(40);
const HONEST_TIME: usize = 60;
const HONEST_BYTES: usize = 2000;
/// The answer to a body that was read to its end and is blank.
const NO_JSON: &[u8] = b"HTTP/1.1 400";

/// When dawdlers are cut, whether honest ones get through, and the others' p99 while all of that goes on.
pub async fn measure(binary: &Path, table: &mut Table) -> Result<()> {
    let folder = Folder::new(binary, "slow")?;
    let server = Server::start(&mut serve(binary, &folder.0.join("chat.sqlite3"))).await?;
    let site = &server.site;
    let honest: Vec<_> = (0..HONEST).map(|_| tokio::spawn(upload(site.clone()))).collect();
    let dawdlers: Vec<_> = (0..DAWDLERS)
        .map(|number| tokio::spawn(dawdle(site.clone(), number % 2 == 0)))
        .collect();
    let others = tokio::spawn(others(site.clone(), Duration::from_secs(15)));
    let mut cut = each(dawdlers).await?;
    table.add(
        "500 slow connections: the last is cut after",
        percentile(&mut cut, 1.0).as_secs_f64(),
        "s",
        Budget::AtMost(12.0),
    );
    let mut times = others.await.map_err(|error| error.to_string())??;
    table.add(
        "  others meanwhile, p99",
        millis(percentile(&mut times, 0.99)),
        "ms",
        Budget::AtMost(50.0),
    );
    let through = each(honest).await?.into_iter().filter(|whole| *whole).count();
    #[expect(clippy::cast_precision_loss, reason = "twenty")]
    let (through, all) = (through as f64, HONEST as f64);
    table.add(
        "  of 20 uploads of 2 kB/s for a minute, got through",
        through,
        "",
        Budget::AtLeast(all),
    );
    Ok(())
}

async fn each<T>(tasks: Vec<JoinHandle<Result<T>>>) -> Result<Vec<T>> {
    let mut all = Vec::with_capacity(tasks.len());
    for task in tasks {
        all.push(task.await.map_err(|error| error.to_string())??);
    }
    Ok(all)
}

async fn connect(site: &Site) -> Result<TcpStream> {
    TcpStream::connect(&site.authority)
        .await
        .map_err(|error| format!("cannot connect: {error}"))
}

/// Sends a byte of headers or of a body every half second; how long the server bore it.
async fn dawdle(site: Site, in_the_head: bool) -> Result<Duration> {
    let mut stream = connect(&site).await?;
    let head = if in_the_head {
        "GET / HTTP/1.1\r\nx-slow: "
    } else {
        "POST /public/api/v1/inboxes/x/contacts HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n"
    };
    let begun = Instant::now();
    // A broken connection is what the reading below finds out.
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = [0; 1024];
    while begun.elapsed() < PATIENCE {
        let _ = stream.write_all(b" ").await;
        // A last word may come before the end.
        if let Ok(Ok(0) | Err(_)) = timeout(Duration::from_millis(500), stream.read(&mut answer)).await {
            break;
        }
    }
    Ok(begun.elapsed())
}

/// A slow and steady upload; whether it was answered.
async fn upload(site: Site) -> Result<bool> {
    let mut stream = connect(&site).await?;
    let length = HONEST_TIME * HONEST_BYTES;
    let head = format!(
        "POST /public/api/v1/inboxes/x/contacts HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    if stream.write_all(head.as_bytes()).await.is_err() {
        return Ok(false);
    }
    for _ in 0..HONEST_TIME {
        if stream.write_all(&[b' '; HONEST_BYTES]).await.is_err() {
            return Ok(false);
        }
        sleep(Duration::from_secs(1)).await;
    }
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    Ok(matches!(read, Ok(Ok(_))) && answer.starts_with(NO_JSON))
}

/// Requests of somebody who does nothing wrong, fifty a second.
async fn others(site: Site, time: Duration) -> Result<Vec<Duration>> {
    let visitor = site.visitor().await?;
    let mut http = Http::connect(&site.authority).await?;
    let mut times = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < time {
        let asked = Instant::now();
        visitor.send(&mut http, "Hello?").await?;
        times.push(asked.elapsed());
        sleep(Duration::from_millis(20)).await;
    }
    Ok(times)
}
