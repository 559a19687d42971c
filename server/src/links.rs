//! Addresses of files, signed so that nobody can make one up: permanent ones by the file's id, short-lived ones that hold
//! everything needed to serve it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::{Digest, Key};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::time::Instant;

/// How long a storage address is valid, in seconds.
const VALID: i64 = 300;
/// Length of an encoded signature.
const CODE: usize = 43;
/// What the path of every address begins with.
pub const ROOT: &str = "/rails/active_storage";

/// Makes and checks addresses of files.
#[derive(Clone)]
pub struct Links {
    base: String,
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for Links {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// What a storage address says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    /// The name in the folder of files.
    pub key: String,
    /// The type to send.
    pub content_type: String,
    /// The `Content-Disposition` to send.
    pub disposition: String,
}

/// What a signature is for; one made for a purpose is worth nothing for another.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    Blob,
    Variation,
    Key,
}

impl Links {
    /// Addresses below `base`, signed with `secret`.
    pub fn new(base: &str, secret: &str) -> Self {
        let mut key = Key::<Hmac<Sha256>>::default();
        for (byte, digested) in key.iter_mut().zip(Sha256::digest(secret)) {
            *byte = digested;
        }
        Self {
            base: base.to_owned(),
            mac: Hmac::new(&key),
        }
    }

    /// The signed id of a file, as direct uploads have it.
    pub fn signed_id(&self, blob: i64) -> String {
        self.sign(Purpose::Blob, &blob.to_string())
    }

    /// The permanent address of a file.
    pub fn file(&self, blob: i64, name: &str) -> String {
        format!(
            "{}{ROOT}/blobs/redirect/{}/{}",
            self.base,
            self.signed_id(blob),
            path_segment(name)
        )
    }

    /// The permanent address of an image's thumbnail.
    pub fn thumbnail(&self, blob: i64, format: &str, name: &str) -> String {
        format!(
            "{}{ROOT}/representations/redirect/{}/{}/{}",
            self.base,
            self.signed_id(blob),
            self.sign(Purpose::Variation, format),
            path_segment(name)
        )
    }

    /// The path, without origin and prefix, under which a file is sent for the next five minutes.
    pub fn storage_path(&self, serving: &Serving, name: &str, now: Instant) -> String {
        let document = json!([
            serving.key,
            serving.content_type,
            serving.disposition,
            now.minus_seconds(-VALID).0
        ]);
        format!(
            "{ROOT}/disk/{}/{}",
            self.sign(Purpose::Key, &document.to_string()),
            path_segment(name)
        )
    }

    /// The file a signed id names.
    pub fn blob(&self, signed: &str) -> Option<i64> {
        self.verified(Purpose::Blob, signed)?.parse().ok()
    }

    /// The format a signed variation names.
    pub fn variation(&self, signed: &str) -> Option<String> {
        self.verified(Purpose::Variation, signed)
    }

    /// What a storage address says, while it is valid.
    pub fn serving(&self, signed: &str, now: Instant) -> Option<Serving> {
        let document: Value = serde_json::from_str(&self.verified(Purpose::Key, signed)?).ok()?;
        let text = |at: usize| document.get(at)?.as_str().map(str::to_owned);
        let valid = now < Instant(document.get(3)?.as_i64()?);
        valid.then_some(Serving {
            key: text(0)?,
            content_type: text(1)?,
            disposition: text(2)?,
        })
    }

    fn sign(&self, purpose: Purpose, text: &str) -> String {
        let payload = URL_SAFE_NO_PAD.encode(text);
        let code = self.code(purpose, &payload).finalize().into_bytes();
        format!("{payload}--{}", URL_SAFE_NO_PAD.encode(code))
    }

    fn verified(&self, purpose: Purpose, signed: &str) -> Option<String> {
        // The code has a fixed length, so a dash inside of it does not matter.
        let (payload, code) = signed.split_at_checked(signed.len().checked_sub(CODE)?)?;
        let payload = payload.strip_suffix("--")?;
        let code = URL_SAFE_NO_PAD.decode(code).ok()?;
        // Compares in constant time.
        self.code(purpose, payload).verify_slice(&code).ok()?;
        String::from_utf8(URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }

    fn code(&self, purpose: Purpose, payload: &str) -> Hmac<Sha256> {
        let purpose = match purpose {
            Purpose::Blob => "blob_id",
            Purpose::Variation => "variation",
            Purpose::Key => "blob_key",
        };
        self.mac
            .clone()
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(payload)
    }
}

/// A name as the last segment of a path; what RFC 3986 allows there stays as it is.
fn path_segment(name: &str) -> String {
    escaped(name, |byte| {
        byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
    })
}

/// Text with every byte percent-encoded that is not `plain`.
pub fn escaped(text: &str, plain: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.extend(char::from_digit(u32::from(digit), 16).map(|c| c.to_ascii_uppercase()));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Links {
        Links::new("http://127.0.0.1:1/p", "secret")
    }

    #[test]
    fn an_address_names_its_file_and_no_other() {
        let address = links().file(12, "Büro (1) 日.png");
        let rest = address
            .strip_prefix("http://127.0.0.1:1/p/rails/active_storage/blobs/redirect/")
            .unwrap();
        let (signed, name) = rest.split_once('/').unwrap();
        assert_eq!(name, "B%C3%BCro%20(1)%20%E6%97%A5.png");
        assert_eq!(links().blob(signed), Some(12));
        assert_eq!(Links::new("http://127.0.0.1:1/p", "other").blob(signed), None);
        assert_eq!(links().variation(signed), None, "another purpose");
        for forged in ["", "forged", "MTI", "MTI--", &signed.replacen('M', "N", 1)] {
            assert_eq!(links().blob(forged), None, "{forged}");
        }
        let mut cut = signed.to_owned();
        cut.pop();
        assert_eq!(links().blob(&cut), None);
    }

    #[test]
    fn a_storage_address_expires() {
        let serving = Serving {
            key: "k".to_owned(),
            content_type: "image/png".to_owned(),
            disposition: "inline".to_owned(),
        };
        let start = Instant::from_seconds(1000);
        let path = links().storage_path(&serving, "a/b?.png", start);
        let rest = path.strip_prefix("/rails/active_storage/disk/").unwrap();
        let (signed, name) = rest.split_once('/').unwrap();
        assert_eq!(name, "a%2Fb%3F.png");
        assert_eq!(links().serving(signed, start.minus_seconds(-299)), Some(serving));
        assert_eq!(links().serving(signed, start.minus_seconds(-300)), None);
    }
}
