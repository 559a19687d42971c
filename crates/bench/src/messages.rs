//! Eight visitors who write as fast as they are answered.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::Result;
use crate::http::Http;
use crate::server::{Folder, Server, Site, Visitor, mib, serve};
use crate::socket::Socket;
use crate::table::{Budget, Table, millis, percentile};

const VISITORS: usize = 8;
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(10);

/// Messages a second, the time to an answer, the server's memory.
pub async fn measure(binary: &Path, table: &mut Table) -> Result<()> {
    let folder = Folder::new(binary, "messages")?;
    let server = Server::start(&mut serve(binary, &folder.0.join("chat.sqlite3"))).await?;
    let mut visitors = Vec::new();
    for _ in 0..VISITORS {
        visitors.push(server.site.visitor().await?);
    }
    for visitor in &visitors {
        let mut socket = Socket::open(&server.site).await?;
        socket.subscribe(&visitor.token).await?;
        // It ends with the server.
        tokio::spawn(async move { while socket.next().await.is_ok() {} });
    }
    write(&server.site, &visitors, WARM_UP).await?;
    let before = server.used()?;
    let mut times = write(&server.site, &visitors, MEASURED).await?;
    let used = server.used()?.saturating_sub(before);
    #[expect(clippy::cast_precision_loss, reason = "some ten thousands")]
    let rate = times.len() as f64 / MEASURED.as_secs_f64();
    table.add(
        "messages a second, eight visitors",
        rate,
        "/s",
        Budget::AtLeast(1650.0),
    );
    table.add(
        "  answer, p50",
        millis(percentile(&mut times, 0.5)),
        "ms",
        Budget::AtMost(4.5),
    );
    table.note("  answer, p99", millis(percentile(&mut times, 0.99)), "ms");
    table.note(
        "  the server's processor time for each",
        millis(used) / (rate * MEASURED.as_secs_f64()),
        "ms",
    );
    table.add(
        "  the server's memory at most",
        mib(server.most_memory()?),
        "MiB",
        Budget::AtMost(28.0),
    );
    Ok(())
}

/// The time of every answer.
async fn write(site: &Site, visitors: &[Visitor], time: Duration) -> Result<Vec<Duration>> {
    let until = Instant::now() + time;
    let mut writers = Vec::new();
    for visitor in visitors {
        let visitor = visitor.clone();
        let mut http = Http::connect(&site.authority).await?;
        writers.push(tokio::spawn(async move {
            let mut times = Vec::new();
            while Instant::now() < until {
                let begun = Instant::now();
                visitor.send(&mut http, "Is the blue one still there?").await?;
                times.push(begun.elapsed());
            }
            Ok::<_, String>(times)
        }));
    }
    let mut all = Vec::new();
    for writer in writers {
        all.append(&mut writer.await.map_err(|error| error.to_string())??);
    }
    Ok(all)
}
