//! Which row groups can hold a matching row, by statistics and bloom filters.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, AsArray, BooleanArray, Date32Array, TimestampMillisecondArray, UInt64Array},
    compute,
    datatypes::DataType,
    error::ArrowError,
};
use parquet::{
    arrow::arrow_reader::{ArrowReaderMetadata, statistics::StatisticsConverter},
    bloom_filter::Sbbf,
    errors::ParquetError,
    file::metadata::RowGroupMetaData,
};

use super::{
    Scalar,
    bind::{Bound, Op, Pattern, Test, Value},
    evaluate::compare,
    part::Span,
};

/// For every row group: may a row make the condition true, may one make it false? Unknown counts as yes.
struct May {
    be_true: BooleanArray,
    be_false: BooleanArray,
}

/// The days that a part holds; `None` if it holds rows without a date only.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartDays {
    pub(super) span: Option<Span>,
    pub(super) rows: u64,
}

/// What the statistics say of one column, row group by row group.
struct Ranges {
    min: ArrayRef,
    max: ArrayRef,
    nulls: UInt64Array,
    rows: Vec<u64>,
}

/// The row groups in which a row may match, in order.
pub(super) fn groups(bound: &Bound, file: &ArrowReaderMetadata) -> Result<Vec<usize>, ParquetError> {
    let count = file.metadata().num_row_groups();
    judge(bound, count, &|index, test| Ok(Ranges::of(index, file)?.judge(test)?)).map(|may| may.kept())
}

/// The parts of a table in which a row may match, in order, by the days that each one holds of the column `dated`.
pub(super) fn parts(bound: &Bound, dated: (usize, &DataType), parts: &[PartDays]) -> Result<Vec<usize>, ParquetError> {
    let leaf = |index: usize, test: &Test| {
        if index == dated.0 {
            return Ok(Ranges::of_days(dated.1, parts).judge(test)?);
        }
        let unknown = || BooleanArray::new_null(parts.len());
        Ok(May { be_true: unknown(), be_false: unknown() })
    };
    judge(bound, parts.len(), &leaf).map(|may| may.kept())
}

/// What a column test says of all groups.
type Leaf<'a> = &'a dyn Fn(usize, &Test) -> Result<May, ParquetError>;

fn judge(bound: &Bound, count: usize, leaf: Leaf<'_>) -> Result<May, ParquetError> {
    match bound {
        Bound::Not(inner) => judge(inner, count, leaf).map(May::not),
        Bound::And(parts) => {
            let start = May { be_true: all(true, count), be_false: all(false, count) };
            parts.iter().try_fold(start, |may, part| may.and(&judge(part, count, leaf)?))
        }
        Bound::Or(parts) => {
            let start = May { be_true: all(true, count), be_false: all(false, count) };
            let none = parts.iter().try_fold(start, |may, part| may.and(&judge(part, count, leaf)?.not()));
            none.map(May::not)
        }
        Bound::Column(index, test) => leaf(*index, test),
    }
}

fn all(truth: bool, count: usize) -> BooleanArray {
    BooleanArray::from(vec![truth; count])
}

impl May {
    /// The groups that may hold a match.
    fn kept(&self) -> Vec<usize> {
        self.be_true.iter().enumerate().filter(|(_, may)| *may != Some(false)).map(|(group, _)| group).collect()
    }

    fn not(self) -> Self {
        Self { be_true: self.be_false, be_false: self.be_true }
    }

    fn and(self, other: &Self) -> Result<Self, ParquetError> {
        Ok(Self {
            be_true: compute::and_kleene(&self.be_true, &other.be_true)?,
            be_false: compute::or_kleene(&self.be_false, &other.be_false)?,
        })
    }
}

impl Ranges {
    fn of(index: usize, file: &ArrowReaderMetadata) -> Result<Self, ParquetError> {
        let groups = || file.metadata().row_groups().iter();
        let converter = StatisticsConverter::from_column_index(
            index,
            file.schema().fields().get(index).ok_or_else(|| ParquetError::General("no such column".to_owned()))?,
            file.parquet_schema(),
        )?
        .with_missing_null_counts_as_zero(false);
        Ok(Self {
            min: converter.row_group_mins(groups())?,
            max: converter.row_group_maxes(groups())?,
            nulls: converter.row_group_null_counts(groups())?,
            rows: groups().map(|group| u64::try_from(group.num_rows()).unwrap_or(u64::MAX)).collect(),
        })
    }

    /// What the parts' keys say of the column that they are made by.
    fn of_days(kind: &DataType, parts: &[PartDays]) -> Self {
        let span = |pick: fn(Span) -> i32| parts.iter().map(move |part| part.span.map(pick));
        let instant = |pick: fn((i64, i64)) -> i64| parts.iter().map(move |part| part.span.map(|s| pick(s.instants())));
        let (min, max): (ArrayRef, ArrayRef) = if let DataType::Timestamp(_, zone) = kind {
            let array =
                |values: Vec<Option<i64>>| TimestampMillisecondArray::from(values).with_timezone_opt(zone.clone());
            (Arc::new(array(instant(|s| s.0).collect())), Arc::new(array(instant(|s| s.1).collect())))
        } else {
            let array = |values: Vec<Option<i32>>| Date32Array::from(values);
            (Arc::new(array(span(|s| s.first).collect())), Arc::new(array(span(|s| s.last).collect())))
        };
        let nulls = parts.iter().map(|part| if part.span.is_some() { 0 } else { part.rows });
        Self { min, max, nulls: nulls.collect::<Vec<u64>>().into(), rows: parts.iter().map(|part| part.rows).collect() }
    }

