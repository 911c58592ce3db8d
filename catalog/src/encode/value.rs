//! One cell of a batch as JSON.

use crate::table::{Cell, Geometry};

/// Seven decimals of a degree are about a centimetre.
pub(super) const DEGREE_DECIMALS: u8 = 7;

/// The number of a row in its batch.
pub(super) type Row = usize;

/// A value as JSON: decimals as numbers with all their digits, days and instants as text, geometries as `GeoJSON` objects,
/// missing values as `null`.
pub(super) fn json(cell: Option<Cell<'_>>, out: &mut Vec<u8>) {
    match cell {
        None => out.extend(b"null"),
        Some(Cell::Text(text)) => string(text, out),
        Some(Cell::Geometry(wkb)) => match Geometry::from_wkb(wkb) {
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

/// A text as JSON string.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    // Writing text to a vector cannot fail.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;

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
            (Some(Cell::Geometry(b"?")), "null"),
        ] {
            let mut out = Vec::new();
            json(cell, &mut out);
            assert_eq!(String::from_utf8(out.clone()).unwrap(), expected);
            serde_json::from_slice::<serde_json::Value>(&out).unwrap();
        }
    }
}
