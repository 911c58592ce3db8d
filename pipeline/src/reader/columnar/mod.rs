//! Formats that hold columns: Arrow, and Parquet with geometries (`GeoParquet`, or the types of Parquet itself) or without. One row is one row.

mod ipc;
mod native;
#[cfg(test)]
mod tests;
mod text;

use arrow::{
    array::{Array, AsArray},
    record_batch::RecordBatch,
};
use catalog::{
    crs::Crs,
    table::{Foreign, ForeignCrs, ForeignGeometry, ForeignRows, Geometry},
};
use config::{Column, Epsg, ParquetFormat};
use serde_json::Value;

pub(super) use self::ipc::ArrowReader;
use self::text::Texts;
use super::{
    Input, Limits, Note, RawBatch, Reader,
    fault::fault,
    geo::{Fields, Placing, System, Take, stroke},
    rows::{Cell, Rows},
};
use crate::{Error, Result};

/// Greatest distance between an arc and its lines, in the unit of the coordinates.
const TOLERANCE: f64 = 0.01;

/// Reads the rows of a file.
pub(super) struct ParquetReader {
    file: String,
    batches: ForeignRows,
    fields: Fields,
    /// For each field that is read, where it stands in a batch.
    places: Vec<Option<usize>>,
    /// The fields that hold identifiers of 16 bytes.
    uuids: Vec<bool>,
    shapes: Vec<Shapes>,
    crs: Option<Crs>,
    rows: Rows,
    row: u64,
    /// The batch under way and its next row.
    current: Option<(RecordBatch, usize)>,
    notes: Vec<Note>,
    first: Option<RawBatch>,
}

/// One column of geometries that is read.
struct Shapes {
    geometry: ForeignGeometry,
    /// `None` where no column takes it.
    placing: Option<Placing>,
}

impl ParquetReader {
    pub(super) fn open(input: Input<'_>, format: &ParquetFormat, columns: &[Column], limits: Limits) -> Result<Self> {
        let file = input.name;
        let foreign = Foreign::open(file, input.path).map_err(|error| wrong(file, error))?;
        let count = foreign.schema().fields().len();
        if count > limits.max_columns {
            let reason = format!("{count} columns, more than {}", limits.max_columns);
            return Err(fault(file, "format-too-many-columns", None, reason));
        }
        let geometries = foreign.geometries().to_vec();
        let is_shape = |at: usize| geometries.iter().any(|geometry| geometry.column == at);
        // A name that nobody can ask for stands in the place of a geometry.
        let name = |(at, name): (usize, &String)| if is_shape(at) { String::new() } else { name.clone() };
        let names: Vec<String> = foreign.schema().fields().iter().map(|field| field.name().clone()).collect();
        let names: Vec<String> = names.iter().enumerate().map(name).collect();
        let own: Vec<&str> = geometries.iter().map(|geometry| geometry.name.as_str()).collect();
        let fields = Fields::locate(file, &names, &own, columns)?;
        let shapes = geometries.iter().enumerate().map(|(at, geometry)| {
            let taken = fields.takes.contains(&Take::Geometry(at));
            let placing = taken.then(|| placing(file, geometry, format.crs)).transpose()?;
            Ok(Shapes { geometry: geometry.clone(), placing })
        });
        let shapes: Vec<Shapes> = shapes.collect::<Result<_>>()?;
        let crs = one_system(file, &shapes)?;
        let column = |take: &Take| match take {
            Take::Nothing => None,
            Take::Geometry(at) => geometries.get(*at).map(|geometry| geometry.column),
            Take::Field(at) => Some(*at),
        };
        let wanted: Vec<Option<usize>> = fields.takes.iter().map(column).collect();
        let mut read: Vec<usize> = wanted.iter().copied().flatten().collect();
        read.sort_unstable();
        read.dedup();
        let places = wanted.iter().map(|column| read.binary_search(&(*column)?).ok()).collect();
        let uuids = wanted.iter().map(|column| column.is_some_and(|column| foreign.is_uuid(column))).collect();
        let batches = foreign.read(&read, limits.batch_rows).map_err(|error| wrong(file, error))?;
        let rows = Rows::new(file, columns, limits);
        let file = file.to_owned();
        let mut reader = Self {
            file,
            batches,
            fields,
            places,
            uuids,
            shapes,
            crs,
            rows,
            row: 0,
            current: None,
            notes: Vec::new(),
            first: None,
        };
        reader.first = reader.read()?;
        Ok(reader)
    }

    fn read(&mut self) -> Result<Option<RawBatch>> {
        while !self.rows.is_full() {
            let (batch, from) = match self.current.take() {
                Some(current) => current,
                None => match self.batches.next() {
                    None => break,
                    Some(batch) => (batch.map_err(|error| wrong(&self.file, error))?, 0),
                },
            };
            let next = self.rows_of(&batch, from)?;
            if next < batch.num_rows() {
                self.current = Some((batch, next));
            }
        }
        self.notes =
            self.shapes.iter().filter_map(|shapes| shapes.placing.as_ref()).flat_map(Placing::notes).cloned().collect();
        self.rows.take()
    }

