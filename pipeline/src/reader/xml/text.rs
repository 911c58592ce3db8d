//! The text of an XML file, decoded to UTF-8 as it is read.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use encoding_rs::{Decoder, DecoderResult, UTF_8};

use super::{super::fault::fault, survey::Coding};
use crate::{Error, Result};

/// windows-1252 from 0x80 to 0x9F; a blank where it has no character.
const UPPER: &str = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

/// Decodes on the way; bytes that the encoding does not have and control characters are errors with their place.
pub(super) struct Text {
    file: String,
    source: File,
    name: String,
    decoder: Decoder,
    /// Decodes what a second encoding hid.
    second: Option<Decoder>,
    raw: Vec<u8>,
    raw_range: std::ops::Range<usize>,
    text: Vec<u8>,
    text_range: std::ops::Range<usize>,
    line: u64,
    column: u64,
    ended: bool,
    finished: bool,
}

impl Text {
    /// Opens a file; `chunk` bytes are read at a time.
    pub(super) fn open(file: &str, path: &Path, coding: &Coding, chunk: usize) -> Result<Self> {
        Ok(Self {
            file: file.to_owned(),
            source: File::open(path)?,
            name: coding.encoding.name().to_lowercase(),
            decoder: coding.encoding.new_decoder_with_bom_removal(),
            second: coding.doubled.then(|| UTF_8.new_decoder_with_bom_removal()),
            raw: vec![0; chunk],
            raw_range: 0..0,
            text: Vec::new(),
            text_range: 0..0,
            line: 1,
            column: 1,
            ended: false,
            finished: false,
        })
    }

    /// Decodes the next bytes.
    fn fill(&mut self) -> io::Result<()> {
        if self.raw_range.is_empty() && !self.ended {
            let count = self.source.read(&mut self.raw)?;
            self.raw_range = 0..count;
            self.ended = count == 0;
        }
        let input = self.raw.get(self.raw_range.clone()).unwrap_or_default();
        let (text, read, state) = decode(&mut self.decoder, input, self.ended);
        self.raw_range.start += read;
        let text = match &mut self.second {
            None => text,
            Some(second) => undone(second, &text, self.ended && state == State::Empty).ok_or_else(|| {
                self.fault("format-double-encoded", "only some of the text was encoded twice".to_owned())
            })?,
        };
        self.check(&text)?;
        self.text_range = 0..text.len();
        self.text = text.into_bytes();
        match state {
            State::Malformed => Err(self.fault("format-encoding", format!("this is not {}", self.name))),
            State::Empty => {
                self.finished = self.ended;
                Ok(())
            }
            State::More => Ok(()),
        }
    }

    /// Counts lines and columns; refuses control characters that XML or a right encoding never has.
    fn check(&mut self, text: &str) -> io::Result<()> {
        for character in text.chars() {
            match character {
                '\n' => {
                    self.line += 1;
                    self.column = 1;
                    continue;
                }
                '\t' | '\r' => {}
                control if control.is_control() && control != '\u{7f}' => {
                    let reason = format!("the control character U+{:04X}", u32::from(control));
                    return Err(self.fault("format-encoding", reason));
                }
                _ => {}
            }
            self.column += 1;
        }
        Ok(())
    }

    fn fault(&self, code: &'static str, reason: String) -> io::Error {
        let error: Error = fault(&self.file, code, Some(self.line), format!("column {}: {reason}", self.column));
        io::Error::other(error)
    }
}

impl Read for Text {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.text_range.is_empty() && !self.finished {
            self.fill()?;
        }
        let ready = self.text.get(self.text_range.clone()).unwrap_or_default();
        let count = ready.len().min(out.len());
        if let (Some(from), Some(to)) = (ready.get(..count), out.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        self.text_range.start += count;
        Ok(count)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// All input was taken.
    Empty,
    /// There is more text in the input.
    More,
    /// The next bytes are not of the encoding.
    Malformed,
}

/// The text of as many bytes as can be decoded, and how many they were.
fn decode(decoder: &mut Decoder, input: &[u8], last: bool) -> (String, usize, State) {
    let room = decoder.max_utf8_buffer_length_without_replacement(input.len()).unwrap_or(input.len());
    let mut text = String::with_capacity(room);
    let (result, read) = decoder.decode_to_string_without_replacement(input, &mut text, last);
    let state = match result {
        DecoderResult::InputEmpty => State::Empty,
        DecoderResult::OutputFull => State::More,
        DecoderResult::Malformed(..) => State::Malformed,
    };
    (text, read, state)
}

/// Takes one layer of UTF-8 off a text; `None` where it has no second layer.
fn undone(second: &mut Decoder, text: &str, last: bool) -> Option<String> {
    let bytes: Vec<u8> = text.chars().map(single).collect::<Option<_>>()?;
    let (text, _, state) = decode(second, &bytes, last);
    (state == State::Empty).then_some(text)
}

/// The byte that was taken for a character by windows-1252 or ISO-8859-1.
fn single(character: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(u32::from(character)) {
        return Some(byte);
    }
    let place = UPPER.chars().position(|upper| upper == character)?;
    u8::try_from(0x80 + place).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_half_is_that_of_windows_1252() {
        assert_eq!(UPPER.chars().count(), 32);
        for byte in 0x80..=0xFF_u8 {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(std::slice::from_ref(&byte));
            assert_eq!(single(text.chars().next().unwrap()), Some(byte), "{byte:X}");
        }
        assert_eq!(single('ł'), None);
    }
}
