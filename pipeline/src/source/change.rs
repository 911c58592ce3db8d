//! Changed or not: bytes are written and hashed in one go, and hashes are compared with the last ones.

use std::{fs::File, io, io::Write};

use catalog::Sha256;
use sha2::Digest;
use tempfile::{NamedTempFile, TempPath};

use super::{Fetched, Raw, Validators};

/// A temporary file that knows the hash of what was written to it.
#[derive(Debug)]
pub(super) struct Copy {
    file: File,
    path: TempPath,
    hash: sha2::Sha256,
    bytes: u64,
}

impl Copy {
    /// An empty file in the system's temporary folder.
    pub(super) fn create() -> io::Result<Self> {
        let (file, path) = NamedTempFile::with_prefix("allmenning-")?.into_parts();
        Ok(Self { file, path, hash: sha2::Sha256::new(), bytes: 0 })
    }

    /// Bytes written so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The file, its size and the hash of its bytes.
    pub(super) fn finish(mut self) -> io::Result<(TempPath, u64, Sha256)> {
        self.file.flush()?;
        Ok((self.path, self.bytes, Sha256::from_digest(self.hash.finalize().as_slice())))
    }
}

impl Write for Copy {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(bytes.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Unchanged if the same locations gave the same bytes last time.
pub(super) fn compare(raws: Vec<Raw>, last: &[Validators]) -> Fetched {
    let seen = last.iter().map(|validators| (&validators.location, &validators.sha256));
    let now = raws.iter().map(|raw| (&raw.validators.location, &raw.validators.sha256));
    if !raws.is_empty() && now.eq(seen) { Fetched::Unchanged } else { Fetched::Changed(raws) }
}
