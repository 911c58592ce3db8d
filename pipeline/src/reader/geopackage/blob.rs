//! Geometries of a `GeoPackage` (OGC 12-128r19 section 2.1.3): a head, then well-known binary.

use catalog::table::Geometry;

use super::super::geo::{Bytes, stroke};

/// A geometry, or none where it is empty, and why there is none otherwise.
pub(super) fn geometry(blob: &[u8], system: i32, tolerance: f64) -> Result<Option<Geometry>, &'static str> {
    let short = "its head is cut off";
    let mut bytes = Bytes(blob);
    if bytes.take(2) != Some(b"GP") {
        return Err("it does not begin as a geometry of a GeoPackage does");
    }
    let (_, flags) = (bytes.byte().ok_or(short)?, bytes.byte().ok_or(short)?);
    if flags & 0x20 != 0 {
        return Err("it is of an extended type that only its maker can read");
    }
    let little = flags & 1 == 1;
    let own = if little { bytes.u32() } else { bytes.u32_be() }.ok_or(short)?.cast_signed();
    if own != system && own > 0 {
        return Err("it is in another coordinate system than its layer");
    }
    let envelope = match (flags >> 1) & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return Err("the kind of its extent is unknown"),
    };
    bytes.take(envelope).ok_or(short)?;
    if flags & 0x10 != 0 || Geometry::is_empty_point(bytes.0) {
        return Ok(None);
    }
    let arcs = |points: [_; 3]| stroke(points, tolerance);
    let geometry = Geometry::from_curved_wkb(bytes.0, &arcs).ok_or("it is no well-known binary that is whole")?;
    Ok(geometry.bbox().is_some().then_some(geometry))
}

#[cfg(test)]
mod tests {
    use catalog::table::wkb::Position;

    use super::*;

    fn blob(flags: u8, system: i32, envelope: usize, wkb: &[u8]) -> Vec<u8> {
        let mut blob = vec![b'G', b'P', 0, flags];
        blob.extend(system.to_le_bytes());
        blob.extend(vec![0; envelope]);
        blob.extend(wkb);
        blob
    }

    #[test]
    fn heads_of_every_kind() {
        let point = Geometry::Point(Position { x: 5e5, y: 6.6e6, z: None });
        let wkb = point.to_wkb();
        for (flags, envelope) in [(1, 0), (3, 32), (5, 48), (7, 48), (9, 64)] {
            assert_eq!(geometry(&blob(flags, 25_833, envelope, &wkb), 25_833, 0.01), Ok(Some(point.clone())));
        }
        assert_eq!(geometry(&blob(0x11, 25_833, 0, b""), 25_833, 0.01), Ok(None), "empty");
        for (flags, system, envelope) in [(0x21, 25_833, 0), (1, 4326, 0), (11, 25_833, 0), (9, 25_833, 10)] {
            assert!(geometry(&blob(flags, system, envelope, &wkb), 25_833, 0.01).is_err(), "{flags}");
        }
        let whole = blob(3, 25_833, 32, &wkb);
        for cut in 0..whole.len() {
            assert!(geometry(&whole[..cut], 25_833, 0.01).is_err(), "{cut}");
        }
    }
}
