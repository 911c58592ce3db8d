//! Schedules: when a dataset is due.

use std::time::Duration;

use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{DatasetId, problem::closest};

/// When a dataset is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Five cron fields: minute, hour, day of month, month, day of week (0 and 7 are Sunday; both day fields set mean
    /// either). `@daily` and its like, `L`, `W` and `#` are understood.
    pub cron: String,
    /// IANA time zone of the fields.
    #[serde(default = "oslo")]
    pub time_zone: String,
    /// Width in seconds of the window over which starts are spread; a dataset's place in it never changes.
    #[serde(default = "one_minute")]
    pub jitter_seconds: u32,
}

fn oslo() -> String {
    "Europe/Oslo".to_owned()
}

fn one_minute() -> u32 {
    60
}

/// Why a schedule cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The expression is not five valid cron fields.
    #[error("`{cron}` is not a cron expression: {reason}")]
    Cron {
        /// The expression.
        cron: String,
        /// What the parser says.
        reason: String,
    },
    /// The time zone is not in the IANA database.
    #[error("`{name}` is not an IANA time zone")]
    Zone {
        /// The name.
        name: String,
        /// The zone that was probably meant.
        meant: Option<String>,
    },
}

impl ScheduleError {
    /// What to do.
    pub fn hint(&self) -> String {
        match self {
            Self::Cron { .. } => {
                "five fields: minute, hour, day of month, month, day of week; for example \"15 5 * * 1-5\"".to_owned()
            }
            Self::Zone { meant: Some(meant), .. } => format!("did you mean `{meant}`?"),
            Self::Zone { .. } => "for example \"Europe/Oslo\" or \"UTC\"".to_owned(),
        }
    }
}

impl Schedule {
    /// Reads the expression and looks the zone up.
    pub fn parse(&self) -> Result<CompiledSchedule, ScheduleError> {
        let cron = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(&self.cron)
            .map_err(|error| ScheduleError::Cron { cron: self.cron.clone(), reason: error.to_string() })?;
        let zone = TimeZone::get(&self.time_zone).map_err(|_| ScheduleError::Zone {
            name: self.time_zone.clone(),
            meant: closest(&self.time_zone, zones().iter().map(String::as_str)).map(str::to_owned),
        })?;
        Ok(CompiledSchedule { cron, zone, expression: self.cron.clone(), jitter_seconds: self.jitter_seconds })
    }
}

fn zones() -> Vec<String> {
    jiff::tz::db().available().map(|name| name.to_string()).collect()
}

/// A schedule that can be asked.
#[derive(Debug, Clone)]
pub struct CompiledSchedule {
    cron: Cron,
    zone: TimeZone,
    expression: String,
    jitter_seconds: u32,
}

impl CompiledSchedule {
    /// The first instant after `after` at which the dataset is due, jitter not counted. `None`: never.
    ///
    /// A fixed time in the gap of spring runs at the first instant after it, one in the overlap of autumn runs once,
    /// on the first pass; interval expressions skip the gap and run in both passes (OCPS 1.4, Vixie cron).
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let start = after.to_zoned(self.zone.clone());
        self.cron.find_next_occurrence(&start, false).ok().map(|next| next.timestamp())
    }

    /// How long after the due instant a dataset starts: always the same for the same dataset, less than the jitter.
    pub fn offset(&self, dataset: &DatasetId) -> Duration {
        let hash = Sha256::digest(dataset.as_str().as_bytes());
        let number = hash.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        Duration::from_secs(number.checked_rem(u64::from(self.jitter_seconds)).unwrap_or(0))
    }

    /// Whether the schedule comes due at least once in five years, leap days included.
    pub fn comes_due(&self) -> bool {
        let start = Timestamp::UNIX_EPOCH.to_zoned(self.zone.clone());
        let Ok(end) = start.checked_add(5.years()) else { return false };
        self.next_after(start.timestamp()).is_some_and(|next| next <= end.timestamp())
    }

    /// What may surprise, in words.
    pub fn lints(&self) -> Vec<String> {
        let fields: Vec<&str> = self.expression.split_whitespace().collect();
        let [minute, hour, day, _, weekday] = fields.as_slice() else { return Vec::new() };
        let mut lints = Vec::new();
        lints.extend(uneven(minute, 60, "minutes"));
        lints.extend(uneven(hour, 24, "hours"));
        if hits_two(hour) && self.changes_clocks() {
            lints.push(
                "between 02:00 and 03:00 the clock is changed: that hour is missing once in spring and comes twice in autumn"
                    .to_owned(),
            );
        }
        if !day.starts_with(['*', '?']) && !weekday.starts_with(['*', '?']) {
            lints.push("both day fields are set: due when either of them fits, not both".to_owned());
        }
        lints
    }

    fn changes_clocks(&self) -> bool {
        // 2026-01-01T00:00:00Z; only whether rules go on counts.
        let start = Timestamp::from_second(1_767_225_600).unwrap_or(Timestamp::UNIX_EPOCH);
        self.zone.following(start).next().is_some()
    }
}

