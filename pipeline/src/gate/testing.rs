//! A small dataset and its drafts, for tests.

use std::{collections::BTreeMap, sync::Arc};

use catalog::{
    Sha256,
    version::{ColumnInfo, ColumnStatistics, Draft, Manifest, StagedFile, VersionNumber},
};
use config::{Dataset, FileFormat};
use serde_json::{Value, json};

/// A dataset with these columns, format and gates.
pub(crate) fn dataset_of(columns: &Value, format: &Value, gates: &Value) -> Dataset {
    let text = json!({ "nb": "Prøve" });
    let file = json!({
        "title": text, "description": text, "themes": ["GOVE"], "licence": "CC0", "frequency": "DAILY",
        "profile": "table", "source": { "kind": "file", "path": "a.csv" }, "format": format, "gates": gates,
        "columns": columns,
    });
    Dataset {
        id: "test".parse().unwrap(),
        file: serde_json::from_value(file).unwrap(),
        address: None,
        headers: BTreeMap::new(),
        contact: serde_json::from_value(json!({ "name": text, "email": "arkiv@example.no" })).unwrap(),
        profile: serde_json::from_value(json!({ "title": text })).unwrap(),
        columns: serde_json::from_value(columns.clone()).unwrap(),
        rows: None,
        key: Vec::new(),
        order: Vec::new(),
        along: None,
        partition: None,
        distributions: vec![FileFormat::Parquet],
        config_sha256: String::new(),
        metadata_sha256: String::new(),
    }
}

/// A draft of a dataset with the columns `navn`, `antall`, `andel`, `merknad` (free text) and `leietaker` (personal).
pub(super) fn draft(gates: &Value, rows: u64) -> Draft {
    let column = |name: &str, kind: &str, class: &str| json!({ "name": name, "type": { "is": kind }, "title": { "nb": name }, "class": class });
    let columns = json!([
        column("navn", "text", "open"),
        column("antall", "integer", "open"),
        column("andel", "number", "open"),
        column("merknad", "text", "free-text"),
        column("leietaker", "text", "personal"),
    ]);
    let dataset = dataset_of(&columns, &json!({ "kind": "csv" }), gates);
    let published = dataset.published_columns().map(|column| ColumnInfo {
        name: column.name.clone(),
        field_id: 1,
        kind: column.kind.clone(),
        title: column.title.clone(),
        description: None,
        unit: None,
        codes: BTreeMap::new(),
        concept: None,
        required: false,
        crs: None,
    });
    let parquet = StagedFile {
        name: "test.parquet".to_owned(),
        format: FileFormat::Parquet,
        path: "test.parquet".into(),
        sha256: Sha256::of(b""),
        bytes: 100,
        rows,
        part: None,
        stored: false,
    };
    Draft {
        parent: None,
        columns: published.collect(),
        files: vec![parquet],
        highest_field_id: 1,
        changes: None,
        rows,
        statistics: BTreeMap::new(),
        bbox: None,
        sources: Vec::new(),
        rows_left_out: 0,
        folder: tempfile::tempdir().unwrap(),
        dataset: Arc::new(dataset),
    }
}

/// The version before a draft, with the same columns and no missing values.
pub(super) fn parent_of(draft: &Draft, rows: u64) -> Manifest {
    let statistics = draft.columns.iter().map(|column| (column.name.clone(), ColumnStatistics::default()));
    Manifest {
        dataset: draft.dataset.id.clone(),
        number: VersionNumber::FIRST,
        parent: None,
        published: jiff::Timestamp::UNIX_EPOCH,
        program: "allmenning 0.1.0".to_owned(),
        config_sha256: String::new(),
        metadata_sha256: String::new(),
        rows,
        columns: draft.columns.clone(),
        highest_field_id: 0,
        key: Vec::new(),
        statistics: statistics.collect(),
        bbox: None,
        partition: None,
        files: Vec::new(),
        gates: Vec::new(),
        sources: Vec::new(),
        changes: None,
        changes_file: None,
        rows_left_out: 0,
        note: None,
        replaces: None,
    }
}
