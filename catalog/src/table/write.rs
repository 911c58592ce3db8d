//! Sorted record batches → Parquet: zstd, page index, bloom filters on the key, row groups for range readers,
//! `geo` metadata and a covering (`GeoParquet` 1.1) where there is a geometry. Deterministic: no clock, fixed settings.
//!
//! Geometries are plain binary, not of Parquet's own type GEOMETRY: readers on Arrow C++ 19 and older refuse a file with
//! it, and those that know it read the metadata as well.

use std::{collections::BTreeMap, fs::File, path::Path, sync::Arc};

use arrow::{
    compute,
    datatypes::{DataType, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use config::{ColumnName, ColumnType, OrderBy};
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::{
        metadata::{KeyValue, SortingColumn},
        properties::{
            BloomFilterPosition, EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion,
        },
    },
    schema::types::ColumnPath,
};
use serde_json::json;

use super::{arrow_schema, broken, covering::Covering, stats::Gathered, unwritten};
use crate::{
    Result,
    crs::union,
    version::{ColumnInfo, ColumnStatistics},
};

/// Rows in a row group: what a filtered page costs against what a range reader fetches at once.
const GROUP_ROWS: usize = 122_880;
/// Rows in a row group of a table with a geometry: maps ask for small areas, and neighbours are stored together.
const SPATIAL_GROUP_ROWS: usize = 24_576;
/// Rows in a page of such a table.
const SPATIAL_PAGE_ROWS: usize = 4096;
/// Encoded bytes in a row group at the most, for rows with long texts or large geometries.
const GROUP_BYTES: usize = 128 << 20;
const ZSTD_LEVEL: i32 = 3;
const BLOOM_FALSE_POSITIVES: f64 = 0.01;
/// Part of the bytes; changes only when the same rows would be written differently.
const CREATED_BY: &str = "allmenning table 2";

/// Writes one Parquet file.
#[derive(Debug)]
pub struct TableWriter {
    name: String,
    schema: SchemaRef,
    /// The extents of the first geometry, and the schema of the file with them.
    covering: Option<(Covering, SchemaRef)>,
    writer: ArrowWriter<File>,
    gathered: Vec<(ColumnName, Gathered)>,
    rows: u64,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct TableSummary {
    /// Rows.
    pub rows: u64,
    /// Statistics by column.
    pub statistics: BTreeMap<ColumnName, ColumnStatistics>,
    /// Extent in WGS 84: west, south, east, north.
    pub bbox: Option<[f64; 4]>,
}

impl TableSummary {
    pub(super) fn of(rows: u64, gathered: &[(ColumnName, Gathered)]) -> Self {
        Self {
            rows,
            bbox: gathered.iter().filter_map(|(_, gathered)| gathered.bbox()).reduce(union),
            statistics: gathered.iter().map(|(name, gathered)| (name.clone(), gathered.statistics())).collect(),
        }
    }
}

impl TableWriter {
    /// Creates the file. `order` is what the batches are sorted by, missing values last (recorded as sorting columns),
    /// `key` gets bloom filters.
    pub fn create(path: &Path, columns: &[ColumnInfo], key: &[ColumnName], order: &[OrderBy]) -> Result<Self> {
        let is_spatial = columns.iter().any(|column| matches!(column.kind, ColumnType::Geometry { .. }));
        let rows = if is_spatial { SPATIAL_GROUP_ROWS } else { GROUP_ROWS };
        Self::with_groups(path, columns, key, order, rows)
    }

    pub(super) fn with_groups(
        path: &Path,
        columns: &[ColumnInfo],
        key: &[ColumnName],
        order: &[OrderBy],
        rows: usize,
    ) -> Result<Self> {
        let schema = arrow_schema(columns);
        let covering = Covering::of(&schema).map(|covering| (covering.clone(), covering.extend_schema(&schema)));
        let file_schema = covering.as_ref().map_or(&schema, |(_, schema)| schema);
        let key: Vec<&str> = key.iter().map(ColumnName::as_str).collect();
        let sorted = order.iter().map(|by| (by.column.as_str(), by.descending));
        let properties = properties(&schema, &key, sorted).map_err(|error| broken(path.display(), error))?;
        let builder = properties.into_builder().set_max_row_group_row_count(Some(rows));
        let builder = match &covering {
            Some((covering, _)) => spatial(builder, covering),
            None => builder,
        };
        Ok(Self {
            name: path.display().to_string(),
            writer: writer(path, file_schema, builder.build())?,
            covering,
            schema,
            gathered: columns.iter().map(|column| (column.name.clone(), Gathered::of(column))).collect(),
            rows: 0,
        })
    }

    /// Writes a batch of schema [`super::arrow_schema`]; texts and geometries may also be views or large.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = conform(batch, &self.schema).map_err(|reason| broken(&self.name, reason))?;
        for ((column, gathered), array) in self.gathered.iter_mut().zip(batch.columns()) {
            gathered.add(array).map_err(|reason| broken(&self.name, format!("column '{column}': {reason}")))?;
        }
        let batch = self.covered(batch)?;
        self.writer.write(&batch).map_err(|error| unwritten(&self.name, error))?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// The batch with the extents of its geometries, which were gathered last.
    fn covered(&self, batch: RecordBatch) -> Result<RecordBatch> {
        let Some((covering, schema)) = &self.covering else { return Ok(batch) };
        let extents = self.gathered.get(covering.geometry).map(|(_, gathered)| gathered.extents()).unwrap_or_default();
        covering.extend(&batch, schema, extents).map_err(|error| broken(&self.name, error))
    }

    /// Closes the file, synced to disk.
    pub fn finish(self) -> Result<TableSummary> {
        self.close().map(|(summary, _)| summary)
    }

    /// As [`Self::finish`], with all that was gathered.
    pub(super) fn close(mut self) -> Result<(TableSummary, Vec<(ColumnName, Gathered)>)> {
        if let Some(geo) = self.geo() {
            self.writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo));
        }
        close(self.writer, &self.name)?;
        Ok((TableSummary::of(self.rows, &self.gathered), self.gathered))
    }

    /// File metadata of `GeoParquet` 1.1.0; the first geometry column is the primary one.
    fn geo(&self) -> Option<String> {
        let is_geometry = |name: &ColumnName| {
            self.schema.field_with_name(name.as_str()).is_ok_and(|field| *field.data_type() == DataType::Binary)
        };
        let mut columns: serde_json::Map<_, _> = self
            .gathered
            .iter()
            .filter(|(name, _)| is_geometry(name))
            .map(|(name, gathered)| (name.to_string(), gathered.geo()))
            .collect();
        let primary = columns.keys().next()?.clone();
        let entry = columns.get_mut(&primary).and_then(serde_json::Value::as_object_mut);
        if let (Some(entry), Some((covering, _))) = (entry, &self.covering) {
            entry.insert("covering".to_owned(), covering.metadata());
        }
        Some(json!({ "version": "1.1.0", "primary_column": primary, "columns": columns }).to_string())
    }
}

