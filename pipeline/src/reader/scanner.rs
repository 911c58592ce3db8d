//! Finds the values of a JSON text (RFC 8259) without holding the text in memory. Only where values begin and end is
//! judged here; what is in them is judged by `serde_json`.

use std::io::BufRead;

use super::{
    encoding::Text,
    fault::{fault, read_fault},
};
use crate::{Error, Result};

/// Deepest nesting of a value.
pub(super) const MAX_DEPTH: usize = 128;
/// Largest value that is held in memory, in bytes.
pub(super) const MAX_VALUE_BYTES: usize = 64 << 20;

/// A cursor in a JSON text.
pub(super) struct Scanner {
    file: String,
    input: Text,
    line: u64,
}

impl Scanner {
    pub(super) fn new(file: &str, input: Text) -> Self {
        Self { file: file.to_owned(), input, line: 1 }
    }

    /// What messages call the text.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// The line of the cursor, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// A JSON error at the cursor.
    pub(super) fn fault(&self, reason: impl Into<String>) -> Error {
        fault(&self.file, "format-json", Some(self.line), reason)
    }

    /// The next byte that is not white space, without going there; `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>> {
        loop {
            let chunk = self.input.fill_buf().map_err(read_fault)?;
            let Some(&byte) = chunk.first() else { return Ok(None) };
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Ok(Some(byte));
            }
            self.line += u64::from(byte == b'\n');
            self.input.consume(1);
        }
    }

    /// Goes past one character that must be there.
    pub(super) fn expect(&mut self, wanted: u8) -> Result<()> {
        match self.peek()? {
            Some(byte) if byte == wanted => {
                self.input.consume(1);
                Ok(())
            }
            Some(_) => Err(self.fault(format!("'{}' expected", char::from(wanted)))),
            None => Err(self.fault("the text ends too early")),
        }
    }

    /// In a list or object: goes to the next member and is true, or past the closing bracket and is false.
    pub(super) fn next_member(&mut self, close: u8, first: bool) -> Result<bool> {
        if self.peek()? == Some(close) {
            self.input.consume(1);
            return Ok(false);
        }
        if !first {
            self.expect(b',')?;
            if self.peek()? == Some(close) {
                return Err(self.fault("a comma before the closing bracket"));
            }
        }
        Ok(true)
    }

    /// The name of an object's member; the cursor stands at its value then.
    pub(super) fn name(&mut self) -> Result<String> {
        if self.peek()? != Some(b'"') {
            return Err(self.fault("a member's name expected"));
        }
        let mut raw = Vec::new();
        self.value(Some(&mut raw))?;
        let name = serde_json::from_slice(&raw).map_err(|error| self.fault(error.to_string()))?;
        self.expect(b':')?;
        Ok(name)
    }

    /// Goes past one value and copies its bytes where wanted.
    pub(super) fn value(&mut self, mut copy: Option<&mut Vec<u8>>) -> Result<()> {
        if self.peek()?.is_none() {
            return Err(self.fault("the text ends too early"));
        }
        let mut state = State::default();
        loop {
            let chunk = self.input.fill_buf().map_err(read_fault)?;
            if chunk.is_empty() {
                return if state.scalar { Ok(()) } else { Err(self.fault("the text ends too early")) };
            }
            let (count, lines) = state.step(chunk);
            let bytes = chunk.get(..count).unwrap_or_default();
            if let Some(copy) = copy.as_deref_mut() {
                copy.extend_from_slice(bytes);
            }
            self.input.consume(count);
            self.line += lines;
            if state.too_deep {
                return Err(self.fault(format!("nested deeper than {MAX_DEPTH} levels")));
            }
            if copy.as_ref().is_some_and(|copy| copy.len() > MAX_VALUE_BYTES) {
                let reason = format!("one value is larger than {MAX_VALUE_BYTES} bytes");
                return Err(fault(&self.file, "format-too-large", Some(self.line), reason));
            }
            if state.done {
                return Ok(());
            }
        }
    }

    /// Nothing may follow.
    pub(super) fn end(&mut self) -> Result<()> {
        if self.peek()?.is_some() { Err(self.fault("text after the end of the document")) } else { Ok(()) }
    }
}

/// Where in a value the cursor is.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one bit of the position; their combinations are no states")]
struct State {
    started: bool,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// A number or one of the three words, which end where something else begins.
    scalar: bool,
    too_deep: bool,
    done: bool,
}

impl State {
    /// Takes bytes until the value ends; how many it took, and the line ends among them.
    fn step(&mut self, chunk: &[u8]) -> (usize, u64) {
        let mut lines = 0;
        for (at, &byte) in chunk.iter().enumerate() {
            if self.scalar && matches!(byte, b',' | b']' | b'}' | b':' | b' ' | b'\t' | b'\r' | b'\n') {
                self.done = true;
                return (at, lines);
            }
            lines += u64::from(byte == b'\n');
            self.take(byte);
            if self.done || self.too_deep {
                return (at + 1, lines);
            }
        }
        (chunk.len(), lines)
    }

    fn take(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => self.scalar |= !self.started,
            }
        }
        self.started = true;
        self.too_deep = self.depth > MAX_DEPTH;
        self.done = self.depth == 0 && !self.in_string && !self.scalar;
    }
}
