//! Rings in no order → polygons: which of them are holes in which others.

use catalog::{crs::union, table::wkb::Position};

use super::ring::doubled_area;

/// Most rings of one geometry: each is held against those that are larger.
const MAX_RINGS: usize = 20_000;
/// So many positions of a ring are looked at, in case some of them lie on the other one.
const PROBES: usize = 9;

/// A ring and where it is.
struct Ring {
    positions: Vec<Position>,
    area: f64,
    bbox: [f64; 4],
    /// How many rings are around it, and the smallest of them.
    depth: usize,
    around: Option<usize>,
}

/// What became of rings.
#[derive(Debug, PartialEq)]
pub(in crate::reader) struct Nested {
    /// Polygons: the outer ring, counter-clockwise, then its holes, clockwise.
    pub(in crate::reader) polygons: Vec<Vec<Vec<Position>>>,
    /// Rings that enclose nothing, which were left out.
    pub(in crate::reader) flat: usize,
    /// Rings whose direction says something else than their place.
    pub(in crate::reader) misdirected: usize,
}

/// Closed rings as polygons. A ring within an odd number of others is a hole in the smallest of them. `None` if there
/// are too many.
pub(in crate::reader) fn nested(rings: Vec<Vec<Position>>, outer_clockwise: bool) -> Option<Nested> {
    if rings.len() > MAX_RINGS {
        return None;
    }
    let all = rings.len();
    let mut rings: Vec<Ring> = rings.into_iter().filter_map(measured).collect();
    let flat = all - rings.len();
    // Stable, so that rings of one size keep their order.
    rings.sort_by(|a, b| b.area.abs().total_cmp(&a.area.abs()));
    for at in 1..rings.len() {
        let (larger, rest) = rings.split_at_mut(at);
        let Some(ring) = rest.first_mut() else { continue };
        let around = larger.iter().enumerate().rev().find(|(_, other)| other.surrounds(ring));
        if let Some((place, other)) = around {
            (ring.depth, ring.around) = (other.depth + 1, Some(place));
        }
    }
    Some(sorted(rings, flat, outer_clockwise))
}

fn sorted(rings: Vec<Ring>, flat: usize, outer_clockwise: bool) -> Nested {
    let mut nested = Nested { polygons: Vec::new(), flat, misdirected: 0 };
    let mut places = vec![None; rings.len()];
    for (at, ring) in rings.into_iter().enumerate() {
        let hole = ring.depth % 2 == 1;
        let clockwise = ring.area < 0.0;
        nested.misdirected += usize::from((clockwise == outer_clockwise) == hole);
        let mut positions = ring.positions;
        if clockwise != hole {
            positions.reverse();
        }
        let outer = ring.around.and_then(|around| places.get(around).copied().flatten()).filter(|_| hole);
        let place: usize = outer.unwrap_or(nested.polygons.len());
        if let Some(slot) = places.get_mut(at) {
            *slot = Some(place);
        }
        match nested.polygons.get_mut(place) {
            Some(polygon) => polygon.push(positions),
            None => nested.polygons.push(vec![positions]),
        }
    }
    nested
}

fn measured(positions: Vec<Position>) -> Option<Ring> {
    let area = doubled_area(&positions);
    let bbox = positions.iter().map(|at| [at.x, at.y, at.x, at.y]).reduce(union)?;
    let encloses = positions.len() >= 4 && area.abs() > 0.0;
    encloses.then_some(Ring { positions, area, bbox, depth: 0, around: None })
}

impl Ring {
    /// True if another ring lies within this one.
    fn surrounds(&self, other: &Self) -> bool {
        let ([west, south, east, north], [other_west, other_south, other_east, other_north]) = (self.bbox, other.bbox);
        if other_west < west || other_south < south || other_east > east || other_north > north {
            return false;
        }
        let step = (other.positions.len() / PROBES).max(1);
        let probes = other.positions.iter().step_by(step).take(PROBES);
        let (inside, all) = probes.fold((0, 0), |(inside, all), at| (inside + usize::from(self.holds(*at)), all + 1));
        2 * inside > all
    }

    /// True if a position lies within, by the crossings of a ray to the east.
    fn holds(&self, at: Position) -> bool {
        let pairs = self.positions.iter().zip(self.positions.iter().skip(1));
        let crossed = pairs
            .filter(|(a, b)| (a.y > at.y) != (b.y > at.y) && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x);
        crossed.count() % 2 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64, clockwise: bool) -> Vec<Position> {
        let corners = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side), (0.0, 0.0)];
        let mut ring: Vec<_> = corners.iter().map(|(dx, dy)| Position { x: x + dx, y: y + dy, z: None }).collect();
        if clockwise {
            ring.reverse();
        }
        ring
    }

    fn shape(nested: &Nested) -> Vec<Vec<f64>> {
        nested.polygons.iter().map(|rings| rings.iter().map(|ring| doubled_area(ring) / 2.0).collect()).collect()
    }

    #[test]
    fn holes_are_found_by_their_places() {
        let rings = vec![
            square(2.0, 2.0, 2.0, false),
            square(0.0, 0.0, 10.0, true),
            // An island in the lake, with a pond.
            square(2.5, 2.5, 1.0, true),
            square(2.6, 2.6, 0.5, false),
            square(20.0, 0.0, 3.0, true),
            square(0.0, 6.0, 3.0, false),
        ];
        let nested = nested(rings, true).unwrap();
        assert_eq!((nested.flat, nested.misdirected), (0, 0));
        assert_eq!(shape(&nested), [vec![100.0, -9.0, -4.0], vec![9.0], vec![1.0, -0.25]]);
    }

    #[test]
    fn directions_that_say_otherwise_are_counted() {
        let rings = vec![square(0.0, 0.0, 10.0, true), square(2.0, 2.0, 2.0, true), square(20.0, 0.0, 1.0, false)];
        let found = nested(rings, true).unwrap();
        assert_eq!((shape(&found), found.misdirected), (vec![vec![100.0, -4.0], vec![1.0]], 2));
        let line = vec![Position { x: 0.0, y: 0.0, z: None }; 5];
        assert_eq!(nested(vec![line], true).unwrap().flat, 1);
        assert!(nested(vec![square(0.0, 0.0, 1.0, true); MAX_RINGS + 1], true).is_none());
    }
}
