//! Single values of a batch, the same for hashes and for text formats.

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
        StringArray, TimestampMillisecondArray,
    },
    compute::{CastOptions, cast_with_options},
    datatypes::{DataType, TimeUnit},
};

use super::{Geometry, text};
use crate::crs::Crs;

/// One value that is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Text and code.
    Text(&'a str),
    /// Integer.
    Integer(i64),
    /// Number; always finite.
    Number(f64),
    /// Decimal: unscaled value and scale.
    Decimal(i128, i8),
    /// Boolean.
    Boolean(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64),
    /// Geometry as WKB, and its coordinate system.
    Geometry(&'a [u8], Crs),
}

/// The values of one column of a batch.
#[derive(Debug, Clone)]
pub struct Cells {
    inner: Inner,
    crs: Crs,
}

#[derive(Debug, Clone)]
enum Inner {
    Text(StringArray),
    Integer(Int64Array),
    Number(Float64Array),
    Decimal(Decimal128Array, i8),
    Boolean(BooleanArray),
    Date(Date32Array),
    Timestamp(TimestampMillisecondArray),
    Geometry(BinaryArray),
}

impl Cells {
    /// The values of an array. Besides the types of published tables, those of query results are taken: all integers,
    /// `Float32`, views and large texts, instants of every unit. `None` for others and for integers over 64 bits.
    /// Geometries are taken to be in OGC:CRS84; see [`Self::placed`].
    pub fn new(array: &ArrayRef) -> Option<Self> {
        Self::placed(array, Crs::CRS84)
    }

    /// As [`Self::new`], with the coordinate system of geometries.
    pub fn placed(array: &ArrayRef, crs: Crs) -> Option<Self> {
        let wanted = match array.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => DataType::Utf8,
            kind if kind.is_integer() => DataType::Int64,
            DataType::Float64 | DataType::Float32 => DataType::Float64,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => DataType::Binary,
            DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Millisecond, zone.clone()),
            kind => kind.clone(),
        };
        let array = if *array.data_type() == wanted {
            array.clone()
        } else {
            cast_with_options(array, &wanted, &CastOptions { safe: false, ..CastOptions::default() }).ok()?
        };
        let inner = match &wanted {
            DataType::Utf8 => Inner::Text(array.as_string_opt()?.clone()),
            DataType::Int64 => Inner::Integer(array.as_primitive_opt()?.clone()),
            DataType::Float64 => Inner::Number(array.as_primitive_opt()?.clone()),
            DataType::Decimal128(_, scale) => Inner::Decimal(array.as_primitive_opt()?.clone(), *scale),
            DataType::Boolean => Inner::Boolean(array.as_boolean_opt()?.clone()),
            DataType::Date32 => Inner::Date(array.as_primitive_opt()?.clone()),
            DataType::Timestamp(..) => Inner::Timestamp(array.as_primitive_opt()?.clone()),
            DataType::Binary => Inner::Geometry(array.as_binary_opt()?.clone()),
            _ => return None,
        };
        Some(Self { inner, crs })
    }

    /// The value of a row; `None` if it is missing, not a number, or there is no such row.
    pub fn get(&self, row: usize) -> Option<Cell<'_>> {
        if row >= self.array().len() || self.array().is_null(row) {
            return None;
        }
        Some(match &self.inner {
            Inner::Text(array) => Cell::Text(array.value(row)),
            Inner::Integer(array) => Cell::Integer(array.value(row)),
            Inner::Number(array) => return Some(Cell::Number(array.value(row))).filter(Cell::is_finite),
            Inner::Decimal(array, scale) => Cell::Decimal(array.value(row), *scale),
            Inner::Boolean(array) => Cell::Boolean(array.value(row)),
            Inner::Date(array) => Cell::Date(array.value(row)),
            Inner::Timestamp(array) => Cell::Timestamp(array.value(row)),
            Inner::Geometry(array) => Cell::Geometry(array.value(row), self.crs),
        })
    }

    fn array(&self) -> &dyn Array {
        match &self.inner {
            Inner::Text(array) => array,
            Inner::Integer(array) => array,
            Inner::Number(array) => array,
            Inner::Decimal(array, _) => array,
            Inner::Boolean(array) => array,
            Inner::Date(array) => array,
            Inner::Timestamp(array) => array,
            Inner::Geometry(array) => array,
        }
    }
}

impl Cell<'_> {
    fn is_finite(&self) -> bool {
        !matches!(self, Self::Number(number) if !number.is_finite())
    }

    /// The value as text: decimal point, ISO 8601 days, RFC 3339 instants, `true` and `false`, geometries as WKT in
    /// their own coordinate system (bytes that are no geometry in hexadecimal).
    pub fn write_text(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Integer(integer) => out.push_str(&integer.to_string()),
            Self::Number(number) => {
                text::write_number(*number, out);
            }
            Self::Decimal(unscaled, scale) => text::write_decimal(*unscaled, *scale, out),
            Self::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Self::Date(days) => text::write_date(*days, out),
            Self::Timestamp(millis) => text::write_timestamp(*millis, out),
            Self::Geometry(wkb, _) => match Geometry::from_wkb(wkb) {
                Some(geometry) => geometry.write_wkt(out),
                None => out.push_str(crate::Sha256::from_digest(wkb).as_str()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{StringViewArray, UInt32Array, UInt64Array};

    use super::{super::fixture, *};

    fn texts(row: usize) -> Vec<Option<String>> {
        let batch = fixture::batch(0..8);
        let text = |array| {
            let mut out = String::new();
            Cells::new(array).unwrap().get(row)?.write_text(&mut out);
            Some(out)
        };
        batch.columns().iter().map(text).collect()
    }

    #[test]
    fn every_type_has_a_text() {
        let found: Vec<String> = texts(1).into_iter().flatten().collect();
        let expected = [
            "000001",
            "Vei 1, \"Ås\"",
            "1",
            "0.25",
            "0.95",
            "false",
            "2022-01-09",
            "2023-11-14T22:13:20.500Z",
            "POINT (10.001 59.5)",
        ];
        assert_eq!(found, expected);
        assert_eq!(texts(6).iter().flatten().count(), 1);
        assert_eq!(texts(8).iter().flatten().count(), 0);
    }

    #[test]
    fn results_of_queries_are_taken() {
        let get = |array: ArrayRef| Cells::new(&array).map(|cells| format!("{:?}", cells.get(0)));
        assert_eq!(get(Arc::new(UInt32Array::from(vec![7]))).as_deref(), Some("Some(Integer(7))"));
        assert_eq!(get(Arc::new(StringViewArray::from(vec!["a"]))).as_deref(), Some("Some(Text(\"a\"))"));
        assert_eq!(get(Arc::new(Float64Array::from(vec![f64::NAN]))).as_deref(), Some("None"));
        assert_eq!(get(Arc::new(UInt64Array::from(vec![u64::MAX]))), None);
    }
}
