//! Where things lie: the repository, the build's output, the cache of tools.

use crate::Result;
use std::env;
use std::path::PathBuf;

/// The repository's root folder.
pub fn root() -> PathBuf {
    let package =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    package.parent().map_or(package.clone(), PathBuf::from)
}

/// Cargo's target folder: this program lies in `<target>/debug`.
pub fn target() -> Result<PathBuf> {
    let program =
        env::current_exe().map_err(|error| format!("cannot tell where this program lies: {error}"))?;
    let folder = program.ancestors().nth(2);
    folder
        .map(PathBuf::from)
        .ok_or_else(|| format!("{} is not in a target folder", program.display()))
}

/// The user's cache for Confab, where tools are installed once for every clone.
pub fn cache() -> Result<PathBuf> {
    let set = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("CONFAB_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|base| base.join("confab")))
        .or_else(|| {
            set("HOME")
                .or_else(|| set("USERPROFILE"))
                .map(|home| home.join(".cache/confab"))
        })
        .ok_or_else(|| "no place for the tools: set CONFAB_CACHE to a folder of yours".to_owned())
}
