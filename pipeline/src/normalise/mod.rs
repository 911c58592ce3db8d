//! Rows of text → typed rows of the published schema, and rejects.

mod class;
mod codes;
mod column;
mod dates;
mod geometry;
mod hilbert;
mod json;
mod key_set;
mod keys;
mod latest;
mod merge;
mod names;
mod order;
mod registered;
mod runs;
mod values;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, StringArray, new_null_array},
    compute::{cast, filter_record_batch, nullif},
    datatypes::{DataType, Field, Schema, SchemaRef},
    error::ArrowError,
    record_batch::{RecordBatch, RecordBatchOptions},
};
use catalog::table::{arrow_type, from_polars, to_polars};
use config::{Contract, Dataset, Format, PrivacyClass};
use jiff::tz::TimeZone;
use polars::prelude::{Expr, IntoLazy};
use serde::{Deserialize, Serialize};

use self::{column::Plan, values::NumberForm};
use crate::{
    Error, Result,
    reader::{MarkKind, RawBatch},
};

pub(crate) use geometry::Geometries;
pub use geometry::Mended;
pub(crate) use key_set::KeySet;
pub(crate) use keys::Keys;
pub use keys::{KeyCheck, KeyCounts};
pub(crate) use latest::Latest;
pub use order::{Sorted, Sorter};

/// A row whose cell is bad, and why.
type Failure = (usize, &'static str);

/// A row that was put aside. Carries no value of the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The file.
    pub file: String,
    /// Line of a text file, row of a sheet, or position of an object, from 1.
    pub row: u64,
    /// The published name of the column.
    pub column: String,
    /// What the value looks like: `empty`, `letters`, `digits`, `mixed`, `date-like`, `number-like`, `too-long`,
    /// `nested`, `control`, `repeated`, `geometry`.
    pub value_class: String,
    /// Stable code: `reject-required`, `reject-integer`, `reject-date`, `reject-code-list` …
    pub code: String,
}

/// Typed rows of one raw batch.
#[derive(Debug)]
pub struct Normalised {
    /// Accepted rows with all read columns (published ones and those only needed for checks).
    pub rows: RecordBatch,
    /// Rejected rows, one entry for the first bad cell of each.
    pub rejects: Vec<Reject>,
    /// Values of accepted rows that did not fit and were left out, by the published name of their column.
    pub discarded: BTreeMap<String, u64>,
    /// Rows with a value that does not fit, by the published name of a column whose contract is `freeze`; whether another
    /// cell of the row is bad too makes no difference.
    pub frozen: BTreeMap<String, u64>,
}

/// Notes a row whose value does not fit, where the column is frozen.
fn misfit(frozen: &mut BTreeMap<String, BTreeSet<usize>>, plan: &Plan, row: usize) {
    if plan.column.contract == Contract::Freeze {
        frozen.entry(plan.name().to_owned()).or_default().insert(row);
    }
}

/// An array without the values that failed.
fn without(array: &ArrayRef, failures: &[Failure]) -> Result<ArrayRef> {
    let mut failed = vec![false; array.len()];
    for (row, _) in failures {
        if let Some(slot) = failed.get_mut(*row) {
            *slot = true;
        }
    }
    nullif(array, &BooleanArray::from(failed)).map_err(internal)
}

/// Turns raw rows of one dataset into typed rows.
#[derive(Debug)]
pub struct Normaliser {
    plans: Vec<Plan>,
    form: NumberForm,
    schema: SchemaRef,
    /// Numbers may be written as JSON writes them.
    json: bool,
}

impl Normaliser {
    /// A normaliser for a dataset; the decimal and group characters come from its format.
    ///
    /// # Errors
    /// `Schedule` if the dataset's time zone does not exist.
    pub fn new(dataset: &Dataset) -> Result<Self> {
        let zone = time_zone(dataset)?;
        let read = dataset.columns.iter().filter(|column| column.class != PrivacyClass::Secret);
        let sheet = matches!(dataset.file.format, Format::Excel(_));
        let plans = read.map(|column| Plan::new(column, &zone, sheet)).collect::<Result<Vec<_>>>()?;
        let field = |plan: &Plan| Field::new(plan.name(), arrow_type(&plan.column.kind), true);
        Ok(Self {
            schema: Arc::new(Schema::new(plans.iter().map(field).collect::<Vec<_>>())),
            plans,
            form: number_form(&dataset.file.format),
            json: writes_exponents(&dataset.file.format),
        })
    }

