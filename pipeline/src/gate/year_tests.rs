//! Whole runs by a set clock: names that stay for a year and then go, rows that come out of embargo, and a column that
//! is dropped.

use std::{fs, path::Path, sync::Arc};

use catalog::{Catalog, Key, Store, version::Manifest};
use config::{Env, FileFormat, Overrides};
use jiff::{Timestamp, civil::date};

use super::due_again;
use crate::{Outcome, RunRecord, Runner, RunnerParts, Silent, Stop, Trigger};

const INSTANCE: &str = r#"
[publisher]
name = { nb = "Testvik kommune", nn = "Testvik kommune", en = "Testvik municipality" }
organisation_number = "974760673"
[publisher.contact]
name = { nb = "Arkivet" }
email = "post@testvik.example"
[catalog]
title = { nb = "Åpne data", nn = "Opne data", en = "Open data" }
description = { nb = "Data", nn = "Data", en = "Data" }
"#;

const DATASET: &str = r#"
title = { nb = "Journal", nn = "Journal", en = "Journal" }
description = { nb = "Journal", nn = "Journal", en = "Journal" }
themes = ["GOVE"]
licence = "CC0"
frequency = "DAILY"
profile = "table"
key = ["id"]
source = { kind = "file", path = "data.csv" }
format = { kind = "csv", separator = "," }
[gates.privacy]
publish_free_text = ["tittel"]
embargo = "fra"
names = "one-year"
names_decision = { nb = "Vedtak 1", nn = "Vedtak 1", en = "Decision 1" }
names_dates = ["dag", "publisert"]
rules = [{ rule = "phone", action = "drop-column", columns = ["merke"] }]
[[columns]]
name = "id"
type = "code"
title = { nb = "Id" }
[[columns]]
name = "dag"
type = "date"
title = { nb = "Dag" }
[[columns]]
name = "publisert"
type = "datetime"
title = { nb = "Publisert" }
[[columns]]
name = "fra"
type = "date"
title = { nb = "Fra" }
[[columns]]
name = "part"
type = "text"
class = "names"
names = { kind = "slag", organisations = ["org"] }
title = { nb = "Part" }
[[columns]]
name = "slag"
type = "code"
class = "personal"
title = { nb = "Slag" }
[[columns]]
name = "tittel"
type = "text"
class = "free-text"
title = { nb = "Tittel" }
[[columns]]
name = "merke"
type = "text"
title = { nb = "Merke" }
"#;

/// The second entry was published before midnight in UTC, but after it in Norway.
const ROWS: &str = "id,dag,publisert,fra,part,slag,tittel,merke
1,2025-09-02,2025-09-03T10:00:00Z,,Peder Ås,person,Klage fra Peder Ås,a
2,2025-12-31,2025-09-30T22:30:00Z,,Kari Nordmann,,\"Nordmann, Kari\",b
3,2025-09-02,,,Ola Nordmann,person,Sak,c
4,2020-01-01,2020-01-01T10:00:00Z,,Testvik Bygg AS,org,Bygg,d
5,2026-01-01,2026-01-01T10:00:00Z,2026-09-10,Testvik Bygg AS,org,Senere,e
6,2026-01-01,2026-01-01T10:00:00Z,,\"[\"\"Testvik Bygg AS\"\",\"\"Stille Isbre\"\"]\",\"[\"\"org\"\",\"\"person\"\"]\",Bygg,tlf. 75 00 75 09
";

async fn run(folder: &Path, clock: fn() -> Timestamp) -> (RunRecord, Arc<Manifest>, String) {
    let config = Arc::new(config::load(folder, &Overrides::default(), &Env::empty()).unwrap());
    let catalog = Catalog::open(Store::open(&config.storage).unwrap(), config).await.unwrap();
    let runner = Runner::new(catalog, RunnerParts { clock, random: || 0.5, holder: "test".to_owned() });
    let id = "journal".parse().unwrap();
    let record = runner.run(&id, Trigger::Command, Stop::default(), &Silent).await.unwrap();
    let manifest = runner.current(&id).unwrap_or_else(|| panic!("{record:#?}"));
    let csv = manifest.files.iter().find(|file| file.format == FileFormat::Csv).unwrap();
    let key = Key::File(id, csv.sha256.clone(), csv.format);
    let text = String::from_utf8(runner.catalog().store().get(&key).await.unwrap().to_vec()).unwrap();
    (record, manifest, text)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn names_go_on_their_day_although_the_source_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("datasets")).unwrap();
    fs::write(folder.path().join("allmenning.toml"), INSTANCE).unwrap();
    fs::write(folder.path().join("datasets/journal.toml"), DATASET).unwrap();
    fs::write(folder.path().join("data.csv"), ROWS).unwrap();

    let (record, first, text) = run(folder.path(), || at("2026-09-01T04:00:00Z")).await;
    assert_eq!(record.outcome, Outcome::Published, "{record:#?}");
    for (line, shown) in [
        (1, "Peder Ås,Klage fra Peder Ås"),
        (2, "Kari Nordmann,\"Nordmann, Kari\""),
        (3, "***,Sak"),
        (4, "Testvik Bygg AS,Bygg"),
        (5, "Stille Isbre"),
    ] {
        assert!(text.lines().nth(line).unwrap().contains(shown), "{line} {shown}: {text}");
    }
    assert!(!text.contains("Senere") && !text.contains("merke") && !text.contains("75 00 75 09"), "{text}");
    let report = first.gate_report();
    let names = &report["privacy"]["names"];
    assert_eq!((&names["kept"], &names["masked"], &names["undated"]), (&3.into(), &1.into(), &1.into()), "{names}");
    assert_eq!(names["decision"]["nb"], "Vedtak 1");
    assert_eq!(report["completeness"]["rows_embargoed"], 1);
    assert!(first.gates.iter().flat_map(|gate| &gate.findings).any(|found| found.code == "privacy-column-dropped"));
    assert_eq!(first.names_until(), Some(date(2026, 9, 2)));
    assert_eq!(due_again(&first), Some(at("2026-09-01T22:00:00Z")), "midnight in Norway");

    let (record, ..) = run(folder.path(), || at("2026-09-01T21:59:00Z")).await;
    assert_eq!(record.outcome, Outcome::Unchanged);

    let (record, second, text) = run(folder.path(), || at("2026-09-01T22:00:00Z")).await;
    assert_eq!((record.outcome, second.number.0), (Outcome::Published, 2), "{record:#?}");
    assert!(text.lines().nth(1).unwrap().contains("***,Klage fra ***") && text.contains("Kari Nordmann"), "{text}");
    assert_eq!(second.due_again(), Some(date(2026, 9, 10)), "a row comes out of embargo");

    let (_, third, text) = run(folder.path(), || at("2026-10-01T04:00:00Z")).await;
    assert_eq!(third.number.0, 3);
    assert!(text.contains("Senere") && !text.contains("Kari") && text.contains("Stille Isbre"), "{text}");
    assert_eq!(third.due_again(), Some(date(2027, 1, 1)));
}
