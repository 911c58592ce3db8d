//! Texts in the languages of the pages: bokmål, nynorsk and English.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language of the pages and of the metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Norwegian bokmål.
    Nb,
    /// Norwegian nynorsk.
    Nn,
    /// English.
    En,
}

impl Language {
    /// Every language, in the order in which it is shown.
    pub const ALL: [Self; 3] = [Self::Nb, Self::Nn, Self::En];

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Nb => "nb",
            Self::Nn => "nn",
            Self::En => "en",
        }
    }

    /// The one of three, in bokmål, nynorsk and English, that is in this language.
    pub fn pick<T>(self, [nb, nn, en]: [T; 3]) -> T {
        match self {
            Self::Nb => nb,
            Self::Nn => nn,
            Self::En => en,
        }
    }
}

/// One text in up to three languages. Bokmål is always there and stands in for the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Bokmål.
    #[schemars(length(min = 1))]
    pub nb: String,
    /// Nynorsk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nn: Option<String>,
    /// English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

impl Text {
    /// The text in a language, or in bokmål where that language is missing.
    pub fn get(&self, language: Language) -> &str {
        self.exact(language).unwrap_or(&self.nb)
    }

    /// The text in a language, only if it was written in that language.
    pub fn exact(&self, language: Language) -> Option<&str> {
        match language {
            Language::Nb => Some(&self.nb),
            Language::Nn => self.nn.as_deref(),
            Language::En => self.en.as_deref(),
        }
    }

    /// Every language that is there, with its text.
    pub fn iter(&self) -> impl Iterator<Item = (Language, &str)> {
        Language::ALL.into_iter().filter_map(|language| Some((language, self.exact(language)?)))
    }
}

/// Keywords by language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keywords {
    /// Bokmål.
    #[serde(default)]
    pub nb: Vec<String>,
    /// Nynorsk.
    #[serde(default)]
    pub nn: Vec<String>,
    /// English.
    #[serde(default)]
    pub en: Vec<String>,
}

impl Keywords {
    /// The keywords of one language.
    pub fn get(&self, language: Language) -> &[String] {
        match language {
            Language::Nb => &self.nb,
            Language::Nn => &self.nn,
            Language::En => &self.en,
        }
    }
}
