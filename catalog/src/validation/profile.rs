//! The profiles that the catalogue is validated by, with the shapes that their owners publish.

use std::collections::BTreeSet;

use oxigraph::{
    io::{RdfFormat as Syntax, RdfParser},
    model::{NamedOrBlankNodeRef, TermRef, Triple, TripleRef},
};
use serde::Serialize;

use crate::{
    Error, Result,
    shacl::Shapes,
    vocab::{HVD_LEGISLATION, expand},
};

/// What the catalogue is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum OutputProfile {
    /// DCAT-AP-NO 2.0.0, the shapes that the quality service of data.norge.no runs.
    #[serde(rename = "fdk")]
    Fdk,
    /// DCAT-AP-NO 3.
    #[serde(rename = "dcat-ap-no-3")]
    DcatApNo3,
    /// DCAT-AP 3.0.1.
    #[serde(rename = "dcat-ap-3")]
    DcatAp3,
    /// DCAT-AP HVD 3.0.0, for datasets of high value alone.
    #[serde(rename = "dcat-ap-hvd")]
    DcatApHvd,
}

impl OutputProfile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::Fdk, Self::DcatApNo3, Self::DcatAp3, Self::DcatApHvd];

    /// The name on command lines, in addresses and in findings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fdk => "fdk",
            Self::DcatApNo3 => "dcat-ap-no-3",
            Self::DcatAp3 => "dcat-ap-3",
            Self::DcatApHvd => "dcat-ap-hvd",
        }
    }

    /// The profile of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// The files of its shapes, each on its own: name and Turtle.
    fn files(self) -> &'static [(&'static str, &'static str)] {
        macro_rules! shapes {
            ($($name:literal),+) => { &[$(($name, include_str!(concat!("../../shapes/", $name)))),+] };
        }
        match self {
            Self::Fdk => shapes!("dcat-ap-no-2.0.0.ttl"),
            Self::DcatApNo3 => {
                shapes!("dcat-ap-no-3-core.ttl", "dcat-ap-no-3-range.ttl", "dcat-ap-no-3-vocabulary.ttl")
            }
            Self::DcatAp3 => shapes!("dcat-ap-3.0.1-base.ttl", "dcat-ap-3.0.1-range.ttl"),
            Self::DcatApHvd => shapes!("dcat-ap-hvd-3.0.0.ttl"),
        }
    }

    /// Adds its shapes to others: those of each of its files by themselves.
    pub(super) fn add_to(self, shapes: &mut Shapes) -> Result<()> {
        for (name, text) in self.files() {
            shapes.add(&parse(name, Syntax::Turtle, text.as_bytes())?)?;
        }
        Ok(())
    }
}

/// The statements of a file, its blank nodes named as they stand there.
///
/// # Errors
/// `Rdf` with line and column.
pub(super) fn parse(name: &str, syntax: Syntax, bytes: &[u8]) -> Result<Vec<Triple>> {
    let parser = RdfParser::from_format(syntax).without_named_graphs().for_slice(bytes);
    let failed = |error: oxigraph::io::RdfSyntaxError| Error::Rdf {
        name: name.to_owned(),
        syntax: syntax.name(),
        reason: match error.to_string() {
            // The parser's word for a context that would have to be fetched.
            told if told.contains("LoadDocumentCallback") => {
                "it names a context elsewhere, and nothing is fetched".to_owned()
            }
            told => told,
        },
    };
    parser.map(|quad| quad.map(Triple::from).map_err(failed)).collect()
}

/// What is of high value: what says so, and the distributions and services of such datasets.
pub(super) fn of_high_value(triples: &[TripleRef<'_>]) -> BTreeSet<String> {
    let named = |name: &str| expand(name).unwrap_or_default();
    let (law, files, services) =
        (named("dcatap:applicableLegislation"), named("dcat:distribution"), named("dcat:accessService"));
    let pairs = || {
        triples.iter().filter_map(|triple| match (triple.subject, triple.object) {
            (NamedOrBlankNodeRef::NamedNode(subject), TermRef::NamedNode(object)) => {
                Some((subject.as_str(), triple.predicate.as_str(), object.as_str()))
            }
            _ => None,
        })
    };
    let mut found: BTreeSet<String> = pairs()
        .filter(|(_, predicate, object)| *predicate == law && *object == HVD_LEGISLATION)
        .map(|(subject, ..)| subject.to_owned())
        .collect();
    for link in [files, services] {
        let reached: Vec<String> = pairs()
            .filter(|(subject, predicate, _)| *predicate == link && found.contains(*subject))
            .map(|(.., object)| object.to_owned())
            .collect();
        found.extend(reached);
    }
    found
}
