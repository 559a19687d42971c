//! What clients send through a socket, byte by byte: it is the same however it is cut into pieces.

use confab_server::{Incoming, read_all};

use crate::target::{mark, size};

/// The longest message that is taken.
const LONGEST: u64 = 1_000;

pub fn play(input: &[u8]) -> Result<u64, String> {
    let whole = read_all(input, input.len(), LONGEST);
    for piece in [1, 3] {
        let cut = read_all(input, piece, LONGEST);
        if without_fragments(&cut.0) != without_fragments(&whole.0) || cut.1 != whole.1 {
            return Err(format!(
                "in pieces of {piece} it says {cut:?} instead of {whole:?}"
            ));
        }
    }
    let said = whole.0.iter().map(|one| match one {
        Incoming::Text(text) => 10 + size(text.len()),
        Incoming::Binary(bytes) => 30 + size(bytes.len()),
        Incoming::Fragment => 1,
        Incoming::Ping(bytes) => 50 + size(bytes.len()),
        Incoming::Pong => 2,
        Incoming::Close(code) => 100 + u64::from(code.unwrap_or_default()),
    });
    let refused = whole.1.map_or(0, |refusal| u64::from(refusal.0));
    Ok(mark(said.take(4).chain([refused])))
}

fn without_fragments(said: &[Incoming]) -> Vec<&Incoming> {
    said.iter()
        .filter(|one| !matches!(one, Incoming::Fragment))
        .collect()
}

/// A masked frame of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    let frame = |head: u8, payload: &[u8]| {
        let mask = [7, 1, 0, 255];
        let length = u8::try_from(payload.len()).unwrap_or_default();
        let masked = payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask);
        let mut bytes = vec![head, 0x80 | length];
        bytes.extend(mask);
        bytes.extend(masked);
        bytes
    };
    let close = [0x03, 0xe8];
    vec![
        frame(0x81, b"{\"command\":\"subscribe\"}"),
        frame(0x81, "é🦊".as_bytes()),
        frame(0x82, b"bytes"),
        [frame(0x01, b"he"), frame(0x89, b"ping"), frame(0x80, b"llo")].concat(),
        frame(0x8a, b""),
        frame(0x88, &close),
    ]
}
