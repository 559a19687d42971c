//! The glue of wasm-bindgen without what nothing uses, and with short names on both sides.
//!
//! The widget's page calls the glue's default export and nothing else. So classes that libraries export go, with the
//! functions of the wasm that only these call; then what the wasm imports and exports gets names of one or two letters.

use crate::Result;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What binaryen called the imports and the exports, by their old names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Names {
    imports: BTreeMap<String, String>,
    exports: BTreeMap<String, String>,
}

impl Names {
    /// Reads what `wasm-opt --minify-imports-and-exports-and-modules` prints.
    pub fn read(printed: &str) -> Result<Self> {
        let printed: Value = serde_json::from_str(printed)
            .map_err(|error| format!("wasm-opt's list of names is not JSON: {error}"))?;
        let part = |name: &str, width: usize| -> Result<BTreeMap<String, String>> {
            let rows = printed.get(name).and_then(Value::as_array);
            let pair = |row: &Value| {
                let text = |index: usize| row.get(index).and_then(Value::as_str).map(str::to_owned);
                Some((text(width - 2)?, text(width - 1)?))
            };
            rows.and_then(|rows| rows.iter().map(pair).collect())
                .ok_or_else(|| format!("wasm-opt's list has no `{name}`"))
        };
        Ok(Self {
            // A row of the imports begins with the module.
            imports: part("imports", 3)?,
            exports: part("exports", 2)?,
        })
    }
}

/// The module that holds all imports when binaryen has named them.
const SHORT_MODULE: &str = "a";

/// The glue without the classes that libraries export, and without the second way to start.
pub fn without_classes(glue: &str) -> Result<String> {
    let mut kept = String::with_capacity(glue.len());
    let mut classes: Vec<&str> = Vec::new();
    let mut lines = glue.lines();
    while let Some(line) = lines.next() {
        if let Some(class) = line.strip_prefix("export class ") {
            classes.push(class.split(' ').next().unwrap_or_default());
            skip_past(&mut lines, "}")?;
        } else if classes.iter().any(|class| is_about(line, class)) {
            // What frees an object of the class that JavaScript has forgotten: a statement of several lines.
            if !line.ends_with(';') {
                lines.by_ref().find(|line| line.ends_with(';'));
            }
        } else {
            let line = line.replace("export { initSync, ", "export { ");
            kept.extend([line.as_str(), "\n"]);
        }
    }
    // Had a class been left in use, the page would not start.
    match classes.iter().find(|class| kept.contains(**class)) {
        Some(class) => Err(format!("the glue itself uses {class}: glue.rs must learn how")),
        None => Ok(kept),
    }
}

fn is_about(line: &str, class: &str) -> bool {
    line.starts_with(&format!("if (Symbol.dispose) {class}."))
        || line.starts_with(&format!("const {class}Finalization "))
}

fn skip_past<'a>(lines: &mut impl Iterator<Item = &'a str>, last: &str) -> Result<()> {
    lines
        .find(|line| *line == last)
        .map(|_| ())
        .ok_or_else(|| format!("the glue ends before a line `{last}`"))
}

/// The exports of the wasm that the glue calls, as the graph that `wasm-metadce` reads.
pub fn reached(glue: &str) -> String {
    let exports: Vec<&str> = uses(glue).map(|(_, name)| name).collect();
    let nodes = exports.iter().map(|name| json!({"name": name, "export": name}));
    let root = json!({"name": "the glue", "root": true, "reaches": exports});
    Value::Array(std::iter::once(root).chain(nodes).collect()).to_string()
}

/// The glue with the new names, without functions that the wasm does not import.
pub fn renamed(glue: &str, names: &Names) -> Result<String> {
    let glue = with_imports(glue, &names.imports)?;
    let mut out = String::with_capacity(glue.len());
    let mut done = 0;
    for (at, name) in uses(&glue) {
        let new = names
            .exports
            .get(name)
            .ok_or_else(|| format!("the glue calls {name}, which the wasm does not export"))?;
        out.push_str(glue.get(done..at).unwrap_or_default());
        out.push_str(new);
        done = at + name.len();
    }
    out.push_str(glue.get(done..).unwrap_or_default());
    Ok(out)
}

