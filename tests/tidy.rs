//! The rules of the repository that a test can hold. ARCHITECTURE.md says why each stands.
#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot read the repository has failed"
)]

#[path = "tidy/crates.rs"]
mod crates;
#[path = "tidy/sources.rs"]
mod sources;

use sources::{Finding, Source, assert_none, refuse, refuse_if, root, sources, word_at};
use std::fs;

/// Everything that runs in a visitor's or an agent's browser.
fn in_browsers() -> Vec<Source> {
    sources(&["src", "server", "index.html"], &["rs", "js", "mjs", "html"])
        .into_iter()
        .filter(|source| !source.path.starts_with("server/src") && !source.path.ends_with("build.rs"))
        .collect()
}

/// The code below a folder, without the files that hold only tests.
fn widget(folder: &str) -> Vec<Source> {
    let test = |path: &str| path.contains("/tests/") || path.strip_suffix("/tests.rs").is_some();
    sources(&[folder], &["rs"])
        .into_iter()
        .filter(|source| !test(&source.path))
        .collect()
}

#[test]
fn text_becomes_nodes_and_never_markup_or_code() {
    let words = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "inner_html",
        "set_inner_html",
        "document.write",
        "srcdoc",
        "DOMParser",
        "createContextualFragment",
    ];
    refuse(&in_browsers(), &words, "make elements and set their textContent");
    let remedy = "a text never becomes code";
    refuse_if(&in_browsers(), remedy, |line| {
        word_at(line, "eval(") || line.contains("new Function(")
    });
}

#[test]
fn styles_are_classes() {
    let literal = |line: &str| {
        let line = line.replace(" = ", "=");
        let attribute = ["style=\"", "style='", "style={", "style=move", "style=("]
            .iter()
            .any(|word| word_at(&line, word));
        attribute || line.contains("\"style\"")
    };
    refuse_if(
        &in_browsers(),
        "put it into style/ and name a class; the content security policy refuses it",
        literal,
    );
}

#[test]
fn only_the_driver_waits_and_spawns() {
    let others = ["src/ui", "src/embed", "src/lib.rs", "src/main.rs"]
        .map(widget)
        .concat();
    let words = [
        "spawn_local",
        "task::spawn",
        "gloo_net",
        ".await",
        "async fn",
        "async move",
    ];
    refuse(
        &others,
        &words,
        "only src/driver awaits: dispatch an intent, or queue an event",
    );
    let words = [
        "WebSocket",
        "IdbFactory",
        "local_storage",
        "fetch_with",
        "XmlHttpRequest",
    ];
    refuse(
        &widget("src/ui"),
        &words,
        "components show the view and dispatch intents; this is the driver's",
    );
}

#[test]
fn modules_of_the_widget_look_in_one_direction() {
    refuse(
        &widget("src/ui"),
        &["crate::driver"],
        "components know the view and intents, not who performs effects",
    );
    refuse(
        &widget("src/driver"),
        &["crate::ui"],
        "the driver does not know who shows the view",
    );
}

#[test]
fn javascript_values_are_taken_apart_at_the_boundary_only() {
    refuse(
        &widget("src/ui"),
        &["serde_wasm_bindgen", "js_sys::JSON", "driver::record"],
        "embed/api.rs and the driver translate; take typed values",
    );
}

#[test]
fn browser_resources_undo_themselves() {
    /// The page's own entry: what is mounted there lives as long as the page.
    const ALLOWED: [&str; 2] = ["src/main.rs", "src/lib.rs"];
    let others: Vec<_> = widget("src")
        .into_iter()
        .filter(|source| !ALLOWED.contains(&source.path.as_str()))
        .collect();
    let remedy = "keep it in a value whose drop undoes it (driver/handle.rs)";
    refuse(
        &others,
        &["mem::forget", "Box::leak", "into_js_value()", "ManuallyDrop"],
        remedy,
    );
    // A type of ours may have a `forget` of its own, which leaks nothing.
    let others: Vec<_> = others
        .into_iter()
        .filter(|source| !source.text.contains("fn forget("))
        .collect();
    refuse(&others, &[".forget()"], remedy);
}