/// `*/45`: the last step of each round is shorter.
fn uneven(field: &str, range: u32, unit: &str) -> Option<String> {
    let step: u32 = field.strip_prefix("*/")?.parse().ok()?;
    let rest = range.checked_rem(step)?;
    let shown = rest != 0 && step < range;
    shown.then(|| format!("step does not divide the range: gaps of {step} and {rest} {unit}"))
}

/// Whether an hour field names the hour from 02:00 (`*` and `*/n` are meant to hit every hour).
fn hits_two(field: &str) -> bool {
    field.split(',').any(|part| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        matches!((from.parse::<u32>(), to.parse::<u32>()), (Ok(from), Ok(to)) if from <= 2 && to >= 2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(cron: &str) -> CompiledSchedule {
        Schedule { cron: cron.to_owned(), time_zone: oslo(), jitter_seconds: 60 }.parse().unwrap()
    }

    #[derive(Deserialize)]
    struct Oracle {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        id: String,
        cron: String,
        after: Timestamp,
        #[serde(default)]
        next: Vec<Timestamp>,
        lint: Option<String>,
        error: Option<String>,
    }

    #[test]
    fn all_oracle_cases_hold() {
        let text = include_str!("../../tests/fixtures/cron/cron-europe-oslo.expected.json");
        let oracle: Oracle = serde_json::from_str(text).unwrap();
        assert_eq!(oracle.cases.len(), 16);
        for case in oracle.cases {
            let schedule = compiled(&case.cron);
            let mut at = case.after;
            for expected in &case.next {
                at = schedule.next_after(at).unwrap();
                assert_eq!(at, *expected, "{}", case.id);
            }
            assert_eq!(schedule.comes_due(), case.error.is_none(), "{}", case.id);
            if case.error.is_some() {
                assert_eq!(schedule.next_after(case.after), None, "{}", case.id);
            }
            assert!(case.lint.iter().all(|lint| schedule.lints().contains(lint)), "{}", case.id);
        }
    }

    #[test]
    fn surprises_are_named_and_nothing_else() {
        for quiet in ["15 5 * * 1-5", "*/15 * * * *", "0 */6 * * *", "@daily", "0 6 1 * *", "0 * * * *"] {
            assert_eq!(compiled(quiet).lints(), Vec::<String>::new(), "{quiet}");
        }
        for (loud, word) in [
            ("30 2 * * *", "02:00"),
            ("0 1-4 * * *", "02:00"),
            ("0 6 13 * 5", "both"),
            ("0 */5 * * *", "5 and 4 hours"),
        ] {
            assert!(compiled(loud).lints().iter().any(|lint| lint.contains(word)), "{loud}");
        }
        let utc = Schedule { cron: "30 2 * * *".to_owned(), time_zone: "UTC".to_owned(), jitter_seconds: 0 };
        assert!(utc.parse().unwrap().lints().is_empty(), "UTC has no clock change");
    }

    #[test]
    fn wrong_schedules_are_refused_with_a_hint() {
        for bad in ["", "* * * *", "* * * * * *", "61 * * * *", "0 6 * * MAN", "hver dag"] {
            let schedule = Schedule { cron: bad.to_owned(), time_zone: oslo(), jitter_seconds: 0 };
            assert!(matches!(schedule.parse(), Err(ScheduleError::Cron { .. })), "{bad}");
        }
        let schedule = Schedule { cron: "@daily".to_owned(), time_zone: "Europe/Olso".to_owned(), jitter_seconds: 0 };
        assert_eq!(schedule.parse().unwrap_err().hint(), "did you mean `Europe/Oslo`?");
    }

    #[test]
    fn jitter_is_stable_and_bounded() {
        let schedule = compiled("@daily");
        let ids: Vec<DatasetId> = (0..200).map(|n| format!("d{n}").parse().unwrap()).collect();
        let offsets: std::collections::BTreeSet<_> = ids.iter().map(|id| schedule.offset(id)).collect();
        assert!(offsets.iter().all(|offset| offset.as_secs() < 60) && offsets.len() > 30);
        assert_eq!(schedule.offset(&ids[0]), schedule.offset(&ids[0]));
    }
}
