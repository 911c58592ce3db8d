//! Many extents in one system against one extent in another: most are answered without being moved there.

use super::{Transform, union};

/// How often the known area is made larger at the most: each time costs as much as some dozens of extents.
const MOST_GROWTHS: u32 = 100;

/// Whether extents come to lie within a wanted one; gives what [`Transform::lies_within`] gives.
#[derive(Debug, Clone)]
pub struct Within {
    way: Transform,
    wanted: [f64; 4],
    /// An area of the first system that as a whole comes to lie within what is wanted.
    known: Option<[f64; 4]>,
    growths: u32,
}

impl Within {
    /// For extents in the first system of a way, and one that is wanted in the other.
    pub fn new(way: Transform, wanted: [f64; 4]) -> Self {
        Self { way, wanted, known: None, growths: 0 }
    }

    /// Whether the corners of an extent (west, south, east, north) come to lie within the wanted one.
    pub fn holds(&mut self, extent: [f64; 4]) -> bool {
        self.surely(extent) || self.way.lies_within(extent, self.wanted)
    }

    /// Whether all places of an extent are known to come to lie within the wanted one; where they are not they may yet.
    pub fn surely(&mut self, extent: [f64; 4]) -> bool {
        let is_known = |known: Option<[f64; 4]>| known.is_some_and(|known| is_in(extent, known));
        if !is_known(self.known) && self.growths < MOST_GROWTHS {
            self.grow(extent);
        }
        is_known(self.known)
    }

    /// Makes the known area larger so that it holds an extent, and more on all sides if that may be.
    fn grow(&mut self, extent: [f64; 4]) {
        let next = self.known.map_or(extent, |known| union(known, extent));
        let [west, south, east, north] = next;
        let (wide, high) = (east - west, north - south);
        let generous = [west - wide, south - high, east + wide, north + high];
        for area in [generous, next] {
            self.growths += 1;
            if self.way.extent(area).is_some_and(|there| is_in(there, self.wanted)) {
                self.known = Some(area);
                return;
            }
        }
    }

    /// The way to the other system.
    pub fn way(&self) -> &Transform {
        &self.way
    }

    /// The extent that is wanted.
    pub fn wanted(&self) -> [f64; 4] {
        self.wanted
    }
}

/// Whether an extent lies in another one of the same system.
fn is_in([west, south, east, north]: [f64; 4], other: [f64; 4]) -> bool {
    let [least_x, least_y, most_x, most_y] = other;
    least_x <= west && east <= most_x && least_y <= south && north <= most_y
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::Crs, *};

    const NORWAY: [f64; 4] = [4.0, 57.5, 31.5, 71.5];

    proptest! {
        #[test]
        fn says_what_moving_every_corner_says(
            code in prop_oneof![Just(0_u32), Just(25_832), Just(25_833), Just(25_835), Just(3857), Just(27_393), Just(5110)],
            // Around the edges of what is wanted, and far within.
            places in proptest::collection::vec((3.0..33.0_f64, 56.0..73.0_f64, 0.0..3e4_f64, 0.0..3e4_f64), 1..60),
        ) {
            let crs = if code == 0 { Crs::CRS84 } else { Crs::from_epsg(code).unwrap() };
            let way = Transform::new(crs, Crs::CRS84);
            let mut within = Within::new(way, NORWAY);
            let unit = if crs.is_projected() { 1.0 } else { 1e-5 };
            for (longitude, latitude, wide, high) in places {
                let Some((x, y)) = crs.of_degrees(longitude, latitude) else { continue };
                for size in [0.0, unit] {
                    let extent = [x, y, x + wide * size, y + high * size];
                    prop_assert_eq!(within.holds(extent), way.lies_within(extent, NORWAY), "{:?}", extent);
                }
            }
        }
    }

    #[test]
    fn most_places_are_known_soon_and_numbers_that_are_none_never() {
        let way = Transform::new(Crs::from_epsg(25_832).unwrap(), Crs::CRS84);
        let mut within = Within::new(way, NORWAY);
        for step in 0..1000 {
            let (x, y) = (500_000.0 + f64::from(step) * 90.0, 6_600_000.0 + f64::from(step) * 70.0);
            assert!(within.holds([x, y, x + 20.0, y + 20.0]));
        }
        assert!(within.growths < 30, "{}", within.growths);
        assert!(!within.holds([f64::NAN; 4]));
        assert!(!within.holds([500_000.0, 6_600_000.0, 500_000.0, 9_000_000.0]));
    }
}
