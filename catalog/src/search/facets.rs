//! What lists of datasets are narrowed by: properties with few values.

use std::collections::{BTreeMap, BTreeSet};

use config::FileFormat;

use crate::Entry;

/// A property of datasets with few values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// `dcat:theme`, by the code of the EU's table.
    Theme,
    /// The formats of its files, by their extensions.
    Format,
    /// `dct:accessRights`, by the code of the EU's table.
    Access,
    /// `dct:accrualPeriodicity`, by the code of the EU's table.
    Frequency,
    /// `dct:license`, by the code of the EU's table.
    Licence,
}

impl Facet {
    /// Every facet.
    pub const ALL: [Self; 5] = [Self::Theme, Self::Format, Self::Access, Self::Frequency, Self::Licence];

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::Format => "format",
            Self::Access => "access",
            Self::Frequency => "frequency",
            Self::Licence => "licence",
        }
    }

    fn values(self, entry: &Entry) -> BTreeSet<String> {
        let file = &entry.dataset.file;
        match self {
            Self::Theme => file.themes.iter().map(|theme| theme.code()).collect(),
            Self::Format => match entry.current() {
                Some(manifest) => manifest.files.iter().map(|file| file.format.extension().to_owned()).collect(),
                None => entry
                    .dataset
                    .distributions
                    .iter()
                    .map(|format: &FileFormat| format.extension().to_owned())
                    .collect(),
            },
            Self::Access => [file.access.code()].into(),
            Self::Frequency => [file.frequency.code()].into(),
            Self::Licence => [file.licence.code()].into(),
        }
    }
}

/// The values that a list is narrowed to: any of those of each facet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters(BTreeMap<Facet, BTreeSet<String>>);

impl Filters {
    /// Lets a value pass.
    pub fn add(&mut self, facet: Facet, value: &str) {
        self.0.entry(facet).or_default().insert(value.to_owned());
    }

    /// Whether a value was asked for.
    pub fn has(&self, facet: Facet, value: &str) -> bool {
        self.0.get(&facet).is_some_and(|values| values.contains(value))
    }

    /// The same with a value more or, if it was there, less.
    #[must_use]
    pub fn toggled(&self, facet: Facet, value: &str) -> Self {
        let mut other = self.clone();
        let values = other.0.entry(facet).or_default();
        if !values.remove(value) {
            values.insert(value.to_owned());
        }
        other.0.retain(|_, values| !values.is_empty());
        other
    }

    /// Facets and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Facet, &str)> {
        self.0.iter().flat_map(|(facet, values)| values.iter().map(|value| (*facet, value.as_str())))
    }
}

/// How many datasets have each value of each facet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<(Facet, String), u32>);

impl Counts {
    /// The values of a facet, those that most datasets have first.
    pub fn of(&self, facet: Facet) -> impl Iterator<Item = (&str, u32)> {
        let mut all: Vec<(&str, u32)> = self
            .0
            .iter()
            .filter(|((of, _), _)| *of == facet)
            .map(|((_, value), count)| (value.as_str(), *count))
            .collect();
        all.sort_by(|(one, few), (other, many)| many.cmp(few).then_with(|| one.cmp(other)));
        all.into_iter()
    }
}

/// One bit for each value of a facet; there are fewer values than bits.
type Mask = [u64; Facet::ALL.len()];

/// The values of each dataset, by its place in the index.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The values of each facet, by their bits.
    values: [Vec<String>; Facet::ALL.len()],
    datasets: Vec<Mask>,
}

impl Index {
    pub(super) fn add(&mut self, entry: &Entry) {
        let mut own = Mask::default();
        for ((facet, known), mask) in Facet::ALL.into_iter().zip(&mut self.values).zip(&mut own) {
            for value in facet.values(entry) {
                let bit = known.iter().position(|other| *other == value).unwrap_or_else(|| {
                    known.push(value);
                    known.len() - 1
                });
                *mask |= u32::try_from(bit).ok().and_then(|bit| 1_u64.checked_shl(bit)).unwrap_or_default();
            }
        }
        self.datasets.push(own);
    }

    /// The values that are asked for; every bit where a facet is not narrowed.
    fn wanted(&self, filters: &Filters) -> Mask {
        let mut wanted = [u64::MAX; Facet::ALL.len()];
        for ((facet, known), mask) in Facet::ALL.into_iter().zip(&self.values).zip(&mut wanted) {
            if let Some(values) = filters.0.get(&facet) {
                let bits = known.iter().zip(bits()).filter(|(value, _)| values.contains(*value)).map(|(_, bit)| bit);
                *mask = bits.fold(0, |all, bit| all | bit);
            }
        }
        wanted
    }

    /// Those of some datasets that have a value of every facet that is asked for, and how many of them have each value,
    /// by the filters on all other facets.
    pub(super) fn ask(&self, filters: &Filters, matching: impl Iterator<Item = usize>) -> (Vec<usize>, Counts) {
        let wanted = self.wanted(filters);
        let mut counts = [[0_u32; 64]; Facet::ALL.len()];
        let mut passing = Vec::new();
        for at in matching {
            let Some(own) = self.datasets.get(at) else { continue };
            // A facet that is not asked for lets those pass too that have no value of it.
            let fails = |(own, wanted): (&u64, &u64)| *wanted != u64::MAX && own & wanted == 0;
            let failing = own.iter().zip(&wanted).filter(|pair| fails(*pair)).count();
            for ((own, wanted), counts) in own.iter().zip(&wanted).zip(&mut counts) {
                if failing == usize::from(fails((own, wanted))) {
                    count(*own, counts);
                }
            }
            if failing == 0 {
                passing.push(at);
            }
        }
        (passing, self.named(&counts))
    }

    fn named(&self, counts: &[[u32; 64]]) -> Counts {
        let all = Facet::ALL.into_iter().zip(&self.values).zip(counts);
        let named = all.flat_map(|((facet, values), counts)| {
            let counted = values.iter().zip(counts).filter(|(_, count)| **count > 0);
            counted.map(move |(value, count)| ((facet, value.clone()), *count))
        });
        Counts(named.collect())
    }
}

/// Every bit, the lowest first.
fn bits() -> impl Iterator<Item = u64> {
    (0..64).map(|bit| 1 << bit)
}

/// Adds one to the count of every bit that is set.
fn count(mut mask: u64, counts: &mut [u32; 64]) {
    while mask != 0 {
        if let Some(count) = counts.get_mut(mask.trailing_zeros() as usize) {
            *count += 1;
        }
        mask &= mask - 1;
    }
}
