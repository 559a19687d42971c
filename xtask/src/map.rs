//! `map`: the list of modules in ARCHITECTURE.md, from the first sentence of each file.

use crate::Result;
use crate::place::root;
use crate::run::about;
use std::fs;
use std::path::Path;

const BEGIN: &str = "<!-- map -->\n";
const END: &str = "<!-- /map -->";

/// The command: writes the list between its marks again.
pub fn command() -> Result<bool> {
    let path = root().join("ARCHITECTURE.md");
    let document = fs::read_to_string(&path).map_err(about(&path))?;
    let mut modules = Vec::new();
    for folder in ["src", "crates", "server", "xtask"] {
        collect(folder, &mut modules)?;
    }
    fs::write(&path, with_map(&document, &modules)?).map_err(about(&path))?;
    println!("ARCHITECTURE.md: {} modules", modules.len());
    Ok(true)
}

/// A file and what it says about itself.
struct Module {
    path: String,
    sentence: String,
}

fn collect(folder: &str, modules: &mut Vec<Module>) -> Result<()> {
    let place = root().join(folder);
    let entries = fs::read_dir(&place).map_err(about(&place))?;
    let entries: std::io::Result<Vec<_>> = entries.collect();
    let names = entries
        .map_err(about(&place))?
        .into_iter()
        .map(|entry| entry.file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    // What a folder is stands before its files, and these before its folders.
    names.sort_by_key(|name| {
        let heads = matches!(name.as_str(), "lib.rs" | "main.rs" | "mod.rs");
        (place.join(name).is_dir(), !heads, name.clone())
    });
    for name in names {
        let path = format!("{folder}/{name}");
        let place = root().join(&path);
        if place.is_dir() {
            collect(&path, modules)?;
        } else if place.extension().is_some_and(|kind| kind == "rs" || kind == "js") {
            modules.push(Module {
                sentence: first_sentence(&read(&place)?),
                path,
            });
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(about(path))
}

/// The first sentence of the comment at the file's beginning.
fn first_sentence(text: &str) -> String {
    let lines = text.lines().map_while(|line| {
        let line = line
            .strip_prefix("//!")
            .or_else(|| line.strip_prefix("//"))?
            .trim();
        (!line.is_empty()).then_some(line)
    });
    let paragraph = lines.collect::<Vec<_>>().join(" ");
    let paragraph = without_targets(&paragraph);
    let end = paragraph.find(". ").map_or(paragraph.len(), |end| end + 1);
    paragraph.get(..end).unwrap_or_default().to_owned()
}

/// `[words](target)` as words: the targets of rustdoc mean nothing here.
fn without_targets(text: &str) -> String {
    let mut parts = text.split("](");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some(open) = plain.rfind('[') {
            plain.remove(open);
        }
        plain.push_str(part.split_once(')').map_or(part, |(_, rest)| rest));
    }
    plain
}

fn with_map(document: &str, modules: &[Module]) -> Result<String> {
    let broken = || format!("ARCHITECTURE.md has no {} … {END}", BEGIN.trim());
    let (before, rest) = document.split_once(BEGIN).ok_or_else(broken)?;
    let (_, after) = rest.split_once(END).ok_or_else(broken)?;
    let mut map = String::new();
    let mut folder = "";
    for Module { path, sentence } in modules {
        let own = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if own != folder {
            map.push('\n');
            folder = own;
        }
        map.extend(["- `", path, "` ", sentence, "\n"]);
    }
    Ok(format!("{before}{BEGIN}{map}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_may_span_lines_and_ends_with_its_paragraph() {
        assert_eq!(
            first_sentence("//! One\n//! thing. More.\n\nuse x;"),
            "One thing."
        );
        assert_eq!(first_sentence("//! One thing\n//!\n//! More. "), "One thing");
        assert_eq!(
            first_sentence("// In JavaScript.\nconst x = 1;"),
            "In JavaScript."
        );
        assert_eq!(first_sentence("use x; // not this"), "");
        assert_eq!(
            first_sentence("//! Shows a [`View`](s::View), takes [x](y)."),
            "Shows a `View`, takes x."
        );
    }

    #[test]
    fn the_map_takes_the_place_of_the_old_one() {
        let module = |path: &str| Module {
            path: path.to_owned(),
            sentence: "It.".to_owned(),
        };
        let document = format!("a\n{BEGIN}old\n{END}\nz\n");
        let new = with_map(
            &document,
            &[module("src/a.rs"), module("src/b.rs"), module("src/ui/c.rs")],
        )
        .unwrap();
        let map = "\n- `src/a.rs` It.\n- `src/b.rs` It.\n\n- `src/ui/c.rs` It.\n\n";
        assert_eq!(new, format!("a\n{BEGIN}{map}{END}\nz\n"));
        assert_eq!(with_map(&new, &[]).unwrap(), format!("a\n{BEGIN}\n{END}\nz\n"));
        assert!(with_map("no marks", &[]).is_err());
    }
}
