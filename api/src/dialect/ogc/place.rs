//! Boxes and geometries of a question, from the system they are written in to that of the table.

use catalog::{
    crs::{Crs, Transform},
    table::{Geometry, Region, wkb::Position},
};

use crate::query::cql2::Place;

/// Positions along each side of a box that is bent on the way to another system.
const ALONG: u32 = 24;

/// From a system of a question to that of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// The system that the question is written in.
    pub(super) from: Crs,
    /// That of the table.
    pub(super) to: Crs,
    /// The extent of all features in longitude and latitude: what lies beyond it is not looked for; `None` where none of
    /// them has a geometry.
    pub(super) extent: Option<[f64; 4]>,
}

impl Way {
    /// The place that a filter names.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn locate(&self, place: &Place) -> Result<Region, String> {
        match place {
            Place::Bbox(numbers) => self.bbox(numbers),
            Place::Geometry(geometry) => self.geometry(geometry),
        }
    }

    /// A box of four numbers, or of six with heights: lower corner, upper corner, in the order of the system's axes.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn bbox(&self, numbers: &[f64]) -> Result<Region, String> {
        let (corners, heights) = match *numbers {
            [a, b, c, d] => ([a, b, c, d], None),
            [a, b, low, c, d, high] => ([a, b, c, d], Some([low, high])),
            _ => return Err(format!("a box has four numbers, or six with heights, not {}", numbers.len())),
        };
        let [west, south, east, north] = self.turned(corners);
        if south > north || heights.is_some_and(|[low, high]| low > high) {
            return Err("the lower corner lies above the upper one".to_owned());
        }
        let boxes = if west <= east {
            vec![[west, south, east, north]]
        } else if self.from.is_projected() {
            return Err("the lower corner lies east of the upper one".to_owned());
        } else {
            // Across the antimeridian.
            vec![[west, south, 180.0, north], [-180.0, south, east, north]]
        };
        for [west, south, east, north] in &boxes {
            self.check(*west, *south)?;
            self.check(*east, *north)?;
        }
        let region = self.boxes(boxes)?;
        Ok(match heights {
            Some(between) => region.between(between),
            None => region,
        })
    }

    /// West, south, east and north of numbers in the order of the system's axes.
    fn turned(&self, [a, b, c, d]: [f64; 4]) -> [f64; 4] {
        if self.from.is_north_first() { [b, a, d, c] } else { [a, b, c, d] }
    }

    /// Refuses degrees that are none. Metres may be any number: far away there is nothing.
    fn check(&self, x: f64, y: f64) -> Result<(), String> {
        let there = self.from.is_projected() || (x.abs() <= 180.0 && y.abs() <= 90.0);
        if there { Ok(()) } else { Err(format!("{x} {y} is no longitude and latitude of its system")) }
    }

    fn boxes(&self, boxes: Vec<[f64; 4]>) -> Result<Region, String> {
        let way = Transform::new(self.from, self.to);
        if way.is_none() {
            return Ok(Region::boxes(boxes));
        }
        // Places on the other side of the Earth have no counterpart, and nothing is there.
        let near = self.clip(&boxes);
        let bent: Option<Vec<_>> = near.iter().map(|bbox| bend(bbox, &way)).collect();
        let bent = bent.ok_or("the box reaches where its system does not")?;
        Ok(Region::geometry(Geometry::MultiPolygon(bent)).unwrap_or_else(|| Region::boxes(Vec::new())))
    }

    /// The boxes as far as there are features.
    fn clip(&self, boxes: &[[f64; 4]]) -> Vec<[f64; 4]> {
        let Some(known) = self.extent else { return Vec::new() };
        let there = Transform::new(Crs::CRS84, self.from).extent(known);
        let Some([w, s, e, n]) = there else { return boxes.to_vec() };
        let common = |[west, south, east, north]: &[f64; 4]| [west.max(w), south.max(s), east.min(e), north.min(n)];
        boxes.iter().map(common).filter(|[west, south, east, north]| west <= east && south <= north).collect()
    }

    fn geometry(&self, geometry: &Geometry) -> Result<Region, String> {
        let north_first = self.from.is_north_first();
        let turned =
            geometry.map(&|p: &Position| Some(if north_first { Position { x: p.y, y: p.x, z: p.z } } else { *p }));
        let turned = turned.ok_or("the geometry has no positions")?;
        let mut wrong = None;
        turned.each_position(&mut |position| {
            wrong = wrong.take().or_else(|| self.check(position.x, position.y).err());
        });
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let way = Transform::new(self.from, self.to);
        let there = if way.is_none() { Some(turned) } else { turned.transform(&way) };
        there.and_then(Region::geometry).ok_or_else(|| "the geometry reaches where its system does not".to_owned())
    }
}

