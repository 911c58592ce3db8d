//! The published rows of statistics.

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::{ArrayRef, Decimal128Array, Int64Array, StringArray},
    datatypes::{DataType, Field, Schema},
    record_batch::RecordBatch,
};
use catalog::table::arrow_type;
use config::{ColumnType, Dataset};

use super::{
    cube::Cell,
    disclose::{Disclosed, Number},
};
use crate::{Error, Result};

/// The sign of Statistics Norway for what cannot be published.
const HIDDEN: &str = ":";
/// Its sign for nil.
const NIL: &str = "-";

/// The rows, one for each cell, with the columns of the dataset in their order.
pub(crate) fn rows(dataset: &Dataset, disclosed: &Disclosed) -> Result<RecordBatch> {
    let internal = |reason: String| Error::Internal(reason);
    let Some(rules) = &dataset.file.statistics else { return Err(internal("no statistics are declared".to_owned())) };
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (at, dimension) in rules.dimensions.iter().enumerate() {
        let labels = || disclosed.cube.cells.iter().map(move |cell| disclosed.cube.label(cell, at));
        arrays.push(Arc::new(StringArray::from_iter_values(labels().map(|(_, code)| code))));
        if dimension.level_column().is_some() {
            arrays.push(Arc::new(StringArray::from_iter_values(labels().map(|(level, _)| level))));
        }
    }
    for number in &disclosed.numbers {
        let kind = dataset.columns.iter().find(|column| column.name.as_str() == number.name).map(|column| &column.kind);
        let kind = kind.ok_or_else(|| internal(format!("there is no column '{}'", number.name)))?;
        arrays.push(values(number, kind)?);
        let status = number.shown.iter().map(|value| match value {
            None => Some(HIDDEN),
            Some(0) => Some(NIL),
            Some(_) => None,
        });
        arrays.push(Arc::new(status.collect::<StringArray>()));
    }
    for share in &rules.shares {
        let dimension = rules.dimensions.iter().position(|dimension| dimension.column == share.of);
        let dimension = dimension.ok_or_else(|| internal(format!("'{}' is no dimension", share.of)))?;
        arrays.push(shares(disclosed, dimension)?);
    }
    let fields = dataset.columns.iter().map(|column| Field::new(column.name.as_str(), arrow_type(&column.kind), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, arrays).map_err(|error| internal(error.to_string()))
}

/// By cell: the share in percent, in hundredths, that its count is of the count of everything in a dimension. Only of
/// numbers that are published, so that it tells nothing that they do not.
fn shares(disclosed: &Disclosed, dimension: usize) -> Result<ArrayRef> {
    let cube = &disclosed.cube;
    let everything = cube.dimensions.get(dimension).map_or(0, |dimension| dimension.levels.len().saturating_sub(1));
    let whole_of = |cell: &Cell| {
        let (mut levels, mut codes) = (cell.levels.clone(), cell.codes.clone());
        if let Some((level, code)) = levels.get_mut(dimension).zip(codes.get_mut(dimension)) {
            (*level, *code) = (everything, 0);
        }
        (levels, codes)
    };
    let counts = disclosed.numbers.first().map(|count| count.shown.as_slice()).unwrap_or_default();
    let places: HashMap<(Vec<usize>, Vec<usize>), Option<i128>> = cube
        .cells
        .iter()
        .zip(counts)
        .map(|(cell, count)| ((cell.levels.clone(), cell.codes.clone()), *count))
        .collect();
    let share = |(cell, count): (&Cell, &Option<i128>)| {
        let whole = places.get(&whole_of(cell)).copied().flatten().filter(|whole| *whole > 0)?;
        // Half a hundredth is rounded up.
        Some(((*count)? * 20_000 + whole) / (2 * whole))
    };
    let array: Decimal128Array = cube.cells.iter().zip(counts).map(share).collect();
    Ok(Arc::new(array.with_precision_and_scale(38, 2).map_err(|error| Error::Internal(error.to_string()))?))
}

fn values(number: &Number, kind: &ColumnType) -> Result<ArrayRef> {
    let internal = |reason: String| Error::Internal(reason);
    match arrow_type(kind) {
        DataType::Decimal128(precision, scale) => {
            let array =
                number.shown.iter().copied().collect::<Decimal128Array>().with_precision_and_scale(precision, scale);
            Ok(Arc::new(array.map_err(|error| internal(error.to_string()))?))
        }
        DataType::Int64 => {
            let whole = |value: Option<i128>| value.map(i64::try_from).transpose();
            let values = number.shown.iter().map(|value| whole(*value)).collect::<std::result::Result<Vec<_>, _>>();
            Ok(Arc::new(Int64Array::from(values.map_err(|error| internal(error.to_string()))?)))
        }
        other => Err(internal(format!("numbers of statistics are not {other}"))),
    }
}
