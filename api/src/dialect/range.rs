//! Byte ranges, RFC 9110 section 14.

/// What a `Range` field asks of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything: no range, several of them, another unit, or a malformed field (section 14.2: ignore it).
    Whole,
    /// Bytes from the first to before the second.
    Part(u64, u64),
    /// Nothing of the file lies in the range: 416.
    Nothing,
}

/// Reads a `Range` field for a file of some size.
pub(crate) fn wanted(field: Option<&str>, size: u64) -> Wanted {
    let Some(spec) = field.and_then(bytes_unit) else { return Wanted::Whole };
    let Some((first, last)) = spec.split_once('-') else { return Wanted::Whole };
    match (number(first), number(last)) {
        (None, Some(0)) if first.is_empty() => Wanted::Nothing,
        (None, Some(suffix)) if first.is_empty() => part(size.saturating_sub(suffix), size, size),
        (Some(from), None) if last.is_empty() => part(from, size, size),
        (Some(from), Some(to)) if from <= to => part(from, to.saturating_add(1), size),
        _ => Wanted::Whole,
    }
}

fn bytes_unit(field: &str) -> Option<&str> {
    let (unit, spec) = field.split_once('=')?;
    if unit.trim().eq_ignore_ascii_case("bytes") && !spec.contains(',') { Some(spec.trim()) } else { None }
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits { Some(text.parse().unwrap_or(u64::MAX)) } else { None }
}

fn part(from: u64, to: u64, size: u64) -> Wanted {
    if from >= size { Wanted::Nothing } else { Wanted::Part(from, to.min(size)) }
}

#[cfg(test)]
mod tests {
    use super::{Wanted::*, *};

    #[test]
    fn every_form_of_range() {
        let cases = [
            (None, Whole),
            (Some("bytes=0-9"), Part(0, 10)),
            (Some("bytes=0-0"), Part(0, 1)),
            (Some("bytes=90-"), Part(90, 100)),
            (Some("bytes=-10"), Part(90, 100)),
            (Some("bytes=-1000"), Part(0, 100)),
            (Some("bytes=50-5000"), Part(50, 100)),
            (Some("BYTES = 1-2"), Part(1, 3)),
            (Some("bytes=100-"), Nothing),
            (Some("bytes=-0"), Nothing),
            (Some("bytes=100-200"), Nothing),
            (Some("bytes=99999999999999999999-"), Nothing),
            (Some("bytes=0-99999999999999999999"), Part(0, 100)),
            (Some("bytes=9-0"), Whole),
            (Some("bytes=0-1,5-6"), Whole),
            (Some("bytes=a-b"), Whole),
            (Some("bytes=+1-2"), Whole),
            (Some("bytes=-"), Whole),
            (Some("rows=0-9"), Whole),
            (Some("nonsense"), Whole),
        ];
        for (field, expected) in cases {
            assert_eq!(wanted(field, 100), expected, "{field:?}");
        }
        assert_eq!(wanted(Some("bytes=0-"), 0), Nothing);
        assert_eq!(wanted(Some("bytes=-5"), 0), Nothing);
    }
}
