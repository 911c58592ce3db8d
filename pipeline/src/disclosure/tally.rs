//! Rows → counts and sums of the narrowest codes. Of a row nothing else is kept.

use std::collections::{BTreeSet, HashMap};

use arrow::{
    array::{Array, ArrayRef, AsArray},
    compute::cast,
    datatypes::{DataType, Decimal128Type, Int64Type},
    record_batch::RecordBatch,
};
use config::{ColumnName, Dataset, Statistics, StatisticsDimension, StatisticsSum};

use super::{
    cube::{Cube, Dimension, MOST_INNER, TOTAL, TooLarge},
    rules::Contributions,
};
use crate::{Error, Result};

/// Most contributions that are told apart: pairs of an inner cell and a contributor.
const MOST_CONTRIBUTIONS: usize = 4 << 20;

/// Counts and sums under way.
#[derive(Debug)]
pub(crate) struct Tally {
    rules: Statistics,
    dimensions: Vec<Codes>,
    /// By the numbers of narrow codes: the place among `units`.
    places: HashMap<Vec<u32>, usize>,
    units: Vec<i128>,
    sums: Vec<Sums>,
}

/// The codes of one dimension as they are met.
#[derive(Debug)]
struct Codes {
    levels: Vec<ColumnName>,
    numbers: HashMap<String, u32>,
    /// By number: the narrow code and the wider ones.
    met: Vec<Vec<String>>,
    /// Narrow codes that belong to several wider ones.
    torn: BTreeSet<u32>,
}

/// One sum under way.
#[derive(Debug)]
struct Sums {
    rules: StatisticsSum,
    totals: Vec<i128>,
    /// Where every row is a contributor of its own.
    rows: Vec<Contributions>,
    names: HashMap<String, u32>,
    exempt: BTreeSet<u32>,
    /// By place and contributor.
    parts: HashMap<(usize, u32), i128>,
    negative: u64,
}

/// Counts and sums by inner cell of a cube.
pub(crate) struct Counted {
    pub(crate) cube: Cube,
    pub(crate) units: Vec<i128>,
    /// By sum: the values, and who contributes to each published cell.
    pub(crate) sums: Vec<(Vec<i128>, Vec<Contributions>)>,
}

fn internal(reason: impl std::fmt::Display) -> Error {
    Error::Internal(reason.to_string())
}

fn refused(code: &'static str, reason: String, hint: &'static str) -> Error {
    Error::Statistics { code, reason, hint }
}

pub(super) fn too_large(_: TooLarge) -> Error {
    let hint = "Leave out a dimension, choose wider codes, or name fewer tables.";
    refused("statistics-too-large", "the tables have more cells than can be protected".to_owned(), hint)
}

impl Tally {
    /// Nothing is counted yet; `None` if the dataset is no statistics.
    pub(crate) fn of(dataset: &Dataset) -> Option<Self> {
        let rules = dataset.file.statistics.clone()?;
        let columns = &dataset.read().columns;
        let listed = |name: &ColumnName| columns.iter().find(|column| column.name == *name).map(|column| &column.codes);
        let dimensions = rules.dimensions.iter().map(|dimension| {
            let codes = listed(&dimension.column).filter(|_| dimension.wider.is_empty());
            Codes::new(dimension, codes.into_iter().flat_map(|codes| codes.keys().cloned()))
        });
        let sums = rules.sums.iter().map(Sums::new).collect();
        Some(Self { dimensions: dimensions.collect(), places: HashMap::new(), units: Vec::new(), sums, rules })
    }

    /// Counts rows.
    pub(crate) fn push(&mut self, rows: &RecordBatch) -> Result<()> {
        let numbers = self.dimensions.iter_mut().map(|codes| codes.read(rows)).collect::<Result<Vec<_>>>()?;
        let mut places = Vec::with_capacity(rows.num_rows());
        for row in 0..rows.num_rows() {
            let key: Vec<u32> = numbers.iter().filter_map(|numbers| numbers.get(row).copied()).collect();
            let next = self.units.len();
            let place = *self.places.entry(key).or_insert(next);
            if place == next {
                self.units.push(0);
            }
            self.units.get_mut(place).into_iter().for_each(|units| *units += 1);
            places.push(place);
        }
        if self.units.len() > MOST_INNER {
            return Err(too_large(TooLarge));
        }
        self.sums.iter_mut().try_for_each(|sums| sums.push(rows, &places))
    }

