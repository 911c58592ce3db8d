//! One tile in the making: what is shown where there is too much, in bounded memory.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
};

use arrow::record_batch::RecordBatch;

use super::{
    cut,
    feature::{Feature, Layer},
    geometry,
    layer::{Writer, values},
    matrix::{EXTENT, TileId},
    shape::Shape,
};
use crate::Result;

/// Features of a tile at the most.
pub const MAX_FEATURES: usize = 20_000;
/// Bytes of a tile at the most, before compression.
pub const MAX_BYTES: usize = 1 << 20;
/// Bytes of features that are held before it is known which ones are shown.
const HELD: usize = 16 << 20;

/// What stays where there is too much: the greater extent, then by a lot that is the same at every zoom, so that what is
/// shown at one is shown at all deeper ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// The diagonal of the extent; of numbers that are not negative, the bits have the order of the numbers.
    extent: u64,
    lot: u64,
}

impl Rank {
    /// The rank of a feature.
    pub(crate) fn of(feature: &Feature) -> Self {
        let [west, north, east, south] = feature.world.extent();
        Self { extent: (east - west).hypot(south - north).to_bits(), lot: feature.draw() }
    }

    /// As numbers, greatest first.
    pub(crate) fn numbers(self) -> [u64; 2] {
        [self.extent, self.lot]
    }

    /// From [`Self::numbers`].
    pub(crate) fn from_numbers([extent, lot]: [u64; 2]) -> Self {
        Self { extent, lot }
    }
}

/// What a tile shows of a feature. Ordered by rank, then by row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Piece {
    /// Its rank among those of the tile.
    pub(crate) rank: Rank,
    /// The row.
    pub(crate) row: u64,
    /// Geometries by type, as commands.
    pub(crate) geometries: Vec<(u8, Vec<u8>)>,
    /// The attributes.
    pub(crate) tags: Vec<u8>,
}

impl Piece {
    /// What a tile shows of a feature; `None` where nothing is left of its shape.
    pub(crate) fn of(feature: &Feature, rank: Rank, shape: &Shape, (column, row): (u32, u32)) -> Option<Self> {
        let corner = [f64::from(column) * f64::from(EXTENT), f64::from(row) * f64::from(EXTENT)];
        let geometries = geometry::encode(shape, corner);
        let piece = |geometries| Self { rank, row: feature.row, geometries, tags: feature.tags.clone() };
        (!geometries.is_empty()).then(|| piece(geometries))
    }

    fn bytes(&self) -> usize {
        self.tags.len() + self.geometries.iter().map(|(_, commands)| commands.len() + 12).sum::<usize>()
    }
}

/// A tile in the making.
#[derive(Debug, Default)]
pub struct Draft {
    kept: BinaryHeap<Reverse<Piece>>,
    bytes: usize,
    met: u64,
}

/// A tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The tile, not compressed; empty where there is nothing to show.
    pub bytes: Vec<u8>,
    /// Features that it shows.
    pub shown: u64,
    /// Features that were left out, since there were too many.
    pub left_out: u64,
}

impl Draft {
    /// Takes what a tile shows of the rows of a batch with row numbers.
    ///
    /// # Errors
    /// As [`Layer::features`].
    pub fn take(&mut self, layer: &Layer, tile: TileId, batch: &RecordBatch) -> Result<()> {
        let place = (tile.column(), tile.row());
        for feature in layer.features(batch, 0)? {
            let shape = feature.world.at_zoom(tile.zoom(), feature.draw());
            cut::tiles(&shape, tile.zoom(), Some(place), &mut |_, _, shape| {
                if let Some(piece) = Piece::of(&feature, Rank::of(&feature), shape, place) {
                    self.push(piece);
                }
            });
        }
        Ok(())
    }

    /// Adds what is shown of a feature, and lets go of what is too much.
    pub(crate) fn push(&mut self, piece: Piece) {
        self.met += 1;
        self.bytes += piece.bytes();
        self.kept.push(Reverse(piece));
        while self.kept.len() > MAX_FEATURES || self.bytes > HELD {
            let Some(Reverse(least)) = self.kept.pop() else { break };
            self.bytes -= least.bytes();
        }
    }

    /// The tile: the pieces that find room, in the order of the table.
    pub fn finish(self, layer: &Layer) -> Made {
        // Ascending order of what is reversed: the highest rank first.
        let ranked: Vec<Piece> = self.kept.into_sorted_vec().into_iter().map(|Reverse(piece)| piece).collect();
        let mut pieces: Vec<&Piece> = ranked.iter().take(room(&ranked)).collect();
        pieces.sort_unstable_by_key(|piece| piece.row);
        let mut writer = Writer::default();
        for piece in &pieces {
            let geometries: Vec<(u8, &[u8])> =
                piece.geometries.iter().map(|(kind, commands)| (*kind, commands.as_slice())).collect();
            writer.add(&piece.tags, &geometries);
        }
        let shown = pieces.len() as u64;
        Made { bytes: writer.finish(layer), shown, left_out: self.met.saturating_sub(shown) }
    }
}

/// How many of some pieces, from the first one on, have room in a tile: values that several share count once.
fn room(ranked: &[Piece]) -> usize {
    let (mut bytes, mut known) = (0, HashSet::new());
    for (index, piece) in ranked.iter().enumerate() {
        for (_, value) in values(&piece.tags) {
            bytes += if known.insert(value) { value.len() + 8 } else { 6 };
        }
        bytes += piece.geometries.iter().map(|(_, commands)| commands.len() + 12).sum::<usize>();
        if bytes > MAX_BYTES {
            return index;
        }
    }
    ranked.len()
}
