//! Cutting shapes at the borders of tiles: halves of halves, so that a large shape in many tiles is cut a few times over
//! and not once for each of them.

use super::{
    matrix::{BUFFER, EXTENT, Point},
    shape::Shape,
};

/// Tiles of a zoom: least column and row, greatest column and row.
type Tiles = [u32; 4];

/// Calls `visit` with every tile that a shape, in the units of a zoom, has something in, and with what that is; of one
/// `wanted` tile (column and row) only.
pub(crate) fn tiles(shape: &Shape, zoom: u8, wanted: Option<(u32, u32)>, visit: &mut dyn FnMut(u32, u32, &Shape)) {
    let Some([west, north, east, south]) = shape.extent() else { return };
    let most = (1_u32 << zoom) - 1;
    let buffer = f64::from(BUFFER);
    let number = |units: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the numbers of tiles")]
        let number = (units / f64::from(EXTENT)).floor().clamp(0.0, f64::from(most)) as u32;
        number
    };
    let all = [number(west - buffer), number(north - buffer), number(east + buffer), number(south + buffer)];
    descend(shape, all, wanted, visit);
}

fn descend(shape: &Shape, tiles: Tiles, wanted: Option<(u32, u32)>, visit: &mut dyn FnMut(u32, u32, &Shape)) {
    let [west, north, east, south] = tiles;
    if shape.is_empty() || !has(tiles, wanted) {
        return;
    }
    if (west, north) == (east, south) {
        return visit(west, north, shape);
    }
    let border = |tile: u32| f64::from(tile) * f64::from(EXTENT);
    let (axis, middle, first, second) = if east - west >= south - north {
        let middle = west.midpoint(east) + 1;
        (0, middle, [west, north, middle - 1, south], [middle, north, east, south])
    } else {
        let middle = north.midpoint(south) + 1;
        (1, middle, [west, north, east, middle - 1], [west, middle, east, south])
    };
    for (tiles, below) in [(first, true), (second, false)] {
        if has(tiles, wanted) {
            let bound = border(middle) + f64::from(BUFFER) * if below { 1.0 } else { -1.0 };
            descend(&half(shape, Side { axis, bound, below }), tiles, wanted, visit);
        }
    }
}

/// Whether the one wanted tile, or any, is among these.
fn has([west, north, east, south]: Tiles, wanted: Option<(u32, u32)>) -> bool {
    wanted.is_none_or(|(column, row)| (west..=east).contains(&column) && (north..=south).contains(&row))
}

/// One side of a line along an axis, the line included.
#[derive(Debug, Clone, Copy)]
struct Side {
    /// 0: east; 1: south.
    axis: usize,
    bound: f64,
    below: bool,
}

impl Side {
    fn coordinate(self, [x, y]: &Point) -> f64 {
        if self.axis == 0 { *x } else { *y }
    }

    fn holds(self, point: &Point) -> bool {
        let coordinate = self.coordinate(point);
        if self.below { coordinate <= self.bound } else { coordinate >= self.bound }
    }

    /// Where a segment between both sides crosses over.
    fn crossing(self, a: &Point, b: &Point) -> Point {
        let (from, to) = (self.coordinate(a), self.coordinate(b));
        let along = (self.bound - from) / (to - from);
        let other = |a: f64, b: f64| a + (b - a) * along;
        if self.axis == 0 { [self.bound, other(a[1], b[1])] } else { [other(a[0], b[0]), self.bound] }
    }
}

/// What of a shape lies on one side.
fn half(shape: &Shape, side: Side) -> Shape {
    let points = shape.points.iter().filter(|point| side.holds(point)).copied();
    let lines = shape.lines.iter().flat_map(|line| cut_line(line, side));
    let areas = shape.areas.iter().filter_map(|rings| {
        let mut cut = rings.iter().map(|ring| cut_ring(ring, side));
        let outer = cut.next().filter(|ring| ring.len() > 2)?;
        Some(std::iter::once(outer).chain(cut.filter(|hole| hole.len() > 2)).collect())
    });
    Shape { points: points.collect(), lines: lines.collect(), areas: areas.collect() }
}

/// The pieces of a line on one side.
fn cut_line(line: &[Point], side: Side) -> Vec<Vec<Point>> {
    let (mut pieces, mut piece) = (Vec::new(), Vec::new());
    let mut before: Option<&Point> = None;
    for point in line {
        if let Some(before) = before.filter(|before| side.holds(before) != side.holds(point)) {
            piece.push(side.crossing(before, point));
        }
        if side.holds(point) {
            piece.push(*point);
        } else if !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
        }
        before = Some(point);
    }
    pieces.push(piece);
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

