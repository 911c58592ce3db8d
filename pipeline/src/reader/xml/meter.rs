//! Counts lines and columns of what a parser takes, and gives it no more than a ration at a time.

use std::io::{self, BufRead, BufReader, Read};

use super::{super::fault::fault, super::fault::read_fault, text::Text};
use crate::Error;

/// A place in a text, both from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reader) struct Position {
    /// The line.
    pub(in crate::reader) line: u64,
    /// The column.
    pub(in crate::reader) column: u64,
}

/// Text on its way to the parser.
pub(super) struct Meter {
    file: String,
    input: BufReader<Text>,
    place: Position,
    /// Where the ration began.
    start: Position,
    ration: usize,
    left: usize,
    failed: Option<Error>,
}

impl Meter {
    /// A meter that gives `ration` bytes at a time.
    pub(super) fn new(file: &str, text: Text, ration: usize) -> Self {
        let place = Position { line: 1, column: 1 };
        let input = BufReader::new(text);
        Self { file: file.to_owned(), input, place, start: place, ration, left: ration, failed: None }
    }

    /// Begins a new ration.
    pub(super) fn refill(&mut self) {
        self.left = self.ration;
        self.start = self.place;
    }

    /// Where the parser is.
    pub(super) fn place(&self) -> Position {
        self.place
    }

    /// Where the ration began.
    pub(super) fn start(&self) -> Position {
        self.start
    }

    /// Why reading failed.
    pub(super) fn take_failure(&mut self) -> Option<Error> {
        self.failed.take()
    }

    fn fail(&mut self, error: Error) -> io::Error {
        self.failed = Some(error);
        io::Error::other("the text could not be read")
    }
}

impl Read for Meter {
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

impl BufRead for Meter {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            let reason = format!("column {}: a tag or text is longer than {} bytes", self.start.column, self.ration);
            let error = fault(&self.file, "format-xml-limit", Some(self.start.line), reason);
            return Err(self.fail(error));
        }
        if let Err(error) = self.input.fill_buf() {
            return Err(self.fail(read_fault(error)));
        }
        let ready = self.input.buffer();
        Ok(ready.get(..ready.len().min(self.left)).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        for &byte in self.input.buffer().get(..count).unwrap_or_default() {
            if byte == b'\n' {
                self.place = Position { line: self.place.line + 1, column: 1 };
            } else if byte & 0xC0 != 0x80 {
                self.place.column += 1;
            }
        }
        self.left = self.left.saturating_sub(count);
        self.input.consume(count);
    }
}
