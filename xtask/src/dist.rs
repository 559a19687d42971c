//! `dist`: the release files, ready for any static host.
//!
//! trunk builds the wasm and puts the page together without hashes; here the files get smaller, get their hashed
//! names, and the page is made to name them. In the end no script or style is inside the page.

use crate::Result;
use crate::order;
use crate::page;
use crate::parts;
use crate::place::{root, target};
use crate::release;
use crate::run::{about, cargo, step, succeed};
use crate::shadow::{self, STYLE};
use crate::sizes::{File, Files, compress_and_weigh};
use crate::slim::Library;
use crate::tools::{Tools, WASM_TARGET};
use crate::wasm;
use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// What the script tag loads; its name is a promise to every site that embeds us.
pub const LOADER: &str = "confab.js";
/// What websites take from here by name: from which source, and whether a usable chat needs it.
const FOR_SITES: [(&str, &str, bool); 5] = [
    (LOADER, "src/embed/loader.js", true),
    ("confab-launcher.js", "src/embed/confab-launcher.js", false),
    ("confab-chatwoot.js", "src/embed/chatwoot.js", false),
    ("confab.d.ts", "src/embed/confab.d.ts", false),
    ("confab.schema.json", "src/embed/confab.schema.json", false),
];
/// What the page's scripts import when it is wanted; a script that another of these imports stands before it.
const WHEN_WANTED: [&str; 3] = ["popout-shelf.js", "popout-frame.js", "popout-window.js"];
const CONFIGURATION: &str = "confab.json";
const PAGE: &str = "index.html";

/// The command.
pub fn command(words: &[&str]) -> Result<bool> {
    match words {
        [] => build(&Tools::for_dist()?),
        [word, ..] => Err(format!("dist knows no `{word}`")),
    }
}

/// Where the release files are put.
pub fn folder() -> PathBuf {
    root().join("dist")
}

/// Builds the release files; `false` when they outgrow their budget.
pub fn build(tools: &Tools) -> Result<bool> {
    let stage = target()?.join("dist-stage");
    let library = Library::find();
    step("building the widget", || run_trunk(tools, library, &stage))?;
    let files = step("making it small", || {
        optimise_wasm(tools, &stage)?;
        if tools.esbuild().is_none() {
            println!("    no esbuild (it comes with npm): scripts and styles stay as they are written");
        }
        finish(&stage, tools)
    })?;
    let dist = folder();
    write(&files, &dist)?;
    let fits = step("compressing and weighing", || compress_and_weigh(&files, &dist))?;
    release::put(&files, &dist, LOADER)?;
    Ok(fits)
}

fn run_trunk(tools: &Tools, library: Library, stage: &Path) -> Result<()> {
    // trunk is kept from the network, so that nothing but the pinned tools can be used; the crates must be there.
    let mut fetch = cargo(&["fetch", "--quiet", "--target", WASM_TARGET]);
    library.apply(&mut fetch)?;
    succeed(&mut fetch)?;
    let mut trunk = tools.program("trunk")?;
    trunk.args([
        "build",
        "--release",
        "--filehash=false",
        "--skip-version-check",
        "--log=warn",
        "--dist",
    ]);
    library.apply(&mut trunk)?;
    // An inherited NO_COLOR=1 is not a value that trunk understands.
    succeed(trunk.arg(stage).env_remove("NO_COLOR"))
}

fn optimise_wasm(tools: &Tools, stage: &Path) -> Result<()> {
    for name in names(stage)?.iter().filter(|name| has_extension(name, "wasm")) {
        let path = stage.join(name);
        let glue = stage.join(name.replace("_bg.wasm", ".js"));
        wasm::optimise(&path, &glue, tools)?;
        let small = order::sorted(&wasm::without_custom_sections(&read(&path)?)?)?;
        fs::write(&path, small).map_err(about(&path))?;
    }
    Ok(())
}

