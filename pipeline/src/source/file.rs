//! Files on this machine, one path or a pattern. Those that are as they were need not be read.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Component, Path, PathBuf},
};

use glob::{MatchOptions, Pattern};
use jiff::Timestamp;

use super::{Fetched, Raw, Validators, change::Copy, fault::fault, stamp::Stamp};
use crate::{Error, Result};

/// Bytes copied at a time.
const CHUNK: usize = 256 << 10;

/// Files on this machine.
#[derive(Debug, Clone)]
pub struct FileSource {
    folder: PathBuf,
    pattern: PathBuf,
    max_files: usize,
    max_bytes: u64,
    compare: config::Compare,
}

/// One of the files of a source.
#[derive(Debug)]
pub enum Piece {
    /// Its bytes were read.
    Read(Raw),
    /// It is as it was when it was last read.
    Seen(Seen),
}

/// A file that was not read.
#[derive(Debug)]
pub struct Seen {
    name: String,
    source: FileSource,
    path: PathBuf,
    bytes: u64,
    fetched: Timestamp,
    validators: Validators,
}

impl Piece {
    /// The name shown in messages.
    pub fn name(&self) -> &str {
        match self {
            Self::Read(raw) => &raw.name,
            Self::Seen(seen) => &seen.name,
        }
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Read(raw) => raw.bytes,
            Self::Seen(seen) => seen.bytes,
        }
    }

    /// When its bytes were read.
    pub fn fetched(&self) -> Timestamp {
        match self {
            Self::Read(raw) => raw.fetched,
            Self::Seen(seen) => seen.fetched,
        }
    }

    /// What to remember for the next fetch.
    pub fn validators(&self) -> &Validators {
        match self {
            Self::Read(raw) => &raw.validators,
            Self::Seen(seen) => &seen.validators,
        }
    }

    /// Its bytes. Those of a file that was not read are read now, and need not be the remembered ones. Blocking.
    ///
    /// # Errors
    /// As a fetch.
    pub fn read(self, now: Timestamp) -> Result<Raw> {
        match self {
            Self::Read(raw) => Ok(raw),
            Self::Seen(seen) => seen.source.copy(&seen.path, seen.source.max_bytes, now),
        }
    }
}

impl FileSource {
    /// A source that reads below the configuration folder.
    pub(super) fn new(folder: &Path, spec: &config::FileSource) -> Self {
        Self {
            folder: folder.to_owned(),
            pattern: spec.path.clone(),
            max_files: usize::try_from(spec.max_files).unwrap_or(usize::MAX),
            max_bytes: spec.max_bytes,
            compare: spec.compare,
        }
    }

    /// Copies the files, so that what is hashed, landed and read are the same bytes though a file may change meanwhile.
    /// Files that the file system says to be as they were are copied only where all of them are wanted.
    pub(super) async fn fetch(&self, (last, pieces): (&[Validators], bool), now: Timestamp) -> Result<Fetched> {
        let (source, last) = (self.clone(), last.to_vec());
        tokio::task::spawn_blocking(move || source.look(&last, pieces, now))
            .await
            .map_err(|error| Error::Internal(error.to_string()))?
    }

    fn look(&self, last: &[Validators], pieces: bool, now: Timestamp) -> Result<Fetched> {
        let mut left = self.max_bytes;
        let mut found = Vec::new();
        for path in self.find()? {
            let piece = self.piece(&path, last, left, now)?;
            left = left.saturating_sub(piece.bytes());
            found.push(piece);
        }
        let seen: Vec<Validators> = found.iter().map(|piece| piece.validators().clone()).collect();
        let bytes = |seen: &Validators| (seen.location.clone(), seen.sha256.clone());
        if !seen.is_empty() && seen.iter().map(bytes).eq(last.iter().map(bytes)) {
            return Ok(if seen == last { Fetched::Unchanged } else { Fetched::Looked(seen) });
        }
        if pieces && found.len() > 1 {
            return Ok(Fetched::Pieces(found));
        }
        Ok(Fetched::Changed(found.into_iter().map(|piece| piece.read(now)).collect::<Result<_>>()?))
    }

