//! Identifiers that are checked once, when they are read.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Why a text is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{found}' is not a valid {kind}: {rule}")]
pub struct InvalidId {
    /// The kind of identifier that was wanted, in words.
    pub kind: &'static str,
    /// The rule that the text breaks, in words.
    pub rule: &'static str,
    /// The text as it was given.
    pub found: String,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $pattern:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId { kind: $kind, rule: $rule, found: text.to_owned() })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
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
                json_schema!({ "type": "string", "pattern": $pattern, "description": $rule, "x-rule": $rule, "x-id": $kind })
            }
        }
    };
}

identifier! {
    /// The name of a dataset in addresses and storage keys: the stem of its TOML file.
    DatasetId, "dataset id", "^[a-z][a-z0-9-]{0,62}$",
    "1 to 63 characters of a-z, 0-9 and hyphen, beginning with a letter", kebab
}

identifier! {
    /// The name of a profile: the stem of its TOML file.
    ProfileId, "profile id", "^[a-z][a-z0-9-]{0,62}$",
    "1 to 63 characters of a-z, 0-9 and hyphen, beginning with a letter", kebab
}

identifier! {
    /// The name of a series of datasets.
    SeriesId, "series id", "^[a-z][a-z0-9-]{0,62}$",
    "1 to 63 characters of a-z, 0-9 and hyphen, beginning with a letter", kebab
}

identifier! {
    /// The name of a published column.
    ColumnName, "column name", "^[a-z][a-z0-9_]{0,62}$",
    "1 to 63 characters of a-z, 0-9 and underscore, beginning with a letter", snake
}

identifier! {
    /// A Norwegian organisation number: nine digits, the last one a modulus 11 check digit
    /// (Brønnøysundregistrene, "Organisasjonsnummeret").
    OrgNumber, "organisation number", "^[0-9]{9}$",
    "nine digits, the last a modulus 11 check digit", org_number
}

identifier! {
    /// A Norwegian municipality number: four digits (SSB KLASS 131).
    MunicipalityNumber, "municipality number", "^[0-9]{4}$", "four digits", municipality
}

impl ColumnName {
    /// The name of a count where none is set.
    pub(crate) fn count() -> Self {
        Self("antall".to_owned())
    }

    /// The name with more at its end; what is too long is cut before that.
    pub(crate) fn with(&self, suffix: &'static str) -> Self {
        let kept: String = self.0.chars().take(63 - suffix.len().min(62)).collect();
        Self(kept + suffix)
    }
}

identifier! {
    /// The UUID of a metadata record (RFC 9562, section 4).
    RecordId, "record id", "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    "a UUID: 8, 4, 4, 4 and 12 of 0-9 and a-f with hyphens between", uuid
}

fn uuid(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(|part| part.bytes().all(is_hex))
}

fn kebab(text: &str) -> bool {
    name(text, b'-')
}

fn snake(text: &str) -> bool {
    name(text, b'_')
}

fn name(text: &str, joiner: u8) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == joiner)
}

fn municipality(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())
}

fn org_number(text: &str) -> bool {
    const WEIGHTS: [u32; 9] = [3, 2, 7, 6, 5, 4, 3, 2, 1];
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    text.len() == 9
        && digits.len() == 9
        && digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum::<u32>() % 11 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dataset_ids_are_kebab() {
        assert!("kommunale-boliger".parse::<DatasetId>().is_ok());
        for bad in ["", "-a", "A", "å", "a_b", "../x", "1a", &"a".repeat(64)] {
            assert!(bad.parse::<DatasetId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn record_ids_are_uuids() {
        assert!("041f1e6e-bdbc-4091-b48f-8a5990f3cc5b".parse::<RecordId>().is_ok());
        for bad in ["", "041f1e6e", "041F1E6E-bdbc-4091-b48f-8a5990f3cc5b", "041f1e6e-bdbc-4091-b48f-8a5990f3cc5g"] {
            assert!(bad.parse::<RecordId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn organisation_numbers_carry_a_check_digit() {
        assert!("974760673".parse::<OrgNumber>().is_ok());
        for bad in ["974760674", "97476067", "97476067x", "٩74760673"] {
            assert!(bad.parse::<OrgNumber>().is_err(), "{bad}");
        }
    }
}
