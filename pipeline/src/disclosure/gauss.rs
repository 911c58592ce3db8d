//! Secondary suppression by the Gauss method: which further cells must be hidden so that no sensitive one can be worked out.
//!
//! After Ø. Langsrud, "Secondary Cell Suppression by Gaussian Elimination", Privacy in Statistical Databases 2024
//! (doi 10.1007/978-3-031-69651-0_6): cells are sums of inner cells; they are published in the order of their worth,
//! each only if no sensitive one then follows from the published ones.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::elimination::{Basis, Sum, eliminated, normal, sum_of};

/// A cell that may be published.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// The unknowns it is the sum of, in order, each once. Empty: it is known to be zero.
    pub(crate) unknowns: Vec<u32>,
    /// What it is worth to readers: those of greater worth are published first.
    pub(crate) worth: i128,
    /// It must not be published, nor follow from what is.
    pub(crate) sensitive: bool,
    /// Somebody behind it knows its value: no other sensitive cell may follow from that and what is published.
    pub(crate) single: bool,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// By candidate: it is not published, because it is sensitive or protects one that is.
    pub(crate) hidden: Vec<bool>,
    /// Sensitive cells that follow from what was published before.
    pub(crate) lost: usize,
}

/// A sensitive cell.
struct Sensitive {
    /// What is left of it without what is published.
    rest: Sum,
    single: bool,
    /// The hash of the rest as [`normal`] gives it.
    hash: u64,
}

impl Sensitive {
    fn new(rest: Sum, single: bool) -> Self {
        Self { hash: hash(&rest), rest, single }
    }
}

fn hash(rest: &Sum) -> u64 {
    let mut hasher = DefaultHasher::new();
    normal(rest).hash(&mut hasher);
    hasher.finish()
}

/// Chooses the cells that are hidden. `known` are sums of unknowns that were published before.
pub(crate) fn suppress(unknowns: usize, candidates: &[Candidate], known: &[Vec<u32>]) -> Hidden {
    let mut cells: BTreeMap<&[u32], (bool, bool, i128)> = BTreeMap::new();
    for candidate in candidates {
        let cell = cells.entry(&candidate.unknowns).or_insert((false, false, candidate.worth));
        *cell = (cell.0 || candidate.sensitive, cell.1 || candidate.single, cell.2.max(candidate.worth));
    }
    let mut state = State::new(unknowns, known, cells.iter().filter(|(_, (sensitive, ..))| *sensitive));
    let lost = state.lost;
    let mut order: Vec<(&[u32], i128)> = cells
        .iter()
        .filter(|(_, (sensitive, ..))| !sensitive)
        .map(|(unknowns, (.., worth))| (*unknowns, *worth))
        .collect();
    order.sort_by_key(|(unknowns, worth)| (Reverse(*worth), Reverse(unknowns.len())));
    let mut open: BTreeMap<&[u32], bool> = BTreeMap::new();
    for (unknowns, _) in order {
        open.insert(unknowns, state.publish(unknowns));
    }
    let hidden = candidates.iter().map(|candidate| !open.get(candidate.unknowns.as_slice()).copied().unwrap_or(false));
    Hidden { hidden: hidden.collect(), lost }
}

/// What is published so far, and what that leaves unknown of the sensitive cells.
struct State {
    basis: Basis,
    sensitive: Vec<Sensitive>,
    /// By unknown: in the rests of how many sensitive cells it is.
    uses: Vec<u32>,
    /// How many pairs there are of a single cell and another that follows from it.
    pairs: usize,
    lost: usize,
}

impl State {
    fn new<'a>(
        unknowns: usize,
        known: &[Vec<u32>],
        sensitive: impl Iterator<Item = (&'a &'a [u32], &'a (bool, bool, i128))>,
    ) -> Self {
        let mut basis = Basis::new(unknowns);
        for sum in known {
            basis.publish_any(&sum_of(sum));
        }
        let mut state = Self { basis, sensitive: Vec::new(), uses: vec![0; unknowns], pairs: 0, lost: 0 };
        for (unknowns, (_, single, _)) in sensitive {
            let rest = state.basis.rest(&sum_of(unknowns));
            if rest.is_empty() {
                state.lost += 1;
            } else {
                state.count(&rest, 1);
                state.sensitive.push(Sensitive::new(rest, *single));
            }
        }
        state.pairs = state.pairs_with(&HashMap::new());
        state
    }

    /// Publishes a cell if no sensitive one follows then.
    fn publish(&mut self, unknowns: &[u32]) -> bool {
        let rest = self.basis.rest(&sum_of(unknowns));
        let uses = |unknown: u32| self.uses.get(unknown as usize).copied().unwrap_or(0);
        // With an unknown that no sensitive cell has, it tells nothing of them.
        let Some(pivot) = rest.iter().map(|(unknown, _)| *unknown).min_by_key(|unknown| uses(*unknown)) else {
            return true;
        };
        if uses(pivot) == 0 {
            self.basis.publish(&rest, pivot);
            return true;
        }
        let row = scaled(&rest, pivot);
        let mut changed: HashMap<usize, Sensitive> = HashMap::new();
        for (at, cell) in self.sensitive.iter().enumerate() {
            match eliminated(&cell.rest, pivot, &row) {
                Some(left) if left.is_empty() => return false,
                Some(left) => {
                    changed.insert(at, Sensitive::new(left, cell.single));
                }
                None => {}
            }
        }
        let pairs = self.pairs_with(&changed);
        if pairs > self.pairs {
            return false;
        }
        self.basis.publish(&rest, pivot);
        for (at, cell) in changed {
            self.count(&cell.rest, 1);
            if let Some(old) = self.sensitive.get_mut(at).map(|place| std::mem::replace(place, cell)) {
                self.count(&old.rest, -1);
            }
        }
        true
    }

    /// The pairs of a single cell and another sensitive one with the same rest, where some rests have changed.
    fn pairs_with(&self, changed: &HashMap<usize, Sensitive>) -> usize {
        if !self.sensitive.iter().any(|cell| cell.single) {
            return 0;
        }
        let mut groups: HashMap<u64, (usize, usize)> = HashMap::new();
        for (at, cell) in self.sensitive.iter().enumerate() {
            let cell = changed.get(&at).unwrap_or(cell);
            let group = groups.entry(cell.hash).or_default();
            *group = (group.0 + usize::from(cell.single), group.1 + 1);
        }
        groups.values().map(|(singles, all)| singles * (all - 1)).sum()
    }

    fn count(&mut self, rest: &Sum, by: i32) {
        for (unknown, _) in rest {
            if let Some(uses) = self.uses.get_mut(*unknown as usize) {
                *uses = uses.saturating_add_signed(by);
            }
        }
    }
}

/// The multiple of a sum in which an unknown has the coefficient one.
fn scaled(rest: &Sum, pivot: u32) -> Sum {
    let mut turned = rest.clone();
    turned.sort_by_key(|(unknown, _)| (*unknown != pivot, *unknown));
    let mut row = normal(&turned);
    row.sort_unstable();
    row
}
