//! The content of a record → a geometry. Measures are left out.

use catalog::table::{Geometry, wkb::Position};

use super::{super::geo::Bytes, rings::polygons};

/// Bytes of a bounding box, and of a range of heights or measures.
const BOX: usize = 32;
const RANGE: usize = 16;

/// The geometry of a record; `None` for a null shape and for one without positions, and why there is none otherwise.
pub(super) fn geometry(content: &[u8]) -> Result<Option<Geometry>, &'static str> {
    let short = "the record is shorter than its counts say";
    let mut bytes = Bytes(content);
    let kind = bytes.u32().ok_or(short)?;
    let z = matches!(kind, 11 | 13 | 15 | 18);
    match kind {
        0 => Ok(None),
        1 | 11 | 21 => point(&mut bytes, z).map(Some).ok_or("the point has no finite coordinates"),
        8 | 18 | 28 => {
            bytes.take(BOX).ok_or(short)?;
            let count = bytes.count(16).ok_or(short)?;
            let points = positions(&mut bytes, count, z)?;
            Ok((!points.is_empty()).then_some(Geometry::MultiPoint(points)))
        }
        3 | 13 | 23 => lines(&parts(&mut bytes, z)?),
        5 | 15 | 25 => {
            let mut polygons = polygons(parts(&mut bytes, z)?)?;
            Ok(match polygons.len() {
                0 => None,
                1 => polygons.pop().map(Geometry::Polygon),
                _ => Some(Geometry::MultiPolygon(polygons)),
            })
        }
        31 => Err("a multipatch has no counterpart among the geometries that are published"),
        _ => Err("there is no such type of shape"),
    }
}

fn point(bytes: &mut Bytes<'_>, z: bool) -> Option<Geometry> {
    let (x, y) = (bytes.f64()?, bytes.f64()?);
    let height = if z { bytes.f64() } else { None };
    finite(Position { x, y, z: height.filter(|height| !height.is_nan()) }).map(Geometry::Point)
}

fn finite(position: Position) -> Option<Position> {
    let all = position.x.is_finite() && position.y.is_finite() && position.z.is_none_or(f64::is_finite);
    all.then_some(position)
}

fn lines(parts: &[Vec<Position>]) -> Result<Option<Geometry>, &'static str> {
    if parts.iter().any(|part| part.len() < 2) {
        return Err("a line has fewer than two positions");
    }
    Ok(match parts {
        [] => None,
        [one] => Some(Geometry::LineString(one.clone())),
        several => Some(Geometry::MultiLineString(several.to_vec())),
    })
}

/// The parts of a line or polygon.
fn parts(bytes: &mut Bytes<'_>, z: bool) -> Result<Vec<Vec<Position>>, &'static str> {
    let short = "the record is shorter than its counts say";
    bytes.take(BOX).ok_or(short)?;
    let parts = bytes.count(4).ok_or(short)?;
    let points = usize::try_from(bytes.u32().ok_or(short)?).map_err(|_| short)?;
    let mut starts = Vec::with_capacity(parts + 1);
    for _ in 0..parts {
        starts.push(usize::try_from(bytes.u32().ok_or(short)?).map_err(|_| short)?);
    }
    if points.checked_mul(16).is_none_or(|needed| needed > bytes.0.len()) {
        return Err(short);
    }
    let positions = positions(bytes, points, z)?;
    if starts.first().is_some_and(|first| *first != 0) || (starts.is_empty() && !positions.is_empty()) {
        return Err("its parts do not begin with its first position");
    }
    starts.push(positions.len());
    let part = |pair: (&usize, &usize)| positions.get(*pair.0..*pair.1).map(<[Position]>::to_vec);
    let ranges = starts.iter().zip(starts.iter().skip(1));
    ranges.map(part).collect::<Option<_>>().ok_or("its parts are out of order")
}

fn positions(bytes: &mut Bytes<'_>, count: usize, z: bool) -> Result<Vec<Position>, &'static str> {
    let short = "the record is shorter than its counts say";
    let mut plane = Bytes(bytes.take(count * 16).ok_or(short)?);
    let mut heights = if z {
        bytes.take(RANGE).ok_or(short)?;
        Some(Bytes(bytes.take(count * 8).ok_or(short)?))
    } else {
        None
    };
    let mut out = Vec::with_capacity(count);
    for _ in 0..count {
        let (x, y) = (plane.f64().ok_or(short)?, plane.f64().ok_or(short)?);
        let height = heights.as_mut().and_then(Bytes::f64).filter(|height| !height.is_nan());
        out.push(finite(Position { x, y, z: height }).ok_or("a coordinate is not finite")?);
    }
    Ok(out)
}
