//! Which paths a fault is about.

use crate::params::percent_decode;

/// A path with wildcards, below the prefix: `*` is any one segment, `**` at the end any rest, none included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<String>);

impl Pattern {
    /// Reads a pattern; the error says how to write one.
    pub fn read(text: &str) -> Result<Self, String> {
        let hint = format!(
            "\"path\" is \"{text}\"; it begins with a slash, `*` stands for one segment, `**` at the end for any rest"
        );
        let Some(rest) = text.strip_prefix('/') else {
            return Err(hint);
        };
        let segments: Vec<String> = rest.split('/').map(str::to_owned).collect();
        let last = segments.len().saturating_sub(1);
        let misplaced = segments.iter().enumerate().any(|(at, segment)| {
            (segment == "**" && at != last) || (segment.contains('*') && segment != "*" && segment != "**")
        });
        if misplaced || text.contains(['?', '#']) {
            return Err(hint);
        }
        Ok(Self(segments))
    }

    /// Whether a path fits. Percent escapes are compared as they stand.
    pub fn fits(&self, path: &str) -> bool {
        let mut given = path.strip_prefix('/').unwrap_or(path).split('/');
        for wanted in &self.0 {
            match (wanted.as_str(), given.next()) {
                ("**", _) => return true,
                ("*", Some(segment)) if !segment.is_empty() => {}
                (wanted, Some(segment)) if wanted == segment => {}
                _ => return false,
            }
        }
        given.next().is_none()
    }
}

/// The `source_id` in a path of the public API, unescaped.
pub fn contact_of(path: &str) -> Option<String> {
    let rest = path.strip_prefix("/public/api/v1/inboxes/")?;
    let (_, rest) = rest.split_once("/contacts/")?;
    let segment = rest.split('/').next().filter(|segment| !segment.is_empty())?;
    String::from_utf8(percent_decode(segment.as_bytes(), false)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_a_segment_or_the_rest() {
        let fits = |pattern: &str, path: &str| Pattern::read(pattern).unwrap().fits(path);
        assert!(
            fits("/a/*/c", "/a/b/c") && fits("/a/**", "/a/b/c") && fits("/a/**", "/a") && fits("/**", "/")
        );
        assert!(fits("/", "/") && fits("/cable", "/cable"));
        assert!(!fits("/a/*/c", "/a/b/c/d") && !fits("/a/*", "/a/b/c") && !fits("/a/*", "/a/"));
        assert!(!fits("/a", "/a/b") && !fits("/a/b", "/a") && !fits("/a/**", "/ab"));
        for wrong in ["a", "", "/a/**/b", "/a*", "/a?b=c", "/***"] {
            assert!(Pattern::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn contacts_are_found_in_paths_of_the_public_api() {
        let found = |rest: &str| contact_of(&format!("/public/api/v1/inboxes/i{rest}"));
        assert_eq!(found("/contacts/jane%2Edoe/conversations").unwrap(), "jane.doe");
        assert_eq!(found("/contacts/x").unwrap(), "x");
        assert_eq!(found("/contacts"), None);
        assert_eq!(found("/contacts/"), None);
        assert_eq!(contact_of("/api/v1/accounts/1/contacts/7"), None);
    }
}
