//! Geometries: ISO WKB in tables (OGC 06-103r4 section 8.2), `GeoJSON` (RFC 7946) and well-known text in text formats.

mod binary;
mod extent;
mod geojson;
mod meet;
mod moved;
mod region;
mod ring;
mod text;
mod wkt;

pub use binary::{Arcs, circular_string};
pub use extent::extent;
pub use moved::in_system;
pub use region::Region;

use crate::crs::{Transform, union};

/// Collections may hold collections this deep; deeper ones are refused, so that no input exhausts the stack.
pub const MAX_NESTING: usize = 16;

/// A point in space; in published tables in the coordinate system of the column, x east and y north, whatever order the
/// register of that system has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Longitude or easting.
    pub x: f64,
    /// Latitude or northing.
    pub y: f64,
    /// Height in metres, where it is known.
    pub z: Option<f64>,
}

/// A geometry, with or without heights.
#[derive(Debug, Clone, PartialEq)]
pub enum Geometry {
    /// One point.
    Point(Position),
    /// Points along a line.
    LineString(Vec<Position>),
    /// Closed rings, the outer one first.
    Polygon(Vec<Vec<Position>>),
    /// Several points.
    MultiPoint(Vec<Position>),
    /// Several lines.
    MultiLineString(Vec<Vec<Position>>),
    /// Several polygons.
    MultiPolygon(Vec<Vec<Vec<Position>>>),
    /// Geometries of any type.
    GeometryCollection(Vec<Geometry>),
}

impl Geometry {
    /// The name of the type, the same in `GeoJSON` and `GeoParquet`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Point(_) => "Point",
            Self::LineString(_) => "LineString",
            Self::Polygon(_) => "Polygon",
            Self::MultiPoint(_) => "MultiPoint",
            Self::MultiLineString(_) => "MultiLineString",
            Self::MultiPolygon(_) => "MultiPolygon",
            Self::GeometryCollection(_) => "GeometryCollection",
        }
    }

    /// Whether any position has a height.
    pub fn has_z(&self) -> bool {
        let mut found = false;
        self.each_position(&mut |position| found |= position.z.is_some());
        found
    }

    /// The extent: west, south, east, north, as smallest and largest coordinates; `None` if it has no position.
    pub fn bbox(&self) -> Option<[f64; 4]> {
        let mut bbox: Option<[f64; 4]> = None;
        self.each_position(&mut |position| {
            let own = [position.x, position.y, position.x, position.y];
            bbox = Some(bbox.map_or(own, |old| union(old, own)));
        });
        bbox
    }

    /// The geometry without heights.
    #[must_use]
    pub fn flat(&self) -> Self {
        let flat = self.map(&|position| Some(Position { z: None, ..*position }));
        flat.unwrap_or_else(|| self.clone())
    }

    /// The geometry in another coordinate system, heights as they are; `None` if a position has no place there.
    pub fn transform(&self, transform: &Transform) -> Option<Self> {
        self.map(&|position| {
            let (x, y) = transform.apply(position.x, position.y)?;
            Some(Position { x, y, z: position.z })
        })
    }

    /// The geometry with every position replaced; `None` if one has no counterpart.
    pub fn map(&self, one: &dyn Fn(&Position) -> Option<Position>) -> Option<Self> {
        let line = |line: &Vec<Position>| line.iter().map(one).collect::<Option<Vec<_>>>();
        let lines = |lines: &Vec<Vec<Position>>| lines.iter().map(line).collect::<Option<Vec<_>>>();
        Some(match self {
            Self::Point(position) => Self::Point(one(position)?),
            Self::LineString(own) => Self::LineString(line(own)?),
            Self::MultiPoint(own) => Self::MultiPoint(line(own)?),
            Self::Polygon(own) => Self::Polygon(lines(own)?),
            Self::MultiLineString(own) => Self::MultiLineString(lines(own)?),
            Self::MultiPolygon(own) => Self::MultiPolygon(own.iter().map(lines).collect::<Option<_>>()?),
            Self::GeometryCollection(own) => {
                Self::GeometryCollection(own.iter().map(|member| member.map(one)).collect::<Option<_>>()?)
            }
        })
    }

    /// Calls `visit` for every position, in order.
    pub fn each_position(&self, visit: &mut dyn FnMut(&Position)) {
        match self {
            Self::Point(position) => visit(position),
            Self::LineString(line) | Self::MultiPoint(line) => line.iter().for_each(visit),
            Self::Polygon(rings) | Self::MultiLineString(rings) => rings.iter().flatten().for_each(visit),
            Self::MultiPolygon(polygons) => polygons.iter().flatten().flatten().for_each(visit),
            Self::GeometryCollection(members) => members.iter().for_each(|member| member.each_position(visit)),
        }
    }
}