/// A ring on one side (Sutherland and Hodgman 1974): where it left and came back, it goes along the border.
fn cut_ring(ring: &[Point], side: Side) -> Vec<Point> {
    let mut cut = Vec::with_capacity(ring.len());
    let mut before = ring.last();
    for point in ring {
        if let Some(before) = before.filter(|before| side.holds(before) != side.holds(point)) {
            cut.push(side.crossing(before, point));
        }
        if side.holds(point) {
            cut.push(*point);
        }
        before = Some(point);
    }
    cut
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{collection::vec, prelude::*};

    use super::{super::shape::doubled_area, *};

    fn all(shape: &Shape, zoom: u8) -> BTreeMap<(u32, u32), Shape> {
        let mut found = BTreeMap::new();
        tiles(shape, zoom, None, &mut |column, row, shape| {
            assert!(found.insert((column, row), shape.clone()).is_none(), "no tile twice");
        });
        found
    }

    fn points() -> impl Strategy<Value = Vec<Point>> {
        vec([0.0..32_768.0_f64, 0.0..32_768.0_f64], 3..12)
    }

    proptest! {
        #[test]
        fn nothing_reaches_beyond_a_tile_and_one_tile_is_as_among_all(line in points(), ring in points()) {
            let shape = Shape { points: line.clone(), lines: vec![line], areas: vec![vec![ring]] };
            for ((column, row), part) in all(&shape, 3) {
                let [west, north, east, south] = part.extent().unwrap();
                let (x, y) = (f64::from(column) * 4096.0, f64::from(row) * 4096.0);
                prop_assert!(west >= x - 64.0 - 1e-6 && east <= x + 4160.0 + 1e-6, "{west} {east}");
                prop_assert!(north >= y - 64.0 - 1e-6 && south <= y + 4160.0 + 1e-6, "{north} {south}");
                let mut alone = None;
                tiles(&shape, 3, Some((column, row)), &mut |_, _, part| alone = Some(part.clone()));
                prop_assert_eq!(alone, Some(part));
            }
        }

        #[test]
        fn no_point_and_no_piece_of_a_line_is_lost(line in points()) {
            let shape = Shape { points: line.clone(), lines: vec![line.clone()], areas: vec![] };
            let parts = all(&shape, 3);
            for [x, y] in &line {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers")]
                let tile = ((x / 4096.0) as u32, (y / 4096.0) as u32);
                prop_assert!(parts[&tile].points.contains(&[*x, *y]));
                prop_assert!(parts[&tile].lines.iter().flatten().any(|point| point.map(f64::to_bits) == [x.to_bits(), y.to_bits()]));
            }
            // Inside of tiles, without what lies around them, pieces are as long as the line.
            let length = |lines: &[Vec<Point>]| -> f64 {
                lines.iter().flat_map(|line| line.windows(2)).map(|p| (p[0][0] - p[1][0]).hypot(p[0][1] - p[1][1])).sum()
            };
            let inner = parts.iter().map(|((column, row), part)| {
                let mut part = part.clone();
                for (axis, tile) in [(0, *column), (1, *row)] {
                    let low = f64::from(tile) * 4096.0;
                    part = half(&part, Side { axis, bound: low, below: false });
                    part = half(&part, Side { axis, bound: low + 4096.0, below: true });
                }
                length(&part.lines)
            });
            prop_assert!((inner.sum::<f64>() - length(&[line])).abs() < 1e-3);
        }

        #[test]
        fn areas_of_tiles_add_up(west in 0.0..30_000.0_f64, north in 0.0..30_000.0_f64, side in 100.0..20_000.0_f64) {
            // A triangle: cut where tiles end, without what lies around them, its parts are the whole.
            let ring = vec![[west, north], [(west + side).min(32_768.0), north], [west, (north + side).min(32_768.0)]];
            let whole = doubled_area(&ring);
            let parts = all(&Shape { areas: vec![vec![ring]], ..Shape::default() }, 3);
            let inner = parts.iter().map(|((column, row), part)| {
                let mut part = part.clone();
                for (axis, tile) in [(0, *column), (1, *row)] {
                    let low = f64::from(tile) * 4096.0;
                    part = half(&part, Side { axis, bound: low, below: false });
                    part = half(&part, Side { axis, bound: low + 4096.0, below: true });
                }
                part.areas.iter().flatten().map(|ring| doubled_area(ring)).sum::<f64>()
            });
            prop_assert!((inner.sum::<f64>() - whole).abs() < whole.abs() * 1e-6 + 1.0);
        }
    }

    #[test]
    fn what_covers_a_tile_fills_it_and_its_margin() {
        let ring = vec![[-10.0, -10.0], [20_000.0, -10.0], [20_000.0, 20_000.0], [-10.0, 20_000.0]];
        let parts = all(&Shape { areas: vec![vec![ring]], ..Shape::default() }, 3);
        assert_eq!(parts.len(), 25);
        assert_eq!(parts[&(1, 1)].extent(), Some([4032.0, 4032.0, 8256.0, 8256.0]));
    }
}
