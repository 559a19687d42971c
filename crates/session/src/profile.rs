//! Whether the server has been told of the profile as it is now.

use confab_protocol::Profile;

/// A number that changes with the profile; 0 for an empty one. FNV-1a: it only has to notice a change.
pub(crate) fn digest(profile: &Profile) -> u64 {
    if *profile == Profile::default() {
        return 0;
    }
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for field in [
        &profile.name,
        &profile.email,
        &profile.phone_number,
        &profile.avatar_url,
    ] {
        hash = add(hash, field.as_deref().unwrap_or_default());
    }
    for (name, value) in &profile.custom_attributes {
        hash = add(add(hash, name), &value.text());
    }
    // 53 bits: a store of the browser keeps no more of a number.
    (hash >> 11).max(1)
}

/// Takes a text and its end into a digest.
fn add(mut hash: u64, text: &str) -> u64 {
    let end: &[u8] = &[0xFF];
    for bytes in [text.as_bytes(), end] {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_the_same_digest_until_it_changes() {
        let named = |name: &str| Profile {
            name: Some(name.to_owned()),
            ..Profile::default()
        };
        assert_eq!(digest(&Profile::default()), 0);
        assert_eq!(digest(&named("Ada")), digest(&named("Ada")));
        assert_ne!(digest(&named("Ada")), digest(&named("Eve")));
        let moved = Profile {
            email: Some("Ada".to_owned()),
            ..Profile::default()
        };
        assert_ne!(digest(&named("Ada")), digest(&moved));
        assert!(
            ["Ada", "Eve", "Rowan"]
                .iter()
                .all(|name| digest(&named(name)) < 1 << 53)
        );
    }
}