    fn judge(&self, test: &Test) -> Result<May, ArrowError> {
        let may = match test {
            Test::IsNull => return Ok(May { be_true: self.some_null(), be_false: self.some_value() }),
            Test::IsNotNull => return Ok(May { be_true: self.some_value(), be_false: self.some_null() }),
            Test::Compare(op, value) => self.compare(*op, value)?,
            // Nothing is known of texts in another case, nor of geometries.
            Test::Folded(_) | Test::Intersects(_) => {
                May { be_true: all(true, self.rows.len()), be_false: all(true, self.rows.len()) }
            }
            Test::Like(pattern) => May { be_true: self.prefixed(pattern), be_false: all(true, self.rows.len()) },
            Test::In(values, _) => {
                let start = May { be_true: all(false, self.rows.len()), be_false: all(true, self.rows.len()) };
                values.iter().try_fold(start, |may, value| {
                    let one = self.compare(Op::Eq, value)?;
                    Ok::<_, ArrowError>(May {
                        be_true: compute::or_kleene(&may.be_true, &one.be_true)?,
                        be_false: compute::and_kleene(&may.be_false, &one.be_false)?,
                    })
                })?
            }
        };
        // Where every value is missing, every comparison is unknown.
        let value = self.some_value();
        Ok(May {
            be_true: compute::and_kleene(&may.be_true, &value)?,
            be_false: compute::and_kleene(&may.be_false, &value)?,
        })
    }

    fn compare(&self, op: Op, value: &Value) -> Result<May, ArrowError> {
        let min = |op| compare(op, &self.min, value);
        let max = |op| compare(op, &self.max, value);
        let (be_true, be_false) = match op {
            Op::Eq | Op::Neq => {
                let inside = compute::and_kleene(&min(Op::Lte)?, &max(Op::Gte)?)?;
                let other = compute::or_kleene(&min(Op::Neq)?, &max(Op::Neq)?)?;
                if op == Op::Eq { (inside, other) } else { (other, inside) }
            }
            Op::Lt => (min(Op::Lt)?, max(Op::Gte)?),
            Op::Lte => (min(Op::Lte)?, max(Op::Gt)?),
            Op::Gt => (max(Op::Gt)?, min(Op::Lte)?),
            Op::Gte => (max(Op::Gte)?, min(Op::Lt)?),
        };
        Ok(May { be_true, be_false })
    }

    /// Whether texts with the pattern's prefix lie in the range.
    fn prefixed(&self, pattern: &Pattern) -> BooleanArray {
        let (Some(min), Some(max)) = (self.min.as_string_opt::<i32>(), self.max.as_string_opt::<i32>()) else {
            return all(true, self.rows.len());
        };
        let prefix = pattern.prefix.as_str();
        let holds = |(min, max): (Option<&str>, Option<&str>)| {
            Some(max? >= prefix && (min? <= prefix || min?.starts_with(prefix)))
        };
        min.iter().zip(max.iter()).map(holds).collect()
    }

    fn some_null(&self) -> BooleanArray {
        self.nulls.iter().map(|nulls| nulls.map(|nulls| nulls > 0)).collect()
    }

    fn some_value(&self) -> BooleanArray {
        self.nulls.iter().zip(&self.rows).map(|(nulls, rows)| nulls.map(|nulls| nulls < *rows)).collect()
    }
}

/// A set of values one of which must be in a column.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The column.
    pub(super) column: usize,
    values: Vec<Scalar>,
}

/// The equalities that must hold for the condition to be true, on columns that can have bloom filters.
pub(super) fn wanted(bound: &Bound, schema: &arrow::datatypes::Schema) -> Vec<Wanted> {
    let hashed = |column: usize| {
        schema.fields().get(column).is_some_and(|f| !matches!(f.data_type(), DataType::Float64 | DataType::Boolean))
    };
    match bound {
        Bound::And(parts) => parts.iter().flat_map(|part| wanted(part, schema)).collect(),
        Bound::Column(column, test) if hashed(*column) => {
            let values = match test {
                Test::Compare(Op::Eq, value) => vec![value.scalar.clone()],
                Test::In(values, _) => values.iter().map(|value| value.scalar.clone()).collect(),
                _ => return Vec::new(),
            };
            vec![Wanted { column: *column, values }]
        }
        Bound::Column(..) | Bound::Or(_) | Bound::Not(_) => Vec::new(),
    }
}

impl Wanted {
    /// Whether the row group has a bloom filter for the column.
    pub(super) fn filtered(&self, group: &RowGroupMetaData) -> bool {
        group.columns().get(self.column).is_some_and(|column| column.bloom_filter_offset().is_some())
    }

    /// Whether any of the values may be there.
    pub(super) fn may_be_in(&self, filter: &Arc<Sbbf>) -> bool {
        self.values.iter().any(|value| match value {
            Scalar::Text(text) => filter.check(text.as_str()),
            Scalar::Integer(integer) | Scalar::Timestamp(integer) => filter.check(integer),
            Scalar::Date(days) => filter.check(days),
            // Stored as 16 bytes, most significant first: what 38 digits need.
            Scalar::Decimal(unscaled, _) => filter.check(unscaled.to_be_bytes().as_slice()),
            Scalar::Number(_) | Scalar::Boolean(_) => true,
        })
    }
}