    /// The schema of the typed rows.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Types one batch; `file` is what rejects name.
    ///
    /// # Errors
    /// `Internal` if the batch does not hold what the reader promises.
    pub fn normalise(&self, file: &str, raw: &RawBatch) -> Result<Normalised> {
        let count = raw.rows.num_rows();
        let texts = self.expressions(&raw.rows)?;
        let marked = self.marked(raw, &texts);
        let mut first = vec![None; count];
        let mut frozen: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (row, plan, code) in marked {
            misfit(&mut frozen, plan, row);
            if let Some(slot) = first.get_mut(row) {
                slot.get_or_insert((plan, code));
            }
        }
        let mut arrays = Vec::with_capacity(self.plans.len());
        let mut blanked: Vec<(&Plan, usize)> = Vec::new();
        for (plan, field) in self.plans.iter().zip(self.schema.fields()) {
            let (mut array, mut failures) = plan.finish(&raw.rows, &texts)?;
            if plan.column.contract == Contract::DiscardValue && !plan.column.required && !failures.is_empty() {
                array = without(&array, &failures)?;
                blanked.extend(failures.drain(..).map(|(row, _)| (plan, row)));
            }
            for (row, code) in failures {
                misfit(&mut frozen, plan, row);
                if let Some(slot) = first.get_mut(row) {
                    slot.get_or_insert((plan, code));
                }
            }
            arrays.push(if array.data_type() == field.data_type() {
                array
            } else {
                cast(&array, field.data_type()).map_err(internal)?
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        let rows = RecordBatch::try_new_with_options(self.schema(), arrays, &options).map_err(internal)?;
        let mut discarded: BTreeMap<String, u64> = BTreeMap::new();
        for (plan, _) in blanked.iter().filter(|(_, row)| first.get(*row).is_some_and(Option::is_none)) {
            *discarded.entry(plan.name().to_owned()).or_default() += 1;
        }
        let keep: BooleanArray = first.iter().map(|bad| Some(bad.is_none())).collect();
        let rows = filter_record_batch(&rows, &keep).map_err(internal)?;
        let frozen = frozen.into_iter().map(|(column, rows)| (column, rows.len() as u64)).collect();
        Ok(Normalised { rows, rejects: rejects(file, raw, &first, &texts), discarded, frozen })
    }

    /// The rows that the reader marked: without the value, they must not be published as if it had been missing.
    fn marked(&self, raw: &RawBatch, texts: &RecordBatch) -> Vec<(usize, &Plan, &'static str)> {
        let mut marked = Vec::new();
        let schema = raw.rows.schema();
        for mark in &raw.marks {
            let name = schema.fields().get(mark.column).map_or("", |field| field.name().as_str());
            let plan = self.plans.iter().find(|plan| plan.name() == name);
            let code = match mark.kind {
                MarkKind::Nested => Some("reject-nested"),
                MarkKind::Control => Some("reject-control-character"),
                MarkKind::TooLong => Some("reject-too-long"),
                MarkKind::Unowned => Some("reject-authority"),
                MarkKind::Geometry => Some("reject-geometry"),
                MarkKind::Ragged => Some("reject-ragged"),
                // A text that the column takes for "no value" is gone by now.
                MarkKind::Error => cell(texts, name, mark.row).map(|_| "reject-cell-error"),
            };
            marked.extend(plan.zip(code).map(|(plan, code)| (mark.row, plan, code)));
        }
        marked
    }

    /// The texts of all columns without blanks, and what can be made of them column by column: typed at once where
    /// they are written plainly, else by expressions.
    fn expressions(&self, raw: &RecordBatch) -> Result<RecordBatch> {
        let mut made = Table::default();
        let (mut judged, mut plans) = (Table::default(), Vec::new());
        for plan in self.plans.iter().filter(|plan| !plan.is_geometry()) {
            let texts = text_column(raw, plan.name())?;
            let texts = plan.clean(if self.json && plan.is_number() { json::plain_numbers(texts) } else { texts });
            if let Some(typed) = plan.plain(&texts) {
                made.add(plan.typed_name(), typed);
            } else if !plan.made().is_empty() {
                judged.add(plan.name().to_owned(), Arc::clone(&texts));
                plans.push(plan);
            }
            made.add(plan.name().to_owned(), texts);
        }
        if !plans.is_empty() {
            let judged = self.judged(&judged.batch(raw.num_rows())?, &plans)?;
            for (field, array) in judged.schema().fields().iter().zip(judged.columns()) {
                made.add(field.name().clone(), Arc::clone(array));
            }
        }
        made.batch(raw.num_rows())
    }

    /// What the expressions of some columns make of their texts.
    fn judged(&self, texts: &RecordBatch, plans: &[&Plan]) -> Result<RecordBatch> {
        let canonical: Vec<Expr> = plans.iter().filter_map(|plan| plan.canonical(self.form)).collect();
        let typed: Vec<Expr> = plans.iter().filter_map(|plan| plan.typed()).collect();
        let made = plans.iter().flat_map(|plan| plan.made()).map(polars::prelude::col);
        let lazy =
            to_polars(texts)?.lazy().with_columns(canonical).with_columns(typed).select(made.collect::<Vec<_>>());
        let frame = lazy.collect().map_err(|error| Error::Internal(format!("expression: {error}")))?;
        Ok(from_polars(frame)?)
    }
}

/// Columns of a table under construction.
#[derive(Default)]
struct Table {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Table {
    fn add(&mut self, name: String, array: ArrayRef) {
        self.fields.push(Field::new(name, array.data_type().clone(), true));
        self.arrays.push(array);
    }

    fn batch(self, rows: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(self.fields)), self.arrays, &options).map_err(internal)
    }
}

fn text_column(raw: &RecordBatch, name: &str) -> Result<ArrayRef> {
    match raw.column_by_name(name) {
        Some(array) if array.data_type() == &DataType::Utf8 => Ok(Arc::clone(array)),
        Some(array) => cast(array, &DataType::Utf8).map_err(internal),
        None => Ok(new_null_array(&DataType::Utf8, raw.num_rows())),
    }
}

fn rejects(file: &str, raw: &RawBatch, first: &[Option<(&Plan, &'static str)>], texts: &RecordBatch) -> Vec<Reject> {
    let bad = first.iter().enumerate().filter_map(|(row, bad)| bad.map(|(plan, code)| (row, plan, code)));
    let reject = |(row, plan, code): (usize, &Plan, &str)| Reject {
        file: file.to_owned(),
        row: raw.lines.get(row).copied().unwrap_or(row as u64 + 1),
        column: plan.name().to_owned(),
        value_class: match code {
            "reject-nested" => "nested",
            "reject-control-character" => "control",
            "reject-too-long" => "too-long",
            "reject-geometry" => "geometry",
            _ => class::value_class(cell(texts, plan.name(), row)),
        }
        .to_owned(),
        code: code.to_owned(),
    };
    bad.map(reject).collect()
}

fn cell<'a>(texts: &'a RecordBatch, column: &str, row: usize) -> Option<&'a str> {
    let array = texts.column_by_name(column)?;
    if array.is_null(row) {
        return None;
    }
    let view = array.as_string_view_opt().map(|view| view.value(row));
    view.or_else(|| array.as_any().downcast_ref::<StringArray>().map(|text| text.value(row)))
}

fn number_form(format: &Format) -> NumberForm {
    match format {
        Format::Csv(csv) => NumberForm { decimal: csv.decimal, group: csv.group },
        Format::Excel(sheet) => NumberForm { decimal: sheet.decimal, group: sheet.group },
        Format::FixedWidth(lines) => NumberForm { decimal: lines.decimal, group: lines.group },
        Format::Json(_)
        | Format::JsonStat(_)
        | Format::Arrow(_)
        | Format::Ndjson(_)
        | Format::Geojson(_)
        | Format::Gml(_)
        | Format::EsriJson(_)
        | Format::Sosi(_)
        | Format::Shapefile(_)
        | Format::Geopackage(_)
        | Format::Flatgeobuf(_)
        | Format::Parquet(_)
        | Format::Noark5(_)
        | Format::Oep(_)
        | Format::EinnsynJsonld(_)
        | Format::Einnsyn(_) => NumberForm { decimal: '.', group: None },
    }
}

/// Whether numbers may have exponents and fractions of zeros.
fn writes_exponents(format: &Format) -> bool {
    match format {
        Format::Json(_)
        | Format::JsonStat(_)
        | Format::Arrow(_)
        | Format::Ndjson(_)
        | Format::Geojson(_)
        | Format::EsriJson(_)
        | Format::Shapefile(_)
        | Format::Geopackage(_)
        | Format::Flatgeobuf(_)
        | Format::Parquet(_) => true,
        Format::Csv(_)
        | Format::Excel(_)
        | Format::FixedWidth(_)
        | Format::Gml(_)
        | Format::Sosi(_)
        | Format::Noark5(_)
        | Format::Oep(_)
        | Format::EinnsynJsonld(_)
        | Format::Einnsyn(_) => false,
    }
}

/// The zone of times without an offset: the schedule's, else Oslo's.
fn time_zone(dataset: &Dataset) -> Result<TimeZone> {
    let schedule = dataset.file.schedule.as_ref();
    let name = schedule.map_or("Europe/Oslo", |schedule| schedule.time_zone.as_str());
    let cron = || schedule.map(|schedule| schedule.cron.clone()).unwrap_or_default();
    TimeZone::get(name).map_err(|error| Error::Schedule { cron: cron(), reason: error.to_string() })
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function in map_err")]
pub(crate) fn internal(error: ArrowError) -> Error {
    Error::Internal(error.to_string())
}

#[cfg(test)]
mod tests;
