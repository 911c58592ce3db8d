//! Names of natural persons: masked unless the dataset keeps them for a year; and rows under embargo.
//!
//! Looks at typed rows before the published columns are chosen, since kinds, days and public forms may be unpublished.

use std::{collections::BTreeSet, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, StringArray},
    compute::filter_record_batch,
    datatypes::{Date32Type, TimestampMillisecondType},
    record_batch::RecordBatch,
};
use catalog::{table::part_keys, version::NamesFacts};
use config::{Column, ColumnName, ColumnType, Dataset, NamesPolicy, Partition, PrivacyClass, PrivacyLimits};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};

use super::{
    day_in_norway,
    leftovers::{places, words_of},
    party::{Parties, column, known, texts},
    redact::{masked, replace},
};
use crate::{Error, Result, reader::is_organisation};

/// Masks names and leaves out rows under embargo; counts, and keeps no name.
#[derive(Debug)]
pub(crate) struct NamesStage {
    as_of: Date,
    limits: PrivacyLimits,
    names: Vec<Column>,
    published: BTreeSet<ColumnName>,
    /// Published texts in which a masked name must not be left.
    texts: Vec<ColumnName>,
    partition: Option<Partition>,
    facts: NamesFacts,
    embargoed: u64,
    embargo_until: Option<Date>,
}

/// What is done with the names of one row.
#[derive(Debug, Default)]
struct Row {
    keeps: bool,
    undated: bool,
    until: Option<Date>,
    named: bool,
    /// Cells with names of persons.
    cells: u64,
    /// Words of the names that are masked.
    masked: Vec<Vec<String>>,
}

impl NamesStage {
    /// The stage of a dataset on a day.
    pub(crate) fn new(dataset: &Dataset, as_of: Date) -> Self {
        let limits = dataset.file.gates.privacy.clone();
        let published: BTreeSet<ColumnName> = dataset.published_columns().map(|column| column.name.clone()).collect();
        let shown = dataset.columns.iter().filter(|column| published.contains(&column.name));
        let names = shown.clone().filter(|column| column.class == PrivacyClass::Names).cloned().collect();
        let texts = shown.filter(|column| matches!(column.kind, ColumnType::Text {})).map(|column| column.name.clone());
        let (policy, decision) = (limits.names, limits.names_decision.clone());
        Self {
            as_of,
            names,
            texts: texts.collect(),
            published,
            limits,
            partition: dataset.partition.clone(),
            facts: NamesFacts { policy, decision, ..NamesFacts::default() },
            embargoed: 0,
            embargo_until: None,
        }
    }

    /// What happened to names so far.
    pub(crate) fn facts(&self) -> &NamesFacts {
        &self.facts
    }

    /// What happened to names since the last time, and the rows under embargo; from now on they are counted anew.
    pub(crate) fn take_facts(&mut self) -> (NamesFacts, u64, Option<Date>) {
        let (policy, decision) = (self.facts.policy, self.facts.decision.clone());
        let facts = std::mem::replace(&mut self.facts, NamesFacts { policy, decision, ..NamesFacts::default() });
        (facts, std::mem::take(&mut self.embargoed), self.embargo_until.take())
    }

    /// Counts what happened to other names too, and other rows under embargo.
    pub(crate) fn add_facts(&mut self, (more, embargoed, until): (&NamesFacts, u64, Option<Date>)) {
        self.embargoed += embargoed;
        self.embargo_until = self.embargo_until.into_iter().chain(until).min();
        let facts = &mut self.facts;
        facts.masked += more.masked;
        facts.kept += more.kept;
        facts.leftovers += more.leftovers;
        facts.undated += more.undated;
        facts.until = facts.until.into_iter().chain(more.until).min();
        facts.parts.extend(more.parts.iter().cloned());
    }

    /// Rows under embargo so far.
    pub(crate) fn rows_embargoed(&self) -> u64 {
        self.embargoed
    }

    /// The day on which the first of them may be published.
    pub(crate) fn embargo_until(&self) -> Option<Date> {
        self.embargo_until
    }

    /// Masks names in typed rows and leaves out those under embargo.
    ///
    /// # Errors
    /// `Internal` if a declared column is missing or of another type.
    pub(crate) fn pass(&mut self, rows: RecordBatch) -> Result<RecordBatch> {
        let rows = self.without_embargoed(rows)?;
        if self.names.is_empty() && self.limits.known_names.is_empty() {
            return Ok(rows);
        }
        let mut plan = self.plan(&rows)?;
        let mut edited = rows.clone();
        for names in &self.names {
            let array = self.without_names(&rows, names, &mut plan)?;
            edited = put(&edited, &names.name, array)?;
        }
        let mut masked_cells = 0;
        self.add_known(&rows, &mut plan)?;
        for name in &self.texts {
            let Some((array, count)) = without_leftovers(column(&edited, name)?, &plan)? else { continue };
            masked_cells += count;
            edited = put(&edited, name, array)?;
        }
        self.facts.leftovers += masked_cells;
        self.count(&plan);
        self.note_parts(&rows, &plan)?;
        Ok(edited)
    }

    fn without_embargoed(&mut self, rows: RecordBatch) -> Result<RecordBatch> {
        let Some(name) = &self.limits.embargo else { return Ok(rows) };
        let days = column(&rows, name)?;
        let mut free = Vec::with_capacity(rows.num_rows());
        for row in 0..rows.num_rows() {
            let until = day_of(days, row).filter(|day| *day > self.as_of);
            free.push(until.is_none());
            self.embargoed += u64::from(until.is_some());
            self.embargo_until = self.embargo_until.into_iter().chain(until).min();
        }
        filter_record_batch(&rows, &BooleanArray::from(free)).map_err(|error| Error::Internal(error.to_string()))
    }

