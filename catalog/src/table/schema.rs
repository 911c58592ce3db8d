//! Declared columns as Arrow and Parquet schema.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use config::{Column, ColumnType, Dataset, GeometryCrs};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

use crate::{
    crs::Crs,
    version::{ColumnInfo, Manifest},
};

/// Digits of every decimal column: as many as fit into 128 bits.
pub(super) const DECIMAL_PRECISION: u8 = 38;

/// The Arrow type of a declared column type.
pub fn arrow_type(kind: &ColumnType) -> DataType {
    match kind {
        ColumnType::Text {} | ColumnType::Code { .. } => DataType::Utf8,
        ColumnType::Integer {} => DataType::Int64,
        ColumnType::Number {} => DataType::Float64,
        ColumnType::Decimal { scale } => {
            DataType::Decimal128(DECIMAL_PRECISION, i8::try_from((*scale).min(DECIMAL_PRECISION)).unwrap_or(0))
        }
        ColumnType::Boolean { .. } => DataType::Boolean,
        ColumnType::Date { .. } => DataType::Date32,
        ColumnType::Datetime { .. } => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        ColumnType::Geometry { .. } => DataType::Binary,
    }
}

/// The published columns of a dataset as a first version would have them, or as the previous one has them by name.
pub fn columns_of(dataset: &Dataset, previous: Option<&Manifest>) -> Vec<ColumnInfo> {
    columns_after(dataset, [previous, None])
}

/// The published columns of a dataset's next version. Field ids are taken over by name from the versions before, of
/// which the first counts most; new names get the numbers after the highest that those versions know of.
pub fn columns_after(dataset: &Dataset, before: [Option<&Manifest>; 2]) -> Vec<ColumnInfo> {
    let before: Vec<&Manifest> = before.into_iter().flatten().collect();
    let highest = before.iter().map(|manifest| manifest.highest_field_id()).max().unwrap_or(0);
    let known = before.iter().rev().flat_map(|manifest| &manifest.columns);
    number(dataset.published_columns(), known, highest)
}

fn number<'a>(
    columns: impl Iterator<Item = &'a Column>,
    previous: impl Iterator<Item = &'a ColumnInfo>,
    mut highest: i32,
) -> Vec<ColumnInfo> {
    let known: BTreeMap<_, _> = previous.map(|column| (&column.name, column.field_id)).collect();
    let mut fresh = || {
        highest += 1;
        highest
    };
    columns
        .map(|column| ColumnInfo {
            name: column.name.clone(),
            field_id: known.get(&column.name).copied().unwrap_or_else(&mut fresh),
            kind: column.kind.clone(),
            title: column.title.clone(),
            description: column.description.clone(),
            unit: column.unit.clone(),
            codes: column.codes.clone(),
            concept: column.concept.clone(),
            required: column.required,
            crs: declared_crs(&column.kind),
        })
        .collect()
}

/// The system that a declaration names; the source's is known when the source was read.
fn declared_crs(kind: &ColumnType) -> Option<Crs> {
    match kind {
        ColumnType::Geometry { crs: GeometryCrs::Epsg(code) } => Crs::from_epsg(*code),
        _ => None,
    }
}

/// The Arrow schema of published columns, with `PARQUET:field_id` metadata; required columns are not nullable.
pub fn arrow_schema(columns: &[ColumnInfo]) -> SchemaRef {
    let fields: Vec<Field> = columns
        .iter()
        .map(|column| field(column.name.as_str(), arrow_type(&column.kind), !column.required, column.field_id))
        .collect();
    Arc::new(Schema::new(fields))
}

/// A field with a Parquet field id.
pub(super) fn field(name: &str, kind: DataType, nullable: bool, id: i32) -> Field {
    Field::new(name, kind, nullable)
        .with_metadata(HashMap::from([(PARQUET_FIELD_ID_META_KEY.to_owned(), id.to_string())]))
}

#[cfg(test)]
mod tests {
    use super::{super::fixture, *};

    fn column(name: &str) -> Column {
        serde_json::from_value(serde_json::json!({ "name": name, "type": { "is": "text" }, "title": { "nb": name } }))
            .unwrap()
    }

    #[test]
    fn field_ids_stay_with_the_name() {
        let first = number([column("a"), column("b")].iter(), [].iter(), 0);
        assert_eq!(first.iter().map(|c| c.field_id).collect::<Vec<_>>(), [1, 2]);
        let second = number([column("c"), column("b"), column("a"), column("d")].iter(), first.iter(), 2);
        assert_eq!(second.iter().map(|c| c.field_id).collect::<Vec<_>>(), [3, 2, 1, 4]);
        let third = number([column("a"), column("c")].iter(), second[2..3].iter(), 4);
        assert_eq!(third.iter().map(|c| c.field_id).collect::<Vec<_>>(), [1, 5], "an id is never given twice");
    }

    #[test]
    fn schema_carries_types_ids_and_nullability() {
        let schema = arrow_schema(&fixture::columns());
        let lines: Vec<String> = schema
            .fields()
            .iter()
            .map(|f| format!("{} {} {} {}", f.metadata()["PARQUET:field_id"], f.name(), f.data_type(), f.is_nullable()))
            .collect();
        assert_eq!(
            lines,
            [
                "1 kode Utf8 false",
                "2 navn Utf8 true",
                "3 antall Int64 true",
                "4 andel Float64 true",
                "5 leie Decimal128(38, 2) true",
                "6 aktiv Boolean true",
                "7 dato Date32 true",
                "8 endret Timestamp(ms, \"UTC\") true",
                "9 sted Binary true",
            ]
        );
    }
}
