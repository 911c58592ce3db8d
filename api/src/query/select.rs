//! The columns of an answer: `select=name,other:name,name::text`, in the manner of `PostgREST`.

use std::{fmt, sync::Arc};

use arrow::{
    array::RecordBatchOptions,
    compute::{CastOptions, cast_with_options},
    datatypes::{Field, Schema, SchemaRef},
    error::ArrowError,
    record_batch::RecordBatch,
};
use catalog::{table::arrow_type, version::ColumnInfo};
use config::{ColumnName, ColumnType};

use super::names::find;
use crate::error::Problem;

/// Columns of one answer at the most, beyond those of the table.
const MAX_MORE: usize = 100;

/// The columns of an answer, in order.
#[derive(Debug, Clone)]
pub(crate) struct Select {
    items: Vec<Item>,
    /// The columns of the answer.
    pub(crate) columns: Vec<ColumnInfo>,
    /// False if every column is shown as it is.
    changes: bool,
}

/// One column of an answer.
#[derive(Debug, Clone)]
struct Item {
    from: ColumnName,
    /// Whether the values are turned into those of another type.
    cast: bool,
}

impl Select {
    /// All columns, as they are.
    pub(crate) fn all(columns: &[ColumnInfo]) -> Self {
        let items = columns.iter().map(|column| Item { from: column.name.clone(), cast: false }).collect();
        Self { items, columns: columns.to_vec(), changes: false }
    }

    /// Reads a list of `[name:]column[::type]`.
    pub(super) fn read(list: &str, columns: &[ColumnInfo]) -> Result<Self, Problem> {
        let mut select = Self { items: Vec::new(), columns: Vec::new(), changes: false };
        for text in list.split(',').map(str::trim) {
            let (item, column) = item(text, columns)?;
            if select.columns.iter().any(|known| known.name == column.name) {
                return Err(Problem::bad_request("api-parameter", format!("'{}' is selected twice.", column.name))
                    .hint("Give one of them another name: select=other:column."));
            }
            if select.items.len() >= columns.len() + MAX_MORE {
                return Err(Problem::bad_request("api-select", "Too many columns are selected."));
            }
            select.changes |= item.cast || item.from != column.name;
            select.items.push(item);
            select.columns.push(column);
        }
        Ok(select)
    }

    /// The columns of the table that are read, each once.
    pub(crate) fn read_names(&self) -> Vec<ColumnName> {
        let mut names: Vec<ColumnName> = Vec::new();
        for item in &self.items {
            if !names.contains(&item.from) {
                names.push(item.from.clone());
            }
        }
        names
    }

    /// The schema of the answer, out of that of the table.
    pub(crate) fn schema(&self, table: &SchemaRef) -> Result<SchemaRef, ArrowError> {
        let fields = self.items.iter().zip(&self.columns).map(|(item, column)| {
            let field = table.field_with_name(item.from.as_str())?;
            Ok(if item.cast {
                Field::new(column.name.as_str(), arrow_type(&column.kind), field.is_nullable())
            } else {
                field.clone().with_name(column.name.as_str())
            })
        });
        Ok(Arc::new(Schema::new(fields.collect::<Result<Vec<_>, ArrowError>>()?)))
    }

    /// A batch that was read as the answer shows it.
    pub(crate) fn shape(&self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        let as_it_is = !self.changes && batch.num_columns() == self.items.len();
        if as_it_is {
            return Ok(batch);
        }
        let schema = self.schema(&batch.schema())?;
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let arrays = self.items.iter().zip(schema.fields()).map(|(item, field)| {
            let missing = || ArrowError::SchemaError(format!("column '{}' was not read", item.from));
            let array = batch.column_by_name(item.from.as_str()).ok_or_else(missing)?;
            if item.cast { cast_with_options(array, field.data_type(), &options) } else { Ok(Arc::clone(array)) }
        });
        let arrays = arrays.collect::<Result<Vec<_>, ArrowError>>()?;
        let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(schema, arrays, &rows)
    }
}

/// One spelling of each answer.
impl fmt::Display for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (item, column)) in self.items.iter().zip(&self.columns).enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(f, "{comma}{}", item.from)?;
            if item.cast || item.from != column.name {
                write!(f, ":{}:{:?}", column.name, item.cast.then(|| arrow_type(&column.kind)))?;
            }
        }
        Ok(())
    }
}