/// The release files from what trunk put together.
fn finish(stage: &Path, tools: &Tools) -> Result<Files> {
    let page = one_style_sheet(&page::without_comments(&text(&stage.join(PAGE))?), stage)?;
    let mut files = Files::new();
    let mut renamed = BTreeMap::<String, String>::new();
    let wanted = WHEN_WANTED.map(|name| (name.to_owned(), false));
    for name in WHEN_WANTED {
        parts::put_together(&root().join("src/embed").join(name), &stage.join(name))?;
    }
    for (name, needed) in wanted.into_iter().chain(named_files(&page)) {
        let mut content = small(&stage.join(&name), tools)?;
        if has_extension(&name, "js") {
            content = renamed
                .iter()
                .fold(content, |content, (old, new)| replaced(&content, old, new));
        }
        let new = hashed(&name, &content);
        files.insert(new.clone(), File { content, needed });
        renamed.insert(name, new);
    }
    for name in names(stage)?
        .into_iter()
        .filter(|name| name != PAGE && !renamed.contains_key(name))
    {
        let needed = name.starts_with("snippets/") || name == CONFIGURATION;
        files.insert(
            name.clone(),
            File {
                content: read(&stage.join(name))?,
                needed,
            },
        );
    }
    // The frame and the hosted page ask for it on every load: without it every console would tell of a 404.
    files.entry(CONFIGURATION.to_owned()).or_insert_with(|| File {
        content: b"{}\n".to_vec(),
        needed: true,
    });
    let content = small(&shadow::written(stage, &renamed)?, tools)?;
    files.insert(
        shadow::NAME.to_owned(),
        File {
            content,
            needed: false,
        },
    );
    let page = renamed_in(&page, &renamed);
    check(&page)?;
    files.insert(
        PAGE.to_owned(),
        File {
            content: page.into_bytes(),
            needed: true,
        },
    );
    for (name, source, needed) in FOR_SITES {
        let whole = stage.with_extension("site").join(name);
        parts::put_together(&root().join(source), &whole)?;
        let content = small(&whole, tools)?;
        files.insert(name.to_owned(), File { content, needed });
    }
    Ok(files)
}

/// The page with one style sheet in place of several: each would be a request of its own.
fn one_style_sheet(page: &str, stage: &Path) -> Result<String> {
    let mut sheet = Vec::new();
    let mut pages = Vec::new();
    let mut at = 0;
    for tag in page::tags(page)
        .iter()
        .filter(|tag| tag.attribute(page, "rel") == Some("stylesheet"))
    {
        let Some(name) = tag
            .attribute(page, "href")
            .and_then(|href| href.strip_prefix("./"))
        else {
            continue;
        };
        let path = stage.join(name);
        sheet.extend_from_slice(&read(&path)?);
        fs::remove_file(&path).map_err(about(&path))?;
        pages.push(page.get(at..tag.span.start).unwrap_or_default());
        at = tag.span.end;
    }
    if pages.is_empty() {
        return Ok(page.to_owned());
    }
    let path = stage.join(STYLE);
    fs::write(&path, sheet).map_err(about(&path))?;
    let (first, others) = pages
        .split_first()
        .map_or(("", String::new()), |(first, rest)| (*first, rest.concat()));
    let rest = page.get(at..).unwrap_or_default();
    Ok(format!(
        "{first}<link rel=\"stylesheet\" href=\"./{STYLE}\">{others}{rest}"
    ))
}

/// The files of ours that the page names, and whether a usable chat needs them. The wasm first, because the glue names it.
fn named_files(page: &str) -> Vec<(String, bool)> {
    let mut named: Vec<(String, bool)> = Vec::new();
    for tag in page::tags(page) {
        let file = tag
            .file()
            .and_then(|place| page.get(place))
            .and_then(|file| file.strip_prefix("./"));
        let rel = tag.attribute(page, "rel");
        let needed = tag.name == "script" || matches!(rel, Some("stylesheet" | "modulepreload" | "preload"));
        if let Some(name) = file.filter(|name| !named.iter().any(|(known, _)| known == name)) {
            named.push((name.to_owned(), needed));
        }
    }
    named.sort_by_key(|(name, _)| !has_extension(name, "wasm"));
    named
}

fn renamed_in(page: &str, renamed: &BTreeMap<String, String>) -> String {
    let mut page = page.to_owned();
    for place in page::tags(&page).iter().rev().filter_map(page::Tag::file) {
        let file = page.get(place.clone()).and_then(|file| file.strip_prefix("./"));
        if let Some(new) = file.and_then(|file| renamed.get(file)) {
            page.replace_range(place, &format!("./{new}"));
        }
    }
    page
}

/// The page must start the widget by a file, and hold nothing that the content security policy refuses.
fn check(page: &str) -> Result<()> {
    let inline = page::inline_parts(page);
    if !inline.is_empty() {
        return Err(format!(
            "index.html has inline script or style; put it into a file: {}",
            inline.join(" ")
        ));
    }
    let starts = |tag: &page::Tag| tag.name == "script" && tag.attribute(page, "type") == Some("module");
    if page::tags(page).iter().any(starts) {
        return Ok(());
    }
    Err("index.html starts nothing: add <script data-trunk type=\"module\" src=\"src/embed/boot.js\"></script>; the script \
        imports the href of link[rel=modulepreload] and calls its default export with {module_or_path: the href of \
        link[rel=preload][as=fetch]}"
        .to_owned())
}