    /// Everything that was counted, by the inner cells of a cube.
    pub(crate) fn finish(self) -> Result<Counted> {
        self.check()?;
        let (mut dimensions, mut orders) = (Vec::new(), Vec::new());
        for codes in self.dimensions {
            let (dimension, order) = codes.finish();
            dimensions.push(dimension);
            orders.push(order);
        }
        let cube = Cube::new(dimensions, &self.rules.shapes()).map_err(too_large)?;
        let mut inner_of = vec![0; self.units.len()];
        for (key, place) in &self.places {
            let codes = key.iter().zip(&orders).filter_map(|(number, order)| order.get(*number as usize).copied());
            let inner = cube.inner_at(&codes.collect::<Vec<_>>());
            inner_of.get_mut(*place).into_iter().for_each(|at| *at = inner);
        }
        let units = spread(&cube, &inner_of, &self.units);
        let sums = self.sums.into_iter().map(|sums| sums.finish(&cube, &inner_of)).collect();
        Ok(Counted { cube, units, sums })
    }

    fn check(&self) -> Result<()> {
        if let Some(codes) = self.dimensions.iter().find(|codes| !codes.torn.is_empty()) {
            let name = codes.levels.first().map_or("", ColumnName::as_str);
            let reason = format!("{} codes of '{name}' belong to several wider ones", codes.torn.len());
            let hint = "Mend the codes at the source: every narrow code belongs to one wider code.";
            return Err(refused("statistics-hierarchy", reason, hint));
        }
        if self.dimensions.iter().any(|codes| codes.met.iter().flatten().any(|code| code == TOTAL)) {
            let hint = "Give the source another code: this one stands for the total.";
            return Err(refused("statistics-code", format!("'{TOTAL}' is a code of the source"), hint));
        }
        if let Some(sums) = self.sums.iter().find(|sums| sums.negative > 0) {
            let reason = format!("{} values of '{}' are negative", sums.negative, sums.rules.column);
            let hint = "Sums are protected on the ground that no part is below zero; mend the source or choose another column.";
            return Err(refused("statistics-negative", reason, hint));
        }
        Ok(())
    }
}

impl Codes {
    fn new(dimension: &StatisticsDimension, listed: impl Iterator<Item = String>) -> Self {
        let levels = dimension.levels().cloned().collect();
        let mut codes = Self { levels, numbers: HashMap::new(), met: Vec::new(), torn: BTreeSet::new() };
        listed.for_each(|code| {
            codes.number(vec![code]);
        });
        codes
    }

    fn number(&mut self, all: Vec<String>) -> u32 {
        let narrow = all.first().cloned().unwrap_or_default();
        let next = u32::try_from(self.met.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(narrow).or_insert(next);
        match self.met.get(number as usize) {
            Some(known) if *known != all => {
                self.torn.insert(number);
            }
            Some(_) => {}
            None => self.met.push(all),
        }
        number
    }

    fn read(&mut self, rows: &RecordBatch) -> Result<Vec<u32>> {
        let columns = self.levels.iter().map(|name| texts(rows, name)).collect::<Result<Vec<_>>>()?;
        let all = |row: usize| {
            let texts = columns.iter().map(AsArray::as_string::<i32>);
            texts.map(|texts| if texts.is_null(row) { String::new() } else { texts.value(row).to_owned() }).collect()
        };
        let numbers = (0..rows.num_rows()).map(|row| self.number(all(row))).collect();
        if self.met.len() > MOST_INNER { Err(too_large(TooLarge)) } else { Ok(numbers) }
    }

    /// The dimension, its codes in order, and by number the place in that order.
    fn finish(self) -> (Dimension, Vec<usize>) {
        let mut sorted: Vec<(usize, &Vec<String>)> = self.met.iter().enumerate().collect();
        sorted.sort_by(|one, other| one.1.cmp(other.1));
        let mut order = vec![0; sorted.len()];
        for (at, (number, _)) in sorted.iter().enumerate() {
            order.get_mut(*number).into_iter().for_each(|place| *place = at);
        }
        let level = |at: usize| sorted.iter().filter_map(move |(_, codes)| codes.get(at).cloned()).collect::<Vec<_>>();
        let wider = self.levels.iter().enumerate().skip(1).map(|(at, name)| (name.to_string(), level(at)));
        let name = self.levels.first().map_or("", ColumnName::as_str);
        (Dimension::new(name, level(0), wider.collect()), order)
    }
}

impl Sums {
    fn new(rules: &StatisticsSum) -> Self {
        let names: HashMap<String, u32> = rules.exempt.iter().cloned().zip(0..).collect();
        let exempt = names.values().copied().collect();
        let (totals, rows, parts) = (Vec::new(), Vec::new(), HashMap::new());
        Self { rules: rules.clone(), totals, rows, names, exempt, parts, negative: 0 }
    }

