//! Character sets, judged by the bytes: what `TEGNSETT` says is often not what the file holds.

use std::{fs::File, io::Read, path::Path};

use encoding_rs::{Encoding, ISO_8859_10, WINDOWS_1252};

use super::super::{
    encoding::{AsUtf8, as_utf8},
    fault::fault,
    note::Note,
};
use crate::Result;

/// The head of a file is looked for in so many bytes.
const HEAD_BYTES: u64 = 1 << 20;
/// The upper half of DOS code page 865, which SOSI calls DOSN8.
const DOS: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø₧ƒáíóúñÑªº¿⌐¬½¼¡«¤░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// A character set of SOSI files. In all of them the characters that give a file its structure are those of ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// UTF-8, and plain ASCII.
    Utf8,
    /// ISO 8859-1 with the additions of windows-1252.
    Latin1,
    /// ISO 8859-10, with the Sami letters.
    Latin6,
    /// DOS code page 865.
    Dos,
    /// Seven bits with Norwegian letters in place of brackets (NS 4551).
    Seven,
}

impl Charset {
    /// The text of some bytes; `None` if the set has no such characters, or controls are among them.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<String> {
        let text = match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok()?.to_owned(),
            Self::Latin1 => single(WINDOWS_1252, bytes)?,
            Self::Latin6 => single(ISO_8859_10, bytes)?,
            Self::Dos => bytes.iter().map(|byte| dos(*byte)).collect::<Option<String>>()?,
            Self::Seven => bytes.iter().map(|byte| seven(*byte)).collect::<Option<String>>()?,
        };
        text.chars().all(|character| character == '\t' || !character.is_control()).then_some(text)
    }

    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Latin1 => "ISO8859-1",
            Self::Latin6 => "ISO8859-10",
            Self::Dos => "DOSN8",
            Self::Seven => "ND7",
        }
    }

    /// The set of a declaration, blanks and hyphens left out.
    fn declared(name: &str) -> Option<Self> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        Some(match plain.to_ascii_uppercase().as_str() {
            "UTF8" => Self::Utf8,
            "ISO885910" => Self::Latin6,
            "ISO88591" | "ANSI" | "DECM8" => Self::Latin1,
            "DOSN8" => Self::Dos,
            "ND7" | "DECN7" => Self::Seven,
            _ => return None,
        })
    }
}

fn single(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}

fn dos(byte: u8) -> Option<char> {
    match byte.checked_sub(0x80) {
        None => Some(char::from(byte)),
        Some(upper) => DOS.chars().nth(usize::from(upper)),
    }
}

fn seven(byte: u8) -> Option<char> {
    Some(match byte {
        b'[' => 'Æ',
        b'\\' => 'Ø',
        b']' => 'Å',
        b'{' => 'æ',
        b'|' => 'ø',
        b'}' => 'å',
        0..0x80 => char::from(byte),
        _ => return None,
    })
}

/// What was found out about a file's characters.
#[derive(Debug)]
pub(super) struct Judgement {
    /// The set that the bytes are in.
    pub(super) charset: Charset,
    /// That the file says otherwise.
    pub(super) note: Option<Note>,
}

/// Judges a file: a byte order mark, else UTF-8 if the whole file is, else what stands where `ORIGO-NØ` has its `Ø`;
/// the declaration decides only between sets that have the same `Ø`.
pub(super) fn judge(file: &str, path: &Path) -> Result<Judgement> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    let name = tegnsett(&head);
    let declared = name.as_deref().and_then(Charset::declared);
    let letter = letter(&head);
    let bytes = as_utf8(path)?;
    let charset = if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
        Charset::Utf8
    } else {
        match bytes {
            AsUtf8::Ascii if letter == Some(b'\\') || declared == Some(Charset::Seven) => Charset::Seven,
            AsUtf8::Ascii | AsUtf8::Utf8 => Charset::Utf8,
            AsUtf8::Other => eight_bits(file, letter, declared)?,
        }
    };
    // ASCII is part of every set but one.
    let same = charset == Charset::Utf8 && bytes == AsUtf8::Ascii;
    let contradicted = declared.filter(|declared| *declared != charset && !same);
    let note = contradicted.map(|declared: Charset| {
        let says = name.as_deref().unwrap_or(declared.name());
        let message = format!("TEGNSETT says {says}, but the bytes are {}", charset.name());
        Note::new("format-sosi-charset", message, 1)
    });
    Ok(Judgement { charset, note })
}

fn eight_bits(file: &str, letter: Option<u8>, declared: Option<Charset>) -> Result<Charset> {
    match letter {
        // The file is not UTF-8 throughout, but its head is: the broken place is to be told.
        Some(0xC3) => Ok(Charset::Utf8),
        Some(0x9D) => Ok(Charset::Dos),
        Some(0xD8) if declared == Some(Charset::Latin6) => Ok(Charset::Latin6),
        Some(0xD8) => Ok(Charset::Latin1),
        _ => declared.filter(|declared| *declared != Charset::Seven).ok_or_else(|| {
            let reason = "neither TEGNSETT nor the letter after ORIGO-N tells the character set";
            fault(file, "format-sosi-encoding", None, reason)
        }),
    }
}

/// The byte that stands for `Ø` in `ORIGO-NØ` or `MIN-NØ`.
fn letter(head: &[u8]) -> Option<u8> {
    ["ORIGO-N", "MIN-N"].iter().find_map(|name| {
        let window = head.windows(name.len() + 1).find(|window| {
            let found = window.get(..name.len()).unwrap_or_default();
            found.eq_ignore_ascii_case(name.as_bytes())
        });
        window.and_then(|window| window.last().copied())
    })
}

/// What the head declares.
fn tegnsett(head: &[u8]) -> Option<String> {
    head.split(|byte| matches!(byte, b'\n' | b'\r')).find_map(|line| {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_start_matches('\u{feff}').trim_start().strip_prefix("..")?;
        let (name, value) = line.split_once(char::is_whitespace)?;
        let value = value.split(['!']).next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        name.eq_ignore_ascii_case("TEGNSETT").then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_has_the_norwegian_letters() {
        for (charset, bytes) in [
            (Charset::Utf8, "ÆØÅæøå".as_bytes()),
            (Charset::Latin1, b"\xc6\xd8\xc5\xe6\xf8\xe5".as_slice()),
            (Charset::Latin6, b"\xc6\xd8\xc5\xe6\xf8\xe5"),
            (Charset::Dos, b"\x92\x9d\x8f\x91\x9b\x86"),
            (Charset::Seven, b"[\\]{|}"),
        ] {
            assert_eq!(charset.decode(bytes).as_deref(), Some("ÆØÅæøå"), "{charset:?}");
        }
        assert_eq!(Charset::Latin6.decode(b"\xaf\xbf").as_deref(), Some("Ŋŋ"));
        assert_eq!(Charset::Dos.decode(b"\x80\xff").as_deref(), Some("Ç\u{a0}"));
        assert_eq!(DOS.chars().count(), 128);
    }

    #[test]
    fn what_a_set_does_not_have_is_no_text() {
        assert_eq!(Charset::Utf8.decode(b"\xd8"), None);
        assert_eq!(Charset::Latin1.decode(b"a\x00"), None);
        assert_eq!(Charset::Latin1.decode(b"\x9d"), None, "a control of C1");
        assert_eq!(Charset::Seven.decode(b"\x9d"), None);
    }
}
