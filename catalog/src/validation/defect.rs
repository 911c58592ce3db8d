//! Known defects of published shapes: what they report although it is right.

use serde::Serialize;

use super::OutputProfile;
use crate::{
    shacl::{Component, ShapeResult},
    vocab::expand,
};

/// A defect of published shapes. What it explains is told and does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Defect {
    /// The range shapes of DCAT-AP-NO 3 know only media types `application/*`: `text/csv` is one all the same.
    ApplicationMediaTypes,
    /// The shapes of DCAT-AP HVD 3.0.0 want every address to be declared as `rdfs:Resource`, which everything is (RDF Schema 1.1,
    /// section 2.1).
    EveryAddressAResource,
}

impl Defect {
    /// Every defect that is known.
    pub const ALL: [Self; 2] = [Self::ApplicationMediaTypes, Self::EveryAddressAResource];

    /// The name on command lines and in findings.
    pub fn name(self) -> &'static str {
        match self {
            Self::ApplicationMediaTypes => "application-media-types",
            Self::EveryAddressAResource => "every-address-a-resource",
        }
    }

    /// The defect of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|defect| defect.name() == name)
    }

    /// The defect that explains a result, if one does.
    pub(super) fn of(profile: OutputProfile, result: &ShapeResult) -> Option<Self> {
        Self::ALL.into_iter().find(|defect| defect.explains(profile, result))
    }

    fn explains(self, profile: OutputProfile, result: &ShapeResult) -> bool {
        match self {
            Self::ApplicationMediaTypes => {
                let value = result.value.as_ref().map(ToString::to_string).unwrap_or_default();
                let kind = value.strip_prefix("<https://www.w3.org/ns/iana/media-types/");
                let registered = ["audio/", "font/", "image/", "message/", "model/", "multipart/", "text/", "video/"];
                profile == OutputProfile::DcatApNo3
                    && result.property == expand("dcat:mediaType")
                    && kind.is_some_and(|kind| registered.iter().any(|top| kind.starts_with(top)))
            }
            Self::EveryAddressAResource => {
                result.component == Component::Class && Some(&result.wanted) == expand("rdfs:Resource").as_ref()
            }
        }
    }
}
