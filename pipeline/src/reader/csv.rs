//! Separated text.
//!
//! Split by `csv-core`, the state machine of the crate `csv`: the crate itself counts the lines of blank lines and
//! comments to the next row and reads an unclosed quote into memory to the end of the file.

pub(super) mod records;

use std::path::Path;

use catalog::crs::Crs;
use config::{Column, CsvFormat, Ragged};

use self::records::Records;
use super::{
    Limits, MarkKind, Note, RawBatch, Reader,
    encoding::open_text,
    fault::fault,
    flaw::Notes,
    header::{Layout, locate, numbered},
    points::Points,
    rows::{Cell, Rows},
    skip::Skip,
};
use crate::Result;

/// Reads separated text, row by row.
pub(super) struct CsvReader {
    file: String,
    records: Records,
    layout: Layout,
    points: Points,
    width: usize,
    trailing_separator: bool,
    ragged: Ragged,
    skip: Option<Skip>,
    rows: Rows,
    /// The first record, where it is a row.
    pending: bool,
    /// Rows of nothing but separators and white space.
    blank: u64,
    /// What is told.
    notes: Notes,
}

impl CsvReader {
    pub(super) fn open(
        file: &str,
        path: &Path,
        format: &CsvFormat,
        columns: &[Column],
        limits: Limits,
    ) -> Result<Self> {
        let text = open_text(file, path, format.encoding.as_deref())?;
        let mut records = Records::new(file, text, format, limits)?;
        if !records.advance()? {
            return Err(fault(file, "format-empty", None, "the file has no rows"));
        }
        let mut first: Vec<String> = (0..records.len()).map(|at| records.field(at).to_owned()).collect();
        if format.trailing_separator && first.last().is_some_and(|name| name.trim().is_empty()) {
            first.pop();
        }
        let width = first.len();
        check_width(file, records.line(), format, width, columns)?;
        let header = if format.header { first } else { numbered(width) };
        let layout = locate(file, records.line(), &header, columns)?;
        let skip = Skip::of((file, records.line()), &header, format.skip_rows.as_ref())?;
        let points = Points::new(file, columns)?;
        let rows = Rows::new(file, columns, limits);
        let trailing_separator = format.trailing_separator;
        let (file, pending) = (file.to_owned(), !format.header);
        Ok(Self {
            file,
            records,
            layout,
            points,
            width,
            trailing_separator,
            ragged: format.ragged,
            skip,
            rows,
            pending,
            blank: 0,
            notes: Notes::default(),
        })
    }

    /// Takes the record that stands ready.
    fn take(&mut self) -> Result<()> {
        let found = self.records.len();
        let line = self.records.line();
        if found == 1 && self.records.field(0).trim().is_empty() && self.width > 1 {
            self.blank += 1;
            return Ok(());
        }
        let trailing = self.trailing_separator && found == self.width + 1 && self.records.field(self.width).is_empty();
        let short = found < self.width && self.ragged == Ragged::Pad;
        if found != self.width && !trailing && !short {
            if self.ragged != Ragged::Refuse {
                return self.rows.push(line, &[Cell::Bad(MarkKind::Ragged)]);
            }
            let reason = format!("{found} fields where there should be {}", self.width);
            return Err(fault(&self.file, "format-ragged", Some(line), reason));
        }
        if (0..found).all(|at| self.records.field(at).trim().is_empty()) {
            self.blank += 1;
            return Ok(());
        }
        let records = &self.records;
        if self.skip.as_mut().is_some_and(|skip| skip.skips(|at| records.field(at))) {
            return Ok(());
        }
        let (points, notes) = (&mut self.points, &mut self.notes);
        let mut cells = Vec::with_capacity(self.layout.positions.len());
        for (at, (position, point)) in self.layout.positions.iter().zip(&self.layout.points).enumerate() {
            cells.push(match (position, point) {
                (_, Some(places)) => {
                    points.point((at, line), places.map(|place| place.map_or("", |place| records.field(place))), notes)
                }
                (Some(place), None) if points.is_text(at) => points.text((at, line), records.field(*place), notes),
                (Some(place), None) => Cell::text(records.field(*place)),
                (None, None) => Cell::Null,
            });
        }
        self.rows.push(line, &cells)
    }
}

impl Reader for CsvReader {
    fn missing(&self) -> &[String] {
        &self.layout.missing
    }

    fn undeclared(&self) -> &[String] {
        &self.layout.undeclared
    }

    fn notes(&self) -> &[Note] {
        &self.notes.0
    }

    fn crs(&self) -> Option<Crs> {
        self.points.crs()
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        while !self.rows.is_full() {
            if !std::mem::take(&mut self.pending) && !self.records.advance()? {
                self.notes.0.extend(blank_rows(std::mem::take(&mut self.blank)));
                self.notes.0.extend(self.skip.take().and_then(|skip| skip.note()));
                break;
            }
            self.take()?;
        }
        self.rows.take()
    }
}

/// Nobody should have to wonder where rows went.
pub(super) fn blank_rows(count: u64) -> Option<Note> {
    let message = match count {
        0 => return None,
        1 => "1 blank row was skipped".to_owned(),
        _ => format!("{count} blank rows were skipped"),
    };
    Some(Note::info("shape-blank-rows", message, count))
}

/// Refuses a file with more or fewer columns than it should have. A file without a header that is wider than what is
/// read from it may have a new column anywhere, and every value under the wrong name.
fn check_width(file: &str, line: u64, format: &CsvFormat, width: usize, columns: &[Column]) -> Result<()> {
    let number = |name: &str| name.trim().parse::<usize>().ok();
    let read = columns.iter().flat_map(Column::reads).filter_map(number).max().unwrap_or(0);
    let wanted = match format.columns {
        Some(wanted) => wanted as usize,
        None if format.header || width <= read => return Ok(()),
        None => read,
    };
    if width == wanted {
        return Ok(());
    }
    let reason = format!("{width} columns where there should be {wanted}");
    Err(fault(file, "format-column-count", Some(line), reason))
}
