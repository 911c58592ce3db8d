//! Rings: the outer one counter-clockwise, inner ones clockwise, as `GeoJSON` and `GeoParquet` want them.

use super::{Geometry, Position, overlap};

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

    /// Whether every ring ends where it begins.
    pub fn is_closed(&self) -> bool {
        let of = |rings: &Vec<Vec<Position>>| rings.iter().all(|ring| ends_where_it_begins(ring));
        match self {
            Self::Polygon(rings) => of(rings),
            Self::MultiPolygon(polygons) => polygons.iter().all(of),
            Self::GeometryCollection(members) => members.iter().all(Self::is_closed),
            Self::Point(_) | Self::LineString(_) | Self::MultiPoint(_) | Self::MultiLineString(_) => true,
        }
    }

    /// Leads the rings of at least three positions that do not end where they begin back to their beginning.
    pub fn close(&mut self) {
        match self {
            Self::Polygon(rings) => rings.iter_mut().for_each(close),
            Self::MultiPolygon(polygons) => polygons.iter_mut().flatten().for_each(close),
            Self::GeometryCollection(members) => members.iter_mut().for_each(Self::close),
            Self::Point(_) | Self::LineString(_) | Self::MultiPoint(_) | Self::MultiLineString(_) => {}
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

/// Whether two positions are the same in the plane.
pub(super) fn same(a: &Position, b: &Position) -> bool {
    overlap(&[a.x, a.y, a.x, a.y], &[b.x, b.y, b.x, b.y])
}

/// Whether a ring ends where it begins and has at least four positions.
pub(super) fn is_whole(ring: &[Position]) -> bool {
    ring.len() >= 4 && ends_where_it_begins(ring)
}

fn ends_where_it_begins(ring: &[Position]) -> bool {
    ring.first().zip(ring.last()).is_none_or(|(first, last)| same(first, last))
}

fn close(ring: &mut Vec<Position>) {
    if ring.len() >= 3 && !ends_where_it_begins(ring) {
        ring.extend(ring.first().copied());
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

    #[test]
    fn open_rings_are_led_back() {
        let at = |x, y| super::Position { x, y, z: None };
        let open = vec![at(0.0, 0.0), at(1.0, 0.0), at(1.0, 1.0)];
        let mut area = super::Geometry::Polygon(vec![open.clone(), vec![at(0.0, 0.0), at(1.0, 0.0)]]);
        assert!(!area.is_closed());
        area.close();
        let closed = [open.as_slice(), &[at(0.0, 0.0)]].concat();
        assert_eq!(area, super::Geometry::Polygon(vec![closed, vec![at(0.0, 0.0), at(1.0, 0.0)]]));
    }

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