    /// Takes rows of a batch until there are enough, and gives the next one.
    fn rows_of(&mut self, batch: &RecordBatch, from: usize) -> Result<usize> {
        let schema = batch.schema();
        let mut texts = Vec::with_capacity(self.places.len());
        for ((place, take), (nested, uuid)) in
            self.places.iter().zip(&self.fields.takes).zip(self.fields.nested.iter().zip(&self.uuids))
        {
            let field = place.filter(|_| matches!(take, Take::Field(_)));
            let field = field.and_then(|at| schema.fields().get(at).zip(batch.columns().get(at)));
            let made = field.map(|(field, array)| Texts::of(array.as_ref(), field, *nested, *uuid)).transpose();
            texts.push(made.map_err(|error| fault(&self.file, "format-parquet", None, error.to_string()))?);
        }
        for at in from..batch.num_rows() {
            if self.rows.is_full() {
                return Ok(at);
            }
            self.row += 1;
            let mut cells = Vec::with_capacity(texts.len());
            for ((place, take), text) in self.places.iter().zip(&self.fields.takes).zip(&mut texts) {
                let array = place.and_then(|at| batch.columns().get(at));
                cells.push(match (take, text, array) {
                    (Take::Geometry(shape), _, Some(array)) => match self.shapes.get_mut(*shape) {
                        Some(shapes) => shapes.cell(array.as_ref(), at, self.row),
                        None => Cell::Null,
                    },
                    (_, Some(text), _) => text.cell(at),
                    _ => Cell::Null,
                });
            }
            self.rows.push(self.row, &cells)?;
        }
        Ok(batch.num_rows())
    }
}

impl Shapes {
    fn cell(&mut self, array: &dyn Array, at: usize, row: u64) -> Cell<'static> {
        let Some(placing) = &mut self.placing else { return Cell::Null };
        if array.is_null(at) {
            return Cell::Null;
        }
        let wkb = array.as_binary_opt::<i32>().map(|wkb| wkb.value(at));
        if wkb.is_some_and(Geometry::is_empty_point) {
            return Cell::Null;
        }
        let arcs = |points: [_; 3]| stroke(points, TOLERANCE);
        let geometry = match &self.geometry.native {
            Some(encoding) => native::geometry(encoding, array, at),
            None => wkb.and_then(|wkb| Geometry::from_curved_wkb(wkb, &arcs)),
        };
        let which = || format!("row {row}");
        match geometry {
            Some(geometry) if geometry.bbox().is_some() => placing.cell(&geometry, which),
            Some(_) => Cell::Null,
            None => placing.broken("the geometry is broken, or of a kind that is not read", which),
        }
    }
}

impl Reader for ParquetReader {
    fn missing(&self) -> &[String] {
        &self.fields.missing
    }

    fn undeclared(&self) -> &[String] {
        &self.fields.undeclared
    }

    fn notes(&self) -> &[Note] {
        &self.notes
    }

    fn crs(&self) -> Option<Crs> {
        self.crs
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        if let Some(first) = self.first.take() { Ok(Some(first)) } else { self.read() }
    }
}

/// An error of the table as one of the source.
fn wrong(file: &str, error: catalog::Error) -> Error {
    match error {
        catalog::Error::Table { reason, .. } => fault(file, "format-parquet", None, reason),
        other => Error::Catalog(other),
    }
}

/// The one system of the geometries that are read.
fn one_system(file: &str, shapes: &[Shapes]) -> Result<Option<Crs>> {
    let mut systems = shapes.iter().filter_map(|shapes| shapes.placing.as_ref()).map(Placing::crs);
    let first = systems.next();
    match first.zip(systems.find(|crs| Some(*crs) != first)) {
        None => Ok(first),
        Some((one, other)) => {
            let reason = format!("its geometries are in {one} and {other}: make a dataset of each");
            Err(fault(file, "format-crs-unknown", None, reason))
        }
    }
}

fn placing(file: &str, geometry: &ForeignGeometry, declared: Option<Epsg>) -> Result<Placing> {
    let system = match &geometry.crs {
        ForeignCrs::Usual => System::Crs84,
        ForeignCrs::Unknown => System::Unsaid,
        ForeignCrs::Projjson(crs) => of_projjson(crs),
        ForeignCrs::Name(name) => of_name(name),
    };
    Placing::new(file, declared, &system)
}

/// The system that a PROJJSON object names by its id, or by that of its part in the plane.
fn of_projjson(crs: &Value) -> System {
    let plane = crs.get("source_crs").or_else(|| crs.pointer("/components/0")).unwrap_or(crs);
    let id = plane.get("id").or_else(|| plane.pointer("/ids/0")).or_else(|| crs.get("id")).unwrap_or(&Value::Null);
    let code = match &id["code"] {
        Value::String(code) => code.clone(),
        code => code.to_string(),
    };
    let authority = id["authority"].as_str().unwrap_or_default();
    match of_name(&format!("{authority}:{code}")) {
        System::Named(_) => System::Named(crs["name"].as_str().unwrap_or("without a name").to_owned()),
        found => found,
    }
}

fn of_name(name: &str) -> System {
    let named = || System::Named(name.to_owned());
    let Some((authority, code)) = name.split_once(':') else { return named() };
    match (authority.to_ascii_uppercase().as_str(), code) {
        ("OGC", "CRS84" | "CRS84h") => System::Crs84,
        ("EPSG" | "SRID", "0") => System::Unsaid,
        ("EPSG" | "SRID", code) => code.parse().map_or_else(|_| named(), System::Epsg),
        _ => named(),
    }
}
