//! Scripts that are written in several files and go out as one.

use crate::Result;
use crate::run::about;
use std::fs;
use std::path::Path;

/// A source with the files beside it that it includes, each by a line of its own: `// @include NAME`.
pub fn with_parts(source: &Path) -> Result<String> {
    let text = |path: &Path| fs::read_to_string(path).map_err(about(path));
    let mut whole = String::new();
    for line in text(source)?.lines() {
        match line.trim().strip_prefix("// @include ") {
            Some(name) => whole.push_str(&text(&source.with_file_name(name))?),
            None => whole.extend([line, "\n"]),
        }
    }
    Ok(whole)
}

/// Writes it, whole, to this place, whose folder is made.
pub fn put_together(source: &Path, target: &Path) -> Result<()> {
    let folder = target.parent().unwrap_or(target);
    fs::create_dir_all(folder).map_err(about(folder))?;
    fs::write(target, with_parts(source)?).map_err(about(target))
}
