//! The proof of an identifier, which a site computes with the inbox's HMAC token.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// HMAC-SHA256 of the identifier's bytes, in lower-case hexadecimal.
pub fn identifier_hash(hmac_token: &str, identifier: &[u8]) -> String {
    let mut hash = String::with_capacity(64);
    // A key of any length is accepted.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(hmac_token.as_bytes()) {
        mac.update(identifier);
        for byte in mac.finalize().into_bytes() {
            for digit in [byte >> 4, byte & 15] {
                hash.extend(char::from_digit(u32::from(digit), 16));
            }
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_hash_that_others_compute() {
        // The second test case of RFC 4231.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(identifier_hash("Jefe", b"what do ya want for nothing?"), expected);
    }
}
