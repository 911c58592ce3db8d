//! Geometries in filters: well-known text with `BBOX` beside, and the checks that both encodings share.

use catalog::table::{Geometry, wkb::Position};

use super::{
    MAX_DEPTH, MAX_ITEMS,
    ast::{At, Place},
    cursor::Cursor,
    refused,
};
use crate::error::Problem;

type Read<T> = Result<T, Problem>;

/// A place in text, its keyword already read.
pub(super) fn place(cursor: &mut Cursor<'_>, name: &str) -> Read<Place> {
    let at = cursor.here();
    if matches!(name, "BBOX" | "ENVELOPE") {
        cursor.sign("(")?;
        return bbox(cursor.list(Cursor::number)?, &at).map(Place::Bbox);
    }
    let geometry = geometry(cursor, name, 0)?;
    checked(geometry, &at).map(Place::Geometry)
}

/// Four or six numbers, if they are.
pub(super) fn bbox(numbers: Vec<f64>, at: &At) -> Read<Vec<f64>> {
    match numbers.len() {
        4 | 6 => Ok(numbers),
        count => Err(refused(at, &format!("a box has four numbers, or six with heights, not {count}"))),
    }
}

/// A geometry, if it has positions, and not too many.
pub(super) fn checked(geometry: Geometry, at: &At) -> Read<Geometry> {
    let mut positions = 0;
    geometry.each_position(&mut |_| positions += 1);
    match positions {
        0 => Err(refused(at, "the geometry is empty")),
        1..=MAX_ITEMS => Ok(geometry),
        _ => Err(refused(at, &format!("the geometry has {positions} positions; {MAX_ITEMS} are the most"))),
    }
}

fn geometry(cursor: &mut Cursor<'_>, name: &str, depth: usize) -> Read<Geometry> {
    let at = cursor.here();
    if depth > MAX_DEPTH {
        return Err(refused(&at, &format!("it is nested more than {MAX_DEPTH} deep")));
    }
    cursor.take_word("Z");
    cursor.sign("(")?;
    Ok(match name {
        "POINT" => {
            let position = position(cursor)?;
            cursor.sign(")")?;
            Geometry::Point(position)
        }
        "LINESTRING" => Geometry::LineString(line(cursor)?),
        "POLYGON" => Geometry::Polygon(rings(cursor)?),
        "MULTIPOINT" => Geometry::MultiPoint(cursor.list(bracketed_position)?),
        "MULTILINESTRING" => Geometry::MultiLineString(cursor.list(inner_line)?),
        "MULTIPOLYGON" => Geometry::MultiPolygon(cursor.list(|cursor| {
            cursor.sign("(")?;
            rings(cursor)
        })?),
        "GEOMETRYCOLLECTION" => Geometry::GeometryCollection(cursor.list(|cursor| {
            let member = cursor.take_name().ok_or_else(|| cursor.unexpected("a geometry"))?;
            geometry(cursor, &member, depth + 1)
        })?),
        other => return Err(refused(&at, &format!("there is no geometry '{other}'"))),
    })
}

/// A position, with or without brackets of its own.
fn bracketed_position(cursor: &mut Cursor<'_>) -> Read<Position> {
    let bracketed = cursor.take_sign("(");
    let position = position(cursor)?;
    if bracketed {
        cursor.sign(")")?;
    }
    Ok(position)
}

fn position(cursor: &mut Cursor<'_>) -> Read<Position> {
    let (x, y) = (cursor.number()?, cursor.number()?);
    let z = if cursor.at_number() { Some(cursor.number()?) } else { None };
    Ok(Position { x, y, z })
}

fn line(cursor: &mut Cursor<'_>) -> Read<Vec<Position>> {
    let at = cursor.here();
    let line = cursor.list(position)?;
    if line.len() < 2 { Err(refused(&at, "a line has at least two positions")) } else { Ok(line) }
}

fn inner_line(cursor: &mut Cursor<'_>) -> Read<Vec<Position>> {
    cursor.sign("(")?;
    line(cursor)
}

fn rings(cursor: &mut Cursor<'_>) -> Read<Vec<Vec<Position>>> {
    cursor.list(|cursor| {
        let at = cursor.here();
        let ring = inner_line(cursor)?;
        if ring.len() >= 4 && ring.first() == ring.last() {
            Ok(ring)
        } else {
            Err(refused(&at, "a ring has at least four positions and ends where it began"))
        }
    })
}
