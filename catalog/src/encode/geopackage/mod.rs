//! `GeoPackage` 1.4 (OGC 12-128r19): a table with its first geometry as one file, with the R-tree of the extension
//! `gpkg_rtree_index`. Same rows, same bytes.

mod index;
mod layout;
mod row;
mod triggers;

use std::path::Path;

use arrow::record_batch::RecordBatch;
use config::{ColumnName, ColumnType};
use futures::TryStreamExt;

use self::{index::Index, layout::Layer};
use super::sqlite::{Pages, Table, Value, record};
use crate::{
    Error, Result,
    crs::union,
    table::{Cells, Scan, TableFile},
    version::ColumnInfo,
};

/// `GPKG`, by which the file is known.
const APPLICATION: [u8; 4] = *b"GPKG";
/// Version 1.4.0.
const VERSION: u32 = 10_400;

/// Writes the rows of tables, one after the other, synced to disk. Memory: 24 bytes for each row.
///
/// # Errors
/// `Table` if there is no geometry, or a table cannot be read; `Io` if the disk is full.
pub(super) async fn write(tables: &[TableFile], columns: &[ColumnInfo], to: &Path) -> Result<()> {
    let broken = |reason: &str| Error::Table { name: to.display().to_string(), reason: reason.to_owned() };
    let is_place = |column: &&ColumnInfo| matches!(column.kind, ColumnType::Geometry { .. });
    let place = columns.iter().find(is_place).ok_or_else(|| broken("there is no geometry"))?;
    let types = tables.iter().flat_map(|table| table.geometry_types(&place.name)).collect();
    let stem = to.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let layer = Layer::new(&stem, columns, place, &types);
    let mut features = Features::new(to, place)?;
    let names: Vec<ColumnName> = columns.iter().map(|column| column.name.clone()).collect();
    for table in tables {
        let mut batches = table.scan(Scan { columns: Some(names.clone()), ..Scan::default() }).await?;
        while let Some(batch) = batches.try_next().await? {
            features.take(&batch, columns).map_err(|reason| broken(&reason)).and_then(|written| Ok(written?))?;
        }
    }
    Ok(features.finish(&layer)?)
}

/// The features so far.
struct Features<'a> {
    place: &'a ColumnInfo,
    pages: Pages,
    table: Table,
    index: Index,
    extent: Option<[f64; 4]>,
    id: i64,
}

impl<'a> Features<'a> {
    fn new(to: &Path, place: &'a ColumnInfo) -> Result<Self> {
        let pages = Pages::create(to)?;
        Ok(Self { place, pages, table: Table::new(), index: Index::default(), extent: None, id: 0 })
    }

    /// Takes the rows of a batch; the reason if its columns are other ones.
    fn take(
        &mut self,
        batch: &RecordBatch,
        columns: &[ColumnInfo],
    ) -> std::result::Result<std::io::Result<()>, String> {
        let cells = columns.iter().map(|column| {
            let found = batch.column_by_name(column.name.as_str()).and_then(|array| Cells::placed(array, column.crs()));
            let missing = || format!("column '{}' is missing or of a type that has no text", column.name);
            Ok((column, found.ok_or_else(missing)?))
        });
        let cells = cells.collect::<std::result::Result<Vec<(&ColumnInfo, Cells)>, String>>()?;
        for row in 0..batch.num_rows() {
            let (values, extent) = row::values(&cells, self.place, row)?;
            if let Err(error) = self.push(&values, extent) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    fn push(&mut self, values: &[row::Kept<'_>], extent: Option<[f64; 4]>) -> std::io::Result<()> {
        self.id += 1;
        let values: Vec<Value<'_>> = std::iter::once(Value::Null).chain(values.iter().map(row::Kept::value)).collect();
        self.table.push(&mut self.pages, self.id, &record(&values))?;
        if let Some(extent) = extent {
            self.index.push(self.id, extent);
            self.extent = Some(self.extent.map_or(extent, |known| union(known, extent)));
        }
        Ok(())
    }

    fn finish(mut self, layer: &Layer<'_>) -> std::io::Result<()> {
        let root = self.table.finish(&mut self.pages)?;
        let mut things = layer.metadata(&mut self.pages, self.extent)?;
        things.push(layer.features(root));
        things.extend(self.index.finish(&mut self.pages, layer)?);
        self.pages.finish(&things, APPLICATION, VERSION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixture;

    async fn written(rows: i64) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let table = fixture::table(&folder.path().join("t.parquet"), rows);
        let to = folder.path().join("steder-2026.gpkg");
        write(&[table], &fixture::columns(), &to).await.unwrap();
        std::fs::read(to).unwrap()
    }

    #[tokio::test]
    async fn the_same_rows_give_the_same_bytes() {
        let bytes = written(3_000).await;
        assert_eq!(bytes, written(3_000).await);
        assert_eq!((&bytes[..16], &bytes[68..72]), (&b"SQLite format 3\0"[..], &b"GPKG"[..]));
        assert_eq!(u32::from_be_bytes(bytes[60..64].try_into().unwrap()), 10_400);
        let pages = u32::from_be_bytes(bytes[28..32].try_into().unwrap());
        assert_eq!(bytes.len(), usize::try_from(pages).unwrap() * 4096);
        let text = String::from_utf8_lossy(&bytes);
        let named = ["CREATE TABLE \"steder_2026\"", "000001", "Vei 1, \"Ås\"", "2023-11-14T22:13:20.500Z"];
        assert!(named.iter().all(|part| text.contains(part)));
    }

    #[tokio::test]
    async fn a_table_without_rows_is_a_file_too() {
        assert_eq!(written(0).await.len() % 4096, 0);
    }

    #[tokio::test]
    async fn a_table_without_geometries_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let table = fixture::table(&folder.path().join("t.parquet"), 1);
        let to = folder.path().join("x.gpkg");
        assert_eq!(write(&[table], &fixture::columns()[..8], &to).await.unwrap_err().code(), "catalog-table");
    }
}
