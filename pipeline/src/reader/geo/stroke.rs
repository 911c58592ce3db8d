//! Arcs of three points, as OGC 06-103r4 has them, as straight lines.

use catalog::table::wkb::Position;

use super::super::shape::arc::through;

/// The positions of an arc that begins at the first point, goes through the second and ends at the third. An arc that
/// ends where it begins is a whole circle, of which the second point lies opposite.
pub(in super::super) fn stroke([first, middle, last]: [Position; 3], tolerance: f64) -> Vec<Position> {
    if (first.x, first.y) != (last.x, last.y) {
        return through(first, middle, last, tolerance);
    }
    let (x, y) = (f64::midpoint(first.x, middle.x), f64::midpoint(first.y, middle.y));
    let quarter = |sign: f64| Position { x: x + sign * (y - first.y), y: y - sign * (x - first.x), z: first.z };
    let mut line = through(first, quarter(1.0), middle, tolerance);
    line.extend(through(middle, quarter(-1.0), last, tolerance).into_iter().skip(1));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_and_half_of_one() {
        let at = |x, y| Position { x, y, z: None };
        let length = |line: &[Position]| -> f64 {
            line.iter().zip(line.iter().skip(1)).map(|(a, b)| (b.x - a.x).hypot(b.y - a.y)).sum()
        };
        let half = stroke([at(10.0, 0.0), at(0.0, 10.0), at(-10.0, 0.0)], 0.001);
        assert!((length(&half) - 10.0 * std::f64::consts::PI).abs() < 0.02);
        let whole = stroke([at(10.0, 0.0), at(-10.0, 0.0), at(10.0, 0.0)], 0.001);
        assert!((length(&whole) - 20.0 * std::f64::consts::PI).abs() < 0.04);
        assert_eq!((whole[0].x, whole[0].y), (whole[whole.len() - 1].x, whole[whole.len() - 1].y));
    }
}
