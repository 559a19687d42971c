//! Starting other programs and saying how long things take.

use crate::Result;
use crate::counts::{Counts, Runner};
use crate::place;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

/// Says what is being done, does it, says how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {what}");
    let begun = Instant::now();
    let done = work();
    let seconds = begun.elapsed().as_secs_f64();
    match &done {
        Ok(_) => println!("    {what}: {seconds:.1} s"),
        Err(_) => println!("    {what}: failed after {seconds:.1} s"),
    }
    done
}

/// A program in the repository's root, that reads nothing from the terminal.
pub fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(place::root()).stdin(Stdio::null());
    // Everything is built where this program was built, whatever chose that place.
    if let Ok(target) = place::target() {
        command.env("CARGO_TARGET_DIR", target);
    }
    command
}

/// The cargo that runs this program.
pub fn cargo(words: &[&str]) -> Command {
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words);
    command
}

/// Builds a program of the workspace for speed, then runs it with its output on ours; whether it was content.
pub fn optimised(package: &str, what: &str, words: &[&str]) -> Result<bool> {
    let built = ["--quiet", "--profile", "native", "--package", package];
    step(&format!("building {what}"), || {
        succeed(cargo(&["build"]).args(built))
    })?;
    let mut run = cargo(&["run"]);
    run.args(built).arg("--").args(words);
    let status = run.status().map_err(|error| cannot_start(&run, &error))?;
    Ok(status.success())
}

/// Runs to the end with its output on ours; an error unless it succeeds.
pub fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", shown(command)))
    }
}

/// Runs to the end; what it printed, or an error with what it complained of.
pub fn printed(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| cannot_start(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!(
        "{} ended with {}: {}",
        shown(command),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// What the program prints, trimmed; `None` when it cannot be started or fails.
pub fn answer(name: &str, words: &[&str]) -> Option<String> {
    let output = program(name).args(words).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// Runs a test runner: passes its output on while it comes, and counts the results in it.
///
/// A runner that fails without naming a failed test counts as one failure.
pub fn counted(command: &mut Command, runner: Runner) -> Result<Counts> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| cannot_start(command, &error))?;
    let stderr = child.stderr.take();
    let errors = thread::spawn(move || {
        stderr.map_or(Counts::default(), |pipe| relay(pipe, std::io::stderr(), runner))
    });
    let mut counts = child
        .stdout
        .take()
        .map_or(Counts::default(), |pipe| relay(pipe, std::io::stdout(), runner));
    counts += errors.join().unwrap_or_default();
    let status = child
        .wait()
        .map_err(|error| format!("{}: {error}", shown(command)))?;
    if !status.success() && counts.failed == 0 {
        eprintln!("error: {} ended with {status}", shown(command));
        counts.failed = 1;
    }
    Ok(counts)
}

/// Runs a test runner and counts, as [`counted`] does, but keeps its output: for several runners at once.
pub fn counted_quietly(command: &mut Command, runner: Runner) -> Result<(Counts, String)> {
    let output = command.output().map_err(|error| cannot_start(command, &error))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    let mut counts = Counts::default();
    for line in text.lines() {
        counts += runner.read(line);
    }
    if !output.status.success() && counts.failed == 0 {
        counts.failed = 1;
    }
    Ok((counts, text))
}

fn relay(from: impl Read, mut to: impl Write, runner: Runner) -> Counts {
    let mut counts = Counts::default();
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        // Our own output being closed is no reason to stop counting.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        counts += runner.read(&String::from_utf8_lossy(&line));
        line.clear();
    }
    counts
}

/// The first file of this name on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .find(|file| file.is_file())
}

/// Puts folders before what PATH holds.
pub fn with_path(command: &mut Command, folders: &[PathBuf]) -> Result<()> {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(std::env::split_paths(&old));
    let joined = std::env::join_paths(all).map_err(|error| format!("PATH: {error}"))?;
    command.env("PATH", joined);
    Ok(())
}

/// An error of the file system, with the path it is about.
pub fn about(path: &Path) -> impl Fn(std::io::Error) -> String + '_ {
    move |error| format!("{}: {error}", path.display())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start {}: {error}", command.get_program().display())
}
