//! `PMTiles` version 3: a table's vector tiles as one file that maps read by ranges. Tiles in Hilbert order, same ones once,
//! tiles and directories compressed with gzip. Same rows, same bytes.
//!
//! Zoom by zoom the table is read and what tiles show is sorted on disk, so that memory does not grow with the table.

mod archive;
mod directory;
mod hilbert;
mod pieces;
mod survey;

use std::{collections::BTreeMap, path::Path};

use config::ColumnType;
use futures::TryStreamExt;
use serde_json::{Value, json};

use self::{archive::Archive, pieces::Pieces, survey::Survey};
use crate::{
    Error, Result,
    table::{Scan, TableFile},
    tile::{self, Feature, Layer, Piece, Rank},
    version::ColumnInfo,
};

/// Writes the tiles of tables' rows, one after the other, down to the zoom that shows what there is to see, `max_zoom` at
/// the deepest; synced to disk.
///
/// # Errors
/// `Table` if there is no geometry, or a table cannot be read; `Io` if the disk is full.
pub(super) async fn write(tables: &[TableFile], columns: &[ColumnInfo], max_zoom: u8, to: &Path) -> Result<()> {
    let name = to.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let layer = Layer::new(&name, columns)
        .ok_or_else(|| Error::Table { name: to.display().to_string(), reason: "there is no geometry".to_owned() })?;
    let mut survey = Survey::new(max_zoom.min(tile::MAX_ZOOM));
    each(tables, &layer, &mut |feature| {
        survey.look(feature);
        Ok(())
    })
    .await?;
    let deepest = survey.deepest();
    let mut archive = Archive::new()?;
    let mut left_out: BTreeMap<String, u64> = BTreeMap::new();
    for zoom in 0..=deepest {
        let mut pieces = Pieces::default();
        each(tables, &layer, &mut |feature| add(&mut pieces, zoom, feature)).await?;
        let missing = tiles(&layer, pieces, &mut archive)?;
        if missing > 0 {
            left_out.insert(zoom.to_string(), missing);
        }
    }
    archive.finish(&survey.bounds(), deepest, &metadata(&layer, deepest, &left_out), to)
}

/// Calls `take` with every feature, in the order of the rows.
async fn each(
    tables: &[TableFile],
    layer: &Layer,
    take: &mut (dyn FnMut(&Feature) -> Result<()> + Send),
) -> Result<()> {
    let mut before = 0;
    for table in tables {
        let scan = Scan { columns: Some(layer.columns()), row_numbers: true, ..Scan::default() };
        let mut batches = table.scan(scan).await?;
        let mut rows = 0;
        while let Some(batch) = batches.try_next().await? {
            layer.features(&batch, before)?.iter().try_for_each(&mut *take)?;
            rows += batch.num_rows() as u64;
        }
        before += rows;
    }
    Ok(())
}

/// Adds what the tiles of a zoom show of a feature.
fn add(pieces: &mut Pieces, zoom: u8, feature: &Feature) -> Result<()> {
    let shape = feature.world.at_zoom(zoom, feature.draw());
    let rank = Rank::of(feature);
    let mut done = Ok(());
    tile::tiles(&shape, zoom, None, &mut |column, row, shape| {
        if done.is_ok()
            && let Some(piece) = Piece::of(feature, rank, shape, (column, row))
        {
            done = pieces.push(hilbert::number(zoom, column, row), piece);
        }
    });
    done
}

/// Makes the tiles of a zoom; the number of features that found no room in them.
fn tiles(layer: &Layer, pieces: Pieces, archive: &mut Archive) -> Result<u64> {
    let mut left_out = 0;
    let mut open: Option<(u64, tile::Draft)> = None;
    let mut close = |open: Option<(u64, tile::Draft)>| -> Result<()> {
        let Some((number, draft)) = open else { return Ok(()) };
        let made = draft.finish(layer);
        left_out += made.left_out;
        archive.add(number, &made.bytes)
    };
    for piece in pieces.sorted()? {
        let (number, piece) = piece?;
        if open.as_ref().is_none_or(|(at, _)| *at != number) {
            close(open.replace((number, tile::Draft::default())))?;
        }
        if let Some((_, draft)) = &mut open {
            draft.push(piece);
        }
    }
    close(open)?;
    Ok(left_out)
}

/// What readers want to know of the layers (`PMTiles` 3 section 5, and the `vector_layers` of `TileJSON` 3).
fn metadata(layer: &Layer, deepest: u8, left_out: &BTreeMap<String, u64>) -> Value {
    let fields: serde_json::Map<String, Value> =
        layer.fields().iter().map(|field| (field.name.to_string(), json!(kind(&field.kind)))).collect();
    json!({
        "name": layer.name(), "format": "pbf", "type": "overlay", "minzoom": 0, "maxzoom": deepest,
        "vector_layers": [{ "id": layer.name(), "fields": fields, "minzoom": 0, "maxzoom": deepest }],
        // Beside the standard's members: features without room in a tile, by zoom.
        "features_left_out": left_out,
    })
}

/// The three kinds of attributes that `TileJSON` knows.
fn kind(kind: &ColumnType) -> &'static str {
    match kind {
        ColumnType::Integer {} | ColumnType::Number {} | ColumnType::Decimal { .. } => "Number",
        ColumnType::Boolean { .. } => "Boolean",
        ColumnType::Text {}
        | ColumnType::Code { .. }
        | ColumnType::Date { .. }
        | ColumnType::Datetime { .. }
        | ColumnType::Geometry { .. } => "String",
    }
}

#[cfg(test)]
mod tests;
