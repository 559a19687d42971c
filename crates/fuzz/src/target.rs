//! What is tried.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;

use crate::{decoders, frames, seeds, sockets, world};

/// Something that takes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Everything that reads an answer of the server, and the texts in it.
    Decoders,
    /// Frames of the cable, one on a line, and a session that hears them.
    Frames,
    /// What a client may send through a socket.
    Sockets,
    /// The simulated world: the bytes are its choices.
    World,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Decoders, Self::Frames, Self::Sockets, Self::World];

    /// Tries an input. The number stands for what it led to: inputs with the same one did about the same.
    ///
    /// # Errors
    ///
    /// What must hold does not, or something panicked.
    pub fn play(self, input: &[u8]) -> Result<u64, String> {
        let play = match self {
            Self::Decoders => decoders::play,
            Self::Frames => frames::play,
            Self::Sockets => sockets::play,
            Self::World => world::play,
        };
        catch_unwind(AssertUnwindSafe(|| play(input))).unwrap_or_else(|_| Err("it panicked".to_owned()))
    }

    /// What it begins with.
    pub fn seeds(self) -> Vec<Vec<u8>> {
        match self {
            Self::Decoders => seeds::documents(),
            Self::Frames => seeds::frames(),
            Self::Sockets => sockets::seeds(),
            Self::World => world::seeds(),
        }
    }

    /// The longest input that is made up, in bytes.
    pub fn longest(self) -> usize {
        match self {
            Self::Decoders | Self::Frames => 20_000,
            Self::Sockets | Self::World => 4_000,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Decoders => "decoders",
            Self::Frames => "frames",
            Self::Sockets => "sockets",
            Self::World => "world",
        })
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|target| target.to_string() == name);
        found.ok_or_else(|| format!("there is no target `{name}`; there are: decoders frames sockets world"))
    }
}

/// A number for what something led to.
pub fn mark(parts: impl IntoIterator<Item = u64>) -> u64 {
    parts.into_iter().fold(0xcbf2_9ce4_8422_2325, |mark, part| {
        (mark ^ part).wrapping_mul(0x0100_0000_01b3).rotate_left(17)
    })
}

/// About how large a number is.
pub fn size(number: usize) -> u64 {
    u64::from(usize::BITS.saturating_sub(number.leading_zeros()))
}
