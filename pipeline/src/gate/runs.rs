//! Digits in a row and what stands between them, in one pass and without memory of the text.

/// Digits that are kept of a run; a longer one is no number that is looked for.
pub(super) const KEPT: usize = 13;
/// Signs that may stand between two parts of one number.
const SIGNS: usize = 4;

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
}

/// The runs of a text, in order.
pub(super) struct Runs<'t> {
    text: &'t str,
    at: usize,
    begun: bool,
}

impl<'t> Runs<'t> {
    /// The runs of a text.
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, at: 0, begun: false }
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
        let mut run = Run { start: self.at, end: self.at, len: 0, digits: [0; KEPT], gap };
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
        run
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
            match uniform(c) {
                Uniform::Digit(_) => return Some(self.run(signs.gap())),
                Uniform::Nothing => {}
                Uniform::Sign(sign) => signs.push(sign),
                Uniform::Other => signs.far = true,
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
pub(super) fn may_be_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == 0xc2 || byte >= 0xd9
}

fn uniform(c: char) -> Uniform {
    match c {
        '0'..='9' => Uniform::Digit(u8::try_from(c).map_or(0, |byte| byte - b'0')),
        ' ' | '\t' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Uniform::Sign(b' ')
        }
        '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => Uniform::Sign(b'\n'),
        '-' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => {
            Uniform::Sign(b'-')
        }
        '.' | '\u{b7}' | '\u{2022}' | '\u{2024}' | '\u{fe52}' | '\u{ff0e}' => Uniform::Sign(b'.'),
        ',' | '\'' | '\u{2019}' | '\u{ff0c}' => Uniform::Sign(b','),
        '/' | '\\' | '|' | '\u{2044}' | '\u{2215}' | '\u{ff0f}' | '_' | '\u{ff3f}' | ':' | '\u{ff1a}' | ';' | '*'
        | '\u{ff0a}' | '+' | '\u{ff0b}' | '(' | ')' | '[' | ']' | '\u{ff08}' | '\u{ff09}' | '~' | '#' | '=' => {
            Uniform::Sign(b'/')
        }
        '\u{ad}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{20e3}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => Uniform::Nothing,
        c if c.is_ascii() => Uniform::Other,
        c => foreign_digit(c).map_or(Uniform::Other, Uniform::Digit),
    }
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
