//! The folder of files beside the database. A file is written and made durable before the row that names it exists, and
//! goes away after the row is gone: what is left over by a crash names no row and is swept at the next start.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

use super::attachments::{discarded, secret};
use super::thumbnails;
use crate::error::StartError;
use crate::media;
use crate::random::Random;

/// Says which database a folder belongs to.
const OWNER: &str = "confab-files";
/// Bytes of one file that wait in memory for the disk.
const BUFFER: usize = 256 * 1024;
/// Behind the key of an image: its thumbnail.
const THUMBNAIL: &str = ".thumb";
/// Behind the key of an image: its thumbnail while it is being made.
const UNFINISHED: &str = ".part";

/// The folder, shared by all who read and write in it.
#[derive(Clone, Debug)]
pub struct Files(Arc<Folder>);

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    temporary: bool,
    /// Unpacked images take room, so only one is worked on at a time.
    turn: Arc<Mutex<()>>,
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary {
            // Nothing in it is worth anything any more, and the system clears its temporary folders too.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// A file that lies in the folder. Unless it is kept, it goes away with the last one who holds this.
#[derive(Debug)]
pub struct Stored {
    /// Its name in the folder.
    pub key: String,
    /// Its name as people read it, made harmless.
    pub filename: String,
    /// What it is, by bytes, sender's word and name.
    pub content_type: String,
    /// Its length in bytes.
    pub size: u64,
    /// Width and height of an image that can be read.
    pub measures: Option<(u32, u32)>,
    folder: Files,
    kept: AtomicBool,
}

impl Stored {
    /// The database names it now, so it stays.
    pub fn keep(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Stored {}

impl Drop for Stored {
    fn drop(&mut self) {
        if !self.kept.load(Ordering::Relaxed) {
            // What cannot be removed now is swept at the next start.
            let _ = fs::remove_file(self.folder.path(&self.key));
        }
    }
}

impl Files {
    /// Opens the folder: the one given, or one named after the database file, or a temporary one for a database in memory.
    /// What no row names is swept out of it.
    pub fn open(
        given: Option<&Path>,
        database: &str,
        db: &Connection,
        random: &mut Random,
    ) -> Result<Self, StartError> {
        let temporary = given.is_none() && (database == ":memory:" || database.is_empty());
        let path = match given {
            Some(path) => path.to_path_buf(),
            None if temporary => std::env::temp_dir().join(format!("confab-{}", Random::new(None).key())),
            None => PathBuf::from(format!("{database}-files")),
        };
        let failed = |error: io::Error| StartError::Files(path.display().to_string(), error.to_string());
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .and_then(|()| sync_parent(&path))
            .map_err(failed)?;
        let files = Self(Arc::new(Folder {
            path: path.clone(),
            temporary,
            turn: Arc::default(),
        }));
        let owner = secret(db, "folder of files", random)
            .map_err(|error| StartError::Database(database.to_owned(), error.to_string()))?;
        files.claim(&owner).map_err(failed)?;
        files
            .sweep(db)
            .map_err(|error| StartError::Files(path.display().to_string(), error))?;
        Ok(files)
    }

    /// Where a file lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path.join(name)
    }

    /// Begins a new file.
    pub async fn begin(&self) -> io::Result<Writing> {
        let stored = Stored {
            key: Random::new(None).key(),
            filename: String::new(),
            content_type: String::new(),
            size: 0,
            measures: None,
            folder: self.clone(),
            kept: AtomicBool::new(false),
        };
        let mut file = tokio::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.path(&stored.key))
            .await?;
        file.set_max_buf_size(BUFFER);
        let head = Vec::new();
        Ok(Writing { stored, file, head })
    }

    /// Makes the names of new files durable.
    pub async fn sync(&self) -> io::Result<()> {
        tokio::fs::File::open(&self.0.path).await?.sync_all().await
    }

    /// Removes the files whose rows are gone for good. What cannot be removed is swept at the next start.
    pub fn remove_discarded(&self, db: &Connection) {
        for key in discarded(db).unwrap_or_default() {
            for name in [key.clone(), format!("{key}{THUMBNAIL}")] {
                // The second is rarely there.
                let _ = fs::remove_file(self.path(&name));
            }
        }
    }

    /// The name of an image's thumbnail in the folder, which is made when it is not there.
    pub async fn thumbnail(&self, key: String, content_type: String) -> io::Result<String> {
        let name = format!("{key}{THUMBNAIL}");
        if tokio::fs::try_exists(self.path(&name)).await? {
            return Ok(name);
        }
        let files = self.clone();
        self.by_turns(move || files.make_thumbnail(&key, &content_type))
            .await?
    }

    fn make_thumbnail(&self, key: &str, content_type: &str) -> io::Result<String> {
        let name = format!("{key}{THUMBNAIL}");
        // Whoever had the turn before may have made it.
        if self.path(&name).exists() {
            return Ok(name);
        }
        let unfinished = self.path(&format!("{key}{UNFINISHED}"));
        let made = thumbnails::make(&self.path(key), &unfinished, content_type)
            .and_then(|()| fs::rename(&unfinished, self.path(&name)));
        if made.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        made.map(|()| name)
    }

    /// Works on an image where that may take its time, after all others that wait for it.
    async fn by_turns<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        let turn = Arc::clone(&self.0.turn).lock_owned().await;
        let run = move || {
            // Held by the work itself: who asked for it may go away.
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(run).await.map_err(io::Error::other)
    }

    /// A folder of another database holds files that this one knows nothing of, and would sweep.
    fn claim(&self, owner: &str) -> io::Result<()> {
        let marker = self.path(OWNER);
        match fs::read_to_string(&marker) {
            Ok(found) if found.trim() == owner => Ok(()),
            Ok(_) => Err(io::Error::other("it belongs to another database")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut file = fs::OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&marker)?;
                io::Write::write_all(&mut file, owner.as_bytes())?;
                file.sync_all()?;
                fs::File::open(&self.0.path)?.sync_all()
            }
            Err(error) => Err(error),
        }
    }

    fn sweep(&self, db: &Connection) -> Result<(), String> {
        let known: HashSet<String> = db
            .prepare("SELECT key FROM blobs")
            .and_then(|mut keys| keys.query_map([], |row| row.get(0))?.collect())
            .map_err(|error| error.to_string())?;
        let entries = fs::read_dir(&self.0.path).map_err(|error| error.to_string())?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_left_over(&name, &known) {
                // It does no harm but take room.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

/// Makes the name of a new folder durable.
fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    fs::File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

/// Whether a file of ours has no row. What is not named like ours is left alone.
fn is_left_over(name: &str, known: &HashSet<String>) -> bool {
    let key = name
        .strip_suffix(THUMBNAIL)
        .or_else(|| name.strip_suffix(UNFINISHED))
        .unwrap_or(name);
    Random::is_key(key) && (name.ends_with(UNFINISHED) || !known.contains(key))
}

/// A file that is being received. Dropped before it is finished, it leaves nothing.
#[derive(Debug)]
pub struct Writing {
    stored: Stored,
    file: tokio::fs::File,
    head: Vec<u8>,
}

impl Writing {
    /// Adds bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let missing = media::HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend(bytes.iter().take(missing));
        self.stored.size += bytes.len() as u64;
        self.file.write_all(bytes).await
    }

    /// Makes the content durable and finds out what it is. The name is durable after [`Files::sync`].
    pub async fn finish(mut self, filename: String, declared: Option<&str>) -> io::Result<Stored> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        let mut stored = self.stored;
        stored.content_type = media::content_type(&self.head, declared, &filename);
        stored.filename = filename;
        if media::is_resizable(&stored.content_type) {
            let path = stored.folder.path(&stored.key);
            let measured = stored.folder.by_turns(move || thumbnails::measure(&path)).await;
            stored.measures = measured.ok().flatten();
        }
        Ok(stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    fn opened() -> (Connection, Files) {
        let db = store::open(":memory:").unwrap();
        let files = Files::open(None, ":memory:", &db, &mut Random::new(Some(1))).unwrap();
        (db, files)
    }

    async fn stored(files: &Files) -> Stored {
        let mut writing = files.begin().await.unwrap();
        writing.write(b"some ").await.unwrap();
        writing.write(b"words").await.unwrap();
        writing
            .finish("a.txt".to_owned(), Some("text/plain"))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn what_is_not_kept_goes_and_what_is_kept_stays() {
        let (_db, files) = opened();
        let kept = stored(&files).await;
        let path = files.path(&kept.key);
        assert_eq!((kept.size, kept.content_type.as_str()), (10, "text/plain"));
        kept.keep();
        drop(kept);
        assert_eq!(fs::read(&path).unwrap(), b"some words");
        let lost = stored(&files).await;
        let path = files.path(&lost.key);
        assert!(path.exists());
        drop(lost);
        assert!(!path.exists());
        let folder = files.0.path.clone();
        drop(files);
        assert!(!folder.exists(), "a temporary folder goes with the server");
    }

    #[tokio::test]
    async fn a_start_sweeps_what_no_row_names_and_nothing_else() {
        let (db, files) = opened();
        let (named, left) = (stored(&files).await, stored(&files).await);
        named.keep();
        left.keep();
        store::Blob::insert(&db, &named, crate::time::Instant(0)).unwrap();
        for other in ["notes.txt", &format!("{}{THUMBNAIL}", named.key)] {
            fs::write(files.path(other), "x").unwrap();
        }
        for other in [
            format!("{}{UNFINISHED}", named.key),
            format!("{}{THUMBNAIL}", left.key),
        ] {
            fs::write(files.path(&other), "x").unwrap();
        }
        files.sweep(&db).unwrap();
        let mut found: Vec<String> = fs::read_dir(&files.0.path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        let mut wanted = vec![
            named.key.clone(),
            format!("{}{THUMBNAIL}", named.key),
            OWNER.to_owned(),
            "notes.txt".to_owned(),
        ];
        wanted.sort();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_folder_of_another_database_is_refused() {
        let (_db, files) = opened();
        let other = store::open(":memory:").unwrap();
        let refused = Files::open(Some(&files.0.path), "x", &other, &mut Random::new(Some(2)));
        assert!(refused.unwrap_err().to_string().contains("another database"));
    }
}
