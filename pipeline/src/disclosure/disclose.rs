//! From what was counted to what is published: each number judged, protected, and looked at as an attacker would.

use config::{SecondaryRule, Statistics, StatisticsSum, ZeroRule};
use serde::Serialize;

use super::{
    audit::Failure,
    cube::Cube,
    joint::{Judged, is_comparable, system},
    protect::{Protected, System},
    record::{Earlier, NumberRecord, Record},
    rounding::round,
    rules::{Contributions, CountRules, Reason, SumRules, Zeros, count_reason, sum_reason},
    tally::{Counted, too_large},
};
use crate::{Result, Stop};

/// Statistics ready to be published, with what the disclosure gate is to know.
#[derive(Debug, Clone)]
pub(crate) struct Disclosed {
    /// The cells.
    pub(crate) cube: Cube,
    /// The numbers of each cell, the count first.
    pub(crate) numbers: Vec<Number>,
    /// What is kept in private.
    pub(crate) record: Record,
    /// Earlier releases of which nothing is known.
    pub(crate) unknown_releases: usize,
    /// Earlier releases that tell numbers apart by other things.
    pub(crate) other_releases: usize,
}

/// One number of every cell.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    /// Its name.
    pub(crate) name: String,
    /// By cell: the value that is published; `None` if it is hidden.
    pub(crate) shown: Vec<Option<i128>>,
    /// By cell: why it is hidden.
    pub(crate) reasons: Vec<Option<Reason>>,
    /// What an attacker can do with it.
    pub(crate) attack: Attack,
}

/// What an attacker can work out, in counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Attack {
    /// Hidden numbers that can be told exactly.
    pub(crate) exact: usize,
    /// Hidden numbers whose interval is narrower than declared.
    pub(crate) narrow: usize,
    /// Hidden numbers whose interval could not be proven wide enough.
    pub(crate) unproven: usize,
    /// Numbers that earlier releases hid and this one gives away.
    pub(crate) opened: usize,
    /// Small numbers that rounding left.
    pub(crate) small: usize,
    /// Why there was no look at all.
    pub(crate) failure: Option<Failure>,
}

/// How many numbers of a level are lost to readers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Loss {
    /// The number.
    pub number: String,
    /// The level, `grunnkrets x boligtype`.
    pub level: String,
    /// The cells.
    pub cells: u64,
    /// Those that are hidden.
    pub hidden: u64,
    /// The share that is hidden, 0 to 1.
    pub share: f64,
}

/// Protects what was counted, held against earlier releases.
pub(crate) fn disclose(counted: &Counted, rules: &Statistics, earlier: &Earlier, stop: &Stop) -> Result<Disclosed> {
    let cube = &counted.cube;
    let mut before = Vec::with_capacity(earlier.records.len());
    for record in &earlier.records {
        before.push((record.cube().map_err(too_large)?, record));
    }
    let all = before.len();
    before.retain(|(other, _)| is_comparable(cube, other));
    let other_releases = all - before.len();
    let judged: Vec<Judged> = cube.cells.iter().map(|cell| judge_count(rules, cell.total(&counted.units))).collect();
    let mut numbers = vec![if let Some(base) = rules.secondary.base() {
        rounded(cube, &counted.units, (rules.count.as_str(), base))
    } else {
        let system = system(cube, &counted.units, &judged, None, &before);
        protected(&system, &judged, (rules.count.as_str(), rules.secondary), stop)?
    }];
    for (sum, (values, parts)) in rules.sums.iter().zip(&counted.sums) {
        let judged: Vec<Judged> = cube
            .cells
            .iter()
            .zip(parts)
            .zip(&judged)
            .map(|((cell, parts), count)| judge_sum(sum, cell.total(values), parts, *count))
            .collect();
        let system = system(cube, values, &judged, Some(sum.column.as_str()), &before);
        numbers.push(protected(&system, &judged, (sum.name.as_str(), rules.secondary), stop)?);
    }
    let record = record(counted, rules, &numbers)?;
    Ok(Disclosed { cube: cube.clone(), numbers, record, unknown_releases: earlier.unknown, other_releases })
}

fn judge_count(rules: &Statistics, count: i128) -> Judged {
    let zeros = match rules.zeros {
        ZeroRule::Publish => Zeros::Publish,
        ZeroRule::Protect => Zeros::Protect,
    };
    let reason = count_reason(count, CountRules { threshold: i128::from(rules.threshold), zeros });
    let zero = count == 0 && zeros == Zeros::Publish;
    Judged { reason, single: count == 1, width: i128::from(rules.least_width), zero }
}

