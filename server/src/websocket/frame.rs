//! Frames of RFC 6455: a reader that refuses at the first wrong byte, and a writer. Pure: bytes in, bytes out.

use bytes::{BufMut, Bytes, BytesMut};

/// Protocol error.
pub const BROKEN: u16 = 1002;
/// Text that is not UTF-8.
pub const NOT_TEXT: u16 = 1007;
/// The client does what it may not.
pub const REFUSED: u16 = 1008;
/// A frame or message that is too large.
pub const TOO_LARGE: u16 = 1009;

const LONGEST_HEAD: usize = 14;
const LONGEST_CONTROL: u64 = 125;
const FINAL: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

/// How large a message may be, whole or in fragments.
#[derive(Clone, Copy, Debug)]
pub struct Limit(pub u64);

/// Something the client sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A whole text.
    Text(String),
    /// A whole binary message.
    Binary(Vec<u8>),
    /// A part of a message that goes on.
    Fragment,
    /// To be answered by a pong with the same bytes.
    Ping(Vec<u8>),
    /// An answer, or a sign of life.
    Pong,
    /// The client closes; its code, if it gave one.
    Close(Option<u16>),
}

/// Why the connection has to end: the code for the close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub u16);

/// Reads frames as their bytes arrive. Between messages it holds no memory besides itself.
#[derive(Debug)]
pub struct Reader {
    limit: Limit,
    head: [u8; LONGEST_HEAD],
    head_length: usize,
    payload: Option<Payload>,
    control: Vec<u8>,
    message: Option<Message>,
}

#[derive(Clone, Copy, Debug)]
struct Payload {
    last: bool,
    opcode: Opcode,
    mask: [u8; 4],
    left: u64,
    /// Of the next byte in the mask.
    offset: usize,
}

#[derive(Debug)]
struct Message {
    is_text: bool,
    bytes: Vec<u8>,
    /// So far it is UTF-8.
    checked: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    fn read(byte: u8) -> Option<Self> {
        match byte & 0x0f {
            0x0 => Some(Self::Continuation),
            0x1 => Some(Self::Text),
            0x2 => Some(Self::Binary),
            0x8 => Some(Self::Close),
            0x9 => Some(Self::Ping),
            0xa => Some(Self::Pong),
            _ => None,
        }
    }

    fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

impl Reader {
    /// A reader at the beginning of a connection.
    pub fn new(limit: Limit) -> Self {
        Self {
            limit,
            head: [0; LONGEST_HEAD],
            head_length: 0,
            payload: None,
            control: Vec::new(),
            message: None,
        }
    }

    /// Takes bytes from the front of `input`, until a frame is whole or nothing is left (None).
    ///
    /// # Errors
    ///
    /// The connection has to be closed with that code; the reader is of no use afterwards.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Incoming>, Refusal> {
        loop {
            let Some(payload) = self.payload else {
                let Some((byte, rest)) = input.split_first() else {
                    return Ok(None);
                };
                *input = rest;
                self.take_head(*byte)?;
                continue;
            };
            let present = usize::try_from(payload.left)
                .unwrap_or(usize::MAX)
                .min(input.len());
            let (now, rest) = input.split_at(present);
            *input = rest;
            let left = self.take_payload(payload, now)?;
            if left > 0 {
                return Ok(None);
            }
            self.payload = None;
            return self.finish(payload).map(Some);
        }
    }

    /// Adds a byte of a frame's head; when it is whole, the payload is what comes next.
    fn take_head(&mut self, byte: u8) -> Result<(), Refusal> {
        if let Some(place) = self.head.get_mut(self.head_length) {
            *place = byte;
            self.head_length += 1;
        }
        let [first, second, ..] = self.head;
        // Refused as soon as it is seen, not when the rest has come.
        let opcode = Opcode::read(first).filter(|_| first & RESERVED == 0);
        let opcode = opcode.ok_or(Refusal(BROKEN))?;
        if self.head_length < 2 {
            return Ok(());
        }
        let last = first & FINAL != 0;
        let short = u64::from(second & !MASKED);
        let fits = match opcode {
            Opcode::Continuation => self.message.is_some(),
            Opcode::Text | Opcode::Binary => self.message.is_none(),
            Opcode::Close | Opcode::Ping | Opcode::Pong => last && short <= LONGEST_CONTROL,
        };
        if !fits || second & MASKED == 0 {
            return Err(Refusal(BROKEN));
        }
        let extended = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if self.head_length < 2 + extended {
            return Ok(());
        }
        let length = self.length(opcode, short, extended)?;
        if self.head_length < 2 + extended + 4 {
            return Ok(());
        }
        let mut mask = [0; 4];
        for (to, from) in mask.iter_mut().zip(self.head.iter().skip(2 + extended)) {
            *to = *from;
        }
        self.begin(Payload {
            last,
            opcode,
            mask,
            left: length,
            offset: 0,
        });
        Ok(())
    }

