//! Geometries of several coordinate systems → those of one: a reader gives all in the system of the first one.

use catalog::{
    crs::{Crs, Transform, Within},
    table::Geometry,
};

/// Northern Europe: west, south, east, north in degrees.
const NORTH: [f64; 4] = [-45.0, 45.0, 75.0, 89.0];

/// Where Norwegian maps reach, for geometries of a system.
pub(in crate::reader) fn north(crs: Crs) -> Within {
    Within::new(Transform::new(crs, Crs::CRS84), NORTH)
}

/// Whether every position lies where Norwegian maps reach.
pub(in crate::reader) fn lies_north(north: &mut Within, geometry: &Geometry) -> bool {
    let Some(extent) = geometry.bbox() else { return true };
    if north.surely(extent) {
        return true;
    }
    let mut all = true;
    let [west, south, east, most] = NORTH;
    geometry.each_position(&mut |position| {
        let place = north.way().apply(position.x, position.y);
        all &= place.is_some_and(|(x, y)| (west..=east).contains(&x) && (south..=most).contains(&y));
    });
    all
}

/// Why a geometry has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reader) enum Misplaced {
    /// It lies outside of northern Europe.
    Outside,
    /// Its heights are counted from something else than those of the others.
    Heights,
}

/// Brings geometries into the system of the first one.
#[derive(Debug, Default)]
pub(in crate::reader) struct Placer {
    first: Option<Crs>,
    /// The system of the last geometry, the way from there to the first one's, and where in it is the north.
    ways: Option<(Crs, Transform, Within)>,
}

impl Placer {
    /// The system of all geometries; `None` before the first one.
    pub(in crate::reader) fn crs(&self) -> Option<Crs> {
        self.first
    }

    /// The geometry as ISO WKB, and whether it had to be brought into another system.
    pub(in crate::reader) fn place(&mut self, crs: Crs, geometry: &Geometry) -> Result<(Vec<u8>, bool), Misplaced> {
        let first = self.first.unwrap_or(crs);
        let ways = self.ways.take().filter(|(last, ..)| *last == crs);
        let (_, way, within) = self.ways.insert(ways.unwrap_or_else(|| (crs, Transform::new(crs, first), north(crs))));
        if !lies_north(within, geometry) {
            return Err(Misplaced::Outside);
        }
        if geometry.has_z() && !crs.keeps_heights_in(first) {
            return Err(Misplaced::Heights);
        }
        self.first = Some(first);
        if way.is_none() {
            return Ok((geometry.to_wkb(), false));
        }
        let moved = geometry.transform(way).ok_or(Misplaced::Outside)?;
        Ok((moved.to_wkb(), true))
    }
}
