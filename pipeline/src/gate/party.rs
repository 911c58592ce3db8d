//! Which names in a cell are those of natural persons. What nothing tells counts as a person.

use std::fmt;

use arrow::{
    array::{Array, AsArray, StringArray},
    datatypes::Int64Type,
    record_batch::RecordBatch,
};
use config::{ColumnName, NameRule};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

use super::{leftovers::behind_masks, redact::MASK};
use crate::{Error, Result};

/// Weights of the first eight digits of an organisation number.
const WEIGHTS: [u32; 8] = [3, 2, 7, 6, 5, 4, 3, 2];

/// How the names of one column are told apart.
pub(super) enum Parties<'r> {
    /// The source shows everybody another form of the text.
    Public { public: &'r StringArray, published: bool },
    /// Columns tell the kind of party.
    Told { kinds: Option<&'r dyn Array>, organisations: Vec<String>, numbers: Option<&'r dyn Array> },
}

/// A cell without the names of persons, and those names.
pub(super) type Stripped = (String, Vec<String>);

impl<'r> Parties<'r> {
    /// What tells persons from organisations in a batch; `published` says whether a column is.
    pub(super) fn of(rows: &'r RecordBatch, rule: &NameRule, published: impl Fn(&ColumnName) -> bool) -> Result<Self> {
        if let Some(name) = &rule.public {
            return Ok(Self::Public { public: texts(column(rows, name)?)?, published: published(name) });
        }
        Ok(Self::Told {
            kinds: rule.kind.as_ref().map(|name| column(rows, name)).transpose()?,
            organisations: rule.organisations.iter().map(|kind| kind.to_lowercase()).collect(),
            numbers: rule.organisation_number.as_ref().map(|name| column(rows, name)).transpose()?,
        })
    }

    /// A cell without the names of persons; `None` where it holds none.
    pub(super) fn strip(&self, cell: &str, row: usize) -> Option<Stripped> {
        match self {
            Self::Public { public, published } => {
                let public = public.is_valid(row).then(|| public.value(row));
                if public == Some(cell) {
                    return None;
                }
                let names = public.and_then(|public| behind_masks(cell, public)).unwrap_or_default();
                let shown = public.filter(|_| *published).unwrap_or(MASK).to_owned();
                Some((shown, names.into_iter().map(str::to_owned).collect()))
            }
            Self::Told { .. } => self.strip_told(cell, row),
        }
    }

    fn strip_told(&self, cell: &str, row: usize) -> Option<Stripped> {
        let Some(parties) = list(cell) else {
            return self.is_person(row, None).then(|| (MASK.to_owned(), vec![cell.to_owned()]));
        };
        let mut names = Vec::new();
        let shown: Vec<String> = parties
            .into_iter()
            .enumerate()
            .map(|(place, party)| {
                if party.is_empty() || !self.is_person(row, Some(place)) {
                    return party;
                }
                names.push(party);
                MASK.to_owned()
            })
            .collect();
        (!names.is_empty()).then(|| (serde_json::json!(shown).to_string(), names))
    }

    /// A kind decides, else an organisation number, else it is a person.
    fn is_person(&self, row: usize, place: Option<usize>) -> bool {
        let Self::Told { kinds, organisations, numbers } = self else { return true };
        let value = |array: Option<&dyn Array>| {
            let text = array.and_then(|array| text_of(array, row))?;
            let text = match place {
                Some(place) => list(&text).map_or(Some(text), |all| all.into_iter().nth(place))?,
                None => text,
            };
            (!text.trim().is_empty()).then(|| text.trim().to_lowercase())
        };
        match (value(*kinds), value(*numbers)) {
            (Some(kind), _) => !organisations.contains(&kind),
            (None, Some(number)) => !is_organisation_number(&number),
            (None, None) => true,
        }
    }
}

/// A JSON list of texts; a missing one is empty. `None` if the cell is no such list.
pub(super) fn list(cell: &str) -> Option<Vec<String>> {
    let items: Vec<Option<String>> = cell.starts_with('[').then(|| serde_json::from_str(cell).ok()).flatten()?;
    Some(items.into_iter().map(Option::unwrap_or_default).collect())
}

/// The names in a cell: one, a JSON list of them, or a list of parties as eInnsyn's API has them.
pub(super) fn known(cell: &str) -> Vec<String> {
    let names =
        cell.starts_with('[').then(|| serde_json::from_str(cell).map_or_else(|_| one_by_one(cell), |Known(n)| Some(n)));
    names.flatten().unwrap_or_else(|| vec![cell.to_owned()])
}

