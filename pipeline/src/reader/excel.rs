//! Workbooks, cell by cell: a sheet's header row and the rows below it.
//!
//! The sheet is read when it is opened, since the workbook libraries lend their cells; a limit holds its size.

use std::{borrow::Cow, collections::VecDeque};

use catalog::crs::Crs;
use config::{Column, ExcelFormat};

use super::{
    Input, Limits, MAX_ROW_BYTES, Note, RawBatch, Reader,
    fault::fault,
    flaw::Notes,
    header::{Layout, locate},
    points::Points,
    rows::{Cell, Rows, is_blank},
    sheet::Text,
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
            header_row: format.header_row.unwrap_or(1).max(1) - 1,
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
        let Some(layout) = sheet.layout else {
            let reason = format!("the sheet has no header in row {}", sheet.header_row + 1);
            return Err(fault(file, "format-empty", None, reason));
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

/// A sheet on its way into batches.
struct Sheet<'a> {
    file: &'a str,
    columns: &'a [Column],
    limits: Limits,
    /// From 0.
    header_row: u32,
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
        if row < self.row {
            return Err(self.fault("format-workbook", "the rows of the sheet are out of order".to_owned()));
        }
        if row > self.row {
            self.end_row()?;
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
        if let Some(place) = self.cells.get_mut(column) {
            *place = Some(cell);
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        let line = u64::from(self.row) + 1;
        if self.row == self.header_row && !self.cells.is_empty() {
            let text = |cell: &Option<Text>| cell.as_ref().map_or_else(String::new, |cell| cell.value.to_string());
            let header: Vec<String> = self.cells.iter().map(text).collect();
            self.layout = Some(locate(self.file, line, &header, self.columns)?);
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
            let mut cells: Vec<Cell<'_>> = Vec::with_capacity(layout.positions.len());
            for (at, (position, point)) in layout.positions.iter().zip(&layout.points).enumerate() {
                cells.push(match point {
                    Some(places) => self.points.point((at, line), places.map(text), &mut self.notes),
                    None if self.points.is_text(at) => self.points.text((at, line), text(*position), &mut self.notes),
                    None => cell(position),
                });
            }
            if !is_blank(&cells) {
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

    fn fault(&self, code: &'static str, reason: String) -> crate::Error {
        fault(self.file, code, Some(u64::from(self.row) + 1), reason)
    }
}
