//! What people and programs read about the options, made from their table: rows of the README, fields of `confab.d.ts`, the
//! schema of `confab.json`, the words of `confab-help.js`. `cargo xtask options` writes all of it.

use confab::embed::config::Fault;
use confab::embed::config::table::{About, Kind, Opt, Part};

/// The rows of the README's table.
pub fn readme() -> String {
    let head = "| option | meaning | allowed | default |\n| --- | --- | --- | --- |\n".to_owned();
    let rows = all().map(|(option, about)| {
        let (name, allowed) = (option.name(), allowed(option, about));
        let (meaning, default) = (about.meaning, about.default);
        format!("| `{name}` | {meaning} | {allowed} | {default} |\n")
    });
    rows.fold(head, |text, row| text + &row)
}

/// The fields of `Settings` in `confab.d.ts`, those of its `User` left out.
pub fn settings() -> String {
    fields(|part| part != Part::Visitor)
}

/// The fields of `User` in `confab.d.ts`: as in the settings, then as the API spells them.
pub fn user() -> String {
    let is_visitor = |part| part == Part::Visitor;
    let spelled = all_of(is_visitor).filter_map(|(option, _)| {
        let snake = snake_case(option.name());
        (snake != option.name()).then(|| format!("    {snake}?: {};\n", type_of(option)))
    });
    spelled.fold(fields(is_visitor), |text, field| text + &field)
}

/// The table of words in `confab-help.js`: what is wrong, and the remedy.
pub fn help() -> String {
    let lines = all().map(|(option, about)| {
        let (message, remedy) = wrong(option, about);
        format!(
            "  {}: [{}, {}],\n",
            option.name(),
            quoted(message),
            quoted(&remedy)
        )
    });
    let table = lines.fold("const OPTIONS = {\n".to_owned(), |table, line| table + &line);
    let faults: Vec<_> = Fault::NAMES.iter().map(|(_, name)| quoted(name)).collect();
    format!("export const FAULTS = [{}];\n\n{table}}};\n", faults.join(", "))
}

/// The JSON schema of `confab.json`.
pub fn schema() -> String {
    let in_file = |part| part != Part::Launcher;
    let properties: Vec<String> = all_of(in_file)
        .map(|(option, about)| {
            let meaning = about.meaning.replace(" (see below)", "");
            let description = format!("{meaning}; default: {}", about.default).replace('`', "");
            format!(
                "    {:?}: {{ {}, \"description\": {:?} }}",
                option.name(),
                constraint(option.kind()),
                description
            )
        })
        .collect();
    format!(
        r##"{{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "confab.json",
  "description": "What configures the chat as a page, and the frame beside the script tag.",
  "$ref": "#/$defs/options",
  "properties": {{
    "$schema": {{ "type": "string" }},
    "allowQuery": {{ "type": "boolean", "description": "whether the query of the page may set baseUrl, cableUrl and inboxIdentifier" }},
    "inboxes": {{
      "type": "object",
      "description": "inboxes that the query of the page chooses among, by name; their options stand over the rest of the file",
      "additionalProperties": {{ "$ref": "#/$defs/options", "type": "object", "unevaluatedProperties": false }}
    }}
  }},
  "unevaluatedProperties": false,
  "$defs": {{ "options": {{ "type": "object", "properties": {{
{}
  }} }} }}
}}
"##,
        properties.join(",\n")
    )
}

fn all() -> impl Iterator<Item = (Opt, &'static About)> {
    all_of(|_| true)
}

fn all_of(is_wanted: impl Fn(Part) -> bool) -> impl Iterator<Item = (Opt, &'static About)> {
    Opt::all()
        .filter_map(|option| Some((option, option.about()?)))
        .filter(move |(_, about)| is_wanted(about.part))
}

fn fields(is_wanted: impl Fn(Part) -> bool) -> String {
    let lines = all_of(is_wanted).map(|(option, about)| {
        let allowed = allowed(option, about).replace('`', "");
        let meaning = about.meaning.replace('`', "");
        let default = match about.default.replace('`', "") {
            none if none == "none" => String::new(),
            needed if needed == "required" => " Required.".to_owned(),
            default => format!(" Default: {default}."),
        };
        format!(
            "    /** {}: {allowed}.{default} */\n    {}?: {};\n",
            capital(&meaning.replace(" (see below)", "")),
            option.name(),
            type_of(option)
        )
    });
    lines.collect()
}

