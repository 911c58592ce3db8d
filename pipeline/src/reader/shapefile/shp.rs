//! The main file of a Shapefile (Esri, 1998): its records one by one, found by the index where there is one.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use super::super::{fault::fault, geo::Bytes};
use crate::Result;

/// Bytes of the heads of main file and index.
const HEAD: u64 = 100;
/// The number with which both begin.
const MAGIC: u32 = 9994;
/// Largest record.
const MAX_RECORD: u64 = 64 << 20;

/// The records of a main file.
pub(super) struct Shapes {
    file: String,
    input: BufReader<File>,
    /// Bytes of the file as its head says.
    length: u64,
    /// Where it is read.
    position: u64,
    index: Option<Index>,
    /// Records given so far, and their bytes.
    given: u64,
    spent: u64,
}

struct Index {
    input: BufReader<File>,
    count: u64,
}

impl Shapes {
    /// Opens the main file and the index beside it, if there is one.
    pub(super) fn open(file: &str, path: &Path, index: Option<&Path>) -> Result<Self> {
        let (input, length) = open(file, "shp", path)?;
        let index = index.map(|path| -> Result<Index> {
            let (input, length) = open(file, "shx", path)?;
            Ok(Index { input, count: (length - HEAD) / 8 })
        });
        let index = index.transpose()?;
        Ok(Self { file: file.to_owned(), input, length, position: HEAD, index, given: 0, spent: 0 })
    }

    /// How many records the index has.
    pub(super) fn count(&self) -> Option<u64> {
        self.index.as_ref().map(|index| index.count)
    }

    /// The content of the next record; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let number = self.given + 1;
        let Some(offset) = self.offset()? else { return Ok(None) };
        let wrong =
            |reason: &str| fault(&self.file, "format-shapefile", Some(number), format!("record {number}: {reason}"));
        if offset < HEAD || offset.saturating_add(8) > self.length {
            return Err(wrong("it lies outside of the .shp"));
        }
        if offset != self.position {
            self.input.seek_relative(offset.cast_signed() - self.position.cast_signed())?;
        }
        let mut head = [0; 8];
        self.input.read_exact(&mut head)?;
        let mut head = Bytes(&head);
        let (_, words) = (head.u32_be(), head.u32_be().unwrap_or_default());
        let bytes = u64::from(words) * 2;
        self.position = offset + 8;
        self.spent = self.spent.saturating_add(bytes + 8);
        // Records that lie on top of each other make more of a file than there is.
        if bytes < 4 || bytes > self.length - self.position || self.spent > self.length {
            return Err(wrong("its length cannot be right; the file may be cut off"));
        }
        if bytes > MAX_RECORD {
            return Err(wrong("it is larger than 64 MiB"));
        }
        let mut content = Vec::new();
        (&mut self.input).take(bytes).read_to_end(&mut content)?;
        if content.len() as u64 != bytes {
            return Err(wrong("the .shp is cut off"));
        }
        self.position += bytes;
        self.given = number;
        Ok(Some(content))
    }

    fn offset(&mut self) -> Result<Option<u64>> {
        let Some(index) = &mut self.index else {
            return Ok((self.position < self.length).then_some(self.position));
        };
        if self.given >= index.count {
            return Ok(None);
        }
        let mut entry = [0; 8];
        index.input.read_exact(&mut entry)?;
        Ok(Some(u64::from(Bytes(&entry).u32_be().unwrap_or_default()) * 2))
    }
}

/// A file behind its head, and its length as the head says.
fn open(file: &str, kind: &str, path: &Path) -> Result<(BufReader<File>, u64)> {
    let wrong = |reason: String| fault(file, "format-shapefile", None, reason);
    let source = File::open(path)?;
    let size = source.metadata()?.len();
    let mut input = BufReader::new(source);
    let mut head = Vec::new();
    (&mut input).take(HEAD).read_to_end(&mut head)?;
    let mut bytes = Bytes(&head);
    if head.len() as u64 != HEAD || bytes.u32_be() != Some(MAGIC) {
        return Err(wrong(format!("this is no .{kind} of a Shapefile")));
    }
    bytes.take(20);
    let length = u64::from(bytes.u32_be().unwrap_or_default()) * 2;
    if length < HEAD || length > size {
        return Err(wrong(format!("the .{kind} has {size} bytes, but its head says {length}: it may be cut off")));
    }
    Ok((input, length))
}
