//! Measures what the reference server bears, as a client on the same machine; `cargo xtask bench` builds and starts it.
//!
//! Where to start: [`server`] starts the server, [`http`] and [`socket`] are cheap clients, [`messages`], [`sockets`] and
//! [`slow`] measure, [`table`] judges.

mod http;
mod messages;
mod server;
mod slow;
mod socket;
mod sockets;
mod table;

use std::path::Path;
use std::process::ExitCode;

use table::Table;

/// What went wrong, in words.
type Result<T> = std::result::Result<T, String>;

const HELP: &str = "confab-bench SERVER [messages] [sockets] [slow]";

// One thread: what is left of two processors is the server's.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn run(words: &[String]) -> Result<bool> {
    let (binary, parts) = words.split_first().ok_or(HELP)?;
    let binary = Path::new(binary);
    let all = ["messages", "sockets", "slow"].map(str::to_owned);
    let mut table = Table::default();
    for part in if parts.is_empty() { &all[..] } else { parts } {
        match part.as_str() {
            "messages" => messages::measure(binary, &mut table).await?,
            "sockets" => sockets::measure(binary, &mut table).await?,
            "slow" => slow::measure(binary, &mut table).await?,
            other => return Err(format!("there is no part `{other}`: {HELP}")),
        }
    }
    Ok(table.met())
}
