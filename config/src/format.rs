//! Formats: how a source's bytes are to be read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Epsg, OrgNumber};

/// How bytes are read into rows of text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Format {
    /// Separated text: CSV, TSV and the like.
    Csv(CsvFormat),
    /// A workbook: XLSX, XLSB, ODS or the old XLS.
    Excel(ExcelFormat),
    /// One JSON document that holds a list of objects.
    Json(JsonFormat),
    /// One JSON object a line.
    Ndjson(NdjsonFormat),
    /// Lines whose columns stand at fixed places.
    FixedWidth(FixedWidthFormat),
    /// A table in JSON-stat 2.0, the form in which Statistics Norway and other makers of statistics answer. One cell is
    /// one row.
    JsonStat(JsonStatFormat),
    /// Record batches of Arrow, as a stream or a file.
    Arrow(ArrowFormat),
    /// A `GeoJSON` feature collection (RFC 7946), also with a `crs` member, also several by name in one object.
    Geojson(GeojsonFormat),
    /// Features of a GML 3.2 application schema, from a file or a WFS.
    Gml(GmlFormat),
    /// Features as an `ArcGIS` server's JSON (`f=json`).
    EsriJson(EsriJsonFormat),
    /// A SOSI file, the Norwegian text format of map data.
    Sosi(SosiFormat),
    /// A Shapefile: `.shp`, `.dbf` and their siblings in a zip archive.
    Shapefile(ShapefileFormat),
    /// A layer of a `GeoPackage`.
    Geopackage(GeopackageFormat),
    /// A `FlatGeobuf` file.
    Flatgeobuf(FlatgeobufFormat),
    /// A Parquet file, with or without geometries.
    Parquet(ParquetFormat),
    /// A journal as Noark 5 XML: `offentligJournal` or `loependeJournal`.
    Noark5(JournalFormat),
    /// A journal as `OFFJOURNAL` XML of Noark 4, as it was delivered to the first public journal service.
    Oep(JournalFormat),
    /// A journal as expanded JSON-LD, as it was delivered to the first generation of eInnsyn.
    EinnsynJsonld(JournalFormat),
    /// Objects of eInnsyn's API, version 3, one a line.
    Einnsyn(EinnsynFormat),
}

/// Separated text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CsvFormat {
    /// Character encoding by its WHATWG label ("utf-8", "windows-1252", "iso-8859-1").
    /// Default: a byte order mark, else UTF-8 if the whole file is, else the best guess by all parts with letters beyond ASCII, 4 MiB of them at the most.
    pub encoding: Option<String>,
    /// Field separator, one ASCII character.
    pub separator: char,
    /// Quote character, one ASCII character.
    pub quote: char,
    /// Decimal character of numbers.
    pub decimal: char,
    /// Characters that group digits (blanks, no-break spaces and `'` always may when this is set).
    pub group: Option<char>,
    /// The file has a header line.
    pub header: bool,
    /// Lines to skip before the header or the first row.
    pub skip_lines: u32,
    /// Lines that begin with this character are left out.
    pub comment: Option<char>,
    /// Accept a separator at the end of each line (an empty last column).
    pub trailing_separator: bool,
    /// What becomes of lines with more or fewer fields than the header.
    pub ragged: Ragged,
    /// Rows that are left out, such as those of totals.
    pub skip_rows: Option<SkipRows>,
    /// Columns that the file must have. Default without a header line: the highest number that a column is read from,
    /// since nothing else shows that the columns have shifted.
    pub columns: Option<u32>,
}

impl Default for CsvFormat {
    fn default() -> Self {
        Self {
            encoding: None,
            separator: ';',
            quote: '"',
            decimal: ',',
            group: None,
            header: true,
            skip_lines: 0,
            comment: None,
            trailing_separator: false,
            ragged: Ragged::Refuse,
            skip_rows: None,
            columns: None,
        }
    }
}

/// What becomes of lines with more or fewer fields than the header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ragged {
    /// The file is refused: a separator in a text may have shifted every value behind it.
    #[default]
    Refuse,
    /// The row is rejected and counted.
    Reject,
    /// Fields that lack at the end are empty; a row with too many is rejected.
    Pad,
}