    /// The payload's length, once its bytes are there; it has to be written as short as can be.
    fn length(&self, opcode: Opcode, short: u64, extended: usize) -> Result<u64, Refusal> {
        let written = self.head.iter().skip(2).take(extended);
        let (length, least) = match extended {
            0 => (short, 0),
            2 => (number(written), 126),
            _ => (number(written), 1 << 16),
        };
        if length < least || length >> 63 != 0 {
            return Err(Refusal(BROKEN));
        }
        let before = self.message.as_ref().map_or(0, |message| message.bytes.len());
        let whole = length.saturating_add(u64::try_from(before).unwrap_or(u64::MAX));
        if !opcode.is_control() && whole > self.limit.0 {
            return Err(Refusal(TOO_LARGE));
        }
        Ok(length)
    }

    fn begin(&mut self, payload: Payload) {
        if !payload.opcode.is_control() && self.message.is_none() {
            self.message = Some(Message {
                is_text: payload.opcode == Opcode::Text,
                bytes: Vec::new(),
                checked: 0,
            });
        }
        self.head_length = 0;
        self.payload = Some(payload);
    }

    /// Unmasks and keeps; what is still missing of the frame.
    fn take_payload(&mut self, payload: Payload, bytes: &[u8]) -> Result<u64, Refusal> {
        let Payload { mask, offset, .. } = payload;
        let plain = bytes
            .iter()
            .zip(mask.iter().cycle().skip(offset % mask.len()))
            .map(|(byte, mask)| byte ^ mask);
        if payload.opcode.is_control() {
            self.control.extend(plain);
        } else if let Some(message) = &mut self.message {
            message.bytes.extend(plain);
            message.check()?;
        }
        let taken = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let left = payload.left.saturating_sub(taken);
        self.payload = Some(Payload {
            left,
            offset: (offset + bytes.len()) % mask.len(),
            ..payload
        });
        Ok(left)
    }

    fn finish(&mut self, payload: Payload) -> Result<Incoming, Refusal> {
        match payload.opcode {
            Opcode::Ping => Ok(Incoming::Ping(std::mem::take(&mut self.control))),
            Opcode::Pong => {
                self.control = Vec::new();
                Ok(Incoming::Pong)
            }
            Opcode::Close => close(&std::mem::take(&mut self.control)),
            Opcode::Continuation | Opcode::Text | Opcode::Binary if !payload.last => Ok(Incoming::Fragment),
            Opcode::Continuation | Opcode::Text | Opcode::Binary => match self.message.take() {
                Some(message) if message.is_text => String::from_utf8(message.bytes)
                    .map(Incoming::Text)
                    .map_err(|_| Refusal(NOT_TEXT)),
                Some(message) => Ok(Incoming::Binary(message.bytes)),
                None => Err(Refusal(BROKEN)),
            },
        }
    }
}

impl Message {
    /// Refuses text as soon as it cannot become UTF-8 any more.
    fn check(&mut self) -> Result<(), Refusal> {
        if !self.is_text {
            return Ok(());
        }
        let unchecked = self.bytes.get(self.checked..).unwrap_or_default();
        match std::str::from_utf8(unchecked) {
            Ok(text) => self.checked += text.len(),
            Err(error) if error.error_len().is_some() => return Err(Refusal(NOT_TEXT)),
            Err(error) => self.checked += error.valid_up_to(),
        }
        Ok(())
    }
}

fn number<'a>(bytes: impl Iterator<Item = &'a u8>) -> u64 {
    bytes.fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// Reads the payload of a close frame.
fn close(payload: &[u8]) -> Result<Incoming, Refusal> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return if payload.is_empty() {
            Ok(Incoming::Close(None))
        } else {
            Err(Refusal(BROKEN))
        };
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Refusal(BROKEN));
    }
    if std::str::from_utf8(reason).is_err() {
        return Err(Refusal(NOT_TEXT));
    }
    Ok(Incoming::Close(Some(code)))
}

/// A text frame of these parts.
pub fn text(parts: &[&str]) -> Bytes {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut frame = head(0x1, length);
    for part in parts {
        frame.put_slice(part.as_bytes());
    }
    frame.freeze()
}

/// A binary frame.
pub fn binary(payload: &[u8]) -> Bytes {
    let mut frame = head(0x2, payload.len());
    frame.put_slice(payload);
    frame.freeze()
}

/// The answer to a ping.
pub fn pong(payload: &[u8]) -> Bytes {
    let mut frame = head(0xa, payload.len());
    frame.put_slice(payload);
    frame.freeze()
}

/// A close frame, with a code or empty.
pub fn closing(code: Option<u16>) -> Bytes {
    let mut frame = head(0x8, code.map_or(0, |_| 2));
    if let Some(code) = code {
        frame.put_u16(code);
    }
    frame.freeze()
}

fn head(opcode: u8, length: usize) -> BytesMut {
    let mut frame = BytesMut::with_capacity(length + 10);
    frame.put_u8(FINAL | opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < 126 => frame.put_u8(short),
        (_, Ok(middle)) => {
            frame.put_u8(126);
            frame.put_u16(middle);
        }
        _ => {
            frame.put_u8(127);
            frame.put_u64(u64::try_from(length).unwrap_or(u64::MAX));
        }
    }
    frame
}
