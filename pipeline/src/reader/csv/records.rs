//! Records of separated text with the lines on which they begin.

use std::io::BufRead;

use config::CsvFormat;
use csv_core::ReadRecordResult;

use super::super::{
    Limits, MAX_ROW_BYTES,
    encoding::Text,
    fault::{fault, read_fault},
};
use crate::Result;

/// Room for a record at first; it grows up to the limits.
const FIRST_BYTES: usize = 16 << 10;

/// Records, one at a time, in memory bounded by the limits.
pub(in super::super) struct Records {
    file: String,
    input: Text,
    core: csv_core::Reader,
    comment: Option<u8>,
    limits: Limits,
    lines: LineCounter,
    /// Line on which the record begins.
    start: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
}

impl Records {
    pub(in super::super) fn new(file: &str, input: Text, format: &CsvFormat, limits: Limits) -> Result<Self> {
        let separator = ascii(file, "format.separator", format.separator)?;
        let quote = ascii(file, "format.quote", format.quote)?;
        let comment = format.comment.map(|comment| ascii(file, "format.comment", comment)).transpose()?;
        let core = csv_core::ReaderBuilder::new().delimiter(separator).quote(quote).build();
        let mut records = Self {
            file: file.to_owned(),
            input,
            core,
            comment,
            limits,
            lines: LineCounter { line: 1, last: 0 },
            start: 1,
            text: vec![0; FIRST_BYTES],
            ends: vec![0; 64],
            fields: 0,
        };
        for _ in 0..format.skip_lines {
            records.skip_line()?;
        }
        Ok(records)
    }

    /// The line on which the record begins, from 1.
    pub(in super::super) fn line(&self) -> u64 {
        self.start
    }

    /// Fields of the record.
    pub(in super::super) fn len(&self) -> usize {
        self.fields
    }

    /// A field of the record.
    pub(in super::super) fn field(&self, at: usize) -> &str {
        let end = self.ends.get(..self.fields).and_then(|ends| ends.get(at)).copied().unwrap_or(0);
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        // Separator and quote are ASCII, so that a field of UTF-8 text is UTF-8.
        self.text.get(start..end).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// Goes to the next record; false at the end.
    pub(in super::super) fn advance(&mut self) -> Result<bool> {
        self.fields = 0;
        if !self.skip_blank()? {
            return Ok(false);
        }
        self.start = self.lines.line;
        let mut filled = 0;
        loop {
            let chunk = self.input.fill_buf().map_err(read_fault)?;
            let ended = chunk.is_empty();
            // A line end in place of the end of the file shows whether a quote is still open.
            let input = if ended { b"\n".as_slice() } else { chunk };
            let text = self.text.get_mut(filled..).unwrap_or_default();
            let ends = self.ends.get_mut(self.fields..).unwrap_or_default();
            let (result, read, written, fields) = self.core.read_record(input, text, ends);
            self.lines.count(input.get(..read).unwrap_or_default());
            if !ended {
                self.input.consume(read);
            }
            filled += written;
            self.fields += fields;
            match result {
                ReadRecordResult::Record => return Ok(true),
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::InputEmpty if ended => {
                    return Err(fault(&self.file, "format-quote", Some(self.start), "a quote is never closed"));
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    self.text.resize((self.text.len() * 2).min(MAX_ROW_BYTES + FIRST_BYTES), 0);
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            }
            self.check(filled)?;
        }
    }

    /// Holds an unfinished record against the limits.
    fn check(&self, filled: usize) -> Result<()> {
        let before = self.fields.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0);
        if filled.saturating_sub(before) > self.limits.max_cell_bytes {
            let reason = format!("a value is longer than {} bytes", self.limits.max_cell_bytes);
            return Err(fault(&self.file, "format-cell-too-long", Some(self.start), reason));
        }
        if filled > MAX_ROW_BYTES {
            let reason = format!("a record is larger than {MAX_ROW_BYTES} bytes");
            return Err(fault(&self.file, "format-too-large", Some(self.start), reason));
        }
        if self.fields > self.limits.max_columns {
            let reason = format!("more than {} columns", self.limits.max_columns);
            return Err(fault(&self.file, "format-too-many-columns", Some(self.start), reason));
        }
        Ok(())
    }

    /// Skips blank lines and comments; false at the end.
    fn skip_blank(&mut self) -> Result<bool> {
        loop {
            let chunk = self.input.fill_buf().map_err(read_fault)?;
            match chunk.first() {
                None => return Ok(false),
                Some(&byte @ (b'\r' | b'\n')) => {
                    self.lines.count(&[byte]);
                    self.input.consume(1);
                }
                Some(byte) if Some(*byte) == self.comment => self.skip_line()?,
                Some(_) => return Ok(true),
            }
        }
    }

    /// Skips to the beginning of the next line.
    fn skip_line(&mut self) -> Result<()> {
        loop {
            let chunk = self.input.fill_buf().map_err(read_fault)?;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let count = end.map_or(chunk.len(), |end| end + 1);
            self.lines.count(chunk.get(..count).unwrap_or_default());
            self.input.consume(count);
            if end.is_some() || count == 0 {
                return Ok(());
            }
        }
    }
}

/// Counts lines that end with LF, CR LF or CR.
struct LineCounter {
    line: u64,
    last: u8,
}

impl LineCounter {
    fn count(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\r' || (byte == b'\n' && self.last != b'\r') {
                self.line += 1;
            }
            self.last = byte;
        }
    }
}

fn ascii(file: &str, setting: &str, character: char) -> Result<u8> {
    u8::try_from(character).ok().filter(u8::is_ascii).ok_or_else(|| {
        fault(file, "format-separator", None, format!("{setting} must be an ASCII character, not '{character}'"))
    })
}
