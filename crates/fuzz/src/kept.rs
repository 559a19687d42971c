//! Inputs that once failed: files in `found`, each named after its target.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::target::{Target, mark};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("found")
}

/// Keeps an input; where.
///
/// # Errors
///
/// The file cannot be written.
pub fn keep(target: Target, input: &[u8]) -> io::Result<PathBuf> {
    let name = mark(input.iter().map(|byte| u64::from(*byte)));
    let path = folder().join(format!("{target}-{name:016x}"));
    fs::create_dir_all(folder())?;
    fs::write(&path, input)?;
    Ok(path)
}

/// All that were kept for a target, with their names.
///
/// # Errors
///
/// A file that is there cannot be read.
pub fn all(target: Target) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut kept = Vec::new();
    for entry in fs::read_dir(folder()).into_iter().flatten() {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("{target}-")) {
            kept.push((name, fs::read(entry.path())?));
        }
    }
    kept.sort();
    Ok(kept)
}
