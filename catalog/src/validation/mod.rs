//! Validation of descriptions before they are published: by the shapes of every output profile, with the place where a
//! finding is mended.

mod defect;
mod mend;
mod profile;
mod texts;

pub use defect::Defect;
pub use mend::Field;
pub use profile::OutputProfile;

use std::collections::BTreeSet;

use config::{Config, Text};
use oxigraph::{
    io::RdfFormat as Syntax,
    model::{Term, Triple},
};
use serde::Serialize;

use crate::{
    Result,
    shacl::{ShapeResult, ShapeSeverity, Shapes},
    vocab::{dcat_ap_no, fdk},
};

/// What does not keep a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetadataFinding {
    /// The profile.
    pub profile: OutputProfile,
    /// How serious the shapes call it.
    pub severity: ShapeSeverity,
    /// What was looked at: an IRI, or `_:` and a name.
    pub focus: String,
    /// The path from there, as SPARQL writes it, with full IRIs.
    pub path: Option<String>,
    /// The value that is wrong, as N-Triples write it.
    pub value: Option<String>,
    /// Which kind of constraint of SHACL.
    pub component: &'static str,
    /// What is wrong, in words.
    pub message: Text,
    /// What the shapes say themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<String>,
    /// The field that mends it, if somebody wrote what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
    /// The defect of the shapes that explains it: then nothing is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defect: Option<Defect>,
}

impl MetadataFinding {
    /// Whether publication must wait for it: a violation that no known defect explains.
    pub fn blocks(&self) -> bool {
        self.severity == ShapeSeverity::Violation && self.defect.is_none()
    }
}

/// The compiled shapes of the profiles.
#[derive(Debug)]
pub struct Validator {
    profiles: Vec<(OutputProfile, Vec<Shapes>)>,
}

impl Validator {
    /// Compiles the shapes of some profiles.
    ///
    /// # Errors
    /// `Rdf` or `Shapes` if the program's own shapes cannot be read.
    pub fn of(profiles: &[OutputProfile]) -> Result<Self> {
        let compiled = profiles.iter().map(|profile| Ok((*profile, profile.shapes()?)));
        Ok(Self { profiles: compiled.collect::<Result<_>>()? })
    }

    /// How many profiles it knows.
    pub fn profiles(&self) -> usize {
        self.profiles.len()
    }

    /// Holds a description against every profile; each sees the statements as they are published for it. `config`, if
    /// given, tells which field mends a finding.
    pub fn validate(&self, triples: &[Triple], config: Option<&Config>) -> Vec<MetadataFinding> {
        let triples: Vec<Triple> = triples.iter().filter(|triple| dcat_ap_no::is_harvested(triple)).cloned().collect();
        let mut findings = Vec::new();
        for (profile, shapes) in &self.profiles {
            match profile {
                OutputProfile::Fdk => held((*profile, shapes), &fdk::adapted(&triples), config, &mut findings),
                OutputProfile::DcatApNo3 | OutputProfile::DcatAp3 | OutputProfile::DcatApHvd => {
                    held((*profile, shapes), &triples, config, &mut findings);
                }
            }
        }
        findings
    }

    /// Holds a file as it is against every profile: nothing is adapted to them.
    ///
    /// # Errors
    /// `Rdf` with line and column, if the file cannot be read.
    pub fn validate_file(&self, name: &str, bytes: &[u8], config: Option<&Config>) -> Result<Vec<MetadataFinding>> {
        let triples = statements(name, bytes)?;
        let mut findings = Vec::new();
        for (profile, shapes) in &self.profiles {
            held((*profile, shapes), &triples, config, &mut findings);
        }
        Ok(findings)
    }
}

/// Holds statements against one profile.
fn held(
    (profile, shapes): (OutputProfile, &[Shapes]),
    triples: &[Triple],
    config: Option<&Config>,
    findings: &mut Vec<MetadataFinding>,
) {
    let high_value = (profile == OutputProfile::DcatApHvd).then(|| profile::of_high_value(triples));
    let results = shapes.iter().flat_map(|shapes| shapes.validate(triples));
    let concerned = results.filter(|result| is_concerned(high_value.as_ref(), result));
    findings.extend(concerned.map(|result| finding(profile, &result, config)));
}

/// The statements of a file, in the syntax that its name tells: Turtle, JSON-LD, RDF/XML, N-Triples, N-Quads or `TriG`.
fn statements(name: &str, bytes: &[u8]) -> Result<Vec<Triple>> {
    let extension = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let syntax = match extension.as_str() {
        "xml" | "rdfxml" => Syntax::RdfXml,
        "json" => Syntax::JsonLd { profile: oxigraph::io::JsonLdProfileSet::empty() },
        extension => Syntax::from_extension(extension).unwrap_or(Syntax::Turtle),
    };
    profile::parse(name, syntax, bytes)
}

/// Whether a result is about something that the profile is for.
fn is_concerned(only: Option<&BTreeSet<String>>, result: &ShapeResult) -> bool {
    only.is_none_or(|only| matches!(&result.focus, Term::NamedNode(focus) if only.contains(focus.as_str())))
}

fn finding(profile: OutputProfile, result: &ShapeResult, config: Option<&Config>) -> MetadataFinding {
    let focus = match &result.focus {
        Term::NamedNode(node) => node.as_str().to_owned(),
        other => other.to_string(),
    };
    MetadataFinding {
        profile,
        severity: result.severity,
        path: result.path.clone(),
        value: result.value.as_ref().map(ToString::to_string),
        component: result.component.name(),
        message: texts::said(result),
        said: result.messages.iter().map(|(_, text)| text.clone()).collect(),
        field: config.and_then(|config| mend::field(config, &focus, result.property.as_deref())),
        defect: Defect::of(profile, result),
        focus,
    }
}

#[cfg(test)]
mod tests;
