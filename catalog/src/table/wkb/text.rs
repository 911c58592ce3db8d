//! `GeoJSON` straight to text, without a tree of values in between.

use super::{super::text::write_number, Geometry, Position, geojson::round_to, ring::is_turned};

/// Numbers below this have no more digits than a whole number of 64 bits can count.
const COUNTABLE: f64 = 9e15;

impl Geometry {
    /// Writes the geometry as [`Geometry::to_geojson`] gives it, with some decimals: 7 of a degree are about a
    /// centimetre, 4 of a metre a tenth of a millimetre. `latitude_first` exchanges the two first coordinates on the
    /// wire, as the authority of some coordinate systems wants it; rings are turned by what they are, not by how they
    /// are written.
    pub fn write_geojson(&self, decimals: u8, latitude_first: bool, out: &mut Vec<u8>) {
        let style = Style { decimals, scale: 10f64.powi(i32::from(decimals)), latitude_first };
        out.extend(b"{\"type\":\"");
        out.extend(self.type_name().as_bytes());
        if let Self::GeometryCollection(members) = self {
            out.extend(b"\",\"geometries\":");
            list(members, out, |member, out| member.write_geojson(decimals, latitude_first, out));
        } else {
            out.extend(b"\",\"coordinates\":");
            self.write_coordinates(style, out);
        }
        out.push(b'}');
    }

    fn write_coordinates(&self, style: Style, out: &mut Vec<u8>) {
        match self {
            Self::Point(position) => style.position(position, out),
            Self::LineString(line) | Self::MultiPoint(line) => style.line(line, out),
            Self::MultiLineString(lines) => list(lines, out, |line, out| style.line(line, out)),
            Self::Polygon(rings) => style.rings(rings, out),
            Self::MultiPolygon(areas) => list(areas, out, |rings, out| style.rings(rings, out)),
            Self::GeometryCollection(_) => out.extend(b"[]"),
        }
    }
}

#[derive(Clone, Copy)]
struct Style {
    decimals: u8,
    scale: f64,
    latitude_first: bool,
}

impl Style {
    fn rings(self, rings: &[Vec<Position>], out: &mut Vec<u8>) {
        list(rings.iter().enumerate(), out, |(index, ring), out| {
            if is_turned(index, ring) {
                list(ring.iter().rev(), out, |position, out| self.position(position, out));
            } else {
                self.line(ring, out);
            }
        });
    }

    fn line(self, line: &[Position], out: &mut Vec<u8>) {
        list(line, out, |position, out| self.position(position, out));
    }

    fn position(self, position: &Position, out: &mut Vec<u8>) {
        let (first, second) = if self.latitude_first { (position.y, position.x) } else { (position.x, position.y) };
        out.push(b'[');
        self.number(first, out);
        out.push(b',');
        self.number(second, out);
        if let Some(z) = position.z {
            out.push(b',');
            self.number(z, out);
        }
        out.push(b']');
    }

    /// A number with no more decimals than wanted, and at least one.
    fn number(self, number: f64, out: &mut Vec<u8>) {
        let scaled = (number * self.scale).round();
        if scaled.abs() >= COUNTABLE {
            let mut text = String::new();
            write_number(round_to(number, self.scale), &mut text);
            out.extend(text.as_bytes());
            return;
        }
        #[expect(clippy::cast_possible_truncation, reason = "below 2^53")]
        let mut rest = scaled as i64;
        if rest < 0 {
            out.push(b'-');
            rest = -rest;
        }
        let mut decimals = usize::from(self.decimals);
        while decimals > 1 && rest % 10 == 0 {
            rest /= 10;
            decimals -= 1;
        }
        digits(rest.unsigned_abs(), decimals, out);
    }
}

/// A whole number with a point before its last digits.
fn digits(mut rest: u64, decimals: usize, out: &mut Vec<u8>) {
    let mut buffer = [0u8; 24];
    let mut used = 0;
    for (place, byte) in buffer.iter_mut().rev().enumerate() {
        if place == decimals && decimals > 0 {
            *byte = b'.';
        } else if place > decimals + 1 && rest == 0 {
            break;
        } else {
            *byte = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        used = place + 1;
    }
    out.extend(buffer.iter().skip(buffer.len() - used));
}

fn list<T>(items: impl IntoIterator<Item = T>, out: &mut Vec<u8>, mut one: impl FnMut(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        one(item, out);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::strategies, *};

    fn text(geometry: &Geometry, decimals: u8, latitude_first: bool) -> String {
        let mut out = Vec::new();
        geometry.write_geojson(decimals, latitude_first, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn decimals_and_order_are_as_wanted() {
        let point = |x, y| Geometry::Point(Position { x, y, z: None });
        for (x, y, decimals, swap, expected) in [
            (10.001, 59.0, 7, false, "[10.001,59.0]"),
            (10.001, 59.0, 7, true, "[59.0,10.001]"),
            (-0.000_000_04, -0.5, 7, false, "[0.0,-0.5]"),
            (262_000.123_45, 6_649_000.0, 4, false, "[262000.1235,6649000.0]"),
            (0.000_000_1, 1e300, 7, false, "[0.0000001,1e300]"),
            (-179.999_999_99, 90.0, 7, false, "[-180.0,90.0]"),
        ] {
            let written = text(&point(x, y), decimals, swap);
            assert_eq!(written, format!("{{\"type\":\"Point\",\"coordinates\":{expected}}}"));
        }
    }

    proptest! {
        #[test]
        fn the_same_as_the_tree(geometry in strategies::geometry()) {
            let tree: serde_json::Value = serde_json::from_str(&text(&geometry, 7, false)).unwrap();
            prop_assert_eq!(&tree, &geometry.to_geojson());
            prop_assert_eq!(text(&geometry, 7, false).len(), geometry.to_geojson().to_string().len());
        }

        #[test]
        fn any_number_is_json(x in any::<f64>(), decimals in 1u8..9) {
            prop_assume!(x.is_finite());
            let written = text(&Geometry::Point(Position { x, y: 0.5, z: None }), decimals, false);
            let tree: serde_json::Value = serde_json::from_str(&written).unwrap();
            let found = tree["coordinates"][0].as_f64().unwrap();
            prop_assert!((found - x).abs() <= 10f64.powi(-i32::from(decimals)) + x.abs() * 1e-15, "{written}");
        }
    }
}