/// An Arrow writer with fixed settings for a local file.
pub(super) fn writer(path: &Path, schema: &SchemaRef, properties: WriterProperties) -> Result<ArrowWriter<File>> {
    // Parquet's own schema says all that is needed; Arrow's would bind the bytes to its serialisation.
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(File::create(path)?, Arc::clone(schema), options)
        .map_err(|error| unwritten(path.display(), error))
}

/// Writes the footer and syncs the file to disk.
pub(super) fn close(mut writer: ArrowWriter<File>, name: &str) -> Result<()> {
    // Taking the file out of the writer would turn the disk's error into a text.
    writer.finish().map_err(|error| unwritten(name, error))?;
    Ok(writer.inner().sync_all()?)
}

/// The fixed settings of every table.
pub(super) fn properties<'a>(
    schema: &Schema,
    key: &[&str],
    order: impl Iterator<Item = (&'a str, bool)>,
) -> std::result::Result<WriterProperties, ParquetError> {
    let mut sorting = Vec::new();
    for (name, descending) in order {
        // What follows an unpublished column is not sorted as far as readers can see.
        let Ok(index) = schema.index_of(name) else { break };
        sorting.push(SortingColumn {
            column_idx: i32::try_from(index).unwrap_or(i32::MAX),
            descending,
            nulls_first: false,
        });
    }
    let builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_bloom_filter_position(BloomFilterPosition::End)
        .set_sorting_columns((!sorting.is_empty()).then_some(sorting));
    Ok(schema.fields().iter().fold(builder, |builder, field| column(builder, field, key)).build())
}

