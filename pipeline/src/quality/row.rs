//! A rule that one row keeps or breaks by itself.

use std::collections::HashSet;

use arrow::{
    array::{Array, AsArray, StringArray},
    record_batch::RecordBatch,
};
use config::{ColumnName, Node};

use super::{
    Broken, NAMED, Place,
    evaluate::{Today, truths},
};
use crate::{Error, Result};

/// What a row must be like.
#[derive(Debug)]
pub(super) enum Rule {
    /// The condition is not false.
    Condition(Node),
    /// The column has a value.
    Required(ColumnName),
    /// A text has so many characters, from and to.
    Length(ColumnName, u64, u64),
    /// A text is like this.
    Pattern(ColumnName, regex::Regex),
    /// A text is one of these.
    OneOf(ColumnName, HashSet<String>),
}

/// A rule and the rows that broke it so far.
#[derive(Debug)]
pub(super) struct RowRule {
    rule: Rule,
    broken: Broken,
}

impl RowRule {
    pub(super) fn new(
        check: usize,
        (code, column): (&'static str, Option<ColumnName>),
        (words, rule): (String, Rule),
    ) -> Self {
        let column = column.map(|column| column.to_string());
        Self { rule, broken: Broken { code, check, column, rule: words, rows: 0, places: Vec::new() } }
    }

    pub(super) fn push(&mut self, (file, lines): (&str, &[u64]), rows: &RecordBatch, today: Today) -> Result<()> {
        match &self.rule {
            Rule::Condition(node) => {
                let truths = truths(node, rows, today)?;
                note(&mut self.broken, (file, lines), truths.into_iter().map(|truth| truth == Some(false)));
            }
            Rule::Required(name) => {
                let array = rows.column_by_name(name.as_str()).ok_or_else(|| not_read(name))?;
                note(&mut self.broken, (file, lines), (0..array.len()).map(|row| array.is_null(row)));
            }
            Rule::Length(name, least, most) => {
                let fits = |text: &str| (*least..=*most).contains(&(text.chars().count() as u64));
                note(&mut self.broken, (file, lines), breaking(texts(rows, name)?, fits));
            }
            Rule::Pattern(name, pattern) => {
                note(&mut self.broken, (file, lines), breaking(texts(rows, name)?, |text| pattern.is_match(text)));
            }
            Rule::OneOf(name, values) => {
                note(&mut self.broken, (file, lines), breaking(texts(rows, name)?, |text| values.contains(text)));
            }
        }
        Ok(())
    }

    /// What it found, if anything.
    pub(super) fn finish(self) -> Option<Broken> {
        (self.broken.rows > 0).then_some(self.broken)
    }
}

/// Counts rows that break a rule and names the first.
pub(super) fn note(broken: &mut Broken, (file, lines): (&str, &[u64]), breaks: impl Iterator<Item = bool>) {
    for (row, _) in breaks.enumerate().filter(|(_, breaks)| *breaks) {
        broken.rows += 1;
        if broken.places.len() < NAMED {
            broken.places.push(Place { file: file.to_owned(), row: lines.get(row).copied().unwrap_or_default() });
        }
    }
}

fn breaking<'a>(texts: &'a StringArray, fits: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = bool> + 'a {
    texts.iter().map(move |text| text.is_some_and(|text| !fits(text)))
}

fn texts<'a>(rows: &'a RecordBatch, name: &ColumnName) -> Result<&'a StringArray> {
    rows.column_by_name(name.as_str()).and_then(|array| array.as_string_opt()).ok_or_else(|| not_read(name))
}

pub(super) fn not_read(name: &ColumnName) -> Error {
    Error::Internal(format!("column '{name}' was not read for a check"))
}
