//! Checks of values: rules on rows, one batch at a time, and rules on all of them together.

mod evaluate;
mod references;
mod row;
mod whole;

use arrow::record_batch::RecordBatch;
use config::{Check, Dataset, bounded};
use jiff::civil::Date;

use self::{
    evaluate::Today,
    row::{RowRule, Rule},
    whole::WholeRule,
};
use crate::{Error, Result};

pub(crate) use references::References;

/// Cells that are named for each rule at the most.
const NAMED: usize = 20;

/// Where a row stands in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// Line of a text file, row of a sheet, or position of an object, from 1.
    pub row: u64,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Stable code: `check-minimum`, `check-unique` …
    pub code: &'static str,
    /// Which check it belongs to, from 0.
    pub check: usize,
    /// The column, if it is about one.
    pub column: Option<String>,
    /// The rule in words.
    pub rule: String,
    /// Rows that break it; 1 where it is about all rows together.
    pub rows: u64,
    /// The first of them.
    pub places: Vec<Place>,
}

/// What came of all checks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quality {
    /// Rows that were looked at.
    pub rows: u64,
    /// Rules that were held against them.
    pub rules: u64,
    /// The rules that rows broke.
    pub broken: Vec<Broken>,
    /// Rules that could not be held against all rows, and why.
    pub not_checked: Vec<(usize, String)>,
}

/// The checks of one dataset while rows pass.
#[derive(Debug)]
pub(crate) struct Checks {
    rows: Vec<RowRule>,
    whole: Vec<WholeRule>,
    today: Today,
    seen: u64,
}

impl Checks {
    /// The checks of a dataset; `None` if it has none.
    ///
    /// # Errors
    /// `Internal` if a rule does not fit its column, which loading the file found out before.
    pub(crate) fn of(dataset: &Dataset, references: &References, today: Date) -> Result<Option<Self>> {
        let checks = &dataset.file.checks;
        if checks.is_empty() {
            return Ok(None);
        }
        let mut all = Self { rows: Vec::new(), whole: Vec::new(), today: Today::of(today), seen: 0 };
        for (index, check) in checks.iter().enumerate() {
            all.add_conditions(dataset, (index, check))?;
            all.add_texts((index, check))?;
            all.whole.extend(WholeRule::of((index, check), references, today));
        }
        Ok(Some(all))
    }

    fn add_conditions(&mut self, dataset: &Dataset, (index, check): (usize, &Check)) -> Result<()> {
        let column = check.column.as_ref();
        let bounds = [("check-minimum", ">=", &check.minimum), ("check-maximum", "<=", &check.maximum)];
        let bounds = bounds
            .into_iter()
            .filter_map(|(code, sign, bound)| Some((code, bounded(column?, sign, bound.as_ref()?), column.cloned())));
        let expression = check.expression.iter().map(|text| ("check-expression", text.clone(), None));
        for (code, text, column) in bounds.chain(expression) {
            let columns = &dataset.read().columns;
            let node = text.bind(columns).map_err(|fault| Error::Internal(format!("'{}': {fault}", text.0)))?;
            let about = column.or_else(|| only(&node));
            self.rows.push(RowRule::new(index, (code, about), (text.0.clone(), Rule::Condition(node))));
        }
        Ok(())
    }

    fn add_texts(&mut self, (index, check): (usize, &Check)) -> Result<()> {
        let Some(column) = &check.column else { return Ok(()) };
        let mut add = |code, words: String, rule| {
            self.rows.push(RowRule::new(index, (code, Some(column.clone())), (words, rule)));
        };
        if check.required {
            add("check-required", format!("{column} has a value"), Rule::Required(column.clone()));
        }
        if let Some(least) = check.min_length {
            let rule = Rule::Length(column.clone(), least.into(), u64::MAX);
            add("check-min-length", format!("{column} has at least {least} characters"), rule);
        }
        if let Some(most) = check.max_length {
            let rule = Rule::Length(column.clone(), 0, most.into());
            add("check-max-length", format!("{column} has at most {most} characters"), rule);
        }
        if let Some(pattern) = &check.pattern {
            let compiled = config::whole_pattern(pattern).map_err(|error| Error::Internal(error.to_string()))?;
            add("check-pattern", format!("{column} is like {pattern}"), Rule::Pattern(column.clone(), compiled));
        }
        if !check.values.is_empty() {
            let rule = Rule::OneOf(column.clone(), check.values.iter().cloned().collect());
            add("check-enum", format!("{column} is one of {}", listed(&check.values)), rule);
        }
        Ok(())
    }

    /// Looks at rows; `lines` says where each stands in its file.
    pub(crate) fn push(&mut self, file: &str, rows: &RecordBatch, lines: &[u64]) -> Result<()> {
        self.seen += rows.num_rows() as u64;
        for rule in &mut self.rows {
            rule.push((file, lines), rows, self.today)?;
        }
        self.whole.iter_mut().try_for_each(|rule| rule.push((file, lines), rows))
    }

    /// What came of them.
    pub(crate) fn finish(self) -> Quality {
        let mut quality =
            Quality { rows: self.seen, rules: (self.rows.len() + self.whole.len()) as u64, ..Quality::default() };
        quality.broken.extend(self.rows.into_iter().filter_map(RowRule::finish));
        for rule in self.whole {
            rule.finish(&mut quality);
        }
        quality.broken.sort_by(|one, other| (&one.column, one.code).cmp(&(&other.column, other.code)));
        quality
    }
}

/// The column that an expression is about, if it is one.
fn only(node: &config::Node) -> Option<config::ColumnName> {
    let columns = node.columns();
    let first = columns.first()?;
    columns.iter().all(|column| column == first).then(|| (*first).clone())
}

/// The first of many values.
fn listed(values: &[String]) -> String {
    let shown = values.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
    if values.len() > 10 { format!("{shown} … ({} values)", values.len()) } else { shown }
}

#[cfg(test)]
mod tests;
