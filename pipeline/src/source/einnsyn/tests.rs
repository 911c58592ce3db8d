//! Tests of the eInnsyn source against a small eInnsyn on the loopback.

mod faults;
mod gone;
mod hidden;
#[path = "../../../../tests/clients/replay.rs"]
mod replay;

use std::fs;

use catalog::{Sha256, Store};
use config::{DatasetId, StorageSpec};
use serde_json::{Value, json};
use tempfile::TempDir;

use self::replay::{Replay, World};
use super::*;
use crate::{Error, cursor::Cursor, land::land};

/// A body with a town, three departments of which one is hidden, and a council.
fn units() -> Vec<Value> {
    let unit = |id: &str, parent: Option<&str>, more: Value| {
        let mut unit = json!({ "entity": "Enhet", "id": id, "navn": id, "enhetstype": "AVDELING" });
        if let Some(parent) = parent {
            unit["parent"] = parent.into();
        }
        unit.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        unit
    };
    vec![
        unit("enh_land", None, json!({ "orgnummer": "310279323" })),
        unit("enh_by", Some("enh_land"), json!({ "orgnummer": "310529915" })),
        unit("enh_plan", Some("enh_by"), json!({ "orgnummer": "311263315" })),
        unit("enh_helse", Some("enh_by"), json!({})),
        unit("enh_skjult", Some("enh_by"), json!({ "skjult": true })),
        unit("enh_under_skjult", Some("enh_skjult"), json!({})),
        unit("enh_stengt", Some("enh_by"), json!({ "avsluttetDato": "2025-12-31" })),
        unit("enh_annen", Some("enh_land"), json!({})),
    ]
}

fn entry(number: u32, unit: &str) -> Value {
    let time = format!("2026-02-{:02}T{:02}:{:02}:00.000Z", 1 + number / 24 % 25, number % 24, number % 60);
    json!({
        "entity": "Journalpost", "id": format!("jp_{number:05}"), "journalenhet": "enh_by",
        "administrativEnhetObjekt": unit, "offentligTittel": format!("Brev {number} til ***"),
        "offentligTittelSensitiv": format!("Brev {number} til Lydhør Kveite"),
        "publisertDato": time, "oppdatertDato": time, "journaldato": &time[..10],
        "journalposttype": "inngaaende_dokument",
        "korrespondansepart": [{ "entity": "Korrespondansepart", "id": format!("kp_{number:05}"),
            "korrespondansepartNavn": "***", "korrespondansepartNavnSensitiv": "Lydhør Kveite" }],
        "saksmappe": "sm_00001",
    })
}

/// An entry that came late but is dated before the others.
fn entry_of_old_date() -> Value {
    let mut entry = entry(99, "enh_plan");
    entry["oppdatertDato"] = "2026-01-15T00:00:00Z".into();
    entry
}

