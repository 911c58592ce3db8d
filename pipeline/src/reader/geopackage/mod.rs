//! `GeoPackage` (OGC 12-128r19): one layer of features, or one table of attributes. One row of it is one row.

mod blob;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use catalog::crs::Crs;
use config::{Column, GeopackageFormat};

use super::{
    Input, Limits, MarkKind, Note, RawBatch, Reader,
    fault::fault,
    geo::{Fields, Placing, System, Take, system_of_text},
    rows::{Cell, Rows},
    sqlite::{Database, Record, Rows as Cursor, Table, Value},
};
use crate::Result;

/// The code of what is wrong with the file itself.
const CODE: &str = "format-geopackage";
/// Most layers.
const MAX_LAYERS: usize = 10_000;
/// Layers that a message lists.
const LISTED: usize = 10;

/// Reads the rows of a layer.
pub(super) struct GeopackageReader {
    database: Database,
    cursor: Cursor,
    table: Table,
    fields: Fields,
    geometry: Option<Shapes>,
    tolerance: f64,
    rows: Rows,
    row: u64,
    first: Option<RawBatch>,
}

/// The geometries of a layer.
struct Shapes {
    column: usize,
    system: i32,
    placing: Option<Placing>,
}

impl GeopackageReader {
    pub(super) fn open(
        input: Input<'_>,
        format: &GeopackageFormat,
        columns: &[Column],
        limits: Limits,
    ) -> Result<Self> {
        let file = input.name;
        let mut database = Database::open(file, input.path, CODE)?;
        let layer = layer(file, &mut database, format.layer.as_deref())?;
        let missing = format!("the table '{layer}' that it lists is not there");
        let Some(table) = database.table(&layer)? else { return Err(database.fault(missing)) };
        if table.columns.len() > limits.max_columns {
            let reason = format!("more than {} columns", limits.max_columns);
            return Err(fault(file, "format-too-many-columns", None, reason));
        }
        let shapes = shapes(&mut database, &layer, &table)?;
        let is_shape = |at: usize| shapes.as_ref().is_some_and(|(column, _)| *column == at);
        // A name that nobody can ask for stands in the place of the geometry.
        let name = |(at, column): (usize, &super::sqlite::Definition)| {
            if is_shape(at) { String::new() } else { column.name.clone() }
        };
        let names: Vec<String> = table.columns.iter().enumerate().map(name).collect();
        let own = shapes.as_ref().and_then(|(column, _)| table.columns.get(*column)).map(|column| column.name.as_str());
        let fields = Fields::locate(file, &names, own.as_slice(), columns)?;
        let geometry = match shapes {
            None => None,
            Some((column, system)) => {
                let found = reference_system(&mut database, system)?;
                let placing = fields.takes_geometry().then(|| Placing::new(file, format.crs, &found)).transpose()?;
                Some(Shapes { column, system, placing })
            }
        };
        let mut reader = Self {
            cursor: Cursor::new(table.root),
            database,
            table,
            fields,
            geometry,
            tolerance: format.arc_tolerance,
            rows: Rows::new(file, columns, limits),
            row: 0,
            first: None,
        };
        reader.first = reader.read()?;
        Ok(reader)
    }

    fn read(&mut self) -> Result<Option<RawBatch>> {
        while !self.rows.is_full() {
            let Some((id, payload)) = self.cursor.next(&mut self.database)? else { break };
            self.row += 1;
            let Some(record) = Record::parse(&payload) else {
                return Err(self.database.fault(format!("row {} (number {id}) is broken", self.row)));
            };
            let geometry = self.shape(id, &record);
            let cell = |take: &Take| match take {
                Take::Nothing => Cell::Null,
                Take::Geometry(_) => geometry.clone(),
                Take::Field(at) => cell(&self.database, &self.table, (*at, id), &record),
            };
            let cells: Vec<Cell<'_>> = self.fields.takes.iter().map(cell).collect();
            self.rows.push(self.row, &cells)?;
        }
        self.rows.take()
    }

    fn shape(&mut self, id: i64, record: &Record<'_>) -> Cell<'static> {
        let Some(Shapes { column, system, placing: Some(placing) }) = &mut self.geometry else { return Cell::Null };
        let row = self.row;
        let which = || format!("row {row} (number {id})");
        match record.at(*column) {
            None | Some(Value::Null) => Cell::Null,
            Some(Value::Blob(bytes)) => match blob::geometry(bytes, *system, self.tolerance) {
                Ok(None) => Cell::Null,
                Ok(Some(geometry)) => placing.cell(&geometry, which),
                Err(reason) => placing.broken(reason, which),
            },
            Some(_) => placing.broken("it is no geometry", which),
        }
    }
}

impl Reader for GeopackageReader {
    fn missing(&self) -> &[String] {
        &self.fields.missing
    }

    fn undeclared(&self) -> &[String] {
        &self.fields.undeclared
    }

    fn notes(&self) -> &[Note] {
        self.geometry.as_ref().and_then(|shapes| shapes.placing.as_ref()).map_or(&[], Placing::notes)
    }

