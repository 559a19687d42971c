//! `confab-fuzz [TARGET] [--seconds N]`: makes up inputs until the time is over or one fails. What fails is shortened, printed
//! and kept; exit status 1.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use confab_fuzz::{Failed, Fuzzer, Target, kept};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match read(&words) {
        Ok((targets, seconds)) => {
            std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
            let failed = targets
                .into_iter()
                .filter(|target| !run(*target, seconds))
                .count();
            if failed == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Which targets, and for how many seconds each.
fn read(words: &[String]) -> Result<(Vec<Target>, u64), String> {
    let (mut targets, mut seconds) = (Vec::new(), 60);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--seconds" {
            let text = words.next().ok_or("--seconds wants a number")?;
            seconds = text.parse().map_err(|_| format!("no number: {text}"))?;
        } else {
            targets.push(word.parse()?);
        }
    }
    if targets.is_empty() {
        targets = Target::ALL.to_vec();
    }
    Ok((targets, seconds))
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
