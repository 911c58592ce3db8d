//! Primary suppression: which cells must not be published for what they are.
//!
//! The rules are those of A. Hundepool et al., "Statistical Disclosure Control" (Wiley 2012), chapter 4.

use std::cmp::Reverse;

/// Contributors of a cell that are kept by size.
pub(crate) const MOST_TOP: usize = 10;

/// What becomes of counts of zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zeros {
    /// They are published.
    Publish,
    /// They are hidden as small counts are.
    Protect,
}

/// Rules for a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CountRules {
    /// The least count that may be published.
    pub(crate) threshold: i128,
    /// What becomes of zeros.
    pub(crate) zeros: Zeros,
}

/// Rules for a sum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SumRules {
    /// The fewest contributors whose sum may be published.
    pub(crate) least_contributors: u64,
    /// Pairs of a number of contributors and the percentage of the sum that they may have together.
    pub(crate) dominance: Vec<(usize, u32)>,
    /// How far, in percent of the largest contribution, the second largest contributor must be from being able to tell it.
    pub(crate) p_percent: Option<u32>,
}

/// Why a cell is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// A count below the threshold.
    Threshold,
    /// A zero that is protected.
    Zero,
    /// Too few contributors.
    Contributors,
    /// A few contributors have too much of the sum.
    Dominance,
    /// The second largest contributor can tell the largest one.
    Percent,
    /// It protects another cell.
    Secondary,
}

impl Reason {
    /// The name in the private record.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Threshold => "threshold",
            Self::Zero => "zero",
            Self::Contributors => "contributors",
            Self::Dominance => "dominance",
            Self::Percent => "p-percent",
            Self::Secondary => "secondary",
        }
    }
}

/// Why a count must not be published, if it must not.
pub(crate) fn count_reason(count: i128, rules: CountRules) -> Option<Reason> {
    match (count, rules.zeros) {
        (0, Zeros::Protect) => Some(Reason::Zero),
        (0, Zeros::Publish) => None,
        (count, _) => (count < rules.threshold).then_some(Reason::Threshold),
    }
}

/// Who contributes to a cell, without those who are exempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contributions {
    /// How many there are.
    pub(crate) contributors: u64,
    /// What they contribute.
    pub(crate) total: i128,
    /// The largest contributions, the largest first.
    pub(crate) top: Vec<i128>,
}

impl Contributions {
    /// Adds a contributor.
    pub(crate) fn add(&mut self, value: i128) {
        self.contributors += 1;
        self.total += value;
        self.keep(value);
    }

    /// Adds what others contribute, none of whom contributes here.
    pub(crate) fn add_all(&mut self, other: &Self) {
        self.contributors += other.contributors;
        self.total += other.total;
        other.top.iter().for_each(|value| self.keep(*value));
    }

    fn keep(&mut self, value: i128) {
        let at = self.top.partition_point(|kept| *kept >= value);
        if at < MOST_TOP {
            self.top.insert(at, value);
            self.top.truncate(MOST_TOP);
        }
        debug_assert!(self.top.is_sorted_by_key(|value| Reverse(*value)));
    }

    fn largest(&self, count: usize) -> i128 {
        self.top.iter().take(count).sum()
    }
}

/// Why a sum must not be published, if it must not. A cell to which only the exempt contribute may be.
pub(crate) fn sum_reason(cell: &Contributions, rules: &SumRules) -> Option<Reason> {
    if cell.contributors == 0 {
        return None;
    }
    if cell.contributors < rules.least_contributors {
        return Some(Reason::Contributors);
    }
    let dominated =
        |(count, share): &(usize, u32)| cell.largest(*count) * 100 > i128::from(*share) * cell.total && cell.total > 0;
    if rules.dominance.iter().any(dominated) {
        return Some(Reason::Dominance);
    }
    let (first, both) = (cell.largest(1), cell.largest(2));
    let told = |percent: u32| (cell.total - both) * 100 < i128::from(percent) * first;
    rules.p_percent.is_some_and(told).then_some(Reason::Percent)
}
