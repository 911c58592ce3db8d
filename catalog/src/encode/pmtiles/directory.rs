//! Directories: which tile is where (`PMTiles` 3 section 4).

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use crate::tile::varint;

/// Bytes of the header before the first directory.
pub(super) const HEADER: usize = 127;
/// What the header and the first directory take together at the most, so that one request reads both.
const ROOT_BYTES: usize = 16_384 - HEADER;
/// Entries of a leaf to begin with.
const LEAF: usize = 4096;

/// Where the bytes of a tile are, or those of so many tiles in a row that are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) tile: u64,
    pub(super) offset: u64,
    pub(super) length: u64,
    /// Tiles in a row; 0: these are the bytes of a leaf directory.
    pub(super) run: u64,
}

/// The first directory, and the leaves that it leads to where not all fits into it.
pub(super) fn directories(entries: &[Entry]) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
    let root = encode(entries)?;
    if root.len() <= ROOT_BYTES {
        return Ok((root, Vec::new()));
    }
    let mut size = LEAF;
    loop {
        let (mut pointers, mut leaves) = (Vec::new(), Vec::new());
        for chunk in entries.chunks(size) {
            let leaf = encode(chunk)?;
            let tile = chunk.first().map_or(0, |entry| entry.tile);
            pointers.push(Entry { tile, offset: leaves.len() as u64, length: leaf.len() as u64, run: 0 });
            leaves.extend(leaf);
        }
        let root = encode(&pointers)?;
        if root.len() <= ROOT_BYTES {
            return Ok((root, leaves));
        }
        size *= 2;
    }
}

/// Column after column, each number as it differs from the one before, where that is smaller.
fn encode(entries: &[Entry]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    varint(entries.len() as u64, &mut out);
    let mut last = 0;
    for entry in entries {
        varint(entry.tile - last, &mut out);
        last = entry.tile;
    }
    for entry in entries {
        varint(entry.run, &mut out);
    }
    for entry in entries {
        varint(entry.length, &mut out);
    }
    let mut end = None;
    for entry in entries {
        // 0: right behind the one before.
        varint(if end == Some(entry.offset) { 0 } else { entry.offset + 1 }, &mut out);
        end = Some(entry.offset + entry.length);
    }
    gzip(&out)
}

/// Bytes compressed with gzip, without a name and a time, so that the same bytes give the same.
pub(super) fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}
