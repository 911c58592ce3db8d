//! The properties of a feature as text.

use super::{super::geo::Bytes, buffer::Broken};

/// The type of a column, by its number in the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole number of some bytes, with a sign or without.
    Whole(usize, bool),
    /// A truth value.
    Bool,
    /// A floating point number of four bytes.
    Float,
    /// A floating point number of eight bytes.
    Double,
    /// A text.
    Text,
    /// JSON.
    Json,
    /// Bytes.
    Binary,
}

impl Kind {
    /// The type of a number; `None` where there is none such.
    pub(super) fn of(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Whole(1, true),
            1 => Self::Whole(1, false),
            2 => Self::Bool,
            3 => Self::Whole(2, true),
            4 => Self::Whole(2, false),
            5 => Self::Whole(4, true),
            6 => Self::Whole(4, false),
            7 => Self::Whole(8, true),
            8 => Self::Whole(8, false),
            9 => Self::Float,
            10 => Self::Double,
            11 | 13 => Self::Text,
            12 => Self::Json,
            14 => Self::Binary,
            _ => return None,
        })
    }
}

/// A value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Property {
    /// None.
    #[default]
    Missing,
    /// A value as text.
    Text(String),
    /// JSON.
    Json(String),
    /// What cannot be written as text.
    Bytes,
    /// A text that is no UTF-8.
    NoText,
}

/// The values by column; later ones of a column replace earlier ones.
pub(super) fn properties(bytes: &[u8], kinds: &[Kind]) -> Result<Vec<Property>, Broken> {
    let mut values = vec![Property::Missing; kinds.len()];
    let mut bytes = Bytes(bytes);
    while !bytes.0.is_empty() {
        let column = usize::from(bytes.u16().ok_or(Broken)?);
        let (slot, kind) = values.get_mut(column).zip(kinds.get(column)).ok_or(Broken)?;
        *slot = value(&mut bytes, *kind).ok_or(Broken)?;
    }
    Ok(values)
}

fn value(bytes: &mut Bytes<'_>, kind: Kind) -> Option<Property> {
    let real = |number: f64, text: String| if number.is_finite() { Property::Text(text) } else { Property::Missing };
    Some(match kind {
        Kind::Whole(size, signed) => Property::Text(whole(bytes.take(size)?, signed)),
        Kind::Bool => Property::Text((bytes.byte()? != 0).to_string()),
        Kind::Float => {
            let number = f32::from_bits(bytes.u32()?);
            real(f64::from(number), number.to_string())
        }
        Kind::Double => {
            let number = bytes.f64()?;
            real(number, number.to_string())
        }
        Kind::Text | Kind::Json => {
            let length = usize::try_from(bytes.u32()?).ok()?;
            match std::str::from_utf8(bytes.take(length)?) {
                Ok("") => Property::Missing,
                Ok(text) if kind == Kind::Json => Property::Json(text.to_owned()),
                Ok(text) => Property::Text(text.to_owned()),
                Err(_) => Property::NoText,
            }
        }
        Kind::Binary => {
            let length = usize::try_from(bytes.u32()?).ok()?;
            bytes.take(length)?;
            Property::Bytes
        }
    })
}

/// A whole number, the lowest byte first.
fn whole(bytes: &[u8], signed: bool) -> String {
    let number = bytes.iter().rev().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let unused = 64 - 8 * u32::try_from(bytes.len()).unwrap_or(8);
    if signed { ((number << unused).cast_signed() >> unused).to_string() } else { number.to_string() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_of_every_type() {
        let text = |text: &str| Property::Text(text.to_owned());
        let kinds: Vec<Kind> = (0..15).map(|number| Kind::of(number).unwrap()).collect();
        let mut bytes = Vec::new();
        let mut put = |column: u16, value: &[u8]| {
            bytes.extend(column.to_le_bytes());
            bytes.extend(value);
        };
        put(0, &[0xfe]);
        put(1, &[0xfe]);
        put(2, &[1]);
        put(5, &(-70_000_i32).to_le_bytes());
        put(8, &u64::MAX.to_le_bytes());
        put(9, &0.1_f32.to_le_bytes());
        put(10, &f64::NAN.to_le_bytes());
        put(11, b"\x03\0\0\0\xc3\xa5r");
        put(12, b"\x02\0\0\0[]");
        put(13, b"\x00\0\0\0");
        put(14, b"\x01\0\0\0\x00");
        let values = properties(&bytes, &kinds).unwrap();
        assert_eq!(values[..3], [text("-2"), text("254"), text("true")]);
        assert_eq!(values[3], Property::Missing);
        assert_eq!(
            [&values[5], &values[8], &values[9]],
            [&text("-70000"), &text("18446744073709551615"), &text("0.1")]
        );
        assert_eq!(
            values[10..],
            [Property::Missing, text("år"), Property::Json("[]".into()), Property::Missing, Property::Bytes]
        );
        assert_eq!(properties(&bytes[..bytes.len() - 1], &kinds), Err(Broken));
        assert_eq!(properties(b"\x63\0", &kinds), Err(Broken));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let kinds: Vec<Kind> = (0..15).map(|number| Kind::of(number).unwrap()).collect();
            let _ = properties(&bytes, &kinds);
        }
    }
}
