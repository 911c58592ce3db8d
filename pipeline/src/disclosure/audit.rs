//! The attacker's view: between which values each hidden number must lie, by everything that is published.
//!
//! An attacker knows the published sums, and that no unknown is negative or a fraction. Two answers are given for each
//! hidden number: the range outside of which it cannot be (by linear programming), and the range of which both ends were
//! found in a table of whole numbers that agrees with all that is published. Where they differ, branch and bound looks for
//! the exact ends; they stay apart only where that takes too long. Protection is judged by the second one, which is proven number by number.

use std::collections::{HashMap, HashSet};

use super::{
    elimination::{Basis, sum_of},
    integer::Equations,
    reduce::{Known, Reduced, reduce},
    simplex::{Answer, Tableau},
};

/// Most numbers that one tableau may hold: 128 MiB.
const LARGEST_TABLEAU: usize = 16 << 20;
/// Corners that are kept to prove ranges that a question left open.
const KEPT_CORNERS: usize = 256;

/// What an attacker can work out about a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    /// It cannot be less.
    pub(crate) least: i128,
    /// It cannot be more; `None`: nothing limits it.
    pub(crate) greatest: Option<i128>,
    /// The least value for which there is a table that agrees with all that is published.
    pub(crate) proven_least: i128,
    /// The greatest such value; `None`: there is no limit.
    pub(crate) proven_greatest: Option<i128>,
}

impl Interval {
    fn exactly(value: i128) -> Self {
        Self { least: value, greatest: Some(value), proven_least: value, proven_greatest: Some(value) }
    }

    /// The proven width; `None` where there is no limit.
    pub(crate) fn width(&self) -> Option<i128> {
        Some(self.proven_greatest? - self.proven_least)
    }

    /// True if the value can be worked out.
    pub(crate) fn is_exact(&self) -> bool {
        self.greatest == Some(self.least)
    }

    /// True if both ranges are the same.
    pub(crate) fn is_proven(&self) -> bool {
        self.least == self.proven_least && self.greatest == self.proven_greatest
    }

