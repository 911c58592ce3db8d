//! Small declarations and drafts for this crate's tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use config::{
    Access, CatalogTexts, Config, Contact, Dataset, DatasetFile, FileFormat, Format, Frequency, GateKind, Gates,
    Keywords, Language, Licence, NdjsonFormat, Pipeline, Profile, Publisher, Server, StorageSpec, Text, Theme,
};

use crate::{
    Entry, Sha256,
    version::{ChangesFile, ColumnInfo, Draft, GateReport, Manifest, PublishedFile, StagedFile},
};

pub(crate) fn text(nb: &str) -> Text {
    Text { nb: nb.to_owned(), nn: None, en: None }
}

fn contact() -> Contact {
    Contact { name: text("Dokumentsenteret"), email: "data@testvik.example".to_owned(), url: None }
}

fn table() -> Profile {
    Profile {
        title: text("Tabell"),
        description: None,
        columns: Vec::new(),
        key: Vec::new(),
        order: Vec::new(),
        partition: None,
        legislation: Vec::new(),
        conforms_to: Vec::new(),
        gates: GateKind::all(),
        checks: Vec::new(),
        defaults: config::GateDefaults::default(),
    }
}

/// A dataset of one text column, `navn`, and an integer key, `id`.
pub(crate) fn dataset(id: &str, title: &str, description: &str) -> Dataset {
    let columns: Vec<config::Column> = serde_json::from_str(
        r#"[{"name":"id","type":{"is":"integer"},"title":{"nb":"Nummer"},"required":true},
            {"name":"navn","type":{"is":"text"},"title":{"nb":"Navn","en":"Name"}}]"#,
    )
    .unwrap();
    let source = serde_json::from_str(r#"{"kind":"file","path":"data/a.ndjson"}"#).unwrap();
    Dataset {
        id: id.parse().unwrap(),
        file: DatasetFile {
            title: text(title),
            description: text(description),
            themes: [Theme::Gove].into(),
            keywords: Keywords::default(),
            licence: Licence::Nlod20,
            access: Access::Public,
            frequency: Frequency::Daily,
            contact: None,
            languages: [Language::Nb].into(),
            provenance: None,
            issued: None,
            profile: "table".parse().unwrap(),
            columns: columns.clone(),
            period: None,
            subjects: BTreeSet::new(),
            high_value: BTreeSet::new(),
            legislation: Vec::new(),
            conforms_to: Vec::new(),
            series: None,
            geonorge: None,
            mapping: BTreeMap::new(),
            selection: None,
            omit: std::collections::BTreeSet::new(),
            key: None,
            order: None,
            partition: None,
            statistics: None,
            checks: Vec::new(),
            schedule: None,
            source,
            archive: None,
            format: Format::Ndjson(NdjsonFormat {}),
            gates: Gates::default(),
            keep: None,
            distributions: None,
            tiles: config::TileArchive::default(),
        },
        address: None,
        headers: BTreeMap::new(),
        contact: contact(),
        profile: table(),
        columns,
        rows: None,
        key: vec!["id".parse().unwrap()],
        order: Vec::new(),
        along: None,
        partition: None,
        distributions: vec![FileFormat::Parquet, FileFormat::Csv],
        config_sha256: "c".repeat(64),
        metadata_sha256: Sha256::of(title.as_bytes()).to_string(),
    }
}

pub(crate) fn entry(id: &str, title: &str, description: &str) -> Entry {
    entry_of(dataset(id, title, description))
}

pub(crate) fn entry_of(dataset: Dataset) -> Entry {
    Entry {
        dataset: Arc::new(dataset),
        versions: BTreeMap::new(),
        withdrawn: BTreeMap::new(),
        partial: BTreeMap::new(),
    }
}

