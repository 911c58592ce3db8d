//! The geometry of a feature in a tile: whole units, as commands (MVT 2.1 section 4.3).

use super::{
    matrix::Point,
    message::{varint, zigzag},
    shape::Shape,
};

const MOVE_TO: u64 = 1;
const LINE_TO: u64 = 2;
const CLOSE_PATH: u64 = 7;

/// A position in whole units of a tile.
type Cell = [i64; 2];

/// Geometries by their number in the standard (1: points, 2: lines, 3: areas), each as packed commands. Nothing where all
/// vanishes between two units.
pub(super) fn encode(shape: &Shape, corner: Point) -> Vec<(u8, Vec<u8>)> {
    let [points, lines, areas] =
        [points(&shape.points, corner), lines(&shape.lines, corner), areas(&shape.areas, corner)];
    [(1, points), (2, lines), (3, areas)].into_iter().filter(|(_, commands)| !commands.is_empty()).collect()
}

/// Commands so far; positions are written as steps from the one before.
#[derive(Default)]
struct Pen {
    out: Vec<u8>,
    at: Cell,
}

impl Pen {
    fn command(&mut self, command: u64, count: usize) {
        varint(command | (count as u64) << 3, &mut self.out);
    }

    fn step(&mut self, to: Cell) {
        let ([x, y], [old_x, old_y]) = (to, self.at);
        varint(zigzag(x - old_x), &mut self.out);
        varint(zigzag(y - old_y), &mut self.out);
        self.at = to;
    }

    /// A line from its first position on.
    fn line(&mut self, cells: &[Cell]) {
        let Some((first, others)) = cells.split_first() else { return };
        self.command(MOVE_TO, 1);
        self.step(*first);
        self.command(LINE_TO, others.len());
        for cell in others {
            self.step(*cell);
        }
    }
}

fn points(points: &[Point], corner: Point) -> Vec<u8> {
    let mut cells: Vec<Cell> = points.iter().map(|point| rounded(point, corner)).collect();
    cells.dedup();
    let mut pen = Pen::default();
    if !cells.is_empty() {
        pen.command(MOVE_TO, cells.len());
        for cell in cells {
            pen.step(cell);
        }
    }
    pen.out
}

fn lines(lines: &[Vec<Point>], corner: Point) -> Vec<u8> {
    let mut pen = Pen::default();
    for line in lines {
        let mut cells: Vec<Cell> = line.iter().map(|point| rounded(point, corner)).collect();
        cells.dedup();
        if cells.len() > 1 {
            pen.line(&cells);
        }
    }
    pen.out
}

fn areas(areas: &[Vec<Vec<Point>>], corner: Point) -> Vec<u8> {
    let mut pen = Pen::default();
    for rings in areas {
        for (index, ring) in rings.iter().enumerate() {
            match whole_ring(ring, corner, index == 0) {
                Some(cells) => {
                    pen.line(&cells);
                    pen.command(CLOSE_PATH, 1);
                }
                // Without its outer ring there is no area.
                None if index == 0 => break,
                None => {}
            }
        }
    }
    pen.out
}

/// A ring in whole units, the outer one clockwise on a screen and others the other way (section 4.3.4.4); `None` if nothing
/// is left of it.
fn whole_ring(ring: &[Point], corner: Point, outer: bool) -> Option<Vec<Cell>> {
    let mut cells: Vec<Cell> = ring.iter().map(|point| rounded(point, corner)).collect();
    cells.dedup();
    while cells.len() > 1 && cells.first() == cells.last() {
        cells.pop();
    }
    let next = cells.iter().skip(1).chain(cells.first());
    let doubled: i64 = cells.iter().zip(next).map(|([ax, ay], [bx, by])| ax * by - bx * ay).sum();
    if (doubled > 0) != outer {
        cells.reverse();
    }
    (doubled != 0 && cells.len() > 2).then_some(cells)
}

fn rounded([x, y]: &Point, [west, north]: Point) -> Cell {
    #[expect(clippy::cast_possible_truncation, reason = "at most a tile and what lies around it")]
    let whole = |units: f64| units.round() as i64;
    [whole(x - west), whole(y - north)]
}