/// Small pages, and extents as plain numbers: hardly two of them are the same.
fn spatial(builder: WriterPropertiesBuilder, covering: &Covering) -> WriterPropertiesBuilder {
    let builder = builder.set_data_page_row_count_limit(SPATIAL_PAGE_ROWS);
    covering.paths().fold(builder, |builder, path| builder.set_column_dictionary_enabled(path, false))
}

fn column(builder: WriterPropertiesBuilder, field: &arrow::datatypes::Field, key: &[&str]) -> WriterPropertiesBuilder {
    let path = ColumnPath::from(field.name().as_str());
    match field.data_type() {
        DataType::Binary => builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_statistics_enabled(path, EnabledStatistics::None),
        DataType::Boolean => builder,
        // A dictionary of values that are all different is of no use.
        _ if key.contains(&field.name().as_str()) => builder
            .set_column_dictionary_enabled(path.clone(), key.len() > 1)
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_fpp(path.clone(), BLOOM_FALSE_POSITIVES)
            .set_column_bloom_filter_max_ndv(path, GROUP_ROWS as u64),
        _ => builder,
    }
}

/// The batch in exactly this schema; the reason if it is another one or a required value is missing.
fn conform(batch: &RecordBatch, schema: &SchemaRef) -> std::result::Result<RecordBatch, String> {
    let names = |schema: &Schema| schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
    if names(&batch.schema()) != names(schema) {
        return Err(format!("columns {:?} where {:?} were declared", names(&batch.schema()), names(schema)));
    }
    let mut arrays = Vec::with_capacity(schema.fields().len());
    for (array, field) in batch.columns().iter().zip(schema.fields()) {
        let (found, wanted) = (array.data_type(), field.data_type());
        arrays.push(if found == wanted {
            Arc::clone(array)
        } else if widened(found, wanted) {
            compute::cast(array, wanted).map_err(|error| error.to_string())?
        } else {
            return Err(format!("column '{}' is {found} where {wanted} was declared", field.name()));
        });
    }
    RecordBatch::try_new(Arc::clone(schema), arrays).map_err(|error| error.to_string())
}