    fn plus(&self, other: &Self) -> Self {
        let both = |one: Option<i128>, other: Option<i128>| Some(one? + other?);
        Self {
            least: self.least + other.least,
            greatest: both(self.greatest, other.greatest),
            proven_least: self.proven_least + other.proven_least,
            proven_greatest: both(self.proven_greatest, other.proven_greatest),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The table is larger than what can be audited.
    TooLarge,
    /// What is published contradicts itself.
    Contradiction,
    /// Somebody asked to stop.
    Stopped,
}

/// The interval of each hidden sum. `truth` is the true value of each unknown, which is one table that agrees;
/// `stopped` is asked for each.
pub(crate) fn intervals(
    truth: &[i128],
    known: &[Known],
    hidden: &[Vec<u32>],
    stopped: &dyn Fn() -> bool,
) -> Result<Vec<Interval>, Failure> {
    let reduced = reduce(truth, known, hidden).ok_or(Failure::Contradiction)?;
    let mut basis = Basis::new(reduced.truth.len());
    let independent: Vec<&Known> =
        reduced.known.iter().filter(|known| basis.publish_any(&sum_of(&known.unknowns))).collect();
    let component = components(reduced.truth.len(), &independent);
    let mut parts: HashMap<usize, HashSet<Vec<u32>>> = HashMap::new();
    let split: Vec<Vec<(usize, Vec<u32>)>> = reduced.hidden.iter().map(|sum| by_component(sum, &component)).collect();
    for (at, part) in split.iter().flatten() {
        parts.entry(*at).or_default().insert(part.clone());
    }
    let mut found: HashMap<Vec<u32>, Interval> = HashMap::new();
    for (at, parts) in parts {
        let equations: Vec<&Known> =
            independent.iter().copied().filter(|known| owner(known, &component) == Some(at)).collect();
        let mut parts: Vec<Vec<u32>> = parts.into_iter().collect();
        parts.sort();
        let mut field = Field::new(&reduced, equations)?;
        for part in parts {
            if stopped() {
                return Err(Failure::Stopped);
            }
            let exact = basis.rest(&sum_of(&part)).is_empty();
            let interval = if exact { Interval::exactly(field.true_sum(&part)) } else { field.interval(&part) };
            found.insert(part, interval);
        }
        field.prove_more(&mut found);
        field.search(&mut found, stopped)?;
    }
    let whole = |(fixed, parts): (&i128, &Vec<(usize, Vec<u32>)>)| {
        let parts = parts.iter().filter_map(|(_, part)| found.get(part));
        parts.fold(Interval::exactly(*fixed), |sum, part| sum.plus(part))
    };
    Ok(reduced.fixed.iter().zip(&split).map(whole).collect())
}

fn owner(known: &Known, component: &[usize]) -> Option<usize> {
    component.get(*known.unknowns.first()? as usize).copied()
}

fn by_component(sum: &[u32], component: &[usize]) -> Vec<(usize, Vec<u32>)> {
    let mut parts: Vec<(usize, Vec<u32>)> = Vec::new();
    for unknown in sum {
        let at = component.get(*unknown as usize).copied().unwrap_or(0);
        match parts.iter_mut().find(|(other, _)| *other == at) {
            Some((_, part)) => part.push(*unknown),
            None => parts.push((at, vec![*unknown])),
        }
    }
    parts
}

/// Which unknowns hang together: the least unknown of the group of each.
fn components(unknowns: usize, known: &[&Known]) -> Vec<usize> {
    fn root(parent: &mut [usize], mut at: usize) -> usize {
        while let Some(up) = parent.get(at).copied().filter(|up| *up != at) {
            let above = parent.get(up).copied().unwrap_or(up);
            parent.get_mut(at).into_iter().for_each(|place| *place = above);
            at = up;
        }
        at
    }
    let mut parent: Vec<usize> = (0..unknowns).collect();
    for sum in known {
        let Some((first, rest)) = sum.unknowns.split_first() else { continue };
        for other in rest {
            let (one, other) = (root(&mut parent, *first as usize), root(&mut parent, *other as usize));
            parent.get_mut(one.max(other)).into_iter().for_each(|place| *place = one.min(other));
        }
    }
    (0..unknowns).map(|at| root(&mut parent, at)).collect()
}

/// The equations of one component, with the tableau that answers questions about it.
struct Field<'a> {
    reduced: &'a Reduced,
    equations: Vec<&'a Known>,
    place: HashMap<u32, usize>,
    tableau: Option<Tableau>,
    /// Tables of whole numbers that agree with the equations.
    corners: Vec<Vec<i128>>,
}

impl<'a> Field<'a> {
    fn new(reduced: &'a Reduced, equations: Vec<&'a Known>) -> Result<Self, Failure> {
        let mut unknowns: Vec<u32> = equations.iter().flat_map(|known| known.unknowns.iter().copied()).collect();
        unknowns.sort_unstable();
        unknowns.dedup();
        if unknowns.len().saturating_mul(equations.len()) > LARGEST_TABLEAU {
            return Err(Failure::TooLarge);
        }
        let place = unknowns.iter().enumerate().map(|(at, unknown)| (*unknown, at)).collect();
        let mut field = Self { reduced, equations, place, tableau: None, corners: Vec::new() };
        field.rebuild();
        Ok(field)
    }

    fn rebuild(&mut self) {
        let rows: Vec<(Vec<usize>, f64)> =
            self.equations.iter().map(|known| (self.places(&known.unknowns), float(known.value))).collect();
        self.tableau = Tableau::new(self.place.len(), &rows);
    }

    fn places(&self, unknowns: &[u32]) -> Vec<usize> {
        unknowns.iter().filter_map(|unknown| self.place.get(unknown).copied()).collect()
    }

    fn true_sum(&self, part: &[u32]) -> i128 {
        part.iter().filter_map(|unknown| self.reduced.truth.get(*unknown as usize)).sum()
    }

    fn interval(&mut self, part: &[u32]) -> Interval {
        let truth = self.true_sum(part);
        // No equation holds an unknown of its own component: nothing limits it.
        if self.equations.is_empty() {
            return Interval { least: 0, greatest: None, proven_least: 0, proven_greatest: None };
        }
        let places = self.places(part);
        let (most, proven_greatest) = self.extreme(&places, 1.0, truth);
        let (least, proven_least) = self.extreme(&places, -1.0, truth);
        Interval {
            least: least.unwrap_or(0).max(0),
            greatest: most,
            proven_least: proven_least.unwrap_or(truth),
            proven_greatest,
        }
    }

