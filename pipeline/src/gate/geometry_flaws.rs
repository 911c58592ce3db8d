//! What is wrong with one geometry, wherever it lies.

use catalog::table::{
    Geometry,
    wkb::{Flaw, Position},
};
use config::GeometryFlaw;

/// Everything that is wrong with a geometry, each once. The areas of one with more than `most` positions are not looked
/// at.
pub(super) fn flaws(geometry: &Geometry, most: u64) -> Vec<GeometryFlaw> {
    let mut positions = 0_u64;
    geometry.each_position(&mut |_| positions += 1);
    if positions > most {
        return vec![GeometryFlaw::TooManyPositions];
    }
    let (mut repeats, mut collapses) = (false, false);
    each_line(geometry, &mut |line, is_ring| {
        repeats |= line.iter().zip(line.iter().skip(1)).any(|(a, b)| a == b);
        collapses |= !is_ring && line.iter().all(|position| Some(position) == line.first());
    });
    let area = geometry.flaw().map(|flaw| match flaw {
        Flaw::Ring => GeometryFlaw::Ring,
        Flaw::Collapsed => GeometryFlaw::Collapsed,
        Flaw::SelfIntersection => GeometryFlaw::SelfIntersection,
        Flaw::Hole => GeometryFlaw::HoleOutside,
        Flaw::TooComplex => GeometryFlaw::TooComplex,
    });
    let line = collapses.then_some(GeometryFlaw::Collapsed).filter(|flaw| area != Some(*flaw));
    area.into_iter().chain(line).chain(repeats.then_some(GeometryFlaw::RepeatedPosition)).collect()
}

/// Calls `visit` for every line and ring, and says which of both it is.
fn each_line(geometry: &Geometry, visit: &mut dyn FnMut(&[Position], bool)) {
    match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => {}
        Geometry::LineString(line) => visit(line, false),
        Geometry::MultiLineString(lines) => lines.iter().for_each(|line| visit(line, false)),
        Geometry::Polygon(rings) => rings.iter().for_each(|ring| visit(ring, true)),
        Geometry::MultiPolygon(polygons) => polygons.iter().flatten().for_each(|ring| visit(ring, true)),
        Geometry::GeometryCollection(members) => members.iter().for_each(|member| each_line(member, visit)),
    }
}
