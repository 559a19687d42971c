//! What a visitor downloads: compressed copies of the files, a table of their sizes, and the budget.

use crate::Result;
use crate::run::about;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::thread;

/// Bytes (brotli 11) of everything that a usable chat needs.
const CHAT_BUDGET: usize = 150_000;
/// Bytes (brotli 11) of the script tag's file.
const LOADER_BUDGET: usize = 4_000;

/// A file of the release.
pub struct File {
    /// What it holds.
    pub content: Vec<u8>,
    /// Whether a usable chat needs it.
    pub needed: bool,
}

/// The files of the release by their path in dist.
pub type Files = BTreeMap<String, File>;

/// Writes `.br` and `.gz` beside each file that gets smaller by it, prints the table; `false` when a budget is exceeded.
pub fn compress_and_weigh(files: &Files, dist: &Path) -> Result<bool> {
    let rows: Result<Vec<Row>> = thread::scope(|scope| {
        let begun: Vec<_> = files
            .iter()
            .map(|(name, file)| scope.spawn(|| row(name, file, dist)))
            .collect();
        let lost = |_| Err("a file could not be compressed".to_owned());
        begun
            .into_iter()
            .map(|row| row.join().unwrap_or_else(lost))
            .collect()
    });
    Ok(weigh(rows?))
}

/// One line of the table.
struct Row<'a> {
    name: &'a str,
    raw: usize,
    brotli: usize,
    needed: bool,
}

fn row<'a>(name: &'a str, file: &File, dist: &Path) -> Result<Row<'a>> {
    let brotli = brotli(&file.content)?;
    let gzip = gzip(&file.content)?;
    let raw = file.content.len();
    for (suffix, small) in [("br", &brotli), ("gz", &gzip)] {
        if small.len() < raw {
            let path = dist.join(format!("{name}.{suffix}"));
            fs::write(&path, small).map_err(about(&path))?;
        }
    }
    Ok(Row {
        name,
        raw,
        brotli: brotli.len().min(raw),
        needed: file.needed,
    })
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut small = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: content.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &*content, &mut small, &params)
        .map_err(|error| format!("brotli: {error}"))?;
    Ok(small)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(content)
        .and_then(|()| encoder.finish())
        .map_err(|error| format!("gzip: {error}"))
}

fn weigh(mut rows: Vec<Row>) -> bool {
    rows.sort_by_key(|row| (!row.needed, std::cmp::Reverse(row.brotli)));
    println!(
        "{:<44}{:>10}{:>10}",
        "file (* a usable chat needs it)", "raw", "brotli"
    );
    for row in &rows {
        let mark = if row.needed { '*' } else { ' ' };
        println!("{mark} {:<42}{:>10}{:>10}", row.name, row.raw, row.brotli);
    }
    let needed = || rows.iter().filter(|row| row.needed);
    let chat: usize = needed().map(|row| row.brotli).sum();
    let raw: usize = needed().map(|row| row.raw).sum();
    let label = format!("to a usable chat, {} files", needed().count());
    println!("= {label:<42}{raw:>10}{chat:>10}  of {CHAT_BUDGET}");
    let loader = rows
        .iter()
        .find(|row| row.name == crate::dist::LOADER)
        .map_or(0, |row| row.brotli);
    println!(
        "= {:<42}{:>10}{loader:>10}  of {LOADER_BUDGET}",
        "before any act, 1 file", ""
    );
    let fits = chat <= CHAT_BUDGET && loader <= LOADER_BUDGET;
    if !fits {
        eprintln!("error: the release files outgrow their budget");
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, brotli: usize, needed: bool) -> Row<'_> {
        Row {
            name,
            raw: brotli,
            brotli,
            needed,
        }
    }

    #[test]
    fn each_budget_is_held_to_the_byte() {
        assert!(weigh(vec![
            row("confab.js", 4_000, true),
            row("app.wasm", 146_000, true),
            row("x", 9_999, false)
        ]));
        assert!(!weigh(vec![
            row("confab.js", 4_000, true),
            row("app.wasm", 146_001, true)
        ]));
        assert!(!weigh(vec![row("confab.js", 4_001, true)]));
    }
}