    /// For each row whether its names may stay, and until when.
    fn plan(&self, rows: &RecordBatch) -> Result<Vec<Row>> {
        let mut plan = Vec::new();
        if self.names.is_empty() && self.limits.names != NamesPolicy::OneYear {
            // No name can stay, and none is counted: the days do not matter.
            plan.resize_with(rows.num_rows(), Row::default);
            return Ok(plan);
        }
        let days = self.limits.names_dates.iter().map(|name| column(rows, name)).collect::<Result<Vec<_>>>()?;
        plan.extend((0..rows.num_rows()).map(|row| {
            let all: Option<Vec<Date>> = days.iter().map(|array| day_of(*array, row)).collect();
            let first = all.as_ref().and_then(|all| all.iter().min().copied());
            let until = first.and_then(names_until);
            let keeps = self.limits.names == NamesPolicy::OneYear && until.is_some_and(|until| until > self.as_of);
            let undated = first.is_none() && !days.is_empty();
            Row { keeps, undated, until, ..Row::default() }
        }));
        Ok(plan)
    }

    /// A column of names without those that must not stay.
    fn without_names(&self, rows: &RecordBatch, names: &Column, plan: &mut [Row]) -> Result<ArrayRef> {
        let cells = texts(column(rows, &names.name)?)?;
        let rule = names.names.clone().unwrap_or_default();
        let parties = Parties::of(rows, &rule, |name| self.published.contains(name))?;
        let cells = cells.iter().zip(plan).enumerate().map(|(at, (cell, row))| {
            let cell = cell?;
            let Some((shown, persons)) = parties.strip(cell, at) else { return Some(cell.to_owned()) };
            row.named = true;
            row.cells += 1;
            if row.keeps {
                return Some(cell.to_owned());
            }
            row.masked.extend(persons.iter().filter_map(|name| words_of(name)));
            Some(shown)
        });
        Ok(Arc::new(cells.collect::<StringArray>()))
    }

    /// Adds the names that unpublished columns know.
    fn add_known(&self, rows: &RecordBatch, plan: &mut [Row]) -> Result<()> {
        for name in &self.limits.known_names {
            let cells = texts(column(rows, name)?)?;
            for (cell, row) in cells.iter().zip(plan.iter_mut()).filter(|(_, row)| !row.keeps) {
                let names = cell.map(known).unwrap_or_default().into_iter().filter(|name| !is_organisation(name));
                row.masked.extend(names.filter_map(|name| words_of(&name)));
            }
        }
        Ok(())
    }

    /// Notes in which parts names stay.
    fn note_parts(&mut self, rows: &RecordBatch, plan: &[Row]) -> Result<()> {
        let Some(partition) = &self.partition else { return Ok(()) };
        let kept = plan.iter().enumerate().filter(|(_, row)| row.named && row.keeps).map(|(at, _)| at);
        self.facts.parts.extend(part_keys(rows, partition, kept)?);
        Ok(())
    }

    fn count(&mut self, plan: &[Row]) {
        for row in plan.iter().filter(|row| row.named) {
            self.facts.undated += u64::from(row.undated);
            if row.keeps {
                self.facts.kept += row.cells;
                self.facts.until = self.facts.until.into_iter().chain(row.until).min();
            } else {
                self.facts.masked += row.cells;
            }
        }
    }
}

/// A text column with the names masked that other columns of the row had masked, and in how many cells; `None` where no
/// cell has one.
fn without_leftovers(cells: &dyn Array, plan: &[Row]) -> Result<Option<(ArrayRef, u64)>> {
    let cells = texts(cells)?;
    let leftovers = |cell: Option<&str>, row: &Row| match cell {
        Some(cell) if !row.masked.is_empty() => places(cell, &row.masked),
        _ => Vec::new(),
    };
    let mut found: Vec<_> = cells.iter().zip(plan).map(|(cell, row)| leftovers(cell, row)).collect();
    let count = found.iter().filter(|places| !places.is_empty()).count() as u64;
    Ok((count > 0).then(|| {
        let edited = cells.iter().zip(&mut found);
        let edited = edited.map(|(cell, places)| cell.map(|cell| masked(cell, places)));
        (Arc::new(edited.collect::<StringArray>()) as ArrayRef, count)
    }))
}

fn put(rows: &RecordBatch, name: &ColumnName, array: ArrayRef) -> Result<RecordBatch> {
    let at = rows.schema().index_of(name.as_str()).map_err(|error| Error::Internal(error.to_string()))?;
    replace(rows, at, array)
}

/// The day in Norway of a date or an instant.
fn day_of(array: &dyn Array, row: usize) -> Option<Date> {
    if array.is_null(row) {
        return None;
    }
    if let Some(days) = array.as_primitive_opt::<Date32Type>() {
        let days = SignedDuration::from_hours(24).checked_mul(days.value(row))?;
        return Date::constant(1970, 1, 1).checked_add(days).ok();
    }
    let millis = array.as_primitive_opt::<TimestampMillisecondType>()?.value(row);
    Some(day_in_norway(Timestamp::from_millisecond(millis).ok()?))
}

/// The day on which names of a day must be gone: a year later, for a 29 February the 28th.
pub(super) fn names_until(day: Date) -> Option<Date> {
    day.checked_add(1.year()).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn names_stay_for_one_year() {
        assert_eq!(names_until(date(2025, 9, 1)), Some(date(2026, 9, 1)));
        assert_eq!(names_until(date(2028, 2, 29)), Some(date(2029, 2, 28)));
        assert_eq!(names_until(Date::MAX), None);
    }
}
