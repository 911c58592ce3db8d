//! CSV: RFC 4180, UTF-8 without byte order mark, comma, header line, CRLF. A missing value is nothing at all, an empty
//! text is `""`. Geometries are well-known text in the coordinate system of their column.
//!
//! Values that begin with `=`, `+`, `-`, `@`, a tab or a carriage return are written unchanged, for the data's sake;
//! a spreadsheet may take them for formulas.

use config::ColumnName;

use super::value::Row;
use crate::table::{Cell, Cells};

/// The line of column names; none of them needs quotes.
pub(super) fn header(columns: &[ColumnName], out: &mut Vec<u8>) {
    let names: Vec<&str> = columns.iter().map(ColumnName::as_str).collect();
    out.extend(names.join(",").as_bytes());
    out.extend(b"\r\n");
}

/// One line of values.
pub(super) fn row(columns: &[Cells], row: Row, out: &mut Vec<u8>) {
    let mut text = String::new();
    for (index, cells) in columns.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        text.clear();
        match cells.get(row) {
            // A line without anything would be passed over by many readers.
            None if columns.len() == 1 => out.extend(b"\"\""),
            None => {}
            Some(cell) => {
                cell.write_text(&mut text);
                field(&text, matches!(cell, Cell::Text(_) | Cell::Geometry(..)), out);
            }
        }
    }
    out.extend(b"\r\n");
}

fn field(text: &str, free: bool, out: &mut Vec<u8>) {
    if !free || !(text.is_empty() || text.contains([',', '"', '\r', '\n'])) {
        out.extend(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
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
        (0..columns[0].len()).for_each(|index| row(&cells, index, &mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quotes_only_where_needed() {
        let texts = vec![Some("a,b"), Some("to\nlinjer"), Some("\"sitat\""), Some("=1+1"), Some(""), None];
        assert_eq!(
            lines(&[texts, vec![Some("x"); 6]]),
            "\"a,b\",x\r\n\"to\nlinjer\",x\r\n\"\"\"sitat\"\"\",x\r\n=1+1,x\r\n\"\",x\r\n,x\r\n"
        );
    }

    #[test]
    fn a_lone_missing_value_is_no_empty_line() {
        assert_eq!(lines(&[vec![None, Some("a")]]), "\"\"\r\na\r\n");
    }
}
