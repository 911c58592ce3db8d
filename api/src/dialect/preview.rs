//! Rows of a version on its page: the first ones, or those that links of the table sort and narrow down to.

use std::sync::Arc;

use arrow::{
    record_batch::RecordBatch,
    util::display::{ArrayFormatter, FormatOptions},
};
use catalog::{
    Entry,
    version::{ColumnInfo, Manifest},
};
use config::{ColumnType, Language};

use crate::{
    error::Problem,
    query::{Params, Plan, Work, page},
    state::State,
};

/// Rows shown.
const ROWS: u64 = 10;
/// Characters of a cell shown.
const CELL: usize = 120;
/// Characters of a value that a link may narrow the table to.
const NARROW: usize = 60;

/// The columns shown and rows of them.
pub(crate) struct Preview {
    /// Every column but geometries.
    pub(crate) columns: Vec<Head>,
    /// Cells by row.
    pub(crate) rows: Vec<Vec<Cell>>,
    /// What the table is narrowed to: the text, and the address without it.
    pub(crate) filters: Vec<(String, String)>,
    /// The same question to the API, with its question mark; empty for all rows.
    pub(crate) question: String,
}

/// A column's head.
pub(crate) struct Head {
    pub(crate) title: String,
    /// Sorts by the column; the other way round where it is sorted already.
    pub(crate) href: String,
    /// `aria-sort`.
    pub(crate) sorted: Option<&'static str>,
}

/// A cell.
pub(crate) struct Cell {
    pub(crate) text: String,
    /// Narrows the table to rows with this value.
    pub(crate) href: Option<String>,
}

/// What the address of a page asks about rows: its order and its conditions. What is not about rows is passed over, since
/// addresses gather things on their way.
struct Asked(Vec<(String, String)>);

impl Asked {
    fn read(query: &str, columns: &[&ColumnInfo]) -> Self {
        let is_about_rows = |name: &str| name == "order" || columns.iter().any(|column| column.name.as_str() == name);
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        Self(pairs.filter(|(name, _)| is_about_rows(name)).collect())
    }

    fn query<'p>(pairs: impl Iterator<Item = &'p (String, String)>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        query.finish()
    }

    /// The address of the table as it is asked for, with a pair more and without those of a name.
    fn with(&self, without: Option<&str>, pair: Option<(&str, String)>) -> String {
        let pair = pair.map(|(name, value)| (name.to_owned(), value));
        let kept = self.0.iter().filter(|(name, _)| Some(name.as_str()) != without);
        format!("?{}#preview", Self::query(kept.chain(pair.as_ref())))
    }

    /// Every condition: its text, and the address without it.
    fn filters(&self, columns: &[&ColumnInfo], language: Language) -> Vec<(String, String)> {
        let conditions = self.0.iter().enumerate().filter(|(_, (name, _))| name != "order");
        let without =
            |at: usize| Self::query(self.0.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, pair)| pair));
        conditions
            .map(|(at, (name, value))| {
                let column = columns.iter().find(|column| column.name.as_str() == name);
                let title = column.map_or(name.as_str(), |column| column.title.get(language));
                let value = value.strip_prefix("eq.").unwrap_or(value);
                (format!("{title}: {value}"), format!("?{}#preview", without(at)))
            })
            .collect()
    }

    /// The head of a column.
    fn head(&self, column: &ColumnInfo, language: Language) -> Head {
        let order = self.0.iter().find(|(name, _)| name == "order").map(|(_, order)| order.as_str());
        let name = column.name.as_str();
        let (up, down) = (format!("{name}.asc"), format!("{name}.desc"));
        let sorted = match order {
            Some(order) if order == up || order == name => Some("ascending"),
            Some(order) if order == down => Some("descending"),
            _ => None,
        };
        let next = if sorted == Some("ascending") { down } else { up };
        Head {
            title: column.title.get(language).to_owned(),
            href: self.with(Some("order"), Some(("order", next))),
            sorted,
        }
    }

    /// A cell, with a link where a condition can say what stands in it.
    fn cell(&self, column: &ColumnInfo, text: &str) -> Cell {
        let condition = match column.kind {
            ColumnType::Text { .. }
            | ColumnType::Code { .. }
            | ColumnType::Date { .. }
            | ColumnType::Integer { .. } => {
                (!text.is_empty() && text.chars().count() <= NARROW).then(|| format!("eq.{text}"))
            }
            ColumnType::Boolean { .. } => (!text.is_empty()).then(|| format!("is.{text}")),
            _ => None,
        };
        let name = column.name.as_str();
        let known = |condition: &String| self.0.iter().any(|(other, value)| other == name && value == condition);
        let href = condition
            .filter(|condition| !known(condition))
            .map(|condition| self.with(Some(name), Some((name, condition))));
        Cell { text: shorten(text), href }
    }
}

/// Whether values can be shown in a cell.
fn is_plain(kind: &ColumnType) -> bool {
    !matches!(kind, ColumnType::Geometry { .. })
}

/// Reads the rows that the query of the page asks for, the first ones by default; `None` if the version has no Parquet
/// file.
pub(crate) async fn read(
    state: &State,
    (entry, manifest): (&Entry, &Manifest),
    query: &str,
    language: Language,
) -> Result<Option<Preview>, Problem> {
    if manifest.tables().next().is_none() {
        return Ok(None);
    }
    let columns: Vec<&ColumnInfo> = manifest.columns.iter().filter(|column| is_plain(&column.kind)).collect();
    let asked = Asked::read(query, &columns);
    let question = Asked::query(asked.0.iter());
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let params = Params::read(&format!("{question}&select={}", names.join(",")))?;
    let plan = Arc::new(Plan::new(&params, &entry.dataset, manifest)?);
    let table = state.tables.get(state.catalog.store(), manifest).await?;
    let found =
        state.queries.run(Work::Page, |cancel| async move { page(&table, &plan, (None, ROWS), &cancel).await }).await?;
    let rows = found
        .batches
        .iter()
        .flat_map(cells)
        .map(|row| columns.iter().zip(row).map(|(column, text)| asked.cell(column, &text)).collect());
    Ok(Some(Preview {
        columns: columns.iter().map(|column| asked.head(column, language)).collect(),
        rows: rows.collect(),
        filters: asked.filters(&columns, language),
        question: if question.is_empty() { question } else { format!("?{question}") },
    }))
}

fn cells(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::default();
    let formatters: Vec<_> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options).ok()).collect();
    let cell = |formatter: &Option<ArrayFormatter>, row| {
        formatter.as_ref().map(|f| f.value(row).to_string()).unwrap_or_default()
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
    fn cells_are_text_and_missing_values_empty() {
        let long = "å".repeat(200);
        let names: ArrayRef = Arc::new(StringArray::from(vec![Some("Oslo"), None, Some(long.as_str())]));
        let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true, false, true]));
        let batch = RecordBatch::try_from_iter([("navn", names), ("ja", flags)]).unwrap();
        let rows = cells(&batch);
        assert_eq!(rows[0], ["Oslo", "true"]);
        assert_eq!(rows[1], ["", "false"]);
        assert_eq!(shorten(&rows[2][0]).chars().count(), 120);
    }
}
