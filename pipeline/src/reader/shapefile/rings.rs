//! Rings → polygons. In a Shapefile outer rings turn clockwise and holes counter-clockwise; nothing says which hole is in
//! which outer ring.

use catalog::table::wkb::Position;

type Ring = Vec<Position>;

/// Most comparisons of two rings in one shape.
const MAX_PAIRS: usize = 20_000_000;
/// Most edges that are looked at to sort the rings of one shape.
const MAX_EDGES: usize = 500_000_000;

/// Polygons of the rings of one shape: outer rings in their order, each followed by its holes.
pub(super) fn polygons(rings: Vec<Ring>) -> Result<Vec<Vec<Ring>>, &'static str> {
    let mut outer = Vec::new();
    let mut holes = Vec::new();
    for mut ring in rings {
        close(&mut ring);
        if ring.len() < 4 {
            return Err("a ring has fewer than four positions");
        }
        let ring = Sized::new(ring);
        if ring.doubled < 0.0 { outer.push(ring) } else { holes.push(ring) }
    }
    if outer.is_empty() {
        // Turned the wrong way throughout: what lies within another is a hole of it.
        (outer, holes) = nested(holes)?;
    }
    if let [_] = outer.as_slice() {
        let all = outer.into_iter().chain(holes);
        return Ok(vec![all.map(|ring| ring.positions).collect()]);
    }
    if outer.len().saturating_mul(holes.len()) > MAX_PAIRS {
        return Err("it has too many rings to be sorted");
    }
    let mut edges = 0;
    let mut polygons: Vec<Vec<Ring>> = outer.iter().map(|ring| vec![ring.positions.clone()]).collect();
    let mut alone = Vec::new();
    for hole in holes {
        let around = outer.iter().enumerate().filter(|(_, ring)| ring.holds(&hole, &mut edges));
        let smallest = around.min_by(|(_, a), (_, b)| a.doubled.abs().total_cmp(&b.doubled.abs())).map(|(at, _)| at);
        if edges > MAX_EDGES {
            return Err("its rings are too long to be sorted");
        }
        match smallest.and_then(|at| polygons.get_mut(at)) {
            Some(polygon) => polygon.push(hole.positions),
            None => alone.push(vec![hole.positions]),
        }
    }
    // A hole in nothing is an area that was turned the wrong way.
    polygons.extend(alone);
    Ok(polygons)
}

/// Outer rings and holes by how many others a ring lies in.
fn nested(rings: Vec<Sized>) -> Result<(Vec<Sized>, Vec<Sized>), &'static str> {
    if rings.len().saturating_mul(rings.len()) > MAX_PAIRS {
        return Err("it has too many rings to be sorted");
    }
    let mut edges = 0;
    let mut inside = Vec::with_capacity(rings.len());
    for (at, ring) in rings.iter().enumerate() {
        let others = rings.iter().enumerate().filter(|(other, _)| *other != at);
        let around = others.filter(|(_, other)| other.doubled > ring.doubled && other.holds(ring, &mut edges)).count();
        if edges > MAX_EDGES {
            return Err("its rings are too long to be sorted");
        }
        inside.push(around % 2 == 1);
    }
    let (holes, outer): (Vec<_>, Vec<_>) = rings.into_iter().zip(inside).partition(|(_, inside)| *inside);
    let rings = |list: Vec<(Sized, bool)>| list.into_iter().map(|(ring, _)| ring).collect();
    Ok((rings(outer), rings(holes)))
}

fn close(ring: &mut Ring) {
    let open = |first: &Position, last: &Position| (first.x, first.y) != (last.x, last.y);
    if let (Some(first), Some(last)) = (ring.first().copied(), ring.last())
        && open(&first, last)
    {
        ring.push(first);
    }
}

/// A ring with its size.
struct Sized {
    positions: Ring,
    /// Twice its area, negative where it turns clockwise.
    doubled: f64,
    /// West, south, east, north.
    extent: [f64; 4],
}

/// Where a position lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Inside,
    Border,
    Outside,
}

