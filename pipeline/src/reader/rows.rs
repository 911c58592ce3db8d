//! Rows of text on their way into Arrow record batches.

use std::{borrow::Cow, sync::Arc};

use arrow::{
    array::{ArrayBuilder, ArrayRef, BinaryBuilder, StringBuilder},
    datatypes::{DataType, Field, Schema, SchemaRef},
    record_batch::{RecordBatch, RecordBatchOptions},
};
use config::{Column, ColumnType, PrivacyClass};

use super::{Limits, Mark, MarkKind, RawBatch, fault::fault};
use crate::{Error, Result};

/// A batch is handed on when its values reach this size, in bytes.
const BATCH_BYTES: usize = 64 << 20;

/// One value of a row.
#[derive(Debug, Clone, Default)]
pub(super) enum Cell<'a> {
    /// No value.
    #[default]
    Null,
    /// Text.
    Text(Cow<'a, str>),
    /// A geometry as ISO WKB.
    Wkb(Vec<u8>),
    /// A list or an object that nobody asked for.
    Nested,
    /// The name of an error.
    Error(Cow<'a, str>),
    /// A value for which the row is rejected.
    Bad(MarkKind),
}

impl<'a> Cell<'a> {
    /// Text; an empty one is no value.
    pub(super) fn text(text: &'a str) -> Self {
        if text.is_empty() { Self::Null } else { Self::Text(Cow::Borrowed(text)) }
    }

    fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            Self::Wkb(_) | Self::Nested | Self::Error(_) | Self::Bad(_) => false,
        }
    }
}

/// True if no cell holds anything but white space.
pub(super) fn is_blank(cells: &[Cell<'_>]) -> bool {
    cells.iter().all(Cell::is_blank)
}

/// The columns that may be read.
pub(super) fn readable(columns: &[Column]) -> impl Iterator<Item = &Column> {
    columns.iter().filter(|column| column.class != PrivacyClass::Secret)
}

#[derive(Debug)]
enum Builder {
    Text(StringBuilder),
    Geometry(BinaryBuilder),
}

/// Collects rows into batches.
#[derive(Debug)]
pub(super) struct Rows {
    file: String,
    limits: Limits,
    schema: SchemaRef,
    builders: Vec<Builder>,
    lines: Vec<u64>,
    marks: Vec<Mark>,
    bytes: usize,
}

impl Rows {
    /// No rows yet, of the columns that may be read.
    pub(super) fn new(file: &str, columns: &[Column], limits: Limits) -> Self {
        let mut fields = Vec::new();
        let mut builders = Vec::new();
        for column in readable(columns) {
            let geometry = matches!(column.kind, ColumnType::Geometry { .. });
            let kind = if geometry { DataType::Binary } else { DataType::Utf8 };
            fields.push(Field::new(column.name.as_str(), kind, true));
            builders.push(if geometry {
                Builder::Geometry(BinaryBuilder::new())
            } else {
                Builder::Text(StringBuilder::new())
            });
        }
        let schema = Arc::new(Schema::new(fields));
        Self { file: file.to_owned(), limits, schema, builders, lines: Vec::new(), marks: Vec::new(), bytes: 0 }
    }

    /// Takes a row: one cell for each column that may be read, in order.
    pub(super) fn push(&mut self, line: u64, cells: &[Cell<'_>]) -> Result<()> {
        for at in 0..self.builders.len() {
            self.put(line, at, cells.get(at).unwrap_or(&Cell::Null))?;
        }
        self.end(line);
        Ok(())
    }

    /// Ends a row of which every cell was [`put`](Self::put).
    pub(super) fn end(&mut self, line: u64) {
        self.lines.push(line);
    }

    /// Takes the next cell of a row if it is a text of a column of texts, and neither empty nor too long.
    pub(super) fn put_text(&mut self, at: usize, text: &str) -> bool {
        match self.builders.get_mut(at) {
            Some(Builder::Text(builder)) if (1..=self.limits.max_cell_bytes).contains(&text.len()) => {
                builder.append_value(text);
                self.bytes += text.len();
                true
            }
            _ => false,
        }
    }

    /// Takes the next cell of a row; `at` is its column.
    pub(super) fn put(&mut self, line: u64, at: usize, cell: &Cell<'_>) -> Result<()> {
        let kind = match cell {
            Cell::Nested => Some(MarkKind::Nested),
            Cell::Error(_) => Some(MarkKind::Error),
            Cell::Bad(kind) => Some(*kind),
            Cell::Null | Cell::Text(_) | Cell::Wkb(_) => None,
        };
        self.marks.extend(kind.map(|kind| Mark { row: self.lines.len(), column: at, kind }));
        self.bytes += match (self.builders.get_mut(at), cell) {
            (Some(Builder::Text(builder)), Cell::Text(text) | Cell::Error(text))
                if text.len() <= self.limits.max_cell_bytes =>
            {
                builder.append_value(text);
                text.len()
            }
            (Some(Builder::Geometry(builder)), Cell::Wkb(wkb)) => {
                builder.append_value(wkb);
                wkb.len()
            }
            (Some(Builder::Text(builder)), Cell::Null | Cell::Nested | Cell::Bad(_)) => {
                builder.append_null();
                0
            }
            (Some(Builder::Geometry(builder)), Cell::Null | Cell::Nested | Cell::Error(_) | Cell::Bad(_)) => {
                builder.append_null();
                0
            }
            (Some(Builder::Text(_)), _) => return Err(self.too_long(line, at)),
            (Some(Builder::Geometry(_)), Cell::Text(_)) => {
                let reason = format!("column '{}' is a geometry, but the source has text there", self.name(at));
                return Err(fault(&self.file, "format-geometry", Some(line), reason));
            }
            (None, _) => 0,
        };
        Ok(())
    }

    /// True if it is time to [`take`](Self::take).
    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= self.limits.batch_rows.max(1) || self.bytes >= BATCH_BYTES
    }

    /// The rows so far; `None` if there are none.
    pub(super) fn take(&mut self) -> Result<Option<RawBatch>> {
        if self.lines.is_empty() {
            return Ok(None);
        }
        let arrays = self.builders.iter_mut().map(|builder| match builder {
            // The next batch is about as large: its room is taken at once.
            Builder::Text(builder) => {
                let next = StringBuilder::with_capacity(builder.len(), room(builder.values_slice()));
                Arc::new(std::mem::replace(builder, next).finish()) as ArrayRef
            }
            Builder::Geometry(builder) => {
                let next = BinaryBuilder::with_capacity(builder.len(), room(builder.values_slice()));
                Arc::new(std::mem::replace(builder, next).finish()) as ArrayRef
            }
        });
        let arrays = arrays.collect();
        let lines = std::mem::take(&mut self.lines);
        self.bytes = 0;
        let options = RecordBatchOptions::new().with_row_count(Some(lines.len()));
        let rows = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Some(RawBatch { rows, lines, marks: std::mem::take(&mut self.marks) }))
    }

    fn name(&self, at: usize) -> &str {
        self.schema.fields().get(at).map_or("", |field| field.name().as_str())
    }

    fn too_long(&self, line: u64, at: usize) -> Error {
        let reason = format!("a value of '{}' is longer than {} bytes", self.name(at), self.limits.max_cell_bytes);
        fault(&self.file, "format-cell-too-long", Some(line), reason)
    }
}

/// Bytes for values like those of the last batch, and a few more.
fn room(last: &[u8]) -> usize {
    last.len() + last.len() / 16
}
