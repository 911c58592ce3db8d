//! The first rows of a version, as text for the page.

use arrow::{
    record_batch::RecordBatch,
    util::display::{ArrayFormatter, FormatOptions},
};
use catalog::{
    table::Scan,
    version::{ColumnInfo, Manifest},
};
use config::ColumnType;
use futures::TryStreamExt;

use crate::{error::Problem, state::State};

/// Rows shown.
const ROWS: u64 = 10;

/// Characters of a cell shown.
const CELL: usize = 120;

/// The columns shown and their first rows.
pub(crate) struct Preview<'a> {
    /// Every column but geometries.
    pub(crate) columns: Vec<&'a ColumnInfo>,
    /// Cells by row.
    pub(crate) rows: Vec<Vec<String>>,
}

/// Reads the first rows; `None` if the version has no Parquet file.
pub(crate) async fn read<'a>(state: &State, manifest: &'a Manifest) -> Result<Option<Preview<'a>>, Problem> {
    if manifest.tables().next().is_none() {
        return Ok(None);
    }
    let columns: Vec<&ColumnInfo> =
        manifest.columns.iter().filter(|column| !matches!(column.kind, ColumnType::Geometry { .. })).collect();
    let table = state.tables.get(state.catalog.store(), manifest).await?;
    let scan = Scan {
        columns: Some(columns.iter().map(|column| column.name.clone()).collect()),
        limit: Some(ROWS),
        ..Scan::default()
    };
    let batches: Vec<RecordBatch> = table.scan(scan).await?.try_collect().await?;
    let rows = batches.iter().flat_map(cells).collect();
    Ok(Some(Preview { columns, rows }))
}

fn cells(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::default();
    let formatters: Vec<_> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options).ok()).collect();
    let cell = |formatter: &Option<ArrayFormatter>, row| {
        formatter.as_ref().map(|f| f.value(row).to_string()).map(|text| shorten(&text)).unwrap_or_default()
    };
    (0..batch.num_rows()).map(|row| formatters.iter().map(|formatter| cell(formatter, row)).collect()).collect()
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= CELL { text.to_owned() } else { text.chars().take(CELL - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, StringArray};

    use super::*;

    #[test]
    fn cells_are_short_text_and_missing_values_empty() {
        let long = "å".repeat(200);
        let names: ArrayRef = Arc::new(StringArray::from(vec![Some("Oslo"), None, Some(long.as_str())]));
        let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true, false, true]));
        let batch = RecordBatch::try_from_iter([("navn", names), ("ja", flags)]).unwrap();
        let rows = cells(&batch);
        assert_eq!(rows[0], ["Oslo", "true"]);
        assert_eq!(rows[1], ["", "false"]);
        assert_eq!(rows[2][0].chars().count(), 120);
    }
}
