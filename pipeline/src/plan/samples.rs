//! Which cells of which rows would change: the first rows of the changelog, and how often each column changed among them.

use std::collections::{BTreeMap, HashMap};

use arrow::{array::AsArray, record_batch::RecordBatch};
use catalog::table::{Cells, Scan, TableFile};
use config::ColumnName;
use futures::TryStreamExt;
use serde::Serialize;

use crate::{Error, Result, gate::masked_name};

/// Changed rows that are looked at.
const LOOKED_AT: usize = 1000;
/// Rows of each kind that are shown.
const SHOWN: usize = 5;
/// Characters of a value that are shown.
const LONGEST: usize = 60;

/// Rows that would come, change or go.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Samples {
    /// The first rows of each kind.
    pub rows: Vec<RowSample>,
    /// Changed rows that were looked at; the rest of the changelog was not.
    pub looked_at: u64,
    /// How many of them have another value in a column, by its name.
    pub cells: BTreeMap<String, u64>,
}

/// A row that would come, change or go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowSample {
    /// `added`, `changed` or `removed`.
    pub change: String,
    /// Its key, `name=value` for each column.
    pub key: String,
    /// Of a changed row the cells that differ; identity numbers in them are masked.
    pub cells: Vec<CellChange>,
}

/// A cell that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellChange {
    /// The column.
    pub column: String,
    /// Its value before.
    pub before: Option<String>,
    /// Its value after.
    pub after: Option<String>,
}

/// The values of a row, by column.
type Row = BTreeMap<String, Option<String>>;

/// Looks at the first rows of a changelog, and for changed ones at the tables before and after.
///
/// # Errors
/// Those of reading tables.
pub(super) async fn samples(
    log: &TableFile,
    (old, new): (&[TableFile], &[TableFile]),
    key: &[ColumnName],
) -> Result<Samples> {
    let mut samples = Samples::default();
    let mut changed: Vec<String> = Vec::new();
    let mut shown: HashMap<String, usize> = HashMap::new();
    let mut batches = log.scan(Scan::default()).await?;
    while let Some(batch) = batches.try_next().await? {
        let ops = batch.column_by_name("_op").and_then(|column| column.as_string_opt::<i32>().cloned());
        let ops = ops.ok_or_else(|| Error::Internal("a changelog without changes".to_owned()))?;
        let keys = columns(&batch, Some(key))?;
        for row in 0..batch.num_rows() {
            let (change, key) = (ops.value(row), key_of(&keys, row));
            if change == "changed" && changed.len() < LOOKED_AT {
                changed.push(key);
            } else if change != "changed" {
                let count = shown.entry(change.to_owned()).or_default();
                *count += 1;
                if *count <= SHOWN {
                    samples.rows.push(RowSample { change: change.to_owned(), key: shortened(&key), cells: Vec::new() });
                }
            }
        }
    }
    samples.looked_at = changed.len() as u64;
    let (before, after) = (found(old, key, &changed).await?, found(new, key, &changed).await?);
    for key in changed {
        let (Some(before), Some(after)) = (before.get(&key), after.get(&key)) else { continue };
        let cells = differing(before, after);
        for cell in &cells {
            *samples.cells.entry(cell.column.clone()).or_default() += 1;
        }
        if samples.rows.iter().filter(|row| row.change == "changed").count() < SHOWN {
            samples.rows.push(RowSample { change: "changed".to_owned(), key: shortened(&key), cells });
        }
    }
    Ok(samples)
}

/// The columns of a batch that are named, or all of them, as texts.
fn columns(batch: &RecordBatch, names: Option<&[ColumnName]>) -> Result<Vec<(String, Cells)>> {
    let schema = batch.schema();
    let wanted = |name: &str| names.is_none_or(|names| names.iter().any(|wanted| wanted.as_str() == name));
    let fields = schema.fields().iter().zip(batch.columns()).filter(|(field, _)| wanted(field.name()));
    fields
        .map(|(field, array)| {
            let cells = Cells::new(array).ok_or_else(|| Error::Internal(format!("column {}", field.name())))?;
            Ok((field.name().clone(), cells))
        })
        .collect()
}

fn text(cells: &Cells, row: usize) -> Option<String> {
    let mut text = String::new();
    cells.get(row)?.write_text(&mut text);
    Some(text)
}

fn key_of(keys: &[(String, Cells)], row: usize) -> String {
    let parts: Vec<String> =
        keys.iter().map(|(name, cells)| format!("{name}={}", text(cells, row).unwrap_or_default())).collect();
    parts.join(", ")
}

/// The rows of tables that have one of the keys.
async fn found(tables: &[TableFile], key: &[ColumnName], wanted: &[String]) -> Result<HashMap<String, Row>> {
    let wanted: std::collections::HashSet<&str> = wanted.iter().map(String::as_str).collect();
    let mut found = HashMap::new();
    for table in tables {
        let mut batches = table.scan(Scan::default()).await?;
        while let Some(batch) = batches.try_next().await? {
            if found.len() == wanted.len() {
                return Ok(found);
            }
            let (keys, all) = (columns(&batch, Some(key))?, columns(&batch, None)?);
            for row in 0..batch.num_rows() {
                let key = key_of(&keys, row);
                if wanted.contains(key.as_str()) {
                    found.insert(key, all.iter().map(|(name, cells)| (name.clone(), text(cells, row))).collect());
                }
            }
        }
    }
    Ok(found)
}

/// The cells of a row that differ; a column that only one of the tables has is told by itself.
fn differing(before: &Row, after: &Row) -> Vec<CellChange> {
    let both = before.iter().filter_map(|(column, before)| Some((column, before, after.get(column)?)));
    let differing = both.filter(|(_, before, after)| before != after);
    let value = |text: &Option<String>| text.as_deref().map(shortened);
    differing
        .map(|(column, before, after)| CellChange {
            column: column.clone(),
            before: value(before),
            after: value(after),
        })
        .collect()
}

/// A value as it is shown: without identity numbers, and not longer than a line has room for.
fn shortened(text: &str) -> String {
    let masked = masked_name(text).unwrap_or_else(|| text.to_owned());
    let line: String = masked.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    if masked.chars().count() > LONGEST { format!("{line}…") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(&str, Option<&str>)]) -> Row {
        cells.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect()
    }

    #[test]
    fn only_cells_that_differ_are_told_in_short() {
        let long = "x".repeat(80);
        let before = row(&[("a", Some("1")), ("b", None), ("c", Some("lik")), ("gammel", Some("1"))]);
        let after = row(&[("a", Some("2")), ("b", Some(&long)), ("c", Some("lik")), ("ny", Some("1"))]);
        let cells = differing(&before, &after);
        assert_eq!(cells.iter().map(|cell| cell.column.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((cells[0].before.as_deref(), cells[0].after.as_deref()), (Some("1"), Some("2")));
        assert_eq!(
            (cells[1].before.as_deref(), cells[1].after.as_deref().map(|text| text.chars().count())),
            (None, Some(61))
        );
        assert_eq!(shortened("to\nlinjer"), "to linjer");
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/privacy/identifier-vectors.json")).unwrap();
        let number = vectors["nationalId"]["valid"][0]["value"].as_str().unwrap();
        assert!(!shortened(&format!("nr {number}")).contains(number));
    }
}
