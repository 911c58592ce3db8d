//! eInnsyn: a body's journal and meetings, read from version 3 of the national API.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::OrgNumber;

/// A public body's journal and meetings in eInnsyn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EinnsynSource {
    /// Address of the API. Default: `https://api.einnsyn.no/`.
    #[serde(default)]
    pub base_url: Option<url::Url>,
    /// Organisation number of the body; its units are found from there.
    pub organisation_number: OrgNumber,
    /// What to read. Each object becomes one row.
    #[serde(default = "journal")]
    #[schemars(length(min = 1))]
    pub entities: BTreeSet<EinnsynObject>,
    /// Minutes by which every reading of what changed goes back behind the last one.
    #[serde(default = "fifteen")]
    pub overlap_minutes: u32,
    /// Days that are compared with what is known, for what changed without being marked so.
    #[serde(default = "four_months")]
    #[schemars(range(min = 1))]
    pub window_days: u32,
    /// Hours between two such comparisons. 0: at every run.
    #[serde(default = "nightly")]
    pub window_hours: u32,
    /// Days between two readings of all ids, which find what was deleted. 0: at every run.
    #[serde(default = "weekly")]
    pub sweep_days: u32,
    /// Day of the week, in Norway, on which all ids are read. Default: any.
    #[serde(default)]
    pub sweep_weekday: Option<Weekday>,
    /// Rows that one page asks for.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 100))]
    pub page_limit: u8,
    /// First year that is read. Default: all.
    #[serde(default)]
    #[schemars(range(min = 1700, max = 9999))]
    pub since_year: Option<u16>,
    /// Keep full titles and names of parties too, in private storage. Follows `gates.privacy.names`.
    #[serde(skip)]
    pub names: bool,
    /// Also read what belongs to units that are closed.
    #[serde(default)]
    pub closed_units: bool,
    /// Key of the API, as `${NAME}`. Without one only what everybody may see is read, which is what should be published.
    #[serde(default)]
    pub api_key: Option<String>,
    /// Allow the host of the source to lie in a private or loopback network; link-local addresses are never allowed.
    #[serde(default)]
    pub allow_private_network: bool,
    /// Seconds for the whole fetch, retries included.
    #[serde(default = "three_hours")]
    #[schemars(range(min = 1))]
    pub timeout_seconds: u32,
    /// Attempts at one page at the most, the first one included.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 20))]
    pub attempts: u8,
}

/// What eInnsyn holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EinnsynObject {
    /// Journal entries with correspondents, documents, screening and case.
    Journalpost,
    /// Cases.
    Saksmappe,
    /// Meetings.
    Moetemappe,
    /// Cases of meetings.
    Moetesak,
    /// Documents of meetings.
    Moetedokument,
    /// Decisions with their votes.
    Vedtak,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// Number of the day, Monday is 1 (ISO 8601).
    pub fn number(self) -> i8 {
        match self {
            Self::Monday => 1,
            Self::Tuesday => 2,
            Self::Wednesday => 3,
            Self::Thursday => 4,
            Self::Friday => 5,
            Self::Saturday => 6,
            Self::Sunday => 7,
        }
    }
}

fn journal() -> BTreeSet<EinnsynObject> {
    BTreeSet::from([EinnsynObject::Journalpost])
}

fn fifteen() -> u32 {
    15
}

fn four_months() -> u32 {
    120
}

fn nightly() -> u32 {
    24
}

fn weekly() -> u32 {
    7
}

fn hundred() -> u8 {
    100
}

fn three_hours() -> u32 {
    10_800
}

fn ten() -> u8 {
    10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_number_is_enough() {
        let source: EinnsynSource = serde_json::from_str(r#"{"organisation_number": "974760673"}"#).unwrap();
        assert_eq!(source.entities, BTreeSet::from([EinnsynObject::Journalpost]));
        assert_eq!((source.overlap_minutes, source.window_days, source.page_limit), (15, 120, 100));
        assert_eq!((source.base_url, source.api_key), (None, None));
    }

    #[test]
    fn weekdays_are_numbered_as_iso_does() {
        let number = |name: &str| serde_json::from_str::<Weekday>(&format!("\"{name}\"")).unwrap().number();
        assert_eq!((number("monday"), number("sunday")), (1, 7));
    }
}
