//! What is generated from the table of options: the README's table, `confab.d.ts`, the schema, the words of `confab-help.js`.
//! `cargo xtask options` writes them again.
#![cfg(not(target_arch = "wasm32"))]

#[path = "options/reference.rs"]
mod reference;

use std::fs;
use std::path::Path;

use confab::embed::config::table::{Opt, Part};
use confab::embed::config::{Fault, Options, Sources, Surroundings, read_file};
use confab::ui::Mode;

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

#[test]
fn faults_are_named_in_the_order_of_their_numbers() {
    for (number, (fault, name)) in Fault::NAMES.into_iter().enumerate() {
        assert_eq!(fault as usize, number, "{name}");
    }
}

/// The documents that a validator judges by the schema in `tests/e2e/options.test.mjs`.
#[test]
fn the_parser_judges_documents_as_the_schema_does() {
    let documents: serde_json::Value = serde_json::from_str(include_str!("options/documents.json")).unwrap();
    for document in documents["good"].as_array().unwrap() {
        assert_eq!(wrong_options(document), [""; 0], "{document}");
    }
    for bad in documents["bad"].as_array().unwrap() {
        let found = wrong_options(&bad["document"]);
        assert_eq!(found, [bad["option"].as_str().unwrap()], "{bad}");
    }
    let judged: Vec<_> = documents["bad"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bad| bad["option"].as_str().unwrap())
        .collect();
    let untried: Vec<_> = Opt::all()
        .filter(|option| option.about().is_some_and(|about| about.part != Part::Launcher))
        .map(Opt::name)
        .filter(|name| !judged.contains(name))
        .collect();
    assert_eq!(untried, [""; 0], "options without a bad document");
}

/// The options that the parser finds wrong in a `confab.json`, apart from those it does not hold.
fn wrong_options(document: &serde_json::Value) -> Vec<&'static str> {
    let Ok(file) = read_file(&document.to_string()) else {
        return vec!["a document that is not read"];
    };
    let sources = Sources {
        file,
        ..Sources::default()
    };
    let around = Surroundings {
        mode: Mode::Page,
        language: "en",
        is_secure: false,
        colour: &|_| None,
    };
    let errors = match Options::read(&sources, &around) {
        Ok((_, errors)) => errors,
        Err(broken) => broken.errors,
    };
    let mut names: Vec<_> = errors
        .into_iter()
        .filter(|error| error.fault != Fault::Missing)
        .map(|error| error.option)
        .collect();
    names.dedup();
    names
}
