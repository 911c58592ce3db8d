//! `SQLite` files, read only, table by table (the file format of `SQLite` 3): no query, view or trigger of the file is ever
//! run, and nothing is held but the pages on the way to a row.

mod record;
mod schema;
mod tree;

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

pub(super) use self::{
    record::{Record, Value},
    schema::{Definition, Table},
    tree::Rows,
};
use super::fault::fault;
use crate::{Error, Result};

/// Bytes of the file's head.
const HEAD: usize = 100;
/// Largest row.
const MAX_ROW: u64 = 64 << 20;

/// How texts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

/// An opened file.
pub(super) struct Database {
    file: String,
    /// The code of errors.
    code: &'static str,
    input: File,
    page_bytes: usize,
    /// Bytes of a page that are in use.
    usable: usize,
    pages: u32,
    encoding: Encoding,
}

impl Database {
    /// Opens a file; `code` is that of all errors.
    pub(super) fn open(file: &str, path: &Path, code: &'static str) -> Result<Self> {
        let wrong = |reason: &str| fault(file, code, None, reason);
        let mut input = File::open(path)?;
        let size = input.metadata()?.len();
        let mut head = [0; HEAD];
        if size < HEAD as u64 {
            return Err(wrong("this is no SQLite file"));
        }
        input.read_exact(&mut head)?;
        if !head.starts_with(b"SQLite format 3\0") {
            return Err(wrong("this is no SQLite file"));
        }
        let page_bytes = match number(&head, 16, 2) {
            1 => 65_536,
            bytes => usize::try_from(bytes).unwrap_or_default(),
        };
        let reserved = usize::try_from(number(&head, 20, 1)).unwrap_or_default();
        if !page_bytes.is_power_of_two() || !(512..=65_536).contains(&page_bytes) || page_bytes - reserved < 480 {
            return Err(wrong("the size of its pages cannot be right"));
        }
        let encoding = match number(&head, 56, 4) {
            0 | 1 => Encoding::Utf8,
            2 => Encoding::Utf16Le,
            3 => Encoding::Utf16Be,
            _ => return Err(wrong("its texts are in no encoding that there is")),
        };
        // The count in the head holds only if the file was written by a program that keeps it.
        let said = if number(&head, 24, 4) == number(&head, 92, 4) { number(&head, 28, 4) } else { 0 };
        let there = size / page_bytes as u64;
        if said > there || !size.is_multiple_of(page_bytes as u64) {
            let reason =
                format!("it has {size} bytes, but {} pages of {page_bytes}: it may be cut off", said.max(there + 1));
            return Err(wrong(&reason));
        }
        let pages = u32::try_from(if said == 0 { there } else { said }).map_err(|_| wrong("it has too many pages"))?;
        let usable = page_bytes - reserved;
        Ok(Self { file: file.to_owned(), code, input, page_bytes, usable, pages, encoding })
    }

    /// An error of the file.
    pub(super) fn fault(&self, reason: impl Into<String>) -> Error {
        fault(&self.file, self.code, None, reason)
    }

    /// The table of a name; upper and lower case are the same.
    pub(super) fn table(&mut self, name: &str) -> Result<Option<Table>> {
        schema::table(self, name)
    }

    /// A page, from 1.
    fn page(&mut self, number: u32) -> Result<Vec<u8>> {
        if number == 0 || number > self.pages {
            return Err(self.fault(format!("it refers to page {number} of {}", self.pages)));
        }
        let mut page = vec![0; self.page_bytes];
        self.input.seek(SeekFrom::Start(u64::from(number - 1) * self.page_bytes as u64))?;
        self.input.read_exact(&mut page)?;
        Ok(page)
    }

    /// The text of some bytes; `None` where they are none.
    pub(super) fn text(&self, bytes: &[u8]) -> Option<String> {
        let wide = |from: fn([u8; 2]) -> u16| {
            let (pairs, rest) = bytes.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|pair| from(*pair)).collect();
            rest.is_empty().then(|| String::from_utf16(&units).ok())?
        };
        match self.encoding {
            Encoding::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Encoding::Utf16Le => wide(u16::from_le_bytes),
            Encoding::Utf16Be => wide(u16::from_be_bytes),
        }
    }
}

/// A number of some bytes, the highest one first; what is not there counts as zero.
fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let bytes = bytes.get(at..at + length).unwrap_or_default();
    bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// A number of one to nine bytes, seven bits in each but the ninth.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for at in 0..9 {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        if at == 8 {
            return Some((number << 8) | u64::from(*first));
        }
        number = (number << 7) | u64::from(first & 0x7F);
        if first & 0x80 == 0 {
            break;
        }
    }
    Some(number)
}
