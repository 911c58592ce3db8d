//! Character sets of dBASE tables: one for a whole table.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The upper halves of DOS code pages.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";
const CP865: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø₧ƒáíóúñÑªº¿⌐¬½¼¡«¤░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// A character set of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// One of the WHATWG Encoding Standard.
    Standard(&'static Encoding),
    /// A DOS code page by its upper half.
    Dos(&'static str),
}

impl Charset {
    /// UTF-8.
    pub(super) const UTF8: Self = Self::Standard(UTF_8);

    /// The set of a name as a `.cpg` or the configuration has it: `UTF-8`, `1252`, `ANSI 1252`, `OEM 865`, `ISO 8859-1`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let digits: String = name.chars().filter(char::is_ascii_digit).collect();
        let prefixed = ["", "cp", "oem", "ansi", "ibm", "windows", "dos"].iter().any(|prefix| {
            name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches([' ', '-', '_']) == *prefix
        });
        Some(match digits.as_str() {
            "437" if prefixed => Self::Dos(CP437),
            "850" if prefixed => Self::Dos(CP850),
            "865" if prefixed => Self::Dos(CP865),
            "65001" => Self::UTF8,
            "88591" | "1252" => Self::Standard(WINDOWS_1252),
            _ if name == "utf8" => Self::UTF8,
            _ => Self::Standard(Encoding::for_label(name.as_bytes())?),
        })
    }

    /// The set of the byte in a table's head; `None` where it says nothing, or nothing that is met here.
    pub(super) fn of_driver(byte: u8) -> Option<Self> {
        Some(match byte {
            0x01 | 0x19 | 0x1B => Self::Dos(CP437),
            0x02 | 0x1D => Self::Dos(CP850),
            0x08 | 0x66 => Self::Dos(CP865),
            0x03 | 0x57..=0x59 => Self::Standard(WINDOWS_1252),
            _ => return None,
        })
    }

    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Standard(encoding) => encoding.name(),
            Self::Dos(CP437) => "CP437",
            Self::Dos(CP850) => "CP850",
            Self::Dos(_) => "CP865",
        }
    }

    /// The text of some bytes; `None` if the set has no such characters. A character that the end of the field cuts in
    /// two is left out.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Standard(encoding) if encoding == UTF_8 => match std::str::from_utf8(bytes) {
                Ok(text) => Some(Cow::Borrowed(text)),
                Err(error) if error.error_len().is_none() => {
                    std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok().map(Cow::Borrowed)
                }
                Err(_) => None,
            },
            Self::Standard(encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes),
            Self::Dos(upper) => {
                let character = |byte: &u8| match byte.checked_sub(0x80) {
                    None => Some(char::from(*byte)),
                    Some(at) => upper.chars().nth(usize::from(at)),
                };
                bytes.iter().map(character).collect::<Option<String>>().map(Cow::Owned)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_by_their_many_names() {
        for (name, is) in [
            ("UTF-8", "UTF-8"),
            ("utf8\r\n", "UTF-8"),
            ("65001", "UTF-8"),
            ("1252", "windows-1252"),
            ("ANSI 1252", "windows-1252"),
            ("ISO 88591", "windows-1252"),
            ("8859_1", "windows-1252"),
            ("ISO-8859-10", "ISO-8859-10"),
            ("OEM 865", "CP865"),
            ("865", "CP865"),
            ("cp850", "CP850"),
            ("437", "CP437"),
        ] {
            assert_eq!(Charset::named(name).unwrap().name(), is, "{name}");
        }
        for unknown in ["", "klingon", "x437"] {
            assert_eq!(Charset::named(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn norwegian_letters_in_every_set() {
        for (charset, bytes) in [
            (Charset::UTF8, "ÆØÅæøå".as_bytes()),
            (Charset::Standard(WINDOWS_1252), b"\xc6\xd8\xc5\xe6\xf8\xe5"),
            (Charset::Dos(CP865), b"\x92\x9d\x8f\x91\x9b\x86"),
            (Charset::Dos(CP850), b"\x92\x9d\x8f\x91\x9b\x86"),
        ] {
            assert_eq!(charset.decode(bytes).as_deref(), Some("ÆØÅæøå"), "{charset:?}");
        }
        for upper in [CP437, CP850, CP865] {
            assert_eq!(upper.chars().count(), 128);
        }
    }

    #[test]
    fn a_character_cut_in_two_is_left_out() {
        assert_eq!(Charset::UTF8.decode(b"Bod\xc3").as_deref(), Some("Bod"));
        assert_eq!(Charset::UTF8.decode(b"B\xf8d\xc3\xb8"), None);
    }
}
