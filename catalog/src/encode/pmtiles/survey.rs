//! A first look at all features: where they are, and how deep zooms must go to show them.

use crate::{
    crs::{Crs, union},
    tile::{EXTENT, Feature, WORLD, covered},
};

/// Tiles of an archive at the most, as far as extents tell: 24 bytes of memory each.
const MAX_TILES: u64 = 500_000;
/// A point is shown this exactly, in metres at the equator.
const POINT: f64 = 1.0;
/// A segment of a line has so many units, on average.
const SEGMENT: f64 = 8.0;

/// What was seen so far.
#[derive(Debug)]
pub(super) struct Survey {
    extent: Option<[f64; 4]>,
    has_points: bool,
    segments: u64,
    /// All segments together, in shares of the world's side.
    length: f64,
    /// Tiles of each zoom that extents of features cover, counted once for each feature.
    tiles: Vec<u64>,
}

impl Survey {
    /// Nothing seen yet; no zoom is deeper than this one.
    pub(super) fn new(max_zoom: u8) -> Self {
        let tiles = vec![0; usize::from(max_zoom) + 1];
        Self { extent: None, has_points: false, segments: 0, length: 0.0, tiles }
    }

    /// Looks at a feature.
    pub(super) fn look(&mut self, feature: &Feature) {
        let own = feature.world.extent();
        self.extent = Some(self.extent.map_or(own, |old| union(old, own)));
        let (segments, length) = feature.world.segments();
        self.has_points |= segments == 0;
        self.segments += segments;
        self.length += length;
        let metres = metres(own);
        for (zoom, tiles) in (0..).zip(&mut self.tiles) {
            let [west, north, east, south] = covered(metres, zoom);
            *tiles = tiles.saturating_add(u64::from(east - west + 1) * u64::from(south - north + 1));
        }
    }

    /// The deepest zoom: where a unit is as small as what there is to see, but no more tiles than an archive can have.
    pub(super) fn deepest(&self) -> u8 {
        let [west, _, east, _] = WORLD;
        #[expect(clippy::cast_precision_loss, reason = "an average")]
        let segment = (self.segments > 0).then(|| self.length * (east - west) / self.segments as f64 / SEGMENT);
        let wanted = segment.into_iter().chain(self.has_points.then_some(POINT)).fold(f64::INFINITY, f64::min);
        let mut all: u64 = 0;
        let mut deepest = 0;
        for (zoom, tiles) in (0_u8..).zip(&self.tiles) {
            all = all.saturating_add(*tiles);
            if zoom > 0 && all > MAX_TILES {
                break;
            }
            deepest = zoom;
            if (east - west) / f64::from(EXTENT) / f64::from(1_u32 << zoom) <= wanted {
                break;
            }
        }
        deepest
    }

    /// The extent in degrees: west, south, east, north; the whole world where nothing was seen.
    pub(super) fn bounds(&self) -> [f64; 4] {
        let [west, south, east, north] = metres(self.extent.unwrap_or([0.0, 0.0, 1.0, 1.0]));
        let degrees = |x, y| Crs::from_epsg(3857).and_then(|mercator| mercator.to_degrees(x, y));
        match (degrees(west, south), degrees(east, north)) {
            (Some((west, south)), Some((east, north))) => [west, south, east, north],
            _ => [-180.0, -85.0, 180.0, 85.0],
        }
    }
}

/// Shares of the world's square, from its north-western corner, as metres of EPSG:3857: west, south, east, north.
fn metres([west, north, east, south]: [f64; 4]) -> [f64; 4] {
    let [least, _, most, top] = WORLD;
    let side = most - least;
    [least + west * side, top - south * side, least + east * side, top - north * side]
}
