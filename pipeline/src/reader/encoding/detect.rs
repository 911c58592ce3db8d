//! Which encoding a file has, judged by all of its bytes.

use std::{fs::File, io::Read, path::Path};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

use super::{super::fault::fault, BLOCK, CHUNK, line_ends};
use crate::Result;

/// From so many "Ã¥", "Ã¸", "Ã¦" on a text counts as encoded twice, if they are not outnumbered by right ones.
const DOUBLED: u64 = 3;

/// Bytes of parts with letters beyond ASCII that the detector looks at.
const EVIDENCE: usize = 4 << 20;

/// The bit that a byte beyond ASCII has, in each byte of a word.
const BEYOND_ASCII: u64 = 0x8080_8080_8080_8080;
/// Norwegian letters in UTF-8.
const LETTERS: [u32; 6] = [0xC3A5, 0xC3A6, 0xC3B8, 0xC385, 0xC386, 0xC398];
/// The small letters in UTF-8 that was taken for windows-1252 and encoded again.
const DOUBLED_LETTERS: [u32; 3] = [0xC383_C2A5, 0xC383_C2A6, 0xC383_C2B8];

/// The encoding that a byte order mark at the beginning of the file names.
pub(super) fn byte_order_mark(path: &Path) -> Result<Option<&'static Encoding>> {
    let mut start = Vec::new();
    File::open(path)?.take(3).read_to_end(&mut start)?;
    Ok(Encoding::for_bom(&start).map(|(encoding, _)| encoding))
}

/// A byte order mark, else UTF-8 if the whole file is, else the best guess.
pub(super) fn detect(file: &str, path: &Path) -> Result<&'static Encoding> {
    if let Some(encoding) = byte_order_mark(path)? {
        return Ok(encoding);
    }
    if as_utf8(path)? != AsUtf8::Other {
        letters(path)?.refuse_doubled(file)?;
        return Ok(UTF_8);
    }
    guess(path)
}

/// The best guess by the parts of a file that hold bytes beyond ASCII, up to a number that leaves no doubt: the detector
/// costs more than all the rest of the reading.
fn guess(path: &Path) -> Result<&'static Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut left = EVIDENCE;
    each_chunk(path, |bytes| {
        if !bytes.is_ascii() && left > 0 {
            detector.feed(bytes, false);
            left = left.saturating_sub(bytes.len());
        }
    })?;
    detector.feed(&[], true);
    Ok(detector.guess(Some(b"no"), Utf8Detection::Deny))
}

/// Refuses a declared encoding that the bytes contradict: UTF-8 text encoded twice, and UTF-8 taken for a
/// single-byte encoding (which can decode anything). Text that is declared as UTF-8 is judged while it is read.
pub(super) fn contradicts(file: &str, path: &Path, declared: &'static Encoding) -> Result<()> {
    if declared == UTF_8 || !declared.is_single_byte() {
        return Ok(());
    }
    // Text of a single-byte encoding is UTF-8 by chance only where it holds pairs such as "Ã¥", which no language has.
    if as_utf8(path)? != AsUtf8::Utf8 {
        return Ok(());
    }
    match letters(path)?.first {
        Some((line, offset)) => {
            let reason = format!("declared as {}, but it is UTF-8 (first at byte {offset})", name(declared));
            Err(fault(file, "format-encoding", Some(line), reason))
        }
        None => Ok(()),
    }
}

/// What the bytes of a file are, taken as UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum AsUtf8 {
    /// ASCII throughout.
    Ascii,
    /// UTF-8 with characters beyond ASCII.
    Utf8,
    /// No UTF-8.
    Other,
}

/// Looks at a whole file, chunk by chunk.
pub(in super::super) fn as_utf8(path: &Path) -> Result<AsUtf8> {
    let mut utf8 = Utf8 { valid: true, open: Vec::new() };
    let mut ascii = true;
    let mut source = File::open(path)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = source.read(&mut chunk)?;
        let bytes = chunk.get(..count).unwrap_or_default();
        ascii &= bytes.is_ascii();
        utf8.feed(bytes);
        if count == 0 || !utf8.valid {
            break;
        }
    }
    let valid = utf8.valid && utf8.open.is_empty();
    Ok(if !valid {
        AsUtf8::Other
    } else if ascii {
        AsUtf8::Ascii
    } else {
        AsUtf8::Utf8
    })
}

