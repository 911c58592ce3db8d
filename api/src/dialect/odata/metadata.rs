//! The service document and `$metadata` (OData CSDL XML 4.01): every published dataset is an entity set.

use std::fmt::Write;

use catalog::{
    Snapshot,
    version::{ColumnInfo, Manifest},
};
use config::{Access, ColumnType, Language};
use serde_json::{Value, json};

/// The namespace of the entity types.
const NAMESPACE: &str = "allmenning";

/// The name of a dataset among entity sets, which have no hyphens.
pub(super) fn set_name(dataset: &str) -> String {
    dataset.replace('-', "_")
}

/// The datasets with rows that are served, by name, with their current versions.
pub(super) fn sets(snapshot: &Snapshot) -> impl Iterator<Item = (String, &catalog::Entry, &Manifest)> {
    snapshot.datasets.values().filter(|entry| entry.dataset.file.access == Access::Public).filter_map(|entry| {
        let manifest = entry.current()?;
        Some((set_name(entry.dataset.id.as_str()), entry, &**manifest))
    })
}

/// The columns that OData shows: those with a place are left to other dialects.
pub(super) fn shown(manifest: &Manifest) -> impl Iterator<Item = &ColumnInfo> {
    manifest.columns.iter().filter(|column| !matches!(column.kind, ColumnType::Geometry { .. }))
}

/// The list of entity sets.
pub(super) fn service(root: &str, snapshot: &Snapshot) -> Value {
    let set = |(name, entry, _): (String, &catalog::Entry, &Manifest)| json!({ "name": name, "kind": "EntitySet", "url": name, "title": entry.dataset.file.title.get(Language::Nb) });
    json!({ "@odata.context": format!("{root}$metadata"), "value": sets(snapshot).map(set).collect::<Vec<_>>() })
}

/// The types of all entity sets.
pub(super) fn metadata(snapshot: &Snapshot) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n\
         <edmx:DataServices>\n<Schema Namespace=\"{NAMESPACE}\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n"
    );
    for (name, _, manifest) in sets(snapshot) {
        entity_type(&mut out, &name, manifest);
    }
    out.push_str("<EntityContainer Name=\"data\">\n");
    for (name, ..) in sets(snapshot) {
        // Writing to a String cannot fail. No name has a character that XML must escape.
        let _ = writeln!(out, "<EntitySet Name=\"{name}\" EntityType=\"{NAMESPACE}.{name}\"/>");
    }
    out.push_str("</EntityContainer>\n</Schema>\n</edmx:DataServices>\n</edmx:Edmx>\n");
    out
}

fn entity_type(out: &mut String, name: &str, manifest: &Manifest) {
    let is_key = |column: &ColumnInfo| manifest.key.contains(&column.name);
    let _ = writeln!(out, "<EntityType Name=\"{name}\">");
    if !manifest.key.is_empty() && !manifest.has_ambiguous_keys() {
        out.push_str("<Key>");
        for key in &manifest.key {
            let _ = write!(out, "<PropertyRef Name=\"{key}\"/>");
        }
        out.push_str("</Key>\n");
    }
    for column in shown(manifest) {
        let (kind, facets) = edm(&column.kind);
        let nullable = if is_key(column) || column.required { " Nullable=\"false\"" } else { "" };
        let _ = writeln!(out, "<Property Name=\"{}\" Type=\"{kind}\"{facets}{nullable}/>", column.name);
    }
    out.push_str("</EntityType>\n");
}

fn edm(kind: &ColumnType) -> (&'static str, String) {
    match kind {
        ColumnType::Text {} | ColumnType::Code { .. } | ColumnType::Geometry { .. } => ("Edm.String", String::new()),
        ColumnType::Integer {} => ("Edm.Int64", String::new()),
        ColumnType::Number {} => ("Edm.Double", String::new()),
        ColumnType::Decimal { scale } => ("Edm.Decimal", format!(" Scale=\"{scale}\"")),
        ColumnType::Boolean { .. } => ("Edm.Boolean", String::new()),
        ColumnType::Date { .. } => ("Edm.Date", String::new()),
        ColumnType::Datetime { .. } => ("Edm.DateTimeOffset", " Precision=\"3\"".to_owned()),
    }
}
