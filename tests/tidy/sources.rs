//! Reading the repository's files, and saying what is wrong in which line.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of the repository.
#[derive(Clone)]
pub struct Source {
    /// From the root, with `/`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// A line that breaks a rule.
pub struct Finding {
    path: String,
    line: usize,
    what: String,
    remedy: String,
}

impl Finding {
    pub fn new(path: &str, line: usize, what: &str, remedy: &str) -> Self {
        Self {
            path: path.to_owned(),
            line,
            what: what.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.what, self.remedy)
    }
}

/// Fails with every finding on a line of its own.
pub fn assert_none(findings: &[Finding]) {
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert!(lines.is_empty(), "\n{}", lines.join("\n"));
}

/// Fails when a line of code holds one of the words.
pub fn refuse(sources: &[Source], words: &[&str], remedy: &str) {
    refuse_if(sources, remedy, |line| {
        words.iter().any(|word| line.contains(word))
    });
}

/// Fails when a line of code is wrong.
pub fn refuse_if(sources: &[Source], remedy: &str, wrong: impl Fn(&str) -> bool) {
    let findings = sources.iter().flat_map(|source| {
        let lines = code(&source.text).filter(|(_, line)| wrong(line));
        lines
            .map(|(number, line)| Finding::new(&source.path, number, line.trim(), remedy))
            .collect::<Vec<_>>()
    });
    assert_none(&findings.collect::<Vec<_>>());
}

/// Whether the word stands in the line and is not the end of a longer one.
pub fn word_at(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "_-".contains(c))
    })
}

/// The lines without comments, with their numbers from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let comment = |line: &str| {
        ["//", "/*", "* ", "*/", "<!--"]
            .iter()
            .any(|start| line.trim_start().starts_with(start))
    };
    lines
        .filter(move |(_, line)| !comment(line))
        .map(|(number, line)| {
            let code = line.split_once(" // ").map_or(line, |(code, _)| code);
            (number, code)
        })
}

/// The files of these kinds in files and folders of the repository, in order. What is recorded, built or installed is left out.
pub fn sources(places: &[&str], kinds: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for place in places {
        collect(&root().join(place), kinds, &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn collect(place: &Path, kinds: &[&str], found: &mut Vec<Source>) {
    const LEFT_OUT: [&str; 6] = [
        ".git",
        "target",
        "dist",
        "node_modules",
        "test-results",
        "tests/recorded",
    ];
    let path = relative(place);
    if LEFT_OUT
        .iter()
        .any(|out| path == *out || path.ends_with(&format!("/{out}")))
    {
        return;
    }
    if place.is_dir() {
        let entries: Vec<PathBuf> = fs::read_dir(place)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        for entry in entries {
            collect(&entry, kinds, found);
        }
    } else if kinds
        .iter()
        .any(|kind| path.rsplit(['.', '/']).next() == Some(kind))
        && let Ok(text) = fs::read_to_string(place)
    {
        found.push(Source { path, text });
    }
}

fn relative(place: &Path) -> String {
    let parts = place
        .strip_prefix(root())
        .unwrap_or(place)
        .components()
        .filter(|part| part.as_os_str() != ".");
    parts
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

#[test]
fn comments_are_no_code_and_lines_keep_their_numbers() {
    let text = "//! eval(\nlet a = 1; // eval(\n  /* x */\nlet url = \"http://x\";";
    let lines: Vec<_> = code(text).collect();
    assert_eq!(lines, [(2, "let a = 1;"), (4, "let url = \"http://x\";")]);
}

#[test]
fn a_word_is_not_the_end_of_another() {
    assert!(word_at("x = eval(y)", "eval("));
    assert!(!word_at("retrieval(y)", "eval("));
}

#[test]
fn files_are_found_by_kind_and_recordings_left_out() {
    let paths: Vec<_> = sources(&["tests", "Trunk.toml"], &["rs", "toml", "mjs"])
        .into_iter()
        .map(|s| s.path)
        .collect();
    assert!(
        paths.contains(&"tests/tidy.rs".to_owned()) && paths.contains(&"Trunk.toml".to_owned()),
        "{paths:?}"
    );
    assert!(
        !paths.iter().any(|path| path.starts_with("tests/recorded")),
        "{paths:?}"
    );
}
