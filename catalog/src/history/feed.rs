//! The way from one version to another along the published versions, for those who follow the changes.

use std::{fmt, ops::Bound};

use crate::{
    Entry,
    version::{VersionNumber, WithdrawalKind},
};

/// One step of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The version the follower has; `None` if nothing yet.
    pub from: Option<VersionNumber>,
    /// The version the follower has afterwards.
    pub to: VersionNumber,
    /// What the step is made of.
    pub kind: StepKind,
}

/// What a step is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// Every row of the version, as added.
    Snapshot,
    /// The rows that differ between two versions.
    Changes,
    /// The records that were erased from a version: the version that took its place is the same without them.
    Erased,
}

/// Why there is no way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// The rows of the dataset have no key.
    NoKey,
    /// There never was such a version.
    Unknown(VersionNumber),
    /// The version was withdrawn, and nothing tells how the next one differs from it.
    Withdrawn(VersionNumber),
    /// The version has another key than the newest one.
    OtherKey(VersionNumber),
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => f.write_str("the rows have no key, so their changes cannot be followed"),
            Self::Unknown(number) => write!(f, "there is no version {number}"),
            Self::Withdrawn(number) => write!(f, "version {number} was withdrawn and its rows are gone"),
            Self::OtherKey(number) => write!(f, "the rows of version {number} have another key"),
        }
    }
}

/// The steps from `since` (`None`: from nothing) to `until`, a version that is not withdrawn. Following them in order
/// gives exactly the rows of `until`.
///
/// # Errors
/// The gap, if there is no such way.
pub fn steps(entry: &Entry, since: Option<VersionNumber>, until: VersionNumber) -> Result<Vec<Step>, Gap> {
    let base = base(entry, until)?;
    let mut steps = Vec::new();
    let mut here = if let Some(since) = since {
        erased_until_live(entry, since, until, &mut steps)?
    } else {
        steps.push(Step { from: None, to: base, kind: StepKind::Snapshot });
        base
    };
    if here < base {
        return Err(Gap::OtherKey(here));
    }
    if here > until {
        return Err(Gap::Unknown(here));
    }
    for next in entry.versions.range((Bound::Excluded(here), Bound::Included(until))).map(|(number, _)| *number) {
        steps.push(Step { from: Some(here), to: next, kind: StepKind::Changes });
        here = next;
    }
    Ok(steps)
}

/// The first version from which on every version up to `until` has the same key.
fn base(entry: &Entry, until: VersionNumber) -> Result<VersionNumber, Gap> {
    let key = match entry.versions.get(&until) {
        Some(manifest) if manifest.key.is_empty() || manifest.has_ambiguous_keys() => return Err(Gap::NoKey),
        Some(manifest) => &manifest.key,
        None => return Err(gone(entry, until)),
    };
    let same = entry
        .versions
        .range(..=until)
        .rev()
        .take_while(|(_, manifest)| manifest.key == *key && !manifest.has_ambiguous_keys());
    Ok(same.last().map_or(until, |(number, _)| *number))
}

/// Follows erasures from a version that was withdrawn by one to the version in its place.
fn erased_until_live(
    entry: &Entry,
    since: VersionNumber,
    until: VersionNumber,
    steps: &mut Vec<Step>,
) -> Result<VersionNumber, Gap> {
    let mut here = since;
    while !entry.versions.contains_key(&here) {
        let tombstone = entry.withdrawn.get(&here).ok_or(Gap::Unknown(here))?;
        let place = tombstone.replaced_by.filter(|place| *place > here && *place <= until);
        let next = place.filter(|_| tombstone.kind == WithdrawalKind::Erased).ok_or(Gap::Withdrawn(here))?;
        steps.push(Step { from: Some(here), to: next, kind: StepKind::Erased });
        here = next;
    }
    Ok(here)
}

