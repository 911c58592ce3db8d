//! The few forms of protocol buffers that tiles are written in (protobuf.dev, "Encoding").

/// A number that follows its key.
const VARINT: u32 = 0;
/// Eight bytes.
const FIXED64: u32 = 1;
/// Bytes with their length before them.
const BYTES: u32 = 2;

/// A number in groups of seven bits, the lowest ones first.
pub(crate) fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number > 0x7f {
        out.push(low_seven(number) | 0x80);
        number >>= 7;
    }
    out.push(low_seven(number));
}

fn low_seven(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

/// Takes a number from the front of bytes; `None` if they end before it does or it has more than 64 bits.
pub(crate) fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Small numbers of both signs as small ones without.
pub(super) fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

fn key(field: u32, wire: u32, out: &mut Vec<u8>) {
    varint(u64::from(field << 3 | wire), out);
}

/// A field with a number.
pub(super) fn number(field: u32, number: u64, out: &mut Vec<u8>) {
    key(field, VARINT, out);
    varint(number, out);
}

/// A field with a floating point number of 64 bits.
pub(super) fn double(field: u32, number: f64, out: &mut Vec<u8>) {
    key(field, FIXED64, out);
    out.extend(number.to_le_bytes());
}

/// A field with text, bytes, packed numbers or a message.
pub(super) fn bytes(field: u32, bytes: &[u8], out: &mut Vec<u8>) {
    key(field, BYTES, out);
    varint(bytes.len() as u64, out);
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(number: u64, signed: i64) {
            let mut out = Vec::new();
            varint(number, &mut out);
            let mut rest = out.as_slice();
            prop_assert_eq!(read_varint(&mut rest), Some(number));
            prop_assert!(rest.is_empty());
            let turned = zigzag(signed);
            prop_assert_eq!((turned >> 1).cast_signed() ^ -(turned & 1).cast_signed(), signed);
        }
    }

    #[test]
    fn what_is_cut_off_or_too_long_is_no_number() {
        assert_eq!(read_varint(&mut &[0x80_u8][..]), None);
        assert_eq!(read_varint(&mut &[0xff_u8; 11][..]), None);
        assert_eq!([0, -1, 1, -2].map(zigzag), [0, 1, 2, 3]);
    }
}
