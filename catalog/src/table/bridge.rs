//! Arrow ↔ polars over the Arrow C data interface: the only unsafe code of the workspace.
#![expect(unsafe_code, reason = "the C data interface hands over raw pointers; both sides are ABI-identical structs")]

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, make_array},
    compute::{CastOptions, cast_with_options},
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit, TimestampMillisecondType},
    error::ArrowError,
    ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi},
    record_batch::{RecordBatch, RecordBatchOptions},
};
use polars::{
    error::PolarsError,
    frame::{DataFrame, column::Column},
    prelude::CompatLevel,
    series::Series,
};
use polars_arrow::ffi;

use super::broken;
use crate::Result;

/// A record batch as a polars frame, without copying string views.
///
/// This build of polars knows no decimals and no time zones: decimals come as exact text, instants in UTC as instants
/// without a zone. [`from_polars_as`] turns both back.
pub fn to_polars(batch: &RecordBatch) -> Result<DataFrame> {
    let schema = batch.schema();
    let columns: std::result::Result<Vec<Column>, String> =
        schema.fields().iter().zip(batch.columns()).map(|(field, array)| column(field.name(), array)).collect();
    let columns = columns.map_err(|reason| broken("frame", reason))?;
    DataFrame::new(batch.num_rows(), columns).map_err(|error| broken("frame", error))
}

