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

/// The values of each dataset, by its place in the index.
#[derive(Debug, Default)]
pub(super) struct Index(Vec<BTreeMap<Facet, BTreeSet<String>>>);

impl Index {
    pub(super) fn add(&mut self, entry: &Entry) {
        self.0.push(Facet::ALL.into_iter().map(|facet| (facet, facet.values(entry))).collect());
    }

    /// Whether a dataset has a value of every facet that is asked for.
    pub(super) fn passes(&self, at: usize, filters: &Filters) -> bool {
        self.passes_but(at, filters, None)
    }

    fn passes_but(&self, at: usize, filters: &Filters, but: Option<Facet>) -> bool {
        let Some(own) = self.0.get(at) else { return false };
        let passes = |(facet, wanted): (&Facet, &BTreeSet<String>)| {
            Some(*facet) == but || own.get(facet).is_some_and(|values| !values.is_disjoint(wanted))
        };
        filters.0.iter().all(passes)
    }

    /// How many of the datasets that match have each value, by the filters on all other facets.
    pub(super) fn counts(&self, filters: &Filters, matches: &impl Fn(usize) -> bool) -> Counts {
        let mut counts = BTreeMap::new();
        for (at, own) in self.0.iter().enumerate().filter(|(at, _)| matches(*at)) {
            for (facet, values) in own.iter().filter(|(facet, _)| self.passes_but(at, filters, Some(**facet))) {
                for value in values {
                    *counts.entry((*facet, value.clone())).or_insert(0) += 1;
                }
            }
        }
        Counts(counts)
    }
}
