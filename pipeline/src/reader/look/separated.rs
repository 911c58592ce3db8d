//! A look at separated text: its encoding and separator, and whether its first line names the columns.

use std::path::Path;

use config::CsvFormat;

use super::{
    Form, LIMITS, Look,
    seen::{Seen, is_word, is_year},
};
use crate::{
    Result,
    reader::{
        csv::records::Records,
        encoding::{decoded_as, open_text},
        fault::fault,
    },
};

/// What begins a line that is a comment.
const COMMENT: char = '#';
/// Separators that are tried.
const SEPARATORS: [char; 4] = [';', '\t', ',', '|'];
/// Records by which a separator is judged.
const JUDGED: usize = 100;

/// Looks at a whole file.
pub(super) fn look(name: &str, path: &Path, names_person: fn(&str) -> bool) -> Result<Look> {
    let encoding = decoded_as(name, path)?;
    let separator = separator(name, path, &encoding)?;
    let mut records = records(name, path, (&encoding, separator))?;
    if !records.advance()? {
        return Err(fault(name, "format-empty", None, "the file has no rows"));
    }
    let first: Vec<String> = (0..records.len()).map(|at| records.field(at).trim().to_owned()).collect();
    let mut columns: Vec<Seen> = first.iter().cloned().map(Seen::named).collect();
    let (mut rows, mut ragged, mut totals, mut comments) = (0, 0, 0, 0);
    while records.advance()? {
        let begins = if records.len() > 0 { records.field(0) } else { "" };
        if columns.len() > 1 && records.len() == 1 && begins.starts_with(COMMENT) {
            comments += 1;
            continue;
        }
        rows += 1;
        ragged += u64::from(records.len() != columns.len());
        if super::is_total(begins) {
            totals += 1;
            continue;
        }
        columns.iter_mut().enumerate().for_each(|(at, column)| {
            column.take(if at < records.len() { records.field(at) } else { "" }, names_person);
        });
    }
    // Only the rows tell whether the first line is one of them.
    let header = is_header(&columns);
    if !header {
        rows += 1;
        for (at, (column, text)) in columns.iter_mut().zip(&first).enumerate() {
            column.take(text, names_person);
            column.name = (at + 1).to_string();
        }
    }
    let decimal = if separator == ',' { '.' } else { super::decimal_of(&columns, ',') };
    let form = Form::Separated { encoding, separator, header, ragged, comments };
    let (columns, nameless) = super::named(columns);
    Ok(Look { form, decimal, rows, totals, notes: 0, nameless, lists: Vec::new(), columns })
}

fn records(name: &str, path: &Path, (encoding, separator): (&str, char)) -> Result<Records> {
    let format = CsvFormat { separator, ..CsvFormat::default() };
    Records::new(name, open_text(name, path, Some(encoding))?, &format, LIMITS)
}

/// The separator that splits most of the first records into the same number of fields, and into most.
fn separator(name: &str, path: &Path, encoding: &str) -> Result<char> {
    let mut best = (0, ';');
    for separator in SEPARATORS {
        let mut records = records(name, path, (encoding, separator))?;
        let mut widths = Vec::new();
        // A quote that is never closed by one reading of the file says nothing about another.
        while widths.len() < JUDGED && records.advance().unwrap_or(false) {
            widths.push(records.len());
        }
        let first = widths.first().copied().unwrap_or_default();
        let same = widths.iter().filter(|width| **width == first).count();
        let score = if first > 1 { same * 100 / widths.len() * 1000 + first } else { 0 };
        if score > best.0 {
            best = (score, separator);
        }
    }
    Ok(best.1)
}

/// A line of names: each has a letter, is a year that is no value of its column, or is not there, as behind a separator at
/// the end; and not all are years. Two columns of one name are no reason to take names for a row: reading them says so.
fn is_header(columns: &[Seen]) -> bool {
    let names_year = |column: &Seen| is_year(&column.name) && column.years < column.filled;
    columns.iter().any(|column| is_word(&column.name))
        && columns.iter().all(|column| column.name.is_empty() || is_word(&column.name) || names_year(column))
}