/// Whether a type holds the same values as the declared one, only laid out differently.
fn widened(found: &DataType, wanted: &DataType) -> bool {
    match wanted {
        DataType::Utf8 => matches!(found, DataType::Utf8View | DataType::LargeUtf8),
        DataType::Binary => matches!(found, DataType::BinaryView | DataType::LargeBinary),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, StringArray, StringViewArray};
    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::{super::fixture, *};

    fn write(path: &Path, batches: &[RecordBatch]) -> Result<TableSummary> {
        let order = [OrderBy { column: fixture::name("kode"), descending: false }];
        let mut writer = TableWriter::create(path, &fixture::columns(), &[fixture::name("kode")], &order)?;
        batches.iter().try_for_each(|batch| writer.write(batch))?;
        writer.finish()
    }

    #[test]
    fn the_same_rows_give_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        let batches = [fixture::batch(0..3_000), fixture::batch(3_000..9_000)];
        let summary = write(&a, &batches).unwrap();
        write(&b, &batches).unwrap();
        assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
        assert_eq!((summary.rows, summary.statistics.len()), (9_000, 9));
        assert_eq!(summary.bbox, Some([10.0, 59.5, 18.999, 59.5]));
    }

    #[test]
    fn the_footer_holds_what_readers_need() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let rows = i64::try_from(SPATIAL_GROUP_ROWS).unwrap() + 10;
        write(&path, &[fixture::batch(0..rows)]).unwrap();
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        let metadata = reader.metadata();
        let groups: Vec<i64> =
            metadata.row_groups().iter().map(parquet::file::metadata::RowGroupMetaData::num_rows).collect();
        assert_eq!(groups, [rows - 10, 10]);
        let group = metadata.row_group(0);
        assert_eq!(
            group.sorting_columns(),
            Some(&vec![SortingColumn { column_idx: 0, descending: false, nulls_first: false }])
        );
        let code = group.column(0);
        assert_eq!(code.compression(), Compression::ZSTD(ZstdLevel::try_new(1).unwrap()));
        assert!(code.bloom_filter_offset().is_some() && code.column_index_offset().is_some());
        assert!(group.column(1).bloom_filter_offset().is_none() && group.column(8).statistics().is_none());
        assert_eq!(metadata.file_metadata().created_by(), Some(CREATED_BY));
        let kept = metadata.file_metadata().key_value_metadata().unwrap();
        assert_eq!(kept.len(), 1);
        let geo: serde_json::Value = serde_json::from_str(kept[0].value.as_deref().unwrap()).unwrap();
        assert_eq!((&geo["version"], &geo["primary_column"]), (&json!("1.1.0"), &json!("sted")));
        assert_eq!(geo["columns"]["sted"]["encoding"], "WKB");
        assert_eq!(geo["columns"]["sted"]["covering"]["bbox"]["xmin"], json!(["bbox", "xmin"]));
        assert_eq!(metadata.file_metadata().schema_descr().num_columns(), 13);
        let bound = group.column(9).statistics().unwrap().min_bytes_opt().unwrap();
        assert_eq!(bound, 10.0_f64.to_le_bytes(), "row groups tell their extent");
        let ids: Vec<i32> =
            metadata.file_metadata().schema().get_fields().iter().map(|f| f.get_basic_info().id()).collect();
        assert_eq!(ids, (1..=9).chain([1_000_003]).collect::<Vec<_>>());
    }

    #[test]
    fn views_are_taken_and_other_types_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let columns = fixture::columns()[..1].to_vec();
        let batch = |array: ArrayRef| RecordBatch::try_from_iter([("kode", array)]).unwrap();
        let mut writer = TableWriter::create(&folder.path().join("a"), &columns, &[], &[]).unwrap();
        writer.write(&batch(Arc::new(StringViewArray::from(vec!["0301"])))).unwrap();
        let wrong: [ArrayRef; 2] =
            [Arc::new(arrow::array::Int64Array::from(vec![301])), Arc::new(StringArray::from(vec![None::<&str>]))];
        for array in wrong {
            assert_eq!(writer.write(&batch(array)).unwrap_err().code(), "catalog-table");
        }
        assert_eq!(writer.finish().unwrap().rows, 1);
    }

    #[test]
    fn no_rows_are_a_table_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let summary = write(&path, &[]).unwrap();
        assert_eq!((summary.rows, summary.bbox), (0, None));
        assert_eq!(super::super::TableFile::open_local(&path).unwrap().rows(), 0);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_told_as_one() {
        // A few rows wait in memory until the file is closed, many do not.
        for rows in [3, 30_000] {
            let error = write(Path::new("/dev/full"), &[fixture::batch(0..rows)]).unwrap_err();
            assert_eq!(error.code(), "disk-full", "{error}");
            assert!(error.hint().contains("room"), "{}", error.hint());
        }
    }
}
