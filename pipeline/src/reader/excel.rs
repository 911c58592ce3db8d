//! Workbooks, cell by cell: a sheet's header row and the rows below it.
//!
//! The sheet is read when it is opened, since the workbook libraries lend their cells; a limit holds its size.

use std::{borrow::Cow, collections::VecDeque};

use catalog::crs::Crs;
use config::{CellRange, Column, ExcelFormat};

use super::{
    Input, Limits, MAX_ROW_BYTES, Note, RawBatch, Reader,
    csv::blank_rows,
    fault::fault,
    flaw::Notes,
    header::{Layout, locate},
    points::Points,
    rows::{Cell, Rows, is_blank},
    sheet::Text,
    skip::Skip,
    workbook,
};
use crate::Result;

/// Most bytes of text that a sheet may hold.
const MAX_TEXT_BYTES: usize = 512 << 20;

/// Reads a sheet.
pub(super) struct ExcelReader {
    layout: Layout,
    batches: VecDeque<RawBatch>,
    notes: Vec<Note>,
    crs: Option<Crs>,
}

impl ExcelReader {
    pub(super) fn open(input: Input<'_>, format: &ExcelFormat, columns: &[Column], limits: Limits) -> Result<Self> {
        let file = input.name;
        let mut sheet = Sheet {
            file,
            columns,
            limits,
            format,
            range: format.range.as_deref().and_then(CellRange::parse),
            header: Vec::new(),
            skip: None,
            blank: 0,
            row: 0,
            cells: Vec::new(),
            layout: None,
            points: Points::new(file, columns)?,
            notes: Notes::default(),
            rows: Rows::new(file, columns, limits),
            batches: VecDeque::new(),
            row_bytes: 0,
            bytes: 0,
        };
        workbook::cells(input, format.sheet.as_deref(), limits, &mut |cell| sheet.take(cell))?;
        sheet.end_row()?;
        sheet.batches.extend(sheet.rows.take()?);
        sheet.notes.0.extend(sheet.skip.as_ref().and_then(Skip::note));
        sheet.notes.0.extend(blank_rows(sheet.blank));
        let Some(layout) = sheet.layout else {
            let (code, reason) = match format.header_row {
                Some(row) => ("format-empty", format!("the sheet has no header in row {row}")),
                None => (
                    "format-no-header",
                    format!("no name of a declared column stands in the first {SEARCHED} rows of the sheet"),
                ),
            };
            return Err(fault(file, code, None, reason));
        };
        Ok(Self { layout, batches: sheet.batches, notes: sheet.notes.0, crs: sheet.points.crs() })
    }
}

impl Reader for ExcelReader {
    fn missing(&self) -> &[String] {
        &self.layout.missing
    }

    fn undeclared(&self) -> &[String] {
        &self.layout.undeclared
    }

    fn notes(&self) -> &[Note] {
        &self.notes
    }

    fn crs(&self) -> Option<Crs> {
        self.crs
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        Ok(self.batches.pop_front())
    }
}

/// The names of a header of several rows: those of one column joined, a name above also standing for the empty cells
/// behind it, as merged cells are stored.
pub(super) fn joined(rows: &[Vec<String>]) -> Vec<String> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let Some((last, above)) = rows.split_last() else { return Vec::new() };
    let mut names = vec![String::new(); width];
    for row in above {
        let mut carried = "";
        for (at, name) in names.iter_mut().enumerate() {
            carried = row.get(at).map(String::as_str).filter(|text| !text.is_empty()).unwrap_or(carried);
            push_name(name, carried);
        }
    }
    for (at, name) in names.iter_mut().enumerate() {
        push_name(name, last.get(at).map_or("", String::as_str));
    }
    names
}

fn push_name(name: &mut String, part: &str) {
    if !name.is_empty() && !part.is_empty() {
        name.push_str(" / ");
    }
    name.push_str(part);
}

/// A number with the decimal character that numbers in texts have, so that both are read alike.
fn written(cell: &Text, decimal: char) -> Text {
    let value = cell.value.replace('.', decimal.encode_utf8(&mut [0; 4]));
    Text { value: value.into(), ..cell.clone() }
}

/// Rows in which a header is looked for.
const SEARCHED: u32 = 50;

/// A sheet on its way into batches.
struct Sheet<'a> {
    file: &'a str,
    columns: &'a [Column],
    limits: Limits,
    format: &'a ExcelFormat,
    range: Option<CellRange>,
    /// The rows of the header so far.
    header: Vec<Vec<String>>,
    skip: Option<Skip>,
    /// Rows of the table without a value, with more rows behind them.
    blank: u64,
    /// The row that is being collected, from 0.
    row: u32,
    cells: Vec<Option<Text>>,
    row_bytes: usize,
    layout: Option<Layout>,
    points: Points,
    notes: Notes,
    rows: Rows,
    batches: VecDeque<RawBatch>,
    bytes: usize,
}

