//! Rows as they are stored (section 2.1 of the format).

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) enum Value<'a> {
    /// Nothing; also the column that is the row number.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating point number.
    Real(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

/// A row of these values.
pub(in super::super) fn record(values: &[Value<'_>]) -> Vec<u8> {
    let (mut types, mut body) = (Vec::with_capacity(values.len() + 2), Vec::new());
    for value in values {
        match value {
            Value::Null => types.push(0),
            Value::Integer(number) => types.push(integer(*number, &mut body)),
            Value::Real(number) => {
                types.push(7);
                body.extend(number.to_be_bytes());
            }
            Value::Text(text) => {
                varint(13 + 2 * text.len() as u64, &mut types);
                body.extend(text.as_bytes());
            }
            Value::Blob(bytes) => {
                varint(12 + 2 * bytes.len() as u64, &mut types);
                body.extend(*bytes);
            }
        }
    }
    // The length of the header counts itself.
    let own = if types.len() + 1 < 0x80 { 1 } else { 2 };
    let mut out = Vec::with_capacity(own + types.len() + body.len());
    varint((own + types.len()) as u64, &mut out);
    out.extend(types);
    out.extend(body);
    out
}

/// Writes a whole number in as few bytes as it takes; the number of its type.
fn integer(number: i64, out: &mut Vec<u8>) -> u8 {
    let (kind, bytes) = match number {
        0 => return 8,
        1 => return 9,
        _ if i8::try_from(number).is_ok() => (1, 1),
        _ if i16::try_from(number).is_ok() => (2, 2),
        -0x80_0000..=0x7f_ffff => (3, 3),
        _ if i32::try_from(number).is_ok() => (4, 4),
        -0x8000_0000_0000..=0x7fff_ffff_ffff => (5, 6),
        _ => (6, 8),
    };
    out.extend(number.to_be_bytes().into_iter().skip(8 - bytes));
    kind
}

/// A number in one to nine bytes, seven bits in each but the ninth.
pub(super) fn varint(number: u64, out: &mut Vec<u8>) {
    let low = |bits: u64| u8::try_from(bits & 0x7f).unwrap_or_default();
    if number >> 56 != 0 {
        (0..8).rev().for_each(|at| out.push(low(number >> (8 + 7 * at)) | 0x80));
        out.push(u8::try_from(number & 0xff).unwrap_or_default());
        return;
    }
    let length = (1..8).find(|length| number >> (7 * length) == 0).unwrap_or(8);
    (1..length).rev().for_each(|at| out.push(low(number >> (7 * at)) | 0x80));
    out.push(low(number));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_as_few_bytes_as_they_need() {
        for (number, expected) in [
            (0_u64, vec![0]),
            (127, vec![127]),
            (128, vec![0x81, 0]),
            (16_384, vec![0x81, 0x80, 0]),
            ((1 << 56) - 1, vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
            (u64::MAX, vec![0xff; 9]),
        ] {
            let mut out = Vec::new();
            varint(number, &mut out);
            assert_eq!(out, expected, "{number}");
        }
        let row = record(&[Value::Null, Value::Integer(-2), Value::Integer(1), Value::Text("å"), Value::Blob(&[7])]);
        assert_eq!(row, [6, 0, 1, 9, 17, 14, 0xfe, 0xc3, 0xa5, 7]);
        assert_eq!(record(&[Value::Integer(-0x80_0001)]), [2, 4, 0xff, 0x7f, 0xff, 0xff]);
        assert_eq!(record(&[Value::Integer(1 << 40)]), [2, 5, 1, 0, 0, 0, 0, 0]);
    }
}