fn world(entries: u32) -> World {
    let case = json!({
        "entity": "Saksmappe", "id": "sm_00001", "journalenhet": "enh_by", "administrativEnhetObjekt": "enh_plan",
        "saksnummer": "2026/1", "offentligTittel": "Sak", "publisertDato": "2026-02-01T00:00:00Z",
    });
    let units = units();
    let rows = (0..entries).map(|number| entry(number, if number % 3 == 0 { "enh_helse" } else { "enh_plan" }));
    let mut world = World::new(units, rows.chain([case]).collect());
    world.now = Some(at("2026-03-01T12:00:00Z"));
    world
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The id of a journal entry.
fn jp(number: u32) -> String {
    format!("jp_{number:05}")
}

/// A dataset that is run again and again against a server.
struct Body {
    server: Replay,
    settings: Value,
    _folder: TempDir,
    store: Store,
    dataset: DatasetId,
    config_sha256: &'static str,
    /// Bytes of a part.
    part: u64,
    /// Pages of ids of a part.
    pages: u64,
}

/// What a run brought.
#[derive(Debug, PartialEq)]
enum Run {
    Changed,
    Same,
    Partial,
}

impl Body {
    fn new(world: World, more: &Value) -> Self {
        let server = Replay::start(world);
        let folder = tempfile::tempdir().unwrap();
        let url = url::Url::from_directory_path(folder.path()).unwrap();
        let store = Store::open(&StorageSpec { url, options: BTreeMap::new() }).unwrap();
        let mut settings = json!({
            "base_url": server.base, "organisation_number": "310529915", "allow_private_network": true,
            "timeout_seconds": 20, "page_limit": 10,
        });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Self {
            server,
            settings,
            _folder: folder,
            store,
            dataset: "journal".parse().unwrap(),
            config_sha256: "c",
            part: PART_BYTES,
            pages: PART_PAGES,
        }
    }

    fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.server.world()
    }

    /// Fetches as a run does, keeps what a run keeps; `publishes`: whether the gates let it through.
    async fn run_gated(&self, now: &str, publishes: bool) -> Result<Run> {
        let now = at(now);
        self.world().now = Some(now);
        let spec = serde_json::from_value(self.settings.clone()).unwrap();
        let mut source = EinnsynSource::new(&spec, &BTreeMap::new(), Arc::new(Polite::new(|| 0.0)))?;
        (source.part, source.pages) = (self.part, self.pages);
        let cursor = Cursor::latest(&self.store, &self.dataset).await?;
        let last = cursor.usable(self.config_sha256, "p");
        let past = Past { last, kept: &cursor.kept, pieces: false, store: &self.store, dataset: &self.dataset };
        let fetched = source.fetch(&past, now).await?;
        let partial = matches!(fetched, Fetched::Partial(_));
        let raws = match fetched {
            Fetched::Unchanged | Fetched::Looked(_) | Fetched::Pieces(_) => {
                panic!("a gathering source says what to remember")
            }
            Fetched::Same(gathered) => {
                cursor.keep(&self.store, &self.dataset, &gathered).await?;
                return Ok(Run::Same);
            }
            Fetched::Changed(raws) | Fetched::Partial(raws) => raws,
        };
        land(&self.store, &self.dataset, &raws[0]).await?;
        assert_eq!(Sha256::of(&fs::read(&raws[0].path).unwrap()), raws[0].validators.sha256.clone().unwrap());
        let gathered = vec![raws[0].validators.clone()];
        let cursor = cursor.keep(&self.store, &self.dataset, &gathered).await?;
        if partial {
            return Ok(Run::Partial);
        }
        if publishes {
            let (config_sha256, program) = (self.config_sha256.to_owned(), "p".to_owned());
            let kept = cursor.kept.clone();
            let next = Cursor { seq: 0, config_sha256, program, validators: gathered, kept };
            cursor.advance(&self.store, &self.dataset, &next).await?;
        }
        Ok(Run::Changed)
    }

    async fn run(&self, now: &str) -> Run {
        self.run_gated(now, true).await.unwrap()
    }

    async fn error(&self, now: &str) -> (&'static str, String) {
        match self.run_gated(now, true).await {
            Err(Error::Source { code, reason, hint, .. }) => {
                assert!(hint.len() > 20 && !reason.contains("Kveite"), "{hint} {reason}");
                (code, reason)
            }
            other => panic!("{other:?}"),
        }
    }

    /// The gathered rows.
    async fn rows(&self) -> Vec<Value> {
        let cursor = Cursor::latest(&self.store, &self.dataset).await.unwrap();
        let Some(sha256) = cursor.kept.first().and_then(|kept| kept.sha256.clone()) else { return Vec::new() };
        let bytes = self.store.get(&catalog::Key::Raw(self.dataset.clone(), sha256)).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(!text.contains("Sensitiv") && !text.contains("Kveite"), "sensitive texts are not kept");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    async fn ids(&self) -> Vec<String> {
        self.rows().await.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    /// The gathered rows are those that everybody may see: none lost, none twice, in order.
    async fn is_whole(&self) {
        let ids = self.ids().await;
        let visible: Vec<String> = self.world().visible("Journalpost").into_iter().collect();
        assert_eq!(ids, visible);
    }

    /// Requests since the last call.
    fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.world().requests)
    }

    async fn memory(&self) -> Value {
        let cursor = Cursor::latest(&self.store, &self.dataset).await.unwrap();
        cursor.kept[0].memory.clone().unwrap()
    }
}

/// Sets when a row was updated, and its title.
fn update(world: &mut World, id: &str, when: &str) {
    let row = world.row(id);
    row["oppdatertDato"] = when.into();
    row["offentligTittel"] = format!("Endret {when}").into();
}

#[tokio::test]
async fn the_first_run_reads_everything_once() {
    let body = Body::new(world(45), &json!({}));
    assert_eq!(body.run("2026-03-01T12:00:00Z").await, Run::Changed);
    body.is_whole().await;
    let rows = body.rows().await;
    assert_eq!(rows[0]["korrespondansepart"][0]["korrespondansepartNavn"], "***");
    assert_eq!(rows[0]["saksmappe"]["saksnummer"], "2026/1", "references are expanded");
    let searches = body.requests().iter().filter(|request| request.starts_with("/search")).count();
    assert_eq!(searches, 5, "one request for ten rows");
}

