//! `confab-proxy TARGET:PORT`: says where it listens, then obeys the lines that it reads, one answer for each.
//!
//! `ok`, or `error` with the reason; `count` is answered with `accepted N up BYTES down BYTES`. It ends with its input, so
//! that nothing is left when whoever started it is gone.

use confab_proxy::{Command, Proxy};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (Some(target), None) = (words.next(), words.next()) else {
        eprintln!("usage: confab-proxy 127.0.0.1:PORT");
        return ExitCode::from(2);
    };
    let done = match target.parse() {
        Ok(target) => obey(target).await,
        Err(_) => Err(io::Error::other(format!("no address and port: {target}"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn obey(target: SocketAddr) -> io::Result<()> {
    let proxy = Proxy::start(target)?;
    answer(&format!("listening {}", proxy.address()))?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        if line.trim() == "count" {
            let counts = proxy.counts();
            let (accepted, up, down) = (counts.accepted, counts.up, counts.down);
            answer(&format!("accepted {accepted} up {up} down {down}"))?;
            continue;
        }
        match line.parse::<Command>() {
            Ok(command) => {
                proxy.obey(command).await;
                // Connections are told before whoever asked is.
                tokio::task::yield_now().await;
                answer("ok")?;
            }
            Err(reason) => answer(&format!("error {reason}"))?,
        }
    }
    Ok(())
}

fn answer(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}
