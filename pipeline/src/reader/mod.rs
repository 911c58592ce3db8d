//! Readers: bytes of one format → rows of text, streaming.

mod arcgis;
mod archive;
mod columnar;
mod csv;
mod einnsyn;
mod encoding;
mod esri;
mod excel;
mod fault;
mod fixed_width;
mod flatgeobuf;
mod flaw;
mod foreign;
mod found;
mod geo;
mod geojson;
mod geopackage;
mod gml;
mod header;
mod journal;
mod json;
mod json_stat;
mod json_text;
mod jsonld;
mod lines;
mod look;
mod noark5;
mod note;
mod objects;
mod ods;
mod oep;
mod package;
mod paths;
mod points;
mod rows;
mod scanner;
mod shape;
mod shapefile;
mod sheet;
mod skip;
mod sosi;
mod sqlite;
mod walk;
mod workbook;
mod xml;

use std::{collections::BTreeSet, fs::File, io::Read, path::Path};

use arrow::record_batch::RecordBatch;
use catalog::crs::Crs;
use config::{Column, Format};

use crate::{Error, Result};

pub(crate) use archive::unpack;
pub(crate) use journal::is_organisation;
pub(crate) use look::look;
pub use look::{Form, Guess, Look, Seen, TOTALS, WORDED_DATE};
pub use note::Note;
pub(crate) use xml::{Event as XmlEvent, Xml};

/// Most bytes of text that one row may hold.
const MAX_ROW_BYTES: usize = 64 << 20;
/// Bytes at the beginning of a file in which a web page gives itself away.
const SNIFFED_BYTES: u64 = 1024;

/// Rows as they stand in the source: every declared column as `Utf8` (null where the source has none), geometries as
/// `Binary` (ISO WKB, x east or longitude, y north or latitude, in the reader's [`crs`](Reader::crs)). Columns have the published names and order of the declaration; `secret` ones are left out.
#[derive(Debug, Clone)]
pub struct RawBatch {
    /// The rows.
    pub rows: RecordBatch,
    /// For each row the line of a text file, the row of a sheet, or the position of an object, from 1.
    pub lines: Vec<u64>,
    /// Cells that hold something but no value.
    pub marks: Vec<Mark>,
}

/// A cell that holds something but no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Its row in the batch, from 0.
    pub row: usize,
    /// Its column in the batch, from 0.
    pub column: usize,
    /// What it holds.
    pub kind: MarkKind,
}

/// What a cell without a value holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// A list or an object, which was left out: members that nobody declared would come with it.
    Nested,
    /// The name of an error, such as `#N/A`, which is the cell's text.
    Error,
    /// A control character, which no text has.
    Control,
    /// More than a cell may hold.
    TooLong,
    /// Nothing that tells whose row it is.
    Unowned,
    /// A geometry that cannot be made of what the source says.
    Geometry,
    /// A row with more or fewer fields than the header.
    Ragged,
}

/// A stream of raw rows.
pub trait Reader: Send {
    /// Declared columns (published names) that the source does not have. Tables of text and workbooks know from the
    /// start; of JSON, whose objects may each have other members, the list is final after the last batch.
    fn missing(&self) -> &[String];

    /// Columns of the source that are not declared, and thus not read. Final when [`missing`](Self::missing) is.
    fn undeclared(&self) -> &[String];

    /// What must be told about the source beyond its rows. Final after the last batch.
    fn notes(&self) -> &[Note] {
        &[]
    }

    /// By which criterion the source says that its rows were chosen. Final after the last batch.
    fn selection(&self) -> Option<&str> {
        None
    }

    /// The coordinate system of the geometries; `None` is longitude and latitude in WGS 84 (OGC:CRS84). Known as soon as a
    /// batch with a geometry was handed out, and the same for all batches.
    fn crs(&self) -> Option<Crs> {
        None
    }

    /// The types of the objects that became rows, where the format tells them. Final after the last batch.
    fn kinds(&self) -> &BTreeSet<String> {
        const NONE: &BTreeSet<String> = &BTreeSet::new();
        NONE
    }

