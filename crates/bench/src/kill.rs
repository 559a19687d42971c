//! Kills the server in the middle of writing, again and again, and then looks what is left.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::Result;
use crate::http::Http;
use crate::judge::stored;
use crate::server::{Folder, Server, Visitor, serve};

const WRITERS: usize = 8;
/// Messages that are acknowledged before each kill, at least.
const BETWEEN: usize = 250;
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Seen {
    acknowledged: Mutex<BTreeSet<String>>,
    count: AtomicUsize,
    killed: AtomicBool,
}

/// So many kills; whether everything that was acknowledged is there, once, and the database is sound.
pub async fn measure(binary: &Path, kills: usize) -> Result<bool> {
    let folder = Folder::new(binary, "kill")?;
    let database = folder.0.join("chat.sqlite3");
    let seen = Arc::new(Seen::default());
    let mut visitors: Vec<Visitor> = Vec::new();
    for round in 0..kills {
        let mut server = Server::start(&mut serve(binary, &database)).await?;
        while visitors.len() < WRITERS {
            visitors.push(server.site.visitor().await?);
        }
        seen.killed.store(false, Ordering::SeqCst);
        let until = seen.count.load(Ordering::SeqCst) + BETWEEN + round % 17;
        let mut writers = Vec::new();
        for (number, visitor) in visitors.iter().enumerate() {
            let http = Http::connect(&server.site.authority).await?;
            let name = format!("{round}-{number}");
            writers.push(tokio::spawn(write(
                http,
                visitor.clone(),
                name,
                Arc::clone(&seen),
            )));
        }
        let enough = async {
            while seen.count.load(Ordering::SeqCst) < until {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, enough).await.is_err() {
            return Err(format!("too few messages are acknowledged in round {round}"));
        }
        seen.killed.store(true, Ordering::SeqCst);
        server.kill().await?;
        for writer in writers {
            writer.await.map_err(|error| error.to_string())??;
        }
    }
    let acknowledged = seen.acknowledged.lock().await;
    let lost = stored(&database)?.lost(&acknowledged);
    println!(
        "    {kills} kills under {WRITERS} writers: {} messages acknowledged, {} lost; none doubled, the database is sound",
        acknowledged.len(),
        lost.len()
    );
    Ok(lost.is_empty())
}

/// Writes until the server is gone; what was acknowledged is noted.
async fn write(mut http: Http, visitor: Visitor, name: String, seen: Arc<Seen>) -> Result<()> {
    for number in 0.. {
        let text = format!("{name}-{number}");
        match visitor.send(&mut http, &text).await {
            Ok(()) => {
                seen.acknowledged.lock().await.insert(text);
                seen.count.fetch_add(1, Ordering::SeqCst);
            }
            Err(_) if seen.killed.load(Ordering::SeqCst) => break,
            Err(reason) => return Err(format!("before the kill: {reason}")),
        }
    }
    Ok(())
}
