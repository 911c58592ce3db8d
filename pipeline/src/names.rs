//! Names of persons stay for a year and in the newest version only: what is due when.

use catalog::{Entry, version::Manifest};
use jiff::{SignedDuration, Timestamp};

use crate::gate;

/// How long to wait after a run that could not do away with the names.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// Whether the day has come on which the first names of a version must go.
pub(crate) fn overdue(version: &Manifest, now: Timestamp) -> bool {
    version.names_until().is_some_and(|day| day <= gate::day_in_norway(now))
}

/// When names must go: at once where they are not of the newest version, else on the day on which the first must.
pub(crate) fn names_due(entry: &Entry) -> Option<Timestamp> {
    let current = entry.current()?;
    let old = entry.with_old_names().next().map(|_| Timestamp::MIN);
    old.or_else(|| gate::start_of(current.names_until()?))
}

/// When a dataset must run whatever its schedule says, as its last run tells: on the day on which names must go, and
/// again an hour after a run that could not do it; and once on the day on which rows come out of embargo.
pub(crate) fn due_by_day(entry: &Entry, last: Option<Timestamp>) -> Option<Timestamp> {
    let current = entry.current()?;
    let names = names_due(entry).map(|day| match last {
        Some(last) if last >= day => last.checked_add(AGAIN).unwrap_or(last),
        _ => day,
    });
    let embargo = current.embargo_until().and_then(gate::start_of).filter(|day| last.is_none_or(|last| last < *day));
    names.into_iter().chain(embargo).min()
}
