//! Places that a condition asks for, and whether a geometry meets them: exact, borders included, in the plane of the
//! column's own coordinates.

use super::{Geometry, Position, meet, overlap};

/// What a geometry must have a point in common with.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    shape: Shape,
    /// Lowest and highest height, where heights count.
    heights: Option<[f64; 2]>,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// Boxes: west, south, east, north; any of them will do.
    Boxes(Vec<[f64; 4]>),
    /// Any geometry, with its extent.
    Geometry(Geometry, [f64; 4]),
}

impl Region {
    /// Boxes, each west, south, east, north; a geometry must meet one of them.
    pub fn boxes(boxes: Vec<[f64; 4]>) -> Self {
        Self { shape: Shape::Boxes(boxes), heights: None }
    }

    /// A geometry; `None` if it has no position.
    pub fn geometry(geometry: Geometry) -> Option<Self> {
        let bbox = geometry.bbox()?;
        Some(Self { shape: Shape::Geometry(geometry, bbox), heights: None })
    }

    /// The same place between two heights: a geometry with heights must reach into them, one without is taken as it is.
    #[must_use]
    pub fn between(self, heights: [f64; 2]) -> Self {
        Self { heights: Some(heights), ..self }
    }

    /// Boxes that hold everything: a geometry whose extent meets none of them is not wanted.
    pub fn extents(&self) -> Vec<[f64; 4]> {
        match &self.shape {
            Shape::Boxes(boxes) => boxes.clone(),
            Shape::Geometry(_, bbox) => vec![*bbox],
        }
    }

    /// Whether a geometry, as WKB, meets it; `None` for what is no geometry.
    pub fn meets(&self, wkb: &[u8]) -> Option<bool> {
        if let (Shape::Boxes(boxes), None, Some(point)) = (&self.shape, self.heights, flat_point(wkb)) {
            return Some(boxes.iter().any(|bbox| overlap(bbox, &point)));
        }
        let geometry = Geometry::from_wkb(wkb)?;
        Some(self.meets_geometry(&geometry))
    }

    fn meets_geometry(&self, geometry: &Geometry) -> bool {
        let Some(bbox) = geometry.bbox() else { return false };
        let high_enough = self.heights.is_none_or(|between| reaches(geometry, between));
        high_enough
            && match &self.shape {
                Shape::Boxes(boxes) => boxes.iter().any(|wanted| meets_box(geometry, &bbox, wanted)),
                Shape::Geometry(wanted, extent) => overlap(extent, &bbox) && meet::meet(geometry, wanted),
            }
    }
}

fn meets_box(geometry: &Geometry, bbox: &[f64; 4], wanted: &[f64; 4]) -> bool {
    if !overlap(bbox, wanted) {
        return false;
    }
    holds(wanted, bbox) || matches!(geometry, Geometry::Point(_)) || meet::meet(geometry, &ring(wanted))
}

/// Whether an extent lies wholly within another one.
fn holds([west, south, east, north]: &[f64; 4], inner: &[f64; 4]) -> bool {
    let [inner_west, inner_south, inner_east, inner_north] = inner;
    west <= inner_west && south <= inner_south && inner_east <= east && inner_north <= north
}

/// A box as a polygon.
fn ring([west, south, east, north]: &[f64; 4]) -> Geometry {
    let at = |x: &f64, y: &f64| Position { x: *x, y: *y, z: None };
    Geometry::Polygon(vec![vec![at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)]])
}

/// Whether any height of a geometry, or none at all, lies between two heights.
fn reaches(geometry: &Geometry, [low, high]: [f64; 2]) -> bool {
    let mut range: Option<(f64, f64)> = None;
    geometry.each_position(&mut |position| {
        if let Some(z) = position.z {
            range = Some(range.map_or((z, z), |(least, most)| (least.min(z), most.max(z))));
        }
    });
    range.is_none_or(|(least, most)| least <= high && low <= most)
}