#[tokio::test]
async fn nothing_new_is_the_same_and_costs_one_search() {
    let body = Body::new(world(45), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    body.requests();
    assert_eq!(body.run("2026-03-01T13:00:00Z").await, Run::Same);
    let requests = body.requests();
    let searches: Vec<_> = requests.iter().filter(|request| request.starts_with("/search")).collect();
    assert_eq!(searches.len(), 1, "{requests:?}");
    // The newest of 45 entries is number 44, at 20:44 on the second; fifteen minutes before that.
    assert!(searches[0].contains("oppdatertDatoFrom=2026-02-02T20%3A29%3A00Z"), "{searches:?}");
}

#[tokio::test]
async fn updates_and_new_rows_come_by_their_date() {
    let body = Body::new(world(45), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    update(&mut body.world(), &jp(3), "2026-03-01T12:30:00Z");
    body.world().rows.push({
        let mut new = entry(99, "enh_plan");
        new["oppdatertDato"] = "2026-03-01T12:40:00Z".into();
        new
    });
    assert_eq!(body.run("2026-03-01T13:00:00Z").await, Run::Changed);
    body.is_whole().await;
    let rows = body.rows().await;
    assert_eq!(rows[3]["offentligTittel"], "Endret 2026-03-01T12:30:00Z");
    assert_eq!(body.memory().await["high_water"]["Journalpost"], "2026-03-01T12:40:00Z");
}

#[tokio::test]
async fn a_date_in_the_future_does_not_hide_what_comes_after_it() {
    let body = Body::new(world(10), &json!({}));
    update(&mut body.world(), &jp(1), "9999-12-31T00:00:00Z");
    update(&mut body.world(), &jp(2), "0001-01-01T00:00:00Z");
    body.world().row(&jp(3)).as_object_mut().unwrap().remove("oppdatertDato");
    body.run("2026-03-01T12:00:00Z").await;
    body.is_whole().await;
    update(&mut body.world(), &jp(5), "2026-03-01T12:30:00Z");
    assert_eq!(body.run("2026-03-01T13:00:00Z").await, Run::Changed);
    assert_eq!(body.rows().await[5]["offentligTittel"], "Endret 2026-03-01T12:30:00Z");
}

#[tokio::test]
async fn the_window_finds_what_kept_its_old_date() {
    let body = Body::new(world(45), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    body.world().rows.push(entry_of_old_date());
    assert_eq!(body.run("2026-03-01T13:00:00Z").await, Run::Same, "its date is behind the high-water mark");
    assert_eq!(body.run("2026-03-02T12:00:00Z").await, Run::Changed);
    body.is_whole().await;
    assert!(body.requests().iter().any(|request| request.contains("journaldatoFrom=2025-11-02")));
}

#[tokio::test]
async fn a_changed_declaration_publishes_anew_but_does_not_read_anew() {
    let mut body = Body::new(world(45), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    body.requests();
    body.config_sha256 = "another";
    assert_eq!(body.run("2026-03-01T13:00:00Z").await, Run::Changed);
    assert_eq!(body.requests().iter().filter(|request| request.starts_with("/search")).count(), 1);
    body.settings["since_year"] = 2026.into();
    assert_eq!(body.run("2026-03-01T14:00:00Z").await, Run::Same);
    assert_eq!(body.requests().iter().filter(|request| request.starts_with("/search")).count(), 5, "another question");
}

#[tokio::test]
async fn what_a_gate_blocks_is_gathered_all_the_same() {
    let body = Body::new(world(45), &json!({}));
    assert_eq!(body.run_gated("2026-03-01T12:00:00Z", false).await.unwrap(), Run::Changed);
    body.requests();
    assert_eq!(body.run_gated("2026-03-01T13:00:00Z", false).await.unwrap(), Run::Changed, "judged again");
    assert_eq!(body.requests().iter().filter(|request| request.starts_with("/search")).count(), 1);
    assert_eq!(body.run("2026-03-01T14:00:00Z").await, Run::Changed);
    assert_eq!(body.run("2026-03-01T15:00:00Z").await, Run::Same);
}

#[tokio::test]
async fn a_long_first_reading_is_kept_in_parts_and_goes_on_after_a_crash() {
    let mut body = Body::new(world(300), &json!({}));
    for number in [3, 250] {
        body.world().row(&jp(number)).as_object_mut().unwrap().remove("oppdatertDato");
    }
    body.part = 20_000;
    let mut parts = 0;
    let mut now = at("2026-03-01T12:00:00Z");
    while body.run(&now.to_string()).await == Run::Partial {
        parts += 1;
        let ids = body.ids().await;
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "none twice");
        // The process dies here: only what is stored goes on.
        now += jiff::SignedDuration::from_mins(5);
        assert!(parts < 50);
    }
    assert!(parts > 2, "{parts}");
    body.is_whole().await;
    let searches = body.requests().iter().filter(|request| request.contains("sortBy=oppdatertDato")).count();
    assert!(searches < 30 + 2 * (parts + 1), "{searches} pages for 30 of rows");
    assert_eq!(body.memory().await["loading"], false);
    assert_eq!(body.run("2026-03-01T14:00:00Z").await, Run::Same);
}

#[tokio::test]
async fn parts_go_forward_though_many_rows_have_one_date() {
    let mut body = Body::new(world(60), &json!({}));
    for number in 0..60 {
        update(&mut body.world(), &jp(number), "2026-02-28T12:00:00Z");
    }
    body.part = 1;
    for _ in 0..4 {
        if body.run("2026-03-01T12:00:00Z").await != Run::Partial {
            break;
        }
    }
    body.is_whole().await;
}

#[tokio::test]
async fn lost_rows_are_read_anew() {
    let body = Body::new(world(25), &json!({}));
    body.run("2026-03-01T12:00:00Z").await;
    let cursor = Cursor::latest(&body.store, &body.dataset).await.unwrap();
    let raw = catalog::Key::Raw(body.dataset.clone(), cursor.kept[0].sha256.clone().unwrap());
    body.store.delete_private(&raw).await.unwrap();
    assert_eq!(body.run("2026-03-01T13:00:00Z").await, Run::Same);
    body.requests();
    update(&mut body.world(), &jp(3), "2026-03-01T13:30:00Z");
    assert_eq!(body.run("2026-03-01T14:00:00Z").await, Run::Changed);
    body.is_whole().await;
}

#[tokio::test]
async fn meetings_bring_their_documents_and_decisions() {
    let mut world = world(0);
    world.rows = vec![
        json!({ "entity": "Moetemappe", "id": "mm_1", "utvalgObjekt": "enh_plan", "utvalg": "PLAN",
            "moetedato": "2026-02-18T16:00:00Z", "oppdatertDato": "2026-02-20T16:00:00Z",
            "moetedokument": [{ "entity": "Moetedokument", "id": "mdok_1", "offentligTittel": "Protokoll" }],
            "moetesak": ["ms_1"] }),
        json!({ "entity": "Moetesak", "id": "ms_1", "utvalgObjekt": "enh_plan", "moetemappe": "mm_1",
            "oppdatertDato": "2026-02-20T16:00:00Z", "vedtak": { "entity": "Vedtak", "id": "ved_1", "dato": "2026-02-18",
                "votering": [{ "entity": "Votering", "id": "vot_1", "stemme": "Ja",
                    "moetedeltaker": { "id": "md_1", "moetedeltakerNavn": "Representant 01" } }] } }),
    ];
    let all = ["moetemappe", "moetesak", "moetedokument", "vedtak"];
    let body = Body::new(world, &json!({ "entities": all }));
    body.run("2026-03-01T12:00:00Z").await;
    assert_eq!(body.ids().await, ["mm_1", "mdok_1", "ms_1", "ved_1"]);
    let rows = body.rows().await;
    assert_eq!((&rows[1]["moetemappe"], &rows[1]["utvalg"]), (&json!("mm_1"), &json!("PLAN")));
    let vote = &rows[3]["votering"][0];
    assert_eq!(
        (&vote["stemme"], &vote["moetedeltaker"]["moetedeltakerNavn"]),
        (&json!("Ja"), &json!("Representant 01"))
    );
    // A decision that is taken back goes with the next reading of its case.
    body.world().row("ms_1").as_object_mut().unwrap().remove("vedtak");
    update(&mut body.world(), "ms_1", "2026-03-01T12:30:00Z");
    body.run("2026-03-01T13:00:00Z").await;
    assert_eq!(body.ids().await, ["mm_1", "mdok_1", "ms_1"]);
}

#[tokio::test]
async fn absolute_addresses_of_next_pages_are_followed_too() {
    let body = Body::new(world(45), &json!({}));
    body.world().absolute = true;
    body.run("2026-03-01T12:00:00Z").await;
    body.is_whole().await;
}