#[test]
fn the_wire_is_spelled_in_protocol_only() {
    /// A record's fields are named as in Rust.
    const RECORDS: &str = "src/driver/storage/stored.rs";
    let words = [
        // Keys of the API.
        "pubsub_token",
        "echo_id",
        "submitted_values",
        "content_attributes",
        "content_type",
        "message_type",
        "identifier_hash",
        "contact_last_seen_at",
        "agent_last_seen_at",
        "inbox_identifier",
        "api_access_token",
        "typing_status",
        "additional_attributes",
        "custom_attributes",
        "thumb_url",
        "data_url",
        "confirm_subscription",
        "reject_subscription",
        "RoomChannel",
        "update_last_seen",
        "toggle_typing",
        "toggle_status",
        "/public/api",
        // Events of the cable.
        "message.created",
        "message.updated",
        "conversation.created",
        "conversation.status_changed",
        "conversation.read",
        "conversation.typing_on",
        "conversation.typing_off",
        "conversation.contact_changed",
        "presence.update",
        "contact.updated",
        "contact.merged",
        "contact.deleted",
        "assignee.changed",
    ];
    let own = [widget("src"), widget("crates/session")].concat().into_iter();
    let own: Vec<_> = own
        .filter(|source| source.path != RECORDS)
        .map(without_tests_and_debug)
        .collect();
    refuse_if(&own, "build or read it with a type of crates/protocol", |line| {
        words.iter().any(|word| {
            line.split('"')
                .skip(1)
                .step_by(2)
                .any(|text| text.trim_end_matches('\\').contains(word))
        })
    });
}

#[test]
fn what_a_visitor_gets_does_not_depend_on_debug() {
    let all = [
        "src",
        "crates/protocol/src",
        "crates/content/src",
        "crates/session/src",
    ]
    .map(widget)
    .concat();
    let shipped: Vec<_> = all.into_iter().map(without_tests_and_debug).collect();
    refuse(
        &shipped,
        &[":?}", ":#?}"],
        "the release is built with -Zfmt-debug=none, where this writes nothing (xtask/src/slim.rs)",
    );
}

/// The source with empty lines for its tests, which stand last, and for each `impl` of `Debug`.
fn without_tests_and_debug(source: Source) -> Source {
    let (mut tests, mut debug) = (false, false);
    let kept = source.text.lines().map(|line| {
        tests |= line == "mod tests {";
        debug |= line.starts_with("impl fmt::Debug for ") || line.starts_with("impl std::fmt::Debug for ");
        let kept = if tests || debug { "" } else { line };
        debug &= line != "}";
        kept
    });
    let text = kept.collect::<Vec<_>>().join("\n");
    Source { text, ..source }
}

#[test]
fn messages_between_windows_name_their_receiver() {
    let to_anyone = |line: &str| {
        let posts = ["postMessage", "post_message"]
            .iter()
            .any(|word| line.contains(word));
        posts && ["\"*\"", "'*'", "`*`"].iter().any(|star| line.contains(star))
    };
    refuse_if(
        &in_browsers(),
        "name the origin that was checked; a secret may be in it",
        to_anyone,
    );
}

#[test]
fn files_are_short() {
    let all = sources(&["."], &["rs", "js", "mjs", "css", "html"]);
    let long = all
        .iter()
        .map(|source| (source, source.text.lines().count()))
        .filter(|(_, lines)| *lines > 400);
    let remedy = "split it by what changes together";
    let finding =
        |(source, lines): (&Source, usize)| Finding::new(&source.path, lines, "over 400 lines", remedy);
    assert_none(&long.map(finding).collect::<Vec<_>>());
}

