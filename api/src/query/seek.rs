//! Pages by row number: the next page begins at a row, whatever the condition, and costs what it reads.

use arrow::{array::AsArray, datatypes::UInt64Type, record_batch::RecordBatch};
use catalog::table::{Cancel, Predicate, ROW, Scan, Table};
use config::ColumnName;
use futures::TryStreamExt;

use crate::error::Problem;

/// Rows of a batch of a page at the most.
const BATCH_ROWS: u64 = 1024;
/// Bytes after which a page ends before its limit.
const PAGE_BYTES: usize = 64 << 20;

/// A page.
#[derive(Debug)]
pub(crate) struct Sought {
    /// The rows, in the columns asked for and, last, with their numbers ([`ROW`]).
    pub(crate) batches: Vec<RecordBatch>,
    /// Rows in them.
    pub(crate) rows: u64,
    /// The number of the row that the next page begins with; `None` on the last one.
    pub(crate) next: Option<u64>,
}

/// At most `limit` rows of a condition, from the row of number `from` on.
pub(crate) async fn seek(
    table: &Table,
    (columns, predicate): (Vec<ColumnName>, Option<Predicate>),
    (from, limit): (u64, u64),
    cancel: &Cancel,
) -> Result<Sought, Problem> {
    // A condition looks at so many rows at a time, however few are wanted.
    let rows = if predicate.is_some() { BATCH_ROWS } else { BATCH_ROWS.min(limit.saturating_add(1)) };
    let scan = Scan {
        columns: Some(columns),
        predicate,
        first_row: from,
        row_numbers: true,
        // One more, to know where the next page begins.
        limit: Some(limit.saturating_add(1)),
        batch_rows: usize::try_from(rows).unwrap_or_default(),
        cancel: cancel.clone(),
        ..Scan::default()
    };
    let mut found = table.scan(scan).await?;
    let mut page = Sought { batches: Vec::new(), rows: 0, next: None };
    let mut bytes = 0;
    while let Some(batch) = found.try_next().await? {
        let room = limit.saturating_sub(page.rows);
        let full = batch.num_rows() as u64 > room || bytes > PAGE_BYTES;
        let taken = if bytes > PAGE_BYTES { 0 } else { room.min(batch.num_rows() as u64) };
        let length = usize::try_from(taken).unwrap_or_default();
        if full {
            page.next = number(&batch, length);
        }
        page.rows += taken;
        bytes += batch.get_array_memory_size();
        if length > 0 {
            page.batches.push(batch.slice(0, length));
        }
        if full {
            break;
        }
    }
    Ok(page)
}

fn number(batch: &RecordBatch, row: usize) -> Option<u64> {
    let numbers = batch.column_by_name(ROW)?.as_primitive_opt::<UInt64Type>()?;
    numbers.values().get(row).copied()
}

/// How many rows from a number on satisfy a condition; it is counted to `most` at the most.
pub(crate) async fn count(
    table: &Table,
    predicate: &Predicate,
    (first_row, most): (u64, Option<u64>),
    cancel: &Cancel,
) -> Result<u64, Problem> {
    let (columns, predicate) = (Some(Vec::new()), Some(predicate.clone()));
    let scan = Scan { columns, predicate, first_row, limit: most, cancel: cancel.clone(), ..Scan::default() };
    let mut found = table.scan(scan).await?;
    let mut rows = 0;
    while let Some(batch) = found.try_next().await? {
        rows += batch.num_rows() as u64;
    }
    Ok(rows)
}
