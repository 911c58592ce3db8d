//! CSV in two dialects. The plain one: RFC 4180, UTF-8 without byte order mark, comma, header line, CRLF. A missing value is nothing at all, an empty
//! text is `""`. Geometries are well-known text in the coordinate system of their column.
//! The one for spreadsheets set to Norwegian: semicolons, decimal commas and a byte order mark, else the same.
//!
//! A text that a spreadsheet would run as a formula gets an apostrophe before it, which spreadsheets hide: one that begins
//! with `=`, `@`, a tab or a carriage return, or with `+` and is no telephone number or other number. The other forms
//! have the text as it is. (OWASP, CSV Injection; `-` begins too many honest texts, and runs nothing by itself.)

use config::ColumnName;

use super::value::Row;
use crate::table::{Cell, Cells};

/// How values are separated and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Commas and decimal points.
    Plain,
    /// Semicolons, decimal commas, and a byte order mark.
    Norwegian,
}

impl Dialect {
    fn separator(self) -> char {
        match self {
            Self::Plain => ',',
            Self::Norwegian => ';',
        }
    }
}

/// The line of column names; none of them needs quotes.
pub(super) fn header(dialect: Dialect, columns: &[ColumnName], out: &mut Vec<u8>) {
    let names: Vec<&str> = columns.iter().map(ColumnName::as_str).collect();
    if dialect == Dialect::Norwegian {
        out.extend("\u{feff}".as_bytes());
    }
    out.extend(names.join(dialect.separator().encode_utf8(&mut [0; 4])).as_bytes());
    out.extend(b"\r\n");
}

/// One line of values.
pub(super) fn row(dialect: Dialect, columns: &[Cells], row: Row, out: &mut Vec<u8>) {
    let mut text = String::new();
    for (index, cells) in columns.iter().enumerate() {
        if index > 0 {
            out.extend(dialect.separator().encode_utf8(&mut [0; 4]).as_bytes());
        }
        text.clear();
        match cells.get(row) {
            // A line without anything would be passed over by many readers.
            None if columns.len() == 1 => out.extend(b"\"\""),
            None => {}
            Some(cell) => {
                cell.write_text(&mut text);
                let decimal = matches!(cell, Cell::Number(_) | Cell::Decimal(..));
                if decimal && dialect == Dialect::Norwegian {
                    text = text.replace('.', ",");
                }
                field(&text, matches!(cell, Cell::Text(_) | Cell::Geometry(..)), dialect.separator(), out);
            }
        }
    }
    out.extend(b"\r\n");
}

fn field(text: &str, free: bool, separator: char, out: &mut Vec<u8>) {
    let runs = free && is_formula(text);
    if !free || !(text.is_empty() || text.contains([separator, '"', '\r', '\n'])) {
        out.extend(runs.then_some(b'\''));
        out.extend(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend(runs.then_some(b'\''));
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// True if a spreadsheet would run a text.
fn is_formula(text: &str) -> bool {
    match text.as_bytes().split_first() {
        Some((b'=' | b'@' | b'\t' | b'\r', _)) => true,
        Some((b'+', rest)) => {
            !rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b' ' | b'.' | b',' | b'-' | b'(' | b')'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringArray};

    use super::*;

    fn lines(columns: &[Vec<Option<&str>>]) -> String {
        let cells: Vec<Cells> = columns
            .iter()
            .map(|texts| Cells::new(&(Arc::new(StringArray::from(texts.clone())) as ArrayRef)).unwrap())
            .collect();
        let mut out = Vec::new();
        (0..columns[0].len()).for_each(|index| row(Dialect::Plain, &cells, index, &mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quotes_only_where_needed() {
        let texts = vec![Some("a,b"), Some("to\nlinjer"), Some("\"sitat\""), Some("a=1+1"), Some(""), None];
        assert_eq!(
            lines(&[texts, vec![Some("x"); 6]]),
            "\"a,b\",x\r\n\"to\nlinjer\",x\r\n\"\"\"sitat\"\"\",x\r\na=1+1,x\r\n\"\",x\r\n,x\r\n"
        );
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        let texts = ["=1+1", "@SUM(1)", "+cmd|' /C calc'!A0", "\tx", "=\"a\",b", "+47 22 33 44 55", "-1", "- a", "a@b"];
        assert_eq!(
            lines(&[texts.map(Some).into()]),
            "'=1+1\r\n'@SUM(1)\r\n'+cmd|' /C calc'!A0\r\n'\tx\r\n\"'=\"\"a\"\",b\"\r\n+47 22 33 44 55\r\n-1\r\n- a\r\na@b\r\n"
        );
    }

    #[test]
    fn a_lone_missing_value_is_no_empty_line() {
        assert_eq!(lines(&[vec![None, Some("a")]]), "\"\"\r\na\r\n");
    }
}