fn judge_sum(rules: &StatisticsSum, value: i128, parts: &Contributions, count: Judged) -> Judged {
    let dominance = rules.dominance.iter().map(|pair| (usize::from(pair.largest), u32::from(pair.share))).collect();
    let own = SumRules {
        least_contributors: u64::from(rules.least_contributors),
        dominance,
        p_percent: Some(rules.p_percent),
    };
    let reason = count.reason.or_else(|| sum_reason(parts, &own));
    let width = value * i128::from(rules.least_width_percent) / 100;
    Judged { reason, single: parts.contributors == 1, width: width.max(1), zero: count.zero }
}

fn protected(system: &System, judged: &[Judged], (name, rule): (&str, SecondaryRule), stop: &Stop) -> Result<Number> {
    let only_sensitive = rule == SecondaryRule::None;
    let (protected, failure) = match system.protect(only_sensitive, &|| stop.asked()) {
        Ok(protected) => (protected, None),
        // Nothing of it is published then: the gate blocks.
        Err(failure) => {
            let hidden = vec![true; system.cells.len()];
            (Protected { intervals: vec![None; hidden.len()], hidden, opened: 0 }, Some(failure))
        }
    };
    stop.check()?;
    let mut attack = Attack { opened: protected.opened, failure, ..Attack::default() };
    for (at, interval) in protected.intervals.iter().enumerate().filter_map(|(at, interval)| Some((at, (*interval)?))) {
        if interval.is_exact() {
            attack.exact += 1;
        } else if system.is_open(at, &interval) && interval.is_proven() {
            attack.narrow += 1;
        } else if system.is_open(at, &interval) {
            attack.unproven += 1;
        }
    }
    let shown =
        system.cells.iter().zip(&protected.hidden).map(|(cell, hidden)| (!hidden).then_some(cell.value)).collect();
    let reason = |(judged, hidden): (&Judged, &bool)| hidden.then(|| judged.reason.unwrap_or(Reason::Secondary));
    let reasons = judged.iter().zip(&protected.hidden).map(reason).collect();
    Ok(Number { name: name.to_owned(), shown, reasons, attack })
}

fn rounded(cube: &Cube, counts: &[i128], (name, base): (&str, i128)) -> Number {
    let cells: Vec<Vec<u32>> = cube.cells.iter().map(|cell| cell.inner.clone()).collect();
    let rounded = round(counts, &cells, base);
    let shown: Vec<Option<i128>> = cube.cells.iter().map(|cell| Some(cell.total(&rounded))).collect();
    let small = shown.iter().flatten().filter(|value| (1..base).contains(*value)).count();
    Number {
        name: name.to_owned(),
        reasons: vec![None; shown.len()],
        shown,
        attack: Attack { small, ..Attack::default() },
    }
}

fn record(counted: &Counted, rules: &Statistics, numbers: &[Number]) -> Result<Record> {
    let base = rules.secondary.base().and_then(|base| i64::try_from(base).ok());
    let values = std::iter::once((None, &counted.units))
        .chain(rules.sums.iter().zip(&counted.sums).map(|(sum, (values, _))| (Some(sum.column.to_string()), values)));
    let records = values.zip(numbers).map(|((of, values), number)| {
        let hidden =
            number.reasons.iter().enumerate().filter_map(|(at, reason)| Some((at, (*reason)?.name().to_owned())));
        NumberRecord::new(of, base, values, hidden.collect())
    });
    Ok(Record::new(&counted.cube, rules.shapes(), records.collect::<Result<_>>()?))
}

impl Disclosed {
    /// What is lost, by number and level, in the order of the cells.
    pub(crate) fn loss(&self) -> Vec<Loss> {
        let mut all: Vec<Loss> = Vec::new();
        for number in &self.numbers {
            for (cell, shown) in self.cube.cells.iter().zip(&number.shown) {
                let level = self.cube.shape_name(cell);
                let at = all.iter().position(|loss| loss.number == number.name && loss.level == level);
                let at = at.unwrap_or_else(|| {
                    all.push(Loss { number: number.name.clone(), level, cells: 0, hidden: 0, share: 0.0 });
                    all.len() - 1
                });
                if let Some(loss) = all.get_mut(at) {
                    loss.cells += 1;
                    loss.hidden += u64::from(shown.is_none());
                }
            }
        }
        for loss in &mut all {
            loss.share = share(loss.hidden, loss.cells);
        }
        all
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of cells are far below 2^52")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
