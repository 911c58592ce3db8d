//! Workbooks (Office Open XML, ISO/IEC 29500): one sheet with a header row, written row by row by way of a temporary file.
//!
//! Texts and codes are cells of text, so that zeros in front stay and nothing that looks like a formula is run. Days are
//! cells of dates where the calendar of workbooks has them right (from 1900-03-01). Instants are texts in UTC, since a
//! workbook knows no time zones. Whole numbers and decimals with more digits than a workbook keeps (15) are texts.

use arrow::record_batch::RecordBatch;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::cells;
use crate::{
    Error, Result,
    table::{Cell, Cells},
    version::ColumnInfo,
};

/// Rows that a sheet has room for, below its header.
const MOST_ROWS: u32 = 1_048_575;
/// Columns that a sheet has room for.
const MOST_COLUMNS: usize = 16_384;
/// Characters that a cell has room for.
const MOST_CHARACTERS: usize = 32_767;
/// Digits that a number of a workbook keeps.
const MOST_DIGITS: u32 = 15;
/// The day 1970-01-01 in the calendar of workbooks.
const EPOCH: i32 = 25_569;
/// The first day from which on that calendar is right: it has a 29 February 1900.
const FIRST_DAY: i32 = 61;
/// The day behind the last one of that calendar, 10000-01-01.
const END_DAY: i32 = 2_958_466;
/// Characters wide that a column is.
const WIDTH: f64 = 16.0;

/// Writes rows to a workbook.
pub struct Xlsx {
    workbook: Workbook,
    columns: Vec<ColumnInfo>,
    day: Format,
    rows: u32,
    written: u64,
}

impl std::fmt::Debug for Xlsx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Xlsx").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Xlsx {
    /// A workbook with a header of these columns.
    ///
    /// # Errors
    /// `catalog-workbook` if there are more columns than a sheet has, or the temporary folder cannot be written.
    pub fn new(columns: &[ColumnInfo]) -> Result<Self> {
        if columns.len() > MOST_COLUMNS {
            return Err(Error::Workbook(format!("a sheet has room for {MOST_COLUMNS} columns")));
        }
        let mut workbook = Workbook::new();
        // The same rows make the same bytes.
        let made = ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
        let bold = Format::new().set_bold();
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_name("rows").map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (at, column) in (0_u16..).zip(columns) {
            sheet.set_column_width(at, WIDTH).map_err(failed)?;
            sheet.write_string_with_format(0, at, column.name.as_str(), &bold).map_err(failed)?;
        }
        let day = Format::new().set_num_format("yyyy-mm-dd");
        Ok(Self { workbook, columns: columns.to_vec(), day, rows: 0, written: 0 })
    }

    /// The rows of a batch; its columns are found by name.
    ///
    /// # Errors
    /// `catalog-workbook` if there is no room for a row or a text, `catalog-table` if a column is missing.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = self.columns.iter().map(|column| cells(batch, &column.name, column.crs()));
        let columns = columns.collect::<Result<Vec<Cells>>>()?;
        let sheet = self.workbook.worksheet_from_index(0).map_err(failed)?;
        for row in 0..batch.num_rows() {
            if self.rows >= MOST_ROWS {
                return Err(Error::Workbook(format!("a sheet has room for {MOST_ROWS} rows")));
            }
            self.rows += 1;
            for ((at, cells), column) in (0_u16..).zip(&columns).zip(&self.columns) {
                let Some(cell) = cells.get(row) else { continue };
                self.written += write(sheet, (self.rows, at), cell, &self.day).map_err(|error| match error {
                    Error::Workbook(why) => {
                        Error::Workbook(format!("row {}, column {}: {why}", self.rows, column.name))
                    }
                    error => error,
                })?;
            }
        }
        Ok(())
    }

    /// Bytes of text that were written, before they are packed.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Writes the workbook to a file.
    ///
    /// # Errors
    /// `catalog-workbook` if the file or the temporary folder cannot be written.
    pub fn finish(mut self, to: &std::path::Path) -> Result<()> {
        self.workbook.save(to).map_err(failed)
    }
}

fn failed(error: XlsxError) -> Error {
    match error {
        XlsxError::IoError(error) => Error::Io(error),
        error => Error::Workbook(error.to_string()),
    }
}

