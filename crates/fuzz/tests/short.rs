//! The short form of fuzzing: what once failed, and the same few thousand made-up inputs in every run.

use confab_fuzz::{Fuzzer, Target, kept};

fn holds(target: Target, inputs: u32, different: usize) {
    for (name, input) in kept::all(target).unwrap_or_default() {
        if let Err(why) = target.play(&input) {
            panic!("{name} fails again: {why}");
        }
    }
    let mut fuzzer = Fuzzer::new(target, 1);
    let mut done = fuzzer.begin();
    for _ in 0..inputs {
        done = done.and_then(|()| fuzzer.step());
    }
    if let Err(failed) = done {
        let input = String::from_utf8_lossy(&failed.input).into_owned();
        panic!("{}: {:?} {input}", failed.why, failed.input);
    }
    let found = fuzzer.different();
    println!(
        "{target}: {} inputs led to {found} different things",
        fuzzer.tried
    );
    assert!(found >= different, "{found} different things are hardly a test");
}

#[test]
fn decoders_take_anything() {
    holds(Target::Decoders, 4_000, 40);
}

#[test]
fn frames_that_come_are_shown_or_ignored() {
    holds(Target::Frames, 4_000, 50);
}

#[test]
fn sockets_say_the_same_however_bytes_are_cut() {
    holds(Target::Sockets, 50_000, 50);
}

#[test]
fn the_world_keeps_its_promises_whatever_is_chosen() {
    holds(Target::World, 1_000, 100);
}
