//! `demo`: widget and server, built and started.

use crate::run::{about, step};
use crate::server::Running;
use crate::tools::Tools;
use crate::{Result, dist, place, server};
use std::io::BufRead;
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::thread;

const PORT: u16 = 8787;

/// The command: runs until it is interrupted or the server ends.
pub fn demo(words: &[&str]) -> Result<bool> {
    let options = Options::parse(words)?;
    let tools = step("looking for the tools", Tools::for_dist)?;
    dist::build(&tools)?;
    let binary = server::build("native")?;
    let mut serve = server::serve(&binary, options.port, &options.database.to_string_lossy());
    serve.arg("--dist").arg(dist::folder());
    if options.bot {
        serve.arg("--bot");
    }
    if let Some(folder) = options.database.parent() {
        std::fs::create_dir_all(folder).map_err(about(folder))?;
    }
    println!("==> starting the server; Ctrl-C ends it");
    wait(Running::start(&mut serve)?)
}

/// What ends the demo.
enum End {
    Interrupted,
    ServerEnded,
}

/// Passes on what the server prints until it ends or this program is told to.
fn wait(mut server: Running) -> Result<bool> {
    let (tell, told) = channel();
    let interrupted = tell.clone();
    // When nobody listens any more, the end has come already.
    ctrlc::set_handler(move || drop(interrupted.send(End::Interrupted)))
        .map_err(|error| format!("Ctrl-C: {error}"))?;
    relay(&mut server, tell);
    match told.recv() {
        Ok(End::Interrupted) => Ok(true),
        Ok(End::ServerEnded) | Err(_) => {
            let status = server.wait()?;
            // Ctrl-C reaches the server too, and it may be the first to end.
            if status.success() {
                return Ok(true);
            }
            Err(format!(
                "the server ended with {status}; is the port taken? `--port 0` picks a free one"
            ))
        }
    }
}

fn relay(server: &mut Running, tell: Sender<End>) {
    let output = server.output();
    thread::spawn(move || {
        for line in output
            .into_iter()
            .flat_map(BufRead::lines)
            .map_while(std::io::Result::ok)
        {
            println!("{line}");
        }
        drop(tell.send(End::ServerEnded));
    });
}

/// How the demo is to run.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    port: u16,
    database: PathBuf,
    /// Whether a scripted agent answers, so that a lone visitor is not left alone.
    bot: bool,
}

impl Options {
    fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self {
            port: PORT,
            database: place::target()?.join("demo.sqlite3"),
            bot: true,
        };
        let mut words = words.iter();
        while let Some(&word) = words.next() {
            if word == "--no-bot" {
                options.bot = false;
                continue;
            }
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word {
                "--port" => {
                    let wrong = |_| format!("--port {value}: not a port number");
                    options.port = value.parse().map_err(wrong)?;
                }
                "--database" => options.database = PathBuf::from(value),
                _ => {
                    return Err(format!(
                        "demo knows no `{word}`; it knows --port N, --database FILE and --no-bot"
                    ));
                }
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_wrong_ones_named() {
        let options = Options::parse(&["--port", "0", "--no-bot", "--database", "x.sqlite3"]).unwrap();
        assert_eq!(
            options,
            Options {
                port: 0,
                database: "x.sqlite3".into(),
                bot: false,
            }
        );
        let usual = Options::parse(&[]).unwrap();
        assert!(usual.port == PORT && usual.bot);
        for (words, says) in [
            (&["--port"][..], "needs a value"),
            (&["--port", "x"], "not a port"),
            (&["--p", "1"], "`--p`"),
        ] {
            assert!(Options::parse(words).unwrap_err().contains(says), "{words:?}");
        }
    }
}
