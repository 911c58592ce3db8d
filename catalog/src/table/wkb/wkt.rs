//! Well-known text (OGC 06-103r4 section 7): geometries in CSV.

use super::{super::text::write_number, Geometry, MAX_NESTING, Position};

impl Geometry {
    /// The geometry as well-known text, `POINT Z (10.5 59.9 94)`. If any position has a height, those that lack one get 0.
    pub fn write_wkt(&self, out: &mut String) {
        write(self, self.has_z(), out);
    }

    /// Reads well-known text; heights are kept, measures are left out. `None` for anything else: unknown and curved types,
    /// coordinates that are no finite numbers, lines of one position, rings that are short or open, more than
    /// [`MAX_NESTING`] nested collections, an empty point.
    pub fn from_wkt(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text.trim() };
        let geometry = reader.geometry(0)?;
        reader.rest.trim().is_empty().then_some(geometry)
    }
}

/// What is left of a text.
struct Reader<'a> {
    rest: &'a str,
}

/// The dimensions that a position has beyond the plane.
#[derive(Clone, Copy)]
struct Dimensions {
    /// The third number is a height; otherwise it is a measure.
    z: bool,
}

impl<'a> Reader<'a> {
    fn word(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }

    fn eat(&mut self, mark: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(mark)?;
        Some(())
    }

    /// The word EMPTY, if it comes next.
    fn empty(&mut self) -> bool {
        let mut ahead = Reader { rest: self.rest };
        let empty = ahead.word().eq_ignore_ascii_case("EMPTY");
        if empty {
            self.rest = ahead.rest;
        }
        empty
    }

    fn geometry(&mut self, depth: usize) -> Option<Geometry> {
        let name = self.word().to_ascii_uppercase();
        let (name, flag) = if let Some(name) = name.strip_suffix("ZM").or_else(|| name.strip_suffix('Z')) {
            (name.to_owned(), "Z".to_owned())
        } else {
            let mut ahead = Reader { rest: self.rest };
            let flag = ahead.word().to_ascii_uppercase();
            let is_flag = matches!(flag.as_str(), "Z" | "M" | "ZM");
            self.rest = if is_flag { ahead.rest } else { self.rest };
            (name, if is_flag { flag } else { String::new() })
        };
        let dimensions = Dimensions { z: flag != "M" };
        let position = |reader: &mut Self| reader.position(dimensions);
        let line = |reader: &mut Self| reader.list(position);
        let rings = |reader: &mut Self| reader.list(line);
        Some(match name.as_str() {
            "POINT" => {
                self.eat('(')?;
                let point = position(self)?;
                self.eat(')')?;
                Geometry::Point(point)
            }
            "LINESTRING" => Geometry::LineString(whole_line(line(self)?)?),
            "POLYGON" => Geometry::Polygon(whole_rings(rings(self)?)?),
            "MULTIPOINT" => Geometry::MultiPoint(self.list(|reader| {
                let enclosed = reader.eat('(').is_some();
                let point = reader.position(dimensions)?;
                if enclosed { reader.eat(')').map(|()| point) } else { Some(point) }
            })?),
            "MULTILINESTRING" => Geometry::MultiLineString(self.list(|reader| whole_line(line(reader)?))?),
            "MULTIPOLYGON" => Geometry::MultiPolygon(self.list(|reader| whole_rings(rings(reader)?))?),
            "GEOMETRYCOLLECTION" if depth < MAX_NESTING => {
                Geometry::GeometryCollection(self.list(|reader| reader.geometry(depth + 1))?)
            }
            _ => return None,
        })
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        if self.empty() {
            return Some(Vec::new());
        }
        self.eat('(')?;
        let mut items = vec![one(self)?];
        while self.eat(',').is_some() {
            items.push(one(self)?);
        }
        self.eat(')').map(|()| items)
    }

    fn position(&mut self, dimensions: Dimensions) -> Option<Position> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find([',', '(', ')'])?;
        let (numbers, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        let numbers: Vec<f64> = numbers.split_whitespace().map(number).collect::<Option<_>>()?;
        let (x, y, more) = match numbers.as_slice() {
            [x, y, more @ ..] if more.len() <= 2 => (*x, *y, more),
            _ => return None,
        };
        Some(Position { x, y, z: more.first().copied().filter(|_| dimensions.z) })
    }
}

fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse::<f64>().ok().filter(|number| plain && number.is_finite())
}

fn whole_line(line: Vec<Position>) -> Option<Vec<Position>> {
    (line.len() != 1).then_some(line)
}

fn whole_rings(rings: Vec<Vec<Position>>) -> Option<Vec<Vec<Position>>> {
    let whole = |ring: &Vec<Position>| ring.len() >= 4 && ring.first() == ring.last();
    rings.iter().all(whole).then_some(rings)
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

    #[test]
    fn texts_of_many_spellings_are_read() {
        for (text, expected) in [
            ("POINT (10.5 59.5)", "POINT (10.5 59.5)"),
            ("point z(10.5 59.5 94)", "POINT Z (10.5 59.5 94)"),
            ("POINTZ(1 2 3)", "POINT Z (1 2 3)"),
            ("POINT M (1 2 3)", "POINT (1 2)"),
            ("POINT ZM (1 2 3 4)", "POINT Z (1 2 3)"),
            ("MULTIPOINT ((1 2), (3 4))", "MULTIPOINT (1 2, 3 4)"),
            ("MULTIPOINT (1 2,3 4)", "MULTIPOINT (1 2, 3 4)"),
            ("POLYGON EMPTY", "POLYGON EMPTY"),
            ("MULTIPOLYGON(((0 0,1 0,1 1.5,0 0)))", "MULTIPOLYGON (((0 0, 1 0, 1 1.5, 0 0)))"),
            (
                "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3 4))",
                "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (1 2, 3 4))",
            ),
        ] {
            let mut out = String::new();
            Geometry::from_wkt(text).unwrap_or_else(|| panic!("{text}")).write_wkt(&mut out);
            assert_eq!(out, expected);
        }
        for bad in [
            "",
            "POINT",
            "POINT EMPTY",
            "POINT (1)",
            "POINT (1 nan)",
            "POINT (1 2",
            "POINT (1 2) x",
            "LINESTRING (1 2)",
            "POLYGON ((0 0, 1 0, 1 1))",
            "CIRCULARSTRING (0 0, 1 1, 2 0)",
            "POINT (1 2 3 4 5)",
        ] {
            assert_eq!(Geometry::from_wkt(bad), None, "{bad}");
        }
        let deep = format!("{}POINT(1 2){}", "GEOMETRYCOLLECTION(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(Geometry::from_wkt(&deep), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(geometry in super::super::strategies::geometry()) {
            let mut out = String::new();
            geometry.write_wkt(&mut out);
            let mut again = String::new();
            Geometry::from_wkt(&out).unwrap().write_wkt(&mut again);
            proptest::prop_assert_eq!(out, again);
        }
    }
}
