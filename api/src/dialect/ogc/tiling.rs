//! Which tiles a collection has (the limits of OGC 17-083r4 section 8): from a zoom on at which one can be made while
//! somebody waits, within the extent of the features.

use catalog::{
    crs::{Crs, Transform},
    tile::{MAX_ZOOM, TileId, WORLD, covered},
};

use super::collection::Collection;

/// The identifier of the one tile matrix set.
pub(super) const MATRIX_SET: &str = "WebMercatorQuad";
/// Its name in the register of the OGC.
pub(super) const MATRIX_SET_URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
/// The media type of tiles.
pub(super) const MVT: &str = "application/vnd.mapbox-vector-tile";
/// Rows that are read for one tile, if they lie evenly in the extent.
const ROWS: u64 = 200_000;

/// The system of the tile matrix set, EPSG:3857.
pub(super) fn mercator() -> Option<Crs> {
    Crs::from_epsg(3857)
}

/// The tiles of a collection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiling {
    /// The extent of the features in metres of EPSG:3857; `None` where none of them has a place there.
    extent: Option<[f64; 4]>,
    /// The least zoom.
    pub(super) least: u8,
}

impl Tiling {
    /// The tiles of a collection.
    pub(super) fn of(collection: &Collection<'_>) -> Self {
        Self::new(collection.manifest.bbox, collection.manifest.rows)
    }

    /// The tiles of so many rows within an extent in degrees.
    fn new(bbox: Option<[f64; 4]>, rows: u64) -> Self {
        // What lies nearer to the poles than Web Mercator reaches has no tile.
        let known = bbox.map(|[w, s, e, n]| [w, s.clamp(-85.0, 85.0), e, n.clamp(-85.0, 85.0)]);
        let way = mercator().map(|mercator| Transform::new(Crs::CRS84, mercator));
        let extent = known.and_then(|[west, south, east, north]| {
            let ((left, low), (right, high)) = way?.apply(west, south).zip(way?.apply(east, north))?;
            Some([left, low, right, high])
        });
        let fits = |zoom: &u8| {
            let [west, north, east, south] = covered(extent.unwrap_or(WORLD), *zoom);
            rows / (u64::from(east - west + 1) * u64::from(south - north + 1)) <= ROWS
        };
        Self { extent, least: (0..=MAX_ZOOM).find(fits).unwrap_or(MAX_ZOOM) }
    }

    /// The zooms that there are tiles of.
    pub(super) fn zooms(self) -> std::ops::RangeInclusive<u8> {
        self.least..=MAX_ZOOM
    }

    /// The tiles of a zoom: least column and row, greatest column and row; `None` where there are none.
    pub(super) fn limits(self, zoom: u8) -> Option<[u32; 4]> {
        self.extent.filter(|_| self.zooms().contains(&zoom)).map(|extent| covered(extent, zoom))
    }

    /// Whether a tile is one of the collection.
    pub(super) fn has(self, tile: TileId) -> bool {
        self.limits(tile.zoom()).is_some_and(|[west, north, east, south]| {
            (west..=east).contains(&tile.column()) && (north..=south).contains(&tile.row())
        })
    }

    /// The zoom at which all features are seen at once, as far as there are tiles of it.
    pub(super) fn first_view(self) -> u8 {
        let one = |zoom: &u8| {
            self.extent.is_some_and(|extent| {
                let [west, north, east, south] = covered(extent, *zoom);
                east - west <= 1 && south - north <= 1
            })
        };
        self.zooms().rev().find(one).unwrap_or(self.least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_of_many_rows_begin_where_one_can_be_made() {
        let town = Some([10.3, 63.3, 10.6, 63.5]);
        assert_eq!(Tiling::new(town, 200_000).least, 0);
        let many = Tiling::new(town, 1_000_000);
        let [west, north, east, south] = many.limits(many.least).unwrap();
        assert!((east - west + 1) * (south - north + 1) >= 5 && many.least > 9, "{many:?}");
        assert_eq!(many.limits(many.least - 1), None);
        assert!(many.has(TileId::new(many.least, west, north).unwrap()));
        assert!(!many.has(TileId::new(many.least, west - 1, north).unwrap()));
    }

    #[test]
    fn without_places_there_are_no_tiles() {
        let nothing = Tiling::new(None, 10);
        assert!(nothing.zooms().all(|zoom| nothing.limits(zoom).is_none()));
        // The whole world, the poles among it.
        let world = Tiling::new(Some([-180.0, -90.0, 180.0, 90.0]), 10);
        assert_eq!((world.limits(3), world.first_view()), (Some([0, 0, 7, 7]), 1));
    }
}
