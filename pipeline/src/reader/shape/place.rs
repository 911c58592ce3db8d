//! Geometries of a source's coordinate system → longitude and latitude.

use catalog::table::{Geometry, wkb::Position};

use crate::crs::Crs;

/// Northern Europe: west, south, east, north in degrees.
const NORTH: [f64; 4] = [-45.0, 45.0, 75.0, 89.0];

/// A geometry in longitude and latitude; `None` if a position lies where no Norwegian map reaches.
pub(in crate::reader) fn in_degrees(crs: Crs, geometry: &Geometry) -> Option<Geometry> {
    let [west, south, east, north] = NORTH;
    let place = |position: &Position| {
        let (x, y) = crs.to_degrees(position.x, position.y)?;
        let there = (west..=east).contains(&x) && (south..=north).contains(&y);
        there.then_some(Position { x, y, z: position.z })
    };
    let line = |line: &Vec<Position>| line.iter().map(place).collect::<Option<Vec<_>>>();
    let lines = |lines: &Vec<Vec<Position>>| lines.iter().map(line).collect::<Option<Vec<_>>>();
    Some(match geometry {
        Geometry::Point(position) => Geometry::Point(place(position)?),
        Geometry::LineString(own) => Geometry::LineString(line(own)?),
        Geometry::MultiPoint(own) => Geometry::MultiPoint(line(own)?),
        Geometry::Polygon(own) => Geometry::Polygon(lines(own)?),
        Geometry::MultiLineString(own) => Geometry::MultiLineString(lines(own)?),
        Geometry::MultiPolygon(own) => Geometry::MultiPolygon(own.iter().map(lines).collect::<Option<_>>()?),
        Geometry::GeometryCollection(own) => {
            Geometry::GeometryCollection(own.iter().map(|member| in_degrees(crs, member)).collect::<Option<_>>()?)
        }
    })
}
