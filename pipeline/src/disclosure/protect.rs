//! Protecting one table of numbers: hide, look at it as an attacker does, and hide more where that was not enough.

use std::collections::BTreeSet;

use super::{
    audit::{Failure, Interval, intervals},
    gauss::{Candidate, suppress},
    reduce::Known,
};

/// Rounds in which more is hidden because an attacker could still tell too much.
const MOST_ROUNDS: usize = 12;

/// One published cell of a table.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The unknowns it is the sum of, without those that are known to be zero.
    pub(crate) unknowns: Vec<u32>,
    /// Its value.
    pub(crate) value: i128,
    /// It must not be published.
    pub(crate) sensitive: bool,
    /// Somebody behind it knows its value.
    pub(crate) single: bool,
    /// How wide the attacker's interval has to be, at least 1.
    pub(crate) width: i128,
}

/// A table with everything that is known from elsewhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct System {
    /// The true value of each unknown.
    pub(crate) truth: Vec<i128>,
    /// The cells that may be published.
    pub(crate) cells: Vec<Entry>,
    /// Sums that earlier releases published.
    pub(crate) known: Vec<Known>,
    /// Sums that earlier releases hid because they were sensitive.
    pub(crate) guarded: Vec<Vec<u32>>,
}

/// What is hidden, and what an attacker can work out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Protected {
    /// By cell: whether it is hidden.
    pub(crate) hidden: Vec<bool>,
    /// By cell: the attacker's interval, if it is hidden.
    pub(crate) intervals: Vec<Option<Interval>>,
    /// What earlier releases hid and this one gives away.
    pub(crate) opened: usize,
}

impl System {
    /// Chooses what is hidden; without further cells than the sensitive ones if `only_sensitive`.
    pub(crate) fn protect(&self, only_sensitive: bool, stopped: &dyn Fn() -> bool) -> Result<Protected, Failure> {
        let mut must: Vec<bool> = self.cells.iter().map(|cell| cell.sensitive).collect();
        if only_sensitive {
            return self.look(must, stopped);
        }
        let mut hidden = self.suppress(&must);
        for _ in 0..MOST_ROUNDS {
            let protected = self.look(hidden.clone(), stopped)?;
            let more = self.more(&protected);
            let before = must.clone();
            for at in more {
                must.get_mut(at).into_iter().for_each(|must| *must = true);
            }
            if must == before {
                return Ok(protected);
            }
            hidden = self.suppress(&must);
        }
        self.look(hidden, stopped)
    }

    fn suppress(&self, must: &[bool]) -> Vec<bool> {
        let cell = |(cell, must): (&Entry, &bool)| Candidate {
            unknowns: cell.unknowns.clone(),
            worth: cell.value,
            sensitive: *must,
            single: cell.single && cell.sensitive,
        };
        let guarded =
            |unknowns: &Vec<u32>| Candidate { unknowns: unknowns.clone(), worth: 0, sensitive: true, single: false };
        // What is known to be zero is published, whatever else is said of it.
        let open = |candidate: &Candidate| !candidate.unknowns.is_empty();
        let cells: Vec<Candidate> = self.cells.iter().zip(must).map(cell).collect();
        let guarded = self.guarded.iter().map(guarded).filter(open);
        let all: Vec<Candidate> = cells.iter().cloned().chain(guarded).collect();
        let known: Vec<Vec<u32>> = self.known.iter().map(|known| known.unknowns.clone()).collect();
        let mut hidden = suppress(self.truth.len(), &all, &known).hidden;
        hidden.truncate(cells.len());
        hidden
    }

    /// Looks at a choice as an attacker does.
    fn look(&self, hidden: Vec<bool>, stopped: &dyn Fn() -> bool) -> Result<Protected, Failure> {
        let published = self.cells.iter().zip(&hidden).filter(|(_, hidden)| !**hidden);
        let published = published.map(|(cell, _)| Known { unknowns: cell.unknowns.clone(), value: cell.value });
        let known: Vec<Known> = self.known.iter().cloned().chain(published).collect();
        let cells =
            self.cells.iter().zip(&hidden).filter(|(_, hidden)| **hidden).map(|(cell, _)| cell.unknowns.clone());
        let sums: Vec<Vec<u32>> = cells.chain(self.guarded.iter().cloned()).collect();
        let mut found = intervals(&self.truth, &known, &sums, stopped)?.into_iter();
        let intervals = hidden.iter().map(|hidden| if *hidden { found.next() } else { None }).collect();
        let given: Vec<Vec<u32>> =
            found.zip(&self.guarded).filter(|(now, _)| now.is_exact()).map(|(_, sum)| sum.clone()).collect();
        // What followed from the earlier releases alone is not given away by this one.
        let before = self::intervals(&self.truth, &self.known, &given, stopped)?;
        let opened = before.iter().filter(|before| !before.is_exact()).count();
        Ok(Protected { hidden, intervals, opened })
    }

    /// Whether an attacker can tell too much of a cell.
    pub(crate) fn is_open(&self, at: usize, interval: &Interval) -> bool {
        let least = self.cells.get(at).map_or(1, |cell| if cell.sensitive { cell.width.max(1) } else { 1 });
        interval.is_exact() || interval.width().is_some_and(|width| width < least)
    }

    /// Further cells to hide: for each one that is open, the least worth of those beside it.
    fn more(&self, protected: &Protected) -> BTreeSet<usize> {
        let open = protected.intervals.iter().enumerate().filter_map(|(at, interval)| Some((at, (*interval)?)));
        let open: Vec<usize> = open.filter(|(at, interval)| self.is_open(*at, interval)).map(|(at, _)| at).collect();
        open.into_iter().filter_map(|at| self.beside(at, protected)).collect()
    }

    /// The published cell of least worth within the shortest published sum that a hidden cell has a part in; that sum
    /// itself, where nothing else within it is published.
    fn beside(&self, at: usize, protected: &Protected) -> Option<usize> {
        let mine = self.cells.get(at).map(|cell| cell.unknowns.as_slice()).unwrap_or_default();
        let published = |at: usize| protected.hidden.get(at) == Some(&false);
        let open = |(at, cell): &(usize, &Entry)| published(*at) && cell.value > 0 && !cell.unknowns.is_empty();
        let cells: Vec<(usize, &Entry)> = self.cells.iter().enumerate().filter(open).collect();
        let known = self.known.iter().map(|known| known.unknowns.as_slice());
        let mut sums: Vec<&[u32]> = cells.iter().map(|(_, cell)| cell.unknowns.as_slice()).chain(known).collect();
        sums.retain(|sum| mine.iter().any(|unknown| sum.binary_search(unknown).is_ok()));
        sums.sort_by_key(|sum| sum.len());
        let within = |cell: &Entry, sum: &[u32]| cell.unknowns.iter().all(|unknown| sum.binary_search(unknown).is_ok());
        let least = |sum: &[u32]| {
            let inside = cells.iter().filter(|(_, cell)| within(cell, sum));
            inside.min_by_key(|(at, cell)| (cell.value, *at)).map(|(at, _)| *at)
        };
        sums.into_iter().find_map(least)
    }
}

#[cfg(test)]
#[path = "protect_tests.rs"]
mod tests;