fn name(encoding: &'static Encoding) -> String {
    encoding.name().to_lowercase()
}

/// Calls `each` with one chunk of a file after the other, at its end with nothing.
fn each_chunk(path: &Path, mut each: impl FnMut(&[u8])) -> Result<()> {
    let mut source = File::open(path)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = source.read(&mut chunk)?;
        each(chunk.get(..count).unwrap_or_default());
        if count == 0 {
            return Ok(());
        }
    }
}

/// The letters beyond ASCII of a whole file.
fn letters(path: &Path) -> Result<Letters> {
    let mut letters = Letters::default();
    each_chunk(path, |bytes| letters.feed(bytes))?;
    Ok(letters)
}

/// Counts lines and letters beyond ASCII.
#[derive(Default)]
pub(super) struct Letters {
    last: u32,
    /// Where the byte after the last one beyond ASCII is.
    next: u64,
    right: u64,
    doubled: u64,
    /// Bytes and line ends so far.
    bytes: u64,
    lines: u64,
    /// Line and offset of the first byte beyond ASCII.
    first: Option<(u64, u64)>,
}

impl Letters {
    /// The line that follows, from 1.
    pub(super) fn line(&self) -> u64 {
        self.lines + 1
    }

    /// Most of a text is ASCII, which is passed over many bytes at once.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        for block in bytes.chunks(BLOCK) {
            if !block.is_ascii() {
                self.count(block);
            }
            self.lines += line_ends(block);
            self.bytes += block.len() as u64;
        }
    }

    fn count(&mut self, block: &[u8]) {
        let (words, rest) = block.as_chunks::<8>();
        for (word, bytes) in words.iter().enumerate() {
            let mut beyond = u64::from_le_bytes(*bytes) & BEYOND_ASCII;
            while beyond != 0 {
                self.letter(block, 8 * word + beyond.trailing_zeros() as usize / 8);
                beyond &= beyond - 1;
            }
        }
        let start = block.len() - rest.len();
        (start..block.len()).filter(|at| block.get(*at).is_some_and(|byte| !byte.is_ascii())).for_each(|at| {
            self.letter(block, at);
        });
    }

    /// Counts a byte beyond ASCII.
    fn letter(&mut self, block: &[u8], at: usize) {
        let place = self.bytes + at as u64;
        let byte = block.get(at).copied().unwrap_or_default();
        // Letters are bytes beyond ASCII in a row.
        self.last = if self.next == place { self.last << 8 } else { 0 } | u32::from(byte);
        self.next = place + 1;
        self.right += u64::from(LETTERS.contains(&(self.last & 0xFFFF)));
        self.doubled += u64::from(DOUBLED_LETTERS.contains(&self.last));
        if self.first.is_none() {
            self.first = Some((self.line() + line_ends(block.get(..at).unwrap_or_default()), place));
        }
    }

    /// Refuses UTF-8 that was taken for another encoding and encoded again.
    pub(super) fn refuse_doubled(&self, file: &str) -> Result<()> {
        if self.doubled < DOUBLED || self.doubled < self.right {
            return Ok(());
        }
        let reason = format!("{} times 'Ã¥', 'Ã¸' or 'Ã¦' where a Norwegian letter should be", self.doubled);
        Err(fault(file, "format-double-encoded", None, reason))
    }
}

/// Whether bytes that come in chunks are UTF-8.
struct Utf8 {
    valid: bool,
    /// The beginning of a character that the next chunk must end.
    open: Vec<u8>,
}

impl Utf8 {
    fn feed(&mut self, bytes: &[u8]) {
        if !self.valid {
            return;
        }
        self.open.extend_from_slice(bytes);
        match std::str::from_utf8(&self.open) {
            Ok(_) => self.open.clear(),
            Err(error) if error.error_len().is_some() => {
                self.valid = false;
                self.open.clear();
            }
            Err(error) => drop(self.open.drain(..error.valid_up_to())),
        }
    }
}
