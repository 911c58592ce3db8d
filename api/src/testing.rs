//! A small catalogue for tests: one published dataset, one that waits, one that is not open.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use actix_web::web;
use arrow::{
    array::{ArrayRef, Int64Array, StringArray},
    record_batch::RecordBatch,
};
use catalog::{
    Catalog, Sha256, Store,
    table::{TableFile, TableWriter, arrow_schema, columns_of},
    version::{
        Clearance, Completeness, Draft, GateReport, NamesFacts, NotChecked, PrivacyFacts, RuleCount, SequenceGap,
        SequenceGaps, StagedFile, Unchecked, commit,
    },
};
use config::{Config, Dataset, Env, FileFormat, GateKind, Overrides, PrivacyAction, PrivacyRule};
use jiff::Timestamp;

use crate::state::State;

const INSTANCE: &str = r#"
[publisher]
name = { nb = "Testvik kommune", en = "Testvik municipality" }
organisation_number = "310529915"
contact = { name = { nb = "Åpne data" }, email = "data@testvik.example" }
[catalog]
title = { nb = "Åpne data", nn = "Opne data", en = "Open data" }
description = { nb = "Alt kommunen deler." }
[server]
base_url = "https://data.testvik.example/"
[storage]
url = "store"
"#;

const DATASET: &str = r#"
profile = "table"
themes = ["REGI"]
licence = "CC0"
frequency = "MONTHLY"
title = { nb = "Boliger <i>i</i> Testvik", nn = "Bustader i Testvik", en = "Dwellings in Testvik" }
description = { nb = "Kommunale boliger." }
source = { kind = "file", path = "b.csv" }
format = { kind = "csv" }
key = ["navn"]
[[columns]]
name = "navn"
type = { is = "text" }
title = { nb = "Navn", en = "Name" }
[[columns]]
name = "antall"
type = { is = "integer" }
title = { nb = "Antall" }
unit = "m2"
"#;

/// When the test versions were published: 2026-01-02 03:04:05 UTC.
pub(crate) const PUBLISHED: i64 = 1_767_323_045;

/// The settings of the small catalogue, read from files in a folder.
pub(crate) fn config(folder: &Path) -> Arc<Config> {
    let datasets = folder.join("datasets");
    std::fs::create_dir_all(&datasets).unwrap();
    std::fs::write(folder.join("allmenning.toml"), INSTANCE).unwrap();
    std::fs::write(datasets.join("boliger.toml"), DATASET).unwrap();
    std::fs::write(datasets.join("venter.toml"), DATASET).unwrap();
    std::fs::write(datasets.join("lukket.toml"), format!("access = \"RESTRICTED\"\n{DATASET}")).unwrap();
    Arc::new(config::load(folder, &Overrides::default(), &Env::empty()).unwrap())
}

/// The settings again, with a free port to listen on.
pub(crate) fn config_listening(folder: &Path) -> Arc<Config> {
    let overrides = Overrides { listen: vec!["[::]:0".parse().unwrap()], ..Overrides::default() };
    Arc::new(config::load(folder, &overrides, &Env::empty()).unwrap())
}

/// A state over a catalogue with one version of `boliger` and of `lukket`, and none of `venter`.
pub(crate) async fn state(folder: &Path) -> web::Data<State> {
    let config = config(folder);
    let catalog = Catalog::open(Store::open(&config.storage).unwrap(), Arc::clone(&config)).await.unwrap();
    publish(&catalog, "boliger", &[("Bakken 1", 3), ("Bakken 2", 4)]).await;
    publish(&catalog, "lukket", &[("Bakken 1", 3)]).await;
    let now = || Timestamp::from_second(PUBLISHED + 60).unwrap();
    let state = State::new(catalog, crate::routes::ROUTES, PathBuf::from("/nowhere"), now).unwrap();
    state.set_ready(true);
    web::Data::new(state)
}

