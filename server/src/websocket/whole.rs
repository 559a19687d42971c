//! A whole connection's bytes at once, for tests that make up bytes.

use super::frame::{Incoming, Limit, Reader, Refusal};

/// What a client that sends these bytes said, and why it was refused if it was. `piece`: how many bytes arrive at a time.
pub fn read_all(bytes: &[u8], piece: usize, longest: u64) -> (Vec<Incoming>, Option<Refusal>) {
    let mut reader = Reader::new(Limit(longest));
    let mut said = Vec::new();
    for mut piece in bytes.chunks(piece.max(1)) {
        loop {
            match reader.read(&mut piece) {
                Ok(Some(incoming)) => said.push(incoming),
                Ok(None) => break,
                Err(refusal) => return (said, Some(refusal)),
            }
        }
    }
    (said, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_matter_how_bytes_are_cut() {
        let bytes = [0x81, 0x82, 1, 2, 3, 4, b'h' ^ 1, b'i' ^ 2, 0x81, 0x01];
        let whole = read_all(&bytes, bytes.len(), 100);
        assert_eq!(whole.0, [Incoming::Text("hi".to_owned())]);
        assert!(whole.1.is_some(), "without a mask");
        assert_eq!(read_all(&bytes, 1, 100), whole);
    }
}
