//! Bytes in one direction: read, held back for as long as they travel, written.

use crate::state::State;
use socket2::SockRef;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io;
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

/// What is read at once, in bytes.
const PIECE: usize = 16 * 1024;
/// As many pieces travel at once: more than that waits in the sender's system.
const TRAVELLING: usize = 64;

/// What the two directions of one connection share.
#[derive(Debug)]
pub struct Wire {
    /// No byte passes.
    pub frozen: watch::Sender<bool>,
    /// Nothing is written to the client any more.
    pub half_closed: AtomicBool,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            frozen: watch::Sender::new(false),
            half_closed: AtomicBool::new(false),
        }
    }
}

/// One direction.
#[derive(Debug, Clone, Copy)]
pub struct Pump<'a> {
    pub from: &'a TcpStream,
    pub to: &'a TcpStream,
    /// Whether `to` is the client.
    pub to_client: bool,
    pub state: &'a State,
    pub wire: &'a Wire,
}

type Piece = (Instant, Vec<u8>);

/// Passes everything on, to the sender's end or the limit.
pub async fn carry(pump: Pump<'_>) -> io::Result<()> {
    let (sender, mut receiver) = mpsc::channel::<Piece>(TRAVELLING);
    let reading = read_all(pump, sender);
    let writing = async {
        let mut passed = 0;
        while let Some((due, piece)) = receiver.recv().await {
            sleep_until(due).await;
            write(pump, &piece, &mut passed).await?;
        }
        thawed(pump.wire).await;
        let _ = SockRef::from(pump.to).shutdown(Shutdown::Write);
        Ok(())
    };
    tokio::try_join!(reading, writing).map(|_| ())
}

async fn read_all(pump: Pump<'_>, sender: mpsc::Sender<Piece>) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        thawed(pump.wire).await;
        pump.from.readable().await?;
        let length = match pump.from.try_read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        };
        let piece = buffer.get(..length).unwrap_or_default().to_vec();
        let quality = pump.state.quality();
        let due = Instant::now() + quality.latency + drawn(quality.jitter);
        if sender.send((due, piece)).await.is_err() {
            return Ok(());
        }
    }
}

async fn write(pump: Pump<'_>, mut piece: &[u8], passed: &mut u64) -> io::Result<()> {
    let sum = if pump.to_client {
        &pump.state.down
    } else {
        &pump.state.up
    };
    while !piece.is_empty() {
        thawed(pump.wire).await;
        let quality = pump.state.quality();
        let mut length = piece.len();
        if quality.slice > 0 {
            length = length.min(quality.slice);
        }
        if pump.to_client && quality.limit > 0 {
            let left = quality.limit.saturating_sub(*passed);
            length = length.min(usize::try_from(left).unwrap_or(usize::MAX));
        }
        let (slice, rest) = piece.split_at(length);
        if !(pump.to_client && pump.wire.half_closed.load(Ordering::Relaxed)) {
            write_all(pump.to, slice).await?;
        }
        *passed += length as u64;
        sum.fetch_add(length as u64, Ordering::Relaxed);
        if pump.to_client && quality.limit > 0 && *passed >= quality.limit {
            return Err(io::Error::other("as many bytes as were allowed"));
        }
        piece = rest;
        if let Some(micros) = (length as u64 * 1_000_000).checked_div(quality.bandwidth) {
            sleep(Duration::from_micros(micros)).await;
        }
        if quality.slice > 0 {
            sleep(quality.pause).await;
        }
    }
    Ok(())
}

async fn write_all(to: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        to.writable().await?;
        match to.try_write(bytes) {
            Ok(length) => bytes = bytes.get(length..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn thawed(wire: &Wire) {
    // The sender lives as long as the pumps do.
    let _ = wire.frozen.subscribe().wait_for(|frozen| !frozen).await;
}

/// Chance enough for a jitter: the keys that the library draws for its hash maps.
fn drawn(most: Duration) -> Duration {
    let chance = RandomState::new().hash_one(0_u8) % 1_000;
    most * u32::try_from(chance).unwrap_or_default() / 1_000
}
