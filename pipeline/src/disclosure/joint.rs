//! One release together with earlier ones: what stayed the same is one unknown of all of them.
//!
//! An attacker is taken to know which inner cells have changed from release to release and which have not, though not by
//! how much: that is the worst case. Then the difference of two published sums is what the changed cells differ by.

use std::collections::HashMap;

use super::{
    cube::{Cube, Level},
    protect::{Entry, System},
    record::{NumberRecord, Record},
    reduce::Known,
    rules::Reason,
};

/// What is sure of the cells of a release beforehand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged {
    pub(super) reason: Option<Reason>,
    pub(super) single: bool,
    pub(super) width: i128,
    /// A zero that is published in any case.
    pub(super) zero: bool,
}

/// The unknowns of a release and those before it.
struct Unknowns<'a> {
    cube: &'a Cube,
    /// By narrow codes and value.
    numbers: HashMap<(Vec<String>, i128), u32>,
    truth: Vec<i128>,
    /// Unknowns that everybody knows to be zero.
    zero: Vec<bool>,
}

/// The system of one number; `of` tells which number of earlier releases is the same.
pub(super) fn system(
    cube: &Cube,
    values: &[i128],
    judged: &[Judged],
    of: Option<&str>,
    earlier: &[(Cube, &Record)],
) -> System {
    let mut unknowns =
        Unknowns { cube, numbers: HashMap::new(), truth: values.to_vec(), zero: vec![false; values.len()] };
    if !earlier.is_empty() {
        for (at, value) in (0_u32..).zip(values) {
            unknowns.numbers.insert((narrow(cube, at as usize), *value), at);
        }
    }
    let (mut known, mut guarded) = (Vec::new(), Vec::new());
    for (before, record) in earlier {
        for number in record.numbers.iter().filter(|number| number.of.as_deref() == of && number.base.is_none()) {
            unknowns.add_release((before, number), &mut known, &mut guarded);
        }
    }
    for (cell, _) in cube.cells.iter().zip(judged).filter(|(_, judged)| judged.zero) {
        unknowns.are_zero(&cell.inner);
    }
    for sum in known.iter().filter(|known: &&Known| known.value == 0) {
        unknowns.are_zero(&sum.unknowns);
    }
    let entry = |(cell, judged): (&super::cube::Cell, &Judged)| Entry {
        unknowns: unknowns.open(&cell.inner),
        value: cell.total(values),
        sensitive: judged.reason.is_some(),
        single: judged.single,
        width: judged.width,
    };
    let cells = cube.cells.iter().zip(judged).map(entry).collect();
    let known = known.iter().map(|known| Known { unknowns: unknowns.open(&known.unknowns), value: known.value });
    let known: Vec<Known> = known.filter(|known| !known.unknowns.is_empty()).collect();
    let guarded = guarded.iter().map(|sum: &Vec<u32>| unknowns.open(sum)).filter(|sum| !sum.is_empty()).collect();
    System { cells, known, guarded, truth: unknowns.truth }
}

/// Whether an earlier release tells its numbers apart by the same things.
pub(super) fn is_comparable(cube: &Cube, before: &Cube) -> bool {
    let names = |cube: &Cube| -> Vec<String> {
        let mut names: Vec<String> =
            cube.dimensions.iter().filter_map(|d| Some(d.levels.first()?.name.clone())).collect();
        names.sort_unstable();
        names
    };
    names(cube) == names(before)
}

/// The narrow codes of an inner cell, in the order of the dimensions' names.
fn narrow(cube: &Cube, inner: usize) -> Vec<String> {
    let levels = cube.dimensions.iter().map(|dimension| dimension.levels.first());
    let mut codes: Vec<(&str, String)> = levels
        .zip(cube.place(inner))
        .filter_map(|(level, code): (Option<&Level>, usize)| {
            Some((level?.name.as_str(), level?.codes.get(code)?.clone()))
        })
        .collect();
    codes.sort_unstable();
    codes.into_iter().map(|(_, code)| code).collect()
}

impl Unknowns<'_> {
    fn add_release(
        &mut self,
        (before, number): (&Cube, &NumberRecord),
        known: &mut Vec<Known>,
        guarded: &mut Vec<Vec<u32>>,
    ) {
        let values = number.values(before.inner);
        let of: Vec<u32> =
            values.iter().enumerate().map(|(at, value)| self.number(narrow(before, at), *value)).collect();
        let hidden: HashMap<usize, &str> = number.hidden.iter().map(|(at, rule)| (*at, rule.as_str())).collect();
        for (at, cell) in before.cells.iter().enumerate() {
            let mut unknowns: Vec<u32> = cell.inner.iter().filter_map(|at| of.get(*at as usize).copied()).collect();
            unknowns.sort_unstable();
            match hidden.get(&at) {
                None => known.push(Known { unknowns, value: cell.total(&values) }),
                Some(rule) if *rule != Reason::Secondary.name() => guarded.push(unknowns),
                Some(_) => {}
            }
        }
    }

    /// The unknown of an inner cell with a value: the same as long as that does not change.
    fn number(&mut self, codes: Vec<String>, value: i128) -> u32 {
        let next = u32::try_from(self.truth.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry((codes, value)).or_insert(next);
        if number == next {
            self.truth.push(value);
            self.zero.push(false);
        }
        number
    }

    fn are_zero(&mut self, unknowns: &[u32]) {
        for unknown in unknowns {
            self.zero.get_mut(*unknown as usize).into_iter().for_each(|zero| *zero = true);
        }
    }

    fn open(&self, sum: &[u32]) -> Vec<u32> {
        debug_assert!(self.cube.inner <= self.truth.len());
        sum.iter().copied().filter(|unknown| !self.zero.get(*unknown as usize).copied().unwrap_or(false)).collect()
    }
}
