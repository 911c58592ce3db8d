//! Declared columns as Arrow and Parquet schema.

use arrow::datatypes::{DataType, SchemaRef};
use config::{ColumnType, Dataset};

use crate::version::{ColumnInfo, Manifest};

/// The Arrow type of a declared column type.
pub fn arrow_type(kind: &ColumnType) -> DataType {
    let _ = kind;
    todo!()
}

/// The published columns of a dataset; field ids are taken over by name from the previous version.
pub fn columns_of(dataset: &Dataset, previous: Option<&Manifest>) -> Vec<ColumnInfo> {
    let _ = (dataset, previous);
    todo!()
}

/// The Arrow schema of published columns, with `PARQUET:field_id` metadata.
pub fn arrow_schema(columns: &[ColumnInfo]) -> SchemaRef {
    let _ = columns;
    todo!()
}
