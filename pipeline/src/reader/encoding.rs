//! Character encodings: detected over the whole file, decoded as a stream.
//!
//! Labels and decoders are those of the WHATWG Encoding Standard; `iso-8859-1` therefore means windows-1252.

mod detect;

use std::{
    fs::File,
    io::{self, BufRead, Read},
    path::Path,
};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use self::detect::Letters;
use super::fault::fault;
use crate::{Error, Result};

pub(super) use self::detect::{AsUtf8, as_utf8};

/// Bytes read at a time.
const CHUNK: usize = 64 << 10;
/// Room for a decoded chunk: no single-byte encoding needs more than three bytes of UTF-8 for one byte.
const DECODED: usize = 4 * CHUNK;

/// Opens a text. Declared encoding, else a byte order mark, else UTF-8 if the whole file is, else the best guess.
pub(super) fn open_text(file: &str, path: &Path, declared: Option<&str>) -> Result<Text> {
    let encoding = match declared {
        None => detect::detect(file, path)?,
        Some(label) => {
            let encoding = Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| {
                fault(file, "format-encoding", None, format!("there is no character encoding '{label}'"))
            })?;
            detect::contradicts(file, path, encoding)?;
            encoding
        }
    };
    decoded(file, path, encoding)
}

/// The label of the encoding that an undeclared text seems to have.
pub(super) fn decoded_as(file: &str, path: &Path) -> Result<String> {
    Ok(detect::detect(file, path)?.name().to_lowercase())
}

/// Opens a JSON text: UTF-8 (RFC 8259 section 8.1), or what a byte order mark says.
pub(super) fn open_json(file: &str, path: &Path) -> Result<Text> {
    let encoding = detect::byte_order_mark(path)?.unwrap_or(UTF_8);
    decoded(file, path, encoding)
}

fn decoded(file: &str, path: &Path, encoding: &'static Encoding) -> Result<Text> {
    Ok(Text {
        file: file.to_owned(),
        source: File::open(path)?,
        encoding,
        decoder: encoding.new_decoder_with_bom_removal(),
        raw: vec![0; CHUNK],
        raw_range: 0..0,
        offset: 0,
        letters: Letters::default(),
        decoded: vec![0; DECODED],
        ready: 0..0,
        held: 0,
        ended: false,
        finished: false,
    })
}

/// Text of a file, decoded to UTF-8 as it is read, without a byte order mark.
///
/// Bytes that the encoding does not have, control characters that only a wrong encoding brings about, and at the end of
/// the file UTF-8 that was encoded twice are errors.
pub(super) struct Text {
    file: String,
    source: File,
    encoding: &'static Encoding,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_range: std::ops::Range<usize>,
    /// Bytes of the source decoded so far.
    offset: u64,
    /// Lines and letters of the text so far.
    letters: Letters,
    decoded: Vec<u8>,
    ready: std::ops::Range<usize>,
    /// Bytes of UTF-8 that the decoder holds: of a character that is not whole yet, or of a byte order mark.
    held: usize,
    ended: bool,
    finished: bool,
}

