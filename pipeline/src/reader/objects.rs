//! JSON objects → rows of text.

use std::borrow::Cow;

use catalog::{crs::Crs, table::Geometry};
use config::{Column, ColumnType};
use jiff::Timestamp;
use memchr::memchr2;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{
    Limits, MarkKind, Note, RawBatch,
    arcgis::EsriForm,
    fault::fault,
    flaw::Notes,
    json_text::{Form, JsonText},
    paths::{Found, Paths},
    points::Points,
    rows::{Cell, Rows, readable},
    scanner::MAX_DEPTH,
    shape::{
        place::{Misplaced, Placer},
        system::System,
    },
    walk::{Flaw, walk},
};
use crate::{Error, Result};

/// Numbers of a position that `GeoJSON` knows.
const MAX_DIMENSIONS: usize = 3;

/// How geometries are written.
pub(super) enum Shapes {
    /// As `GeoJSON`: in degrees, or in a system that the document names.
    Geojson(Option<System>),
    /// As an `ArcGIS` server writes them.
    Esri(EsriForm),
}

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
    points: Points,
    names: Vec<String>,
    geometries: Vec<bool>,
    /// Columns that may hold a list or an object.
    nested: Vec<bool>,
    /// Columns whose numbers are instants, in milliseconds since 1970, and days among them.
    instants: Vec<bool>,
    days: Vec<bool>,
    shapes: Shapes,
    placer: Placer,
    notes: Notes,
    /// Room for what is found in an object.
    found: Vec<Found<'static>>,
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
            points: Points::default(),
            paths,
            geometries,
            nested: readable(columns).map(|column| column.nested).collect(),
            instants: Vec::new(),
            days: readable(columns).map(|column| matches!(column.kind, ColumnType::Date { .. })).collect(),
            shapes: Shapes::Geojson(None),
            placer: Placer::default(),
            notes: Notes::default(),
            found: Vec::new(),
            seen: vec![false; names.len()],
            missing: names.clone(),
            names,
            undeclared: Vec::new(),
            max_columns: limits.max_columns,
            max_cell_bytes: limits.max_cell_bytes,
            rows: Rows::new(file, columns, limits),
        }
    }

    /// The same, with geometries made of texts where the columns say so.
    pub(super) fn with_points(self, columns: &[Column]) -> Result<Self> {
        Ok(Self { points: Points::new(&self.file, columns)?, ..self })
    }

    /// From now on geometries are read in a form, and numbers of some columns as instants.
    pub(super) fn read_as(&mut self, shapes: Shapes, instants: Vec<bool>) {
        (self.shapes, self.instants) = (shapes, instants);
    }

    /// The system of the geometries; `None` for degrees in WGS 84, and before the first geometry.
    pub(super) fn crs(&self) -> Option<Crs> {
        self.placer.crs().or(self.points.crs())
    }

    /// Something must be told.
    pub(super) fn note(&mut self, note: Note) {
        self.notes.0.push(note);
    }

    /// What must be told.
    pub(super) fn notes(&self) -> &[Note] {
        &self.notes.0
    }

    /// Takes one object.
    pub(super) fn push(&mut self, place: Place, object: &[u8]) -> Result<()> {
        let json = |error: serde_json::Error| json_fault(&self.file, place.line, &error);
        let object = match simdutf8::basic::from_utf8(object) {
            Ok(object) if object.starts_with('{') => object,
            _ => {
                serde_json::from_slice::<IgnoredAny>(object).map_err(json)?;
                return Err(fault(&self.file, "format-json", Some(place.line), "a row must be an object"));
            }
        };
        let mut all_found = emptied(std::mem::take(&mut self.found));
        all_found.resize(self.names.len() + 4 * self.points.count(), Found::default());
        let undeclared = &mut self.undeclared;
        let mut note = |name: &str| {
            if undeclared.len() <= self.max_columns && !undeclared.iter().any(|known| known == name) {
                undeclared.push(name.to_owned());
            }
        };
        walk(object, &mut self.paths, &mut all_found, &mut note).map_err(|flaw| self.flaw(place, object, flaw))?;
        if self.undeclared.len() > self.max_columns {
            let reason = format!("more than {} members", self.max_columns);
            return Err(fault(&self.file, "format-too-many-columns", Some(place.line), reason));
        }
        let (found, parts) = all_found.split_at(self.names.len());
        let mut parts = parts.chunks_exact(4);
        for (at, found) in found.iter().enumerate() {
            // Most values are plain texts.
            if self.points.count() == 0
                && let Some(JsonText { raw, form: Form::Plain }) = found.value()
                && self.rows.put_text(at, unquoted(raw))
            {
                if let Some(seen) = self.seen.get_mut(at) {
                    *seen = true;
                }
                continue;
            }
            let (there, cell) = if self.points.is_point(at) {
                let parts = parts.next().unwrap_or_default();
                (parts.iter().take(2).all(|part| part.there), self.point(place, at, parts)?)
            } else if self.points.is_text(at) {
                (found.there, self.well_known(place, at, found.value())?)
            } else {
                (found.there, self.cell(place, at, found.value())?)
            };
            if let Some(seen) = self.seen.get_mut(at) {
                *seen |= there;
            }
            self.rows.put(place.row, at, &cell)?;
        }
        self.rows.end(place.row);
        self.found = emptied(all_found);
        Ok(())
    }

    /// Why a text is no JSON object, with the column.
    fn flaw(&self, place: Place, object: &str, flaw: Flaw) -> Error {
        let told = serde_json::from_str::<IgnoredAny>(object).err();
        match (flaw, told) {
            (Flaw::Grammar, Some(error)) => json_fault(&self.file, place.line, &error),
            (Flaw::Grammar, None) => fault(&self.file, "format-json", Some(place.line), "this is no JSON object"),
            (Flaw::Depth, _) => {
                let reason = format!("nested deeper than {MAX_DEPTH} levels");
                fault(&self.file, "format-json", Some(place.line), reason)
            }
        }
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

    /// A point of four members: x, y, z and the system.
    fn point(&mut self, place: Place, at: usize, parts: &[Found<'_>]) -> Result<Cell<'static>> {
        let mut texts = <[Cow<'_, str>; 4]>::default();
        for (text, part) in texts.iter_mut().zip(parts) {
            *text = self.scalar(place, part.value())?;
        }
        let texts = texts.each_ref().map(AsRef::as_ref);
        Ok(self.points.point((at, place.row), texts, &mut self.notes))
    }

    fn well_known(&mut self, place: Place, at: usize, value: Option<JsonText<'_>>) -> Result<Cell<'static>> {
        let text = self.scalar(place, value)?;
        Ok(self.points.text((at, place.row), &text, &mut self.notes))
    }

    /// A text or a number; lists and objects are as they are written, and no number.
    fn scalar<'a>(&self, place: Place, value: Option<JsonText<'a>>) -> Result<Cow<'a, str>> {
        let Some(value) = value else { return Ok(Cow::Borrowed("")) };
        Ok(match value.form {
            Form::Plain => Cow::Borrowed(unquoted(value.raw)),
            Form::Odd => serde_json::from_str(value.raw).map_err(|error| json_fault(&self.file, place.line, &error))?,
            Form::Word | Form::Nested => Cow::Borrowed(value.raw),
        })
    }

    fn cell<'a>(&mut self, place: Place, at: usize, value: Option<JsonText<'a>>) -> Result<Cell<'a>> {
        let Some(value) = value else { return Ok(Cell::Null) };
        if self.geometries.get(at).copied().unwrap_or_default() {
            return self.geometry(place, at, value.raw);
        }
        Ok(match value.form {
            Form::Plain => self.bounded(Cow::Borrowed(unquoted(value.raw))),
            Form::Odd => self.string(place, value.raw)?,
            Form::Nested if self.nested.get(at).copied().unwrap_or_default() => {
                self.bounded(Cow::Owned(compact(value.raw)))
            }
            Form::Nested => Cell::Nested,
            Form::Word if self.instants.get(at).copied().unwrap_or_default() => self.instant(at, value.raw),
            Form::Word => Cell::text(value.raw),
        })
    }

    fn string<'a>(&self, place: Place, raw: &'a str) -> Result<Cell<'a>> {
        let text: Cow<'a, str> = if raw.contains('\\') {
            serde_json::from_str(raw).map_err(|error| json_fault(&self.file, place.line, &error))?
        } else {
            Cow::Borrowed(unquoted(raw))
        };
        if text.contains(is_control) {
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

    /// Milliseconds since 1970 as an instant in ISO 8601; a midnight of a day is the day.
    fn instant<'a>(&self, at: usize, raw: &'a str) -> Cell<'a> {
        let milliseconds = raw.parse::<f64>().ok().filter(|number| number.is_finite());
        #[expect(clippy::cast_possible_truncation, reason = "what is too large is no instant for jiff either")]
        let instant = milliseconds.and_then(|number| Timestamp::from_millisecond(number as i64).ok());
        let Some(instant) = instant else { return Cell::text(raw) };
        let text = instant.to_string();
        let day = text.strip_suffix("T00:00:00Z").filter(|_| self.days.get(at).copied().unwrap_or_default());
        Cell::Text(Cow::Owned(day.map_or_else(|| text.clone(), str::to_owned)))
    }

    fn geometry<'a>(&mut self, place: Place, at: usize, value: &str) -> Result<Cell<'a>> {
        let value: Value = serde_json::from_str(value).map_err(|error| json_fault(&self.file, place.line, &error))?;
        let label = format!("'{}' of row {}", self.names.get(at).map_or("", String::as_str), place.row);
        let (geometry, system) = match &self.shapes {
            Shapes::Geojson(system) => (self.geojson(place, &value, &label)?, *system),
            Shapes::Esri(form) => match form.read(&value, &mut self.notes) {
                Ok(None) => return Ok(Cell::Null),
                Ok(Some((geometry, system))) => (Some(geometry), Some(system)),
                Err(flaw) => {
                    self.notes.tell(flaw.code, || format!("{label}: {}", flaw.reason));
                    return Ok(Cell::Bad(MarkKind::Geometry));
                }
            },
        };
        let Some(geometry) = geometry else {
            self.notes.tell("format-dimensions", || format!("{label} has positions of more than three numbers"));
            return Ok(Cell::Bad(MarkKind::Geometry));
        };
        let Some(system) = system else { return Ok(Cell::Wkb(geometry.to_wkb())) };
        match self.placer.place(system.crs, &geometry) {
            Ok((wkb, _)) => return Ok(Cell::Wkb(wkb)),
            Err(Misplaced::Outside) => {
                self.notes.tell("format-outside", || format!("{label} lies outside of northern Europe"));
            }
            Err(Misplaced::Heights) => {
                let message = || format!("{label} has heights that are counted from something else than the others'");
                self.notes.tell("format-heights", message);
            }
        }
        Ok(Cell::Bad(MarkKind::Geometry))
    }

    /// A `GeoJSON` geometry; `None` if its positions have too many numbers.
    fn geojson(&self, place: Place, value: &Value, label: &str) -> Result<Option<Geometry>> {
        let wrong = |code, reason: String| fault(&self.file, code, Some(place.line), reason);
        let degrees = matches!(self.shapes, Shapes::Geojson(None));
        if let Some((x, y)) = outside(value).filter(|_| degrees) {
            return Err(wrong("format-crs", format!("{label} has the position {x}, {y}, which is no degrees")));
        }
        if dimensions(value) > MAX_DIMENSIONS {
            return Ok(None);
        }
        let geometry = Geometry::from_open_geojson(value);
        geometry.map(Some).ok_or_else(|| wrong("format-geometry", format!("{label} is no GeoJSON geometry")))
    }
}