/// What an option may hold, in words.
fn allowed(option: Opt, about: &About) -> String {
    match option.kind() {
        Kind::Number(least, most) if most - least < i64::from(u32::MAX) => {
            format!("{least} to {most} ({})", about.allowed)
        }
        Kind::Number(..) => "whole number".to_owned(),
        Kind::Words(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            words.join(", ")
        }
        _ if !about.allowed.is_empty() => about.allowed.to_owned(),
        Kind::Object => "object".to_owned(),
        Kind::Texts => "object of texts".to_owned(),
        Kind::List => "list of texts".to_owned(),
        _ => "text".to_owned(),
    }
}

/// What is said about a value that its kind does not allow, and what to do about it.
fn wrong(option: Opt, about: &About) -> (&'static str, String) {
    let message = match option.kind() {
        Kind::Words(words) => {
            return (
                "is not one of the words it may be",
                format!("use one of: {}", words.join(", ")),
            );
        }
        Kind::Number(least, most) => {
            return (
                "is not a whole number that it may be",
                format!("use {least} to {most} ({})", about.allowed),
            );
        }
        Kind::Inbox => "holds characters that no inbox identifier has",
        Kind::Hash => "is not 64 hexadecimal digits",
        Kind::Email => "is no e-mail address",
        Kind::Phone => "is no telephone number in the form that the API takes",
        Kind::Avatar | Kind::Picture => "is no address of a picture",
        Kind::Colour => "is no colour that can be read",
        Kind::Locale => "is no language tag",
        Kind::Object => "is not a JSON object",
        Kind::Texts => "is not a JSON object of texts",
        Kind::List => "is not a JSON list of texts",
        Kind::Base | Kind::Cable => "is no address of an installation",
        Kind::Id | Kind::Text => "is not a text",
    };
    let remedy = if about.remedy.is_empty() {
        "put it between quotation marks"
    } else {
        about.remedy
    };
    (message, remedy.to_owned())
}

/// The type in TypeScript.
fn type_of(option: Opt) -> String {
    match option.kind() {
        Kind::Words(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
            words.join(" | ")
        }
        Kind::Number(..) => "number".to_owned(),
        Kind::Object => "Attributes".to_owned(),
        Kind::Texts => "Record<string, string>".to_owned(),
        Kind::List => "string[]".to_owned(),
        Kind::Id => "string | number".to_owned(),
        _ => "string".to_owned(),
    }
}

/// The constraint in the schema: what it takes, the parser takes without a word.
fn constraint(kind: Kind) -> String {
    let pattern = |pattern: &str| format!("\"type\": \"string\", \"pattern\": {pattern:?}");
    match kind {
        Kind::Words(words) => format!("\"enum\": {words:?}"),
        Kind::Number(least, most) => {
            format!("\"type\": \"integer\", \"minimum\": {least}, \"maximum\": {most}")
        }
        Kind::Object => "\"type\": \"object\"".to_owned(),
        Kind::Texts => "\"type\": \"object\", \"additionalProperties\": { \"type\": \"string\" }".to_owned(),
        Kind::List => "\"type\": \"array\", \"items\": { \"type\": \"string\" }".to_owned(),
        Kind::Id => "\"type\": [\"string\", \"integer\"]".to_owned(),
        Kind::Base => pattern(r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"),
        Kind::Cable => pattern(r"^wss?://[^\s/?#@]+(/[^\s?#]*)?$"),
        Kind::Inbox => pattern("^[A-Za-z0-9_-]{1,255}$"),
        Kind::Hash => pattern("^[0-9A-Fa-f]{64}$"),
        Kind::Email => pattern(r"^[^@\s]+@\S+$"),
        Kind::Phone => pattern(r"^\+[1-9][0-9]{1,14}$"),
        Kind::Avatar => pattern(r"^https?://[^\s/?#@]+"),
        Kind::Picture => pattern(r"^(https?:|data:image/|[^:]*$)"),
        Kind::Locale => pattern("^[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*$"),
        Kind::Text | Kind::Colour => "\"type\": \"string\"".to_owned(),
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
