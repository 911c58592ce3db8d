//! Files on this machine, one path or a pattern.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Component, Path, PathBuf},
};

use glob::{MatchOptions, Pattern};
use jiff::Timestamp;

use super::{
    Fetched, Raw, Validators,
    change::{Copy, compare},
    fault::fault,
};
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
}

impl FileSource {
    /// A source that reads below the configuration folder.
    pub(super) fn new(folder: &Path, spec: &config::FileSource) -> Self {
        Self {
            folder: folder.to_owned(),
            pattern: spec.path.clone(),
            max_files: usize::try_from(spec.max_files).unwrap_or(usize::MAX),
            max_bytes: spec.max_bytes,
        }
    }

    /// Copies the files, so that what is hashed, landed and read are the same bytes though a file may change meanwhile.
    pub(super) async fn fetch(&self, last: &[Validators], now: Timestamp) -> Result<Fetched> {
        let source = self.clone();
        let raws = tokio::task::spawn_blocking(move || source.copy_all(now))
            .await
            .map_err(|error| Error::Internal(error.to_string()))??;
        Ok(compare(raws, last))
    }

    fn copy_all(&self, now: Timestamp) -> Result<Vec<Raw>> {
        let mut left = self.max_bytes;
        let mut raws = Vec::new();
        for path in self.find()? {
            let raw = self.copy(&path, left, now)?;
            left -= raw.bytes;
            raws.push(raw);
        }
        Ok(raws)
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
        let file = File::open(path).map_err(unreadable)?.take(most.saturating_add(1));
        let mut file = BufReader::with_capacity(CHUNK, file);
        let mut copy = Copy::create()?;
        io::copy(&mut file, &mut copy).map_err(|error| match fs::metadata(path) {
            Ok(_) => Error::Io(error),
            Err(gone) => unreadable(gone),
        })?;
        if copy.bytes() > most {
            return Err(fault(&location, "source-too-large", format!("more than {} bytes", self.max_bytes)));
        }
        let (temporary, bytes, sha256) = copy.finish()?;
        let name = path.file_name().map_or_else(|| location.clone(), |name| name.to_string_lossy().into_owned());
        let validators = Validators { location, sha256: Some(sha256), ..Validators::default() };
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

#[cfg(test)]
mod tests;
