//! Arrays by how their values are held: whole numbers, decimals, fractions, texts; and the way back to an array.

use std::{borrow::Cow, sync::Arc};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
        TimestampMillisecondArray,
    },
    buffer::NullBuffer,
    datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMillisecondType},
    error::ArrowError,
};

/// The values of a column of a published table.
#[derive(Debug)]
pub(super) enum Typed<'a> {
    /// Integers, truth values (0 and 1), days, milliseconds.
    Whole(Cow<'a, [i64]>),
    /// Unscaled decimals.
    Decimal(&'a [i128]),
    Fraction(&'a [f64]),
    Text(&'a StringArray),
}

/// One value; its type is known from elsewhere.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) enum Value {
    Whole(i64),
    Decimal(i128),
    Fraction(f64),
    Text(Arc<str>),
}

impl<'a> Typed<'a> {
    /// The values of an array, and where they are missing.
    pub(super) fn of(array: &'a dyn Array) -> Result<(Self, Option<&'a NullBuffer>), ArrowError> {
        let typed = match array.data_type() {
            DataType::Int64 => Self::Whole(Cow::Borrowed(array.as_primitive::<Int64Type>().values())),
            DataType::Date32 => {
                Self::Whole(array.as_primitive::<Date32Type>().values().iter().map(|day| i64::from(*day)).collect())
            }
            DataType::Timestamp(..) => array
                .as_primitive_opt::<TimestampMillisecondType>()
                .map(|array| Self::Whole(Cow::Borrowed(array.values())))
                .ok_or_else(|| unknown(array))?,
            DataType::Boolean => Self::Whole(array.as_boolean().values().iter().map(i64::from).collect()),
            DataType::Decimal128(..) => Self::Decimal(array.as_primitive::<Decimal128Type>().values()),
            DataType::Float64 => Self::Fraction(array.as_primitive::<Float64Type>().values()),
            DataType::Utf8 => Self::Text(array.as_string()),
            _ => return Err(unknown(array)),
        };
        Ok((typed, array.nulls()))
    }
}

fn unknown(array: &dyn Array) -> ArrowError {
    ArrowError::SchemaError(format!("{} cannot be aggregated", array.data_type()))
}

/// An array of a type; a value that does not belong to the type is missing.
pub(super) fn array(kind: &DataType, values: Vec<Option<Value>>) -> Result<ArrayRef, ArrowError> {
    let whole = |value: Option<Value>| match value {
        Some(Value::Whole(number)) => Some(number),
        _ => None,
    };
    let values = values.into_iter();
    Ok(match kind {
        DataType::Int64 => Arc::new(values.map(whole).collect::<Int64Array>()),
        DataType::Date32 => {
            let day = |value| whole(value).and_then(|day| i32::try_from(day).ok());
            Arc::new(values.map(day).collect::<Date32Array>())
        }
        DataType::Timestamp(_, zone) => {
            let instants: TimestampMillisecondArray = values.map(whole).collect();
            Arc::new(instants.with_timezone_opt(zone.clone()))
        }
        DataType::Boolean => Arc::new(values.map(|value| whole(value).map(|bit| bit != 0)).collect::<BooleanArray>()),
        DataType::Decimal128(precision, scale) => {
            let decimal = |value| match value {
                Some(Value::Decimal(unscaled)) => Some(unscaled),
                _ => None,
            };
            let decimals: Decimal128Array = values.map(decimal).collect();
            Arc::new(decimals.with_precision_and_scale(*precision, *scale)?)
        }
        DataType::Float64 => {
            let fraction = |value| match value {
                Some(Value::Fraction(number)) => Some(number),
                _ => None,
            };
            Arc::new(values.map(fraction).collect::<Float64Array>())
        }
        DataType::Utf8 => {
            let text = |value| match value {
                Some(Value::Text(text)) => Some(text),
                _ => None,
            };
            Arc::new(values.map(text).collect::<StringArray>())
        }
        other => return Err(ArrowError::SchemaError(format!("{other} cannot be made of values"))),
    })
}
