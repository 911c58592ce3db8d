//! The way from one version to another along the published versions, for those who follow the changes.

use std::{fmt, ops::Bound, sync::Arc};

use crate::{
    Entry,
    version::{Manifest, VersionNumber, WithdrawalKind},
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
    /// The rows that differ, as the stored changelog of a version tells whose tables are not all left.
    Logged,
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
    let mut here = since.unwrap_or(base);
    if since.is_none() {
        steps.push(Step { from: None, to: base, kind: StepKind::Snapshot });
    }
    while here != until {
        let way = match entry.versions.get(&here) {
            Some(_) if here > until => return Err(Gap::Unknown(here)),
            Some(_) if here < base => return Err(Gap::OtherKey(here)),
            Some(_) => onward(entry, here, until)?,
            None if entry.partial.contains_key(&here) => logged(entry, here, until).ok_or(Gap::Withdrawn(here))?,
            None => vec![erased(entry, here, until)?],
        };
        let Some(last) = way.last() else { return Err(Gap::Withdrawn(here)) };
        here = last.to;
        steps.extend(way);
    }
    Ok(steps)
}

/// From a version that is there to the next one: along the stored changelogs where that is possible, else by a
/// comparison.
fn onward(entry: &Entry, here: VersionNumber, until: VersionNumber) -> Result<Vec<Step>, Gap> {
    let next = entry.versions.range((Bound::Excluded(here), Bound::Included(until))).next();
    let (number, manifest) = next.ok_or(Gap::Unknown(here))?;
    let direct = Step { from: Some(here), to: *number, kind: StepKind::Changes };
    let way = if manifest.parent == Some(here) { None } else { logged(entry, here, *number) };
    Ok(way.unwrap_or_else(|| vec![direct]))
}

/// From a version along stored changelogs, over versions of which only a part is left, to one that is there.
fn logged(entry: &Entry, from: VersionNumber, until: VersionNumber) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut here = entry.known(from)?;
    loop {
        let next = after(entry, here, until)?;
        let is_there = entry.versions.contains_key(&next.number);
        let kind = if is_there { StepKind::Changes } else { StepKind::Logged };
        steps.push(Step { from: Some(here.number), to: next.number, kind });
        if is_there {
            return Some(steps);
        }
        here = next;
    }
}

/// The version that was made from another one, as far as its changelog tells the way.
fn after<'a>(entry: &'a Entry, here: &Manifest, until: VersionNumber) -> Option<&'a Arc<Manifest>> {
    if here.number >= until {
        return None;
    }
    let range = (Bound::Excluded(here.number), Bound::Included(until));
    let whole = entry.versions.range(range).find(|(_, manifest)| manifest.parent == Some(here.number));
    let part = entry.partial.range(range).find(|(_, manifest)| manifest.parent == Some(here.number));
    let next = whole.into_iter().chain(part).min_by_key(|(number, _)| **number).map(|(_, manifest)| manifest)?;
    let same_tables = || here.tables().map(|file| &file.sha256).eq(next.tables().map(|file| &file.sha256));
    (next.key == here.key && (next.changes_file.is_some() || same_tables())).then_some(next)
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

/// From a version that an erasure withdrew to the version in its place.
fn erased(entry: &Entry, here: VersionNumber, until: VersionNumber) -> Result<Step, Gap> {
    let tombstone = entry.withdrawn.get(&here).ok_or(Gap::Unknown(here))?;
    let place = tombstone.replaced_by.filter(|place| *place > here && *place <= until);
    let to = place.filter(|_| tombstone.kind == WithdrawalKind::Erased).ok_or(Gap::Withdrawn(here))?;
    Ok(Step { from: Some(here), to, kind: StepKind::Erased })
}

fn gone(entry: &Entry, number: VersionNumber) -> Gap {
    if entry.withdrawn.contains_key(&number) { Gap::Withdrawn(number) } else { Gap::Unknown(number) }
}

#[cfg(test)]
mod tests {
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

    /// Of a version only a part is left, and its changelog.
    fn partial(entry: &mut Entry, number: u64, parent: Option<u64>) {
        withdrawn(entry, number, Some(99), WithdrawalKind::Names);
        let mut manifest = testing::manifest(&entry.dataset, number);
        manifest.parent = parent.map(VersionNumber);
        manifest.changes_file = Some(testing::changes_file());
        entry.partial.insert(VersionNumber(number), Arc::new(manifest));
    }

    #[test]
    fn changelogs_lead_over_versions_of_which_a_part_is_left() {
        let mut entry = entry(&[1, 5, 7]);
        for (number, parent) in [(2, Some(1)), (3, Some(2)), (4, Some(3)), (6, Some(5))] {
            partial(&mut entry, number, parent);
        }
        assert_eq!(way(&entry, Some(3), 7), Ok(vec![(3, 4), (4, 5), (5, 6), (6, 7)]));
        assert_eq!(way(&entry, None, 5), Ok(vec![(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]));
        assert_eq!(way(&entry, Some(3), 6), Err(Gap::Withdrawn(VersionNumber(6))), "a way leads to what is there");
        assert_eq!(way(&entry, Some(6), 5), Err(Gap::Withdrawn(VersionNumber(6))));
        let kinds: Vec<StepKind> =
            steps(&entry, None, VersionNumber(5)).unwrap().iter().map(|step| step.kind).collect();
        let logged = StepKind::Logged;
        assert_eq!(kinds, [StepKind::Snapshot, logged, logged, logged, StepKind::Changes]);
    }

    #[test]
    fn a_chain_that_is_broken_is_passed_over_or_told() {
        let mut entry = entry(&[1, 5]);
        for (number, parent) in [(2, Some(1)), (4, Some(3))] {
            partial(&mut entry, number, parent);
        }
        assert_eq!(way(&entry, Some(1), 5), Ok(vec![(1, 5)]), "by a comparison");
        assert_eq!(way(&entry, Some(2), 5), Err(Gap::Withdrawn(VersionNumber(2))));
        withdrawn(&mut entry, 3, Some(4), WithdrawalKind::Erased);
        assert_eq!(way(&entry, Some(3), 5), Ok(vec![(3, 4), (4, 5)]), "from an erasure on");
        let mut last = testing::manifest(&entry.dataset, 5);
        last.files = vec![testing::file("other")];
        entry.versions.insert(VersionNumber(5), Arc::new(last));
        assert_eq!(way(&entry, Some(4), 5), Err(Gap::Withdrawn(VersionNumber(4))), "without a changelog");
        let mut other = testing::manifest(&entry.dataset, 4);
        other.key = vec!["navn".parse().unwrap()];
        entry.partial.insert(VersionNumber(4), Arc::new(other));
        assert_eq!(way(&entry, Some(4), 5), Err(Gap::Withdrawn(VersionNumber(4))), "with another key");
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
