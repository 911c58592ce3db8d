//! Terms of long vocabularies that a dataset may be linked to, as lists within the program.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

const LOS: &str = include_str!("../registers/los.csv");
const HIGH_VALUE: &str = include_str!("../registers/hvd-categories.csv");

/// The lines of a list, each cut at its semicolons.
fn lines(list: &'static str) -> impl Iterator<Item = [&'static str; 4]> {
    list.lines().map(|line| {
        let mut parts = line.split(';');
        [(); 4].map(|()| parts.next().unwrap_or_default())
    })
}

macro_rules! term {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $list:ident, $key:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([&'static str; 4]);

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                let found = lines($list).find(|line| line[$key] == text);
                found.map(Self).ok_or_else(|| format!(concat!("'{}' is no ", $kind), text))
            }
        }

        impl From<$name> for String {
            fn from(term: $name) -> String {
                term.0[$key].to_owned()
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let all: Vec<&str> = lines($list).map(|line| line[$key]).collect();
                json_schema!({ "type": "string", "enum": all })
            }
        }
    };
}

term! {
    /// A theme, word or life event of LOS, the national vocabulary of public services, by its place in it: `tema/kultur`,
    /// `ord/svommehall`, `hendelse/fa-barn`.
    LosTerm, "term of LOS", LOS, 0
}

term! {
    /// A category of high-value datasets (Implementing Regulation (EU) 2023/138), by its English name: `Addresses`.
    HighValueCategory, "category of high-value datasets", HIGH_VALUE, 1
}

impl LosTerm {
    /// The IRI.
    pub fn iri(self) -> String {
        format!("https://psi.norge.no/los/{}", self.0[0])
    }

    /// The IRI of the scheme: themes, words or life events.
    pub fn scheme(self) -> String {
        let kind = self.0[0].split('/').next().unwrap_or_default();
        format!("https://psi.norge.no/los/ontologi/{kind}")
    }

    /// Labels in bokmål, nynorsk and English; empty where the owner gives none.
    pub fn labels(self) -> [&'static str; 3] {
        let [_, nb, nn, en] = self.0;
        [nb, nn, en]
    }
}

impl HighValueCategory {
    /// The IRI.
    pub fn iri(self) -> String {
        format!("http://data.europa.eu/bna/{}", self.0[0])
    }

    /// The English label.
    pub fn label(self) -> &'static str {
        self.0[1]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_term_has_a_name_of_its_own() {
        for (list, key, count) in [(LOS, 0, 526), (HIGH_VALUE, 1, 96)] {
            let names: BTreeSet<&str> = lines(list).map(|line| line[key]).collect();
            assert_eq!((names.len(), lines(list).count()), (count, count));
            assert!(!names.contains(""));
        }
        assert!(lines(LOS).all(|[path, nb, nn, _]| path.contains('/') && !nb.is_empty() && !nn.is_empty()));
    }

    #[test]
    fn terms_are_read_by_name() {
        let los: LosTerm = serde_json::from_str("\"tema/kultur\"").unwrap();
        assert_eq!(los.iri(), "https://psi.norge.no/los/tema/kultur");
        assert_eq!(los.scheme(), "https://psi.norge.no/los/ontologi/tema");
        assert_eq!(serde_json::to_string(&los).unwrap(), "\"tema/kultur\"");
        let addresses: HighValueCategory = serde_json::from_str("\"Addresses\"").unwrap();
        assert_eq!(addresses.iri(), "http://data.europa.eu/bna/c_c3de25e4");
        assert!(serde_json::from_str::<LosTerm>("\"tema/nope\"").is_err());
    }
}