    /// One file: read, or known to be as it was.
    fn piece(&self, path: &Path, last: &[Validators], most: u64, now: Timestamp) -> Result<Piece> {
        let location = self.location(path);
        let metadata = fs::metadata(path).map_err(|error| fault(&location, "source-io", error.to_string()))?;
        let known = last.iter().find(|seen| seen.location == location);
        let same = known.filter(|seen| {
            let holds = seen.stamp.is_some_and(|stamp| stamp.holds(&metadata, now));
            self.compare == config::Compare::Time && holds && metadata.len() <= most
        });
        match same.and_then(|seen| Some((seen, seen.stamp?))) {
            Some((validators, stamp)) => Ok(Piece::Seen(Seen {
                name: name_of(path, &location),
                source: self.clone(),
                path: path.to_owned(),
                bytes: metadata.len(),
                fetched: stamp.read,
                validators: validators.clone(),
            })),
            None => self.copy(path, most, now).map(Piece::Read),
        }
    }

    /// The files that the pattern matches, in the order of their paths.
    fn find(&self) -> Result<Vec<PathBuf>> {
        let literal = self.folder.join(&self.pattern);
        if literal.is_file() {
            return Ok(vec![literal]);
        }
        let shown = self.pattern.display().to_string();
        let Some(pattern) = self.pattern.to_str().filter(|text| text.contains(['*', '?', '['])) else {
            let reason = if literal.exists() { "this is not a file" } else { "there is no such file" };
            return Err(fault(&shown, "source-missing", reason));
        };
        let folder = Pattern::escape(&self.folder.to_string_lossy());
        let pattern = if self.pattern.is_absolute() { pattern.to_owned() } else { format!("{folder}/{pattern}") };
        let options =
            MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
        let paths = glob::glob_with(&pattern, options)
            .map_err(|error| fault(&shown, "source-missing", format!("the pattern is wrong: {error}")))?;
        let mut found = Vec::new();
        for path in paths {
            let path = path.map_err(|error| fault(&shown, "source-io", error.error().to_string()))?;
            if path.is_file() {
                found.push(path);
            }
            if found.len() > self.max_files {
                let reason = format!("the pattern matches more than {} files", self.max_files);
                return Err(fault(&shown, "source-too-many-files", reason));
            }
        }
        if found.is_empty() {
            return Err(fault(&shown, "source-missing", "no file matches the pattern"));
        }
        found.sort();
        Ok(found)
    }

    fn copy(&self, path: &Path, most: u64, now: Timestamp) -> Result<Raw> {
        let location = self.location(path);
        let unreadable = |error: io::Error| fault(&location, "source-io", error.to_string());
        let file = File::open(path).map_err(unreadable)?;
        let before = file.metadata().map_err(unreadable)?;
        let mut file = BufReader::with_capacity(CHUNK, file.take(most.saturating_add(1)));
        let mut copy = Copy::create()?;
        io::copy(&mut file, &mut copy).map_err(|error| match fs::metadata(path) {
            Ok(_) => Error::Io(error),
            Err(gone) => unreadable(gone),
        })?;
        if copy.bytes() > most {
            return Err(fault(&location, "source-too-large", format!("more than {} bytes", self.max_bytes)));
        }
        let (temporary, bytes, sha256) = copy.finish()?;
        let name = name_of(path, &location);
        let stamp = match self.compare {
            config::Compare::Time => fs::metadata(path).ok().and_then(|after| Stamp::of(&before, &after, now)),
            config::Compare::Hash => None,
        };
        let validators = Validators { location, sha256: Some(sha256), stamp, ..Validators::default() };
        Ok(Raw { name, path: temporary.to_path_buf(), temporary, bytes, fetched: now, validators })
    }

    /// The path below the configuration folder; outside of it only the file's name, since it is published.
    fn location(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.folder).unwrap_or(path);
        if inside.is_absolute() || inside.components().any(|part| part == Component::ParentDir) {
            return inside.file_name().unwrap_or_default().to_string_lossy().into_owned();
        }
        let parts = inside.components().filter(|part| *part != Component::CurDir);
        let parts: Vec<String> = parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
        parts.join("/")
    }
}

fn name_of(path: &Path, location: &str) -> String {
    path.file_name().map_or_else(|| location.to_owned(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests;