    fn push(&mut self, rows: &RecordBatch, places: &[usize]) -> Result<()> {
        let values = numbers(rows, &self.rules.column)?;
        let contributors = self.rules.contributor.as_ref().map(|name| texts(rows, name)).transpose()?;
        let names = contributors.as_ref().map(AsArray::as_string::<i32>);
        for (row, (place, value)) in places.iter().zip(values).enumerate() {
            let Some(value) = value else { continue };
            self.negative += u64::from(value < 0);
            if self.totals.len() <= *place {
                self.totals.resize(*place + 1, 0);
                self.rows.resize(*place + 1, Contributions::default());
            }
            self.totals.get_mut(*place).into_iter().for_each(|total| *total += value);
            match names {
                None => self.rows.get_mut(*place).into_iter().for_each(|part| part.add(value)),
                // Rows without a contributor count as one: the fewer there are, the more is hidden.
                Some(names) => {
                    let name = if names.is_null(row) { "" } else { names.value(row) };
                    let contributor = self.contributor(name);
                    *self.parts.entry((*place, contributor)).or_default() += value;
                }
            }
        }
        if self.parts.len() > MOST_CONTRIBUTIONS { Err(too_large(TooLarge)) } else { Ok(()) }
    }

    fn contributor(&mut self, name: &str) -> u32 {
        if let Some(number) = self.names.get(name) {
            return *number;
        }
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.insert(name.to_owned(), next);
        next
    }

    fn finish(mut self, cube: &Cube, inner_of: &[usize]) -> (Vec<i128>, Vec<Contributions>) {
        let mut by_inner: Vec<Vec<(u32, i128)>> = vec![Vec::new(); cube.inner];
        for ((place, contributor), value) in std::mem::take(&mut self.parts) {
            let inner = inner_of.get(place).and_then(|inner| by_inner.get_mut(*inner));
            inner
                .filter(|_| !self.exempt.contains(&contributor))
                .into_iter()
                .for_each(|p| p.push((contributor, value)));
        }
        let mut rows = vec![Contributions::default(); cube.inner];
        for (inner, part) in inner_of.iter().zip(&self.rows) {
            rows.get_mut(*inner).into_iter().for_each(|sum| sum.add_all(part));
        }
        let of_cell = |inner: &[u32]| {
            let mut all = Contributions::default();
            let mut parts: HashMap<u32, i128> = HashMap::new();
            for at in inner.iter().map(|at| *at as usize) {
                rows.get(at).into_iter().for_each(|part| all.add_all(part));
                for (contributor, value) in by_inner.get(at).into_iter().flatten() {
                    *parts.entry(*contributor).or_default() += value;
                }
            }
            for value in parts.into_values() {
                all.add(value);
            }
            all
        };
        let contributions = cube.cells.iter().map(|cell| of_cell(&cell.inner)).collect();
        (spread(cube, inner_of, &self.totals), contributions)
    }
}

/// Values by place as values by inner cell.
fn spread(cube: &Cube, inner_of: &[usize], values: &[i128]) -> Vec<i128> {
    let mut spread = vec![0; cube.inner];
    for (inner, value) in inner_of.iter().zip(values) {
        spread.get_mut(*inner).into_iter().for_each(|place| *place += value);
    }
    spread
}

fn column<'a>(rows: &'a RecordBatch, name: &ColumnName) -> Result<&'a ArrayRef> {
    rows.column_by_name(name.as_str()).ok_or_else(|| internal(format!("column '{name}' was not read")))
}

fn texts(rows: &RecordBatch, name: &ColumnName) -> Result<ArrayRef> {
    cast(column(rows, name)?, &DataType::Utf8).map_err(internal)
}

/// Exact numbers in units of the last digit.
fn numbers(rows: &RecordBatch, name: &ColumnName) -> Result<Vec<Option<i128>>> {
    let array = column(rows, name)?;
    match array.data_type() {
        DataType::Int64 => Ok(array.as_primitive::<Int64Type>().iter().map(|value| value.map(i128::from)).collect()),
        DataType::Decimal128(..) => Ok(array.as_primitive::<Decimal128Type>().iter().collect()),
        other => Err(internal(format!("column '{name}' of statistics is {other}"))),
    }
}
