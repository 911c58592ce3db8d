//! Digits in a row and what stands between them, in one pass and without memory of the text.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::words::Topic;

/// Digits that are kept of a run; a longer one is no number that is looked for.
pub(super) const KEPT: usize = 13;
/// Signs that may stand between two parts of one number.
const SIGNS: usize = 4;
/// Characters that may stand between them after a word for a person's number.
const FAR: usize = 24;
/// Longest tag and entity that are passed over.
const LONGEST_TAG: usize = 200;
const LONGEST_ENTITY: usize = 10;
/// Names of the months.
const MONTHS: [&str; 12] = [
    "januar",
    "februar",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "desember",
];

/// What stands between two runs of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Letters, much else, or the beginning of the text: the runs have nothing to do with each other.
    Far,
    /// One blank.
    Blank,
    /// Several blanks or a line break.
    Wide,
    /// One dot and nothing else.
    Dot,
    /// One comma or apostrophe and nothing else.
    Comma,
    /// Other signs, blanks among them.
    Sign,
}

/// Digits in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// Byte of the first digit.
    pub(super) start: usize,
    /// Byte after the last digit.
    pub(super) end: usize,
    /// Digits.
    pub(super) len: usize,
    /// The first of them.
    pub(super) digits: [u8; KEPT],
    /// What stands before.
    pub(super) gap: Gap,
    /// True if it is the name of a month.
    pub(super) month: bool,
}

/// The runs of a text, in order.
pub(super) struct Runs<'t> {
    text: &'t str,
    at: usize,
    begun: bool,
    last: Range<usize>,
    last_len: usize,
}

impl<'t> Runs<'t> {
    /// The runs of a text.
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, at: 0, begun: false, last: 0..0, last_len: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    /// Goes on to the next byte that may begin a digit.
    fn skip(&mut self) -> Option<()> {
        self.at += self.text.as_bytes().get(self.at..)?.iter().position(|byte| may_be_digit(*byte))?;
        Some(())
    }

    fn run(&mut self, gap: Gap) -> Run {
        let mut run = Run { start: self.at, end: self.at, len: 0, digits: [0; KEPT], gap, month: false };
        while let Some(c) = self.peek() {
            match uniform(c) {
                Uniform::Digit(digit) => {
                    if let Some(place) = run.digits.get_mut(run.len) {
                        *place = digit;
                    }
                    run.len += 1;
                    run.end = self.at + c.len_utf8();
                }
                Uniform::Nothing => {}
                Uniform::Sign(_) | Uniform::Other => break,
            }
            self.at += c.len_utf8();
        }
        // Characters without width after the last digit belong to the gap.
        self.at = run.end;
        self.begun = true;
        (self.last, self.last_len) = (run.start..run.end, run.len);
        run
    }

    /// The name of a month after a day, as its two digits.
    fn month(&mut self, gap: Gap) -> Option<Run> {
        let (month, length) = month(self.text.get(self.at..)?).filter(|_| self.last_len <= 2)?;
        let mut run = Run { start: self.at, end: self.at + length, len: 2, digits: [0; KEPT], gap, month: true };
        let [tens, ones, ..] = &mut run.digits;
        (*tens, *ones) = (month / 10, month % 10);
        self.at = run.end;
        (self.last, self.last_len) = (run.start..run.end, run.len);
        Some(run)
    }

    /// Where five digits begin that a word for a person's number tells to belong to the last run, a few words on.
    fn told(&self) -> Option<usize> {
        if !matches!(self.last_len, 2 | 6 | 8) {
            return None;
        }
        let rest = self.text.get(self.at..)?;
        let (from, _) = rest.char_indices().take(FAR).find(|(_, c)| matches!(uniform(*c), Uniform::Digit(_)))?;
        let digits = rest.get(from..)?.chars().take_while(|c| matches!(uniform(*c), Uniform::Digit(_))).take(6).count();
        (digits == 5 && Topic::Person.is_near(self.text, self.last.start, self.last.end)).then_some(self.at + from)
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let mut signs = Signs { far: !self.begun, ..Signs::default() };
        loop {
            if signs.far {
                self.skip()?;
            }
            let c = self.peek()?;
            if matches!(c, '%' | '&' | '<')
                && !signs.far
                && let Some((meaning, length)) = coded(self.text.get(self.at..)?)
            {
                signs.take(&meaning);
                self.at += length;
                continue;
            }
            match uniform(c) {
                Uniform::Digit(_) => return Some(self.run(signs.gap())),
                Uniform::Other if !signs.far => {
                    if let Some(month) = self.month(signs.gap()) {
                        return Some(month);
                    }
                    if let Some(at) = self.told() {
                        self.at = at;
                        return Some(self.run(Gap::Sign));
                    }
                    signs.far = true;
                }
                meaning => signs.take(&meaning),
            }
            self.at += c.len_utf8();
        }
    }
}

