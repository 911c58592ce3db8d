//! Pairs of segments that lie near each other: a tree of boxes, joined with itself.

use std::ops::{ControlFlow, Range};

use super::{
    super::{Position, overlap},
    Segment,
};
use crate::crs::union;

/// Segments in a leaf, and leaves or boxes in the box above them.
const FAN: usize = 8;

/// A run of segments of one ring.
#[derive(Debug, Clone)]
struct Leaf {
    extent: [f64; 4],
    segments: Range<usize>,
}

/// Segments below boxes of boxes.
#[derive(Debug)]
pub(super) struct Boxes<'a> {
    segments: &'a [Segment],
    leaves: Vec<Leaf>,
    /// The boxes of each level, the lowest first; its boxes are those of the leaves.
    levels: Vec<Vec<[f64; 4]>>,
}

impl<'a> Boxes<'a> {
    /// A tree over segments, those of a ring behind each other.
    pub(super) fn new(segments: &'a [Segment]) -> Self {
        let mut leaves = Vec::with_capacity(segments.len() / FAN + 1);
        let mut start = 0;
        for ring in segments.chunk_by(|a, b| a.ring == b.ring) {
            for run in ring.chunks(FAN) {
                let extent = run.iter().map(Segment::extent).reduce(union).unwrap_or_default();
                leaves.push(Leaf { extent, segments: start..start + run.len() });
                start += run.len();
            }
        }
        arrange(&mut leaves, true);
        let mut levels = vec![leaves.iter().map(|leaf| leaf.extent).collect::<Vec<_>>()];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below.chunks(FAN).filter_map(|part| part.iter().copied().reduce(union)).collect();
            levels.push(above);
        }
        Self { segments, leaves, levels }
    }

    /// Calls `visit` once for every two segments whose extents meet, the earlier one first, until it breaks or `budget`
    /// comparisons are spent; `None` tells the latter.
    pub(super) fn pairs<B>(
        &self,
        budget: u64,
        visit: &mut dyn FnMut(&Segment, &Segment) -> ControlFlow<B>,
    ) -> Option<ControlFlow<B>> {
        let mut join = Join { tree: self, left: budget, visit };
        let top = self.levels.len() - 1;
        match join.boxes(top, 0, 0) {
            ControlFlow::Continue(()) => Some(ControlFlow::Continue(())),
            ControlFlow::Break(Some(found)) => Some(ControlFlow::Break(found)),
            ControlFlow::Break(None) => None,
        }
    }

    /// Calls `visit` for every segment whose extent a ray from a point to the east may meet.
    pub(super) fn ray(&self, from: &Position, visit: &mut dyn FnMut(&Segment)) {
        self.ray_below(self.levels.len() - 1, 0, from, visit);
    }

    fn ray_below(&self, level: usize, at: usize, from: &Position, visit: &mut dyn FnMut(&Segment)) {
        let Some([_, south, east, north]) = self.extent(level, at) else { return };
        if *south > from.y || *north < from.y || *east < from.x {
            return;
        }
        if level == 0 {
            self.of_leaf(at).iter().for_each(visit);
            return;
        }
        for child in self.children(level, at) {
            self.ray_below(level - 1, child, from, visit);
        }
    }

    fn extent(&self, level: usize, at: usize) -> Option<&[f64; 4]> {
        self.levels.get(level)?.get(at)
    }

    fn of_leaf(&self, at: usize) -> &'a [Segment] {
        self.leaves.get(at).and_then(|leaf| self.segments.get(leaf.segments.clone())).unwrap_or_default()
    }

    fn children(&self, level: usize, at: usize) -> Range<usize> {
        let below = self.levels.get(level.wrapping_sub(1)).map_or(0, Vec::len);
        at * FAN..((at + 1) * FAN).min(below)
    }
}

/// Puts leaves that lie near each other beside each other: halves by one axis, then each half by the other.
fn arrange(leaves: &mut [Leaf], by_x: bool) {
    if leaves.len() <= FAN {
        return;
    }
    let middle = leaves.len() / 2;
    let place = |leaf: &Leaf| {
        let [west, south, east, north] = leaf.extent;
        if by_x { west + east } else { south + north }
    };
    leaves.select_nth_unstable_by(middle, |a, b| place(a).total_cmp(&place(b)));
    let (low, high) = leaves.split_at_mut(middle);
    arrange(low, !by_x);
    arrange(high, !by_x);
}

/// A walk over all pairs of boxes that meet.
struct Join<'a, 'b, B> {
    tree: &'a Boxes<'a>,
    left: u64,
    visit: &'b mut dyn FnMut(&Segment, &Segment) -> ControlFlow<B>,
}

impl<B> Join<'_, '_, B> {
    /// Two boxes of a level, or one with itself. Breaks with nothing when the budget is spent.
    fn boxes(&mut self, level: usize, one: usize, other: usize) -> ControlFlow<Option<B>> {
        self.spend(1)?;
        let (Some(a), Some(b)) = (self.tree.extent(level, one), self.tree.extent(level, other)) else {
            return ControlFlow::Continue(());
        };
        if one != other && !overlap(a, b) {
            return ControlFlow::Continue(());
        }
        if level == 0 {
            return self.leaves(one, other);
        }
        for left in self.tree.children(level, one) {
            for right in self.tree.children(level, other).filter(|right| one != other || *right >= left) {
                self.boxes(level - 1, left, right)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn leaves(&mut self, one: usize, other: usize) -> ControlFlow<Option<B>> {
        let (left, right) = (self.tree.of_leaf(one), self.tree.of_leaf(other));
        self.spend((left.len() * right.len()) as u64)?;
        for (at, a) in left.iter().enumerate() {
            let later = if one == other { at + 1 } else { 0 };
            for b in right.iter().skip(later).filter(|b| overlap(&a.extent(), &b.extent())) {
                let (first, second) = if (a.ring, a.at) <= (b.ring, b.at) { (a, b) } else { (b, a) };
                if let ControlFlow::Break(found) = (self.visit)(first, second) {
                    return ControlFlow::Break(Some(found));
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn spend(&mut self, comparisons: u64) -> ControlFlow<Option<B>> {
        match self.left.checked_sub(comparisons) {
            Some(left) => {
                self.left = left;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(None),
        }
    }
}
