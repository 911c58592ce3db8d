//! Parts of a table: which one a row is in, and which days one holds.

use config::PartitionBy;
use jiff::civil::Date;

/// The part of rows without a date.
pub const UNDATED: &str = "undated";
const MILLIS_PER_DAY: i64 = 86_400_000;

/// The days that one part holds, counted from 1970-01-01, first and last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: i32,
    pub(super) last: i32,
}

impl Span {
    /// The span of the part that a day is in; `None` outside the years 1 to 9999.
    pub(super) fn around(day: i32, by: PartitionBy) -> Option<Self> {
        let since = jiff::Span::new().try_days(day).ok()?;
        Self::of_date(Date::new(1970, 1, 1).ok()?.checked_add(since).ok()?, by)
    }

    /// The span that a part's key names; `None` for rows without a date and for what is no key.
    pub(super) fn named(key: &str, by: PartitionBy) -> Option<Self> {
        let day = match by {
            PartitionBy::Month => format!("{key}-01"),
            PartitionBy::Year => format!("{key}-01-01"),
        };
        Self::of_date(day.parse().ok()?, by)
    }

    fn of_date(date: Date, by: PartitionBy) -> Option<Self> {
        let (first, last) = match by {
            PartitionBy::Month => (date.first_of_month(), date.last_of_month()),
            PartitionBy::Year => (date.first_of_year(), date.last_of_year()),
        };
        (date.year() > 0).then_some(Self { first: days(first)?, last: days(last)? })
    }

    pub(super) fn holds(self, day: i32) -> bool {
        (self.first..=self.last).contains(&day)
    }

    /// The first and last instant, in milliseconds.
    pub(super) fn instants(self) -> (i64, i64) {
        (i64::from(self.first) * MILLIS_PER_DAY, (i64::from(self.last) + 1) * MILLIS_PER_DAY - 1)
    }

    /// The key: `2026-08` or `2026`.
    pub(super) fn key(self, by: PartitionBy) -> String {
        let mut text = String::new();
        super::text::write_date(self.first, &mut text);
        text.truncate(match by {
            PartitionBy::Month => 7,
            PartitionBy::Year => 4,
        });
        text
    }
}

/// The day of an instant.
pub(super) fn day_of(millis: i64) -> i32 {
    i32::try_from(millis.div_euclid(MILLIS_PER_DAY)).unwrap_or(i32::MAX)
}

fn days(date: Date) -> Option<i32> {
    date.since((jiff::Unit::Day, Date::new(1970, 1, 1).ok()?)).ok().map(|span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_in_the_part_that_their_key_names() {
        for (day, by, key) in [
            (0, PartitionBy::Month, "1970-01"),
            (-1, PartitionBy::Month, "1969-12"),
            (20_695, PartitionBy::Month, "2026-08"),
            (20_695, PartitionBy::Year, "2026"),
            (19_782, PartitionBy::Month, "2024-02"),
            (-719_162, PartitionBy::Year, "0001"),
            (2_932_896, PartitionBy::Month, "9999-12"),
        ] {
            let span = Span::around(day, by).unwrap();
            assert_eq!(span.key(by), key);
            assert_eq!(Span::named(key, by), Some(span));
            assert!(span.holds(day) && !span.holds(span.last + 1) && !span.holds(span.first - 1));
        }
        for outside in [i32::MIN, -719_163, 2_932_897, i32::MAX] {
            assert_eq!(Span::around(outside, PartitionBy::Month), None);
        }
        for bad in [UNDATED, "", "2026", "2026-13", "2026-08-01"] {
            assert_eq!(Span::named(bad, PartitionBy::Month), None, "{bad}");
        }
    }

    #[test]
    fn instants_are_counted_in_utc() {
        assert_eq!((day_of(-1), day_of(0), day_of(86_399_999), day_of(86_400_000)), (-1, 0, 0, 1));
        let span = Span::named("1970-01", PartitionBy::Month).unwrap();
        assert_eq!(span.instants(), (0, 31 * MILLIS_PER_DAY - 1));
        assert_eq!(day_of(i64::MAX), i32::MAX);
    }
}
