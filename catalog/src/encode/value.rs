//! One cell of a batch as JSON.

use crate::{
    crs::{Crs, Transform},
    table::{Cell, Geometry},
};

/// Seven decimals of a degree are about a centimetre.
pub(super) const DEGREE_DECIMALS: u8 = 7;

/// The number of a row in its batch.
pub(super) type Row = usize;

/// A value as JSON: decimals as numbers with all their digits, days and instants as text, geometries as `GeoJSON` objects
/// in WGS 84 (RFC 7946 section 4), missing values as `null`.
pub(super) fn json(cell: Option<Cell<'_>>, out: &mut Vec<u8>) {
    match cell {
        None => out.extend(b"null"),
        Some(Cell::Text(text)) => string(text, out),
        Some(Cell::Geometry(wkb, crs)) => match in_degrees(wkb, crs) {
            Some(geometry) => geometry.write_geojson(DEGREE_DECIMALS, false, out),
            None => out.extend(b"null"),
        },
        Some(cell) => {
            let mut text = String::new();
            cell.write_text(&mut text);
            if matches!(cell, Cell::Date(_) | Cell::Timestamp(_)) {
                string(&text, out);
            } else {
                out.extend(text.as_bytes());
            }
        }
    }
}

/// A geometry in longitude and latitude.
fn in_degrees(wkb: &[u8], crs: Crs) -> Option<Geometry> {
    let (geometry, degrees) = (Geometry::from_wkb(wkb)?, Transform::new(crs, Crs::CRS84));
    if degrees.is_none() { Some(geometry) } else { geometry.transform(&degrees) }
}

/// A text as JSON string.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    // Writing text to a vector cannot fail.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::wkb::Position;

    #[test]
    fn values_are_json() {
        for (cell, expected) in [
            (None, "null"),
            (Some(Cell::Text("linje\n\"\u{1}å")), "\"linje\\n\\\"\\u0001å\""),
            (Some(Cell::Number(1e300)), "1e300"),
            (Some(Cell::Number(-0.5)), "-0.5"),
            (Some(Cell::Decimal(12_345_678_901_234_567_890_123, 3)), "12345678901234567890.123"),
            (Some(Cell::Decimal(-5, 2)), "-0.05"),
            (Some(Cell::Boolean(true)), "true"),
            (Some(Cell::Date(0)), "\"1970-01-01\""),
            (Some(Cell::Geometry(b"?", Crs::CRS84)), "null"),
        ] {
            let mut out = Vec::new();
            json(cell, &mut out);
            assert_eq!(String::from_utf8(out.clone()).unwrap(), expected);
            serde_json::from_slice::<serde_json::Value>(&out).unwrap();
        }
    }

    #[test]
    fn geometries_are_in_degrees_whatever_system_they_are_kept_in() {
        let point = Geometry::Point(Position { x: 500_000.0, y: 6_651_411.19, z: Some(94.0) });
        let mut out = Vec::new();
        json(Some(Cell::Geometry(&point.to_wkb(), Crs::from_epsg(25_833).unwrap())), &mut out);
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value, serde_json::json!({ "type": "Point", "coordinates": [15.0, 60.0, 94.0] }));
    }
}
