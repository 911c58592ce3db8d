//! The exact end of a range where the best corner is no table of whole numbers: branch and bound.
//!
//! An unknown that stands at a fraction is held below it in one branch and above it in the other, until the corners are
//! whole (Land and Doig 1960). What is found is held against the equations in whole numbers, so that rounding can make a
//! range narrower than it is, and thus block, but never wider.

use super::simplex::{Answer, Tableau};

/// Branches that are looked at for one end.
const MOST_NODES: usize = 400;
/// Most numbers of a tableau for which this is tried: one is built for each branch.
const LARGEST: usize = 1 << 18;
/// A fraction from which on an unknown does not stand at a whole number.
const FRACTION: f64 = 1e-6;

/// Sums of unknowns that are known, each unknown once, by place.
#[derive(Debug)]
pub(super) struct Equations {
    pub(super) unknowns: usize,
    pub(super) sums: Vec<(Vec<usize>, i128)>,
}

/// Where a range ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// No table goes further.
    pub(super) outer: i128,
    /// How far a table of whole numbers goes that was found.
    pub(super) proven: i128,
}

/// Limits of the unknowns in one branch.
#[derive(Debug, Clone)]
struct Branch {
    least: Vec<i128>,
    most: Vec<(usize, i128)>,
    /// How far a table of this branch can go, by the branch that it came from.
    bound: i128,
}

/// What came of a branch.
enum Outcome {
    /// No table, or none that goes further.
    Closed,
    /// A whole table.
    Table(Vec<i128>),
    /// An unknown that stands between two whole numbers; the lower one, and how far tables can go.
    Split(usize, i128, i128),
    /// It could not be told.
    Unknown,
}

impl Equations {
    /// The greatest value of a sum of unknowns (times `sign`, which is 1 or -1), beginning at one that is known and at a
    /// bound; `None` if there are too many numbers to look at.
    pub(super) fn end(&self, places: &[usize], sign: i128, (known, bound): (i128, i128)) -> Option<End> {
        if self.unknowns.saturating_mul(self.sums.len()) > LARGEST {
            return None;
        }
        let mut best = sign * known;
        let mut open = vec![Branch { least: vec![0; self.unknowns], most: Vec::new(), bound: sign * bound }];
        let (mut outer, mut seen) = (best, 0);
        while let Some(branch) = open.pop() {
            if branch.bound <= best {
                continue;
            }
            seen += 1;
            if seen > MOST_NODES {
                outer = outer.max(branch.bound);
                continue;
            }
            match self.look(&branch, places, sign, best) {
                Outcome::Closed => {}
                Outcome::Unknown => outer = outer.max(branch.bound),
                Outcome::Table(found) => {
                    best = best.max(places.iter().filter_map(|place| found.get(*place)).sum::<i128>() * sign);
                }
                Outcome::Split(unknown, below, bound) => {
                    let mut lower = Branch { bound, ..branch.clone() };
                    lower.most.push((unknown, below));
                    let mut upper = Branch { bound, ..branch };
                    upper.least.get_mut(unknown).into_iter().for_each(|least| *least = below + 1);
                    open.extend([lower, upper]);
                }
            }
        }
        Some(End { outer: sign * outer.max(best), proven: sign * best })
    }

    fn look(&self, branch: &Branch, places: &[usize], sign: i128, best: i128) -> Outcome {
        let least = |unknown: &usize| branch.least.get(*unknown).copied().unwrap_or(0);
        let mut rows = Vec::with_capacity(self.sums.len() + branch.most.len());
        for (sum, value) in &self.sums {
            rows.push((sum.clone(), value - sum.iter().map(least).sum::<i128>()));
        }
        for (at, (unknown, most)) in branch.most.iter().enumerate() {
            rows.push((vec![*unknown, self.unknowns + at], most - least(unknown)));
        }
        if rows.iter().any(|(_, value)| *value < 0) {
            return Outcome::Closed;
        }
        let rows: Vec<(Vec<usize>, f64)> = rows.into_iter().map(|(sum, value)| (sum, float(value))).collect();
        let Some(mut tableau) = Tableau::new(self.unknowns + branch.most.len(), &rows) else { return Outcome::Closed };
        let weights: Vec<(usize, f64)> = places.iter().map(|place| (*place, float(sign))).collect();
        let Answer::Greatest(value) = tableau.greatest(&weights) else { return Outcome::Unknown };
        let bound = whole((value + FRACTION).floor()) + sign * places.iter().map(least).sum::<i128>();
        if bound <= best {
            return Outcome::Closed;
        }
        let corner = tableau.corner();
        let distance = |value: f64| (value - value.round()).abs();
        let split = corner.iter().take(self.unknowns).enumerate().filter(|(_, value)| distance(**value) > FRACTION);
        if let Some((unknown, value)) =
            split.max_by(|(_, one), (_, other)| distance(**one).total_cmp(&distance(**other)))
        {
            return Outcome::Split(unknown, whole(value.floor()) + least(&unknown), bound);
        }
        let table: Vec<i128> = (0..self.unknowns).zip(corner).map(|(at, value)| whole(value) + least(&at)).collect();
        if self.holds(&table) { Outcome::Table(table) } else { Outcome::Unknown }
    }

    /// Whether a table agrees with every sum.
    fn holds(&self, table: &[i128]) -> bool {
        let sum = |places: &[usize]| places.iter().filter_map(|place| table.get(*place)).sum::<i128>();
        table.iter().all(|value| *value >= 0) && self.sums.iter().all(|(places, value)| sum(places) == *value)
    }
}

#[expect(clippy::cast_precision_loss, reason = "what is lost is found out when a table is held against the sums")]
fn float(value: i128) -> f64 {
    value as f64
}

#[expect(clippy::cast_possible_truncation, reason = "rounded; a cast saturates")]
fn whole(value: f64) -> i128 {
    value.round() as i128
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of four unknowns any two make one at the most: together they can be 1, where fractions would let them be 2.
    #[test]
    fn halves_are_not_whole() {
        let pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
        let sums = pairs.iter().enumerate().map(|(at, (one, other))| (vec![*one, *other, 4 + at], 1)).collect();
        let equations = Equations { unknowns: 10, sums };
        let greatest = equations.end(&[0, 1, 2, 3], 1, (0, 2)).unwrap();
        assert_eq!((greatest.outer, greatest.proven), (1, 1));
        let least = equations.end(&[0, 1, 2, 3], -1, (1, 0)).unwrap();
        assert_eq!((least.outer, least.proven), (0, 0));
    }

    #[test]
    fn what_is_too_large_is_left() {
        let sums = (0..600).map(|at| (vec![at], 1)).collect();
        assert_eq!(Equations { unknowns: 600, sums }.end(&[0], 1, (1, 2)), None);
    }
}
