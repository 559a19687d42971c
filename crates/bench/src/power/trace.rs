//! Reads what `strace` noted: the writes and syncs of the database's files, and the answers that went out.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Result;

/// What the server did, in its order.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// Bytes were written at a place of a file.
    Written(String, usize, Vec<u8>),
    /// A file got this length.
    Cut(String, usize),
    /// What was written to a file is on the disk.
    Synced(String),
    /// A file was removed.
    Removed(String),
    /// Answers with these messages went to a client.
    Acknowledged(Vec<String>),
}

/// The text of a message, that can be found again in an answer.
pub fn text(writer: usize, message: usize) -> String {
    format!("cut-{writer}-{message}-end")
}

/// Reads a recording.
pub fn read(recording: &Path) -> Result<Vec<Event>> {
    let lines =
        std::fs::read_to_string(recording).map_err(|error| format!("{}: {error}", recording.display()))?;
    let mut begun: BTreeMap<&str, String> = BTreeMap::new();
    let mut events = Vec::new();
    for line in lines.lines() {
        let Some((thread, call)) = line.split_once(char::is_whitespace) else {
            continue;
        };
        let call = call.trim_start();
        if let Some(call) = call.strip_suffix(" <unfinished ...>") {
            // Bytes may be on the disk before the call returns; whether they are synced only its return tells.
            if call.starts_with("fsync") || call.starts_with("fdatasync") {
                begun.insert(thread, call.to_owned());
            } else {
                events.extend(event(call));
            }
        } else if call.starts_with("<...") {
            let begun = begun.remove(thread).filter(|_| call.ends_with("= 0"));
            events.extend(begun.and_then(|call| event(&call)));
        } else {
            events.extend(event(call));
        }
    }
    Ok(events)
}

fn event(call: &str) -> Option<Event> {
    let (name, rest) = call.split_once('(')?;
    match name {
        "fsync" | "fdatasync" => Some(Event::Synced(file(rest)?)),
        "ftruncate" => Some(Event::Cut(file(rest)?, numbers(rest).next()?)),
        "unlink" => Some(Event::Removed(database_file(
            &String::from_utf8(strings(rest).next()?).ok()?,
        )?)),
        "pwrite64" => {
            // After the bytes: how many, and where.
            let place = numbers(rest.rsplit_once("\", ")?.1).next()?;
            Some(Event::Written(file(rest)?, place, strings(rest).next()?))
        }
        "write" | "writev" | "sendto" => {
            let sent: Vec<u8> = strings(rest).flatten().collect();
            let sent = String::from_utf8_lossy(&sent);
            let is_success = sent.starts_with("HTTP/1.1 200");
            let texts: Vec<String> = sent
                .split("\"content\":\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .filter(|text| text.starts_with("cut-") && text.ends_with("-end"))
                .map(str::to_owned)
                .collect();
            (is_success && !texts.is_empty()).then_some(Event::Acknowledged(texts))
        }
        _ => None,
    }
}

/// The name of the database's file that the first argument stands for: `7</folder/chat.sqlite3-wal>, …`.
fn file(arguments: &str) -> Option<String> {
    let (_, rest) = arguments.split_once('<')?;
    let (path, _) = rest.split_once('>')?;
    // `-xx` writes paths in hexadecimal too.
    let path = if path.starts_with("\\x") {
        String::from_utf8(bytes(path)).ok()?
    } else {
        path.to_owned()
    };
    database_file(&path)
}

fn database_file(path: &str) -> Option<String> {
    let name = path.rsplit('/').next()?;
    name.starts_with("chat.sqlite3").then(|| name.to_owned())
}

/// The numbers among the arguments that are no descriptor: those after `, `.
fn numbers(arguments: &str) -> impl Iterator<Item = usize> {
    let arguments = arguments.split(')').next().unwrap_or_default();
    let last = arguments.rsplit(", ").next().unwrap_or_default();
    last.trim().parse().ok().into_iter()
}

/// The texts among the arguments, whose bytes are all written as `\x41`.
fn strings(arguments: &str) -> impl Iterator<Item = Vec<u8>> {
    arguments.split('"').skip(1).step_by(2).map(bytes)
}

fn bytes(text: &str) -> Vec<u8> {
    text.split("\\x")
        .skip(1)
        .filter_map(|digits| u8::from_str_radix(digits, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read() {
        let wal = || "chat.sqlite3-wal".to_owned();
        assert_eq!(
            event(r#"pwrite64(7</d/chat.sqlite3-wal>, "\x41\x42", 2, 4152) = 2"#),
            Some(Event::Written(wal(), 4152, b"AB".to_vec()))
        );
        assert_eq!(
            event("fdatasync(7</d/chat.sqlite3-wal>) = 0"),
            Some(Event::Synced(wal()))
        );
        assert_eq!(
            event("ftruncate(7</d/chat.sqlite3-wal>, 512) = 0"),
            Some(Event::Cut(wal(), 512))
        );
        assert_eq!(event("fsync(9</d/other>) = 0"), None);
        let answer: Vec<String> = b"HTTP/1.1 200 OK\r\n\r\n{\"content\":\"cut-1-2-end\"}"
            .iter()
            .map(|byte| format!("\\x{byte:02x}"))
            .collect();
        let answer = answer.concat();
        assert_eq!(
            event(&format!("sendto(9<socket:[1]>, \"{answer}\", 9, 0, NULL, 0) = 9")),
            Some(Event::Acknowledged(vec![text(1, 2)]))
        );
    }
}
