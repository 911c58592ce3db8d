//! What is worth telling of how a dataset stands, held against what was told before.

use std::collections::BTreeSet;

use config::{DatasetId, NoticeKind};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Outcome, Status};

/// What was told last over one channel, and is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// What it was.
    pub(super) kind: NoticeKind,
    /// The code of what was wrong.
    pub(super) code: String,
    /// When it was told for the first time.
    pub(super) since: Timestamp,
    /// When it was told last.
    pub(super) last: Timestamp,
    /// How often it was told.
    pub(super) times: u32,
}

/// What is wrong with a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) kind: NoticeKind,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) hint: String,
}

impl Trouble {
    /// What is wrong by a status; `None` where all is well.
    pub(super) fn of(status: &Status) -> Option<Self> {
        let held = status.last_outcome == Some(Outcome::Held);
        let is_bad = status.error.is_some() || status.last_outcome.is_some_and(|outcome| !outcome.is_success());
        let kind = match () {
            () if held && status.error.is_none() => NoticeKind::Held,
            () if is_bad => NoticeKind::Failure,
            () if status.late => NoticeKind::Lateness,
            () => return None,
        };
        let findings = status.findings.join(", ");
        let code = status.findings.first().cloned().unwrap_or_else(|| kind.name().to_owned());
        Some(match &status.error {
            Some(error) => {
                Self { kind, code: error.code.clone(), message: error.message.clone(), hint: error.hint.clone() }
            }
            None => Self { kind, code, message: findings, hint: format!("allmenning explain {}", status.dataset) },
        })
    }
}

/// Something to tell of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) dataset: DatasetId,
    pub(super) kind: NoticeKind,
    /// What is wrong, or of a recovery what was.
    pub(super) code: String,
    pub(super) message: String,
    pub(super) hint: String,
    /// When it was told for the first time.
    pub(super) since: Timestamp,
    /// How often it was told before.
    pub(super) before: u32,
    pub(super) last_run: Option<Timestamp>,
    pub(super) last_success: Option<Timestamp>,
    /// The version that is served.
    pub(super) version: Option<u64>,
}

/// When something is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    /// What is told at all.
    pub(super) events: &'a BTreeSet<NoticeKind>,
    /// After which time trouble that goes on is told again.
    pub(super) repeat: Option<SignedDuration>,
}

/// What is to be told of a dataset, if anything, and what is then told; `None` there: nothing is wrong any more.
/// `undelivered` is what this said at the last look, if it did not get through: told again it is the same news.
pub(super) fn news(
    (told, undelivered): (Option<&Told>, Option<&Told>),
    status: &Status,
    rules: Rules<'_>,
    now: Timestamp,
) -> Option<(Notice, Option<Told>)> {
    let notice = |trouble: Trouble, since, before| Notice {
        dataset: status.dataset.clone(),
        kind: trouble.kind,
        code: trouble.code,
        message: trouble.message,
        hint: trouble.hint,
        since,
        before,
        last_run: status.last_run,
        last_success: status.last_success,
        version: status.version,
    };
    let Some(trouble) = Trouble::of(status) else {
        let told = told?;
        let over = Trouble {
            kind: NoticeKind::Recovery,
            code: told.code.clone(),
            message: String::new(),
            hint: String::new(),
        };
        return Some((notice(over, told.since, told.times), None));
    };
    if !rules.events.contains(&trouble.kind) {
        return None;
    }
    let is_same = |told: &&Told| (told.kind, &told.code) == (trouble.kind, &trouble.code);
    let same = told.filter(is_same);
    let is_due = |told: &Told| rules.repeat.is_some_and(|repeat| now.duration_since(told.last) >= repeat);
    if same.is_some_and(|told| !is_due(told)) {
        return None;
    }
    let first = undelivered.filter(is_same).map_or(now, |told| told.since);
    let (since, before) = same.map_or((first, 0), |told| (told.since, told.times));
    let told = Told { kind: trouble.kind, code: trouble.code.clone(), since, last: now, times: before + 1 };
    Some((notice(trouble, since, before), Some(told)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ErrorRecord;

    fn at(hour: i64) -> Timestamp {
        let start: Timestamp = "2026-03-01T06:00:00Z".parse().unwrap();
        start + SignedDuration::from_hours(hour)
    }

    fn status(outcome: Outcome, error: Option<&str>, late: bool) -> Status {
        let error =
            error.map(|code| ErrorRecord { code: code.to_owned(), message: "m".to_owned(), hint: "h".to_owned() });
        Status {
            dataset: "boliger".parse().unwrap(),
            version: Some(3),
            published: None,
            rows: None,
            last_outcome: Some(outcome),
            last_run: Some(at(0)),
            last_success: None,
            error,
            findings: Vec::new(),
            next_due: None,
            late,
            names_overdue: false,
        }
    }

    /// Tells what there is to tell at each hour, and what is remembered at last.
    fn followed(steps: &[(i64, Status)], events: &BTreeSet<NoticeKind>) -> Vec<(i64, NoticeKind, u32)> {
        let rules = Rules { events, repeat: Some(SignedDuration::from_hours(24)) };
        let (mut told, mut said) = (None, Vec::new());
        for (hour, status) in steps {
            if let Some((notice, next)) = news((told.as_ref(), None), status, rules, at(*hour)) {
                said.push((*hour, notice.kind, notice.before));
                told = next;
            }
        }
        said
    }

    #[test]
    fn trouble_is_told_once_again_after_a_day_and_when_it_is_over() {
        use NoticeKind::{Failure, Held, Lateness, Recovery};
        let (well, late) = (status(Outcome::Unchanged, None, false), status(Outcome::Unchanged, None, true));
        let (failed, blocked) =
            (status(Outcome::Failed, Some("source-io"), false), status(Outcome::Blocked, None, false));
        let held = status(Outcome::Held, None, false);
        let steps = [
            (0, well.clone()),
            (1, failed.clone()),
            (2, failed.clone()),
            (24, failed.clone()),
            (25, failed.clone()),
            (26, blocked),
            (27, held.clone()),
            (28, well.clone()),
            (29, well.clone()),
            (30, late),
        ];
        let said = followed(&steps, &NoticeKind::all());
        assert_eq!(
            said,
            [(1, Failure, 0), (25, Failure, 1), (26, Failure, 0), (27, Held, 0), (28, Recovery, 1), (30, Lateness, 0)]
        );
        let only = BTreeSet::from([Failure, Recovery]);
        let said = followed(&[(0, failed), (1, held), (2, well)], &only);
        assert_eq!(said, [(0, Failure, 0), (2, Recovery, 1)], "what nobody asked for is no recovery");
    }

    #[test]
    fn what_did_not_get_through_is_the_same_news_when_it_is_told_again() {
        let rules = Rules { events: &NoticeKind::all(), repeat: None };
        let failed = status(Outcome::Failed, Some("source-io"), false);
        let (first, undelivered) = news((None, None), &failed, rules, at(1)).unwrap();
        let (again, _) = news((None, undelivered.as_ref()), &failed, rules, at(2)).unwrap();
        assert_eq!((first.since, first.before), (again.since, again.before));
        let other = status(Outcome::Failed, Some("source-timeout"), false);
        let (other, _) = news((None, undelivered.as_ref()), &other, rules, at(3)).unwrap();
        assert_eq!(other.since, at(3), "another error is other news");
    }
}
