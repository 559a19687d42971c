//! What is generated from the table of options: the README's table, `confab.d.ts`, the schema, the words of `confab-help.js`.
//! `cargo xtask options` writes them again.
#![cfg(not(target_arch = "wasm32"))]

#[path = "options/reference.rs"]
mod reference;

use std::fs;
use std::path::Path;

/// A file, the lines before and after the generated part, and that part.
type Place = (&'static str, &'static str, &'static str, String);

fn places() -> [Place; 5] {
    [
        (
            "README.md",
            "<!-- options -->\n",
            "<!-- /options -->",
            reference::readme(),
        ),
        (
            "src/embed/confab.d.ts",
            "  interface User {\n",
            "  }\n",
            reference::user(),
        ),
        (
            "src/embed/confab.d.ts",
            "  interface Settings extends Partial<Visitor> {\n",
            "  }\n",
            reference::settings(),
        ),
        (
            "src/embed/confab-help.js",
            "// <options>\n",
            "// </options>",
            reference::help(),
        ),
        ("src/embed/confab.schema.json", "", "", reference::schema()),
    ]
}

#[test]
fn what_is_generated_from_the_table_is_up_to_date() {
    for (file, begin, end, new) in places() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let (before, rest) = text
            .split_once(begin)
            .unwrap_or_else(|| panic!("{file} has no {begin}"));
        let at = if end.is_empty() {
            rest.len()
        } else {
            rest.find(end).unwrap()
        };
        let (old, after) = rest.split_at(at);
        if std::env::var_os("CONFAB_BLESS").is_some() {
            fs::write(&path, [before, begin, &new, after].concat()).unwrap();
        } else {
            assert_eq!(
                old, new,
                "{file} is not what the table of options says: cargo xtask options"
            );
        }
    }
}
