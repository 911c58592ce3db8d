//! Codes of coordinate systems.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The code of a coordinate system in the EPSG register, written `EPSG:25833`. Whether the program can bring the system
/// to longitude and latitude is known to the pipeline only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^EPSG:[0-9]{4,6}$"))]
pub struct Epsg(u32);

impl Epsg {
    /// The number.
    pub fn code(self) -> u32 {
        self.0
    }
}

impl FromStr for Epsg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("EPSG:").filter(|digits| (4..=6).contains(&digits.len()));
        let code = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        code.and_then(|code| code.parse().ok())
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no coordinate system: write its EPSG code, for example \"EPSG:25833\""))
    }
}

impl TryFrom<String> for Epsg {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Epsg> for String {
    fn from(epsg: Epsg) -> Self {
        epsg.to_string()
    }
}

impl fmt::Display for Epsg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EPSG:{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_in_one_way() {
        assert_eq!("EPSG:25833".parse::<Epsg>().unwrap().to_string(), "EPSG:25833");
        for bad in ["25833", "epsg:25833", "EPSG:", "EPSG:23", "EPSG:2583x", "EPSG:99999999", "EPSG: 25833"] {
            assert!(bad.parse::<Epsg>().is_err(), "{bad}");
        }
    }
}