/// A script or style sheet without what only people read; any other file, and all where there is no minifier, as it is.
fn small(path: &Path, tools: &Tools) -> Result<Vec<u8>> {
    let minifies = ["js", "css"]
        .iter()
        .any(|extension| has_extension(&path.to_string_lossy(), extension));
    let Some(mut esbuild) = tools.esbuild().filter(|_| minifies) else {
        return read(path);
    };
    if text(path)?.contains("\nexport ") {
        // What a module does not export can be reached by nobody else.
        esbuild.arg("--tree-shaking=true");
    }
    let output = esbuild
        .arg(path)
        .args([
            "--minify",
            "--legal-comments=none",
            "--charset=utf8",
            "--log-level=warning",
        ])
        .output()
        .map_err(|error| format!("esbuild: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!(
        "esbuild on {}: {}",
        path.display(),
        String::from_utf8_lossy(&output.stderr)
    ))
}

fn replaced(content: &[u8], old: &str, new: &str) -> Vec<u8> {
    String::from_utf8_lossy(content).replace(old, new).into_bytes()
}

/// `name-<hash>.extension`: a name that changes with the content, so that the file may be cached for ever.
fn hashed(name: &str, content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    let hash = hasher.finish();
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-{hash:016x}.{extension}"),
        None => format!("{name}-{hash:016x}"),
    }
}

/// Puts the files in place of what the folder held.
fn write(files: &Files, dist: &Path) -> Result<()> {
    if dist.is_dir() {
        fs::remove_dir_all(dist).map_err(about(dist))?;
    }
    for (name, file) in files {
        let path = dist.join(name);
        let folder = path.parent().unwrap_or(dist);
        fs::create_dir_all(folder).map_err(about(folder))?;
        fs::write(&path, &file.content).map_err(about(&path))?;
    }
    Ok(())
}

/// Every file below a folder, as a path from there with `/`.
fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(about(folder))? {
        let path = entry.map_err(about(folder))?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            names.extend(
                self::names(&path)?
                    .into_iter()
                    .map(|inner| format!("{name}/{inner}")),
            );
        } else {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|own| own == extension)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(about(path))
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(about(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<link rel=\"icon\" href=\"./icon.svg\"><script src=\"./boot.js\" type=\"module\"></script>\
        <link rel=\"modulepreload\" href=\"./confab.js\"><link rel=\"preload\" href=\"./confab_bg.wasm\" as=\"fetch\">\
        <a href=\"./boot.js\">not a file of the page</a>";

    #[test]
    fn the_wasm_is_named_first_and_an_icon_is_not_needed() {
        let named = named_files(PAGE);
        let shown: Vec<_> = named
            .iter()
            .map(|(name, needed)| (name.as_str(), *needed))
            .collect();
        let rest = [("icon.svg", false), ("boot.js", true), ("confab.js", true)];
        assert_eq!(shown, [&[("confab_bg.wasm", true)][..], &rest].concat());
    }

    #[test]
    fn files_get_their_new_names_in_scripts_and_links_only() {
        let renamed = [("boot.js", "boot-1.js"), ("confab.js", "confab-2.js")];
        let renamed = renamed.map(|(old, new)| (old.to_owned(), new.to_owned())).into();
        let page = renamed_in(PAGE, &renamed);
        assert!(
            page.contains("src=\"./boot-1.js\"") && page.contains("href=\"./confab-2.js\""),
            "{page}"
        );
        assert!(
            page.contains("href=\"./confab_bg.wasm\"") && page.contains("<a href=\"./boot.js\">"),
            "{page}"
        );
    }

    #[test]
    fn a_name_changes_with_the_content_and_keeps_its_ends() {
        let name = hashed("style.css", b"a");
        assert!(
            name.starts_with("style-") && has_extension(&name, "css"),
            "{name}"
        );
        assert_ne!(name, hashed("style.css", b"b"));
        assert_eq!(name, hashed("style.css", b"a"));
    }

    #[test]
    fn a_page_that_starts_nothing_or_has_inline_parts_is_refused() {
        assert_eq!(check(PAGE), Ok(()));
        assert!(check("<p>hello</p>").unwrap_err().contains("starts nothing"));
        assert!(
            check(&format!("{PAGE}<style>p{{}}</style>"))
                .unwrap_err()
                .contains("<style>")
        );
    }
}