fn gone(entry: &Entry, number: VersionNumber) -> Gap {
    if entry.withdrawn.contains_key(&number) { Gap::Withdrawn(number) } else { Gap::Unknown(number) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{testing, version::Withdrawal};

    fn entry(live: &[u64]) -> Entry {
        let mut entry = testing::entry("boliger", "Boliger", "x");
        for number in live {
            let manifest = testing::manifest(&entry.dataset, *number);
            entry.versions.insert(VersionNumber(*number), Arc::new(manifest));
        }
        entry
    }

    fn withdrawn(entry: &mut Entry, number: u64, replaced_by: Option<u64>, kind: WithdrawalKind) {
        let replaced_by = replaced_by.map(VersionNumber);
        entry.withdrawn.insert(VersionNumber(number), Withdrawal { replaced_by, kind, ..Withdrawal::default() });
    }

    fn way(entry: &Entry, since: Option<u64>, until: u64) -> Result<Vec<(u64, u64)>, Gap> {
        let steps = steps(entry, since.map(VersionNumber), VersionNumber(until))?;
        Ok(steps.iter().map(|step| (step.from.map_or(0, |from| from.0), step.to.0)).collect())
    }

    #[test]
    fn the_way_goes_along_the_versions_that_are_left() {
        let mut entry = entry(&[1, 2, 4, 5]);
        withdrawn(&mut entry, 3, None, WithdrawalKind::Withdrawn);
        assert_eq!(way(&entry, None, 5), Ok(vec![(0, 1), (1, 2), (2, 4), (4, 5)]));
        assert_eq!(way(&entry, Some(2), 4), Ok(vec![(2, 4)]));
        assert_eq!(way(&entry, Some(5), 5), Ok(vec![]));
        assert_eq!(way(&entry, Some(3), 5), Err(Gap::Withdrawn(VersionNumber(3))));
        assert_eq!(way(&entry, Some(9), 5), Err(Gap::Unknown(VersionNumber(9))));
        assert_eq!(way(&entry, Some(5), 4), Err(Gap::Unknown(VersionNumber(5))));
        assert_eq!(way(&entry, None, 3), Err(Gap::Withdrawn(VersionNumber(3))));
    }

    #[test]
    fn erasures_lead_to_the_version_in_the_place_of_the_old_one() {
        let mut entry = entry(&[1, 6, 7, 8]);
        withdrawn(&mut entry, 2, Some(4), WithdrawalKind::Erased);
        withdrawn(&mut entry, 3, Some(5), WithdrawalKind::Erased);
        withdrawn(&mut entry, 4, Some(6), WithdrawalKind::Erased);
        withdrawn(&mut entry, 5, Some(7), WithdrawalKind::Erased);
        assert_eq!(way(&entry, Some(2), 8), Ok(vec![(2, 4), (4, 6), (6, 7), (7, 8)]));
        assert_eq!(way(&entry, Some(1), 8), Ok(vec![(1, 6), (6, 7), (7, 8)]));
        assert_eq!(way(&entry, Some(2), 4), Err(Gap::Withdrawn(VersionNumber(4))));
        withdrawn(&mut entry, 9, Some(9), WithdrawalKind::Erased);
        assert_eq!(way(&entry, Some(9), 8), Err(Gap::Withdrawn(VersionNumber(9))), "never round in a circle");
    }

    #[test]
    fn a_new_key_begins_a_new_way() {
        let mut entry = entry(&[1, 2, 3]);
        let mut other = testing::manifest(&entry.dataset, 1);
        other.key = vec!["navn".parse().unwrap()];
        entry.versions.insert(VersionNumber(1), Arc::new(other));
        assert_eq!(way(&entry, None, 3), Ok(vec![(0, 2), (2, 3)]));
        assert_eq!(way(&entry, Some(1), 3), Err(Gap::OtherKey(VersionNumber(1))));
        let mut none = testing::manifest(&entry.dataset, 3);
        none.key.clear();
        entry.versions.insert(VersionNumber(3), Arc::new(none));
        assert_eq!(way(&entry, None, 3), Err(Gap::NoKey));
    }
}
