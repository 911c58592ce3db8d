//! What the cursor remembers of a body's journal beside the rows.

use std::collections::{BTreeMap, BTreeSet};

use catalog::{Sha256, version::SourceCount};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::progress::Sweep;
use crate::source::Validators;

/// Number of the form in which rows are kept; a state of another form is read anew.
const FORM: u32 = 1;
/// A run that starts this much early, by jitter, is taken for the due one.
const SLACK: SignedDuration = SignedDuration::from_mins(30);

/// Time zone of dates without one.
pub(super) const ZONE: &str = "Europe/Oslo";

/// What the cursor remembers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Memory {
    form: u32,
    /// What was asked for; rows that were gathered for something else are of no use.
    scope: String,
    /// Latest `oppdatertDato` by entity.
    pub(super) high_water: BTreeMap<String, Timestamp>,
    /// When a window was last compared.
    pub(super) last_window: Timestamp,
    /// When all ids were last read.
    pub(super) last_sweep: Timestamp,
    /// Ids that the last sweep missed.
    pub(super) misses: BTreeSet<String>,
    /// Ids that come due when their embargo passes.
    pub(super) due: BTreeMap<String, Timestamp>,
    /// Units whose rows are read.
    pub(super) units: BTreeSet<String>,
    /// The first reading is under way, in several parts.
    #[serde(default)]
    pub(super) loading: bool,
    /// The sweep under way, if it takes several parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sweep: Option<Sweep>,
    /// What the last sweep was held against.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) counts: Vec<SourceCount>,
}

/// Which rows are looked at beside those that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// None.
    Changes,
    /// Those of the last days.
    Window,
    /// All.
    Sweep,
}

impl Memory {
    pub(super) fn new(scope: &str, now: Timestamp) -> Self {
        Self {
            form: FORM,
            scope: scope.to_owned(),
            high_water: BTreeMap::new(),
            last_window: now,
            last_sweep: now,
            misses: BTreeSet::new(),
            due: BTreeMap::new(),
            units: BTreeSet::new(),
            loading: true,
            sweep: None,
            counts: Vec::new(),
        }
    }

    /// What was remembered, with the hash of the rows; `None` if it is of no use.
    pub(super) fn find(kept: &[Validators], scope: &str) -> Option<(Self, Sha256)> {
        let validators = kept.first()?;
        let memory: Self = serde_json::from_value(validators.memory.clone()?).ok()?;
        let usable = memory.form == FORM && memory.scope == scope;
        usable.then_some((memory, validators.sha256.clone()?))
    }

    /// What is due beside the changes.
    pub(super) fn due(&self, spec: &config::EinnsynSource, now: Timestamp) -> Look {
        let over = |last: Timestamp, hours: u32| {
            now.duration_since(last) + SLACK >= SignedDuration::from_hours(i64::from(hours))
        };
        let weekday = TimeZone::get(ZONE).map(|zone| now.to_zoned(zone).weekday().to_monday_one_offset());
        let today = spec.sweep_weekday.is_none_or(|day| weekday.is_ok_and(|today| today == day.number()));
        if today && over(self.last_sweep, spec.sweep_days.saturating_mul(24)) {
            Look::Sweep
        } else if over(self.last_window, spec.window_hours) {
            Look::Window
        } else {
            Look::Changes
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn due(more: &str, now: &str) -> Look {
        let spec = serde_json::from_str(&format!("{{\"organisation_number\": \"974760673\"{more}}}")).unwrap();
        Memory::new("s", at("2026-03-02T02:00:00Z")).due(&spec, at(now))
    }

    #[test]
    fn loops_come_due_by_their_intervals() {
        assert_eq!(due("", "2026-03-02T03:00:00Z"), Look::Changes);
        assert_eq!(due("", "2026-03-03T01:59:00Z"), Look::Window);
        assert_eq!(due("", "2026-03-09T02:00:00Z"), Look::Sweep);
        assert_eq!(due(", \"window_hours\": 0", "2026-03-02T02:00:00Z"), Look::Window);
        assert_eq!(due(", \"sweep_days\": 0", "2026-03-02T02:00:00Z"), Look::Sweep);
    }

    #[test]
    fn a_sweep_waits_for_its_weekday_in_norway() {
        let saturday = ", \"sweep_weekday\": \"saturday\"";
        assert_eq!(due(saturday, "2026-03-13T22:59:00Z"), Look::Window);
        assert_eq!(due(saturday, "2026-03-13T23:01:00Z"), Look::Sweep);
    }

    #[test]
    fn what_was_gathered_for_something_else_is_of_no_use() {
        let memory = Memory::new("s", at("2026-03-02T02:00:00Z"));
        let mut value = serde_json::to_value(&memory).unwrap();
        let kept =
            |memory| vec![Validators { memory: Some(memory), sha256: Some(Sha256::of(b"x")), ..Validators::default() }];
        assert_eq!(Memory::find(&kept(value.clone()), "s").unwrap(), (memory, Sha256::of(b"x")));
        assert_eq!(Memory::find(&kept(value.clone()), "t"), None);
        value["form"] = 2.into();
        assert_eq!(Memory::find(&kept(value), "s"), None);
        assert_eq!(Memory::find(&[], "s"), None);
    }
}