/// A box as an area in another system, its sides in pieces, since straight ones do not stay straight.
fn bend([west, south, east, north]: &[f64; 4], way: &Transform) -> Option<Vec<Vec<Position>>> {
    let step = |from: f64, to: f64, index: u32| from + (to - from) * f64::from(index) / f64::from(ALONG);
    let mut ring = Vec::new();
    let corners = [(west, south), (east, south), (east, north), (west, north), (west, south)];
    for ((x0, y0), (x1, y1)) in corners.iter().zip(corners.iter().skip(1)) {
        for index in 0..ALONG {
            let (x, y) = way.apply(step(**x0, **x1, index), step(**y0, **y1, index))?;
            ring.push(Position { x, y, z: None });
        }
    }
    ring.extend(ring.first().copied());
    Some(vec![ring])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(from: u32, to: u32) -> Way {
        let crs = |code| if code == 0 { Crs::CRS84 } else { Crs::from_epsg(code).unwrap() };
        Way { from: crs(from), to: crs(to), extent: Some([4.0, 57.0, 32.0, 72.0]) }
    }

    fn meets(region: &Region, x: f64, y: f64) -> bool {
        region.meets(&Geometry::Point(Position { x, y, z: None }).to_wkb()).unwrap()
    }

    #[test]
    fn the_order_of_axes_is_that_of_the_system() {
        for (from, numbers) in [(0, [10.0, 59.0, 11.0, 60.0]), (4258, [59.0, 10.0, 60.0, 11.0])] {
            let region = way(from, 0).bbox(&numbers).unwrap();
            assert!(meets(&region, 10.5, 59.5) && !meets(&region, 12.0, 59.5), "{from}");
        }
        assert!(way(4326, 0).bbox(&[10.0, 100.0, 11.0, 101.0]).is_ok());
        assert!(way(4326, 0).bbox(&[100.0, 10.0, 101.0, 11.0]).is_err());
    }

    #[test]
    fn boxes_across_the_antimeridian_are_two() {
        let region = way(0, 0).bbox(&[170.0, -90.0, -170.0, 90.0]).unwrap();
        assert!(meets(&region, 175.0, 0.0) && meets(&region, -175.0, 0.0) && !meets(&region, 0.0, 0.0));
        assert!(way(25_833, 0).bbox(&[400_000.0, 6e6, 300_000.0, 7e6]).is_err());
    }

    #[test]
    fn boxes_are_bent_on_the_way() {
        let region = way(0, 25_833).bbox(&[10.0, 59.0, 20.0, 60.0]).unwrap();
        let utm = Crs::from_epsg(25_833).unwrap();
        for (longitude, latitude, expected) in [
            (15.0, 59.001, true),
            (15.0, 58.99, false),
            (10.001, 59.999, true),
            (9.99, 59.5, false),
            (19.99, 59.01, true),
        ] {
            let (x, y) = utm.of_degrees(longitude, latitude).unwrap();
            assert_eq!(meets(&region, x, y), expected, "{longitude} {latitude}");
        }
        let world = way(0, 25_833).bbox(&[-180.0, -90.0, 180.0, 90.0]).unwrap();
        let (x, y) = utm.of_degrees(10.75, 59.9).unwrap();
        assert!(meets(&world, x, y));
        // A map of half the world in metres, over features in degrees.
        let far = way(25_833, 0).bbox(&[-2e7, -2e7, 2e7, 2e7]).unwrap();
        assert!(meets(&far, 10.75, 59.9));
        let away = way(0, 25_833).bbox(&[100.0, -50.0, 120.0, -40.0]).unwrap();
        assert!(!meets(&away, x, y));
    }

    #[test]
    fn what_is_no_box_is_told() {
        for bad in [
            &[1.0, 2.0, 3.0][..],
            &[10.0, 60.0, 11.0, 59.0],
            &[200.0, 0.0, 201.0, 1.0],
            &[0.0, 0.0, 5.0, 1.0, 1.0, 4.0],
        ] {
            assert!(way(0, 0).bbox(bad).is_err(), "{bad:?}");
        }
        let point = Geometry::Point(Position { x: 90.0, y: 180.0, z: None });
        assert!(way(0, 0).locate(&Place::Geometry(point)).is_err());
    }
}