    /// The next rows; `None` at the end.
    fn next_batch(&mut self) -> Result<Option<RawBatch>>;
}

/// Limits of a reader.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest value of one cell, in bytes.
    pub max_cell_bytes: usize,
    /// Most columns that a source may have.
    pub max_columns: usize,
    /// Rows in a batch.
    pub batch_rows: usize,
}

/// A local file to be read.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// What messages call it.
    pub name: &'a str,
    /// Where it is.
    pub path: &'a Path,
    /// True when reading is to stop; asked where much is read at once.
    pub stopped: &'a dyn Fn() -> bool,
}

impl Input<'_> {
    fn check(&self) -> Result<()> {
        if (self.stopped)() {
            return Err(Error::Stopped("the program is stopping or the time is up".to_owned()));
        }
        Ok(())
    }
}

/// Opens a local file.
pub fn open(input: Input<'_>, format: &Format, columns: &[Column], limits: Limits) -> Result<Box<dyn Reader>> {
    let Input { name, path, .. } = input;
    refuse_others(name, path)?;
    Ok(match format {
        Format::Csv(format) => Box::new(csv::CsvReader::open(name, path, format, columns, limits)?),
        Format::Excel(format) => Box::new(excel::ExcelReader::open(input, format, columns, limits)?),
        Format::Json(format) => Box::new(json::JsonReader::open(name, path, format, columns, limits)?),
        Format::Ndjson(_) => Box::new(json::NdjsonReader::open(name, path, columns, limits)?),
        Format::FixedWidth(format) => {
            Box::new(fixed_width::FixedWidthReader::open(name, path, format, columns, limits)?)
        }
        Format::JsonStat(format) => Box::new(json_stat::JsonStatReader::open(name, path, format, columns, limits)?),
        Format::Arrow(_) => Box::new(columnar::ArrowReader::open(name, path, columns, limits)?),
        Format::Geojson(format) => Box::new(geojson::GeojsonReader::open(name, path, format, columns, limits)?),
        Format::Gml(format) => Box::new(gml::GmlReader::open(input, format, columns, limits)?),
        Format::EsriJson(format) => Box::new(esri::EsriReader::open(name, path, format, columns, limits)?),
        Format::Sosi(format) => Box::new(sosi::SosiReader::open(input, format, columns, limits)?),
        Format::Shapefile(format) => Box::new(shapefile::ShapefileReader::open(input, format, columns, limits)?),
        Format::Geopackage(format) => Box::new(geopackage::GeopackageReader::open(input, format, columns, limits)?),
        Format::Flatgeobuf(format) => Box::new(flatgeobuf::FlatgeobufReader::open(input, format, columns, limits)?),
        Format::Parquet(format) => Box::new(columnar::ParquetReader::open(input, format, columns, limits)?),
        Format::Noark5(format) => Box::new(noark5::open(name, path, format, columns, limits)?),
        Format::Oep(format) => Box::new(oep::open(name, path, format, columns, limits)?),
        Format::EinnsynJsonld(format) => Box::new(jsonld::open(name, path, format, columns, limits)?),
        Format::Einnsyn(format) => Box::new(einnsyn::open(name, path, format, columns, limits)?),
    })
}

/// A login or error page answered in place of data, or a format that nobody reads, is told as such.
fn refuse_others(name: &str, path: &Path) -> Result<()> {
    let mut start = Vec::new();
    File::open(path)?.take(SNIFFED_BYTES).read_to_end(&mut start)?;
    if start.is_empty() {
        return Err(fault::fault(name, "format-empty", None, "the file is empty"));
    }
    let text = String::from_utf8_lossy(&start).to_ascii_lowercase();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with("<!doctype html") || text.starts_with("<html") {
        return Err(fault::fault(name, "format-html", Some(1), "this is a web page, not data"));
    }
    if let Some(kind) = foreign::kind_of_bytes(&start) {
        return Err(fault::fault(name, "format-unsupported", None, format!("this is {kind}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