#[test]
fn architecture_lists_every_module() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let listed = |path: &str| {
        map.split(|c: char| c.is_whitespace() || "`(),|".contains(c))
            .any(|word| word == path)
    };
    let modules = sources(&["src", "crates", "server", "xtask"], &["rs"]);
    let missing = modules.iter().filter(|source| !listed(&source.path));
    let remedy = "add its line to the map in ARCHITECTURE.md";
    let mut findings: Vec<_> = missing
        .map(|source| Finding::new(&source.path, 1, "not in the map", remedy))
        .collect();
    for (number, line) in map.lines().enumerate() {
        for word in line
            .split(|c: char| c.is_whitespace() || "`(),|".contains(c))
            .filter(|word| is_module(word))
        {
            if !root().join(word).is_file() {
                findings.push(Finding::new(
                    "ARCHITECTURE.md",
                    number + 1,
                    word,
                    "there is no such file: mend the map",
                ));
            }
        }
    }
    assert_none(&findings);
}

fn is_module(word: &str) -> bool {
    let of_ours = ["src/", "crates/", "server/", "xtask/"]
        .iter()
        .any(|folder| word.starts_with(folder));
    of_ours && word.strip_suffix(".rs").is_some() && !word.contains(['*', '{', '…'])
}

#[test]
fn the_top_level_is_fixed() {
    const NEEDED: [&str; 16] = [
        ".ci",
        ".gitignore",
        "ARCHITECTURE.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "Trunk.toml",
        "crates",
        "index.html",
        "server",
        "src",
        "style",
        "tests",
        "xtask",
    ];
    const ALLOWED: [&str; 8] = [
        ".cargo",
        ".gitattributes",
        "clippy.toml",
        "crates",
        "docs",
        "locales",
        "rustfmt.toml",
        "webdriver.json",
    ];
    let ignored = fs::read_to_string(root().join(".gitignore")).unwrap();
    let ignored = |name: &str| ignored.lines().any(|line| line.trim_matches('/') == name) || name == ".git";
    let there: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !ignored(name))
        .collect();
    let known = |name: &String| NEEDED.contains(&name.as_str()) || ALLOWED.contains(&name.as_str());
    let strange = there.iter().filter(|name| !known(name));
    let mut findings: Vec<_> = strange
        .map(|name| Finding::new(name, 1, "at the top level", "put it into one of the folders"))
        .collect();
    let missing = NEEDED.iter().filter(|name| !there.iter().any(|own| own == *name));
    findings
        .extend(missing.map(|name| Finding::new(name, 1, "missing", "the top level has it by agreement")));
    assert_none(&findings);
}

#[test]
fn the_repository_speaks_of_itself_alone() {
    let words = [
        concat!("crates", ".io"),
        concat!("npm", "js"),
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("../sh", "ared"),
        concat!("py", "pi.org"),
    ];
    let kinds = [
        "rs", "js", "mjs", "css", "html", "md", "toml", "json", "yml", "sh", "run", "txt",
    ];
    let all: Vec<_> = sources(&["."], &kinds)
        .into_iter()
        .filter(|source| source.path != "Cargo.lock")
        .collect();
    let named = all.iter().flat_map(|source| {
        let lines = source.text.lines().enumerate();
        let hits = lines
            .filter_map(|(number, line)| Some((number, words.iter().find(|word| line.contains(**word))?)));
        let remedy = "a clone stands alone: name no registry and no place of one machine";
        hits.map(|(number, word)| Finding::new(&source.path, number + 1, word, remedy))
            .collect::<Vec<_>>()
    });
    assert_none(&named.collect::<Vec<_>>());
}

#[test]
fn lock_files_of_npm_name_no_addresses() {
    let locks: Vec<_> = sources(&["."], &["json"])
        .into_iter()
        .filter(|source| source.path.ends_with("package-lock.json"))
        .collect();
    refuse(
        &locks,
        &["\"resolved\""],
        "npm config set omit-lockfile-registry-resolved true, and write it again",
    );
}
