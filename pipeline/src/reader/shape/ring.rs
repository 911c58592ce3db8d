//! Lines, one after the other, as one line or a closed ring.

use catalog::table::wkb::Position;

/// So many lines at the most are tried in every order.
const MAX_SORTED: usize = 2000;

/// What had to be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::reader) enum Repair {
    /// Nothing.
    None,
    /// The direction of a line.
    Direction,
    /// The order of the lines.
    Order,
}

/// A closed ring of lines that follow each other; if they do not, with directions and at last with their order mended.
pub(in crate::reader) fn close(mut lines: Vec<Vec<Position>>, slack: f64) -> Option<(Vec<Position>, Repair)> {
    lines.retain(|line| !line.is_empty());
    if lines.is_empty() {
        return None;
    }
    if is_closed(&lines, slack) {
        return Some((joined(&lines), Repair::None));
    }
    for first in [false, true] {
        let mut turned = lines.clone();
        if first && let Some(line) = turned.first_mut() {
            line.reverse();
        }
        if turn(&mut turned, slack) {
            return Some((joined(&turned), Repair::Direction));
        }
    }
    if lines.len() > MAX_SORTED {
        return None;
    }
    sorted(lines, slack).map(|lines| (joined(&lines), Repair::Order))
}

/// The lines as few lines as possible: those that follow each other become one.
pub(in crate::reader) fn connect(lines: Vec<Vec<Position>>, slack: f64) -> Vec<Vec<Position>> {
    let mut out: Vec<Vec<Position>> = Vec::new();
    for line in lines {
        match out.last_mut() {
            Some(last) if meets(last.last(), line.first(), slack) => last.extend(line.into_iter().skip(1)),
            _ => out.push(line),
        }
    }
    out
}

/// Closed rings as a polygon: the outer one, which comes first, counter-clockwise, inner ones clockwise; and how many
/// inner ones were left out because they enclose nothing. `None` if the outer one encloses nothing.
pub(in crate::reader) fn polygon(rings: Vec<Vec<Position>>) -> Option<(Vec<Vec<Position>>, usize)> {
    let (mut out, mut flat) = (Vec::with_capacity(rings.len()), 0);
    for (at, mut ring) in rings.into_iter().enumerate() {
        let area = doubled_area(&ring);
        // What is not a number is no area either.
        let encloses = ring.len() >= 4 && area.abs() > 0.0;
        if !encloses && at == 0 {
            return None;
        }
        if !encloses {
            flat += 1;
            continue;
        }
        if (area > 0.0) == (at > 0) {
            ring.reverse();
        }
        out.push(ring);
    }
    (!out.is_empty()).then_some((out, flat))
}

/// Twice the signed area: positive for counter-clockwise rings.
pub(in crate::reader) fn doubled_area(ring: &[Position]) -> f64 {
    let Some(origin) = ring.first() else { return 0.0 };
    let pairs = ring.iter().zip(ring.iter().skip(1));
    pairs.map(|(a, b)| (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y)).sum()
}

fn is_closed(lines: &[Vec<Position>], slack: f64) -> bool {
    let follow = lines.iter().zip(lines.iter().skip(1)).all(|(a, b)| meets(a.last(), b.first(), slack));
    let last = lines.last().and_then(|line| line.last());
    follow && meets(last, lines.first().and_then(|line| line.first()), slack)
}

/// Turns every line after the first one so that it begins where the one before ends.
fn turn(lines: &mut [Vec<Position>], slack: f64) -> bool {
    let mut end = lines.first().and_then(|line| line.last().copied());
    for line in lines.iter_mut().skip(1) {
        if !meets(end.as_ref(), line.first(), slack) {
            line.reverse();
        }
        if !meets(end.as_ref(), line.first(), slack) {
            return false;
        }
        end = line.last().copied();
    }
    is_closed(lines, slack)
}

/// The lines in an order in which each begins where the one before ends.
fn sorted(mut rest: Vec<Vec<Position>>, slack: f64) -> Option<Vec<Vec<Position>>> {
    let mut out = vec![rest.swap_remove(0)];
    while !rest.is_empty() {
        let end = out.last().and_then(|line| line.last().copied());
        let fits =
            |line: &Vec<Position>| meets(end.as_ref(), line.first(), slack) || meets(end.as_ref(), line.last(), slack);
        let mut next = rest.remove(rest.iter().position(fits)?);
        if !meets(end.as_ref(), next.first(), slack) {
            next.reverse();
        }
        out.push(next);
    }
    is_closed(&out, slack).then_some(out)
}

/// Positions of all lines; where they meet one position stands, and the last is the first.
fn joined(lines: &[Vec<Position>]) -> Vec<Position> {
    let mut ring: Vec<Position> = Vec::new();
    for line in lines {
        ring.extend(line.iter().skip(usize::from(!ring.is_empty())));
    }
    if let (Some(first), Some(last)) = (ring.first().copied(), ring.last_mut()) {
        *last = first;
    }
    ring
}

fn meets(a: Option<&Position>, b: Option<&Position>, slack: f64) -> bool {
    // A little more than the unit, for the rounding of doubles.
    let slack = slack * 1.01;
    a.zip(b).is_some_and(|(a, b)| (a.x - b.x).abs() <= slack && (a.y - b.y).abs() <= slack)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Vec<Position> {
        points.iter().map(|(x, y)| Position { x: *x, y: *y, z: None }).collect()
    }

    fn square() -> Vec<Vec<Position>> {
        vec![
            line(&[(0.0, 0.0), (4.0, 0.0)]),
            line(&[(4.0, 0.0), (4.0, 4.0)]),
            line(&[(4.0, 4.0), (0.0, 4.0)]),
            line(&[(0.0, 4.0), (0.0, 0.0)]),
        ]
    }

    #[test]
    fn lines_in_order_close_without_a_repair() {
        let (ring, repair) = close(square(), 0.01).unwrap();
        assert_eq!((ring.len(), repair), (5, Repair::None));
        assert!((doubled_area(&ring) - 32.0).abs() < 1e-12);
        let (alone, repair) = close(vec![ring], 0.01).unwrap();
        assert_eq!((alone.len(), repair), (5, Repair::None));
    }

    #[test]
    fn directions_and_order_are_mended_and_gaps_are_not() {
        let mut turned = square();
        turned[0].reverse();
        turned[2].reverse();
        assert_eq!(close(turned, 0.01).unwrap().1, Repair::Direction);
        let mut mixed = square();
        mixed.swap(1, 2);
        let (ring, repair) = close(mixed, 0.01).unwrap();
        assert_eq!((ring.len(), repair), (5, Repair::Order));
        let mut open = square();
        open[1][1].y = 3.98;
        assert_eq!(close(open.clone(), 0.01), None);
        assert!(close(open, 0.02).is_some(), "within one unit");
        assert_eq!(close(vec![], 0.01), None);
    }

    #[test]
    fn lines_of_a_path_are_joined_where_they_meet() {
        let mut lines = square();
        lines.remove(2);
        let joined = connect(lines, 0.01);
        assert_eq!(joined.iter().map(Vec::len).collect::<Vec<_>>(), [3, 2]);
    }
}