/// The signs of a gap so far.
#[derive(Default)]
struct Signs {
    far: bool,
    count: usize,
    blanks: usize,
    last: u8,
}

impl Signs {
    fn take(&mut self, meaning: &Uniform) {
        match meaning {
            Uniform::Nothing => {}
            Uniform::Sign(sign) => self.push(*sign),
            Uniform::Digit(_) | Uniform::Other => self.far = true,
        }
    }

    fn push(&mut self, sign: u8) {
        self.count += 1;
        self.blanks += usize::from(sign == b' ' || sign == b'\n');
        self.last = sign;
        self.far |= self.count > SIGNS;
    }

    fn gap(&self) -> Gap {
        match (self.count, self.last) {
            _ if self.far => Gap::Far,
            (1, b' ') => Gap::Blank,
            (1, b'.') => Gap::Dot,
            (1, b',' | b'\'') => Gap::Comma,
            _ if self.count == self.blanks => Gap::Wide,
            _ => Gap::Sign,
        }
    }
}

/// A character, looks and meaning made one.
enum Uniform {
    Digit(u8),
    /// One ASCII sign for all that look alike; a line break is `\n`.
    Sign(u8),
    /// Has no width.
    Nothing,
    Other,
}

/// Whether a byte is an ASCII digit or begins the UTF-8 form of a digit of another script or style.
pub(super) const fn may_be_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == 0xc2 || byte >= 0xd9
}

fn uniform(c: char) -> Uniform {
    match c {
        '0'..='9' => Uniform::Digit(u8::try_from(c).map_or(0, |byte| byte - b'0')),
        ' ' | '\t' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Uniform::Sign(b' ')
        }
        '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Uniform::Sign(b'\n'),
        '-' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => {
            Uniform::Sign(b'-')
        }
        '.' | '\u{2024}' | '\u{fe52}' | '\u{ff0e}' => Uniform::Sign(b'.'),
        ',' | '\'' | '\u{2019}' | '\u{ff0c}' => Uniform::Sign(b','),
        '/' | '\\' | '|' | '\u{2044}' | '\u{2215}' | '\u{ff0f}' | '_' | '\u{ff3f}' | ':' | '\u{ff1a}' | ';' | '*'
        | '\u{ff0a}' | '+' | '\u{ff0b}' | '(' | ')' | '[' | ']' | '\u{ff08}' | '\u{ff09}' | '~' | '#' | '=' => {
            Uniform::Sign(b'/')
        }
        '"' | '&' | '<' | '>' | '!' | '?' | '{' | '}' | '^' | '$' | '`' => Uniform::Sign(b'/'),
        c if c.is_control() => Uniform::Nothing,
        c if c.is_ascii() => Uniform::Other,
        c if is_ignored(c) => Uniform::Nothing,
        c => match foreign_digit(c) {
            Some(digit) => Uniform::Digit(digit),
            None if c.is_alphanumeric() => Uniform::Other,
            None => Uniform::Sign(b'/'),
        },
    }
}

/// Whether a character shows nothing or stands on another one: combining marks and what Unicode calls default ignorable.
fn is_ignored(c: char) -> bool {
    static IGNORED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}\u{20e3}\u{fff9}-\u{fffb}]$").ok());
    let letter = matches!(c, '\u{c0}'..='\u{2ff}');
    !letter && IGNORED.as_ref().is_none_or(|ignored| ignored.is_match(c.encode_utf8(&mut [0; 4])))
}

