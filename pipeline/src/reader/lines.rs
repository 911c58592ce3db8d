//! Lines of bounded length.

use std::io::{BufRead, Read};

use super::{fault::read_fault, scanner::MAX_VALUE_BYTES};
use crate::Result;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// There is none.
    End,
    /// All of it was read.
    Whole,
    /// It is too long, and was passed over.
    TooLong,
}

/// Reads the next line, without white space around it; one that is too long is passed over in bounded memory.
pub(super) fn next_line(input: &mut impl BufRead, text: &mut Vec<u8>) -> Result<Line> {
    text.clear();
    let most = MAX_VALUE_BYTES as u64 + 1;
    if input.take(most).read_until(b'\n', text).map_err(read_fault)? == 0 {
        return Ok(Line::End);
    }
    if text.len() <= MAX_VALUE_BYTES {
        // A message about what breaks off names the end of the text, not the beginning of the next line.
        text.truncate(text.trim_ascii_end().len());
        return Ok(Line::Whole);
    }
    while text.last() != Some(&b'\n') {
        text.clear();
        if input.take(1 << 16).read_until(b'\n', text).map_err(read_fault)? == 0 {
            break;
        }
    }
    text.clear();
    Ok(Line::TooLong)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn lines_end_and_long_ones_are_passed_over() {
        let long = "x".repeat(MAX_VALUE_BYTES + 100_000);
        let mut input = Cursor::new(format!("a \r\n{long}\nb\n{long}"));
        let mut text = Vec::new();
        let mut next = || (next_line(&mut input, &mut text).unwrap(), String::from_utf8(text.clone()).unwrap());
        assert_eq!(next(), (Line::Whole, "a".to_owned()));
        assert_eq!(next().0, Line::TooLong);
        assert_eq!(next(), (Line::Whole, "b".to_owned()));
        assert_eq!((next().0, next().0), (Line::TooLong, Line::End));
    }
}
