//! Randomness from the browser's good source.

use confab_protocol::SourceId;
use confab_session::hex;

use super::handle::window;

/// So many random bytes; `None` where the browser has no source of them.
pub fn bytes<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    window()?
        .crypto()
        .ok()?
        .get_random_values_with_u8_array(&mut bytes)
        .ok()?;
    Some(bytes)
}

/// A new key of a contact: a UUID of version 4 (RFC 9562, section 5.4), which no one can guess and no one has had.
pub fn source_id() -> Option<SourceId> {
    let high = u64::from_be_bytes(bytes()?) & !(0xf << 12) | (4 << 12);
    let low = u64::from_be_bytes(bytes()?) & !(0b11 << 62) | (0b10 << 62);
    let hex = hex(high) + &hex(low);
    let mut text = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    Some(SourceId::new(text))
}

/// Sixteen hexadecimal digits to name something by.
pub fn name() -> String {
    hex(number())
}

/// A seed. Without a source it is 0: jitter and names are then the same in every tab, secrets are not made from it.
pub fn number() -> u64 {
    u64::from_be_bytes(bytes::<8>().unwrap_or_default())
}