/// Publishes rows as the next version and lets the catalogue see it.
pub(crate) async fn publish(catalog: &Catalog, id: &str, rows: &[(&str, i64)]) {
    let entry = catalog.snapshot().datasets[&id.parse().unwrap()].clone();
    let mut draft = draft(&entry.dataset, entry.current().cloned(), rows);
    if let Some(old) = entry.current() {
        let old = TableFile::open(catalog.store(), &old.key_of(&old.files[0])).await.unwrap();
        let new = TableFile::open_local(&draft.files[0].path).unwrap();
        let path = draft.folder.path().join("changes.parquet");
        let key = &entry.dataset.key;
        draft.changes = Some(catalog::stage_changes(&[old], &[new], &draft.columns, key, &path).await.unwrap());
    }
    let reports: Vec<GateReport> = GateKind::all()
        .into_iter()
        .map(|gate| GateReport::new(gate, format!("{} rows", rows.len()), Vec::new()))
        .map(|report| with_facts(report, rows.len() as u64))
        .collect();
    let clearance = Clearance::grant(&draft, &GateKind::all(), reports).unwrap();
    let now = Timestamp::from_second(PUBLISHED).unwrap();
    commit(catalog.store(), draft, clearance, now).await.unwrap();
    assert!(catalog.refresh().await.unwrap());
}

/// What the gates of shape and privacy tell of their work.
fn with_facts(report: GateReport, rows: u64) -> GateReport {
    let gap = SequenceGap { series: Some("2025".to_owned()), first: 3, last: 5 };
    let sequence = SequenceGaps {
        column: "nr".to_owned(),
        within: Some("aar".to_owned()),
        missing: 3,
        gaps: vec![gap],
        checked: true,
    };
    let completeness = Completeness {
        rows_read: rows + 1,
        rows_published: rows,
        rows_withheld: 1,
        selection: Some(serde_json::from_str(r#"{"nb": "Alt fra 2024", "en": "All since 2024"}"#).unwrap()),
        sequence: Some(sequence),
        ..Completeness::default()
    };
    let found = RuleCount { rule: PrivacyRule::IdentityNumber, action: Some(PrivacyAction::WithholdRow), cells: 1 };
    let privacy = PrivacyFacts {
        as_of: "2026-01-02".parse().unwrap(),
        rules: PrivacyRule::ALL.to_vec(),
        found: vec![found],
        names: NamesFacts::default(),
        not_checked: vec![NotChecked { what: Unchecked::TypedColumns, columns: vec!["dato".to_owned()] }],
    };
    match report.gate {
        GateKind::Shape => GateReport { completeness: Some(completeness), ..report },
        GateKind::Privacy => GateReport { privacy: Some(privacy), ..report },
        GateKind::Geometry
        | GateKind::Quality
        | GateKind::Disclosure
        | GateKind::Size
        | GateKind::Drift
        | GateKind::Metadata => report,
    }
}

fn draft(dataset: &Arc<Dataset>, parent: Option<Arc<catalog::version::Manifest>>, rows: &[(&str, i64)]) -> Draft {
    let folder = tempfile::tempdir().unwrap();
    let columns = columns_of(dataset, parent.as_deref());
    let names: ArrayRef = Arc::new(StringArray::from(rows.iter().map(|row| row.0).collect::<Vec<_>>()));
    let counts: ArrayRef = Arc::new(Int64Array::from(rows.iter().map(|row| row.1).collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(arrow_schema(&columns), vec![names, counts]).unwrap();
    let parquet = folder.path().join("data.parquet");
    let mut writer = TableWriter::create(&parquet, &columns, &dataset.key, &dataset.order).unwrap();
    writer.write(&batch).unwrap();
    let summary = writer.finish().unwrap();
    let csv = folder.path().join("data.csv");
    let lines: String = rows.iter().flat_map(|(name, count)| [(*name).to_owned(), format!(",{count}\r\n")]).collect();
    std::fs::write(&csv, format!("navn,antall\r\n{lines}")).unwrap();
    let files = vec![
        staged(dataset, FileFormat::Parquet, parquet, summary.rows),
        staged(dataset, FileFormat::Csv, csv, summary.rows),
    ];
    Draft {
        highest_field_id: columns.iter().map(|column| column.field_id).max().unwrap_or_default(),
        dataset: Arc::clone(dataset),
        parent,
        columns,
        files,
        changes: None,
        rows: summary.rows,
        statistics: summary.statistics,
        bbox: None,
        sources: Vec::new(),
        rows_left_out: 0,
        folder,
    }
}

fn staged(dataset: &Dataset, format: FileFormat, path: PathBuf, rows: u64) -> StagedFile {
    let bytes = std::fs::read(&path).unwrap();
    StagedFile {
        name: format!("{}.{}", dataset.id, format.extension()),
        format,
        sha256: Sha256::of(&bytes),
        bytes: bytes.len() as u64,
        rows,
        path,
        part: None,
        stored: false,
    }
}
