//! `FlatGeobuf` version 3: a table with its first geometry as one file that maps read by ranges, with a packed R-tree
//! over the extents. The rows keep their order, so neighbours in the tree are neighbours in a table that is sorted by
//! place. Same rows, same bytes.

mod feature;
mod header;
mod index;

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Seek, Write},
    path::Path,
};

use arrow::{array::AsArray, record_batch::RecordBatch};
use config::{ColumnName, ColumnType};
use flatbuffers::FlatBufferBuilder;
use futures::TryStreamExt;

use self::{
    feature::{Kind, Properties},
    header::Header,
    index::Tree,
};
use crate::{
    Error, Result,
    crs::union,
    table::{Cells, Geometry, Scan, TableFile},
    version::ColumnInfo,
};

/// `fgb`, the version, `fgb`, the patch.
const MAGIC: [u8; 8] = [0x66, 0x67, 0x62, 3, 0x66, 0x67, 0x62, 0];

/// Writes the rows of tables, one after the other, synced to disk. Memory: 40 bytes for each row.
///
/// # Errors
/// `Table` if there is no geometry, or a table cannot be read; `Io` if the disk is full.
pub(super) async fn write(tables: &[TableFile], columns: &[ColumnInfo], to: &Path) -> Result<()> {
    let broken = |reason: &str| Error::Table { name: to.display().to_string(), reason: reason.to_owned() };
    let is_place = |column: &ColumnInfo| matches!(column.kind, ColumnType::Geometry { .. });
    let at = columns.iter().position(is_place).ok_or_else(|| broken("there is no geometry"))?;
    let place = columns.get(at).ok_or_else(|| broken("there is no geometry"))?;
    let others: Vec<ColumnInfo> = columns.iter().filter(|column| column.name != place.name).cloned().collect();
    let kinds = tables.iter().flat_map(|table| table.geometry_types(&place.name)).collect();
    let mut features = Features::new(place, &others, Kind::of(&kinds))?;
    let names: Vec<ColumnName> = columns.iter().map(|column| column.name.clone()).collect();
    for table in tables {
        let mut batches = table.scan(Scan { columns: Some(names.clone()), ..Scan::default() }).await?;
        while let Some(batch) = batches.try_next().await? {
            features.take(&batch).map_err(|reason| broken(&reason)).and_then(|written| Ok(written?))?;
        }
    }
    let name = to.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    features.finish(&name, (place, &others), to)
}

/// The features so far: encoded ones on disk, their extents in memory.
struct Features {
    place: ColumnName,
    properties: Properties,
    kind: Kind,
    spool: BufWriter<File>,
    bytes: u64,
    extents: Vec<(Option<[f64; 4]>, u64)>,
    builder: FlatBufferBuilder<'static>,
}

impl Features {
    fn new(place: &ColumnInfo, others: &[ColumnInfo], kind: Kind) -> Result<Self> {
        Ok(Self {
            place: place.name.clone(),
            properties: Properties::of(others),
            kind,
            spool: BufWriter::new(tempfile::tempfile()?),
            bytes: 0,
            extents: Vec::new(),
            builder: FlatBufferBuilder::new(),
        })
    }

    /// Takes the rows of a batch; the reason if its columns are other ones.
    fn take(&mut self, batch: &RecordBatch) -> std::result::Result<std::io::Result<()>, String> {
        let missing = |name: &ColumnName| format!("column '{name}' is missing or of a type that has no text");
        let column = batch.column_by_name(self.place.as_str()).ok_or_else(|| missing(&self.place))?;
        let places = column.as_binary_opt::<i32>().ok_or_else(|| missing(&self.place))?.clone();
        let cells = self.properties.columns().map(|(name, crs)| {
            batch.column_by_name(name.as_str()).and_then(|array| Cells::placed(array, crs)).ok_or_else(|| missing(name))
        });
        let cells = cells.collect::<std::result::Result<Vec<Cells>, String>>()?;
        for (row, wkb) in places.iter().enumerate() {
            let geometry = match wkb {
                Some(wkb) => Some(Geometry::from_wkb(wkb).ok_or("a geometry is not well-known binary")?),
                None => None,
            };
            if let Err(error) = self.push(geometry.as_ref(), &cells, row) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    fn push(&mut self, geometry: Option<&Geometry>, cells: &[Cells], row: usize) -> std::io::Result<()> {
        let properties = feature::values(cells, row);
        let bytes = feature::encode(&mut self.builder, geometry, self.kind, &properties);
        self.spool.write_all(bytes)?;
        self.extents.push((geometry.and_then(Geometry::bbox), self.bytes));
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn finish(self, name: &str, (place, others): (&ColumnInfo, &[ColumnInfo]), to: &Path) -> Result<()> {
        // What has no place is in no tree.
        let placed: Option<Vec<([f64; 4], u64)>> =
            self.extents.iter().map(|(extent, offset)| extent.map(|extent| (extent, *offset))).collect();
        let tree = placed.filter(|placed| !placed.is_empty()).map(Tree::new);
        let header = Header {
            name,
            envelope: self.extents.iter().filter_map(|(extent, _)| *extent).reduce(union),
            kind: self.kind,
            columns: others,
            crs: place.crs(),
            features: self.extents.len() as u64,
            is_indexed: tree.is_some(),
        };
        let mut out = BufWriter::new(File::create(to)?);
        out.write_all(&MAGIC)?;
        out.write_all(&header.encode())?;
        if let Some(tree) = &tree {
            tree.write(&mut out)?;
        }
        let mut spool = self.spool.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        spool.rewind()?;
        std::io::copy(&mut BufReader::new(spool).take(self.bytes), &mut out)?;
        Ok(out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixture;

    async fn written(rows: i64) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let table = fixture::table(&folder.path().join("t.parquet"), rows);
        let to = folder.path().join("steder.fgb");
        write(&[table], &fixture::columns(), &to).await.unwrap();
        std::fs::read(to).unwrap()
    }

    #[tokio::test]
    async fn the_same_rows_give_the_same_bytes() {
        let bytes = written(3_000).await;
        assert_eq!(bytes, written(3_000).await);
        assert_eq!(bytes[..8], MAGIC);
        let text = String::from_utf8_lossy(&bytes);
        assert!(["steder", "EPSG", "kode", "000001", "Vei 1, \"Ås\""].iter().all(|part| text.contains(part)));
        assert!(!text.contains("bbox"), "the covering is no column");
    }

    #[tokio::test]
    async fn a_table_without_rows_is_a_file_too() {
        let bytes = written(0).await;
        let header = u32::from_le_bytes(bytes[8..12].try_into().unwrap());
        assert_eq!(bytes.len(), 12 + usize::try_from(header).unwrap());
    }

    #[tokio::test]
    async fn a_table_without_geometries_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let table = fixture::table(&folder.path().join("t.parquet"), 1);
        let to = folder.path().join("x.fgb");
        assert_eq!(write(&[table], &fixture::columns()[..8], &to).await.unwrap_err().code(), "catalog-table");
    }
}
