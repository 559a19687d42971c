//! Which crate may know which.

use crate::sources::{Finding, assert_none, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

/// Our crates and the ones of ours that each may use.
const MAY_USE: [(&str, &[&str]); 10] = [
    ("confab", &["confab-content", "confab-protocol", "confab-session"]),
    ("confab-bench", &[]),
    ("confab-content", &[]),
    (
        "confab-fuzz",
        &[
            "confab-content",
            "confab-protocol",
            "confab-server",
            "confab-session",
            "confab-sim",
        ],
    ),
    ("confab-protocol", &[]),
    ("confab-proxy", &[]),
    ("confab-server", &[]),
    ("confab-session", &["confab-content", "confab-protocol"]),
    (
        "confab-sim",
        &[
            "confab",
            "confab-content",
            "confab-protocol",
            "confab-session",
            "confab-server",
        ],
    ),
    ("xtask", &[]),
];

/// Crates that reach a browser, a network, a clock or chance, or bring a runtime.
const OUTSIDE: [&str; 16] = [
    "web-sys",
    "js-sys",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "gloo-net",
    "gloo-timers",
    "gloo-utils",
    "leptos",
    "reactive_graph",
    "tokio",
    "async-std",
    "futures",
    "getrandom",
    "rand",
    "chrono",
    "reqwest",
];

#[test]
fn crates_look_in_one_direction() {
    let mut findings = Vec::new();
    for (package, used) in dependencies() {
        let manifest = format!("the manifest of {package}");
        let Some((_, may)) = MAY_USE.iter().find(|(name, _)| *name == package) else {
            findings.push(Finding::new(
                &manifest,
                1,
                "a crate without a place",
                "say here what it may use",
            ));
            continue;
        };
        let ours = used
            .iter()
            .filter(|name| MAY_USE.iter().any(|(own, _)| own == name));
        for name in ours.filter(|name| !may.contains(&name.as_str())) {
            findings.push(Finding::new(
                &manifest,
                1,
                name,
                "it may not know that crate: see the arrows in ARCHITECTURE.md",
            ));
        }
    }
    assert_none(&findings);
}

#[test]
fn the_pure_crates_reach_nothing_outside() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let ours: BTreeMap<_, _> = dependencies().into_iter().collect();
    let mut findings = Vec::new();
    for package in ["confab-content", "confab-protocol", "confab-session"] {
        for name in reached(&lock, &ours, package)
            .iter()
            .filter(|name| OUTSIDE.contains(&name.as_str()))
        {
            let remedy = "this crate decides and does nothing: what needs it belongs to src/driver";
            findings.push(Finding::new(
                &format!("the manifest of {package}"),
                1,
                name,
                remedy,
            ));
        }
    }
    assert_none(&findings);
}

#[test]
fn what_a_crate_reaches_is_read_through_others() {
    let lock = "[[package]]\nname = \"a\"\nversion = \"1\"\ndependencies = [\n \"b 2.0\",\n]\n\n\
        [[package]]\nname = \"b\"\nversion = \"2.0\"\ndependencies = [\n \"tokio\",\n]\n";
    let ours = BTreeMap::from([("ours".to_owned(), vec!["a".to_owned()])]);
    let reached = reached(lock, &ours, "ours");
    assert_eq!(
        reached.into_iter().collect::<Vec<_>>(),
        ["a", "b", "ours", "tokio"]
    );
}

/// Our crates with the crates that each needs to run (what only its tests need is left out).
fn dependencies() -> Vec<(String, Vec<String>)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let needed = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        all.filter(|dependency| dependency["kind"] != "dev")
            .map(name)
            .collect()
    };
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (name(package), needed(package)))
        .collect()
}

/// The crates that one of ours reaches through others, itself included: ours by their manifests (the lock file mixes in
/// what only tests need), the others by the lock file.
fn reached(lock: &str, ours: &BTreeMap<String, Vec<String>>, begin: &str) -> BTreeSet<String> {
    let mut open = vec![begin.to_owned()];
    let mut reached = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !reached.contains(&name) {
            open.extend(
                ours.get(&name)
                    .cloned()
                    .unwrap_or_else(|| locked_dependencies(lock, &name)),
            );
            reached.insert(name);
        }
    }
    reached
}

/// What any version of this package in the lock file uses.
fn locked_dependencies(lock: &str, name: &str) -> Vec<String> {
    let heading = format!("[[package]]\nname = \"{name}\"\n");
    let packages = lock
        .split(&heading)
        .skip(1)
        .filter_map(|rest| rest.split("[[package]]").next());
    let used = packages
        .filter_map(|package| package.split_once("dependencies = [\n"))
        .map(|(_, used)| used);
    let lines = used.flat_map(|used| used.lines().take_while(|line| *line != "]"));
    lines
        .filter_map(|line| line.trim_matches([' ', '"', ',']).split(' ').next())
        .map(str::to_owned)
        .collect()
}
