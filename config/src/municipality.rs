//! The lists of municipalities of 2019, 2020 and 2024, and what became of each from one to the next.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a text is not a code of its form: a stable code of a rejected row.
pub type Unfit = &'static str;

/// The years whose lists there are.
pub const EDITIONS: [u16; 3] = [2019, 2020, 2024];

const CHANGES: [&str; 2] = [
    include_str!("../registers/municipalities-2019-2020.csv"),
    include_str!("../registers/municipalities-2020-2024.csv"),
];

/// Numbers of municipalities are turned into those of a later list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recode {
    /// The list: 2020 or 2024.
    pub to: u16,
    /// For municipalities that were split, the one that all rows go to: `"1507" = "1508"`. Without it such rows are
    /// rejected, since nobody can tell from the number alone.
    #[serde(default)]
    pub choose: BTreeMap<String, String>,
}

/// The changes between two lists, as pairs.
fn changes(index: usize) -> impl Iterator<Item = (&'static str, &'static str)> {
    CHANGES.get(index).into_iter().flat_map(|text| text.lines()).filter_map(|line| line.split_once(';'))
}

/// The numbers of a list.
fn list(edition: u16) -> BTreeSet<&'static str> {
    match edition {
        2019 => changes(0).map(|(before, _)| before).collect(),
        2020 => changes(1).map(|(before, _)| before).collect(),
        _ => changes(1).map(|(_, after)| after).collect(),
    }
}

/// The municipalities that there are, and those that there were.
#[derive(Debug, Clone)]
pub(crate) struct Municipalities {
    there: BTreeSet<&'static str>,
    ever: BTreeSet<&'static str>,
}

impl Municipalities {
    /// Those of one list; `None` for those of any.
    pub(crate) fn of(edition: Option<u16>) -> Self {
        let ever: BTreeSet<_> = EDITIONS.into_iter().flat_map(list).collect();
        Self { there: edition.map_or_else(|| ever.clone(), list), ever }
    }

    /// Whether a number is there.
    pub(crate) fn known(&self, number: &str) -> Result<(), Unfit> {
        match (self.there.contains(number), self.ever.contains(number)) {
            (true, _) => Ok(()),
            (false, true) => Err("reject-code-expired"),
            (false, false) => Err("reject-code-unknown"),
        }
    }

    /// Whether two digits begin a number that is there.
    pub(crate) fn has_county(&self, county: &str) -> bool {
        self.there.range(county..).next().is_some_and(|number| number.starts_with(county))
    }
}

/// What every number of the lists up to 2024 is called in a later one.
#[derive(Debug, Clone, Default)]
pub struct Recoding(BTreeMap<String, BTreeSet<String>>);

impl Recoding {
    /// The way to the list that a declaration names. A number that is in several lists names the same municipality in all.
    pub fn new(recode: &Recode) -> Self {
        let mut ways: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let steps = if recode.to == 2020 { 1 } else { 2 };
        for number in list(2019).into_iter().chain(list(2020)) {
            let mut reached = BTreeSet::from([number]);
            let first = usize::from(!list(2019).contains(number));
            for step in first..steps {
                reached =
                    changes(step).filter(|(before, _)| reached.contains(before)).map(|(_, after)| after).collect();
            }
            ways.insert(number.to_owned(), reached.into_iter().map(str::to_owned).collect());
        }
        for number in list(recode.to) {
            ways.entry(number.to_owned()).or_insert_with(|| BTreeSet::from([number.to_owned()]));
        }
        for (number, chosen) in &recode.choose {
            ways.insert(number.clone(), BTreeSet::from([chosen.clone()]));
        }
        Self(ways)
    }

    /// The number in the later list.
    ///
    /// # Errors
    /// `reject-code-split` where there are several, `reject-code-unknown` where there is none.
    pub fn of(&self, number: &str) -> Result<&str, Unfit> {
        let reached = self.0.get(number).ok_or("reject-code-unknown")?;
        match (reached.first(), reached.len()) {
            (Some(one), 1) => Ok(one),
            (None, _) => Err("reject-code-unknown"),
            _ => Err("reject-code-split"),
        }
    }

    /// The municipalities that a number was split into; none where it was not.
    pub fn split(&self, number: &str) -> Vec<&str> {
        let reached = self.0.get(number).filter(|reached| reached.len() > 1);
        reached.into_iter().flatten().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(year: u16, choose: &[(&str, &str)]) -> Recoding {
        let choose = choose.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        Recoding::new(&Recode { to: year, choose })
    }

    #[test]
    fn the_lists_have_as_many_as_there_were() {
        assert_eq!(EDITIONS.map(|year| list(year).len()), [422, 356, 357]);
    }

    #[test]
    fn numbers_follow_their_municipality() {
        let (newest, older) = (to(2024, &[]), to(2020, &[]));
        for (number, in_2020, in_2024) in [
            ("1902", Ok("5401"), Ok("5501")),
            ("5401", Ok("5401"), Ok("5501")),
            ("5501", Err("reject-code-unknown"), Ok("5501")),
            ("0101", Ok("3001"), Ok("3101")),
            ("0301", Ok("0301"), Ok("0301")),
            ("1507", Ok("1507"), Err("reject-code-split")),
            ("1504", Ok("1507"), Err("reject-code-split")),
            ("1850", Err("reject-code-split"), Err("reject-code-split")),
            ("9999", Err("reject-code-unknown"), Err("reject-code-unknown")),
        ] {
            assert_eq!((older.of(number), newest.of(number)), (in_2020, in_2024), "{number}");
        }
        assert_eq!(newest.split("1507"), ["1508", "1580"]);
        assert_eq!(to(2024, &[("1507", "1508")]).of("1507"), Ok("1508"));
    }

    #[test]
    fn every_number_of_2020_reaches_one_of_2024() {
        let newest = to(2024, &[]);
        for number in list(2020) {
            let reached: Vec<&str> = newest.of(number).map_or_else(|_| newest.split(number), |one| vec![one]);
            assert!(!reached.is_empty() && reached.iter().all(|one| list(2024).contains(one)), "{number}");
        }
    }
}