impl Sized {
    fn new(positions: Ring) -> Self {
        let origin = positions.first().copied().unwrap_or(Position { x: 0.0, y: 0.0, z: None });
        let pairs = positions.iter().zip(positions.iter().skip(1));
        // Relative to the first position, so that small rings far from the origin keep their digits.
        let cross =
            |(a, b): (&Position, &Position)| (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y);
        let doubled = pairs.map(cross).sum();
        let extent = positions.iter().fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |[w, s, e, n], at| {
            [w.min(at.x), s.min(at.y), e.max(at.x), n.max(at.y)]
        });
        Self { positions, doubled, extent }
    }

    /// Whether another ring lies within; counts the edges that were looked at.
    fn holds(&self, other: &Self, edges: &mut usize) -> bool {
        let ([w, s, e, n], [west, south, east, north]) = (self.extent, other.extent);
        if west < w || south < s || east > e || north > n {
            return false;
        }
        for position in &other.positions {
            *edges = edges.saturating_add(self.positions.len());
            match self.side(position) {
                Side::Inside => return true,
                Side::Outside => return false,
                Side::Border if *edges > MAX_EDGES => return false,
                Side::Border => {}
            }
        }
        true
    }

    fn side(&self, at: &Position) -> Side {
        let mut inside = false;
        for (a, b) in self.positions.iter().zip(self.positions.iter().skip(1)) {
            let cross = (b.x - a.x) * (at.y - a.y) - (b.y - a.y) * (at.x - a.x);
            let within = |p: f64, q: f64, r: f64| (p.min(q)..=p.max(q)).contains(&r);
            if cross == 0.0 && within(a.x, b.x, at.x) && within(a.y, b.y, at.y) {
                return Side::Border;
            }
            if (a.y > at.y) != (b.y > at.y) && ((cross > 0.0) == (b.y > a.y)) {
                inside = !inside;
            }
        }
        if inside { Side::Inside } else { Side::Outside }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square with a corner and a side, clockwise or not.
    fn square(x: f64, y: f64, side: f64, clockwise: bool) -> Ring {
        let corners = [(0.0, 0.0), (0.0, side), (side, side), (side, 0.0), (0.0, 0.0)];
        let mut ring: Ring = corners.iter().map(|(dx, dy)| Position { x: x + dx, y: y + dy, z: None }).collect();
        if !clockwise {
            ring.reverse();
        }
        ring
    }

    fn shape(rings: Vec<Ring>) -> Vec<usize> {
        polygons(rings).unwrap().iter().map(Vec::len).collect()
    }

    #[test]
    fn holes_find_the_smallest_ring_around_them() {
        let rings = vec![
            square(0.0, 0.0, 100.0, true),
            square(10.0, 10.0, 50.0, false),
            square(20.0, 20.0, 30.0, true),
            square(30.0, 30.0, 5.0, false),
            square(200.0, 0.0, 10.0, true),
        ];
        assert_eq!(shape(rings), [2, 2, 1]);
    }

    #[test]
    fn holes_may_touch_the_ring_around_them() {
        let rings = vec![square(0.0, 0.0, 10.0, true), square(20.0, 0.0, 10.0, true), square(0.0, 0.0, 5.0, false)];
        assert_eq!(shape(rings), [2, 1]);
    }

    #[test]
    fn rings_turned_the_wrong_way_are_told_by_what_lies_in_what() {
        let rings = vec![
            square(0.0, 0.0, 100.0, false),
            square(10.0, 10.0, 50.0, false),
            square(20.0, 20.0, 30.0, false),
            square(200.0, 0.0, 10.0, false),
        ];
        assert_eq!(shape(rings), [2, 1, 1]);
        // A hole in nothing.
        assert_eq!(
            shape(vec![square(0.0, 0.0, 1.0, true), square(5.0, 0.0, 1.0, true), square(9.0, 0.0, 1.0, false)]),
            [1, 1, 1]
        );
    }

    #[test]
    fn open_rings_are_closed_and_short_ones_refused() {
        let mut open = square(0.0, 0.0, 1.0, true);
        open.pop();
        assert_eq!(polygons(vec![open]).unwrap()[0][0].len(), 5);
        assert!(polygons(vec![square(0.0, 0.0, 1.0, true)[..2].to_vec()]).is_err());
        assert_eq!(polygons(Vec::new()), Ok(Vec::new()));
    }
}
