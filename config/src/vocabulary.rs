//! The closed vocabularies of DCAT-AP-NO 3 as enums: what cannot be said wrong need not be checked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// EU data theme (`dcat:theme`, authority table `data-theme`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Theme {
    /// Agriculture, fisheries, forestry and food.
    Agri,
    /// Economy and finance.
    Econ,
    /// Education, culture and sport.
    Educ,
    /// Energy.
    Ener,
    /// Environment.
    Envi,
    /// Government and public sector.
    Gove,
    /// Health.
    Heal,
    /// International issues.
    Intr,
    /// Justice, legal system and public safety.
    Just,
    /// Provisional data.
    #[serde(rename = "OP_DATPRO")]
    Provisional,
    /// Regions and cities.
    Regi,
    /// Population and society.
    Soci,
    /// Science and technology.
    Tech,
    /// Transport.
    Tran,
}

/// Open licence (`dct:license`, EU authority table `licence`): the three that data.norge.no counts as open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Licence {
    /// Creative Commons Attribution 4.0.
    #[serde(rename = "CC_BY_4_0")]
    CcBy40,
    /// Creative Commons Zero.
    #[serde(rename = "CC0")]
    Cc0,
    /// Norwegian Licence for Open Government Data 2.0.
    #[serde(rename = "NLOD_2_0")]
    Nlod20,
}

/// Who may see the data (`dct:accessRights`, EU authority table `access-right`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Access {
    /// Open to everybody. The only value whose files are served.
    #[default]
    Public,
    /// Described, but not served.
    Restricted,
    /// Described, but not served.
    NonPublic,
}

/// How often the data changes (`dct:accrualPeriodicity`, EU authority table `frequency`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Frequency {
    /// Continuously.
    Cont,
    /// Hourly.
    Hourly,
    /// Daily.
    Daily,
    /// Weekly.
    Weekly,
    /// Every two weeks.
    Biweekly,
    /// Monthly.
    Monthly,
    /// Every three months.
    Quarterly,
    /// Twice a year.
    #[serde(rename = "ANNUAL_2")]
    Semiannual,
    /// Once a year.
    Annual,
    /// Irregularly.
    Irreg,
    /// Never again.
    Never,
    /// Not known.
    Unknown,
}

/// The code that a serde-renamed unit variant has in its authority table.
fn code<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(code)) => code,
        _ => String::new(),
    }
}

macro_rules! authority {
    ($($name:ident => $table:literal),+ $(,)?) => {$(
        impl $name {
            /// The code in the authority table.
            pub fn code(self) -> String {
                code(self)
            }
            /// The IRI in the EU authority table.
            pub fn iri(self) -> String {
                format!("http://publications.europa.eu/resource/authority/{}/{}", $table, self.code())
            }
        }
    )+};
}

authority! {
    Theme => "data-theme",
    Licence => "licence",
    Access => "access-right",
    Frequency => "frequency",
}
