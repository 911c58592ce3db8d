//! `GeoJSON` geometries (RFC 7946 section 3.1): seven decimals, right-hand rings.

use serde_json::{Value, json};

use super::{Geometry, MAX_NESTING, Position, ring::is_turned};

/// Seven decimals of a degree are about a centimetre.
const DECIMALS: f64 = 1e7;

impl Geometry {
    /// The geometry as a `GeoJSON` object: coordinates rounded to seven decimals, outer rings counter-clockwise and inner
    /// ones clockwise (RFC 7946 section 3.1.6).
    pub fn to_geojson(&self) -> Value {
        let coordinates = match self {
            Self::GeometryCollection(members) => {
                let members: Vec<Value> = members.iter().map(Self::to_geojson).collect();
                return json!({ "type": self.type_name(), "geometries": members });
            }
            Self::Point(position) => position_json(position),
            Self::LineString(line) | Self::MultiPoint(line) => line_json(line),
            Self::MultiLineString(lines) => Value::Array(lines.iter().map(|line| line_json(line)).collect()),
            Self::Polygon(rings) => rings_json(rings),
            Self::MultiPolygon(polygons) => Value::Array(polygons.iter().map(|rings| rings_json(rings)).collect()),
        };
        json!({ "type": self.type_name(), "coordinates": coordinates })
    }

    /// Reads a `GeoJSON` geometry object; heights are kept, further numbers of a position are left out. `None` for anything
    /// else: unknown types, lines of one position, rings that are short or open, more than [`MAX_NESTING`] nested
    /// collections.
    pub fn from_geojson(value: &Value) -> Option<Self> {
        read(value, 0)
    }
}

/// A coordinate with seven decimals.
pub(super) fn round(coordinate: f64) -> f64 {
    round_to(coordinate, DECIMALS)
}

/// A coordinate in whole parts of one.
pub(super) fn round_to(coordinate: f64, parts: f64) -> f64 {
    let rounded = (coordinate * parts).round() / parts;
    // No minus in front of zero, and no change where the multiplication overflows.
    if rounded == 0.0 {
        0.0
    } else if rounded.is_finite() {
        rounded
    } else {
        coordinate
    }
}

fn position_json(position: &Position) -> Value {
    match position.z {
        Some(z) => json!([round(position.x), round(position.y), round(z)]),
        None => json!([round(position.x), round(position.y)]),
    }
}

fn line_json(line: &[Position]) -> Value {
    Value::Array(line.iter().map(position_json).collect())
}

fn rings_json(rings: &[Vec<Position>]) -> Value {
    let oriented = rings.iter().enumerate().map(|(index, ring)| {
        if is_turned(index, ring) {
            Value::Array(ring.iter().rev().map(position_json).collect())
        } else {
            line_json(ring)
        }
    });
    Value::Array(oriented.collect())
}

fn read(value: &Value, depth: usize) -> Option<Geometry> {
    let coordinates = value.get("coordinates");
    Some(match value.get("type")?.as_str()? {
        "Point" => Geometry::Point(position(coordinates?)?),
        "LineString" => Geometry::LineString(line(coordinates?)?),
        "Polygon" => Geometry::Polygon(rings(coordinates?)?),
        "MultiPoint" => Geometry::MultiPoint(list(coordinates?, position)?),
        "MultiLineString" => Geometry::MultiLineString(list(coordinates?, line)?),
        "MultiPolygon" => Geometry::MultiPolygon(list(coordinates?, rings)?),
        "GeometryCollection" if depth < MAX_NESTING => {
            Geometry::GeometryCollection(list(value.get("geometries")?, |member| read(member, depth + 1))?)
        }
        _ => return None,
    })
}

fn list<T>(value: &Value, one: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(one).collect()
}

fn position(value: &Value) -> Option<Position> {
    let numbers = value.as_array()?;
    let z = match numbers.get(2) {
        Some(height) => Some(height.as_f64()?),
        None => None,
    };
    let position = Position { x: numbers.first()?.as_f64()?, y: numbers.get(1)?.as_f64()?, z };
    let finite = position.x.is_finite() && position.y.is_finite() && z.is_none_or(f64::is_finite);
    finite.then_some(position)
}

fn line(value: &Value) -> Option<Vec<Position>> {
    list(value, position).filter(|line| line.len() != 1)
}

fn rings(value: &Value) -> Option<Vec<Vec<Position>>> {
    list(value, |ring| list(ring, position).filter(|ring| ring.len() >= 4 && ring.first() == ring.last()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::strategies, *};

    #[test]
    fn reads_and_writes_a_polygon_with_a_hole() {
        // RFC 7946 appendix A.3.
        let value = json!({ "type": "Polygon", "coordinates": [
            [[100.0, 0.0], [101.0, 0.0], [101.0, 1.0], [100.0, 1.0], [100.0, 0.0]],
            [[100.8, 0.8], [100.8, 0.2], [100.2, 0.2], [100.2, 0.8], [100.8, 0.8]]
        ] });
        let geometry = Geometry::from_geojson(&value).unwrap();
        assert_eq!(geometry.to_geojson(), value);
    }

    #[test]
    fn rings_follow_the_right_hand_rule() {
        let clockwise = json!({ "type": "Polygon", "coordinates":
            [[[10.0, 59.0], [10.0, 60.0], [11.0, 60.0], [11.0, 59.0], [10.0, 59.0]]] });
        let written = Geometry::from_geojson(&clockwise).unwrap().to_geojson();
        assert_eq!(written["coordinates"][0][1], json!([11.0, 59.0]));
    }

    #[test]
    fn seven_decimals_and_heights() {
        let point =
            Geometry::from_geojson(&json!({ "type": "Point", "coordinates": [10.123_456_789, -0.000_000_001, 5.5] }));
        assert_eq!(point.unwrap().to_geojson()["coordinates"], json!([10.123_456_8, 0.0, 5.5]));
    }

    #[test]
    fn refuses_what_is_not_a_geometry() {
        for bad in [
            json!(null),
            json!({ "type": "Point", "coordinates": [] }),
            json!({ "type": "Point", "coordinates": ["10", "59"] }),
            json!({ "type": "LineString", "coordinates": [[1, 2]] }),
            json!({ "type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]] }),
            json!({ "type": "Circle", "coordinates": [1, 2] }),
            json!({ "type": "GeometryCollection" }),
        ] {
            assert_eq!(Geometry::from_geojson(&bad), None, "{bad}");
        }
    }

    #[test]
    fn deep_collections_are_refused() {
        let nested = |levels| {
            (0..levels).fold(
                json!({ "type": "Point", "coordinates": [1, 2] }),
                |inner, _| json!({ "type": "GeometryCollection", "geometries": [inner] }),
            )
        };
        assert!(Geometry::from_geojson(&nested(MAX_NESTING)).is_some());
        assert!(Geometry::from_geojson(&nested(MAX_NESTING + 1)).is_none());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(geometry in strategies::geometry()) {
            let written = geometry.to_geojson();
            let read = Geometry::from_geojson(&written);
            prop_assert_eq!(read.as_ref().map(Geometry::to_geojson), Some(written));
            prop_assert_eq!(read.and_then(|read| read.bbox()), geometry.bbox());
        }
    }
}