/// Rows that are left out and counted: those of totals, footnotes, headings between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipRows {
    /// The source's name of a column; without a header its number, from 1.
    pub column: String,
    /// A regular expression; rows whose text there matches as a whole are left out. `""` matches empty cells.
    pub pattern: String,
}

/// A workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExcelFormat {
    /// Name of the sheet. Default: the first one.
    pub sheet: Option<String>,
    /// The part of the sheet that is read, such as `A3:H40` or `F:K`. Default: all of it.
    pub range: Option<String>,
    /// Number of the row in which the header begins, from 1. Default: the first of the first 50 rows in which the name of
    /// a declared column stands.
    pub header_row: Option<u32>,
    /// Rows of the header. Names of several are joined by ` / `; a name above also holds for the empty cells behind it.
    #[schemars(range(min = 1, max = 5))]
    pub header_rows: u32,
    /// Decimal character of numbers that stand in the sheet as text.
    pub decimal: char,
    /// Character that groups digits of numbers that stand in the sheet as text.
    pub group: Option<char>,
    /// Rows that are left out, such as those of totals.
    pub skip_rows: Option<SkipRows>,
}

impl Default for ExcelFormat {
    fn default() -> Self {
        Self { sheet: None, range: None, header_row: None, header_rows: 1, decimal: '.', group: None, skip_rows: None }
    }
}

/// One JSON document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JsonFormat {
    /// Dotted path to the list of objects. Default: the document itself.
    pub rows: Option<String>,
}

/// One JSON object a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NdjsonFormat {}

/// Lines whose columns stand at fixed places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedWidthFormat {
    /// Character encoding by its WHATWG label. Default: as for `csv`.
    #[serde(default)]
    pub encoding: Option<String>,
    /// Where each column of the source stands.
    #[schemars(length(min = 1))]
    pub fields: Vec<FixedField>,
    /// Lines to skip at the beginning.
    #[serde(default)]
    pub skip_lines: u32,
    /// Lines that begin with this text are left out.
    #[serde(default)]
    pub comment: Option<String>,
    /// Characters that a line has at the most; a longer one is rejected, since its values have shifted or are cut off.
    /// Blanks at its end may be there or not. Default: up to the end of the last field.
    #[serde(default)]
    pub line_length: Option<u32>,
    /// Decimal character of numbers.
    #[serde(default = "comma")]
    pub decimal: char,
    /// Character that groups digits.
    #[serde(default)]
    pub group: Option<char>,
    /// Rows that are left out, such as those of totals.
    #[serde(default)]
    pub skip_rows: Option<SkipRows>,
}

/// Where a column stands in every line. Blanks around its text are no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedField {
    /// The source's name of the column, as `from` of a declared column gives it.
    pub name: String,
    /// Its first character, from 1.
    #[schemars(range(min = 1))]
    pub start: u32,
    /// How many characters it has.
    #[schemars(range(min = 1))]
    pub length: u32,
}

const fn comma() -> char {
    ','
}

/// A table in JSON-stat 2.0. Each dimension gives a column of its codes, named after the dimension, and one of their
/// texts, named `<dimension>.label`; the cells give `value` and `status`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JsonStatFormat {
    /// The dimension whose codes become columns of values, such as `ContentsCode`: a row then holds `<code>` and
    /// `<code>.status` for each of them. Default: every cell is a row of its own.
    pub measures: Option<String>,
}

/// Record batches of Arrow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ArrowFormat {}

/// `GeoJSON` feature collections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GeojsonFormat {
    /// Which collection, where one object holds several by name. Default: the only one.
    pub collection: Option<String>,
}

/// Features of a GML application schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GmlFormat {
    /// The feature types that become rows, by their names without a prefix. Default: all features.
    pub objects: Vec<String>,
    /// Greatest distance between an arc and the straight lines that stand for it, in metres.
    #[schemars(range(min = 0.001, max = 10.0))]
    pub arc_tolerance: f64,
    /// The coordinate system, such as `EPSG:25832`, of geometries for which the file names none. Default: that is an
    /// error.
    pub crs: Option<String>,
}

