//! Power cuts, played back: what a server under `strace` wrote and synced is turned into disks as they may look when the
//! power goes: what was not synced is there, or not, or there in part.

mod disk;
mod trace;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::Result;
use crate::http::Http;
use crate::judge::stored;
use crate::server::{Folder, Server, serve};
use disk::{Chance, Disk};
use trace::Event;

const WRITERS: usize = 4;
const MESSAGES: usize = 120;
/// Longer than anything the database writes at once.
const LONGEST: &str = "1000000";
const CALLS: &str = "trace=pwrite64,write,writev,sendto,fsync,fdatasync,ftruncate,unlink,openat";

/// What came of the images.
#[derive(Debug, Default)]
struct Outcome {
    images: usize,
    /// With an acknowledged message missing, or damaged.
    bad: usize,
    first: Option<String>,
}

/// Plays so many power cuts under the shipped settings, which must lose nothing, and some under `synchronous=NORMAL`,
/// which must lose something: else the playing proves nothing.
pub async fn measure(binary: &Path, images: usize) -> Result<bool> {
    if Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .status()
        .await
        .is_err()
    {
        println!("    power cuts are not played: there is no strace (apt-get install strace)");
        return Ok(true);
    }
    let shipped = play(binary, None, images).await?;
    println!(
        "    {} power cuts under the shipped settings: {} lost an acknowledged message or left a damaged database",
        shipped.images, shipped.bad
    );
    if let Some(first) = &shipped.first {
        println!("    the first: {first}");
    }
    let control = play(binary, Some("--synchronous-normal"), images.min(100)).await?;
    println!(
        "    {} power cuts with synchronous=NORMAL, as a proof that losses are seen: {} lost something",
        control.images, control.bad
    );
    Ok(shipped.bad == 0 && control.bad > 0)
}

async fn play(binary: &Path, weaker: Option<&str>, images: usize) -> Result<Outcome> {
    let folder = Folder::new(binary, "power")?;
    let database = folder.0.join("chat.sqlite3");
    // What is there before the recording begins counts as synced.
    let mut first = Server::start(&mut serve(binary, &database)).await?;
    let mut visitors = Vec::new();
    for _ in 0..WRITERS {
        visitors.push(first.site.visitor().await?);
    }
    first.kill().await?;
    let mut disk = Disk::of(&folder.0)?;
    let recording = folder.0.join("trace");
    let mut command = Command::new("strace");
    let server = serve(binary, &database);
    command
        .args(["-f", "-y", "-xx", "-s", LONGEST, "-e", CALLS, "-o"])
        .arg(&recording)
        .arg(server.as_std().get_program())
        .args(server.as_std().get_args())
        .args(weaker);
    let mut server = Server::start(&mut command).await?;
    let mut writers = Vec::new();
    for (number, visitor) in visitors.into_iter().enumerate() {
        let mut http = Http::connect(&server.site.authority).await?;
        writers.push(tokio::spawn(async move {
            for message in 0..MESSAGES {
                visitor.send(&mut http, &trace::text(number, message)).await?;
            }
            Ok::<_, String>(())
        }));
    }
    for writer in writers {
        writer.await.map_err(|error| error.to_string())??;
    }
    server.end_traced().await?;
    let events = trace::read(&recording)?;
    judge(&folder, &mut disk, &events, images)
}

/// Cuts the power at moments spread over the recording.
fn judge(folder: &Folder, disk: &mut Disk, events: &[Event], images: usize) -> Result<Outcome> {
    let image = folder.0.join("image");
    let mut chance = Chance::new(0x5eed);
    let mut acknowledged = BTreeSet::new();
    let mut outcome = Outcome::default();
    for (at, event) in events.iter().enumerate() {
        if let Event::Acknowledged(texts) = event {
            acknowledged.extend(texts.iter().cloned());
        } else {
            disk.perform(event);
        }
        // As many as there are to be, evenly.
        if (at + 1) * images / events.len() == at * images / events.len() || acknowledged.is_empty() {
            continue;
        }
        disk.cut(&image, &mut chance)?;
        let lost = stored(&image.join("chat.sqlite3")).map(|stored| stored.lost(&acknowledged));
        outcome.images += 1;
        let wrong = match lost {
            Ok(lost) if lost.is_empty() => continue,
            Ok(lost) => format!("after {at} calls {} is missing", lost.join(", ")),
            Err(reason) => reason,
        };
        outcome.bad += 1;
        outcome.first.get_or_insert(wrong);
    }
    if outcome.images == 0 {
        return Err("nothing was recorded".to_owned());
    }
    Ok(outcome)
}
