//! Links of all kinds, and what must not become one.

use super::{line, parse};
use crate::markdown::{Block, Inline};

#[track_caller]
fn lines<const N: usize>(cases: [(&str, &str); N]) {
    for (text, expected) in cases {
        assert_eq!(line(text), expected, "{text:?}");
    }
}

#[test]
fn written_links() {
    lines([
        ("[a](https://b.example/c)", "<https://b.example/c|a>"),
        ("[**a** `b`](https://b.example)", "<https://b.example/|**(a) `b`>"),
        ("**[a](https://b.example)**", "**(<https://b.example/|a>)"),
        ("[a](<https://b.example/x y>)", "<https://b.example/x%20y|a>"),
        ("[a](https://b.example \"title\")", "<https://b.example/|a>"),
        (
            "[a]( https://b.example 'it''s' )",
            "[a]( <https://b.example/|https://b.example> 'it''s' )",
        ),
        ("[a](https://b.example/x_(y))", "<https://b.example/x_(y)|a>"),
        ("[a](https://b.example/x\\)y)", "<https://b.example/x)y|a>"),
        (
            "[a](https://b.example/?x=1&amp;y=2)",
            "<https://b.example/?x=1&y=2|a>",
        ),
        ("[a [b] c](https://d.example)", "<https://d.example/|a [b] c>"),
        ("[a\\]b](https://d.example)", "<https://d.example/|a]b>"),
        ("[](https://b.example)", "<https://b.example/|https://b.example/>"),
        ("[mail](me@b.example)", "<mailto:me@b.example|mail>"),
        ("[call](tel:+4930123456)", "<tel:+4930123456|call>"),
        ("[site](b.example/x)", "<https://b.example/x|site>"),
        ("*a [b*](https://c.example)", "*a <https://c.example/|b*>"),
    ]);
}

#[test]
fn images_are_links_and_links_hold_no_links() {
    lines([
        ("![a](https://b.example/c.png)", "<https://b.example/c.png|a>"),
        (
            "![](https://b.example/c.png)",
            "<https://b.example/c.png|https://b.example/c.png>",
        ),
        (
            "[![a](https://b.example/c.png)](https://d.example)",
            "[<https://b.example/c.png|a>](<https://d.example/|https://d.example>)",
        ),
        (
            "[see https://a.example](https://a.example/x)",
            "<https://a.example/x|see https://a.example>",
        ),
        (
            "[https://a.example](https://b.example)",
            "!<https://b.example/|https://a.example>",
        ),
        (
            "[a [b](https://b.example)](https://c.example)",
            "[a <https://b.example/|b>](<https://c.example/|https://c.example>)",
        ),
        ("Hi!", "Hi!"),
        ("![", "!["),
    ]);
}