    /// The greatest value (the least one for the sign -1) that a part can have at the most, and one that it can have.
    fn extreme(&mut self, places: &[usize], sign: f64, truth: i128) -> (Option<i128>, Option<i128>) {
        let weights: Vec<(usize, f64)> = places.iter().map(|place| (*place, sign)).collect();
        for again in [false, true] {
            if again {
                self.rebuild();
            }
            let Some(tableau) = &mut self.tableau else { break };
            match tableau.greatest(&weights) {
                Answer::Greatest(value) => {
                    let outer = whole((value + 1e-6).floor() * sign);
                    if let Some(corner) = self.whole_corner() {
                        let inner = places.iter().filter_map(|place| corner.get(*place)).sum();
                        self.keep(corner);
                        return (Some(outer), Some(inner));
                    }
                    if again {
                        return (Some(outer), Some(truth));
                    }
                }
                Answer::Unbounded => return (None, None),
                Answer::GaveUp => {}
            }
        }
        // Without an answer nothing but the truth is proven, so that the gate blocks.
        ((sign < 0.0).then_some(0), Some(truth))
    }

    fn keep(&mut self, corner: Vec<i128>) {
        if self.corners.len() < KEPT_CORNERS {
            self.corners.push(corner);
        }
    }

    /// The corner in whole numbers, if it agrees with every equation.
    fn whole_corner(&self) -> Option<Vec<i128>> {
        let corner: Vec<i128> = self.tableau.as_ref()?.corner().into_iter().map(|value| whole(value.round())).collect();
        let agrees = |known: &&Known| {
            let sum: i128 = self.places(&known.unknowns).iter().filter_map(|place| corner.get(*place)).sum();
            sum == known.value
        };
        (corner.iter().all(|value| *value >= 0) && self.equations.iter().all(agrees)).then_some(corner)
    }

    /// Finds the exact ends of ranges that are still open: the truth is one whole table, and the bound is known.
    fn search(&self, found: &mut HashMap<Vec<u32>, Interval>, stopped: &dyn Fn() -> bool) -> Result<(), Failure> {
        let mut open: Vec<(&Vec<u32>, &mut Interval)> =
            found.iter_mut().filter(|(part, interval)| self.is_mine(part) && !interval.is_proven()).collect();
        if open.is_empty() {
            return Ok(());
        }
        open.sort_by_key(|(part, _)| *part);
        let sums = self.equations.iter().map(|known| (self.places(&known.unknowns), known.value)).collect();
        let equations = Equations { unknowns: self.place.len(), sums };
        for (part, interval) in open {
            if stopped() {
                return Err(Failure::Stopped);
            }
            let places = self.places(part);
            if let (Some(bound), Some(known)) = (interval.greatest, interval.proven_greatest)
                && let Some(end) = equations.end(&places, 1, (known, bound))
            {
                (interval.greatest, interval.proven_greatest) = (Some(end.outer), Some(end.proven));
            }
            if let Some(end) = equations.end(&places, -1, (interval.proven_least, interval.least)) {
                (interval.least, interval.proven_least) = (end.outer, end.proven);
            }
        }
        Ok(())
    }

    fn is_mine(&self, part: &[u32]) -> bool {
        part.first().is_some_and(|unknown| self.place.contains_key(unknown))
    }

    /// Widens what is proven of ranges that a question left open by the tables that other questions found.
    fn prove_more(&self, found: &mut HashMap<Vec<u32>, Interval>) {
        for (part, interval) in found.iter_mut().filter(|(part, interval)| self.is_mine(part) && !interval.is_proven())
        {
            let places = self.places(part);
            for corner in &self.corners {
                let value: i128 = places.iter().filter_map(|place| corner.get(*place)).sum();
                interval.proven_least = interval.proven_least.min(value);
                interval.proven_greatest = interval.proven_greatest.map(|greatest| greatest.max(value));
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "what is lost is found out when a corner is held against the equations")]
fn float(value: i128) -> f64 {
    value as f64
}

#[expect(clippy::cast_possible_truncation, reason = "rounded; a cast saturates")]
fn whole(value: f64) -> i128 {
    value.round() as i128
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
