//! JSON objects → rows of text.

use std::borrow::Cow;

use catalog::table::Geometry;
use config::{Column, ColumnType};
use serde::de::IgnoredAny;
use serde_json::{Value, value::RawValue};

use super::{
    Limits, MarkKind, RawBatch,
    fault::fault,
    paths::{Found, Paths},
    rows::{Cell, Rows, readable},
};
use crate::{Error, Result};

/// Where a row stands: `row` is what rejects name, `line` what errors name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Position of the object, or its line where each has its own.
    pub(super) row: u64,
    /// Line of the text.
    pub(super) line: u64,
}

/// Collects objects into batches.
pub(super) struct Objects {
    file: String,
    paths: Paths,
    names: Vec<String>,
    geometries: Vec<bool>,
    /// Columns that may hold a list or an object.
    nested: Vec<bool>,
    seen: Vec<bool>,
    missing: Vec<String>,
    undeclared: Vec<String>,
    max_columns: usize,
    max_cell_bytes: usize,
    rows: Rows,
}

impl Objects {
    /// Rows of the declared columns, found by their paths.
    pub(super) fn new(file: &str, paths: Paths, columns: &[Column], limits: Limits) -> Self {
        let names: Vec<String> = readable(columns).map(|column| column.name.as_str().to_owned()).collect();
        let geometries = readable(columns).map(|column| matches!(column.kind, ColumnType::Geometry { .. })).collect();
        Self {
            file: file.to_owned(),
            paths,
            geometries,
            nested: readable(columns).map(|column| column.nested).collect(),
            seen: vec![false; names.len()],
            missing: names.clone(),
            names,
            undeclared: Vec::new(),
            max_columns: limits.max_columns,
            max_cell_bytes: limits.max_cell_bytes,
            rows: Rows::new(file, columns, limits),
        }
    }

    /// Takes one object.
    pub(super) fn push(&mut self, place: Place, object: &[u8]) -> Result<()> {
        let json = |error: serde_json::Error| json_fault(&self.file, place.line, &error);
        let object = match std::str::from_utf8(object) {
            Ok(object) if object.starts_with('{') => object,
            _ => {
                serde_json::from_slice::<IgnoredAny>(object).map_err(json)?;
                return Err(fault(&self.file, "format-json", Some(place.line), "a row must be an object"));
            }
        };
        let mut found = vec![Found::default(); self.names.len()];
        let undeclared = &mut self.undeclared;
        let mut note = |name: &str| {
            if undeclared.len() <= self.max_columns && !undeclared.iter().any(|known| known == name) {
                undeclared.push(name.to_owned());
            }
        };
        self.paths.walk_object(object, &mut found, &mut note).map_err(json)?;
        if self.undeclared.len() > self.max_columns {
            let reason = format!("more than {} members", self.max_columns);
            return Err(fault(&self.file, "format-too-many-columns", Some(place.line), reason));
        }
        let mut cells = Vec::with_capacity(found.len());
        for (at, found) in found.iter().enumerate() {
            if let Some(seen) = self.seen.get_mut(at) {
                *seen |= found.there;
            }
            cells.push(self.cell(place, at, found.value())?);
        }
        self.rows.push(place.row, &cells)
    }

    /// Takes a row of which nothing can be used.
    pub(super) fn reject(&mut self, row: u64, kind: MarkKind) -> Result<()> {
        self.rows.push(row, &[Cell::Bad(kind)])
    }

    /// True if it is time to [`take`](Self::take).
    pub(super) fn is_full(&self) -> bool {
        self.rows.is_full()
    }

    /// The rows so far; `None` if there are none.
    pub(super) fn take(&mut self) -> Result<Option<RawBatch>> {
        let unseen = self.names.iter().zip(&self.seen).filter(|(_, seen)| !**seen);
        self.missing = unseen.map(|(name, _)| name.clone()).collect();
        self.rows.take()
    }

    /// Declared columns that no object had so far.
    pub(super) fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Members that are not declared.
    pub(super) fn undeclared(&self) -> &[String] {
        &self.undeclared
    }

