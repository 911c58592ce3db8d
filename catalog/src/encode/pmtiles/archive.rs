//! The archive: header, directories, metadata, tiles (`PMTiles` 3 section 3).

use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, BufWriter, Read, Seek, Write},
    path::Path,
};

use serde_json::Value;

use super::directory::{Entry, HEADER, directories, gzip};
use crate::{Result, Sha256};

/// `PMTiles` and the version.
const MAGIC: [u8; 8] = *b"PMTiles\x03";
/// The number of gzip among compressions.
const GZIP: u8 = 2;
/// The number of Mapbox Vector Tile among types of tiles.
const MVT: u8 = 1;
/// Tiles up to this size are looked for among those before: larger ones are never the same.
const SHARED: usize = 4096;

/// Tiles so far: bytes on disk, entries in memory.
#[derive(Debug)]
pub(super) struct Archive {
    spool: BufWriter<File>,
    bytes: u64,
    entries: Vec<Entry>,
    known: HashMap<Sha256, (u64, u64)>,
    tiles: u64,
    contents: u64,
}

impl Archive {
    /// An archive without tiles.
    pub(super) fn new() -> Result<Self> {
        let spool = BufWriter::new(tempfile::tempfile()?);
        Ok(Self { spool, bytes: 0, entries: Vec::new(), known: HashMap::new(), tiles: 0, contents: 0 })
    }

    /// Adds a tile; they come by number. One that shows nothing is left out.
    pub(super) fn add(&mut self, tile: u64, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.tiles += 1;
        let (offset, length) = self.place(bytes)?;
        match self.entries.last_mut() {
            Some(last) if last.tile + last.run == tile && last.offset == offset => last.run += 1,
            _ => self.entries.push(Entry { tile, offset, length, run: 1 }),
        }
        Ok(())
    }

    /// Where the bytes of a tile are: those of an earlier one that is the same, or new ones.
    fn place(&mut self, bytes: &[u8]) -> Result<(u64, u64)> {
        let hash = (bytes.len() <= SHARED).then(|| Sha256::of(bytes));
        if let Some(known) = hash.as_ref().and_then(|hash| self.known.get(hash)) {
            return Ok(*known);
        }
        let packed = gzip(bytes)?;
        let place = (self.bytes, packed.len() as u64);
        self.spool.write_all(&packed)?;
        self.bytes += packed.len() as u64;
        self.contents += 1;
        if let Some(hash) = hash {
            self.known.insert(hash, place);
        }
        Ok(place)
    }

    /// Writes the file.
    pub(super) fn finish(self, bounds: &[f64; 4], deepest: u8, metadata: &Value, to: &Path) -> Result<()> {
        let (root, leaves) = directories(&self.entries)?;
        let metadata = gzip(metadata.to_string().as_bytes())?;
        let mut out = BufWriter::new(File::create(to)?);
        let mut header = MAGIC.to_vec();
        let mut offset = HEADER as u64;
        for length in [root.len() as u64, metadata.len() as u64, leaves.len() as u64, self.bytes] {
            header.extend(offset.to_le_bytes());
            header.extend(length.to_le_bytes());
            offset += length;
        }
        for count in [self.tiles, self.entries.len() as u64, self.contents] {
            header.extend(count.to_le_bytes());
        }
        // 1: tiles lie in the order of their numbers.
        header.extend([1, GZIP, GZIP, MVT, 0, deepest]);
        let [west, south, east, north] = *bounds;
        header.extend([west, south, east, north].into_iter().flat_map(e7));
        header.push(deepest / 2);
        header.extend([f64::midpoint(west, east), f64::midpoint(south, north)].into_iter().flat_map(e7));
        for part in [&header, &root, &metadata, &leaves] {
            out.write_all(part)?;
        }
        let mut spool = self.spool.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        spool.rewind()?;
        std::io::copy(&mut BufReader::new(spool).take(self.bytes), &mut out)?;
        Ok(out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?)
    }
}

/// Degrees in ten-millionths.
fn e7(degrees: f64) -> [u8; 4] {
    #[expect(clippy::cast_possible_truncation, reason = "degrees are at most 180")]
    let whole = (degrees * 1e7).round() as i32;
    whole.to_le_bytes()
}
