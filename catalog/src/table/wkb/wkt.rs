//! Well-known text (OGC 06-103r4 section 7): geometries in CSV.

use super::{super::text::write_number, Geometry, Position};

impl Geometry {
    /// The geometry as well-known text, `POINT Z (10.5 59.9 94)`. If any position has a height, those that lack one get 0.
    pub fn write_wkt(&self, out: &mut String) {
        write(self, self.has_z(), out);
    }
}

fn write(geometry: &Geometry, z: bool, out: &mut String) {
    out.push_str(&geometry.type_name().to_uppercase());
    out.push_str(if z { " Z " } else { " " });
    match geometry {
        Geometry::Point(position) => list(&[position], out, |position, out| write_position(position, z, out)),
        Geometry::LineString(line) | Geometry::MultiPoint(line) => write_line(line, z, out),
        Geometry::Polygon(rings) | Geometry::MultiLineString(rings) => write_lines(rings, z, out),
        Geometry::MultiPolygon(polygons) => list(polygons, out, |rings, out| write_lines(rings, z, out)),
        Geometry::GeometryCollection(members) => list(members, out, |member, out| write(member, z, out)),
    }
}

fn list<T>(items: &[T], out: &mut String, one: impl Fn(&T, &mut String)) {
    if items.is_empty() {
        out.push_str("EMPTY");
        return;
    }
    out.push('(');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        one(item, out);
    }
    out.push(')');
}

fn write_lines(lines: &[Vec<Position>], z: bool, out: &mut String) {
    list(lines, out, |line, out| write_line(line, z, out));
}

fn write_line(line: &[Position], z: bool, out: &mut String) {
    list(line, out, |position, out| write_position(position, z, out));
}

fn write_position(position: &Position, z: bool, out: &mut String) {
    write_number(position.x, out);
    out.push(' ');
    write_number(position.y, out);
    if z {
        out.push(' ');
        write_number(position.z.unwrap_or_default(), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_in_well_known_text() {
        let at = |x, y, z| Position { x, y, z };
        let ring = vec![at(0.0, 0.0, None), at(1.0, 0.0, None), at(1.0, 1.5, None), at(0.0, 0.0, None)];
        let line = vec![at(1.0, 2.0, None), at(3.0, 4.0, Some(5.0))];
        for (geometry, expected) in [
            (Geometry::Point(at(10.5, 59.5, None)), "POINT (10.5 59.5)"),
            (Geometry::LineString(line), "LINESTRING Z (1 2 0, 3 4 5)"),
            (Geometry::MultiPoint(vec![at(1.0, 2.0, None)]), "MULTIPOINT (1 2)"),
            (Geometry::MultiPolygon(vec![vec![ring.clone()]]), "MULTIPOLYGON (((0 0, 1 0, 1 1.5, 0 0)))"),
            (
                Geometry::GeometryCollection(vec![Geometry::Polygon(vec![ring]), Geometry::MultiLineString(vec![])]),
                "GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1.5, 0 0)), MULTILINESTRING EMPTY)",
            ),
        ] {
            let mut out = String::new();
            geometry.write_wkt(&mut out);
            assert_eq!(out, expected);
        }
    }
}
