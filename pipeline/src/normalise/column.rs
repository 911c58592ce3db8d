//! The plan of one column: its expressions, and what is left to do after they ran.

use std::{collections::BTreeSet, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, Decimal128Array, StringArray, new_null_array},
    compute::cast,
    datatypes::DataType,
    record_batch::RecordBatch,
};
use config::{Column, ColumnType};
use jiff::tz::TimeZone;
use polars::prelude::Expr;

use super::{
    Failure, codes,
    dates::{self, Instants},
    internal,
    names::NoValues,
    registered::Registered,
    values::{self, NumberForm},
};
use crate::{Error, Result};

/// How one column is typed.
#[derive(Debug)]
pub(super) struct Plan {
    /// The declaration.
    pub(super) column: Column,
    instants: Option<Instants>,
    codes: BTreeSet<String>,
    no_values: NoValues,
    registered: Option<Registered>,
    sheet: bool,
}

impl Plan {
    /// A plan; `zone` is where times without an offset are, `sheet` says that the source is a workbook.
    pub(super) fn new(column: &Column, zone: &TimeZone, sheet: bool) -> Result<Self> {
        let instants = match &column.kind {
            ColumnType::Datetime { formats } => Some(Instants::new(formats, zone.clone(), sheet)?),
            _ => None,
        };
        let codes = column.codes.keys().cloned().collect();
        let (no_values, registered) = (NoValues::of(column), Registered::of(column));
        Ok(Self { column: column.clone(), instants, codes, no_values, registered, sheet })
    }

    /// The published name.
    pub(super) fn name(&self) -> &str {
        self.column.name.as_str()
    }

    /// True for geometries, which pass through as they are.
    pub(super) fn is_geometry(&self) -> bool {
        matches!(self.column.kind, ColumnType::Geometry { .. })
    }

    /// True for numbers of any kind.
    pub(super) fn is_number(&self) -> bool {
        matches!(self.column.kind, ColumnType::Integer {} | ColumnType::Number {} | ColumnType::Decimal { .. })
    }

    // `#` cannot be in a published name.
    fn canonical_name(&self) -> String {
        format!("{}#canonical", self.name())
    }

    /// Where the typed values are.
    pub(super) fn typed_name(&self) -> String {
        format!("{}#typed", self.name())
    }

    /// The expression that writes a number in its canonical form.
    pub(super) fn canonical(&self, form: NumberForm) -> Option<Expr> {
        self.is_number().then(|| form.canonical(self.name()).alias(self.canonical_name()))
    }

    /// The expression that makes the typed value; null where it cannot be made.
    pub(super) fn typed(&self) -> Option<Expr> {
        let expression = match &self.column.kind {
            ColumnType::Code { width } => codes::padded(self.name(), *width),
            ColumnType::Integer {} => values::integer(&self.canonical_name()),
            ColumnType::Number {} => values::number(&self.canonical_name()),
            ColumnType::Boolean { yes, no } => values::boolean(self.name(), yes, no),
            ColumnType::Date { formats } => dates::date(self.name(), formats, self.sheet),
            ColumnType::Text {}
            | ColumnType::Decimal { .. }
            | ColumnType::Datetime { .. }
            | ColumnType::Geometry { .. } => return None,
        };
        Some(expression.alias(self.typed_name()))
    }

    /// The typed values where all texts are written so plainly that nothing needs to be judged.
    pub(super) fn plain(&self, texts: &ArrayRef) -> Option<ArrayRef> {
        let strings = texts.as_string_opt::<i32>()?;
        match &self.column.kind {
            ColumnType::Code { width } => width.is_none_or(|width| width == 0).then(|| Arc::clone(texts)),
            ColumnType::Integer {} => values::plain_integers(strings),
            ColumnType::Date { formats } => dates::iso_days(strings, formats),
            _ => None,
        }
    }

    /// The columns that its expressions make.
    pub(super) fn made(&self) -> Vec<String> {
        match &self.column.kind {
            ColumnType::Text {} | ColumnType::Datetime { .. } | ColumnType::Geometry { .. } => Vec::new(),
            ColumnType::Decimal { .. } => vec![self.canonical_name()],
            _ => vec![self.typed_name()],
        }
    }

    /// The texts without blanks around them, and null where they stand for no value.
    pub(super) fn clean(&self, texts: ArrayRef) -> ArrayRef {
        self.no_values.clean(texts)
    }

