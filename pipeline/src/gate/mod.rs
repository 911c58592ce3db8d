//! Gates: judge a draft against its declaration and the previous version. Fail closed.

mod access;
mod chance;
mod column_scan;
mod contact;
mod disclosure;
mod drift;
mod facts;
mod finding;
mod forms;
mod geometry;
mod geometry_column;
mod geometry_findings;
mod geometry_flaws;
mod groups;
mod leftovers;
mod masks;
mod metadata;
mod names;
mod numbers;
mod pairs;
mod part_facts;
mod party;
mod privacy;
mod privacy_findings;
mod quality;
mod redact;
mod rules;
mod runs;
mod scanner;
mod sequence;
mod shape;
mod size;
mod systems;
mod words;

use arrow::record_batch::RecordBatch;
use catalog::version::{Draft, GateReport, Manifest};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{Result, disclosure::Disclosed};

pub(crate) use access::{Shielded, has_restricted_head};
pub(crate) use redact::masked_name;

pub use geometry::GeometryScan;
pub use groups::Groups;
pub(crate) use groups::count as count_groups;
pub(crate) use metadata::judge as judge_metadata;
pub use numbers::IdentityNumber;
pub(crate) use part_facts::PartFacts;
pub(crate) use privacy::Dropped;
pub use privacy::PrivacyScan;
pub use scanner::find_identity_numbers;
pub(crate) use sequence::{Numbers, SequenceCheck};
pub use shape::Observed;

/// Judges a draft by every gate but that of metadata, which looks at these reports too. `privacy` and `geometry` looked at each published row while the
/// draft was written; statistics bring what an attacker can work out of them.
pub(crate) fn judge_all(
    draft: &Draft,
    observed: &Observed,
    (privacy, geometry): (PrivacyScan, GeometryScan),
    disclosed: Option<&Disclosed>,
) -> Vec<GateReport> {
    let first = [
        shape::judge(draft, observed),
        privacy.judge(draft, observed.groups.as_ref()),
        geometry.judge(draft, observed),
    ];
    let checks = observed.quality.as_ref().map(|quality| quality::judge(draft, quality));
    let statistics = match disclosed {
        Some(disclosed) => Some(disclosure::judge(draft, disclosed)),
        None => disclosure::undeclared(draft),
    };
    let last = [size::judge(draft), drift::judge(draft, observed)];
    first.into_iter().chain(checks).chain(statistics).chain(last).collect()
}

/// The rows of a batch that may be published, by the privacy gate's actions.
///
/// # Errors
/// `Internal` if a published column is missing or cannot be looked at.
pub fn withhold(scan: &mut PrivacyScan, rows: RecordBatch) -> Result<RecordBatch> {
    scan.pass(rows)
}

/// Whether the same rules hold on two days.
pub(crate) fn same_rules(one: Date, other: Date) -> bool {
    (one >= rules::NEW_CONTROL_DIGITS) == (other >= rules::NEW_CONTROL_DIGITS)
}

/// The start of the day on which a version must be made again though its source is the same: for the scheduler.
pub fn due_again(version: &Manifest) -> Option<Timestamp> {
    start_of(version.due_again()?)
}

/// The start of a day in Norway.
pub(crate) fn start_of(day: Date) -> Option<Timestamp> {
    let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
    Some(day.to_zoned(zone).ok()?.timestamp())
}

/// The day in Norway at an instant: what dated rules are held against.
pub fn day_in_norway(now: Timestamp) -> Date {
    // The zone is bundled with the program; UTC is at most two hours behind.
    let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
    now.to_zoned(zone).date()
}

#[cfg(test)]
mod geometry_tests;
#[cfg(test)]
mod journal_tests;
#[cfg(test)]
mod privacy_tests;
#[cfg(test)]
mod scanner_tests;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod year_tests;
