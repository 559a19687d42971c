//! Embeds the agent console and the demo website: every file below `console/` and `site/` becomes an entry of a table.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut source = String::new();
    for (name, folder) in [("CONSOLE", "console"), ("SITE", "site")] {
        let folder = root.join(folder);
        println!("cargo:rerun-if-changed={}", folder.display());
        let mut files = Vec::new();
        collect(&folder, &folder, &mut files)?;
        files.sort();
        writeln!(source, "pub static {name}: &[(&str, &[u8])] = &[")?;
        for (path, file) in files {
            writeln!(
                source,
                "    ({path:?}, include_bytes!({:?})),",
                file.display().to_string()
            )?;
        }
        writeln!(source, "];")?;
    }
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("embedded.rs"), source)?;
    Ok(())
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> Result<(), Box<dyn Error>> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            files.push((name, path));
        }
    }
    Ok(())
}
