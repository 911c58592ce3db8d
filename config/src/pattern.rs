//! Patterns of days and instants in strptime form: which ones read what they are there for.
//!
//! Days are read by another library than instants; a pattern counts only if the one that will read it knows all of it.

use jiff::{civil::DateTime, fmt::strtime, fmt::strtime::BrokenDownTime, tz::TimeZone};

/// Directives that both libraries understand alike.
const OF_DAYS: &str = "YymdebBhaAjFDHMSTR%";
/// Directives of instants.
const OF_INSTANTS: &str = "YymdeHkIlMSjfNFTRDzbBhaApP%";
/// A moment in which no two parts are the same and none needs padding.
const SAMPLE: DateTime = DateTime::constant(2026, 11, 30, 22, 45, 59, 0);

/// Whether a pattern reads a whole calendar day.
pub fn reads_day(pattern: &str) -> bool {
    let known = directives(pattern).all(|(flags, directive)| {
        let padding = matches!(flags, "-" | "0") && "YymdejHMS".contains(directive);
        OF_DAYS.contains(directive) && (flags.is_empty() || padding)
    });
    let has = |wanted: char| directives(pattern).any(|(_, directive)| directive == wanted);
    // The library of days wants hour and minute both, or neither.
    let time = has('H') == has('M') && (!has('S') || has('H'));
    known
        && time
        && written_and_read(pattern).is_some_and(|read| read.to_date().is_ok_and(|date| date == SAMPLE.date()))
}

/// Whether a pattern reads an instant or a local time, its day included.
pub fn reads_instant(pattern: &str) -> bool {
    let known = directives(pattern).all(|(flags, directive)| {
        let fraction = matches!(directive, 'f' | 'N') && flags.chars().all(|c| c == '.' || c.is_ascii_digit());
        let offset = directive == 'z' && flags == ":";
        OF_INSTANTS.contains(directive) && (matches!(flags, "" | "-" | "0") || fraction || offset)
    });
    // Half a day of hours without its half reads the evening as the morning.
    let right = |read: BrokenDownTime| {
        let time = match read.offset() {
            Some(_) => read.to_timestamp().map(|time| time.to_zoned(TimeZone::UTC).datetime()),
            None => read.to_datetime(),
        };
        time.is_ok_and(|time| time.date() == SAMPLE.date() && [0, SAMPLE.hour()].contains(&time.hour()))
    };
    known && written_and_read(pattern).is_some_and(right)
}

fn written_and_read(pattern: &str) -> Option<BrokenDownTime> {
    let zoned = SAMPLE.to_zoned(TimeZone::UTC).ok()?;
    let text = strtime::format(pattern, &zoned).ok()?;
    BrokenDownTime::parse(pattern, text).ok()
}

/// Flags and letter of every directive; a `%` that ends the pattern has the letter `\0`.
fn directives(pattern: &str) -> impl Iterator<Item = (&str, char)> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once('%')?;
        let is_flag = |c: char| matches!(c, '-' | '_' | '^' | '#' | ':' | '.') || c.is_ascii_digit();
        let letter = after.trim_start_matches(is_flag);
        let flags = after.strip_suffix(letter).unwrap_or_default();
        let mut letters = letter.chars();
        let directive = letters.next().unwrap_or('\0');
        rest = letters.as_str();
        Some((flags, directive))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_told_from_texts() {
        for good in ["%d.%m.%Y", "%Y%m%d", "%-d. %B %Y", "%Y-%m-%dT%H:%M:%S", "%d.%m.%y", "%F"] {
            assert!(reads_day(good), "{good}");
        }
        for good in ["%Y-%m-%dT%H:%M:%S%z", "%d.%m.%Y %H:%M", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S%.f%:z"] {
            assert!(reads_instant(good), "{good}");
        }
        for bad in ["", "dd.mm.yyyy", "%Y-%m-%", "%K", "%Y-%m", "%H:%M", "%m-%d", "%s"] {
            assert!(!reads_day(bad) && !reads_instant(bad), "{bad}");
        }
        assert!(reads_instant("%d.%m.%Y %I:%M %p") && !reads_instant("%d.%m.%Y %I:%M"));
        // Each is known to one library only, or read by it otherwise.
        for bad in
            ["%Y-%m-%d %Q", "%v", "%Y-%m-%d %N", "%Y-%m-%d %^a", "%_d.%m.%Y", "%x", "%Y-%m-%d %:z", "%Y-%m-%d %H"]
        {
            assert!(!reads_day(bad), "{bad}");
        }
    }
}
