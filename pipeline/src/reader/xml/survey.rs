//! Which encoding an XML file really has: its declaration held against all of its bytes.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use encoding_rs::{DecoderResult, Encoding, UTF_8};

use super::super::{Note, fault::fault};
use crate::Result;

/// Bytes read at a time.
const CHUNK: usize = 64 << 10;
/// Bytes at the beginning in which the declaration must end.
const DECLARATION_BYTES: u64 = 1024;
/// From so many letters on, a text of which only some were encoded twice is refused.
const MIXED: u64 = 3;
/// The small and capital Norwegian letters.
const LETTERS: [char; 6] = ['æ', 'ø', 'å', 'Æ', 'Ø', 'Å'];
/// What the second byte of a Norwegian letter in UTF-8 becomes when it is taken for windows-1252 or ISO-8859-1.
const SECONDS: [char; 9] = ['¦', '¸', '¥', '\u{86}', '\u{98}', '\u{85}', '†', '˜', '…'];

/// How the bytes of a file are turned into text.
#[derive(Debug)]
pub(super) struct Coding {
    /// The encoding of the bytes.
    pub(super) encoding: &'static Encoding,
    /// The text was turned into UTF-8 twice.
    pub(super) doubled: bool,
    /// What must be told about it.
    pub(super) note: Option<Note>,
}

/// Finds the coding of a file: a byte order mark, else the declaration unless the bytes contradict it, else UTF-8.
pub(super) fn coding(file: &str, path: &Path) -> Result<Coding> {
    let mut start = Vec::new();
    File::open(path)?.take(DECLARATION_BYTES).read_to_end(&mut start)?;
    let marked = Encoding::for_bom(&start);
    if let Some((encoding, _)) = marked.filter(|(encoding, _)| *encoding != UTF_8) {
        return Ok(Coding { encoding, doubled: false, note: None });
    }
    let label = declared(start.get(marked.map_or(0, |(_, length)| length)..).unwrap_or_default());
    let declared = match &label {
        None => UTF_8,
        Some(label) => Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            let reason = format!("column 1: the declaration names the encoding '{label}', which there is not");
            fault(file, "format-encoding", Some(1), reason)
        })?,
    };
    let survey = Survey::of(path)?;
    let encoding = if marked.is_some() || (survey.utf8 && survey.wide > 0) { UTF_8 } else { declared };
    // The declaration could be read as ASCII, so the bytes are of no encoding with two bytes a character.
    let encoding = if encoding.is_ascii_compatible() { encoding } else { UTF_8 };
    if encoding == UTF_8 && survey.doubled >= MIXED && survey.doubled >= survey.right && survey.right > 0 {
        let reason = format!("{} letters were encoded to UTF-8 twice, {} were not", survey.doubled, survey.right);
        return Err(fault(file, "format-double-encoded", None, reason));
    }
    let doubled = encoding == UTF_8 && survey.doubled > 0 && survey.right == 0;
    let note = if doubled {
        let message = "the text was encoded to UTF-8 twice; one layer was undone".to_owned();
        Some(Note::new("format-double-encoded", message, survey.doubled))
    } else if encoding == declared {
        None
    } else {
        let name = |encoding: &'static Encoding| encoding.name().to_lowercase();
        let message = format!("declared as {}, but it is {}", name(declared), name(encoding));
        Some(Note::new("format-encoding", message, 1))
    };
    Ok(Coding { encoding, doubled, note })
}

/// The encoding that an XML declaration names.
fn declared(start: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(start);
    let (declaration, _) = text.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (label, _) = value.get(1..)?.split_once(quote)?;
    Some(label.trim().to_owned())
}

/// What the bytes look like as UTF-8.
struct Survey {
    utf8: bool,
    /// Characters beyond ASCII.
    wide: u64,
    /// Norwegian letters that were encoded twice.
    doubled: u64,
    /// Norwegian letters that were not.
    right: u64,
}

impl Survey {
    fn of(path: &Path) -> Result<Self> {
        let mut survey = Self { utf8: true, wide: 0, doubled: 0, right: 0 };
        let mut input = BufReader::with_capacity(CHUNK, File::open(path)?);
        let mut decoder = UTF_8.new_decoder_with_bom_removal();
        let mut text = vec![0; 4 * CHUNK];
        let mut last = ' ';
        loop {
            let bytes = input.fill_buf()?;
            let ended = bytes.is_empty();
            let (result, read, written) = decoder.decode_to_utf8_without_replacement(bytes, &mut text, ended);
            input.consume(read);
            let part = text.get(..written).map(String::from_utf8_lossy).unwrap_or_default();
            for character in part.chars() {
                if !character.is_ascii() || last == 'Ã' {
                    survey.count(last, character);
                    last = character;
                }
            }
            if matches!(result, DecoderResult::Malformed(..)) {
                survey.utf8 = false;
                return Ok(survey);
            }
            if ended && result == DecoderResult::InputEmpty {
                return Ok(survey);
            }
        }
    }

    fn count(&mut self, last: char, character: char) {
        self.wide += u64::from(!character.is_ascii());
        self.right += u64::from(LETTERS.contains(&character));
        self.doubled += u64::from(last == 'Ã' && SECONDS.contains(&character));
    }
}
