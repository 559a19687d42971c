//! What went wrong is made as small as can be, and can be played again from its words.

use confab_sim::{Bug, Kind, Schedule, shrink};

#[test]
fn a_schedule_shrinks_to_the_few_things_that_it_takes() {
    let broken = |seed: &u64| {
        let report = Schedule::new(*seed).with(Bug::RemovedWhenSent).play();
        report.shows(Kind::Lost)
            && report.acts > 20
            && report.worst().map(|worst| worst.kind) == Some(Kind::Lost)
    };
    let seeds: Vec<u64> = (0..4_000).filter(broken).take(3).collect();
    assert_eq!(seeds.len(), 3);
    for seed in seeds {
        let schedule = Schedule::new(seed).with(Bug::RemovedWhenSent);
        let shrunk = shrink(&schedule).unwrap();
        let only = shrunk.schedule.only.clone().unwrap();
        println!("{seed}: {only}");
        assert!(shrunk.shows(Kind::Lost));
        assert!(only.acts.as_ref().unwrap().len() <= 3, "{only}");
        assert!(only.strikes.as_ref().unwrap().len() <= 5, "{only}");
        // From its words alone it goes wrong again, in the same way.
        let again = schedule.only(only.to_string().parse().unwrap()).traced().play();
        assert!(again.shows(Kind::Lost));
        assert_eq!(again.steps, shrunk.steps);
    }
}

#[test]
fn a_part_that_leaves_nothing_out_is_the_whole() {
    for seed in 0..20 {
        let whole = Schedule::new(seed).traced().play();
        let part = Schedule::new(seed).only("".parse().unwrap()).traced().play();
        assert_eq!(whole.trace, part.trace);
    }
}

#[test]
fn what_went_well_does_not_shrink() {
    assert!(shrink(&Schedule::new(1)).is_none());
}
