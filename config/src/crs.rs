//! In which coordinate system geometries are published.

use std::{borrow::Cow, fmt, ops::RangeInclusive, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::InvalidId;

const RULE: &str = "source, CRS84, or EPSG: and a code, for example EPSG:25833";

/// The EPSG codes that this program can bring to any other of them.
const KNOWN: [RangeInclusive<u32>; 12] = [
    // LAEA Europe, Web Mercator, EUREF89, WGS 84.
    3035..=3035,
    3857..=3857,
    4258..=4258,
    4326..=4326,
    // EUREF89 / NTM zones 5 to 30.
    5105..=5130,
    // With heights in NN2000: EUREF89, NTM zones 5 to 30, UTM zones 31 to 36.
    5942..=5942,
    5945..=5970,
    5971..=5976,
    // UTM zones 31 to 36 with heights in NN54.
    6171..=6176,
    // EUREF89 / UTM zones 29 to 36, NGO 1948 axes I to VIII, WGS 84 / UTM zones 29 to 36.
    25_829..=25_836,
    27_391..=27_398,
    32_629..=32_636,
];

/// Whether the coordinate system with an EPSG code can be read, published and brought to others.
pub fn is_known_epsg(code: u32) -> bool {
    KNOWN.iter().any(|codes| codes.contains(&code))
}

/// The coordinate system in which a geometry is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum GeometryCrs {
    /// The one of the source.
    #[default]
    Source,
    /// Longitude and latitude in WGS 84.
    Crs84,
    /// The one with an EPSG code, which [`is_known_epsg`] may not know.
    Epsg(u32),
}

impl GeometryCrs {
    /// Whether it is the source's.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    pub(crate) fn is_source(&self) -> bool {
        *self == Self::Source
    }
}

impl FromStr for GeometryCrs {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let number = |digits: &str| {
            let plain = digits.len() <= 6 && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
            if plain { digits.parse().ok() } else { None }
        };
        let found = match text.split_once(':') {
            None if text == "source" => Some(Self::Source),
            None if text == "CRS84" => Some(Self::Crs84),
            Some(("EPSG", digits)) => number(digits).map(Self::Epsg),
            _ => None,
        };
        found.ok_or_else(|| InvalidId { kind: "coordinate system", rule: RULE, found: text.to_owned() })
    }
}

impl TryFrom<String> for GeometryCrs {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<GeometryCrs> for String {
    fn from(crs: GeometryCrs) -> Self {
        crs.to_string()
    }
}

impl fmt::Display for GeometryCrs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source => f.write_str("source"),
            Self::Crs84 => f.write_str("CRS84"),
            Self::Epsg(code) => write!(f, "EPSG:{code}"),
        }
    }
}

impl JsonSchema for GeometryCrs {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "GeometryCrs".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = "^(source|CRS84|EPSG:[1-9][0-9]{0,5})$";
        json_schema!({
            "type": "string", "pattern": pattern, "description": RULE, "x-rule": RULE, "x-id": "coordinate system"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_read_and_written() {
        for (text, crs) in [
            ("source", GeometryCrs::Source),
            ("CRS84", GeometryCrs::Crs84),
            ("EPSG:25833", GeometryCrs::Epsg(25_833)),
            ("EPSG:9999", GeometryCrs::Epsg(9999)),
        ] {
            assert_eq!(text.parse::<GeometryCrs>().unwrap(), crs);
            assert_eq!(crs.to_string(), text);
        }
        for bad in ["", "25833", "epsg:25833", "EPSG:", "EPSG:x", "EPSG:025833", "EPSG:+1", "EPSG:9999999", "UTM33"] {
            assert!(bad.parse::<GeometryCrs>().is_err(), "{bad}");
        }
    }

    #[test]
    fn codes_are_known_or_not() {
        for code in [3035, 3857, 4258, 4326, 5105, 5130, 5942, 5973, 6172, 25_833, 27_394, 32_633] {
            assert!(is_known_epsg(code), "{code}");
        }
        for code in [0, 4230, 5943, 23_032, 25_837, 27_399, 32_637] {
            assert!(!is_known_epsg(code), "{code}");
        }
    }
}
