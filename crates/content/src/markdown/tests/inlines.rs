//! Emphasis, code, escapes, references.

use super::line;

#[track_caller]
fn lines<const N: usize>(cases: [(&str, &str); N]) {
    for (text, expected) in cases {
        assert_eq!(line(text), expected, "{text:?}");
    }
}

#[test]
fn emphasis() {
    lines([
        ("*a* _b_ **c** __d__ ~~e~~", "*(a) *(b) **(c) **(d) ~(e)"),
        ("***a***", "*(**(a))"),
        ("**a *b* c**", "**(a *(b) c)"),
        ("*a **b** c*", "*(a **(b) c)"),
        ("a **b*", "a **(b)"),
        ("*a**b*", "*(a**b)"),
        ("*a *b c_ d* _e_", "*a *(b c_ d) *(e)"),
        ("*a\nb*", "*(a / b)"),
        ("~~a **b**~~", "~(a **(b))"),
        ("**a_b**", "**(a_b)"),
        ("*(a)*, \"*b*\"", "*((a)), \"*(b)\""),
    ]);
}

#[test]
fn marks_that_mean_themselves() {
    for text in [
        "2*3*4",
        "2 * 3 * 4",
        "a*b*c",
        "2**8 and 3**2",
        "snake_case_name",
        "__init",
        "* a",
        "a *",
        "~5 or ~6",
        "~~~a",
        "5 ** 3",
        "a ~ b ~ c",
        "_",
        "**",
        "****",
        ":_)",
        "*** a",
        "** a**",
    ] {
        // Marks at the start of a line may be lists or rules; behind a word they are only marks.
        let text = format!("x {text}");
        assert_eq!(line(&text), text);
    }
}

#[test]
fn emphasis_in_other_scripts() {
    lines([
        ("你好**世界**朋友", "你好**(世界)朋友"),
        ("这是**「重点」**的", "这是**(「重点」)的"),
        ("**텍스트(text)**입니다", "**(텍스트(text))입니다"),
        ("これは*大切*です", "これは*(大切)です"),
        ("این **مهم** است", "این **(مهم) است"),
        ("**سلام!** خوبی؟", "**(سلام!) خوبی؟"),
        ("*नमस्ते*", "*(नमस्ते)"),
        ("**👍**", "**(👍)"),
    ]);
}

#[test]
fn code() {
    lines([
        ("`a*b*`", "`a*b*`"),
        ("``a`b``", "`a`b`"),
        ("`` `a` ``", "``a``"),
        ("`a\nb`", "`a b`"),
        ("`a", "`a"),
        ("``a`", "``a`"),
        ("*a `b*`", "*a `b*`"),
        ("`\\`", "`\\`"),
        ("\\`a`", "`a`"),
        ("` `", "` `"),
        ("`<b>&amp;`", "`<b>&amp;`"),
    ]);
}

#[test]
fn escapes_and_references() {
    lines([
        (r"\*a\* 1\. \# \\ \_b\_", r"*a* 1. # \ _b_"),
        (r"¯\_(ツ)_/¯", "¯_(ツ)_/¯"),
        (r"a\b \ä", r"a\b \ä"),
        (
            "a &amp; b &lt;c&gt; &quot;d&quot; &#39;e&#39;",
            "a & b <c> \"d\" 'e'",
        ),
        ("AT&T &co; &", "AT&T &co; &"),
        ("&#42;a&#42;", "*a*"),
        ("&amp;lt;", "&lt;"),
        (r"\&amp;", "&amp;"),
        ("&nbsp;a", "\u{a0}a"),
    ]);
}

#[test]
fn what_reorders_or_cannot_be_shown_is_left_out() {
    lines([
        ("a\u{202e}b\u{202d}c", "abc"),
        ("a\u{0}b\u{7}c\u{9b}", "abc"),
        ("a&#x202e;b", "ab"),
        ("`a\u{202e}b`", "`ab`"),
        // Isolates and marks are honest means of writing two directions; a paragraph ends them.
        ("\u{2067}سلام\u{2069} \u{200f}!", "\u{2067}سلام\u{2069} \u{200f}!"),
    ]);
}