    fn crs(&self) -> Option<Crs> {
        self.geometry.as_ref().and_then(|shapes| shapes.placing.as_ref()).map(Placing::crs)
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        if let Some(first) = self.first.take() { Ok(Some(first)) } else { self.read() }
    }
}

/// A value as text; `at` is the column and the row's number.
fn cell(database: &Database, table: &Table, (at, id): (usize, i64), record: &Record<'_>) -> Cell<'static> {
    let definition = table.columns.get(at);
    if definition.is_some_and(|definition| definition.is_row) {
        return Cell::Text(Cow::Owned(id.to_string()));
    }
    match record.at(at) {
        None => {
            let default = definition.and_then(|definition| definition.default.clone());
            default.map_or(Cell::Null, |text| Cell::Text(Cow::Owned(text)))
        }
        Some(Value::Integer(number)) => Cell::Text(Cow::Owned(number.to_string())),
        Some(Value::Real(number)) if number.is_finite() => Cell::Text(Cow::Owned(number.to_string())),
        Some(Value::Null | Value::Real(_)) => Cell::Null,
        Some(Value::Blob(_)) => Cell::Nested,
        Some(Value::Text(bytes)) => match database.text(bytes) {
            Some(text) if text.is_empty() => Cell::Null,
            Some(text) if !text.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) => {
                Cell::Text(Cow::Owned(text))
            }
            _ => Cell::Bad(MarkKind::Control),
        },
    }
}

/// The layer to read: the declared one, or the only one.
fn layer(file: &str, database: &mut Database, wanted: Option<&str>) -> Result<String> {
    let mut names = Vec::new();
    each(database, "gpkg_contents", &["table_name", "data_type"], &mut |database, row| {
        let text = |at: usize| match row.get(at) {
            Some(Value::Text(bytes)) => database.text(bytes),
            _ => None,
        };
        if matches!(text(1).as_deref(), Some("features" | "attributes" | "aspatial")) {
            names.extend(text(0));
        }
        names.len() <= MAX_LAYERS
    })?;
    let several = |names: &[String]| {
        let listed: Vec<&str> = names.iter().take(LISTED).map(String::as_str).collect();
        format!("it has {} layers: {}", names.len(), listed.join(", "))
    };
    match (wanted, names.as_slice()) {
        (Some(wanted), _) => match names.iter().find(|name| name.as_str() == wanted) {
            Some(name) => Ok(name.clone()),
            None => {
                Err(fault(file, "format-layer", None, format!("there is no layer '{wanted}'; {}", several(&names))))
            }
        },
        (None, [only]) => Ok(only.clone()),
        (None, names) => Err(fault(file, "format-layer", None, several(names))),
    }
}

/// The column of geometries of a layer, and the number of its coordinate system.
fn shapes(database: &mut Database, layer: &str, table: &Table) -> Result<Option<(usize, i32)>> {
    let mut found = None;
    each(database, "gpkg_geometry_columns", &["table_name", "column_name", "srs_id"], &mut |database, row| {
        if let [Value::Text(name), Value::Text(column), Value::Integer(system)] = row
            && database.text(name).is_some_and(|name| name.eq_ignore_ascii_case(layer))
        {
            found = database.text(column).zip(i32::try_from(*system).ok());
        }
        found.is_none()
    })?;
    let Some((column, system)) = found else { return Ok(None) };
    let place = table.position(&column);
    place
        .map(|place| Some((place, system)))
        .ok_or_else(|| database.fault(format!("'{layer}' has no column '{column}'")))
}

/// What the file says of a coordinate system by its number in the file.
fn reference_system(database: &mut Database, number: i32) -> Result<System> {
    let mut system = System::Unsaid;
    let columns = ["srs_id", "organization", "organization_coordsys_id", "definition"];
    each(database, "gpkg_spatial_ref_sys", &columns, &mut |database, row| {
        let [Value::Integer(own), organisation, code, definition] = row else { return true };
        if *own != i64::from(number) {
            return true;
        }
        let text = |value: &Value<'_>| match value {
            Value::Text(bytes) => database.text(bytes),
            _ => None,
        };
        let epsg = text(organisation).is_some_and(|organisation| organisation.eq_ignore_ascii_case("EPSG"));
        let code = code.integer().and_then(|code| u32::try_from(code).ok()).filter(|_| epsg);
        let words = text(definition).filter(|text| !text.eq_ignore_ascii_case("undefined"));
        system = code.map_or_else(|| system_of_text(&words.unwrap_or_default()), System::Epsg);
        false
    })?;
    Ok(system)
}

/// Gives some columns of every row of a table of the `GeoPackage`'s own, until it is enough.
fn each(
    database: &mut Database,
    name: &str,
    columns: &[&str],
    take: &mut dyn FnMut(&Database, &[Value<'_>]) -> bool,
) -> Result<()> {
    let table = match database.table(name)? {
        Some(table) => table,
        // A file without features may lack the table of geometries.
        None if name == "gpkg_geometry_columns" => return Ok(()),
        None => return Err(database.fault(format!("it has no table '{name}'"))),
    };
    let places: Vec<Option<usize>> = columns.iter().map(|column| table.position(column)).collect();
    let mut rows = Cursor::new(table.root);
    while let Some((id, payload)) = rows.next(database)? {
        let Some(record) = Record::parse(&payload) else {
            return Err(database.fault(format!("a row of '{name}' is broken")));
        };
        let value = |place: &Option<usize>| {
            let place = (*place)?;
            let is_row = table.columns.get(place).is_some_and(|column| column.is_row);
            if is_row { Some(Value::Integer(id)) } else { record.at(place) }
        };
        let row: Vec<Value<'_>> = places.iter().map(|place| value(place).unwrap_or(Value::Null)).collect();
        if !take(database, &row) {
            return Ok(());
        }
    }
    Ok(())
}
