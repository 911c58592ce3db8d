//! Geometries: ISO WKB in tables (OGC 06-103r4 section 8.2), `GeoJSON` (RFC 7946) and well-known text in text formats.

mod binary;
mod geojson;
mod meet;
mod region;
mod text;
mod wkt;

pub use region::Region;

/// Collections may hold collections this deep; deeper ones are refused, so that no input exhausts the stack.
pub const MAX_NESTING: usize = 16;

/// A point in space; in published tables WGS 84 longitude and latitude in degrees (OGC:CRS84).
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

    /// Leaves out all heights.
    pub fn flatten(&mut self) {
        self.each_position_mut(&mut |position| position.z = None);
    }

    fn each_position_mut(&mut self, visit: &mut dyn FnMut(&mut Position)) {
        match self {
            Self::Point(position) => visit(position),
            Self::LineString(line) | Self::MultiPoint(line) => line.iter_mut().for_each(visit),
            Self::Polygon(rings) | Self::MultiLineString(rings) => rings.iter_mut().flatten().for_each(visit),
            Self::MultiPolygon(areas) => areas.iter_mut().flatten().flatten().for_each(visit),
            Self::GeometryCollection(members) => {
                members.iter_mut().for_each(|member| member.each_position_mut(visit));
            }
        }
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

/// The smallest extent that holds both; each is west, south, east, north.
pub fn union(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    let ([west, south, east, north], [other_west, other_south, other_east, other_north]) = (a, b);
    [west.min(other_west), south.min(other_south), east.max(other_east), north.max(other_north)]
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
}
