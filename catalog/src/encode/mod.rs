//! Record batches as text: the formats that are both published as files and answered by the API. Beside them the other
//! formats of files.

mod csv;
mod feature;
mod flatgeobuf;
mod geojson;
mod geopackage;
mod json;
mod pmtiles;
mod sqlite;
mod value;
mod xlsx;

use std::path::Path;

pub use feature::{FeatureEncoder, FeatureId, Ids, Wire, split_id};
pub use xlsx::Xlsx;

use arrow::record_batch::RecordBatch;
use config::{ColumnName, ColumnType, FileFormat, TileArchive};
use futures::TryStreamExt;
use tokio::io::AsyncWriteExt;

use crate::{
    Error, Result,
    crs::Crs,
    table::{Cells, Scan, TableFile},
    version::ColumnInfo,
};

/// Writes batches as one document in a text format.
#[derive(Debug)]
pub struct Encoder {
    format: Text,
    columns: Vec<ColumnName>,
    /// The coordinate system of each column's geometries.
    systems: Vec<Crs>,
    first: bool,
}

/// The text formats.
#[derive(Debug, Clone, Copy)]
enum Text {
    Csv(csv::Dialect),
    Ndjson,
    /// With the index of the geometry column.
    Geojson(usize),
}

impl Encoder {
    /// An encoder of `Csv`, `Ndjson` or `Geojson` (needs a geometry column) for some columns of a table;
    /// `None` for Parquet, `FlatGeobuf`, `GeoPackage` and `PMTiles`, which are no text formats.
    pub fn new(format: FileFormat, columns: &[ColumnInfo]) -> Option<Self> {
        let format = match format {
            FileFormat::Parquet | FileFormat::Flatgeobuf | FileFormat::Geopackage | FileFormat::Pmtiles => return None,
            FileFormat::Csv => Text::Csv(csv::Dialect::Plain),
            FileFormat::Ndjson => Text::Ndjson,
            FileFormat::Geojson => {
                Text::Geojson(columns.iter().position(|column| matches!(column.kind, ColumnType::Geometry { .. }))?)
            }
        };
        Some(Self::of(format, columns))
    }

    /// An encoder of CSV as spreadsheets set to Norwegian read it: semicolons, decimal commas, a byte order mark.
    pub fn norwegian_csv(columns: &[ColumnInfo]) -> Self {
        Self::of(Text::Csv(csv::Dialect::Norwegian), columns)
    }

    fn of(format: Text, columns: &[ColumnInfo]) -> Self {
        let (names, systems) = columns.iter().map(|column| (column.name.clone(), column.crs())).unzip();
        Self { format, columns: names, systems, first: true }
    }

    /// What comes before the first row.
    pub fn begin(&mut self, out: &mut Vec<u8>) {
        match self.format {
            Text::Csv(dialect) => csv::header(dialect, &self.columns, out),
            Text::Ndjson => {}
            Text::Geojson(_) => geojson::begin(out),
        }
    }

    /// The rows of a batch; its columns are found by name.
    pub fn write(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let columns = self.columns.iter().zip(&self.systems);
        let columns = columns.map(|(name, crs)| cells(batch, name, *crs)).collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            match self.format {
                Text::Csv(dialect) => csv::row(dialect, &columns, row, out),
                Text::Ndjson => json::line(&self.columns, &columns, row, out),
                Text::Geojson(geometry) => {
                    let first = std::mem::take(&mut self.first);
                    geojson::feature(
                        &geojson::Row { names: &self.columns, columns: &columns, geometry, index: row, first },
                        out,
                    );
                }
            }
        }
        Ok(())
    }

    /// What comes after the last row.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        if matches!(self.format, Text::Geojson(_)) {
            geojson::end(out);
        }
    }
}

/// Writes columns of a table to a file in any format but Parquet, streaming, synced to disk. Archives of tiles go down to
/// what `tiles` says at the deepest.
pub async fn write_file(
    table: &TableFile,
    columns: &[ColumnInfo],
    (format, tiles): (FileFormat, TileArchive),
    to: &Path,
) -> Result<()> {
    write_files(std::slice::from_ref(table), columns, (format, tiles), to).await
}

/// Writes columns of the rows of several tables, one after the other, as [`write_file`] does.
pub async fn write_files(
    tables: &[TableFile],
    columns: &[ColumnInfo],
    (format, tiles): (FileFormat, TileArchive),
    to: &Path,
) -> Result<()> {
    match format {
        FileFormat::Flatgeobuf => return flatgeobuf::write(tables, columns, to).await,
        FileFormat::Geopackage => return geopackage::write(tables, columns, to).await,
        FileFormat::Pmtiles => return Box::pin(pmtiles::write(tables, columns, tiles.max_zoom, to)).await,
        FileFormat::Parquet | FileFormat::Csv | FileFormat::Ndjson | FileFormat::Geojson => {}
    }
    let mut encoder = Encoder::new(format, columns).ok_or_else(|| Error::Table {
        name: to.display().to_string(),
        reason: format!("these columns cannot be written as {}", format.extension()),
    })?;
    let names: Vec<ColumnName> = columns.iter().map(|column| column.name.clone()).collect();
    let mut file = tokio::fs::File::create(to).await?;
    let mut buffer = Vec::new();
    encoder.begin(&mut buffer);
    for table in tables {
        let mut batches = table.scan(Scan { columns: Some(names.clone()), ..Scan::default() }).await?;
        while let Some(batch) = batches.try_next().await? {
            encoder.write(&batch, &mut buffer)?;
            file.write_all(&buffer).await?;
            buffer.clear();
        }
    }
    encoder.end(&mut buffer);
    file.write_all(&buffer).await?;
    file.flush().await?;
    Ok(file.sync_all().await?)
}