/// Where the glue uses an export of the wasm (`wasm.name`), and its name.
fn uses(glue: &str) -> impl Iterator<Item = (usize, &str)> {
    const OBJECT: &str = "wasm.";
    glue.match_indices(OBJECT).filter_map(move |(at, _)| {
        let before = glue.get(..at)?.chars().next_back();
        let begin = at + OBJECT.len();
        let rest = glue.get(begin..)?;
        let end = rest.find(|c| !is_of_a_name(c)).unwrap_or(rest.len());
        let own = !before.is_some_and(|c| is_of_a_name(c) || c == '.');
        // In a text (`'confab_bg.wasm'`) no name follows.
        rest.get(..end)
            .filter(|name| own && !name.is_empty())
            .map(|name| (begin, name))
    })
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// The object of the imports: an entry begins with eight spaces and its name.
fn with_imports(glue: &str, imports: &BTreeMap<String, String>) -> Result<String> {
    const BEGIN: &str = "    const import0 = {";
    const END: &str = "    };";
    let module = glue.lines().filter(|line| line.ends_with("\": import0,"));
    if module.count() != 1 || glue.contains("import1") {
        return Err("the glue imports from other modules than its own: glue.rs must learn how".to_owned());
    }
    let mut out = String::with_capacity(glue.len());
    let mut found = 0;
    let (mut inside, mut kept) = (false, true);
    for line in glue.lines() {
        let entry = entry(line).filter(|_| inside);
        inside = (inside || line == BEGIN) && line != END;
        let new = entry.and_then(|name| imports.get(name));
        kept = match entry {
            Some(name) => new.is_some() || name == "__proto__",
            None => kept || !inside,
        };
        found += usize::from(new.is_some());
        match (entry, new) {
            _ if !kept => {}
            (Some(name), Some(new)) => out.push_str(&line.replacen(name, new, 1)),
            _ if line.ends_with("\": import0,") => {
                out.extend(["        ", SHORT_MODULE, ": import0,"]);
            }
            _ => out.push_str(line),
        }
        if kept {
            out.push('\n');
        }
    }
    if found == imports.len() {
        return Ok(out);
    }
    Err(format!(
        "the wasm imports {} functions, and the glue has {found} of them",
        imports.len()
    ))
}

fn entry(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix("        ")?.split_once(": ")?;
    (!name.is_empty() && name.chars().all(is_of_a_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "\
export class Sink {
    free() {
        wasm.__wbg_sink_free(this.__wbg_ptr, 0);
    }
}
if (Symbol.dispose) Sink.prototype[Symbol.dispose] = Sink.prototype.free;
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_log_1: function(arg0) {
            console.log({
                kept: arg0,
            }, wasm.memory.buffer);
        },
        __wbg_write_2: function() { return handleError(function (arg0) {
            arg0.write();
        }, arguments); },
    };
    return {
        __proto__: null,
        \"./confab_bg.js\": import0,
    };
}
const SinkFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_sink_free(ptr, 1));
function invoke__h1(arg0) {
    wasm.invoke__h1(arg0);
}
let url = 'confab_bg.wasm', other = x.wasm.memory;
export { initSync, __wbg_init as default };
";

    const PRINTED: &str = r#"{"imports": [["./confab_bg.js", "__wbg_log_1", "b"]],
        "exports": [["memory", "c"], ["invoke__h1", "d"]]}"#;

    #[test]
    fn classes_go_and_the_rest_of_the_exports_is_called() {
        let glue = without_classes(GLUE).unwrap();
        assert!(!glue.contains("Sink") && !glue.contains("initSync"), "{glue}");
        let graph: Value = serde_json::from_str(&reached(&glue)).unwrap();
        assert_eq!(graph[0]["reaches"], json!(["memory", "invoke__h1"]));
        assert_eq!(graph[2], json!({"name": "invoke__h1", "export": "invoke__h1"}));
        assert!(without_classes("export class Sink {\n").is_err());
        assert!(without_classes(&format!("{GLUE}x(Sink);\n")).is_err());
    }

    #[test]
    fn both_sides_get_the_same_names_and_unused_functions_go() {
        let names = Names::read(PRINTED).unwrap();
        let glue = renamed(&without_classes(GLUE).unwrap(), &names).unwrap();
        for line in [
            "        b: function(arg0) {",
            "                kept: arg0,",
            "            }, wasm.c.buffer);",
            "        a: import0,",
            "    wasm.d(arg0);",
            "function invoke__h1(arg0) {",
            "let url = 'confab_bg.wasm', other = x.wasm.memory;",
        ] {
            assert!(glue.lines().any(|own| own == line), "{line} in {glue}");
        }
        assert!(!glue.contains("write"), "{glue}");
        assert_eq!(glue.matches("__proto__").count(), 2);
    }

    #[test]
    fn a_glue_that_does_not_fit_the_wasm_is_refused() {
        let glue = without_classes(GLUE).unwrap();
        let refused = |printed: &str| renamed(&glue, &Names::read(printed).unwrap()).unwrap_err();
        assert!(refused(&PRINTED.replace("log_1", "log_9")).contains("0 of them"));
        assert!(refused(&PRINTED.replace("memory", "other")).contains("memory"));
        assert!(Names::read("{}").is_err() && Names::read("no").is_err());
        let two = glue.replace("import0,", "import0,\n        \"./x.js\": import1,");
        assert!(renamed(&two, &Names::read(PRINTED).unwrap()).is_err());
    }
}
