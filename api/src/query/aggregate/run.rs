//! Reads the rows of a question and makes the table of its answer.

use arrow::{
    array::{Array, RecordBatchOptions},
    compute::{SortColumn, SortOptions, filter_record_batch, lexsort_to_indices, take_record_batch},
    datatypes::{DataType, Field, Schema},
    error::ArrowError,
    record_batch::RecordBatch,
};
use catalog::{
    table::{Cancel, Scan, Table, arrow_type, matching},
    version::ColumnInfo,
};
use config::{ColumnName, ColumnType};
use futures::TryStreamExt;

use super::{
    ask::{Aggregate, Does, Term},
    groups::Groups,
    measure::Measure,
    period::Calendar,
    typed,
};
use crate::error::Problem;

/// Groups of one answer at the most.
const MAX_GROUPS: usize = 100_000;
/// Bytes that groups and their numbers may hold.
const MAX_BYTES: usize = 256 << 20;

/// The groups of a question and their numbers, in order.
///
/// # Errors
/// `api-too-many-groups` where they would not fit, `api-overflow` for a sum beyond its type.
pub(crate) async fn aggregate(table: &Table, ask: &Aggregate, cancel: &Cancel) -> Result<RecordBatch, Problem> {
    let mut state = State::new(ask);
    let scan = Scan {
        columns: Some(read(&ask.terms)),
        predicate: ask.predicate.clone(),
        cancel: cancel.clone(),
        ..Scan::default()
    };
    let mut found = table.scan(scan).await?;
    while let Some(batch) = found.try_next().await? {
        state.push(ask, &batch).map_err(Problem::internal)?;
        if state.groups.len() > MAX_GROUPS || state.bytes() > MAX_BYTES {
            return Err(too_many());
        }
    }
    let whole = state.finish(ask)?;
    let kept = match &ask.having {
        Some(having) => filter_record_batch(&whole, &matching(having, &whole)?).map_err(Problem::internal)?,
        None => whole,
    };
    sorted(ask, &kept).map_err(Problem::internal)
}

/// The columns that are read, each once.
fn read(terms: &[Term]) -> Vec<ColumnName> {
    let mut names: Vec<ColumnName> = Vec::new();
    for column in terms.iter().filter_map(|term| term.column.as_ref()) {
        if !names.contains(&column.name) {
            names.push(column.name.clone());
        }
    }
    names
}

struct State {
    groups: Groups,
    measures: Vec<Measure>,
}

impl State {
    fn new(ask: &Aggregate) -> Self {
        let calendar = |term: &Term| match term.does {
            Does::Group(period) => Some(period.map(|period| Calendar::new(period, &ask.zone))),
            Does::Measure(_) => None,
        };
        let measure = |term: &Term| match term.does {
            Does::Measure(function) => Some(Measure::new(function, term.column.is_some(), held(term.column.as_ref()))),
            Does::Group(_) => None,
        };
        Self {
            groups: Groups::new(ask.terms.iter().filter_map(calendar).collect()),
            measures: ask.terms.iter().filter_map(measure).collect(),
        }
    }

    fn bytes(&self) -> usize {
        self.groups.bytes() + self.measures.iter().map(Measure::bytes).sum::<usize>()
    }

    fn push(&mut self, ask: &Aggregate, batch: &RecordBatch) -> Result<(), ArrowError> {
        let array = |term: &Term| term.column.as_ref().and_then(|column| batch.column_by_name(column.name.as_str()));
        let keys: Vec<&dyn Array> =
            ask.terms.iter().filter(|term| term.is_key()).filter_map(array).map(AsRef::as_ref).collect();
        let groups = self.groups.of(&keys, batch.num_rows())?;
        let terms = ask.terms.iter().filter(|term| !term.is_key());
        for (measure, term) in self.measures.iter_mut().zip(terms) {
            measure.push(array(term).map(AsRef::as_ref), &groups, self.groups.len())?;
        }
        Ok(())
    }

    fn finish(self, ask: &Aggregate) -> Result<RecordBatch, Problem> {
        let count = self.groups.len();
        let mut measures = self.measures.into_iter();
        let (mut fields, mut arrays) = (Vec::new(), Vec::new());
        let mut place = 0;
        for (term, column) in ask.terms.iter().zip(&ask.columns) {
            let kind = arrow_type(&column.kind);
            let values = if term.is_key() {
                place += 1;
                self.groups.values(place - 1)
            } else {
                let decimal = matches!(kind, DataType::Decimal128(..));
                let Some(measure) = measures.next() else { continue };
                measure.finish(count, decimal).map_err(|_| overflow(column))?
            };
            arrays.push(typed::array(&kind, values).map_err(Problem::internal)?);
            fields.push(Field::new(column.name.as_str(), kind, !column.required));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        RecordBatch::try_new_with_options(Schema::new(fields).into(), arrays, &options).map_err(Problem::internal)
    }
}

/// Whether a column holds floating point numbers, and the digits of its decimals.
fn held(column: Option<&ColumnInfo>) -> (bool, i32) {
    match column.map(|column| &column.kind) {
        Some(ColumnType::Number {}) => (true, 0),
        Some(ColumnType::Decimal { scale }) => (false, i32::from(*scale)),
        _ => (false, 0),
    }
}

impl Term {
    fn is_key(&self) -> bool {
        matches!(self.does, Does::Group(_))
    }
}

/// By the order asked for, then by the columns that rows are grouped by.
fn sorted(ask: &Aggregate, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let column = |name: &ColumnName| batch.column_by_name(name.as_str());
    let asked = ask.order.iter().filter_map(|by| {
        let options = SortOptions { descending: by.descending, nulls_first: by.nulls_first };
        Some(SortColumn { values: column(&by.column)?.clone(), options: Some(options) })
    });
    let keys = ask.terms.iter().zip(&ask.columns).filter(|(term, _)| term.is_key()).filter_map(|(_, key)| {
        let options = SortOptions { descending: false, nulls_first: false };
        Some(SortColumn { values: column(&key.name)?.clone(), options: Some(options) })
    });
    let columns: Vec<SortColumn> = asked.chain(keys).collect();
    if columns.is_empty() {
        return Ok(batch.clone());
    }
    take_record_batch(batch, &lexsort_to_indices(&columns, None)?)
}

fn too_many() -> Problem {
    Problem::bad_request(
        "api-too-many-groups",
        format!("There are more than {MAX_GROUPS} groups, or they are too large."),
    )
    .hint("Group by fewer columns or longer periods, or add conditions; or take the file and count yourself.")
}

fn overflow(column: &ColumnInfo) -> Problem {
    Problem::bad_request("api-overflow", format!("A sum in '{}' does not fit its type.", column.name))
        .hint("Add conditions, or ask for avg() and count().")
}
