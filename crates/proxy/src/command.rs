//! What can be asked of the proxy, and how a line of text says it.

use std::str::FromStr;
use std::time::Duration;

/// What becomes of new connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Door {
    /// They are passed on.
    #[default]
    Open,
    /// Nobody listens: the client is refused at once.
    Refuse,
    /// They are accepted and reset at once.
    Reset,
    /// They are accepted, and nothing is said; they go on when the door opens.
    Blackhole,
}

/// What happens to the connections there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// They end with a reset, on both sides.
    Reset,
    /// They end with the bytes that have arrived delivered.
    Close,
    /// The client is told that nothing more will come; what it says is still passed on.
    HalfClose,
    /// No byte passes, in either direction, until [`Act::Thaw`]; none is lost.
    Freeze,
    /// Bytes pass again.
    Thaw,
}

/// How well bytes travel, those of running connections too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quality {
    /// What every piece takes, each way.
    pub latency: Duration,
    /// What it takes besides, at most, drawn for every piece; the order stays.
    pub jitter: Duration,
    /// Bytes a second, each way and for every connection; 0 is without limit.
    pub bandwidth: u64,
    /// Bytes of the target after which a connection is closed; 0 is never.
    pub limit: u64,
    /// Pieces of at most so many bytes; 0 leaves them as they come.
    pub slice: usize,
    /// The pause after each such piece.
    pub pause: Duration,
}

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `door open|refuse|reset|blackhole`
    Door(Door),
    /// `running reset|close|half-close|freeze|thaw`
    Running(Act),
    /// `latency MS [JITTER_MS]`
    Latency(Duration, Duration),
    /// `bandwidth BYTES_A_SECOND`
    Bandwidth(u64),
    /// `limit BYTES`
    Limit(u64),
    /// `slice BYTES [PAUSE_MS]`
    Slice(usize, Duration),
    /// `heal`: no fault is left, and what was frozen goes on.
    Heal,
}

impl FromStr for Command {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        Ok(match words.as_slice() {
            ["door", "open"] => Self::Door(Door::Open),
            ["door", "refuse"] => Self::Door(Door::Refuse),
            ["door", "reset"] => Self::Door(Door::Reset),
            ["door", "blackhole"] => Self::Door(Door::Blackhole),
            ["running", "reset"] => Self::Running(Act::Reset),
            ["running", "close"] => Self::Running(Act::Close),
            ["running", "half-close"] => Self::Running(Act::HalfClose),
            ["running", "freeze"] => Self::Running(Act::Freeze),
            ["running", "thaw"] => Self::Running(Act::Thaw),
            ["latency", latency] => Self::Latency(millis(latency)?, Duration::ZERO),
            ["latency", latency, jitter] => Self::Latency(millis(latency)?, millis(jitter)?),
            ["bandwidth", bytes] => Self::Bandwidth(number(bytes)?),
            ["limit", bytes] => Self::Limit(number(bytes)?),
            ["slice", bytes] => Self::Slice(number(bytes)?, Duration::ZERO),
            ["slice", bytes, pause] => Self::Slice(number(bytes)?, millis(pause)?),
            ["heal"] => Self::Heal,
            _ => return Err(format!("no command: {line}")),
        })
    }
}

fn number<N: FromStr>(word: &str) -> Result<N, String> {
    word.parse().map_err(|_| format!("no number: {word}"))
}

fn millis(word: &str) -> Result<Duration, String> {
    number(word).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_commands() {
        let read = |line: &str| line.parse::<Command>();
        assert_eq!(read("door blackhole"), Ok(Command::Door(Door::Blackhole)));
        assert_eq!(
            read(" running  half-close "),
            Ok(Command::Running(Act::HalfClose))
        );
        let twenty = Duration::from_millis(20);
        assert_eq!(read("latency 20"), Ok(Command::Latency(twenty, Duration::ZERO)));
        assert_eq!(read("slice 3 20"), Ok(Command::Slice(3, twenty)));
        assert_eq!(read("limit -1"), Err("no number: -1".to_owned()));
        assert_eq!(read("door ajar"), Err("no command: door ajar".to_owned()));
    }
}