/// Names of a list with an item that serde cannot hold, such as a number beyond all bounds: that item counts as a name.
fn one_by_one(cell: &str) -> Option<Vec<String>> {
    let items: Vec<&RawValue> = serde_json::from_str(cell).ok()?;
    let mut names = Vec::new();
    for item in items {
        if Item(&mut names).deserialize(&mut serde_json::Deserializer::from_str(item.get())).is_err() {
            names.push(item.get().to_owned());
        }
    }
    Some(names)
}

/// Names in a list; all else in it is passed over without being kept.
struct Known(Vec<String>);

impl<'de> Deserialize<'de> for Known {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_seq(Self(Vec::new()))
    }
}

impl<'de> Visitor<'de> for Known {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names or parties")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> std::result::Result<Self, A::Error> {
        while list.next_element_seed(Item(&mut self.0))?.is_some() {}
        Ok(self)
    }
}

/// A name, or a party with members that hold names; anything else is passed over.
struct Item<'n>(&'n mut Vec<String>);

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name or a party")
    }

    fn visit_str<E>(self, name: &str) -> std::result::Result<(), E> {
        self.0.push(name.to_owned());
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut party: A) -> std::result::Result<(), A::Error> {
        while let Some(is_name) = party.next_key_seed(NameMember)? {
            if !is_name {
                party.next_value::<IgnoredAny>()?;
            } else if let Value::String(name) = party.next_value()? {
                self.0.push(name);
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> std::result::Result<(), E> {
        Ok(())
    }
}

/// Whether a party's member holds a name.
struct NameMember;

impl<'de> DeserializeSeed<'de> for NameMember {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameMember {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, member: &str) -> std::result::Result<bool, E> {
        Ok(member.contains("Navn"))
    }
}

/// A column of a batch.
pub(super) fn column<'r>(rows: &'r RecordBatch, name: &ColumnName) -> Result<&'r dyn Array> {
    let array = rows.column_by_name(name.as_str()).map(AsRef::as_ref);
    array.ok_or_else(|| Error::Internal(format!("column '{name}' was not normalised")))
}

/// A column as texts.
pub(super) fn texts(array: &dyn Array) -> Result<&StringArray> {
    array.as_string_opt::<i32>().ok_or_else(|| Error::Internal("a column of names is no text".to_owned()))
}

fn text_of(array: &dyn Array, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
        return Some(numbers.value(row).to_string());
    }
    array.as_string_opt::<i32>().map(|texts| texts.value(row).to_owned())
}

/// Nine digits with the control digit of the Norwegian register; blanks are left out.
fn is_organisation_number(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(10)).collect();
    let Some([first @ .., control]) = digits.as_deref() else { return false };
    let sum: u32 = first.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    first.len() == WEIGHTS.len() && (11 - sum % 11) % 11 == *control
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_from_texts_lists_and_parties() {
        assert_eq!(known("Kari Nordmann"), ["Kari Nordmann"]);
        assert_eq!(known(r#"["Kari Nordmann", null, "Peder Ås"]"#), ["Kari Nordmann", "Peder Ås"]);
        let parties = r#"[{"korrespondansepartNavn":"***","korrespondansepartNavnSensitiv":"Stille Isbre","x":"y"}]"#;
        assert_eq!(known(parties), ["***", "Stille Isbre"]);
        let odd = r#"[{"navnet\u004eavn": "Blid Myrull", "xNavn": ["a"]}, 7, -1, 0.5, true, [{"yNavn": "b"}]]"#;
        assert_eq!(known(odd), ["Blid Myrull"]);
        assert_eq!(known(r#"[1e400, "Kari Nordmann"]"#), ["1e400", "Kari Nordmann"]);
        let beyond = r#"[{"aNavn":"Peder Ås","bNavn":1e400}]"#;
        assert_eq!(known(beyond), ["Peder Ås", r#"{"aNavn":"Peder Ås","bNavn":1e400}"#]);
        for broken in ["[{]", "[\"a\"", "[\"a\"] x"] {
            assert_eq!(known(broken), [broken]);
        }
    }

    #[test]
    fn the_vectors_of_organisation_numbers() {
        let text = include_str!("../../../tests/fixtures/privacy/identifier-vectors.json");
        let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
        for (list, expected) in [("valid", true), ("invalid", false)] {
            for value in vectors["organisasjonsnummer"][list].as_array().unwrap() {
                assert_eq!(is_organisation_number(value.as_str().unwrap()), expected, "{value}");
            }
        }
    }
}
