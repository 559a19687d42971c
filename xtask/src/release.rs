//! The release at an address of its own: `v/<version>-<hash>/` holds all files once more, and what lies there never changes.
//!
//! The hash is of all names and contents, so another build of the same version is another address. A site that names such an
//! address can demand the very script that it tried, by the integrity printed here; the frame comes from the same folder, so
//! script and frame stay of one release.

use crate::Result;
use crate::run::about;
use crate::sizes::Files;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256, Sha384};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of all such addresses.
const FOLDER: &str = "v";

/// Copies the release, as it lies in `dist` with its compressed files, and prints how a site names it.
pub fn put(files: &Files, dist: &Path, loader: &str) -> Result<()> {
    let name = format!("{FOLDER}/{}-{}", env!("CARGO_PKG_VERSION"), hash(files));
    copy(dist, dist, &dist.join(&name))?;
    let script = files
        .get(loader)
        .ok_or_else(|| format!("the release has no {loader}"))?;
    println!("\nan address that never changes: {name}/{loader}");
    println!(
        "    integrity=\"{}\" crossorigin=\"anonymous\"",
        integrity(&script.content)
    );
    Ok(())
}

/// What the attribute `integrity` demands of a script.
fn integrity(content: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(content)))
}

/// Eight digits that change with any name or byte of the release.
fn hash(files: &Files) -> String {
    let mut hasher = Sha256::new();
    for (name, file) in files {
        for part in [name.as_bytes(), &file.content] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    let digits: Vec<String> = hasher
        .finalize()
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    digits.concat()
}

/// Everything below `from` but the folder of addresses, which lies in `dist` itself.
fn copy(dist: &Path, from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).map_err(about(to))?;
    for entry in fs::read_dir(from).map_err(about(from))? {
        let path: PathBuf = entry.map_err(about(from))?.path();
        let Some(name) = path.file_name().filter(|_| path != dist.join(FOLDER)) else {
            continue;
        };
        let target = to.join(name);
        if path.is_dir() {
            copy(dist, &path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(about(&target))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sizes::File;

    fn files(content: &str) -> Files {
        let content = content.as_bytes().to_vec();
        let needed = true;
        [("confab.js".to_owned(), File { content, needed })].into()
    }

    #[test]
    fn the_address_changes_with_any_byte_and_with_nothing_else() {
        assert_eq!(hash(&files("a")), hash(&files("a")));
        assert_ne!(hash(&files("a")), hash(&files("b")));
        assert_eq!(hash(&files("a")).len(), 8);
    }

    #[test]
    fn the_integrity_is_that_of_browsers() {
        // The standard's own example of a script that alerts.
        assert_eq!(
            integrity(b"alert('Hello, world.');"),
            "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
        );
    }

    #[test]
    fn the_copy_is_whole_and_holds_no_earlier_address() {
        let dist = std::env::temp_dir().join(format!("confab-release-{}", std::process::id()));
        fs::create_dir_all(dist.join("locales")).unwrap();
        fs::create_dir_all(dist.join("v/old")).unwrap();
        fs::write(dist.join("confab.js"), "a").unwrap();
        fs::write(dist.join("locales/de.json"), "{}").unwrap();
        put(&files("a"), &dist, "confab.js").unwrap();
        let address = dist.join(format!("v/{}-{}", env!("CARGO_PKG_VERSION"), hash(&files("a"))));
        assert_eq!(fs::read(address.join("confab.js")).unwrap(), b"a");
        assert_eq!(fs::read(address.join("locales/de.json")).unwrap(), b"{}");
        assert!(!address.join("v").exists());
        fs::remove_dir_all(dist).unwrap();
    }
}
