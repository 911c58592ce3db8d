//! Parquet files that strangers wrote, as sources: streamed within limits, with what they say of their geometries.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use arrow::{datatypes::SchemaRef, record_batch::RecordBatch};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
    },
    basic::LogicalType,
    file::metadata::{ParquetMetaData, RowGroupMetaData},
};
use serde_json::Value;

use super::broken;
use crate::Result;

/// Largest footer.
const MAX_FOOTER: u64 = 64 << 20;
/// Largest row group, unpacked.
const MAX_GROUP: u64 = 4 << 30;
/// Bytes of rows that are held at once, unpacked.
const AT_ONCE: u64 = 32 << 20;
/// Times that a file may be larger unpacked, once it is larger than [`FREE`].
const MAX_RATIO: u64 = 2000;
/// Bytes below which the ratio does not matter.
const FREE: u64 = 256 << 20;

/// What a file says of the coordinate system of a geometry.
#[derive(Debug, Clone, PartialEq)]
pub enum ForeignCrs {
    /// Nothing, which means OGC:CRS84: longitude and latitude in WGS 84.
    Usual,
    /// That there is none, or that nobody knows it.
    Unknown,
    /// PROJJSON.
    Projjson(Value),
    /// A short name, such as `EPSG:25833` or `srid:25833`.
    Name(String),
}

/// A column of geometries.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignGeometry {
    /// Its name.
    pub name: String,
    /// Its place among the columns.
    pub column: usize,
    /// The coordinates stand in lists and structs (`GeoArrow`); otherwise they are WKB.
    pub native: Option<String>,
    /// The coordinate system.
    pub crs: ForeignCrs,
}

/// An opened file.
pub struct Foreign {
    name: String,
    builder: ParquetRecordBatchReaderBuilder<File>,
    geometries: Vec<ForeignGeometry>,
    uuids: Vec<usize>,
}

impl Foreign {
    /// Opens a local file; `name` is what errors call it.
    ///
    /// # Errors
    /// `Table` if it is no Parquet file, is encrypted, or is larger unpacked than any that is read.
    pub fn open(name: &str, path: &Path) -> Result<Self> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        check_footer(name, &mut file, size)?;
        // Types are those of Parquet itself: an Arrow schema in the metadata could say anything.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let opened = || ParquetRecordBatchReaderBuilder::try_new_with_options(file, options);
        let builder = guarded(name, opened)?.map_err(|error| broken(name, error))?;
        check_size(name, builder.metadata(), size)?;
        let geometries = geometries(builder.metadata(), builder.schema());
        let uuids = logical(builder.metadata(), |kind| matches!(kind, LogicalType::Uuid));
        Ok(Self { name: name.to_owned(), builder, geometries, uuids: uuids.into_iter().map(|(at, _)| at).collect() })
    }

    /// The columns.
    pub fn schema(&self) -> &SchemaRef {
        self.builder.schema()
    }

    /// The columns of geometries, the primary one first.
    pub fn geometries(&self) -> &[ForeignGeometry] {
        &self.geometries
    }

    /// Whether a column holds identifiers of 16 bytes.
    pub fn is_uuid(&self, column: usize) -> bool {
        self.uuids.contains(&column)
    }

    /// Reads some columns, in the file's order, in batches of so many rows.
    pub fn read(self, columns: &[usize], batch_rows: usize) -> Result<ForeignRows> {
        let Self { name, builder, .. } = self;
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        let rows = batch_rows.min(rows_at_once(builder.metadata())).max(1);
        let built = || builder.with_projection(mask).with_batch_size(rows).build();
        let reader = guarded(&name, built)?.map_err(|error| broken(&name, error))?;
        Ok(ForeignRows { name, reader: Some(reader) })
    }
}

/// The rows of a file.
pub struct ForeignRows {
    name: String,
    reader: Option<ParquetRecordBatchReader>,
}

impl Iterator for ForeignRows {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = self.reader.take()?;
        match guarded(&self.name, || reader.next()) {
            Err(error) => Some(Err(error)),
            Ok(None) => None,
            Ok(Some(Err(error))) => Some(Err(broken(&self.name, error))),
            Ok(Some(Ok(batch))) => {
                self.reader = Some(reader);
                Some(Ok(batch))
            }
        }
    }
}

/// Does something with bytes of strangers: the library is tested against broken files, but a panic must not end the
/// process.
fn guarded<T>(name: &str, work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| broken(name, "the file is broken"))
}

/// Refuses a footer that no memory holds, before it is read.
fn check_footer(name: &str, file: &mut File, size: u64) -> Result<()> {
    if size < 12 {
        return Err(broken(name, "this is no Parquet file"));
    }
    let mut end = [0; 8];
    file.seek(SeekFrom::Start(size - 8))?;
    file.read_exact(&mut end)?;
    let (length, magic) = end.split_at(4);
    let length = length.iter().rev().fold(0_u64, |length, byte| (length << 8) | u64::from(*byte));
    match magic {
        b"PAR1" if length > MAX_FOOTER => Err(broken(name, format!("its footer has {length} bytes"))),
        b"PAR1" if length > size - 12 => Err(broken(name, "its footer is larger than the file")),
        b"PAR1" => Ok(file.seek(SeekFrom::Start(0)).map(drop)?),
        b"PARE" => Err(broken(name, "it is encrypted")),
        _ => Err(broken(name, "this is no Parquet file, or its end is cut off")),
    }
}

