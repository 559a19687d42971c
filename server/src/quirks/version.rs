//! Which Chatwoot is played.

use std::fmt;

/// A release of Chatwoot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u16,
    minor: u16,
    patch: u16,
}

impl Version {
    /// 4.15.1, what the server plays unless told otherwise.
    pub const NEWEST: Self = Self::new(4, 15, 1);
    /// The versions that were recorded, and with them what `--as` takes.
    const PLAYED: [(&str, Self); 4] = [
        ("2.7", Self::new(2, 7, 0)),
        ("3.0", Self::new(3, 0, 0)),
        ("4.1", Self::new(4, 1, 0)),
        ("4.15", Self::NEWEST),
    ];

    /// A release by its three numbers.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// Its three numbers, as an installation tells them.
    pub fn release(self) -> String {
        format!("{}.{}.{}", self.major, self.minor, self.patch)
    }

    /// Reads one of the short names that `--as` takes.
    ///
    /// # Errors
    ///
    /// The sentence that names them all.
    pub fn parse(text: &str) -> Result<Self, String> {
        let found = Self::PLAYED.iter().find(|(name, _)| *name == text);
        found.map(|(_, version)| *version).ok_or_else(|| {
            let names: Vec<&str> = Self::PLAYED.iter().map(|(name, _)| *name).collect();
            format!("there are {}", names.join(", "))
        })
    }
}

impl fmt::Display for Version {
    /// The short name, where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::PLAYED.iter().find(|(_, version)| version == self) {
            Some((name, _)) => f.write_str(name),
            None => f.write_str(&self.release()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_read_back_and_releases_are_in_order() {
        for (name, version) in Version::PLAYED {
            assert_eq!(Version::parse(name), Ok(version));
            assert_eq!(version.to_string(), name);
        }
        assert!(Version::parse("4").unwrap_err().contains("2.7, 3.0, 4.1, 4.15"));
        assert!(Version::new(4, 1, 0) < Version::new(4, 15, 0));
        assert!(Version::new(2, 18, 0) < Version::new(3, 0, 0));
    }
}