    /// The typed values and the bad rows. `texts` is what the expressions made of `raw`.
    pub(super) fn finish(&self, raw: &RecordBatch, texts: &RecordBatch) -> Result<(ArrayRef, Vec<Failure>)> {
        if self.is_geometry() {
            let array = raw.column_by_name(self.name()).cloned();
            let array = array.unwrap_or_else(|| new_null_array(&DataType::Binary, raw.num_rows()));
            let failures = self.missing(array.as_ref());
            return Ok((array, failures));
        }
        let text = strings(texts, self.name())?;
        let (array, mut failures) = self.value(&text, texts)?;
        if failures.is_empty() {
            failures = self.unparsed(&text, array.as_ref());
        } else {
            let known: BTreeSet<usize> = failures.iter().map(|(row, _)| *row).collect();
            failures.extend(self.unparsed(&text, array.as_ref()).into_iter().filter(|(row, _)| !known.contains(row)));
        }
        failures.extend(self.missing(&text));
        failures.extend(self.outside_list(&text, array.as_ref())?);
        Ok((array, failures))
    }

    fn value(&self, text: &StringArray, texts: &RecordBatch) -> Result<(ArrayRef, Vec<Failure>)> {
        match &self.column.kind {
            ColumnType::Text {} | ColumnType::Geometry { .. } => Ok((Arc::new(text.clone()), Vec::new())),
            ColumnType::Decimal { scale } => {
                let canonical = strings(texts, &self.canonical_name())?;
                Ok((decimals(&canonical, *scale)?, Vec::new()))
            }
            ColumnType::Datetime { .. } => match &self.instants {
                Some(instants) => Ok(instants.parse(text)),
                None => Err(Error::Internal("a column of instants without formats".to_owned())),
            },
            ColumnType::Date { .. } => Ok(dates::check_range(named(texts, &self.typed_name())?)),
            ColumnType::Code { .. } => {
                let typed = strings(texts, &self.typed_name())?;
                let translated = codes::translated(&typed, &self.column.aliases, &self.codes);
                let Some(registered) = &self.registered else { return Ok((Arc::new(translated), Vec::new())) };
                let (codes, failures) = registered.read(&translated);
                Ok((Arc::new(codes), failures))
            }
            ColumnType::Integer {} | ColumnType::Number {} | ColumnType::Boolean { .. } => {
                Ok((Arc::clone(named(texts, &self.typed_name())?), Vec::new()))
            }
        }
    }

    /// Rows that have a text but no value.
    fn unparsed(&self, text: &StringArray, value: &dyn Array) -> Vec<Failure> {
        let code = match self.column.kind {
            ColumnType::Integer {} => "reject-integer",
            ColumnType::Number {} => "reject-number",
            ColumnType::Decimal { .. } => "reject-decimal",
            ColumnType::Boolean { .. } => "reject-boolean",
            ColumnType::Date { .. } => "reject-date",
            ColumnType::Datetime { .. } => "reject-datetime",
            ColumnType::Text {} | ColumnType::Code { .. } | ColumnType::Geometry { .. } => return Vec::new(),
        };
        if text.null_count() == value.null_count() {
            return Vec::new();
        }
        let rows = 0..text.len();
        rows.filter(|row| text.is_valid(*row) && value.is_null(*row)).map(|row| (row, code)).collect()
    }

    fn missing(&self, value: &dyn Array) -> Vec<Failure> {
        if !self.column.required || value.null_count() == 0 {
            return Vec::new();
        }
        (0..value.len()).filter(|row| value.is_null(*row)).map(|row| (row, "reject-required")).collect()
    }

    fn outside_list(&self, text: &StringArray, value: &dyn Array) -> Result<Vec<Failure>> {
        if self.codes.is_empty() {
            return Ok(Vec::new());
        }
        let written = match self.column.kind {
            ColumnType::Text {} | ColumnType::Code { .. } | ColumnType::Integer {} => {
                cast(value, &DataType::Utf8).map_err(internal)?
            }
            _ => Arc::new(text.clone()),
        };
        let written: StringArray = written.to_data().into();
        Ok(codes::outside(&self.codes, &written).map(|row| (row, "reject-code-list")).collect())
    }
}

fn named<'a>(texts: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    texts.column_by_name(name).ok_or_else(|| Error::Internal(format!("no expression made column '{name}'")))
}

fn strings(texts: &RecordBatch, name: &str) -> Result<StringArray> {
    let array = cast(named(texts, name)?, &DataType::Utf8).map_err(internal)?;
    Ok(array.to_data().into())
}

fn decimals(canonical: &StringArray, scale: u8) -> Result<ArrayRef> {
    let parsed = canonical.iter().map(|text| values::decimal(text?, scale));
    let array: Decimal128Array = parsed.collect();
    let scale = i8::try_from(scale).map_err(|_| Error::Internal("a scale beyond 127".to_owned()))?;
    Ok(Arc::new(array.with_precision_and_scale(38, scale).map_err(internal)?))
}