impl Read for Text {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(out.len());
        if let (Some(from), Some(to)) = (ready.get(..count), out.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Text {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.ready.is_empty() && !self.finished {
            self.fill()?;
        }
        Ok(self.decoded.get(self.ready.clone()).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.ready.start = (self.ready.start + count).min(self.ready.end);
    }
}

impl Text {
    /// Decodes the next bytes.
    fn fill(&mut self) -> io::Result<()> {
        if self.raw_range.is_empty() && !self.ended {
            let count = self.source.read(&mut self.raw)?;
            self.raw_range = 0..count;
            self.ended = count == 0;
        }
        if self.encoding == UTF_8 && self.pass()? { Ok(()) } else { self.decode() }
    }

    /// Passes on bytes that are UTF-8 as they are; false where the decoder must judge: at the beginning, where a byte
    /// order mark may be, and where a character is no whole one.
    fn pass(&mut self) -> io::Result<bool> {
        if self.offset == 0 || self.held > 0 {
            return Ok(false);
        }
        let input = self.raw.get(self.raw_range.clone()).unwrap_or_default();
        let length = match simdutf8::compat::from_utf8(input) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        if length == 0 {
            return Ok(false);
        }
        if let (Some(from), Some(to)) = (input.get(..length), self.decoded.get_mut(..length)) {
            to.copy_from_slice(from);
        }
        self.check(length)?;
        self.raw_range.start += length;
        self.offset += length as u64;
        self.ready = 0..length;
        Ok(true)
    }

    fn decode(&mut self) -> io::Result<()> {
        let input = self.raw.get(self.raw_range.clone()).unwrap_or_default();
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(input, &mut self.decoded, self.ended);
        self.check(written)?;
        self.raw_range.start += read;
        self.offset += read as u64;
        self.ready = 0..written;
        // Of UTF-8 the decoder gives back what it takes, but for what it holds.
        self.held = (self.held + read).saturating_sub(written);
        match result {
            DecoderResult::Malformed(bad, after) => {
                let offset = self.offset.saturating_sub(u64::from(bad) + u64::from(after));
                Err(self.fault(self.letters.line(), offset, "undecodable"))
            }
            DecoderResult::InputEmpty => {
                self.finished = self.ended;
                if !self.finished || self.encoding != UTF_8 {
                    return Ok(());
                }
                self.letters.refuse_doubled(&self.file).map_err(io::Error::other)
            }
            DecoderResult::OutputFull => Ok(()),
        }
    }

    /// Counts lines and letters; refuses NUL and the C1 controls (U+0080 to U+009F).
    fn check(&mut self, written: usize) -> io::Result<()> {
        let text = self.decoded.get(..written).unwrap_or_default();
        let (mut previous, mut start) = (0, 0);
        for block in text.chunks(BLOCK) {
            if previous != LEAD && !suspicious(block) {
                previous = 0;
            } else if let Err((line, at)) = control(block, &mut previous) {
                let at = start + at;
                let first = if text.get(at) == Some(&0) { at } else { at.saturating_sub(1) };
                let offset = self.offset + self.source_bytes(text.get(..first).unwrap_or_default());
                return Err(self.fault(self.letters.line() + line, offset, "a control"));
            }
            self.letters.feed(block);
            start += block.len();
        }
        Ok(())
    }

    /// How many bytes of the source a decoded text came from.
    fn source_bytes(&self, text: &[u8]) -> u64 {
        let text = String::from_utf8_lossy(text);
        let bytes = if self.encoding == UTF_8 {
            text.len()
        } else if self.encoding == UTF_16LE || self.encoding == UTF_16BE {
            2 * text.encode_utf16().count()
        } else if self.encoding.is_single_byte() {
            text.chars().count()
        } else {
            self.encoding.encode(&text).0.len()
        };
        bytes as u64
    }

    fn fault(&self, line: u64, offset: u64, what: &str) -> io::Error {
        let reason = format!("{what} character at byte {offset}: this is not {}", self.encoding.name().to_lowercase());
        io::Error::other(as_error(&self.file, line, reason))
    }
}

/// Bytes that are looked at together: few enough that their line ends fit into a byte.
const BLOCK: usize = 64;
/// The first byte of U+0080 to U+00BF.
const LEAD: u8 = 0xC2;

/// True where a block may hold a NUL or a C1 control. Looks at many bytes at once.
fn suspicious(block: &[u8]) -> bool {
    block.iter().fold(0_u8, |found, byte| found | u8::from(*byte == 0) | u8::from(*byte == LEAD)) > 0
}

/// Fails at a NUL or a C1 control with the line ends before it and its place. `previous` is the byte before the block,
/// later its last one.
fn control(block: &[u8], previous: &mut u8) -> std::result::Result<(), (u64, usize)> {
    for (at, &byte) in block.iter().enumerate() {
        if byte == 0 || (*previous == LEAD && byte < 0xA0) {
            return Err((line_ends(block.get(..at).unwrap_or_default()), at));
        }
        *previous = byte;
    }
    Ok(())
}

/// The line ends of a text.
fn line_ends(text: &[u8]) -> u64 {
    let count = |block: &[u8]| block.iter().fold(0_u8, |count, byte| count + u8::from(*byte == b'\n'));
    text.chunks(BLOCK).map(|block| u64::from(count(block))).sum()
}

fn as_error(file: &str, line: u64, reason: String) -> Error {
    fault(file, "format-encoding", Some(line), reason)
}