/// Refuses what announces to be too large unpacked.
fn check_size(name: &str, metadata: &ParquetMetaData, size: u64) -> Result<()> {
    let mut total = 0_u64;
    for group in metadata.row_groups() {
        let bytes: u64 = group
            .columns()
            .iter()
            .map(|column| u64::try_from(column.uncompressed_size()).unwrap_or(u64::MAX))
            .fold(0, u64::saturating_add);
        if bytes > MAX_GROUP {
            return Err(broken(name, format!("a row group unpacks to more than {MAX_GROUP} bytes")));
        }
        total = total.saturating_add(bytes);
    }
    if total > FREE && total / MAX_RATIO > size {
        return Err(broken(name, format!("it unpacks to more than {MAX_RATIO} times its size")));
    }
    Ok(())
}

/// How many rows are held at once, by the size that they have unpacked.
fn rows_at_once(metadata: &ParquetMetaData) -> usize {
    let rows = |group: &RowGroupMetaData| {
        let bytes = u64::try_from(group.total_byte_size()).unwrap_or(u64::MAX);
        let count = u64::try_from(group.num_rows()).unwrap_or(1).max(1);
        AT_ONCE / (bytes / count).max(1)
    };
    let least = metadata.row_groups().iter().map(rows).min().unwrap_or(u64::MAX);
    usize::try_from(least).unwrap_or(usize::MAX)
}

/// The columns at the root that are of a logical type.
fn logical(metadata: &ParquetMetaData, wanted: impl Fn(&LogicalType) -> bool) -> Vec<(usize, LogicalType)> {
    let schema = metadata.file_metadata().schema_descr();
    let kind = |leaf: usize| {
        let column = schema.column(leaf);
        let kind = column.logical_type_ref().filter(|kind| wanted(kind)).cloned();
        kind.filter(|_| column.path().parts().len() == 1).map(|kind| (schema.get_column_root_idx(leaf), kind))
    };
    (0..schema.num_columns()).filter_map(kind).collect()
}

/// The geometries: of the key `geo` where there is one, else of the logical types.
fn geometries(metadata: &ParquetMetaData, schema: &SchemaRef) -> Vec<ForeignGeometry> {
    let pairs = metadata.file_metadata().key_value_metadata().map_or(&[][..], Vec::as_slice);
    let value = |key: &str| pairs.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.as_deref());
    let geo = value("geo").and_then(|text| serde_json::from_str::<Value>(text).ok());
    let mut found = match &geo {
        Some(geo) => declared(geo, schema),
        None => typed(metadata, schema, &value),
    };
    let primary = geo.as_ref().and_then(|geo| geo["primary_column"].as_str()).unwrap_or_default();
    found.sort_by_key(|geometry| (geometry.name != primary, geometry.column));
    found
}

fn declared(geo: &Value, schema: &SchemaRef) -> Vec<ForeignGeometry> {
    let columns = geo["columns"].as_object();
    let geometry = |(name, own): (&String, &Value)| {
        let column = schema.index_of(name).ok()?;
        let native = own["encoding"].as_str().filter(|encoding| !encoding.eq_ignore_ascii_case("WKB"));
        let crs = match own.get("crs") {
            None => ForeignCrs::Usual,
            Some(Value::Null) => ForeignCrs::Unknown,
            Some(Value::String(name)) => ForeignCrs::Name(name.clone()),
            Some(crs) => ForeignCrs::Projjson(crs.clone()),
        };
        Some(ForeignGeometry { name: name.clone(), column, native: native.map(str::to_owned), crs })
    };
    columns.into_iter().flatten().filter_map(geometry).collect()
}

fn typed<'a>(
    metadata: &ParquetMetaData,
    schema: &SchemaRef,
    value: &dyn Fn(&str) -> Option<&'a str>,
) -> Vec<ForeignGeometry> {
    let found = logical(metadata, |kind| matches!(kind, LogicalType::Geometry(_) | LogicalType::Geography(_)));
    let geometry = |(column, kind): (usize, LogicalType)| {
        let crs = match kind {
            LogicalType::Geometry(kind) => kind.crs,
            LogicalType::Geography(kind) => kind.crs,
            _ => None,
        };
        let crs = crs.filter(|crs| !crs.is_empty()).map_or(ForeignCrs::Usual, |text| {
            let text = text.strip_prefix("projjson:").and_then(value).unwrap_or(&text).to_owned();
            serde_json::from_str(&text)
                .ok()
                .filter(Value::is_object)
                .map_or(ForeignCrs::Name(text), ForeignCrs::Projjson)
        });
        let name = schema.fields().get(column)?.name().clone();
        Some(ForeignGeometry { name, column, native: None, crs })
    };
    found.into_iter().filter_map(geometry).collect()
}