/// A polars frame as one record batch; strings come as `Utf8View`.
pub fn from_polars(frame: DataFrame) -> Result<RecordBatch> {
    let rows = frame.height();
    let mut fields = Vec::with_capacity(frame.width());
    let mut arrays = Vec::with_capacity(frame.width());
    for column in frame.into_columns() {
        let name = column.name().to_string();
        let array = import(column).map_err(|error| broken("frame", format!("column '{name}': {error}")))?;
        fields.push(Field::new(name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
        .map_err(|error| broken("frame", error))
}

/// A polars frame as one record batch of a schema: columns by name, each cast without loss or refused.
pub fn from_polars_as(frame: DataFrame, schema: &SchemaRef) -> Result<RecordBatch> {
    let batch = from_polars(frame)?;
    let mut arrays = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let name = field.name();
        let array =
            batch.column_by_name(name).ok_or_else(|| broken("frame", format!("there is no column '{name}'")))?;
        let array = restored(array, field.data_type());
        arrays.push(array.map_err(|error| broken("frame", format!("column '{name}': {error}")))?);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options).map_err(|error| broken("frame", error))
}

fn restored(array: &ArrayRef, wanted: &DataType) -> std::result::Result<ArrayRef, ArrowError> {
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let DataType::Timestamp(TimeUnit::Millisecond, Some(zone)) = wanted else {
        return cast_with_options(array, wanted, &strict);
    };
    // Only the label: arrow's cast would look the zone up, and this build has no zones by name.
    let instants = cast_with_options(array, &DataType::Timestamp(TimeUnit::Millisecond, None), &strict)?;
    let instants = instants.as_primitive::<TimestampMillisecondType>().clone();
    Ok(Arc::new(instants.with_timezone(Arc::clone(zone))))
}

fn column(name: &str, array: &ArrayRef) -> std::result::Result<Column, String> {
    let array = known(array).map_err(|error| format!("column '{name}': {error}"))?;
    let series = export(name, array.as_ref()).map_err(|error| format!("column '{name}': {error}"))?;
    Ok(series.into())
}

/// The array in a type that this build of polars has; others would make it panic.
fn known(array: &ArrayRef) -> std::result::Result<ArrayRef, ArrowError> {
    let cast = |array: &ArrayRef, to: DataType| cast_with_options(array, &to, &CastOptions::default());
    match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => cast(array, DataType::Utf8View),
        DataType::Binary | DataType::LargeBinary => cast(array, DataType::BinaryView),
        DataType::Decimal128(..) => cast(&cast(array, DataType::Utf8)?, DataType::Utf8View),
        DataType::Timestamp(unit, Some(zone)) if zone.as_ref() == "UTC" => {
            cast(array, DataType::Timestamp(*unit, None))
        }
        DataType::Utf8View
        | DataType::BinaryView
        | DataType::Boolean
        | DataType::Date32
        | DataType::Timestamp(_, None)
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Float32
        | DataType::Float64 => Ok(Arc::clone(array)),
        other => Err(ArrowError::NotYetImplemented(format!("{other} has no place in a frame"))),
    }
}

fn export(name: &str, array: &dyn Array) -> std::result::Result<Series, String> {
    let (array, schema) = to_ffi(&array.to_data()).map_err(|error| error.to_string())?;
    // SAFETY: both are `#[repr(C)]` with the fields of the C data interface in its order (transmute checks the size);
    // ownership moves, so the release callback runs once.
    let array = unsafe { std::mem::transmute::<FFI_ArrowArray, ffi::ArrowArray>(array) };
    // SAFETY: as above.
    let schema = unsafe { std::mem::transmute::<FFI_ArrowSchema, ffi::ArrowSchema>(schema) };
    let import = || -> std::result::Result<Series, PolarsError> {
        // SAFETY: the schema was just exported by arrow and is not released.
        let field = unsafe { ffi::import_field_from_c(&schema) }?;
        // SAFETY: the array was just exported by arrow together with this schema.
        let array = unsafe { ffi::import_array_from_c(array, field.dtype) }?;
        Series::from_arrow(name.into(), array)
    };
    import().map_err(|error| error.to_string())
}

fn import(column: Column) -> std::result::Result<ArrayRef, ArrowError> {
    let field = column.field().to_arrow(CompatLevel::newest());
    let schema = ffi::export_field_to_c(&field);
    let array = ffi::export_array_to_c(column.rechunk_to_arrow(CompatLevel::newest()));
    // SAFETY: both are `#[repr(C)]` with the fields of the C data interface in its order (transmute checks the size);
    // ownership moves, so the release callback runs once.
    let array = unsafe { std::mem::transmute::<ffi::ArrowArray, FFI_ArrowArray>(array) };
    // SAFETY: as above.
    let schema = unsafe { std::mem::transmute::<ffi::ArrowSchema, FFI_ArrowSchema>(schema) };
    // SAFETY: polars exported the array together with this schema; neither is released.
    Ok(make_array(unsafe { from_ffi(array, &schema) }?))
}

#[cfg(test)]
mod tests {
    use super::{super::fixture, *};

    fn round_trip(batch: &RecordBatch) {
        let frame = to_polars(batch).unwrap();
        assert_eq!((frame.height(), frame.width()), (batch.num_rows(), batch.num_columns()));
        assert_eq!(from_polars_as(frame, &batch.schema()).unwrap(), *batch);
    }

    #[test]
    fn every_type_goes_there_and_back() {
        let batch = fixture::batch(0..1_000);
        round_trip(&batch);
        round_trip(&batch.slice(3, 500));
        round_trip(&batch.slice(6, 1));
        round_trip(&batch.slice(0, 0));
    }

    #[test]
    fn strings_come_back_as_views() {
        let frame = to_polars(&fixture::batch(0..3)).unwrap();
        let schema = from_polars(frame).unwrap().schema();
        let kinds: Vec<String> = schema.fields().iter().map(|field| field.data_type().to_string()).collect();
        let expected = [
            "Utf8View",
            "Utf8View",
            "Int64",
            "Float64",
            "Utf8View",
            "Boolean",
            "Date32",
            "Timestamp(ms)",
            "BinaryView",
        ];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn buffers_outlive_the_side_that_made_them() {
        let frame = {
            let batch = fixture::batch(0..100);
            to_polars(&batch.slice(50, 50)).unwrap()
        };
        let taken = from_polars(frame.clone()).unwrap();
        drop(frame);
        let schema = fixture::batch(0..1).schema();
        let again = from_polars_as(to_polars(&taken).unwrap(), &schema).unwrap();
        assert_eq!(again, fixture::batch(50..100));
    }

    #[test]
    fn several_chunks_become_one_batch() {
        let mut frame = to_polars(&fixture::batch(0..10)).unwrap();
        frame.vstack_mut(&to_polars(&fixture::batch(10..20)).unwrap()).unwrap();
        assert_eq!(from_polars_as(frame, &fixture::batch(0..1).schema()).unwrap(), fixture::batch(0..20));
    }

    #[test]
    fn foreign_types_are_refused() {
        let array: ArrayRef = Arc::new(arrow::array::Time32SecondArray::from(vec![1]));
        let batch = RecordBatch::try_from_iter([("tid", array)]).unwrap();
        assert_eq!(to_polars(&batch).unwrap_err().code(), "catalog-table");
    }
}
