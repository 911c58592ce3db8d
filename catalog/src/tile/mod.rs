//! Vector tiles: Mapbox Vector Tile 2.1 of the tile matrix set `WebMercatorQuad` (OGC 17-083r4 annex D.1).
//!
//! Every feature goes the same way, whether one tile or a whole archive is made: to Web Mercator, to the units of a zoom,
//! simplified there, cut at the borders of tiles, rounded. So both give the same bytes.

mod cut;
mod draft;
mod feature;
mod geometry;
mod layer;
mod matrix;
mod message;
mod shape;
mod simplify;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use cut::tiles;
pub use draft::{Draft, MAX_BYTES, MAX_FEATURES, Made};
pub(crate) use draft::{Piece, Rank};
pub use feature::{Feature, Layer};
pub use matrix::{BUFFER, EXTENT, MAX_ZOOM, TileId, WORLD, cell_size, covered};
#[cfg(test)]
pub(crate) use message::read_varint;
pub(crate) use message::varint;
pub(crate) use shape::mixed;
