use std::{collections::BTreeMap, io::Read};

use super::*;
use crate::{
    table::{ROW, fixture},
    tile::{Draft, TileId, read_varint},
};

async fn written(rows: i64, max_zoom: u8) -> (Vec<u8>, TableFile, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let table = fixture::table(&folder.path().join("t.parquet"), rows);
    let to = folder.path().join("steder.pmtiles");
    write(std::slice::from_ref(&table), &fixture::columns(), max_zoom, &to).await.unwrap();
    (std::fs::read(to).unwrap(), table, folder)
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}

fn number(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())).unwrap()
}

/// A section by the place of its offset and length in the header.
fn section(bytes: &[u8], at: usize) -> &[u8] {
    let (offset, length) = (number(bytes, at), number(bytes, at + 8));
    &bytes[offset..offset + length]
}

/// Entries of a directory: number of the tile, run, length, offset.
fn directory(packed: &[u8]) -> Vec<[u64; 4]> {
    let bytes = gunzip(packed);
    let mut rest = bytes.as_slice();
    let mut next = || read_varint(&mut rest).unwrap();
    let count = usize::try_from(next()).unwrap();
    let mut column = || (0..count).map(|_| next()).collect::<Vec<u64>>();
    let (steps, runs, lengths, offsets) = (column(), column(), column(), column());
    let mut entries: Vec<[u64; 4]> = Vec::new();
    let mut tile = 0;
    for index in 0..count {
        tile += steps[index];
        let offset = match (offsets[index], entries.last()) {
            (0, Some([.., length, offset])) => offset + length,
            (offset, _) => offset - 1,
        };
        entries.push([tile, runs[index], lengths[index], offset]);
    }
    entries
}

/// Every tile of an archive by its number, and the entries that lead to them.
fn tiles(bytes: &[u8]) -> (BTreeMap<u64, Vec<u8>>, Vec<[u64; 4]>) {
    let (root, leaves, data) = (section(bytes, 8), section(bytes, 40), section(bytes, 56));
    let at = |number: u64| usize::try_from(number).unwrap();
    let mut entries = Vec::new();
    for [tile, run, length, offset] in directory(root) {
        match run {
            0 => entries.extend(directory(&leaves[at(offset)..at(offset + length)])),
            _ => entries.push([tile, run, length, offset]),
        }
    }
    let mut found = BTreeMap::new();
    for [tile, run, length, offset] in &entries {
        let tile_bytes = gunzip(&data[at(*offset)..at(offset + length)]);
        (*tile..tile + run).for_each(|tile| assert!(found.insert(tile, tile_bytes.clone()).is_none()));
    }
    (found, entries)
}

#[tokio::test]
async fn tiles_are_those_that_are_made_one_by_one() {
    let (bytes, table, _folder) = written(3_000, 9).await;
    assert_eq!(bytes, written(3_000, 9).await.0, "the same rows give the same bytes");
    assert_eq!((&bytes[..7], bytes[7], bytes[96..102].to_vec()), (&b"PMTiles"[..], 3, vec![1, 2, 2, 1, 0, 9]));
    let (tiles, entries) = tiles(&bytes);
    assert_eq!([72, 80, 88].map(|at| number(&bytes, at))[..2], [tiles.len(), entries.len()]);
    assert!(entries.windows(2).all(|pair| pair[0][0] + pair[0][1] <= pair[1][0]));
    let layer = Layer::new("steder", &fixture::columns()).unwrap();
    let mut seen = 0;
    for (zoom, column, row) in (0..=9).flat_map(|zoom| {
        // Places of the fixture lie from 10 to 13 degrees east, and at 59.5 degrees north.
        let [west, north, east, south] = tile::covered([1_000_000.0, 8_200_000.0, 1_600_000.0, 8_400_000.0], zoom);
        (west..=east).flat_map(move |column| (north..=south).map(move |row| (zoom, column, row)))
    }) {
        let mut draft = Draft::default();
        let scan = Scan { row_numbers: true, ..Scan::default() };
        let mut batches = table.scan(scan).await.unwrap();
        while let Some(batch) = batches.try_next().await.unwrap() {
            assert!(batch.column_by_name(ROW).is_some());
            draft.take(&layer, TileId::new(zoom, column, row).unwrap(), &batch).unwrap();
        }
        let stored = tiles.get(&hilbert::number(zoom, column, row));
        assert_eq!(stored.cloned().unwrap_or_default(), draft.finish(&layer).bytes, "{zoom} {column} {row}");
        seen += usize::from(stored.is_some());
    }
    assert_eq!(seen, tiles.len());
    let metadata: Value = serde_json::from_slice(&gunzip(section(&bytes, 24))).unwrap();
    assert_eq!(metadata["vector_layers"][0]["fields"]["leie"], "Number");
    assert_eq!(metadata["maxzoom"], 9);
}

#[tokio::test]
async fn a_table_without_rows_is_an_archive_without_tiles() {
    let (bytes, ..) = written(0, 14).await;
    let (tiles, entries) = tiles(&bytes);
    assert_eq!((tiles.len(), entries.len(), number(&bytes, 72)), (0, 0, 0));
}

#[tokio::test]
async fn many_features_in_few_tiles_go_as_deep_as_is_allowed() {
    // Far more rows than tiles: what is counted are tiles.
    let folder = tempfile::tempdir().unwrap();
    let table = fixture::table(&folder.path().join("t.parquet"), 60_000);
    let layer = Layer::new("steder", &fixture::columns()).unwrap();
    let mut survey = Survey::new(14);
    each(&[table], &layer, &mut |feature| {
        survey.look(feature);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(survey.deepest(), 14);
}

#[tokio::test]
async fn a_table_without_geometries_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let table = fixture::table(&folder.path().join("t.parquet"), 1);
    let to = folder.path().join("x.pmtiles");
    assert_eq!(write(&[table], &fixture::columns()[..8], 4, &to).await.unwrap_err().code(), "catalog-table");
}

#[test]
fn many_entries_go_into_leaves_and_same_tiles_are_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("x.pmtiles");
    let mut archive = Archive::new().unwrap();
    let drawn = |tile: u64| tile.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    // So that lengths and places look drawn, too, and directories cannot be packed well.
    let content = |tile: u64| {
        let number = drawn(tile) % 1_400;
        (0..number % 97).map(|step| drawn(number * 100 + step).to_string()).collect::<Vec<_>>().concat()
    };
    for tile in 0..60_000_u64 {
        if tile % 3 > 0 {
            archive.add(tile, format!("tile {} {}", drawn(tile) % 1_400, content(tile)).as_bytes()).unwrap();
        }
    }
    (70_000..70_100).for_each(|tile| archive.add(tile, b"sea").unwrap());
    archive.add(70_100, b"").unwrap();
    archive.finish(&[4.0, 57.0, 31.0, 71.0], 8, &json!({}), &to).unwrap();
    let bytes = std::fs::read(to).unwrap();
    let (tiles, entries) = tiles(&bytes);
    assert!(number(&bytes, 48) > 0, "there are leaves");
    assert!(number(&bytes, 8 + 8) + 127 <= 16_384);
    assert_eq!((number(&bytes, 72), number(&bytes, 80)), (40_100, entries.len()));
    assert_eq!(tiles.len(), 40_100);
    assert!(number(&bytes, 88) <= 1_401, "{}", number(&bytes, 88));
    assert_eq!(entries.last().map(|entry| [entry[0], entry[1]]), Some([70_000, 100]));
    assert_eq!(tiles[&70_050], b"sea");
    assert_eq!(tiles[&1], format!("tile {} {}", drawn(1) % 1_400, content(1)).into_bytes());
}
