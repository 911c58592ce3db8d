//! Periods of days and instants: the day, in a time zone, with which a year, quarter, month or week begins.

use std::collections::HashMap;

use config::ColumnType;
use foldhash::fast::RandomState;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

const DAY_MILLIS: i64 = 86_400_000;
const HOUR_MILLIS: i64 = 3_600_000;

/// A span of time that rows are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    Year,
    Quarter,
    Month,
    /// From Monday (ISO 8601).
    Week,
    Day,
    Hour,
}

impl Period {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "year" => Self::Year,
            "quarter" => Self::Quarter,
            "month" => Self::Month,
            "week" => Self::Week,
            "day" => Self::Day,
            "hour" => Self::Hour,
            _ => return None,
        })
    }

    /// The type of a column's periods: the first day, or the instant at which the hour begins.
    pub(super) fn of(self, kind: &ColumnType) -> Option<ColumnType> {
        match (self, kind) {
            (Self::Hour, ColumnType::Datetime { .. }) => Some(kind.clone()),
            (Self::Hour, _) => None,
            (_, ColumnType::Date { .. } | ColumnType::Datetime { .. }) => {
                Some(ColumnType::Date { formats: Vec::new() })
            }
            _ => None,
        }
    }

    /// The first day of the period that a day lies in, both as days since 1970-01-01.
    fn first_day(self, day: i64) -> i64 {
        let Some(date) = date(day) else { return day };
        let month = match self {
            Self::Year => 1,
            Self::Quarter => (date.month() - 1) / 3 * 3 + 1,
            Self::Month => date.month(),
            Self::Week => return day - i64::from(date.weekday().to_monday_zero_offset()),
            Self::Day | Self::Hour => return day,
        };
        Date::new(date.year(), month, 1).map_or(day, days)
    }
}

fn epoch() -> Date {
    Date::constant(1970, 1, 1)
}

fn date(day: i64) -> Option<Date> {
    epoch().checked_add(SignedDuration::from_hours(day.checked_mul(24)?)).ok()
}

fn days(date: Date) -> i64 {
    date.duration_since(epoch()).as_hours() / 24
}

/// Puts values into their periods; remembers those it has seen.
#[derive(Debug)]
pub(super) struct Calendar {
    period: Period,
    zone: Clock,
    known: HashMap<i64, i64, RandomState>,
}

impl Calendar {
    pub(super) fn new(period: Period, zone: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        Self { period, zone: Clock { zone, from: 1, until: 0, offset: 0 }, known: HashMap::default() }
    }

    /// The period of a day, as days since 1970-01-01.
    pub(super) fn day(&mut self, day: i64) -> i64 {
        let period = self.period;
        *self.known.entry(day).or_insert_with(|| period.first_day(day))
    }

    /// The period of an instant in milliseconds: its first day, or the instant at which its hour begins.
    pub(super) fn instant(&mut self, millis: i64) -> i64 {
        let offset = self.zone.offset(millis);
        let local = millis.saturating_add(offset);
        if self.period == Period::Hour {
            return (local.div_euclid(HOUR_MILLIS) * HOUR_MILLIS).saturating_sub(offset);
        }
        self.day(local.div_euclid(DAY_MILLIS))
    }
}

/// A zone's offset from UTC, which seldom changes.
#[derive(Debug)]
struct Clock {
    zone: TimeZone,
    /// The offset holds from this instant until before that one, in milliseconds.
    from: i64,
    until: i64,
    offset: i64,
}

impl Clock {
    fn offset(&mut self, millis: i64) -> i64 {
        if !(self.from..self.until).contains(&millis) {
            self.look_up(millis);
        }
        self.offset
    }

    fn look_up(&mut self, millis: i64) {
        let Ok(at) = Timestamp::from_millisecond(millis) else { return };
        self.offset = i64::from(self.zone.to_offset(at).seconds()) * 1000;
        let millisecond = |transition: jiff::tz::TimeZoneTransition<'_>| transition.timestamp().as_millisecond();
        let next = at.checked_add(SignedDuration::from_millis(1)).unwrap_or(at);
        self.from = self.zone.preceding(next).next().map_or(i64::MIN, millisecond);
        self.until = self.zone.following(at).next().map_or(i64::MAX, millisecond);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> i64 {
        days(text.parse().unwrap())
    }

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn the_day_that_a_period_begins_with() {
        for (name, of, first) in [
            ("year", "2026-11-26", "2026-01-01"),
            ("quarter", "2026-11-26", "2026-10-01"),
            ("quarter", "2026-03-31", "2026-01-01"),
            ("month", "1969-12-31", "1969-12-01"),
            ("week", "2026-11-26", "2026-11-23"),
            ("week", "2026-11-23", "2026-11-23"),
            ("day", "2026-11-26", "2026-11-26"),
        ] {
            let mut calendar = Calendar::new(Period::parse(name).unwrap(), "Europe/Oslo");
            assert_eq!(calendar.day(day(of)), day(first), "{name} of {of}");
        }
    }

    #[test]
    fn instants_belong_to_the_day_of_their_zone() {
        let mut months = Calendar::new(Period::Month, "Europe/Oslo");
        let mut days_of = Calendar::new(Period::Day, "Europe/Oslo");
        // Winter, summer, and winter again: the offset changes between.
        for (instant, local) in [
            ("2026-01-31T23:30:00Z", "2026-02-01"),
            ("2026-01-31T22:59:59Z", "2026-01-31"),
            ("2026-06-30T22:00:00Z", "2026-07-01"),
            ("2026-06-30T21:59:59Z", "2026-06-30"),
            ("2026-03-29T00:59:59Z", "2026-03-29"),
            ("2026-10-31T23:00:00Z", "2026-11-01"),
        ] {
            assert_eq!(days_of.instant(at(instant)), day(local), "{instant}");
            assert_eq!(months.instant(at(instant)), Period::Month.first_day(day(local)), "{instant}");
        }
        let mut hours = Calendar::new(Period::Hour, "Europe/Oslo");
        assert_eq!(hours.instant(at("2026-10-25T01:30:00Z")), at("2026-10-25T01:00:00Z"));
        assert_eq!(hours.instant(at("1969-12-31T23:59:59Z")), at("1969-12-31T23:00:00Z"));
    }

    #[test]
    fn what_is_beyond_the_calendar_stays_as_it_is() {
        let mut years = Calendar::new(Period::Year, "Europe/Oslo");
        assert_eq!(years.day(i64::from(i32::MAX)), i64::from(i32::MAX));
        years.instant(i64::MAX);
        years.instant(i64::MIN);
    }
}
