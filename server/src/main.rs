//! The command line of the reference server.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use confab_server::commands::Offline;
use confab_server::{Addresses, Options, StartError, raise_open_files, start};
use tokio::signal::unix::{SignalKind, signal};

/// A stand-in for Chatwoot's API channel on one machine
#[derive(Debug, Parser)]
#[command(name = "confab-server", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the APIs, the cable, the agent console, the widget and the demo website
    Serve(Serve),
    #[command(flatten)]
    Offline(Offline),
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    options: Options,
    /// Print addresses, ids and tokens as one line of JSON
    #[arg(long)]
    json: bool,
}

/// The signal `SIGXFSZ`, the same on Linux and macOS.
const FILE_TOO_LARGE: i32 = 25;

#[tokio::main]
async fn main() -> ExitCode {
    let (said, code) = match Cli::parse().command {
        Command::Serve(serve) => match run(serve).await {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => (error.to_string(), error.exit_code()),
        },
        Command::Offline(command) => match command.run() {
            Ok(()) => return ExitCode::SUCCESS,
            Err(failure) => (failure.to_string(), failure.code()),
        },
    };
    eprintln!("confab-server: {said}");
    ExitCode::from(code)
}

async fn run(serve: Serve) -> Result<(), StartError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::System)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::System)?;
    // Held, a limit on the size of files is an error to report; otherwise it kills the program.
    let _file_too_large = signal(SignalKind::from_raw(FILE_TOO_LARGE)).map_err(StartError::System)?;
    if let Some(files) = raise_open_files() {
        eprintln!(
            "confab-server: the system allows {files} open files, and so no more connections at once; raise it with ulimit -n"
        );
    }
    let server = start(serve.options).await?;
    let said = if serve.json {
        server.addresses().json().to_string()
    } else {
        shown(server.addresses())
    };
    // Whether anybody reads it or not, the server serves.
    let _ = writeln!(std::io::stdout().lock(), "{said}");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    server.stop().await;
    Ok(())
}

/// What a person reads, as one text.
fn shown(addresses: &Addresses) -> String {
    let seeds = &addresses.seeds;
    [
        "Confab's reference server is running.".to_owned(),
        String::new(),
        format!("  A tour, step by step   {}", addresses.tour),
        format!("  Website with the chat  {}", addresses.demo),
        format!("  Chat as its own page   {}", addresses.chat),
        format!("  Agent console          {}", addresses.agent),
        String::new(),
        format!("  Base URL               {}", addresses.base),
        format!("  Inbox identifier       {}", seeds.inbox_identifier),
        format!("  Account                {}", seeds.account),
        format!("  Administrator's token  {}", seeds.admin_token),
        format!("  Agent's token          {}", seeds.agent_token),
        String::new(),
        "Ctrl-C ends it.".to_owned(),
    ]
    .join("\n")
}
