//! Values of Arrow as texts: exact numbers, ISO dates and times, and JSON of what is nested.

use std::borrow::Cow;

use arrow::{
    array::{Array, AsArray, PrimitiveArray},
    compute::cast,
    datatypes::{DataType, FieldRef, Float32Type, Float64Type, Int64Type, TimeUnit},
    error::ArrowError,
    json::{
        EncoderOptions,
        writer::{NullableEncoder, make_encoder},
    },
    util::display::{ArrayFormatter, FormatOptions},
};

use super::super::{MarkKind, rows::Cell};

/// How values are written.
const FORM: FormatOptions<'static> = FormatOptions::new().with_display_error(false);

/// The values of a column.
pub(super) struct Texts<'a> {
    array: &'a dyn Array,
    form: Form<'a>,
}

enum Form<'a> {
    /// As Arrow displays them.
    Plain(ArrayFormatter<'a>),
    Float,
    Double,
    Text,
    Bytes,
    Uuid,
    /// Instants in a unit since 1970.
    Instant(PrimitiveArray<Int64Type>, TimeUnit),
    Json(NullableEncoder<'a>),
    /// What is nested, though nobody asked for it.
    Nested,
}

/// Options of the writer of JSON.
static JSON: std::sync::LazyLock<EncoderOptions> = std::sync::LazyLock::new(EncoderOptions::default);

impl<'a> Texts<'a> {
    /// The values of an array; `nested` where lists and objects are wanted, `uuid` where 16 bytes are an identifier.
    pub(super) fn of(array: &'a dyn Array, field: &'a FieldRef, nested: bool, uuid: bool) -> Result<Self, ArrowError> {
        let form = match array.data_type() {
            DataType::Utf8 => Form::Text,
            DataType::Float32 => Form::Float,
            DataType::Float64 => Form::Double,
            DataType::FixedSizeBinary(16) if uuid => Form::Uuid,
            DataType::Binary => Form::Bytes,
            DataType::Timestamp(unit, Some(_)) => {
                Form::Instant(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone(), *unit)
            }
            kind if kind.is_nested() && nested => Form::Json(make_encoder(field, array, &JSON)?),
            kind if kind.is_nested() => Form::Nested,
            DataType::FixedSizeBinary(_) => Form::Nested,
            _ => Form::Plain(ArrayFormatter::try_new(array, &FORM)?),
        };
        Ok(Self { array, form })
    }

    /// The cell of a row.
    pub(super) fn cell(&mut self, at: usize) -> Cell<'a> {
        let array = self.array;
        if array.is_null(at) {
            return Cell::Null;
        }
        let number = |finite: bool, text: String| if finite { Cell::Text(Cow::Owned(text)) } else { Cell::Null };
        match &mut self.form {
            Form::Plain(values) => Cell::Text(Cow::Owned(values.value(at).to_string())),
            Form::Float => {
                let value = array.as_primitive::<Float32Type>().value(at);
                number(value.is_finite(), value.to_string())
            }
            Form::Double => {
                let value = array.as_primitive::<Float64Type>().value(at);
                number(value.is_finite(), value.to_string())
            }
            Form::Text => text(array.as_string::<i32>().value(at)),
            Form::Bytes => match std::str::from_utf8(array.as_binary::<i32>().value(at)) {
                Ok(own) => text(own),
                Err(_) => Cell::Nested,
            },
            Form::Uuid => Cell::Text(Cow::Owned(uuid(array.as_fixed_size_binary().value(at)))),
            Form::Instant(values, unit) => {
                instant(values.value(at), *unit).map_or(Cell::Null, |text| Cell::Text(Cow::Owned(text)))
            }
            Form::Json(encoder) => {
                let mut out = Vec::new();
                encoder.encode(at, &mut out);
                Cell::Text(Cow::Owned(String::from_utf8_lossy(&out).into_owned()))
            }
            Form::Nested => Cell::Nested,
        }
    }
}

fn text(text: &str) -> Cell<'_> {
    if text.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        return Cell::Bad(MarkKind::Control);
    }
    Cell::text(text)
}

/// An instant in UTC; `None` beyond the years that a calendar has.
fn instant(value: i64, unit: TimeUnit) -> Option<String> {
    let instant = match unit {
        TimeUnit::Second => jiff::Timestamp::from_second(value),
        TimeUnit::Millisecond => jiff::Timestamp::from_millisecond(value),
        TimeUnit::Microsecond => jiff::Timestamp::from_microsecond(value),
        TimeUnit::Nanosecond => jiff::Timestamp::from_nanosecond(i128::from(value)),
    };
    instant.ok().map(|instant| instant.to_string())
}

/// 16 bytes in the usual groups.
fn uuid(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.extend([byte >> 4, byte & 15].iter().filter_map(|half| char::from_digit(u32::from(*half), 16)));
    }
    out
}
