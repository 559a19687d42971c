//! `confab-shadow.js`, the script of the chat inside a page: it holds its style sheet, and names glue and wasm.

use crate::Result;
use crate::parts;
use crate::place::root;
use crate::run::about;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Its name is a promise to every site that has a chat in its page.
pub const NAME: &str = "confab-shadow.js";
/// The page's one style sheet.
pub const STYLE: &str = "style.css";

/// Writes it beside the stage, with the names that glue and wasm have got and the page's style sheet. Not yet minified.
pub fn written(stage: &Path, renamed: &BTreeMap<String, String>) -> Result<PathBuf> {
    let read = |path: PathBuf| fs::read_to_string(&path).map_err(about(&path));
    let sheet = [
        read(stage.join(STYLE))?,
        read(root().join("style").join("shadow.css"))?,
    ];
    let script = parts::with_parts(&root().join("src").join("embed").join("shadow.js"))?;
    let script = filled(&script, &sheet.concat(), renamed)?;
    let path = stage.with_file_name(NAME);
    fs::write(&path, script).map_err(about(&path))?;
    Ok(path)
}

fn filled(script: &str, sheet: &str, renamed: &BTreeMap<String, String>) -> Result<String> {
    let new = |name: &str| renamed.get(name).map(|new| format!("./{new}"));
    let values = [
        ("'CONFAB_GLUE'", new("confab.js")),
        ("'CONFAB_WASM'", new("confab_bg.wasm")),
        ("'CONFAB_STYLE'", Some(plain(sheet))),
    ];
    let mut script = script.to_owned();
    for (place, value) in values {
        let value = value.filter(|_| script.matches(place).count() == 1);
        let value = value.ok_or_else(|| format!("{NAME} cannot be put together: nothing for {place}"))?;
        script = script.replace(place, &serde_json::Value::from(value).to_string());
    }
    Ok(script)
}

/// The sheet without what only people read, and with the root that it has there.
fn plain(sheet: &str) -> String {
    let mut rest = sheet;
    let mut kept = String::with_capacity(sheet.len());
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, rest)| rest);
    }
    kept.push_str(rest);
    let lines: Vec<&str> = kept
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n").replace(":root", ":host")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed() -> BTreeMap<String, String> {
        let pairs = [
            ("confab.js", "confab-1.js"),
            ("confab_bg.wasm", "confab_bg-2.wasm"),
        ];
        pairs.map(|(old, new)| (old.to_owned(), new.to_owned())).into()
    }

    #[test]
    fn names_and_sheet_are_put_in_their_places() {
        let script = "a = 'CONFAB_GLUE'; b = 'CONFAB_WASM'; c = 'CONFAB_STYLE'; 'confab.js'";
        let sheet = "/* words */\n:root {\n  content: \"'\";\n}\n";
        assert_eq!(
            filled(script, sheet, &renamed()).unwrap(),
            r#"a = "./confab-1.js"; b = "./confab_bg-2.wasm"; c = ":host {\ncontent: \"'\";\n}"; 'confab.js'"#
        );
    }

    #[test]
    fn a_script_without_a_place_or_a_place_without_a_file_is_refused() {
        let script = "'CONFAB_GLUE' 'CONFAB_WASM' 'CONFAB_STYLE'";
        assert!(
            filled("'CONFAB_GLUE'", "", &renamed())
                .unwrap_err()
                .contains("CONFAB_WASM")
        );
        assert!(
            filled(script, "", &BTreeMap::new())
                .unwrap_err()
                .contains("CONFAB_GLUE")
        );
    }
}
