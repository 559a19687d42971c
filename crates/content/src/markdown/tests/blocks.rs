//! Paragraphs, headings, lists, quotes, code, rules.

use super::{line, parse, shape};

#[test]
fn lines_and_paragraphs() {
    for (text, expected) in [
        ("", ""),
        (" \n\t\n", ""),
        ("one", "p(one)"),
        ("one\ntwo", "p(one / two)"),
        ("one\\\ntwo", "p(one / two)"),
        ("one  \ntwo", "p(one / two)"),
        ("one\r\ntwo\rthree\u{2028}four", "p(one / two / three / four)"),
        ("one\n\n\n\ntwo", "p(one) p(two)"),
        ("one\\\n\\\ntwo", "p(one /  / two)"),
        ("one\n\\", "p(one)"),
        ("one\\\n\\\n\\\n", "p(one)"),
        ("\\\none", "p(one)"),
        ("C:\\", "p(C:\\)"),
        ("\\", "p(\\)"),
        ("  indented\n    more", "p(indented / more)"),
        ("a\n===\nb", "p(a / === / b)"),
    ] {
        assert_eq!(shape(text), expected, "{text:?}");
    }
}

#[test]
fn headings() {
    for (text, expected) in [
        ("# Title", "h1(Title)"),
        ("## Part **two** ##", "h2(Part **(two))"),
        ("###### Six", "h2(Six)"),
        ("####### Seven", "p(####### Seven)"),
        ("# C#", "h1(C#)"),
        ("#hashtag", "p(#hashtag)"),
        ("#", "p(#)"),
        ("##  ", "p(##)"),
        ("text\n# Title\ntext", "p(text) h1(Title) p(text)"),
    ] {
        assert_eq!(shape(text), expected, "{text:?}");
    }
}

#[test]
fn lists() {
    for (text, expected) in [
        ("- a\n- b", "ul[p(a)][p(b)]"),
        ("* a\n\n* b", "ul[p(a)][p(b)]"),
        ("- a\n+ b", "ul[p(a)] ul[p(b)]"),
        ("3. a\n4. b", "ol3[p(a)][p(b)]"),
        ("1) a\n2) b", "ol1[p(a)][p(b)]"),
        ("1. a\n2) b", "ol1[p(a)] ol2[p(b)]"),
        ("- a\n  - b\n    - c\n- d", "ul[p(a) ul[p(b) ul[p(c)]]][p(d)]"),
        ("1. a\n  - b\n10. c\n   - d", "ol1[p(a) ul[p(b)]][p(c) ul[p(d)]]"),
        ("- a\n  b\\\n  c", "ul[p(a / b / c)]"),
        ("- a\nthanks", "ul[p(a)] p(thanks)"),
        ("- a\n\n  second\n- b", "ul[p(a) p(second)][p(b)]"),
        ("- a\n-\n- c", "ul[p(a)][][p(c)]"),
        ("  - a\n  - b", "ul[p(a)][p(b)]"),
        (
            "- > a\n  > b\n- ```\n  x\n   y\n  ```",
            "ul[q(p(a / b))][code(\"x\\n y\")]",
        ),
        ("- [ ] open", "ul[p([ ] open)]"),
        ("text\n- a", "p(text) ul[p(a)]"),
        ("text\n1. a", "p(text) ol1[p(a)]"),
        (
            "I was born in\n1986. It was cold",
            "p(I was born in / 1986. It was cold)",
        ),
        ("-", "p(-)"),
        ("1.", "p(1.)"),
        ("-5 degrees", "p(-5 degrees)"),
        ("3.5 times", "p(3.5 times)"),
        ("1234567890. too long", "p(1234567890. too long)"),
        ("+49 30 1234", "p(+49 30 1234)"),
    ] {
        assert_eq!(shape(text), expected, "{text:?}");
    }
}

#[test]
fn quotes_end_where_their_marks_end() {
    for (text, expected) in [
        ("> a\n> b", "q(p(a / b))"),
        (">a\n>\n>b", "q(p(a) p(b))"),
        ("> question\nanswer", "q(p(question)) p(answer)"),
        ("> a\n>> b\n> c", "q(p(a) q(p(b)) p(c))"),
        ("> - a\n> - b", "q(ul[p(a)][p(b)])"),
        (">", "p(>)"),
        (">_<", "q(p(_<))"),
        ("a > b", "p(a > b)"),
    ] {
        assert_eq!(shape(text), expected, "{text:?}");
    }
}

#[test]
fn code_blocks_and_rules() {
    for (text, expected) in [
        ("```\na *b*\n\n  <c>\n```\nd", "code(\"a *b*\\n\\n  <c>\") p(d)"),
        ("```rust\nx\n```", "code(\"x\")"),
        ("```SELECT 1\nFROM x\n```", "code(\"SELECT 1\\nFROM x\")"),
        ("~~~\n```\n~~~", "code(\"```\")"),
        ("````\n```\n````", "code(\"```\")"),
        ("```\nopen", "code(\"open\")"),
        ("> ```\n> a\nb", "q(code(\"a\")) p(b)"),
        ("```a```", "p(`a`)"),
        ("```\n```", "p(```\n```)"),
        ("---", "rule"),
        ("a\n* * *\nb", "p(a) rule p(b)"),
        ("_ _ _", "rule"),
        ("--", "p(--)"),
        ("- - -\n- a", "rule ul[p(a)]"),
        ("- a\n- - -\n- b", "ul[p(a)] rule ul[p(b)]"),
    ] {
        assert_eq!(shape(text), expected, "{text:?}");
    }
}

#[test]
fn html_is_text() {
    for text in [
        "<b>bold</b>",
        "<script>alert(1)</script>",
        "<!-- x -->",
        "<a href='https://x'>",
        "a < b > c",
    ] {
        assert!(!parse(text).blocks.is_empty());
        assert!(line(text).starts_with(text.get(..2).unwrap()), "{text}");
    }
    assert_eq!(
        line("<img src=x onerror=alert(1)>"),
        "<img src=x onerror=alert(1)>"
    );
}