impl Sheet<'_> {
    fn take(&mut self, cell: Text) -> Result<()> {
        let row = cell.row;
        if self.range.is_some_and(|range| !range.has(row, cell.column)) {
            return Ok(());
        }
        if row < self.row {
            return Err(self.fault("format-workbook", "the rows of the sheet are out of order".to_owned()));
        }
        if row > self.row {
            self.end_row()?;
            if self.layout.is_some() {
                self.blank += u64::from(row - self.row - 1);
            }
            self.row = row;
        }
        let (column, bytes) = (cell.column as usize, cell.value.len());
        if column >= self.limits.max_columns {
            let reason = format!("a value in column {}, more than {}", column + 1, self.limits.max_columns);
            return Err(self.fault("format-too-many-columns", reason));
        }
        if bytes > self.limits.max_cell_bytes {
            let reason = format!("a value is longer than {} bytes", self.limits.max_cell_bytes);
            return Err(self.fault("format-cell-too-long", reason));
        }
        self.row_bytes += bytes;
        if self.row_bytes > MAX_ROW_BYTES {
            return Err(self.fault("format-too-large", format!("a row is larger than {MAX_ROW_BYTES} bytes")));
        }
        self.bytes += bytes;
        if self.bytes > MAX_TEXT_BYTES {
            return Err(self.fault("format-too-large", format!("more than {MAX_TEXT_BYTES} bytes of text")));
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, None);
        }
        let cell = if cell.number && self.format.decimal != '.' { written(&cell, self.format.decimal) } else { cell };
        if let Some(place) = self.cells.get_mut(column) {
            *place = Some(cell);
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        let line = u64::from(self.row) + 1;
        if self.layout.is_none() {
            self.end_header(line)?;
        } else if let Some(layout) = &self.layout {
            let cell = |position: &Option<usize>| match position.and_then(|at| self.cells.get(at)?.as_ref()) {
                Some(cell) if cell.error => Cell::Error(Cow::Borrowed(&*cell.value)),
                Some(cell) => Cell::text(&cell.value),
                None => Cell::Null,
            };
            let text = |place: Option<usize>| match place.and_then(|at| self.cells.get(at)?.as_ref()) {
                Some(cell) if !cell.error => &*cell.value,
                _ => "",
            };
            let left_out = self.skip.as_mut().is_some_and(|skip| skip.skips(|at| text(Some(at))));
            let mut cells: Vec<Cell<'_>> = Vec::with_capacity(layout.positions.len());
            for (at, (position, point)) in layout.positions.iter().zip(&layout.points).enumerate() {
                cells.push(match point {
                    Some(places) => self.points.point((at, line), places.map(text), &mut self.notes),
                    None if self.points.is_text(at) => self.points.text((at, line), text(*position), &mut self.notes),
                    None => cell(position),
                });
            }
            if !is_blank(&cells) && !left_out {
                self.rows.push(line, &cells)?;
            }
        }
        self.cells.clear();
        self.row_bytes = 0;
        if self.rows.is_full() {
            self.batches.extend(self.rows.take()?);
        }
        Ok(())
    }

    /// Takes a row of the header, where it is one; behind the last one the columns are known.
    fn end_header(&mut self, line: u64) -> Result<()> {
        let text = |cell: &Option<Text>| cell.as_ref().map_or_else(String::new, |cell| cell.value.trim().to_owned());
        let names: Vec<String> = self.cells.iter().map(text).collect();
        let begins = match self.format.header_row {
            Some(row) => self.row == row.max(1) - 1,
            None => self.row < SEARCHED && self.is_header(&names),
        };
        if self.header.is_empty() && (!begins || names.is_empty()) {
            return Ok(());
        }
        self.header.push(names);
        if self.header.len() < self.format.header_rows.max(1) as usize {
            return Ok(());
        }
        let header = joined(&self.header);
        self.layout = Some(locate(self.file, line, &header, self.columns)?);
        self.skip = Skip::of((self.file, line), &header, self.format.skip_rows.as_ref())?;
        Ok(())
    }

    /// Whether the name of a declared column stands in a row, or in a header of several rows behind others.
    fn is_header(&self, names: &[String]) -> bool {
        let several = self.format.header_rows > 1;
        let known = |name: &str, wanted: &str| {
            name == wanted || (several && wanted.strip_prefix(name).is_some_and(|rest| rest.starts_with(" / ")))
        };
        let mut wanted = self.columns.iter().flat_map(Column::reads).map(str::trim);
        wanted.any(|wanted| names.iter().any(|name| !name.is_empty() && known(name, wanted)))
    }

    fn fault(&self, code: &'static str, reason: String) -> crate::Error {
        fault(self.file, code, Some(u64::from(self.row) + 1), reason)
    }
}
