//! Makes up inputs until the time is over or one fails. What fails is shortened, printed and kept; exit status 1.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use confab_fuzz::{Failed, Fuzzer, Target, kept};
use confab_sim::Schedule;

const HELP: &str = "\
[TARGET…] [--seconds N]  makes up inputs for decoders, frames, sockets, world: 60 s each unless told otherwise
--trace FILE  plays an input for the world that was kept, step by step";

/// What is to be done.
enum Wish {
    Help,
    /// Inputs for these targets, for so many seconds each.
    Fuzz(Vec<Target>, u64),
    /// The story of an input of the world's.
    Tell(Vec<u8>),
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match read(&words) {
        Ok(Wish::Help) => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Wish::Fuzz(targets, seconds)) => {
            std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
            let failed = targets.into_iter().filter(|target| !run(*target, seconds));
            exit(failed.count() == 0)
        }
        Ok(Wish::Tell(input)) => {
            let report = Schedule::steered(&input).traced().play();
            for line in &report.trace {
                println!("{line}");
            }
            exit(report.is_clean())
        }
        Err(error) => {
            eprintln!("{error}\n{HELP}");
            ExitCode::from(2)
        }
    }
}

fn exit(is_well: bool) -> ExitCode {
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn read(words: &[String]) -> Result<Wish, String> {
    let (mut targets, mut seconds) = (Vec::new(), 60);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--help" | "-h" => return Ok(Wish::Help),
            "--seconds" => {
                let text = rest.next().ok_or("--seconds wants a number")?;
                let number = text.parse::<u64>().ok().filter(|number| *number > 0);
                seconds = number.ok_or_else(|| format!("no number of seconds above 0: {text}"))?;
            }
            "--trace" => {
                let [_, file] = words else {
                    return Err("--trace wants a file and nothing else".to_owned());
                };
                let input = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
                return Ok(Wish::Tell(input));
            }
            target => targets.push(target.parse()?),
        }
    }
    if targets.is_empty() {
        targets = Target::ALL.to_vec();
    }
    Ok(Wish::Fuzz(targets, seconds))
}

/// Fuzzes a target on all processors; whether it held.
fn run(target: Target, seconds: u64) -> bool {
    let until = Instant::now() + Duration::from_secs(seconds);
    let seed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (over, tried, different) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let work = |seed: u64| {
        let mut fuzzer = Fuzzer::new(target, seed);
        let mut done = fuzzer.begin();
        while done.is_ok() && Instant::now() < until && !over.load(Ordering::Relaxed) {
            done = fuzzer.step();
        }
        tried.fetch_add(fuzzer.tried, Ordering::Relaxed);
        different.fetch_max(
            u64::try_from(fuzzer.different()).unwrap_or_default(),
            Ordering::Relaxed,
        );
        if let Err(failed) = &done {
            over.store(true, Ordering::Relaxed);
            tell(target, failed);
        }
        done.is_ok()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = u64::try_from(threads).unwrap_or(1);
    let held = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || work(seed.wrapping_add(thread))))
            .collect();
        runs.into_iter().all(|run| run.join().unwrap_or(false))
    });
    let (tried, different) = (tried.into_inner(), different.into_inner());
    println!(
        "{target}: {tried} inputs that led to {different} different things, {}",
        if held { "all held" } else { "one FAILED" }
    );
    held
}

fn tell(target: Target, failed: &Failed) {
    println!("{target}: {}", failed.why);
    println!("{}", String::from_utf8_lossy(&failed.input));
    match kept::keep(target, &failed.input) {
        Ok(path) => println!("kept as {}", path.display()),
        Err(error) => eprintln!("it cannot be kept: {error}"),
    }
}
