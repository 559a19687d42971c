//! A disk that remembers what was synced and what was only written.

use std::collections::BTreeMap;
use std::path::Path;

use super::trace::Event;
use crate::Result;

const SECTOR: usize = 512;

/// The files of a folder, by name.
#[derive(Debug)]
pub struct Disk(BTreeMap<String, File>);

#[derive(Debug, Default)]
struct File {
    /// Survives every power cut.
    synced: Vec<u8>,
    /// May survive, whole or in part, since the last sync.
    written: Vec<Change>,
    /// It is not to be found under its name any more.
    gone: bool,
}

#[derive(Debug)]
enum Change {
    Bytes(usize, Vec<u8>),
    Length(usize),
}

impl Disk {
    /// Of a database's folder, all of it synced.
    pub fn of(folder: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        let list = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in list.flatten().filter(|entry| entry.path().is_file()) {
            let path = entry.path();
            let synced = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let file = File {
                synced,
                ..File::default()
            };
            files.insert(entry.file_name().to_string_lossy().into_owned(), file);
        }
        Ok(Self(files))
    }

    /// Does what a program asked for.
    pub fn perform(&mut self, event: &Event) {
        match event {
            Event::Written(name, at, bytes) => {
                self.file(name).written.push(Change::Bytes(*at, bytes.clone()));
            }
            Event::Cut(name, length) => self.file(name).written.push(Change::Length(*length)),
            Event::Synced(name) => {
                let file = self.file(name);
                for change in std::mem::take(&mut file.written) {
                    change.apply(&mut file.synced);
                }
            }
            Event::Removed(name) => self.file(name).gone = true,
            Event::Acknowledged(_) => {}
        }
    }

    fn file(&mut self, name: &str) -> &mut File {
        let file = self.0.entry(name.to_owned()).or_default();
        if file.gone {
            *file = File::default();
        }
        file
    }

    /// A folder as it may be found when the power is back.
    pub fn cut(&self, folder: &Path, chance: &mut Chance) -> Result<()> {
        // The last image is of no use any more; the first time there is none.
        let _ = std::fs::remove_dir_all(folder);
        let about = |error| format!("{}: {error}", folder.display());
        std::fs::create_dir_all(folder).map_err(about)?;
        for (name, file) in self.0.iter().filter(|(_, file)| !file.gone) {
            let mut bytes = file.synced.clone();
            for change in &file.written {
                change.survive(&mut bytes, chance);
            }
            std::fs::write(folder.join(name), bytes).map_err(about)?;
        }
        Ok(())
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Bytes(at, bytes) => put(file, *at, bytes),
            Self::Length(length) => file.resize(*length, 0),
        }
    }

    /// It is there, or not, or some of its sectors are.
    fn survive(&self, file: &mut Vec<u8>, chance: &mut Chance) {
        match (self, chance.below(3)) {
            (_, 0) => {}
            (Self::Bytes(at, bytes), 1) => {
                let mut at = *at;
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    // Sectors are where they are on the disk, not where the write begins.
                    let (sector, more) = rest.split_at((SECTOR - at % SECTOR).min(rest.len()));
                    if chance.below(2) == 0 {
                        put(file, at, sector);
                    }
                    at += sector.len();
                    rest = more;
                }
            }
            _ => self.apply(file),
        }
    }
}

fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if file.len() < at + bytes.len() {
        file.resize(at + bytes.len(), 0);
    }
    for (to, from) in file.iter_mut().skip(at).zip(bytes) {
        *to = *from;
    }
}

/// Repeatable chance.
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, end: u64) -> u64 {
        // A step of splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_synced_stays_and_what_is_not_may_go() {
        let name = || "file".to_owned();
        let mut disk = Disk(BTreeMap::new());
        disk.perform(&Event::Written(name(), 0, vec![1; 600]));
        disk.perform(&Event::Synced(name()));
        disk.perform(&Event::Written(name(), 100, vec![2; 2000]));
        let file = disk
            .0
            .get("file")
            .map(|file| (file.synced.clone(), file.written.len()));
        assert_eq!(file, Some((vec![1; 600], 1)));
        let mut seen = std::collections::BTreeSet::new();
        let mut chance = Chance::new(1);
        for _ in 0..200 {
            let mut bytes = vec![1; 600];
            for change in &disk.0["file"].written {
                change.survive(&mut bytes, &mut chance);
            }
            assert!(bytes.iter().take(100).all(|byte| *byte == 1));
            seen.insert(bytes);
        }
        let whole: Vec<u8> = [vec![1; 100], vec![2; 2000]].concat();
        assert!(seen.contains(&whole) && seen.contains(&vec![1; 600]) && seen.len() > 3);
    }
}