    fn cell<'a>(&self, place: Place, at: usize, value: Option<&'a RawValue>) -> Result<Cell<'a>> {
        let Some(value) = value else { return Ok(Cell::Null) };
        if self.geometries.get(at).copied().unwrap_or_default() {
            return self.geometry(place, at, value);
        }
        let raw = value.get();
        Ok(match raw.as_bytes().first() {
            Some(b'"') => self.string(place, raw)?,
            Some(b'{' | b'[') if self.nested.get(at).copied().unwrap_or_default() => {
                self.bounded(Cow::Owned(compact(raw)))
            }
            Some(b'{' | b'[') => Cell::Nested,
            _ => Cell::text(raw),
        })
    }

    fn string<'a>(&self, place: Place, raw: &'a str) -> Result<Cell<'a>> {
        let text: Cow<'a, str> = match plain_string(raw) {
            Some(text) => Cow::Borrowed(text),
            None => serde_json::from_str(raw).map_err(|error| json_fault(&self.file, place.line, &error))?,
        };
        if text.bytes().any(may_control) && text.contains(is_control) {
            return Ok(Cell::Bad(MarkKind::Control));
        }
        Ok(self.bounded(text))
    }

    /// A text, if it is not too long for a cell: one such value must not keep the other rows back.
    fn bounded<'a>(&self, text: Cow<'a, str>) -> Cell<'a> {
        match text.len() {
            0 => Cell::Null,
            length if length > self.max_cell_bytes => Cell::Bad(MarkKind::TooLong),
            _ => Cell::Text(text),
        }
    }

    fn geometry<'a>(&self, place: Place, at: usize, value: &RawValue) -> Result<Cell<'a>> {
        let name = self.names.get(at).map_or("", String::as_str);
        let wrong = |code, reason: String| fault(&self.file, code, Some(place.line), reason);
        let value: Value =
            serde_json::from_str(value.get()).map_err(|error| json_fault(&self.file, place.line, &error))?;
        if let Some((x, y)) = outside(&value) {
            let reason = format!("'{name}' of row {} has the position {x}, {y}, which is no degrees", place.row);
            return Err(wrong("format-crs", reason));
        }
        match Geometry::from_geojson(&value) {
            Some(geometry) => Ok(Cell::Wkb(geometry.to_wkb())),
            None => Err(wrong("format-geometry", format!("'{name}' of row {} is no GeoJSON geometry", place.row))),
        }
    }
}

/// Whether a byte may begin a control character.
fn may_control(byte: u8) -> bool {
    byte < 0x20 || byte == 0x7f || byte == 0xc2
}

/// A character that no text for readers has.
fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r')
}

/// A JSON error with its line and column.
pub(super) fn json_fault(file: &str, line: u64, error: &serde_json::Error) -> Error {
    let line = line + (error.line() as u64).saturating_sub(1);
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default();
    fault(file, "format-json", Some(line), format!("column {}: {reason}", error.column()))
}

/// What is in a string that is written without escapes.
fn plain_string(raw: &str) -> Option<&str> {
    let text = raw.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\')).then_some(text)
}

/// JSON text without white space between its tokens; numbers keep their digits.
fn compact(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let (mut in_string, mut escaped) = (false, false);
    for character in raw.chars() {
        if !in_string && character.is_ascii_whitespace() {
            continue;
        }
        if character == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && character == '\\' && !escaped;
        out.push(character);
    }
    out
}

/// The first position of a geometry that cannot be longitude and latitude in degrees.
fn outside(geometry: &Value) -> Option<(f64, f64)> {
    if let Some(members) = geometry.get("geometries").and_then(Value::as_array) {
        return members.iter().find_map(outside);
    }
    outside_coordinates(geometry.get("coordinates")?)
}

fn outside_coordinates(coordinates: &Value) -> Option<(f64, f64)> {
    let items = coordinates.as_array()?;
    let number = |at: usize| items.get(at).and_then(Value::as_f64);
    if let (Some(x), Some(y)) = (number(0), number(1)) {
        return (x.abs() > 180.0 || y.abs() > 90.0).then_some((x, y));
    }
    items.iter().find_map(outside_coordinates)
}
