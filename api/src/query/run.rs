//! Runs a plan on a table: a page in memory, or everything as a stream. Memory is bounded either way.

use arrow::{error::ArrowError, record_batch::RecordBatch};
use catalog::table::{Cancel, Scan, Table};
use config::ColumnName;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};

use super::{plan::Plan, top::Top};
use crate::error::Problem;

/// Rows of a batch of a page at the most.
const BATCH_ROWS: u64 = 512;
/// Bytes after which a page ends before its limit.
const PAGE_BYTES: usize = 64 << 20;
/// Bytes that sorting may hold.
const SORT_BYTES: usize = 256 << 20;

/// A page of an answer.
#[derive(Debug)]
pub(crate) struct Page {
    /// The rows, in the plan's columns.
    pub(crate) batches: Vec<RecordBatch>,
    /// The position of the cursor to the next page; `None` on the last one.
    pub(crate) next: Option<u64>,
}

/// The rows of a page, from a cursor's position on.
pub(crate) async fn page(
    table: &Table,
    plan: &Plan,
    (from, limit): (Option<u64>, u64),
    cancel: &Cancel,
) -> Result<Page, Problem> {
    if plan.order.is_empty() {
        file_page(table, plan, (from.unwrap_or(0), limit), cancel).await
    } else {
        sorted_page(table, plan, (from, limit), cancel).await
    }
}

/// All rows from a position on, in the order of the file.
pub(crate) async fn stream(
    table: &Table,
    plan: &Plan,
    (offset, limit): (u64, Option<u64>),
    cancel: &Cancel,
) -> Result<BoxStream<'static, catalog::Result<RecordBatch>>, Problem> {
    let scan = Scan {
        columns: Some(plan.select.read_names()),
        predicate: plan.predicate.clone(),
        offset,
        limit,
        cancel: cancel.clone(),
        ..Scan::default()
    };
    let select = plan.select.clone();
    let found = table.scan(scan).await?;
    Ok(found.map(move |batch| batch.and_then(|batch| select.shape(batch).map_err(|error| broken(&error)))).boxed())
}

fn broken(error: &ArrowError) -> catalog::Error {
    catalog::Error::Table { name: "answer".to_owned(), reason: error.to_string() }
}

async fn file_page(table: &Table, plan: &Plan, (offset, limit): (u64, u64), cancel: &Cancel) -> Result<Page, Problem> {
    let rows_wanted = BATCH_ROWS.min(limit.saturating_add(1));
    let mut found = table
        .scan(Scan {
            columns: Some(plan.select.read_names()),
            predicate: plan.predicate.clone(),
            offset,
            // One more, to know whether there is a next page.
            limit: Some(limit.saturating_add(1)),
            cancel: cancel.clone(),
            // A condition looks at so many rows at a time, however few are wanted.
            batch_rows: usize::try_from(if plan.predicate.is_some() { BATCH_ROWS } else { rows_wanted })
                .unwrap_or_default(),
            ..Scan::default()
        })
        .await?;
    let mut batches = Vec::new();
    let (mut rows, mut bytes) = (0, 0);
    while let Some(batch) = found.try_next().await? {
        let batch = plan.select.shape(batch).map_err(Problem::internal)?;
        let room = limit.saturating_sub(rows);
        if batch.num_rows() as u64 > room {
            batches.push(batch.slice(0, usize::try_from(room).unwrap_or_default()));
            return Ok(Page { batches, next: Some(offset.saturating_add(limit)) });
        }
        rows += batch.num_rows() as u64;
        bytes += batch.get_array_memory_size();
        batches.push(batch);
        if bytes > PAGE_BYTES {
            return Ok(Page { batches, next: Some(offset.saturating_add(rows)) });
        }
    }
    Ok(Page { batches, next: None })
}

async fn sorted_page(
    table: &Table,
    plan: &Plan,
    (from, limit): (Option<u64>, u64),
    cancel: &Cancel,
) -> Result<Page, Problem> {
    let mut columns = plan.select.read_names();
    for by in &plan.order {
        if !columns.contains(&by.column) {
            columns.push(by.column.clone());
        }
    }
    let schema = project(table, &columns)?;
    let rows = usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX);
    let mut top = Top::new(&schema, &plan.order, rows).map_err(Problem::internal)?;
    let scan =
        Scan { columns: Some(columns), predicate: plan.predicate.clone(), cancel: cancel.clone(), ..Scan::default() };
    if let Some(position) = from {
        let at = Scan { offset: position, limit: Some(1), ..scan.clone() };
        let row: Vec<RecordBatch> = table.scan(at).await?.try_collect().await?;
        let row = row.iter().find(|batch| batch.num_rows() > 0).ok_or_else(beyond)?;
        top.start_after(row, position).map_err(Problem::internal)?;
    }
    let mut found = table.scan(scan).await?;
    while let Some(batch) = found.try_next().await? {
        top.push(&batch).map_err(Problem::internal)?;
        if top.bytes() > SORT_BYTES {
            return Err(too_large());
        }
    }
    let (first, positions) = top.finish().map_err(Problem::internal)?;
    let shown = positions.len().min(rows.saturating_sub(1));
    let next =
        if positions.len() > shown { shown.checked_sub(1).and_then(|at| positions.get(at).copied()) } else { None };
    let first = plan.select.shape(first.slice(0, shown)).map_err(Problem::internal)?;
    Ok(Page { batches: vec![first], next })
}

/// The schema of some of a table's columns.
pub(super) fn project(table: &Table, names: &[ColumnName]) -> Result<arrow::datatypes::SchemaRef, Problem> {
    let schema = table.schema();
    let indices: Result<Vec<usize>, ArrowError> = names.iter().map(|name| schema.index_of(name.as_str())).collect();
    let projected = indices.and_then(|indices| schema.project(&indices)).map_err(Problem::internal)?;
    Ok(projected.into())
}

fn beyond() -> Problem {
    Problem::bad_request("api-cursor", "The cursor lies beyond the last row.").hint("Begin without a cursor.")
}

fn too_large() -> Problem {
    Problem::bad_request("api-order", "The rows are too large to be sorted here.")
        .hint("Select fewer columns, give a smaller limit, or take the whole file and sort it yourself.")
}
