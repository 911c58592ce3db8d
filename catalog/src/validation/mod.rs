//! Validation of descriptions before they are published: by the shapes of every output profile, with the place where a
//! finding is mended.

mod defect;
mod mend;
mod profile;
mod texts;

pub use defect::Defect;
pub use mend::Field;
pub use profile::OutputProfile;

use std::collections::BTreeMap;

use config::{Config, Text};
use oxigraph::{
    io::RdfFormat as Syntax,
    model::{Term, TermRef, Triple, TripleRef},
};
use serde::Serialize;

use crate::{
    Entry, Result,
    shacl::{ShapeResult, ShapeSeverity, Shapes},
    vocab::{
        dcat_ap_no,
        fdk::{self, Adapted},
    },
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
    profiles: Vec<OutputProfile>,
    /// Shapes for the statements as data.norge.no gets them.
    adapted: View,
    /// Shapes for the statements as they are.
    plain: View,
}

/// Shapes of profiles that see the same statements.
#[derive(Debug, Default)]
struct View {
    shapes: Shapes,
    /// The place of each profile's first shape, in order.
    starts: Vec<(usize, OutputProfile)>,
}

impl Validator {
    /// Compiles the shapes of some profiles.
    ///
    /// # Errors
    /// `Rdf` or `Shapes` if the program's own shapes cannot be read.
    pub fn of(profiles: &[OutputProfile]) -> Result<Self> {
        let (mut adapted, mut plain) = (View::default(), View::default());
        for profile in profiles {
            let view = match profile {
                OutputProfile::Fdk => &mut adapted,
                OutputProfile::DcatApNo3 | OutputProfile::DcatAp3 | OutputProfile::DcatApHvd => &mut plain,
            };
            view.starts.push((view.shapes.len(), *profile));
            profile.add_to(&mut view.shapes)?;
        }
        Ok(Self { profiles: profiles.to_vec(), adapted, plain })
    }

    /// How many profiles it knows.
    pub fn profiles(&self) -> usize {
        self.profiles.len()
    }

    /// Holds the description of one dataset, with the catalogue around it, against every profile.
    ///
    /// # Errors
    /// `Graph` if it cannot be described.
    pub fn validate_entry(&self, config: &Config, entry: Entry) -> Result<Vec<MetadataFinding>> {
        let mut statements = dcat_ap_no::dataset(config, &entry)?;
        let id = entry.dataset.id.clone();
        statements.extend(dcat_ap_no::catalogue(config, &BTreeMap::from([(id, entry)]))?);
        let statements: Vec<TripleRef<'_>> = statements.iter().map(Triple::as_ref).collect();
        Ok(self.validate(&statements, Some(config)))
    }

    /// Holds a description against every profile; each sees the statements as they are published for it. `config`, if
    /// given, tells which field mends a finding.
    pub(crate) fn validate(&self, triples: &[TripleRef<'_>], config: Option<&Config>) -> Vec<MetadataFinding> {
        let adapted = fdk::adapted(triples);
        let adapted: Vec<TripleRef<'_>> = adapted.iter().map(Adapted::as_ref).collect();
        let mut findings = self.adapted.findings(&adapted, config);
        findings.extend(self.plain.findings(triples, config));
        findings
    }

    /// Holds a file as it is against every profile: nothing is adapted to them.
    ///
    /// # Errors
    /// `Rdf` with line and column, if the file cannot be read.
    pub fn validate_file(&self, name: &str, bytes: &[u8], config: Option<&Config>) -> Result<Vec<MetadataFinding>> {
        let triples = statements(name, bytes)?;
        let triples: Vec<TripleRef<'_>> = triples.iter().map(Triple::as_ref).collect();
        let mut findings = self.adapted.findings(&triples, config);
        findings.extend(self.plain.findings(&triples, config));
        Ok(findings)
    }
}

impl View {
    /// Holds statements against the shapes of every profile.
    fn findings(&self, triples: &[TripleRef<'_>], config: Option<&Config>) -> Vec<MetadataFinding> {
        if self.starts.is_empty() {
            return Vec::new();
        }
        let high_value = profile::of_high_value(triples);
        // The shapes of high value take everything for that.
        let is_concerned = |place: usize, focus: TermRef<'_>| {
            self.profile(place) != OutputProfile::DcatApHvd
                || matches!(focus, TermRef::NamedNode(focus) if high_value.contains(focus.as_str()))
        };
        let results = self.shapes.validate_where(triples.iter().copied(), &is_concerned);
        results.iter().map(|result| finding(self.profile(result.target), result, config)).collect()
    }

    /// Whose shape stands at a place.
    fn profile(&self, place: usize) -> OutputProfile {
        let after = self.starts.partition_point(|(start, _)| *start <= place);
        self.starts.get(after.saturating_sub(1)).map_or(OutputProfile::DcatAp3, |(_, profile)| *profile)
    }
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