/// What a percent-encoded character, an entity or a tag at the beginning of a text means, and its length.
fn coded(text: &str) -> Option<(Uniform, usize)> {
    match text.as_bytes().first()? {
        b'%' => percent(text),
        b'&' => entity(text),
        _ => {
            let end = text.bytes().take(LONGEST_TAG).position(|byte| byte == b'>')?;
            let begins = |c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!');
            text.get(1..)?.starts_with(begins).then_some((Uniform::Sign(b'/'), end + 1))
        }
    }
}

fn percent(text: &str) -> Option<(Uniform, usize)> {
    let mut bytes = [0; 4];
    for (at, part) in text.as_bytes().chunks_exact(3).take(bytes.len()).enumerate() {
        let [b'%', high, low] = part else { break };
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        *bytes.get_mut(at)? = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
        if let Ok(decoded) = std::str::from_utf8(bytes.get(..=at)?) {
            return decoded.chars().next().map(|c| (uniform(c), (at + 1) * 3));
        }
    }
    None
}

fn entity(text: &str) -> Option<(Uniform, usize)> {
    let end = text.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let meaning = if let Some(number) = name.strip_prefix('#') {
        let hexadecimal = number.strip_prefix(['x', 'X']);
        let code = hexadecimal.map_or_else(|| number.parse(), |digits| u32::from_str_radix(digits, 16)).ok()?;
        uniform(char::from_u32(code)?)
    } else if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        match name {
            "shy" | "zwj" | "zwnj" | "lrm" | "rlm" => Uniform::Nothing,
            "nbsp" | "ensp" | "emsp" | "thinsp" => Uniform::Sign(b' '),
            _ => Uniform::Sign(b'/'),
        }
    } else {
        return None;
    };
    Some((meaning, end + 1))
}

/// The month whose name a text begins with, and the length of the name.
fn month(text: &str) -> Option<(u8, usize)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).take(10).count();
    let word = text.get(..letters)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| word.len() >= 3 && month.starts_with(&word))?;
    Some((u8::try_from(at + 1).ok()?, letters))
}

/// The value of a digit of another script or style, as NFKC and the Unicode decimal values have it.
fn foreign_digit(c: char) -> Option<u8> {
    /// Code points of the digit zero; one to nine follow.
    const ZEROS: [u32; 21] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20,
        0x1040, 0x17e0, 0x1810, 0x2080, 0xff10, 0x1fbf0,
    ];
    let code = u32::from(c);
    let value = match c {
        '\u{b9}' => 1,
        '\u{b2}' | '\u{b3}' => code - 0xb0,
        '\u{2070}' | '\u{24ea}' => 0,
        '\u{2074}'..='\u{2079}' => code - 0x2070,
        '\u{2460}'..='\u{2468}' => code - 0x245f,
        '\u{1d7ce}'..='\u{1d7ff}' => (code - 0x1d7ce) % 10,
        _ => ZEROS.into_iter().find_map(|zero| code.checked_sub(zero).filter(|value| *value < 10))?,
    };
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief(text: &str) -> Vec<(&str, usize, Gap)> {
        Runs::of(text).map(|run| (&text[run.start..run.end], run.len, run.gap)).collect()
    }

    #[test]
    fn gaps_are_told_apart() {
        assert_eq!(
            brief("a12 3.4,5 - 6\r\n7x8 [9"),
            [
                ("12", 2, Gap::Far),
                ("3", 1, Gap::Blank),
                ("4", 1, Gap::Dot),
                ("5", 1, Gap::Comma),
                ("6", 1, Gap::Sign),
                ("7", 1, Gap::Wide),
                ("8", 1, Gap::Far),
                ("9", 1, Gap::Sign),
            ]
        );
        assert_eq!(brief("1     2"), [("1", 1, Gap::Far), ("2", 1, Gap::Far)]);
        assert_eq!(brief("øæå – "), []);
    }

    #[test]
    fn digits_of_other_scripts_and_without_width_count() {
        let text = "３\u{200b}¹₂④𝟓٦७\u{fe0f}";
        let runs: Vec<Run> = Runs::of(text).collect();
        assert_eq!(runs.len(), 1);
        assert_eq!(&runs[0].digits[..7], [3, 1, 2, 4, 5, 6, 7]);
        assert_eq!(text.len() - runs[0].end, "\u{fe0f}".len());
    }
}
