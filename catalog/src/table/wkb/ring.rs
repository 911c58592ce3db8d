//! Rings: the outer one counter-clockwise, inner ones clockwise, as `GeoJSON` and `GeoParquet` want them.

use super::{Geometry, Position};

impl Geometry {
    /// Whether every outer ring goes counter-clockwise and every inner one clockwise.
    pub fn is_oriented(&self) -> bool {
        let of = |rings: &Vec<Vec<Position>>| !rings.iter().enumerate().any(|(index, ring)| is_turned(index, ring));
        match self {
            Self::Polygon(rings) => of(rings),
            Self::MultiPolygon(polygons) => polygons.iter().all(of),
            Self::GeometryCollection(members) => members.iter().all(Self::is_oriented),
            Self::Point(_) | Self::LineString(_) | Self::MultiPoint(_) | Self::MultiLineString(_) => true,
        }
    }

    /// Turns the rings that go the wrong way round.
    pub fn orient(&mut self) {
        match self {
            Self::Polygon(rings) => turn(rings),
            Self::MultiPolygon(polygons) => polygons.iter_mut().for_each(|rings| turn(rings)),
            Self::GeometryCollection(members) => members.iter_mut().for_each(Self::orient),
            Self::Point(_) | Self::LineString(_) | Self::MultiPoint(_) | Self::MultiLineString(_) => {}
        }
    }
}

fn turn(rings: &mut [Vec<Position>]) {
    for (index, ring) in rings.iter_mut().enumerate() {
        if is_turned(index, ring) {
            ring.reverse();
        }
    }
}

/// Whether a ring of a polygon, the first of which is the outer one, goes the wrong way round.
pub(super) fn is_turned(index: usize, ring: &[Position]) -> bool {
    let area = doubled_area(ring);
    if index == 0 { area < 0.0 } else { area > 0.0 }
}

/// Twice the signed area: positive for counter-clockwise rings.
fn doubled_area(ring: &[Position]) -> f64 {
    // Relative to the first position, so that small rings far from the origin keep their digits.
    let Some(origin) = ring.first() else { return 0.0 };
    ring.iter()
        .zip(ring.iter().skip(1))
        .map(|(a, b)| (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y))
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::strategies;

    proptest! {
        #[test]
        fn what_was_turned_is_oriented(geometry in strategies::geometry()) {
            let mut turned = geometry.clone();
            turned.orient();
            prop_assert!(turned.is_oriented());
            prop_assert_eq!(turned == geometry, geometry.is_oriented());
            prop_assert_eq!(turned.to_geojson(), geometry.to_geojson());
        }
    }
}
