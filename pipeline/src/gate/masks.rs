//! Hashes, UUIDs and encoded bytes: digits in them are no numbers of persons.

/// Hexadecimal digits in a row from which on they are a hash and no text.
const HASH: usize = 24;
/// Characters in a row from which on a text with signs may be encoded bytes.
const ENCODED: usize = 40;
/// Characters of a UUID.
const UUID: usize = 36;

/// Whether a place of a text lies inside a UUID, a long hexadecimal run or encoded bytes.
pub(super) fn hides(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let hexadecimal = |byte: u8| byte.is_ascii_hexdigit();
    if whole(bytes, start, end, hexadecimal) && reach(bytes, start, end, HASH, hexadecimal) >= HASH {
        return true;
    }
    in_uuid(bytes, start, end) || in_base64(bytes, start, end)
}

/// Whether a text is a UUID and nothing else: all places of it are hidden.
pub(super) fn is_only_uuid(text: &str) -> bool {
    text.len() == UUID && is_uuid(text.as_bytes())
}

fn whole(bytes: &[u8], start: usize, end: usize, fits: impl Fn(u8) -> bool) -> bool {
    bytes.get(start..end).is_some_and(|part| part.iter().all(|byte| fits(*byte)))
}

/// Length of the run around a place, counted up to `most` on either side.
fn reach(bytes: &[u8], start: usize, end: usize, most: usize, fits: impl Fn(u8) -> bool) -> usize {
    let before = bytes.get(..start).unwrap_or_default().iter().rev().take(most).take_while(|byte| fits(**byte)).count();
    let after = bytes.get(end..).unwrap_or_default().iter().take(most).take_while(|byte| fits(**byte)).count();
    before + (end - start) + after
}

fn in_uuid(bytes: &[u8], start: usize, end: usize) -> bool {
    let first = end.saturating_sub(UUID);
    (first..=start).any(|at| bytes.get(at..at + UUID).is_some_and(is_uuid))
}

fn is_uuid(part: &[u8]) -> bool {
    part.iter().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// Encoded bytes hold a digit run of eleven hardly ever, so only split numbers are looked at, and only where letters
/// are glued to both ends: a path such as `/311239/70082` is none.
fn in_base64(bytes: &[u8], start: usize, end: usize) -> bool {
    let letter = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphabetic);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let split = bytes.get(start..end).is_some_and(|part| part.iter().any(|byte| !byte.is_ascii_digit()));
    split
        && letter(start.checked_sub(1))
        && letter(Some(end))
        && whole(bytes, start, end, fits)
        && reach(bytes, start, end, ENCODED, fits) >= ENCODED
}