/// The room of a list, for things that live for another time.
fn emptied<'to>(mut found: Vec<Found<'_>>) -> Vec<Found<'to>> {
    found.clear();
    found.into_iter().map(|_| Found::default()).collect()
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

/// What stands between the quotes of a string.
fn unquoted(raw: &str) -> &str {
    raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw)
}

/// JSON text without white space between its tokens; numbers keep their digits.
fn compact(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    let begins = |byte: u8| byte == b'"' || byte.is_ascii_whitespace();
    while let Some((plain, from)) = rest.bytes().position(begins).and_then(|at| rest.split_at_checked(at)) {
        out.push_str(plain);
        rest = from.trim_ascii_start();
        if rest.starts_with('"') {
            let (string, after) = rest.split_at_checked(string_length(rest)).unwrap_or((rest, ""));
            out.push_str(string);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// Bytes of the string that a text begins with, its quotes included.
fn string_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found + 1;
        if bytes.get(at - 1) == Some(&b'"') {
            return at;
        }
        // What follows a backslash ends no string.
        at += 1;
    }
    text.len()
}

/// The first position of a geometry that cannot be longitude and latitude in degrees.
fn outside(geometry: &Value) -> Option<(f64, f64)> {
    if let Some(members) = geometry.get("geometries").and_then(Value::as_array) {
        return members.iter().find_map(outside);
    }
    outside_coordinates(geometry.get("coordinates")?)
}

/// Most numbers of a position of a geometry.
fn dimensions(geometry: &Value) -> usize {
    if let Some(members) = geometry.get("geometries").and_then(Value::as_array) {
        return members.iter().map(dimensions).max().unwrap_or(0);
    }
    geometry.get("coordinates").map_or(0, longest)
}

fn longest(coordinates: &Value) -> usize {
    match coordinates.as_array() {
        Some(items) if items.first().is_some_and(Value::is_number) => items.len(),
        Some(items) => items.iter().map(longest).max().unwrap_or(0),
        None => 0,
    }
}

fn outside_coordinates(coordinates: &Value) -> Option<(f64, f64)> {
    let items = coordinates.as_array()?;
    let number = |at: usize| items.get(at).and_then(Value::as_f64);
    if let (Some(x), Some(y)) = (number(0), number(1)) {
        return (x.abs() > 180.0 || y.abs() > 90.0).then_some((x, y));
    }
    items.iter().find_map(outside_coordinates)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Into::into),
            "\\PC{0,12}".prop_map(Into::into),
            "[ \"\\\\a\n]{0,6}".prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::hash_map("\\PC{0,6}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn compact_text_is_what_serde_json_writes(value in value()) {
            prop_assert_eq!(compact(&serde_json::to_string_pretty(&value).unwrap()), value.to_string());
            prop_assert_eq!(compact(&value.to_string()), value.to_string());
        }
    }
}
