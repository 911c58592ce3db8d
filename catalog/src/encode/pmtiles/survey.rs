//! A first look at all features: where they are, and how deep zooms must go to show them.

use crate::{
    crs::{Crs, union},
    tile::{EXTENT, Feature, WORLD, covered, mixed},
};

/// Tiles of an archive at the most, as far as a count by lot tells: some hundred bytes of memory each.
const MAX_TILES: u64 = 500_000;
/// A point is shown this exactly, in metres at the equator.
const POINT: f64 = 1.0;
/// A segment of a line has so many units, on average.
const SEGMENT: f64 = 8.0;

/// Tiles of one feature that are counted one by one.
const ONE_BY_ONE: u64 = 16;
/// Bits that tiles of a zoom are counted with.
const BITS: usize = 1 << 20;

/// What was seen so far.
#[derive(Debug)]
pub(super) struct Survey {
    extent: Option<[f64; 4]>,
    has_points: bool,
    segments: u64,
    /// All segments together, in shares of the world's side.
    length: f64,
    /// Tiles of each zoom that extents of features cover.
    tiles: Vec<Count>,
}

impl Survey {
    /// Nothing seen yet; no zoom is deeper than this one.
    pub(super) fn new(max_zoom: u8) -> Self {
        let tiles = vec![Count::default(); usize::from(max_zoom) + 1];
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
            tiles.add(covered(metres, zoom));
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
            let extent = covered(metres(self.extent.unwrap_or_default()), zoom);
            all = all.saturating_add(tiles.estimate().min(size(extent)));
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

/// How many different tiles there are, about (linear counting, Whang and others 1990).
#[derive(Debug, Clone, Default)]
struct Count {
    /// For each tile one bit, the same for some.
    bits: Vec<u64>,
    /// Tiles of large features, those of each counted anew.
    others: u64,
}

impl Count {
    fn add(&mut self, tiles: [u32; 4]) {
        if size(tiles) > ONE_BY_ONE {
            self.others = self.others.saturating_add(size(tiles));
            return;
        }
        self.bits.resize(BITS / 64, 0);
        let [west, north, east, south] = tiles;
        for (column, row) in (west..=east).flat_map(|column| (north..=south).map(move |row| (column, row))) {
            let place = mixed(u64::from(column) << 32 | u64::from(row));
            let index = usize::try_from(place / 64).unwrap_or_default() % (BITS / 64);
            if let Some(bits) = self.bits.get_mut(index) {
                *bits |= 1 << (place % 64);
            }
        }
    }

    fn estimate(&self) -> u64 {
        let set: u32 = self.bits.iter().map(|bits| bits.count_ones()).sum();
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let all = BITS as f64;
        let share = f64::from(set).min(all - 1.0) / all;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and at most some millions"
        )]
        let marked = (-all * (-share).ln_1p()).round() as u64;
        self.others.saturating_add(marked)
    }
}

/// How many tiles lie within these.
fn size([west, north, east, south]: [u32; 4]) -> u64 {
    u64::from(east - west + 1) * u64::from(south - north + 1)
}

/// Shares of the world's square, from its north-western corner, as metres of EPSG:3857: west, south, east, north.
fn metres([west, north, east, south]: [f64; 4]) -> [f64; 4] {
    let [least, _, most, top] = WORLD;
    let side = most - least;
    [least + west * side, top - south * side, least + east * side, top - north * side]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_tiles_are_counted_about_right() {
        let mut count = Count::default();
        assert_eq!(count.estimate(), 0);
        for number in 0..300_000_u32 {
            // Three times each.
            let (column, row) = (number % 100_000 % 317, number % 100_000 / 317);
            count.add([column, row, column, row]);
        }
        assert!((99_000..101_000).contains(&count.estimate()), "{}", count.estimate());
        count.add([0, 0, 99, 99]);
        assert!((109_000..111_000).contains(&count.estimate()), "large ones are added");
    }
}