#[test]
fn bare_addresses() {
    lines([
        (
            "see https://a.example.",
            "see <https://a.example/|https://a.example>.",
        ),
        (
            "(https://a.example/x)",
            "(<https://a.example/x|https://a.example/x>)",
        ),
        (
            "https://a.example/x_(y)!",
            "<https://a.example/x_(y)|https://a.example/x_(y)>!",
        ),
        ("HTTP://A.example", "<http://a.example/|HTTP://A.example>"),
        (
            "www.a.example/b_c_d?e=*f*",
            "<https://www.a.example/b_c_d?e=*f|www.a.example/b_c_d?e=*f>*",
        ),
        (
            "**https://a.example**",
            "**(<https://a.example/|https://a.example>)",
        ),
        (
            "\"https://a.example\"",
            "\"<https://a.example/|https://a.example>\"",
        ),
        (
            "https://a.example/a\\_b",
            "<https://a.example/a_b|https://a.example/a_b>",
        ),
        (
            "https://a.example\\\nnext",
            "<https://a.example/|https://a.example> / next",
        ),
        (
            "访问https://a.example。谢谢",
            "访问<https://a.example/|https://a.example>。谢谢",
        ),
        (
            "سایت https://a.example/سلام، خوب",
            "سایت <https://a.example/%D8%B3%D9%84%D8%A7%D9%85|https://a.example/سلام>، خوب",
        ),
        (
            "https://a.example/?b[]=1",
            "<https://a.example/?b[]=1|https://a.example/?b[]=1>",
        ),
        (
            "http://localhost:3000/x",
            "<http://localhost:3000/x|http://localhost:3000/x>",
        ),
        (
            "<https://a.example/x_y>",
            "<https://a.example/x_y|https://a.example/x_y>",
        ),
        ("me@a.example, you", "<mailto:me@a.example|me@a.example>, you"),
        (
            "first_last+x@a.example.",
            "<mailto:first_last+x@a.example|first_last+x@a.example>.",
        ),
        ("_me@a.example_", "*(<mailto:me@a.example|me@a.example>)"),
        ("<me@a.example>", "<mailto:me@a.example|me@a.example>"),
        (
            "\u{2066}https://a.example\u{2069}\u{200b}",
            "\u{2066}<https://a.example/|https://a.example>\u{2069}\u{200b}",
        ),
        ("mailto:me@a.example", "<mailto:me@a.example|mailto:me@a.example>"),
    ]);
}

#[test]
fn what_is_no_address_stays_text() {
    for text in [
        "https://",
        "http://.",
        "www.",
        "www.x",
        "@me",
        "me@",
        "me@localhost",
        "a@b",
        "a.example",
        "https:/a.example",
        "mailto:",
        "mailto:x",
        "xhttps://a.example",
        "tel:123456",
        "ftp://a.example",
        "<x>",
        "<>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](java&#115;cript:alert(1))",
        "[a](&#106;avascript:x)",
        "[a](java&Tab;script:x)",
        "[a](data:text/html,x)",
        "[a](vbscript:x)",
        "[a](//b.example)",
        "[a](/b)",
        "[a](#b)",
        "[a]()",
        "[a](<>)",
        "[a](",
        "[a]",
        "[a][b]",
        "[a]: b",
        "<javascript:alert(1)>",
        "<data:x,y>",
        "![a](blob:x)",
    ] {
        let document = parse(&format!("x {text}"));
        let [Block::Paragraph(content)] = document.blocks.as_slice() else {
            panic!("{text}")
        };
        assert!(
            content.iter().all(|inline| matches!(inline, Inline::Text(_))),
            "{text}: {content:?}"
        );
    }
}

#[test]
fn what_is_longer_than_any_address_stays_text() {
    let mailbox = format!("{}@a.example", "x".repeat(65));
    assert_eq!(line(&mailbox), mailbox);
    let address = format!("https://a.example/{}.", "x".repeat(2_030));
    assert_eq!(line(&address), address);
    let link = format!("[a](<{address}>)");
    assert_eq!(line(&link), link);
}

#[test]
fn an_address_that_hides_its_host_is_marked() {
    lines([
        (
            "https://bank.example@evil.example/",
            "!<https://bank.example@evil.example/|https://bank.example@evil.example/>",
        ),
        (
            "[bank.example](https://evil.example)",
            "!<https://evil.example/|bank.example>",
        ),
        (
            "[*bank*.example](https://evil.example)",
            "!<https://evil.example/|*(bank).example>",
        ),
        (
            "[bank&#46;example](https://evil.example)",
            "!<https://evil.example/|bank.example>",
        ),
        (
            "[bank\\.example](https://evil.example)",
            "!<https://evil.example/|bank.example>",
        ),
        (
            "https://аpple.example",
            "!<https://xn--pple-43d.example/|https://аpple.example>",
        ),
        (
            "[a\u{2067}b\u{200f}](https://c.example)",
            "<https://c.example/|ab>",
        ),
    ]);
    assert_eq!(
        line("[a](https://b.example/\u{202e}x)").matches('<').count(),
        1,
        "only the part before is a link"
    );
}