/// Every row of a batch as a JSON object and a line feed, in the batch's own columns; `known` tells the coordinate
/// systems of geometries.
pub fn json_lines(batch: &RecordBatch, known: &[ColumnInfo], out: &mut Vec<u8>) -> Result<()> {
    let schema = batch.schema();
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        let column = known.iter().find(|column| column.name.as_str() == field.name());
        let crs = column.map_or(Crs::CRS84, ColumnInfo::crs);
        let cells = Cells::placed(array, crs).ok_or_else(|| Error::Table {
            name: field.name().clone(),
            reason: "the column is of a type that has no text".to_owned(),
        })?;
        columns.push((field.name().as_str(), cells));
    }
    for row in 0..batch.num_rows() {
        json::object(columns.iter().map(|(name, cells)| (*name, cells)), row, out);
        out.push(b'\n');
    }
    Ok(())
}

fn cells(batch: &RecordBatch, name: &ColumnName, crs: Crs) -> Result<Cells> {
    let cells = batch.column_by_name(name.as_str()).and_then(|array| Cells::placed(array, crs));
    cells.ok_or_else(|| Error::Table {
        name: name.to_string(),
        reason: "the column is missing or of a type that has no text".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixture;

    async fn written(format: FileFormat, rows: i64) -> String {
        let folder = tempfile::tempdir().unwrap();
        let table = fixture::table(&folder.path().join("t.parquet"), rows);
        let to = folder.path().join("t.txt");
        write_file(&table, &fixture::columns(), (format, TileArchive::default()), &to).await.unwrap();
        std::fs::read_to_string(to).unwrap()
    }

    #[tokio::test]
    async fn csv_of_every_type() {
        let text = written(FileFormat::Csv, 7).await;
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines.len(), 9);
        assert_eq!(lines[0], "kode,navn,antall,andel,leie,aktiv,dato,endret,sted");
        assert_eq!(
            lines[2],
            "000001,\"Vei 1, \"\"Ås\"\"\",1,0.25,0.95,false,2022-01-09,2023-11-14T22:13:20.500Z,POINT (10.001 59.5)"
        );
        assert_eq!((lines[7], lines[8]), ("000006,,,,,,,,", ""));
    }

    #[tokio::test]
    async fn ndjson_keeps_types_and_exact_decimals() {
        let text = written(FileFormat::Ndjson, 7).await;
        let line = text.lines().nth(1).unwrap();
        assert_eq!(
            line,
            "{\"kode\":\"000001\",\"navn\":\"Vei 1, \\\"Ås\\\"\",\"antall\":1,\"andel\":0.25,\"leie\":0.95,\
             \"aktiv\":false,\"dato\":\"2022-01-09\",\"endret\":\"2023-11-14T22:13:20.500Z\",\
             \"sted\":{\"type\":\"Point\",\"coordinates\":[10.001,59.5]}}"
        );
        let empty: serde_json::Value = serde_json::from_str(text.lines().nth(6).unwrap()).unwrap();
        assert!(empty["navn"].is_null() && empty["sted"].is_null());
        assert_eq!((text.lines().count(), text.ends_with('\n')), (7, true));
    }

    #[tokio::test]
    async fn geojson_is_one_feature_collection() {
        let text = written(FileFormat::Geojson, 10_000).await;
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let features = document["features"].as_array().unwrap();
        assert_eq!((&document["type"], features.len()), (&"FeatureCollection".into(), 10_000));
        assert_eq!(features[9_999]["geometry"]["coordinates"][0], 19.999);
        assert_eq!(features[9_999]["properties"]["kode"], "009999");
        assert_eq!((&features[6]["geometry"], features[6]["properties"].get("sted")), (&serde_json::Value::Null, None));
        let none: serde_json::Value = serde_json::from_str(&written(FileFormat::Geojson, 0).await).unwrap();
        assert_eq!(none, serde_json::json!({ "type": "FeatureCollection", "features": [] }));
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let table = fixture::table(&folder.path().join("t.parquet"), 1);
        let plain = &fixture::columns()[..2];
        for (format, columns) in [FileFormat::Parquet, FileFormat::Geojson, FileFormat::Flatgeobuf, FileFormat::Pmtiles]
            .map(|format| (format, plain))
        {
            assert!(
                write_file(&table, columns, (format, TileArchive::default()), &folder.path().join("x")).await.is_err()
            );
        }
        let mut encoder = Encoder::new(FileFormat::Csv, plain).unwrap();
        let batch = fixture::batch(0..1).project(&[0]).unwrap();
        assert_eq!(encoder.write(&batch, &mut Vec::new()).unwrap_err().code(), "catalog-table");
    }

    #[test]
    fn spreadsheets_set_to_norwegian_have_a_dialect() {
        let mut encoder = Encoder::norwegian_csv(&fixture::columns());
        let mut out = Vec::new();
        encoder.begin(&mut out);
        encoder.write(&fixture::batch(1..2), &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\u{feff}kode;navn;antall;andel;leie;aktiv;dato;endret;sted\r\n000001;\"Vei 1, \"\"Ås\"\"\";1;0,25;0,95;false;\
             2022-01-09;2023-11-14T22:13:20.500Z;POINT (10.001 59.5)\r\n"
        );
    }

    #[test]
    fn columns_come_in_the_order_asked_for() {
        let columns = fixture::columns();
        let mut encoder = Encoder::new(FileFormat::Csv, &[columns[2].clone(), columns[0].clone()]).unwrap();
        let mut out = Vec::new();
        encoder.begin(&mut out);
        encoder.write(&fixture::batch(3..4), &mut out).unwrap();
        encoder.end(&mut out);
        assert_eq!(out, b"antall,kode\r\n3,000003\r\n");
    }
}
