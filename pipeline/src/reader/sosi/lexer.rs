//! Bytes → elements and values. Structure comes from tokens: dots begin an element, blanks part values.

use std::{fs::File, io::Read, path::Path};

use super::super::fault::fault;
use crate::{Error, Result};

/// Bytes read at a time.
const CHUNK: usize = 64 << 10;
/// Longest name or value, in bytes.
const MAX_TOKEN: usize = 1 << 20;
/// Deepest level of an element.
const MAX_LEVEL: usize = 9;
/// Ends a file, from the days of CP/M.
const END: u8 = 0x1A;

/// What a token is; its bytes are in [`Lexer::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// The name of an element, which has so many dots.
    Element(usize),
    /// A value.
    Value {
        /// It stood in quotes.
        quoted: bool,
    },
}

/// Reads tokens.
pub(super) struct Lexer {
    file: String,
    source: File,
    buffer: Vec<u8>,
    position: usize,
    filled: usize,
    /// Line that is being read.
    current: u64,
    after_return: bool,
    /// Something stands before on the line.
    used: bool,
    text: Vec<u8>,
    line: u64,
    leads: bool,
}

impl Lexer {
    /// Opens a file; a byte order mark is passed over.
    pub(super) fn open(file: &str, path: &Path) -> Result<Self> {
        let mut lexer = Self {
            file: file.to_owned(),
            source: File::open(path)?,
            buffer: vec![0; CHUNK],
            position: 0,
            filled: 0,
            current: 1,
            after_return: false,
            used: false,
            text: Vec::new(),
            line: 1,
            leads: false,
        };
        lexer.fill()?;
        if lexer.buffer.get(..lexer.filled).is_some_and(|start| start.starts_with(&[0xEF, 0xBB, 0xBF])) {
            lexer.position = 3;
        }
        Ok(lexer)
    }

    /// The next token; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Token>> {
        self.text.clear();
        let first = loop {
            match self.peek()? {
                None | Some(END) => return Ok(None),
                Some(b'!') => self.skip_line()?,
                Some(byte) if is_blank(byte) => self.bump(byte),
                Some(byte) => break byte,
            }
        };
        self.line = self.current;
        self.leads = !self.used;
        self.used = true;
        Ok(Some(match first {
            b'.' => self.dotted()?,
            b'"' | b'\'' => self.quoted(first)?,
            _ => self.word()?,
        }))
    }

    /// The bytes of the token: a name without its dots, a value without its quotes.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The line on which the token begins.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The token is the first one of its line.
    pub(super) fn leads(&self) -> bool {
        self.leads
    }

    /// An error at the token.
    pub(super) fn fault(&self, code: &'static str, reason: impl Into<String>) -> Error {
        fault(&self.file, code, Some(self.line), reason)
    }

    fn dotted(&mut self) -> Result<Token> {
        let mut level = 0;
        while let Some(b'.') = self.peek()? {
            self.take(b'.')?;
            level += 1;
        }
        let next = self.peek()?;
        let named =
            next.is_some_and(|byte| byte.is_ascii_alphabetic() || byte >= 0x80 || matches!(byte, b'[' | b'\\' | b']'));
        let deep = (2..=MAX_LEVEL).contains(&level);
        // Before SOSI 2.2 references stand after two bare dots.
        let bare = level == 2 && self.leads && next.is_none_or(|byte| is_blank(byte) || matches!(byte, b':' | b'('));
        if bare || (named && (deep || (level == 1 && self.leads))) {
            self.text.clear();
            self.until(|byte| is_blank(byte) || matches!(byte, b'!' | b':' | b'(' | END))?;
            return Ok(Token::Element(level));
        }
        self.word()
    }

    fn quoted(&mut self, quote: u8) -> Result<Token> {
        self.bump(quote);
        // Quotes are often not closed: the end of the line does it.
        self.until(|byte| byte == quote || matches!(byte, b'\n' | b'\r'))?;
        if self.peek()? == Some(quote) {
            self.bump(quote);
        } else {
            self.text.truncate(self.text.trim_ascii_end().len());
        }
        Ok(Token::Value { quoted: true })
    }

    fn word(&mut self) -> Result<Token> {
        self.until(|byte| is_blank(byte) || matches!(byte, b'!' | END))?;
        Ok(Token::Value { quoted: false })
    }

    fn until(&mut self, ends: impl Fn(u8) -> bool) -> Result<()> {
        while let Some(byte) = self.peek()?.filter(|byte| !ends(*byte)) {
            self.take(byte)?;
        }
        Ok(())
    }

    fn skip_line(&mut self) -> Result<()> {
        while let Some(byte) = self.peek()?.filter(|byte| !matches!(byte, b'\n' | b'\r')) {
            self.bump(byte);
        }
        Ok(())
    }

    fn take(&mut self, byte: u8) -> Result<()> {
        if self.text.len() >= MAX_TOKEN {
            return Err(self.fault("format-sosi-limit", format!("a value is longer than {MAX_TOKEN} bytes")));
        }
        self.text.push(byte);
        self.bump(byte);
        Ok(())
    }

    /// The next byte, which stays.
    fn peek(&mut self) -> Result<Option<u8>> {
        if self.position >= self.filled {
            self.fill()?;
        }
        Ok(if self.position < self.filled { self.buffer.get(self.position).copied() } else { None })
    }

    fn fill(&mut self) -> Result<()> {
        self.position = 0;
        self.filled = self.source.read(&mut self.buffer)?;
        Ok(())
    }

    /// Goes past a byte. Lines end with LF, CR LF or CR, all three in one file.
    fn bump(&mut self, byte: u8) {
        self.position += 1;
        if byte == b'\r' || (byte == b'\n' && !self.after_return) {
            self.current += 1;
            self.used = false;
        }
        self.after_return = byte == b'\r';
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn tokens(text: &[u8]) -> Vec<String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        let mut lexer = Lexer::open("fil", file.path()).unwrap();
        let mut all = Vec::new();
        while let Some(token) = lexer.next().unwrap() {
            let text = String::from_utf8_lossy(lexer.text()).into_owned();
            all.push(match token {
                Token::Element(level) => format!("{}{}{text}", lexer.line(), ".".repeat(level)),
                Token::Value { quoted: true } => format!("'{text}'"),
                Token::Value { quoted: false } => text,
            });
        }
        all
    }

    #[test]
    fn elements_values_comments_and_line_ends() {
        let text = b"\xef\xbb\xbf! before\n.KURVE 250: ! after\r..KVALITET 40 *\r\n...A 'x ! y' \"z\n..N\xc3\x98H 1 -2 .5 ...KP 1!k\n3D2\x1a.SLUTT";
        let expected = [
            "2.KURVE",
            "250:",
            "3..KVALITET",
            "40",
            "*",
            "4...A",
            "'x ! y'",
            "'z'",
            "5..NØH",
            "1",
            "-2",
            ".5",
            "5...KP",
            "1",
            "3D2",
        ];
        assert_eq!(tokens(text), expected);
    }

    #[test]
    fn dots_in_texts_are_no_elements() {
        assert_eq!(
            tokens(b"..STRENG Vest .nord ... og .5 ..\n"),
            ["1..STRENG", "Vest", ".nord", "...", "og", ".5", ".."]
        );
        assert_eq!(tokens(b"..REF:1:2(:-3)\n.. :4\n"), ["1..REF", ":1:2(:-3)", "2..", ":4"]);
    }
}
