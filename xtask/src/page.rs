//! Reading and rewriting index.html as trunk writes it: enough of HTML to find tags, no more.

use std::ops::Range;

/// A start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The element's name, in small letters.
    pub name: String,
    /// Where the tag stands in the page, from `<` to `>`.
    pub span: Range<usize>,
    attributes: Vec<(String, Range<usize>)>,
}

impl Tag {
    /// The value of an attribute; empty for one without a value.
    pub fn attribute<'page>(&self, page: &'page str, name: &str) -> Option<&'page str> {
        page.get(self.value(name)?)
    }

    /// Where the value of an attribute stands in the page.
    pub fn value(&self, name: &str) -> Option<Range<usize>> {
        self.attributes
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.clone())
    }

    /// Where a file of ours that the tag names stands in the page: a script's `src`, a link's `href`.
    pub fn file(&self) -> Option<Range<usize>> {
        match self.name.as_str() {
            "script" => self.value("src"),
            "link" => self.value("href"),
            _ => None,
        }
    }
}

/// The page without comments.
pub fn without_comments(page: &str) -> String {
    let mut kept = String::with_capacity(page.len());
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, rest)| rest);
    }
    kept.push_str(rest);
    kept
}

/// The start tags in order. Comments are expected to be gone.
pub fn tags(page: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(open) = page
        .get(at..)
        .and_then(|rest| rest.find('<'))
        .map(|found| at + found)
    {
        let (tag, next) = tag(page, open);
        tags.extend(tag);
        at = next;
    }
    tags
}

/// What in the page the content security policy would refuse: scripts, styles and handlers that are no files.
pub fn inline_parts(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in tags(page) {
        let shown = page.get(tag.span.clone()).unwrap_or_default();
        let data = tag
            .attribute(page, "type")
            .is_some_and(|kind| kind.contains("json"));
        let inline_script = tag.name == "script" && tag.value("src").is_none() && !data;
        let handler = tag
            .attributes
            .iter()
            .any(|(name, _)| name == "style" || name.starts_with("on"));
        if inline_script || handler || tag.name == "style" {
            found.push(shown.to_owned());
        }
    }
    found
}

/// The tag that begins at `open`, if one does, and where to look for the next.
fn tag(page: &str, open: usize) -> (Option<Tag>, usize) {
    let after = open + 1;
    let name: String = text(page, after)
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    if name.is_empty() {
        return (None, after);
    }
    let mut at = after + name.len();
    let mut attributes = Vec::new();
    loop {
        at += text(page, at).len()
            - text(page, at)
                .trim_start_matches(|c: char| c.is_whitespace() || c == '/')
                .len();
        match text(page, at).chars().next() {
            None | Some('>') => break,
            Some(_) => {
                let (attribute, next) = attribute(page, at);
                attributes.push(attribute);
                at = next;
            }
        }
    }
    let end = (at + 1).min(page.len());
    (
        Some(Tag {
            name: name.to_ascii_lowercase(),
            span: open..end,
            attributes,
        }),
        end,
    )
}

/// The attribute that begins at `at`, its value's place, and where it ends.
fn attribute(page: &str, at: usize) -> ((String, Range<usize>), usize) {
    let length = text(page, at).find(|c: char| c.is_whitespace() || "=>/".contains(c));
    let name_end = length.map_or(page.len(), |length| at + length.max(1));
    let name = page.get(at..name_end).unwrap_or_default().to_ascii_lowercase();
    let Some(value) = text(page, name_end).strip_prefix('=') else {
        return ((name, name_end..name_end), name_end);
    };
    let begin = name_end + 1;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (begin, end) = match quote {
        Some(quote) => (
            begin + 1,
            value
                .get(1..)
                .and_then(|rest| rest.find(quote))
                .map(|length| begin + 1 + length),
        ),
        None => (
            begin,
            value
                .find(|c: char| c.is_whitespace() || c == '>')
                .map(|length| begin + length),
        ),
    };
    let end = end.unwrap_or(page.len());
    (
        (name, begin..end),
        (end + usize::from(quote.is_some())).min(page.len()),
    )
}

fn text(page: &str, from: usize) -> &str {
    page.get(from..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html><HTML lang=en><!-- <script>x</script> --><link rel=\"stylesheet\" href='./a>b.css'/>\
        <script type=module src=./boot.js></script><p hidden>1 < 2</p></html>";

    #[test]
    fn tags_and_their_attributes_are_found() {
        let page = without_comments(PAGE);
        let tags = tags(&page);
        let names: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names, ["html", "link", "script", "p"]);
        assert_eq!(tags[0].attribute(&page, "lang"), Some("en"));
        assert_eq!(page.get(tags[1].file().unwrap()), Some("./a>b.css"));
        assert_eq!(
            page.get(tags[1].span.clone()),
            Some("<link rel=\"stylesheet\" href='./a>b.css'/>")
        );
        assert_eq!(page.get(tags[2].file().unwrap()), Some("./boot.js"));
        assert_eq!(tags[3].attribute(&page, "hidden"), Some(""));
    }

    #[test]
    fn inline_parts_are_named() {
        assert_eq!(inline_parts(&without_comments(PAGE)), Vec::<String>::new());
        for bad in [
            "<script>",
            "<script type=\"module\">",
            "<style>",
            "<p style=\"color:red\">",
            "<p onclick=x>",
        ] {
            assert_eq!(inline_parts(&format!("<body>{bad}</body>")), [bad]);
        }
        assert!(inline_parts("<script type=\"application/json\">{}</script>").is_empty());
    }

    #[test]
    fn a_page_that_ends_too_soon_ends_the_reading() {
        for cut in 0..PAGE.len() {
            let page = without_comments(PAGE.get(..cut).unwrap());
            assert!(tags(&page).iter().all(|tag| tag.span.end <= page.len()));
        }
    }
}
