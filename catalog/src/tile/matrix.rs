//! The tiles of `WebMercatorQuad`: a square of Web Mercator (EPSG:3857), halved in both directions from zoom to zoom.
//! Columns go east and rows south, from the north-western corner.

/// Half of the side of the world's square, in metres.
const HALF: f64 = 20_037_508.342_789_244;
/// The extent of the world's square in EPSG:3857: west, south, east, north.
pub const WORLD: [f64; 4] = [-HALF, -HALF, HALF, HALF];
/// The deepest zoom: a tile is about nine metres wide there, and its unit two millimetres.
pub const MAX_ZOOM: u8 = 22;
/// Units along each side of a tile.
pub const EXTENT: u16 = 4096;
/// Units around a tile in which shapes are kept, so that lines have no ends at borders: a pixel is 8 or 16 units.
pub const BUFFER: u16 = 64;

/// A place: how far to the east and to the south.
pub(super) type Point = [f64; 2];

/// The size of a pixel of 256 a tile, in metres at the equator (the cell size of OGC 17-083r4).
pub fn cell_size(zoom: u8) -> f64 {
    2.0 * HALF / 256.0 / f64::from(1_u32 << zoom.min(30))
}

/// A tile: zoom, column and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    zoom: u8,
    column: u32,
    row: u32,
}

impl TileId {
    /// A tile; `None` if there is none of these numbers, or the zoom is deeper than [`MAX_ZOOM`].
    pub fn new(zoom: u8, column: u32, row: u32) -> Option<Self> {
        (zoom <= MAX_ZOOM && column < 1 << zoom && row < 1 << zoom).then_some(Self { zoom, column, row })
    }

    /// The zoom (identifier of the tile matrix), from 0.
    pub fn zoom(self) -> u8 {
        self.zoom
    }

    /// The column, from the west.
    pub fn column(self) -> u32 {
        self.column
    }

    /// The row, from the north.
    pub fn row(self) -> u32 {
        self.row
    }

    /// The extent in metres of EPSG:3857 with so many units around it, within the world: west, south, east, north.
    pub fn extent(self, around: u16) -> [f64; 4] {
        let side = 2.0 * HALF / f64::from(1_u32 << self.zoom);
        let margin = side * f64::from(around) / f64::from(EXTENT);
        let (west, north) = (f64::from(self.column) * side - HALF, HALF - f64::from(self.row) * side);
        let within = |coordinate: f64| coordinate.clamp(-HALF, HALF);
        [west - margin, north - side - margin, west + side + margin, north + margin].map(within)
    }
}

/// The tiles of a zoom that an extent in EPSG:3857 covers: least column and row, greatest column and row.
pub fn covered([west, south, east, north]: [f64; 4], zoom: u8) -> [u32; 4] {
    let count = 1_u32 << zoom.min(MAX_ZOOM);
    let at = |share: f64| {
        let place = (share * f64::from(count)).floor().clamp(0.0, f64::from(count - 1));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the numbers of tiles")]
        let number = place as u32;
        number
    };
    let (across, down) = (|x: f64| at((x + HALF) / (2.0 * HALF)), |y: f64| at((HALF - y) / (2.0 * HALF)));
    [across(west), down(north), across(east), down(south)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::{Crs, Transform};

    #[test]
    fn tiles_are_where_the_standard_has_them() {
        assert_eq!(TileId::new(0, 0, 0).unwrap().extent(0).map(f64::to_bits), WORLD.map(f64::to_bits));
        assert!(TileId::new(1, 2, 0).is_none() && TileId::new(23, 0, 0).is_none());
        // Oslo at zoom 10, as every web map numbers it.
        let mercator = Crs::from_epsg(3857).unwrap();
        let (x, y) = Transform::new(Crs::CRS84, mercator).apply(10.75, 59.91).unwrap();
        assert_eq!(covered([x, y, x, y], 10), [542, 297, 542, 297]);
        let [west, south, east, north] = TileId::new(10, 542, 297).unwrap().extent(0);
        assert!(west <= x && x < east && south < y && y <= north);
        assert_eq!(covered([-3e7, -3e7, 3e7, 3e7], 2), [0, 0, 3, 3]);
        let first = cell_size(0);
        assert!((first - 156_543.033_928_041).abs() < 1e-6 && (cell_size(1) - first / 2.0).abs() < 1e-9);
    }

    #[test]
    fn what_lies_around_ends_at_the_edge_of_the_world() {
        let [west, south, east, north] = TileId::new(1, 1, 0).unwrap().extent(BUFFER);
        assert!(west < 0.0 && south < 0.0);
        assert_eq!([east.to_bits(), north.to_bits()], [WORLD[2].to_bits(), WORLD[3].to_bits()]);
    }
}
