//! Lines whose columns stand at fixed places.

use std::path::Path;

use config::{Column, FixedField, FixedWidthFormat};

use super::{
    Limits, MarkKind, Note, RawBatch, Reader,
    csv::blank_rows,
    encoding::{Text, open_text},
    fault::fault,
    header::{Layout, locate},
    lines::{Line, next_line},
    rows::{Cell, Rows},
    skip::Skip,
};
use crate::Result;

/// Reads lines, one row each.
pub(super) struct FixedWidthReader {
    file: String,
    input: Text,
    fields: Vec<FixedField>,
    comment: Option<String>,
    line_length: usize,
    layout: Layout,
    skip: Option<Skip>,
    rows: Rows,
    line: u64,
    blank: u64,
    notes: Vec<Note>,
}

impl FixedWidthReader {
    pub(super) fn open(
        file: &str,
        path: &Path,
        format: &FixedWidthFormat,
        columns: &[Column],
        limits: Limits,
    ) -> Result<Self> {
        let names: Vec<String> = format.fields.iter().map(|field| field.name.clone()).collect();
        let end = format
            .fields
            .iter()
            .map(|field| field.start.saturating_sub(1).saturating_add(field.length))
            .max()
            .unwrap_or(0);
        let mut reader = Self {
            file: file.to_owned(),
            input: open_text(file, path, format.encoding.as_deref())?,
            fields: format.fields.clone(),
            comment: format.comment.clone().filter(|comment| !comment.is_empty()),
            line_length: format.line_length.unwrap_or(end) as usize,
            layout: locate(file, 1, &names, columns)?,
            skip: Skip::of((file, 1), &names, format.skip_rows.as_ref())?,
            rows: Rows::new(file, columns, limits),
            line: 0,
            blank: 0,
            notes: Vec::new(),
        };
        let mut text = Vec::new();
        for _ in 0..format.skip_lines {
            if next_line(&mut reader.input, &mut text)? == Line::End {
                return Err(fault(file, "format-empty", Some(reader.line), "the file has no rows"));
            }
            reader.line += 1;
        }
        Ok(reader)
    }

    /// Takes a line.
    fn take(&mut self, text: &str) -> Result<()> {
        if text.trim().is_empty() {
            self.blank += 1;
            return Ok(());
        }
        if self.comment.as_ref().is_some_and(|comment| text.starts_with(comment.as_str())) {
            return Ok(());
        }
        // Text beyond the last field may be what was cut off from it. Blanks at the end are not looked at.
        if text.chars().count() > self.line_length {
            return self.rows.push(self.line, &[Cell::Bad(MarkKind::Ragged)]);
        }
        let fields = &self.fields;
        let value = |at: usize| fields.get(at).map_or("", |field| part(text, field));
        if self.skip.as_mut().is_some_and(|skip| skip.skips(value)) {
            return Ok(());
        }
        let cells: Vec<Cell<'_>> =
            self.layout.positions.iter().map(|place| place.map_or(Cell::Null, |at| Cell::text(value(at)))).collect();
        self.rows.push(self.line, &cells)
    }
}

/// The characters of a field, without blanks around them.
fn part<'t>(text: &'t str, field: &FixedField) -> &'t str {
    let (skipped, length) = (field.start.saturating_sub(1) as usize, field.length as usize);
    if text.is_ascii() {
        let end = (skipped.saturating_add(length)).min(text.len());
        return text.get(skipped..end).unwrap_or_default().trim();
    }
    let Some((start, _)) = text.char_indices().nth(skipped) else { return "" };
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.char_indices().nth(length).map_or(rest.len(), |(end, _)| end);
    rest.get(..end).unwrap_or_default().trim()
}

impl Reader for FixedWidthReader {
    fn missing(&self) -> &[String] {
        &self.layout.missing
    }

    fn undeclared(&self) -> &[String] {
        &self.layout.undeclared
    }

    fn notes(&self) -> &[Note] {
        &self.notes
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        let mut text = Vec::new();
        while !self.rows.is_full() {
            match next_line(&mut self.input, &mut text)? {
                Line::End => {
                    if self.line == 0 {
                        return Err(fault(&self.file, "format-empty", None, "the file has no rows"));
                    }
                    self.notes.extend(blank_rows(std::mem::take(&mut self.blank)));
                    self.notes.extend(self.skip.take().and_then(|skip| skip.note()));
                    break;
                }
                Line::Whole => {
                    self.line += 1;
                    self.take(std::str::from_utf8(&text).unwrap_or_default())?;
                }
                Line::TooLong => {
                    self.line += 1;
                    self.rows.push(self.line, &[Cell::Bad(MarkKind::TooLong)])?;
                }
            }
        }
        self.rows.take()
    }
}