/// Writes a cell, and says about how many bytes it takes.
fn write(sheet: &mut Worksheet, (row, column): (u32, u16), cell: Cell<'_>, day: &Format) -> Result<u64> {
    let mut length = 32;
    if let Some(number) = number(cell) {
        match cell {
            Cell::Date(_) => sheet.write_number_with_format(row, column, number, day),
            _ => sheet.write_number(row, column, number),
        }
    } else if let Cell::Boolean(value) = cell {
        sheet.write_boolean(row, column, value)
    } else {
        let mut text = String::new();
        cell.write_text(&mut text);
        length += text.len() as u64;
        // What it counts in are UTF-16 units, of which there are never more than bytes.
        if text.len() > MOST_CHARACTERS && text.encode_utf16().count() > MOST_CHARACTERS {
            return Err(Error::Workbook(format!("a cell has room for {MOST_CHARACTERS} characters")));
        }
        sheet.write_string(row, column, text)
    }
    .map_err(failed)?;
    Ok(length)
}

/// A cell that a workbook keeps exactly as a number.
#[expect(clippy::cast_precision_loss, reason = "more digits than a float keeps are left to texts")]
fn number(cell: Cell<'_>) -> Option<f64> {
    let exact = |digits: u128| digits < 10_u128.pow(MOST_DIGITS);
    match cell {
        Cell::Integer(value) => exact(value.unsigned_abs().into()).then_some(value as f64),
        Cell::Number(value) => Some(value),
        // Read as text, a decimal becomes the nearest number, which is written with the same digits again.
        Cell::Decimal(value, _) if exact(value.unsigned_abs()) => {
            let mut text = String::new();
            cell.write_text(&mut text);
            text.parse().ok()
        }
        Cell::Date(days) => {
            let days = days.checked_add(EPOCH)?;
            (FIRST_DAY..END_DAY).contains(&days).then_some(f64::from(days))
        }
        Cell::Decimal(..) | Cell::Text(_) | Cell::Boolean(_) | Cell::Timestamp(_) | Cell::Geometry(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixture;

    #[test]
    fn what_a_workbook_would_round_stays_text() {
        assert_eq!(number(Cell::Integer(999_999_999_999_999)), Some(999_999_999_999_999.0));
        assert_eq!(number(Cell::Integer(1_000_000_000_000_000)), None);
        assert_eq!(number(Cell::Decimal(1095, 2)), Some(10.95));
        assert_eq!(number(Cell::Decimal(10_i128.pow(20), 2)), None);
        assert_eq!(number(Cell::Date(20_787)), Some(46_356.0), "2026-11-30");
        assert_eq!(number(Cell::Date(-25_509)), None, "1900-02-28");
        assert_eq!(number(Cell::Text("1")), None);
    }

    #[test]
    fn the_same_rows_make_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let written = |name: &str| {
            let mut book = Xlsx::new(&fixture::columns()).unwrap();
            book.write(&fixture::batch(0..7)).unwrap();
            book.write(&fixture::batch(7..9)).unwrap();
            assert!(book.written() > 9 * 32);
            book.finish(&folder.path().join(name)).unwrap();
            std::fs::read(folder.path().join(name)).unwrap()
        };
        let book = written("a.xlsx");
        assert!(book.starts_with(b"PK") && book == written("b.xlsx"));
    }

    #[test]
    fn what_has_no_room_is_told() {
        let mut book = Xlsx::new(&fixture::columns()).unwrap();
        book.rows = MOST_ROWS - 1;
        let error = book.write(&fixture::batch(0..2)).unwrap_err();
        assert_eq!((error.code(), error.to_string().contains("1048575 rows")), ("catalog-workbook", true), "{error}");
        let mut columns = fixture::columns();
        columns.truncate(1);
        let long: arrow::array::ArrayRef =
            std::sync::Arc::new(arrow::array::StringArray::from(vec!["å".repeat(MOST_CHARACTERS), "å".repeat(40_000)]));
        let batch = RecordBatch::try_from_iter([("kode", long)]).unwrap();
        let error = Xlsx::new(&columns).unwrap().write(&batch).unwrap_err().to_string();
        assert!(error.contains("row 2, column kode: a cell has room for 32767 characters"), "{error}");
    }
}