impl Default for GmlFormat {
    fn default() -> Self {
        Self { objects: Vec::new(), arc_tolerance: 0.01, crs: None }
    }
}

/// Features as an `ArcGIS` server's JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EsriJsonFormat {
    /// Greatest distance between an arc and the straight lines that stand for it, in metres.
    #[schemars(range(min = 0.001, max = 10.0))]
    pub arc_tolerance: f64,
    /// The coordinate system, such as `EPSG:25832`, where the file has no `spatialReference`. Default: that is an error.
    pub crs: Option<String>,
}

impl Default for EsriJsonFormat {
    fn default() -> Self {
        Self { arc_tolerance: 0.01, crs: None }
    }
}

/// A SOSI file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SosiFormat {
    /// The object types that become rows, by their `OBJTYPE`; where a file has none, by their theme codes (`LTEMA`,
    /// `PTEMA`, `FTEMA` …). Default: all objects.
    pub objects: Vec<String>,
    /// Greatest distance between an arc and the straight lines that stand for it, in metres.
    #[schemars(range(min = 0.001, max = 10.0))]
    pub arc_tolerance: f64,
    /// The coordinate system by its SOSI code, in place of the file's `KOORDSYS`. Default: what the file says.
    #[schemars(range(min = 1, max = 999))]
    pub koordsys: Option<u16>,
}

impl Default for SosiFormat {
    fn default() -> Self {
        Self { objects: Vec::new(), arc_tolerance: 0.01, koordsys: None }
    }
}

/// A Shapefile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShapefileFormat {
    /// Character encoding of the `.dbf` by its WHATWG label, or a DOS code page (`cp437`, `cp850`, `cp865`).
    /// Default: what the `.cpg` says, else the `.dbf`, else the best guess over the whole file.
    pub encoding: Option<String>,
    /// The coordinate system, in place of what the `.prj` says.
    pub crs: Option<Epsg>,
}

/// A `GeoPackage`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GeopackageFormat {
    /// The table to read. Default: the only one that holds features or attributes.
    pub layer: Option<String>,
    /// The coordinate system, in place of what the file says.
    pub crs: Option<Epsg>,
    /// Greatest distance between an arc and the straight lines that stand for it, in the unit of the coordinates.
    #[schemars(range(min = 0.000_000_001, max = 10.0))]
    pub arc_tolerance: f64,
}

impl Default for GeopackageFormat {
    fn default() -> Self {
        Self { layer: None, crs: None, arc_tolerance: 0.01 }
    }
}

/// A `FlatGeobuf` file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FlatgeobufFormat {
    /// The coordinate system, in place of what the file says.
    pub crs: Option<Epsg>,
    /// Greatest distance between an arc and the straight lines that stand for it, in the unit of the coordinates.
    #[schemars(range(min = 0.000_000_001, max = 10.0))]
    pub arc_tolerance: f64,
}

impl Default for FlatgeobufFormat {
    fn default() -> Self {
        Self { crs: None, arc_tolerance: 0.01 }
    }
}

/// A Parquet file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ParquetFormat {
    /// The coordinate system of the geometries, in place of what the file says.
    pub crs: Option<Epsg>,
}

/// A journal of one authority.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JournalFormat {
    /// Organisation number of the authority, part of every entry's id. Default: what the file says.
    pub orgnr: Option<OrgNumber>,
}

/// Objects of eInnsyn's API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EinnsynFormat {
    /// Organisation number of the authority, part of every entry's id. Default: what the objects say.
    pub orgnr: Option<OrgNumber>,
    /// The objects that become rows; others are passed over.
    pub entity: EinnsynEntity,
}

/// Kinds of objects of eInnsyn's API that become rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EinnsynEntity {
    /// Entries of the journal.
    #[default]
    Journalpost,
    /// Cases of meetings, each with its meeting in it, or meetings with their cases.
    Moetesak,
}