fn item(text: &str, columns: &[ColumnInfo]) -> Result<(Item, ColumnInfo), Problem> {
    let (body, cast) = text.split_once("::").map_or((text, None), |(body, kind)| (body, Some(kind)));
    let (alias, name) = body.split_once(':').map_or((None, body), |(alias, name)| (Some(alias), name));
    let known = find(columns, name)?;
    let mut column = known.clone();
    if let Some(alias) = alias {
        column.name = alias.parse().map_err(|_| {
            Problem::bad_request("api-select", format!("'{alias}' is no name of a column."))
                .hint("Names have 1 to 63 of a-z, 0-9 and underscore, and begin with a letter.")
        })?;
    }
    let kind = cast.map(|cast| target(known, cast)).transpose()?;
    let changed = kind.filter(|kind| *kind != known.kind);
    let item = Item { from: known.name.clone(), cast: changed.is_some() };
    if let Some(kind) = changed {
        column.kind = kind;
        column.codes.clear();
    }
    Ok((item, column))
}

/// The type of a cast. Only those are there that no value can fail, since an answer that has begun cannot be refused.
fn target(column: &ColumnInfo, cast: &str) -> Result<ColumnType, Problem> {
    let kind = &column.kind;
    let target = match (cast, kind) {
        (_, ColumnType::Geometry { .. }) => None,
        ("text", _) => Some(ColumnType::Text {}),
        (
            "number" | "float" | "double",
            ColumnType::Integer {} | ColumnType::Decimal { .. } | ColumnType::Number {},
        ) => Some(ColumnType::Number {}),
        ("integer" | "int", ColumnType::Boolean { .. } | ColumnType::Integer {}) => Some(ColumnType::Integer {}),
        ("date", ColumnType::Datetime { .. } | ColumnType::Date { .. }) => {
            Some(ColumnType::Date { formats: Vec::new() })
        }
        _ => None,
    };
    target.ok_or_else(|| {
        Problem::bad_request("api-select", format!("'{}' cannot be turned into '{cast}' here.", column.name)).hint(
            "Casts: ::text for all but geometries, ::number for numbers, ::integer for truth values, ::date for times \
             (the day in UTC).",
        )
    })
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, Int64Array, StringArray};

    use super::*;
    use crate::query::names::tests::column;

    fn columns() -> Vec<ColumnInfo> {
        vec![
            column("navn", ColumnType::Text {}),
            column("antall", ColumnType::Integer {}),
            column("sted", ColumnType::Geometry { crs: config::GeometryCrs::Source }),
        ]
    }

    fn batch() -> RecordBatch {
        let names: arrow::array::ArrayRef = Arc::new(StringArray::from(vec![Some("Bakken"), None]));
        let numbers: arrow::array::ArrayRef = Arc::new(Int64Array::from(vec![Some(7), Some(-1)]));
        RecordBatch::try_from_iter([("navn", names), ("antall", numbers)]).unwrap()
    }

    #[test]
    fn columns_get_other_names_and_types() {
        let select = Select::read("n:antall,antall::text,navn,x:antall::number", &columns()).unwrap();
        assert_eq!(select.read_names().iter().map(ColumnName::as_str).collect::<Vec<_>>(), ["antall", "navn"]);
        let shaped = select.shape(batch()).unwrap();
        let names: Vec<String> = shaped.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names, ["n", "antall", "navn", "x"]);
        assert_eq!(shaped.column(1).as_string::<i32>().value(1), "-1");
        assert_eq!(shaped.schema(), select.schema(&batch().schema()).unwrap());
        let plain = Select::read("navn,antall", &columns()).unwrap();
        assert_eq!(plain.shape(batch()).unwrap(), batch());
        assert_ne!(select.to_string(), plain.to_string());
        assert_eq!(plain.to_string(), "navn,antall");
    }

    #[test]
    fn what_cannot_be_selected() {
        for (bad, code) in [
            ("Stor:antall", "api-select"),
            ("antall::date", "api-select"),
            ("navn::integer", "api-select"),
            ("sted::text", "api-select"),
            ("antall::", "api-select"),
            ("antall,antall", "api-parameter"),
            ("a:navn,a:antall", "api-parameter"),
            ("nope", "api-parameter"),
        ] {
            assert_eq!(Select::read(bad, &columns()).unwrap_err().code(), code, "{bad}");
        }
    }
}
