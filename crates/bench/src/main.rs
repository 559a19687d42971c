//! Measures what the reference server bears, as a client on the same machine; `cargo xtask bench` builds and starts it.
//!
//! Where to start: [`server`] starts the server, [`http`] and [`socket`] are cheap clients, [`messages`], [`sockets`] and
//! [`slow`] measure, [`table`] judges; [`kill`] and [`power`] do their worst to its database, [`judge`] looks at what is left.

mod http;
mod judge;
mod kill;
mod messages;
mod power;
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

const HELP: &str = "confab-bench SERVER [messages] [sockets] [slow] [kill[=N]] [power[=N]]";
const KILLS: usize = 150;
const POWER_CUTS: usize = 1000;

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
    let all = ["messages", "sockets", "slow", "kill", "power"].map(str::to_owned);
    let mut table = Table::default();
    let mut kept = true;
    for part in if parts.is_empty() { &all[..] } else { parts } {
        let (part, number) = part
            .split_once('=')
            .map_or((part.as_str(), None), |(part, number)| (part, Some(number)));
        let times = |usual: usize| {
            number.map_or(Ok(usual), |number| {
                number.parse().map_err(|_| format!("{number}: {HELP}"))
            })
        };
        match part {
            "messages" => messages::measure(binary, &mut table).await?,
            "sockets" => sockets::measure(binary, &mut table).await?,
            "slow" => slow::measure(binary, &mut table).await?,
            "kill" => kept &= kill::measure(binary, times(KILLS)?).await?,
            "power" => kept &= power::measure(binary, times(POWER_CUTS)?).await?,
            other => return Err(format!("there is no part `{other}`: {HELP}")),
        }
    }
    Ok(kept && table.met())
}
