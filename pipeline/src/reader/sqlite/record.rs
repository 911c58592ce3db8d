//! Records: the values of a row.

use super::varint;

/// A value as it is stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) enum Value<'a> {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating point number.
    Real(f64),
    /// A text in the file's encoding.
    Text(&'a [u8]),
    /// Bytes.
    Blob(&'a [u8]),
}

impl Value<'_> {
    /// The whole number, if it is one.
    pub(in super::super) fn integer(self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(number),
            _ => None,
        }
    }
}

/// The values of a row; fewer than the table has columns where columns were added later.
#[derive(Debug, Default)]
pub(in super::super) struct Record<'a>(pub(in super::super) Vec<Value<'a>>);

impl<'a> Record<'a> {
    /// Reads a record; `None` if it is none.
    pub(in super::super) fn parse(payload: &'a [u8]) -> Option<Self> {
        let mut rest = payload;
        let head = usize::try_from(varint(&mut rest)?).ok()?;
        let used = payload.len() - rest.len();
        let (mut types, mut body) = (payload.get(used..head)?, payload.get(head..)?);
        let mut values = Vec::new();
        while !types.is_empty() {
            values.push(value(varint(&mut types)?, &mut body)?);
        }
        Some(Self(values))
    }

    /// The value of a column.
    pub(in super::super) fn at(&self, column: usize) -> Option<Value<'a>> {
        self.0.get(column).copied()
    }
}

fn value<'a>(kind: u64, body: &mut &'a [u8]) -> Option<Value<'a>> {
    let mut take = |count: u64| {
        let (taken, rest) = body.split_at_checked(usize::try_from(count).ok()?)?;
        *body = rest;
        Some(taken)
    };
    Some(match kind {
        0 => Value::Null,
        1..=4 => Value::Integer(signed(take(kind)?)),
        5 => Value::Integer(signed(take(6)?)),
        6 => Value::Integer(signed(take(8)?)),
        7 => Value::Real(f64::from_be_bytes(*take(8)?.first_chunk()?)),
        8 => Value::Integer(0),
        9 => Value::Integer(1),
        10 | 11 => return None,
        even if even.is_multiple_of(2) => Value::Blob(take((even - 12) / 2)?),
        odd => Value::Text(take((odd - 13) / 2)?),
    })
}

/// A number with its sign, the highest byte first.
fn signed(bytes: &[u8]) -> i64 {
    let start = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().fold(start, |number, byte| (number << 8) | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_of_every_kind() {
        let payload = b"\x0a\x00\x01\x02\x05\x07\x08\x09\x13\x10\xfe\x01\x00\xff\xff\xff\xff\xff\xfe\x3f\xf8\0\0\0\0\0\0abc\x01\x02";
        let record = Record::parse(payload).unwrap();
        assert_eq!(
            record.0,
            [
                Value::Null,
                Value::Integer(-2),
                Value::Integer(256),
                Value::Integer(-2),
                Value::Real(1.5),
                Value::Integer(0),
                Value::Integer(1),
                Value::Text(b"abc"),
                Value::Blob(b"\x01\x02"),
            ]
        );
        assert!(Record::parse(&payload[..20]).is_none());
        assert!(Record::parse(b"").is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Record::parse(&bytes);
        }
    }
}