/// The extent of a little-endian point without height, which most rows of registers of addresses and buildings are.
fn flat_point(wkb: &[u8]) -> Option<[f64; 4]> {
    let (head, rest) = wkb.split_first_chunk::<5>()?;
    if *head != [1, 1, 0, 0, 0] {
        return None;
    }
    let (x, rest) = rest.split_first_chunk::<8>()?;
    let (y, rest) = rest.split_first_chunk::<8>()?;
    let (x, y) = (f64::from_le_bytes(*x), f64::from_le_bytes(*y));
    (rest.is_empty() && x.is_finite() && y.is_finite()).then_some([x, y, x, y])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::strategies, *};

    fn at(x: f64, y: f64) -> Position {
        Position { x, y, z: None }
    }

    fn square(west: f64, south: f64, size: f64) -> Geometry {
        ring(&[west, south, west + size, south + size])
    }

    #[test]
    fn boxes_are_met_by_what_lies_in_them_around_them_and_across() {
        let wanted = Region::boxes(vec![[0.0, 0.0, 10.0, 10.0], [100.0, 0.0, 110.0, 10.0]]);
        let line = |a, b| Geometry::LineString(vec![a, b]);
        for (geometry, expected) in [
            (Geometry::Point(at(10.0, 10.0)), true),
            (Geometry::Point(at(10.1, 10.0)), false),
            (Geometry::Point(at(105.0, 5.0)), true),
            (square(1.0, 1.0, 2.0), true),
            (square(-50.0, -50.0, 100.0), true),
            (square(10.0, 10.0, 1.0), true),
            (square(50.0, 0.0, 5.0), false),
            (line(at(-5.0, 5.0), at(15.0, 5.0)), true),
            // Its extent meets the box, the line itself does not.
            (line(at(-5.0, 5.0), at(5.0, 15.1)), false),
            (Geometry::MultiPoint(vec![at(50.0, 50.0), at(1.0, 1.0)]), true),
            (Geometry::MultiPoint(vec![]), false),
        ] {
            assert_eq!(wanted.meets(&geometry.to_wkb()), Some(expected), "{geometry:?}");
        }
        assert_eq!(wanted.meets(b"no geometry"), None);
    }

    #[test]
    fn heights_count_where_both_have_them() {
        let wanted = Region::boxes(vec![[0.0, 0.0, 10.0, 10.0]]).between([100.0, 200.0]);
        let high = |z| Geometry::Point(Position { x: 5.0, y: 5.0, z });
        assert_eq!(wanted.meets(&high(Some(150.0)).to_wkb()), Some(true));
        assert_eq!(wanted.meets(&high(Some(99.0)).to_wkb()), Some(false));
        assert_eq!(wanted.meets(&high(None).to_wkb()), Some(true));
    }

    proptest! {
        #[test]
        fn what_meets_a_region_has_an_extent_that_meets_it(
            geometry in strategies::geometry(),
            wanted in strategies::geometry(),
        ) {
            let Some(region) = Region::geometry(wanted.clone()) else { return Ok(()) };
            let met = region.meets(&geometry.to_wkb()).unwrap();
            if let Some(bbox) = geometry.bbox() {
                prop_assert!(!met || region.extents().iter().any(|extent| overlap(extent, &bbox)));
                let back = Region::geometry(geometry).unwrap();
                prop_assert_eq!(back.meets(&wanted.to_wkb()), Some(met), "neither goes before the other");
            }
        }

        #[test]
        fn every_geometry_meets_itself_and_its_extent(geometry in strategies::geometry()) {
            let Some(bbox) = geometry.bbox() else { return Ok(()) };
            prop_assert_eq!(Region::boxes(vec![bbox]).meets(&geometry.to_wkb()), Some(true));
            prop_assert_eq!(Region::geometry(geometry.clone()).unwrap().meets(&geometry.to_wkb()), Some(true));
        }
    }
}
