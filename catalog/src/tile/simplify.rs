//! Fewer positions: what lies nearer to the line than a tolerance is left out (Douglas and Peucker 1973).

use super::matrix::Point;

/// The positions of a line that are kept, its ends among them.
pub(super) fn line(points: &[Point], tolerance: f64) -> Vec<Point> {
    let Some(last) = points.len().checked_sub(1).filter(|last| *last > 1) else { return points.to_vec() };
    let mut kept = vec![false; points.len()];
    // A stack of its own: lines may be long and winding.
    let mut open = vec![(0, last)];
    while let Some((from, to)) = open.pop() {
        for end in [from, to] {
            if let Some(kept) = kept.get_mut(end) {
                *kept = true;
            }
        }
        if let Some((farthest, distance)) = farthest(points, from, to)
            && distance > tolerance * tolerance
        {
            open.extend([(from, farthest), (farthest, to)]);
        }
    }
    points.iter().zip(kept).filter(|(_, kept)| *kept).map(|(point, _)| *point).collect()
}

/// The positions of a ring (without its first one once more at the end) that are kept: the first one, the one farthest
/// from it, and what the two lines between them need.
pub(super) fn ring(points: &[Point], tolerance: f64) -> Vec<Point> {
    let Some(first) = points.first() else { return Vec::new() };
    let far = |point: &Point| (point[0] - first[0]).powi(2) + (point[1] - first[1]).powi(2);
    let by_distance = points.iter().enumerate().map(|(at, point)| (at, far(point)));
    let Some((middle, _)) = by_distance.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|_| points.len() > 3) else {
        return points.to_vec();
    };
    let there = line(points.get(..=middle).unwrap_or_default(), tolerance);
    let mut back: Vec<Point> = points.get(middle..).unwrap_or_default().to_vec();
    back.push(*first);
    let back = line(&back, tolerance);
    let inner = back.get(1..back.len().saturating_sub(1)).unwrap_or_default();
    there.iter().chain(inner).copied().collect()
}

/// The position between two that lies farthest from the line between them, and the square of how far.
fn farthest(points: &[Point], from: usize, to: usize) -> Option<(usize, f64)> {
    let (a, b) = (points.get(from)?, points.get(to)?);
    let between = points.get(from + 1..to)?;
    let distances = between.iter().enumerate().map(|(at, point)| (from + 1 + at, squared_distance(point, a, b)));
    distances.max_by(|one, other| one.1.total_cmp(&other.1))
}

/// The square of the distance of a position from a segment.
fn squared_distance([x, y]: &Point, [ax, ay]: &Point, [bx, by]: &Point) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { (((x - ax) * dx + (y - ay) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (x - ax - along * dx).powi(2) + (y - ay - along * dy).powi(2)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn nothing_left_out_lies_farther_away_than_the_tolerance(
            points in vec([-100.0..100.0_f64, -100.0..100.0_f64], 2..40), tolerance in 0.1..20.0_f64,
        ) {
            let kept = line(&points, tolerance);
            prop_assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
            for point in &points {
                let nearest = kept.windows(2).map(|pair| squared_distance(point, &pair[0], &pair[1])).fold(f64::MAX, f64::min);
                prop_assert!(nearest <= tolerance * tolerance + 1e-9, "{point:?} {nearest}");
            }
        }

        #[test]
        fn rings_stay_rings(points in vec([-100.0..100.0_f64, -100.0..100.0_f64], 3..40)) {
            let kept = ring(&points, 5.0);
            prop_assert!(kept.len() >= 2 && kept.iter().all(|point| points.contains(point)));
        }
    }

    #[test]
    fn what_lies_on_a_line_is_left_out() {
        let square = [[0.0, 0.0], [5.0, 0.2], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0], [0.0, 5.0]];
        assert_eq!(ring(&square, 1.0), [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]]);
        assert_eq!(line(&square[..3], 1.0), [[0.0, 0.0], [10.0, 0.0]]);
        assert_eq!(line(&square[..3], 0.1).len(), 3);
    }
}