/// Whether two extents have a point in common; each is west, south, east, north.
pub fn overlap(a: &[f64; 4], b: &[f64; 4]) -> bool {
    let ([west, south, east, north], [other_west, other_south, other_east, other_north]) = (a, b);
    west <= other_east && other_west <= east && south <= other_north && other_south <= north
}

#[cfg(test)]
pub(crate) mod strategies {
    //! Random geometries for property tests.

    use proptest::{collection::vec, prelude::*};

    use super::{Geometry, Position};

    fn position(z: bool) -> impl Strategy<Value = Position> {
        // Whole ten-millionths, so that the seven decimals of GeoJSON lose nothing.
        (-1_800_000_000i32..1_800_000_000, -900_000_000i32..900_000_000, -5_000_000i32..90_000_000).prop_map(
            move |(x, y, h)| Position {
                x: super::geojson::round(f64::from(x) / 1e7),
                y: super::geojson::round(f64::from(y) / 1e7),
                z: z.then(|| super::geojson::round(f64::from(h) / 1e4)),
            },
        )
    }

    fn ring(z: bool) -> impl Strategy<Value = Vec<Position>> {
        vec(position(z), 3..8).prop_map(|mut ring| {
            ring.extend(ring.first().copied());
            ring
        })
    }

    fn simple(z: bool) -> impl Strategy<Value = Geometry> {
        let line = || vec(position(z), 2..6);
        let rings = || vec(ring(z), 1..3);
        prop_oneof![
            position(z).prop_map(Geometry::Point),
            line().prop_map(Geometry::LineString),
            rings().prop_map(Geometry::Polygon),
            vec(position(z), 0..4).prop_map(Geometry::MultiPoint),
            vec(line(), 0..3).prop_map(Geometry::MultiLineString),
            vec(rings(), 0..3).prop_map(Geometry::MultiPolygon),
        ]
    }

    /// Any geometry, collections up to three deep.
    pub(crate) fn geometry() -> impl Strategy<Value = Geometry> {
        any::<bool>().prop_flat_map(|z| {
            simple(z).prop_recursive(3, 12, 4, |inner| vec(inner, 0..4).prop_map(Geometry::GeometryCollection))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::Crs;

    #[test]
    fn extent_spans_all_members() {
        let at = |x, y| Position { x, y, z: None };
        let geometry = Geometry::GeometryCollection(vec![
            Geometry::Point(at(10.0, 59.0)),
            Geometry::LineString(vec![at(-1.0, 60.0), at(5.0, 71.5)]),
        ]);
        assert_eq!(geometry.bbox(), Some([-1.0, 59.0, 10.0, 71.5]));
        assert_eq!(Geometry::MultiPoint(vec![]).bbox(), None);
        assert!(!geometry.has_z());
    }

    #[test]
    fn every_position_of_every_type_is_transformed() {
        let utm = Crs::from_epsg(25_833).unwrap();
        let (there, back) = (Transform::new(Crs::CRS84, utm), Transform::new(utm, Crs::CRS84));
        let at = |x, y, z| Position { x, y, z };
        let line = vec![at(10.0, 59.0, None), at(11.0, 60.0, Some(94.25))];
        let ring = vec![at(10.0, 59.0, None), at(11.0, 59.0, None), at(11.0, 60.0, None), at(10.0, 59.0, None)];
        for geometry in [
            Geometry::Point(at(10.5, 59.5, Some(1.0))),
            Geometry::LineString(line.clone()),
            Geometry::MultiPoint(line.clone()),
            Geometry::MultiLineString(vec![line.clone()]),
            Geometry::Polygon(vec![ring.clone(), ring.clone()]),
            Geometry::MultiPolygon(vec![vec![ring]]),
            Geometry::GeometryCollection(vec![Geometry::LineString(line)]),
        ] {
            let moved = geometry.transform(&there).unwrap();
            moved.each_position(&mut |position| assert!(position.y > 6_000_000.0, "{moved:?}"));
            let returned = moved.transform(&back).unwrap();
            assert_eq!(returned.to_geojson(), geometry.to_geojson());
            assert_eq!(returned.has_z(), geometry.has_z());
        }
        assert_eq!(Geometry::Point(at(1e9, 0.0, None)).transform(&back), None);
    }
}