pub(crate) fn config(datasets: Vec<Dataset>) -> Arc<Config> {
    let base_url: url::Url = "https://data.testvik.example/".parse().unwrap();
    Arc::new(Config {
        folder: "config".into(),
        publisher: Publisher {
            name: text("Testvik kommune"),
            organisation_number: "974760673".parse().unwrap(),
            municipality_number: None,
            homepage: None,
            contact: contact(),
        },
        catalog: CatalogTexts {
            title: text("Åpne data"),
            description: text("Data fra kommunen."),
            series: BTreeMap::new(),
        },
        server: Server::default(),
        base_url,
        storage: StorageSpec { url: "file:///unused/".parse().unwrap(), options: BTreeMap::new() },
        pipeline: Pipeline::default(),
        notices: config::Notices::default(),
        datasets: datasets.into_iter().map(|dataset| (dataset.id.clone(), dataset)).collect(),
        broken: BTreeMap::new(),
        profiles: BTreeMap::new(),
        warnings: config::Problems::default(),
    })
}

/// A draft with one table, of which only the bytes matter.
pub(crate) fn draft(dataset: &Dataset, parent: Option<Arc<Manifest>>, content: &str) -> Draft {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.parquet");
    std::fs::write(&path, content).unwrap();
    let column = |(at, column): (usize, &config::Column)| ColumnInfo {
        name: column.name.clone(),
        field_id: i32::try_from(at).unwrap() + 1,
        kind: column.kind.clone(),
        title: column.title.clone(),
        description: None,
        unit: None,
        codes: BTreeMap::new(),
        concept: None,
        required: column.required,
        crs: None,
    };
    let rows = content.lines().count() as u64;
    let staged = StagedFile {
        name: format!("{}.parquet", dataset.id),
        format: FileFormat::Parquet,
        sha256: Sha256::of(content.as_bytes()),
        bytes: content.len() as u64,
        rows,
        path,
        part: None,
        stored: false,
    };
    Draft {
        dataset: Arc::new(dataset.clone()),
        parent,
        columns: dataset.published_columns().enumerate().map(column).collect(),
        files: vec![staged],
        highest_field_id: 2,
        changes: None,
        rows,
        statistics: BTreeMap::new(),
        bbox: None,
        sources: Vec::new(),
        rows_left_out: 0,
        folder,
    }
}

/// The manifest of a version without files.
pub(crate) fn manifest(dataset: &Dataset, number: u64) -> Manifest {
    Manifest {
        dataset: dataset.id.clone(),
        number: crate::VersionNumber(number),
        parent: number.checked_sub(1).filter(|parent| *parent > 0).map(crate::VersionNumber),
        published: jiff::Timestamp::UNIX_EPOCH,
        program: "test".to_owned(),
        config_sha256: String::new(),
        metadata_sha256: String::new(),
        rows: 0,
        columns: Vec::new(),
        highest_field_id: 0,
        key: dataset.key.clone(),
        partition: None,
        statistics: BTreeMap::new(),
        bbox: None,
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

/// A published file of some content.
pub(crate) fn file(content: &str) -> PublishedFile {
    PublishedFile {
        name: "a.parquet".to_owned(),
        format: FileFormat::Parquet,
        sha256: Sha256::of(content.as_bytes()),
        bytes: content.len() as u64,
        rows: 1,
        part: None,
    }
}

/// A changelog of no content.
pub(crate) fn changes_file() -> ChangesFile {
    ChangesFile { name: "changes.parquet".to_owned(), sha256: Sha256::of(b""), bytes: 0 }
}

/// Reports of all gates, without findings.
pub(crate) fn reports() -> Vec<GateReport> {
    let report = |gate| GateReport::new(gate, "everything".to_owned(), Vec::new());
    GateKind::all().into_iter().map(report).collect()
}

impl crate::Store {
    /// Storage in a local folder, without checks of its address.
    pub(crate) fn local(folder: &std::path::Path) -> Self {
        let url = url::Url::from_directory_path(folder).unwrap();
        Self::open(&config::StorageSpec { url, options: std::collections::BTreeMap::new() }).unwrap()
    }
}
