//! Places where different rings touch: allowed, unless they cross there or enclose something together.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap, HashSet},
};

use super::{
    super::{ring::same, side::side},
    Position, Ring, Segment,
};

/// A place and one ring that passes through it.
#[derive(Debug, Clone, Copy)]
struct Passage {
    ring: usize,
    at: usize,
    a: Position,
    b: Position,
}

/// Where rings touch.
#[derive(Debug, Default)]
pub(super) struct Touches {
    all: Vec<(Position, Passage, Passage)>,
}

/// A place by its bits; negative zero is zero.
pub(super) fn bits(position: &Position) -> (u64, u64) {
    ((position.x + 0.0).to_bits(), (position.y + 0.0).to_bits())
}

impl Touches {
    /// Notes that two segments of different rings have just this place in common.
    pub(super) fn add(&mut self, place: Position, (first, second): (&Segment, &Segment)) {
        let passage = |segment: &Segment| Passage { ring: segment.ring, at: segment.at, a: segment.a, b: segment.b };
        self.all.push((place, passage(first), passage(second)));
    }

    /// All places.
    pub(super) fn places(&self) -> HashSet<(u64, u64)> {
        self.all.iter().map(|(place, ..)| bits(place)).collect()
    }

    /// Whether two rings change sides where they touch.
    pub(super) fn cross(&self, rings: &[Ring]) -> bool {
        self.all.iter().any(|(place, first, second)| {
            let ways = way(rings, place, first).zip(way(rings, place, second));
            ways.is_some_and(|((from, to), (other_from, other_to))| {
                within(place, (&to, &from), &other_from) != within(place, (&to, &from), &other_to)
            })
        })
    }

    /// Whether rings of one polygon touch in a circle, which cuts the area in two.
    pub(super) fn cut(&self, rings: &[Ring]) -> bool {
        let mut edges: BTreeSet<(usize, (u64, u64))> = BTreeSet::new();
        for (place, first, second) in &self.all {
            let polygon = |passage: &Passage| rings.get(passage.ring).map(|ring| ring.polygon);
            if polygon(first) == polygon(second) {
                edges.extend([(first.ring, bits(place)), (second.ring, bits(place))]);
            }
        }
        let mut joined = Joined { parents: (0..rings.len()).collect() };
        // One place may lie on rings of several polygons, whose areas have nothing to do with each other.
        let mut nodes: HashMap<(usize, (u64, u64)), usize> = HashMap::new();
        edges.into_iter().any(|(at, place)| {
            let polygon = rings.get(at).map_or(0, |ring| ring.polygon);
            let node = *nodes.entry((polygon, place)).or_insert_with(|| joined.add());
            !joined.join(at, node)
        })
    }
}

/// Where a ring comes from and goes to at a place on it.
fn way(rings: &[Ring], place: &Position, passage: &Passage) -> Option<(Position, Position)> {
    let (before, after) = rings.get(passage.ring)?.around(passage.at)?;
    let from = if same(place, &passage.a) { *before } else { passage.a };
    let to = if same(place, &passage.b) { *after } else { passage.b };
    Some((from, to))
}

/// Whether the direction to a point lies between two others, counter-clockwise from the first to the second one.
fn within(place: &Position, (first, second): (&Position, &Position), point: &Position) -> bool {
    let left = |from: &Position, to: &Position| side(place, from, to);
    match left(first, second) {
        Ordering::Greater => left(first, point).is_gt() && left(point, second).is_gt(),
        Ordering::Less => !(left(second, point).is_ge() && left(point, first).is_ge()),
        Ordering::Equal => left(first, point).is_gt(),
    }
}

/// What is connected with what.
struct Joined {
    parents: Vec<usize>,
}

impl Joined {
    fn add(&mut self) -> usize {
        self.parents.push(self.parents.len());
        self.parents.len() - 1
    }

    fn root(&mut self, mut node: usize) -> usize {
        while let Some(parent) = self.parents.get(node).copied().filter(|parent| *parent != node) {
            let above = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(own) = self.parents.get_mut(node) {
                *own = above;
            }
            node = above;
        }
        node
    }

    /// Connects two; false if they were connected already.
    fn join(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(parent) = self.parents.get_mut(one) {
            *parent = other;
        }
        one != other
    }
}
