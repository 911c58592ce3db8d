//! Shapefiles: the main file of shapes, its index, the table of attributes and the texts beside them, as they come out
//! of one archive. One record is one row.

mod charset;
mod dbf;
mod rings;
mod shape;
mod shp;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use catalog::crs::Crs;
use config::{Column, ShapefileFormat};

use self::{
    charset::Charset,
    dbf::{State, Table},
    shp::Shapes,
};
use super::{
    Input, Limits, Note, RawBatch, Reader,
    fault::fault,
    geo::{Fields, Placing, Take, system_of_text},
    rows::{Cell, Rows},
};
use crate::Result;

/// The files that belong to a `.shp` and are read, by their extensions.
pub(super) const SIBLINGS: [&str; 4] = ["shx", "dbf", "prj", "cpg"];
/// Longest `.prj` and `.cpg`.
const MAX_TEXT: u64 = 64 << 10;

/// Reads the records of a Shapefile.
pub(super) struct ShapefileReader {
    file: String,
    shapes: Shapes,
    table: Table,
    fields: Fields,
    /// Of the geometries, if any column takes them.
    placing: Option<Placing>,
    rows: Rows,
    record: u64,
    deleted: u64,
    notes: Vec<Note>,
    ended: bool,
}

impl ShapefileReader {
    pub(super) fn open(input: Input<'_>, format: &ShapefileFormat, columns: &[Column], limits: Limits) -> Result<Self> {
        let file = input.name;
        let shapes = Shapes::open(file, input.path, sibling(input.path, "shx").as_deref())?;
        let Some(table) = sibling(input.path, "dbf") else {
            return Err(fault(file, "format-shapefile", None, "there is no .dbf beside the .shp"));
        };
        let charset = charset(file, format.encoding.as_deref(), input.path)?;
        let table = Table::open(file, &table, charset, limits.max_columns)?;
        if let Some(count) = shapes.count().filter(|count| *count != table.count()) {
            return Err(unequal(file, count, table.count()));
        }
        let fields = Fields::locate(file, table.names(), &["geometry"], columns)?;
        let system = system_of_text(&text(input.path, "prj")?.unwrap_or_default());
        let placing = fields.takes_geometry().then(|| Placing::new(file, format.crs, &system)).transpose()?;
        Ok(Self {
            file: file.to_owned(),
            shapes,
            table,
            fields,
            placing,
            rows: Rows::new(file, columns, limits),
            record: 0,
            deleted: 0,
            notes: Vec::new(),
            ended: false,
        })
    }

    /// Takes the next record; false at the end.
    fn row(&mut self) -> Result<bool> {
        let state = self.table.next()?;
        let content = self.shapes.next()?;
        let content = match (state, content) {
            (State::End, None) => return Ok(false),
            (State::End, Some(_)) => return Err(unequal(&self.file, self.record + 1, self.table.count())),
            (_, None) => return Err(unequal(&self.file, self.record, self.table.count())),
            (State::Live | State::Deleted, Some(content)) => content,
        };
        self.record += 1;
        if state == State::Deleted {
            self.deleted += 1;
            return Ok(true);
        }
        let record = self.record;
        let which = || format!("record {record}");
        let geometry = match &mut self.placing {
            None => Cell::Null,
            Some(placing) => match shape::geometry(&content) {
                Ok(None) => Cell::Null,
                Ok(Some(geometry)) => placing.cell(&geometry, which),
                Err(reason) => placing.broken(reason, which),
            },
        };
        let mut cells = Vec::with_capacity(self.fields.takes.len());
        for take in &self.fields.takes {
            cells.push(match take {
                Take::Nothing => Cell::Null,
                Take::Geometry(_) => geometry.clone(),
                Take::Field(at) => self.table.cell(*at)?,
            });
        }
        self.rows.push(record, &cells)?;
        Ok(true)
    }

    fn finish(&mut self) {
        self.ended = true;
        self.notes = self.placing.as_ref().map(|placing| placing.notes().to_vec()).unwrap_or_default();
        if self.deleted > 0 {
            let message = format!("{} deleted records were passed over", self.deleted);
            self.notes.push(Note::info("format-deleted-records", message, self.deleted));
        }
    }
}

impl Reader for ShapefileReader {
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
        self.placing.as_ref().map(Placing::crs)
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>> {
        while !self.ended && !self.rows.is_full() {
            if !self.row()? {
                self.finish();
            }
        }
        self.rows.take()
    }
}

fn unequal(file: &str, shapes: u64, records: u64) -> crate::Error {
    let reason = format!("the .shp has {shapes} records or more, the .dbf {records}: they do not belong together");
    fault(file, "format-shapefile", Some(shapes.min(records) + 1), reason)
}

/// A file beside the main one, if it is there.
fn sibling(path: &Path, extension: &str) -> Option<PathBuf> {
    Some(path.with_extension(extension)).filter(|path| path.is_file())
}

fn text(path: &Path, extension: &str) -> Result<Option<String>> {
    let Some(path) = sibling(path, extension) else { return Ok(None) };
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_TEXT).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// What is declared, else what the `.cpg` says.
fn charset(file: &str, declared: Option<&str>, path: &Path) -> Result<Option<Charset>> {
    let beside = text(path, "cpg")?.filter(|text| !text.trim().is_empty());
    let Some(name) = declared.map(str::to_owned).or(beside) else { return Ok(None) };
    let unknown = || {
        let shown: String = name.trim().chars().take(40).collect();
        fault(file, "format-encoding", None, format!("there is no character encoding '{shown}'"))
    };
    Charset::named(&name).map(Some).ok_or_else(unknown)
}
