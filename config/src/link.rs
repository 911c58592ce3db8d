//! Documents elsewhere that say something about a dataset.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// A document elsewhere: a law, a standard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Its address, the one that others name it by.
    pub url: url::Url,
    /// What it is called.
    pub title: Text,
}
