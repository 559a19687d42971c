//! What the reader reads, refuses, and where.

use super::*;
use crate::Json;

#[test]
fn what_the_grammar_allows_is_read() {
    for (text, expected) in [
        (" [ 1 , -0.5E-7 ]\r\n\t", "[1,-0.5E-7]"),
        (r#""\u0041\u00e9\uD83D\ude00\/\b\f""#, "\"Aé😀/\\u0008\\u000c\""),
        (r#"{"\u006b" : "\n"}"#, r#"{"k":"\n"}"#),
        ("\"\u{7f}\u{2028}\"", "\"\u{7f}\u{2028}\""),
    ] {
        assert_eq!(text.parse::<Json>().unwrap().to_string(), expected, "{text}");
    }
}

#[test]
fn half_a_surrogate_pair_is_a_broken_letter() {
    for (text, expected) in [
        (r#""\ud83d""#, "\u{FFFD}"),
        (r#""\ude00x""#, "\u{FFFD}x"),
        (r#""\ud83d\n""#, "\u{FFFD}\n"),
        (r#""\ud83d\u0041""#, "\u{FFFD}A"),
        (r#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
    ] {
        assert_eq!(text.parse::<Json>().unwrap().as_str(), Some(expected), "{text}");
    }
}

#[test]
fn what_the_grammar_forbids_is_refused_where_it_stands() {
    for (text, column) in [
        ("01", 2),
        ("+1", 1),
        (".5", 1),
        ("1.e2", 3),
        ("1e+x", 4),
        ("-a", 2),
        ("nul1", 4),
        ("True", 1),
        ("[1,]", 4),
        ("[,1]", 2),
        ("[1 2]", 4),
        ("{\"a\" 1}", 6),
        ("{\"a\":1,}", 8),
        ("{a:1}", 2),
        ("[1}", 3),
        ("1 1", 3),
        ("\"\\x\"", 3),
        ("\"\\u12g4\"", 6),
        ("\"a\tb\"", 3),
        ("'a'", 1),
        ("\u{feff}1", 1),
    ] {
        let expected = Fault {
            line: 1,
            column,
            is_early_end: false,
        };
        assert_eq!(read_text(text, &mut Json::Null).err(), Some(expected), "{text}");
        // In what nobody reads, too.
        let expected = Fault {
            column: column + 1,
            ..expected
        };
        let inside = ["[", text].concat();
        assert_eq!(read_text(&inside, &mut Nobody).err(), Some(expected), "{inside}");
    }
}

#[test]
fn what_ends_too_early_is_told_so() {
    for text in [
        "", " ", "[", "[1", "[1,", "{", "{\"a\"", "{\"a\":", "\"", "\"\\", "\"\\u1", "-", "1.", "1e", "tr",
    ] {
        let fault = read_text(text, &mut Json::Null).unwrap_err();
        assert_eq!((fault.column, fault.is_early_end), (text.len(), true), "{text}");
    }
}

#[test]
fn what_is_read_may_be_127_deep_and_what_is_skipped_deeper() {
    let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    assert!(read_text(&nested(127), &mut Json::Null).is_ok());
    let fault = read_text(&nested(128), &mut Json::Null).unwrap_err();
    assert_eq!((fault.column, fault.is_early_end), (128, false));
    assert!(read_text(&nested(100_000), &mut Nobody).is_ok());
    // Closed containers do not count.
    assert!(read_text(&["[", &"[],".repeat(500), "[]]"].concat(), &mut Json::Null).is_ok());
}
