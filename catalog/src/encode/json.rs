//! JSON objects, one a line.

use config::ColumnName;

use super::value::{self, Row};
use crate::table::Cells;

/// One row as an object and a line feed.
pub(super) fn line(names: &[ColumnName], columns: &[Cells], row: Row, out: &mut Vec<u8>) {
    object(names.iter().map(ColumnName::as_str).zip(columns), row, out);
    out.push(b'\n');
}

/// One row as an object.
pub(super) fn object<'a>(columns: impl Iterator<Item = (&'a str, &'a Cells)>, row: Row, out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, (name, cells)) in columns.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        value::string(name, out);
        out.push(b':');
        value::json(cells.get(row), out);
    }
    out.push(b'}');
}
