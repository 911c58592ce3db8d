//! The change feed: following it leads to exactly the newest version, however the versions came about.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{http::Method, web::Data};
use arrow::ipc::reader::StreamReader;
use catalog::{
    Sha256, history,
    table::Erasure,
    version::{self, ErasedKey, Manifest, VersionNumber, Withdrawal, WithdrawalKind},
};
use serde_json::{Value, json};

use super::{Answer, ask_state};
use crate::{state::State, testing};

type Rows = BTreeMap<String, i64>;

async fn get(state: &Data<State>, uri: &str) -> Answer {
    ask_state(state, Method::GET, uri, &[]).await
}

async fn publish(state: &Data<State>, rows: &Rows) {
    let rows: Vec<(&str, i64)> = rows.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    testing::publish(&state.catalog, "boliger", &rows).await;
}

async fn withdraw(state: &Data<State>, number: u64) {
    let id = "boliger".parse().unwrap();
    let why = Withdrawal { reason: "feil".to_owned(), by: "arkivar".to_owned(), ..Withdrawal::default() };
    version::withdraw(state.catalog.store(), &id, VersionNumber(number), why).await.unwrap();
    version::clean(state.catalog.store(), &id).await.unwrap();
    state.catalog.refresh().await.unwrap();
}

/// Withdraws the files of a version that bear names, which are all, and leaves its changelog.
async fn withdraw_names(state: &Data<State>, number: u64) {
    let id = "boliger".parse().unwrap();
    let snapshot = state.catalog.snapshot();
    let mut manifest = Manifest::clone(&snapshot.datasets[&id].versions[&VersionNumber(number)]);
    for privacy in manifest.gates.iter_mut().filter_map(|gate| gate.privacy.as_mut()) {
        privacy.names.until = Some(jiff::civil::date(2026, 9, 1));
    }
    let why = Withdrawal { reason: "navn".to_owned(), by: "arkivar".to_owned(), ..Withdrawal::default() };
    version::withdraw_names(state.catalog.store(), &manifest, why).await.unwrap();
    version::clean(state.catalog.store(), &id).await.unwrap();
    state.catalog.refresh().await.unwrap();
}

/// Erases a record (or makes its `antall` blank) as the pipeline does, without its private part.
async fn redact(state: &Data<State>, name: &str, blank: bool, hashed: bool) {
    let snapshot = state.catalog.snapshot();
    let dataset = &snapshot.datasets[&"boliger".parse().unwrap()].dataset;
    let columns = if blank { vec!["antall".parse().unwrap()] } else { Vec::new() };
    let erasure = Erasure { key: [("navn".parse().unwrap(), name.to_owned())].into(), columns };
    let plan = history::plan_erasure(state.catalog.store(), &dataset.id, &erasure).await.unwrap();
    let text = format!("navn:{}:{name}\n", name.len());
    let erased =
        if hashed { ErasedKey::KeySha256(Sha256::of(text.as_bytes())) } else { ErasedKey::Key(erasure.key.clone()) };
    let why = Withdrawal {
        time: jiff::Timestamp::from_second(testing::PUBLISHED).unwrap(),
        kind: WithdrawalKind::Erased,
        erased: vec![erased],
        ..Withdrawal::default()
    };
    history::reissue(state.catalog.store(), dataset, &plan, (&erasure, &why)).await.unwrap();
    version::clean(state.catalog.store(), &dataset.id).await.unwrap();
    state.catalog.refresh().await.unwrap();
}

/// Somebody who follows the feed with the rows.
#[derive(Debug, Default, Clone)]
struct Follower {
    rows: BTreeMap<String, Value>,
    version: Option<u64>,
    ops: Vec<String>,
    /// Whether an erasure may have told already that a row is gone.
    lenient: bool,
}

impl Follower {
    /// Follows to the newest version, or begins anew where there is no way; true if it had to.
    async fn follow_or_begin(&mut self, state: &Data<State>, limit: usize) -> bool {
        let since = self.version.map_or(String::new(), |version| format!("?since={version}"));
        let gone = get(state, &format!("/d/boliger/changes{since}")).await.status == 410;
        if gone {
            *self = Self::default();
        }
        self.follow(state, limit).await;
        gone
    }

    /// Follows to the newest version, a few entries at a time.
    async fn follow(&mut self, state: &Data<State>, limit: usize) {
        let since = self.version.map_or(String::new(), |version| format!("since={version}&"));
        let mut next = Some(format!("/d/boliger/changes?{since}rows=true&limit={limit}"));
        self.ops.clear();
        while let Some(uri) = next {
            let answer = get(state, &uri).await;
            assert_eq!(answer.status, 200, "{uri}: {}", answer.text());
            let page = answer.json();
            assert!(page["changes"].as_array().unwrap().len() <= limit);
            page["changes"].as_array().unwrap().iter().for_each(|entry| self.apply(entry));
            self.version = page["version"].as_u64();
            next = page["next"].as_str().map(|to| to.strip_prefix("https://data.testvik.example").unwrap().to_owned());
            assert!(self.ops.len() < 5000);
        }
    }

    fn apply(&mut self, entry: &Value) {
        let op = entry["_op"].as_str().unwrap();
        self.ops.push(op.to_owned());
        if let Some(hash) = entry["_key_sha256"].as_str() {
            self.rows.retain(|name, _| Sha256::of(format!("navn:{}:{name}\n", name.len()).as_bytes()).as_str() != hash);
            return;
        }
        let name = entry["navn"].as_str().unwrap().to_owned();
        let row = json!({ "navn": name, "antall": entry["antall"] });
        match op {
            "added" | "changed" => drop(self.rows.insert(name, row)),
            "removed" => assert!(self.rows.remove(&name).is_some() || self.lenient, "removed what was not there"),
            "redacted" if entry["_row_sha256"].is_null() => drop(self.rows.remove(&name)),
            "redacted" => {
                if let Some(known) = self.rows.get_mut(&name) {
                    *known = row;
                }
            }
            other => panic!("{other}"),
        }
    }

    /// Exactly the rows of the newest version.
    async fn is_there(&self, state: &Data<State>) {
        let rows = get(state, "/d/boliger/rows?limit=10000").await.json();
        assert_eq!(rows["version"].as_u64(), self.version);
        let there: Vec<&Value> = rows["rows"].as_array().unwrap().iter().collect();
        assert_eq!(self.rows.values().collect::<Vec<_>>(), there);
    }
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn shake(dice: &mut Dice, rows: &mut Rows) {
    for _ in 0..=dice.roll(6) {
        let name = format!("Vei {:02}", dice.roll(25));
        if dice.roll(3) == 0 {
            rows.remove(&name);
        } else {
            rows.insert(name, i64::try_from(dice.roll(4)).unwrap());
        }
    }
}

/// One history by chance, followed from nothing and from the way; how often the follower had to begin anew.
async fn history(seed: u64, names: bool) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let state = testing::state(folder.path()).await;
    let mut dice = Dice(seed);
    let mut rows = Rows::new();
    let mut follower = Follower { lenient: names, ..Follower::default() };
    let mut begun = 0;
    let id = "boliger".parse().unwrap();
    for _ in 0..if names { 16 } else { 8 } {
        let live: Vec<u64> = state.catalog.snapshot().datasets[&id].versions.keys().map(|number| number.0).collect();
        match dice.roll(8) {
            0 if live.len() > 2 => {
                let to = live[usize::try_from(dice.roll(live.len() as u64)).unwrap()];
                let now = jiff::Timestamp::from_second(testing::PUBLISHED).unwrap();
                let declared = std::sync::Arc::clone(&state.catalog.snapshot().datasets[&id].dataset);
                let when = catalog::When { now, today: "2026-01-02".parse().unwrap() };
                catalog::rollback(state.catalog.store(), &declared, VersionNumber(to), when).await.unwrap();
                state.catalog.refresh().await.unwrap();
            }
            // Neither the newest version nor the one the follower has: its rows are gone for good.
            1 if live.len() > 2 => {
                let gone = live[usize::try_from(dice.roll(live.len() as u64 - 1)).unwrap()];
                if follower.version != Some(gone) {
                    withdraw(&state, gone).await;
                }
            }
            2 => {
                let (name, blank) = (format!("Vei {:02}", dice.roll(25)), dice.roll(2) == 0);
                let hashed = !blank && dice.roll(2) == 0;
                redact(&state, &name, blank, hashed).await;
                if !blank {
                    rows.remove(&name);
                }
            }
            3 if names && live.len() > 1 => {
                let gone = live[usize::try_from(dice.roll(live.len() as u64 - 1)).unwrap()];
                withdraw_names(&state, gone).await;
            }
            _ => {
                shake(&mut dice, &mut rows);
                publish_if_new(&state, &rows).await;
                let entry = state.catalog.snapshot().datasets[&id].clone();
                for old in entry.versions.keys().rev().skip(1).filter(|_| names && seed.is_multiple_of(2)) {
                    withdraw_names(&state, old.0).await;
                }
            }
        }
        if dice.roll(3) == 0 {
            let limit = usize::try_from(1 + dice.roll(7)).unwrap();
            begun += usize::from(follower.follow_or_begin(&state, limit).await);
            follower.is_there(&state).await;
        }
    }
    begun += usize::from(follower.follow_or_begin(&state, 3).await);
    follower.is_there(&state).await;
    let mut fresh = Follower::default();
    fresh.follow(&state, 4).await;
    fresh.is_there(&state).await;
    begun
}

async fn publish_if_new(state: &Data<State>, rows: &Rows) {
    let now = get(state, "/d/boliger/rows?limit=10000").await.json();
    let same = rows.iter().map(|(name, count)| json!({ "navn": name, "antall": count }));
    if same.collect::<Vec<_>>() != *now["rows"].as_array().unwrap() {
        publish(state, rows).await;
    }
}

#[actix_web::test]
async fn following_from_nothing_gives_the_newest_version_whatever_happened() {
    for seed in 0..8 {
        assert_eq!(history(seed, false).await, 0, "{seed}");
    }
}

#[actix_web::test]
async fn following_gives_the_newest_version_though_names_are_withdrawn_on_the_way() {
    let mut begun = 0;
    for seed in 0..5 {
        begun += history(seed, true).await;
    }
    // Only where an erasure or a withdrawal broke the chain of changelogs.
    assert!(begun < 5, "{begun}");
}

#[actix_web::test]
async fn who_follows_every_day_goes_on_over_versions_without_names() {
    let folder = tempfile::tempdir().unwrap();
    let state = testing::state(folder.path()).await;
    let mut follower = Follower::default();
    follower.follow(&state, 10).await;
    let mut late = follower.clone();
    for day in 2..8 {
        testing::publish(&state.catalog, "boliger", &[("Bakken 1", 3), ("Bakken 2", day), ("Bakken 3", day / 3)]).await;
        withdraw_names(&state, u64::try_from(day).unwrap() - 1).await;
        if day != 5 {
            follower.follow(&state, 2).await;
            follower.is_there(&state).await;
        }
    }
    late.follow(&state, 2).await;
    late.is_there(&state).await;
    let told = get(&state, "/d/boliger/changes.ndjson?since=1&rows=true").await;
    let told: Vec<Value> = told.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| {
        let entries = told.iter().filter(|entry| entry["navn"] == name);
        entries.map(|entry| (entry["_version"].as_u64().unwrap(), entry["antall"].as_i64())).collect::<Vec<_>>()
    };
    // Only the values of the newest version are told.
    assert_eq!(of("Bakken 2"), [(2, None), (3, None), (4, None), (5, None), (6, None), (7, Some(7))]);
    assert_eq!(of("Bakken 3"), [(2, None), (3, None), (6, Some(2))], "as version 7 still has it");
    let gone = get(&state, "/d/boliger/v/3").await.json();
    assert_eq!((&gone["code"], &gone["replaced_by"]), (&json!("api-withdrawn"), &json!("/d/boliger/v/7")));
    assert_eq!(get(&state, "/d/boliger/rows?version=3").await.status, 410);
}

#[actix_web::test]
async fn entries_tell_what_happened_when_and_to_which_row() {
    let folder = tempfile::tempdir().unwrap();
    let state = testing::state(folder.path()).await;
    testing::publish(&state.catalog, "boliger", &[("Bakken 1", 5), ("Bakken 3", 1)]).await;
    let all = get(&state, "/d/boliger/changes").await;
    assert_eq!((all.header("content-type"), all.header("x-allmenning-version")), ("application/json", "2"));
    let body = all.json();
    assert_eq!((&body["since"], &body["version"], &body["next"]), (&Value::Null, &json!(2), &Value::Null));
    let entries = body["changes"].as_array().unwrap();
    let told: Vec<(&str, &str, u64)> = entries
        .iter()
        .map(|e| (e["navn"].as_str().unwrap(), e["_op"].as_str().unwrap(), e["_version"].as_u64().unwrap()))
        .collect();
    let expected = [
        ("Bakken 1", "added", 1),
        ("Bakken 2", "added", 1),
        ("Bakken 1", "changed", 2),
        ("Bakken 3", "added", 2),
        ("Bakken 2", "removed", 2),
    ];
    assert_eq!(told, expected);
    assert_eq!(entries[2]["_time"], "2026-01-02T03:04:05Z");
    let hash = Sha256::of(b"antall:1:5\nnavn:8:Bakken 1\n").to_string();
    assert_eq!((&entries[2]["_row_sha256"], &entries[4]["_row_sha256"]), (&json!(hash), &Value::Null));
    assert_eq!(entries[2].get("antall"), None, "values come only when asked for");
    let rows = get(&state, "/d/boliger/changes.ndjson?since=1&rows=true").await;
    let rows: Vec<Value> = rows.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.iter().map(|row| &row["antall"]).collect::<Vec<_>>(), [&json!(5), &json!(1), &Value::Null]);
}

#[actix_web::test]
async fn the_newest_version_has_no_changes_yet_and_says_where_to_ask_later() {
    let folder = tempfile::tempdir().unwrap();
    let state = testing::state(folder.path()).await;
    for since in ["1", "latest"] {
        let answer = get(&state, &format!("/d/boliger/changes?since={since}&rows=true")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["changes"], json!([]));
        let later = "https://data.testvik.example/d/boliger/changes?since=1&rows=true";
        assert_eq!(answer.json()["later"], later);
        assert_eq!(answer.header("link"), format!("<{later}>; rel=\"monitor\""));
        assert_eq!(answer.header("cache-control"), "public, no-cache");
        let tag = answer.header("etag").to_owned();
        let uri = format!("/d/boliger/changes?since={since}&rows=true");
        let again = ask_state(&state, Method::GET, &uri, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        testing::publish(&state.catalog, "lukket", &[("Bakken 1", i64::try_from(since.len()).unwrap() + 7)]).await;
    }
}

#[actix_web::test]
async fn every_form_holds_the_same_entries() {
    let folder = tempfile::tempdir().unwrap();
    let state = testing::state(folder.path()).await;
    testing::publish(&state.catalog, "boliger", &[("Bakken 1", 5)]).await;
    for (query, columns) in [("", 6), ("?rows=true", 7), ("?since=2&rows=true", 7)] {
        let lines = get(&state, &format!("/d/boliger/changes.ndjson{query}")).await.text().lines().count();
        let arrow = get(&state, &format!("/d/boliger/changes.arrow{query}")).await;
        let reader = StreamReader::try_new(&arrow.body[..], None).unwrap();
        assert_eq!(reader.schema().fields().len(), columns);
        let batches: Vec<_> = reader.map(Result::unwrap).collect();
        assert_eq!(batches.iter().map(arrow::array::RecordBatch::num_rows).sum::<usize>(), lines);
        let accept = [("accept", "application/vnd.apache.parquet")];
        let parquet = ask_state(&state, Method::GET, &format!("/d/boliger/changes{query}"), &accept).await;
        assert_eq!(parquet.header("content-disposition"), "attachment; filename=\"boliger-changes-v2.parquet\"");
        let path = folder.path().join("changes.parquet");
        std::fs::write(&path, &parquet.body).unwrap();
        let table = catalog::table::TableFile::open_local(&path).unwrap();
        assert_eq!((table.rows(), table.schema().fields().len()), (lines as u64, columns));
    }
}

#[actix_web::test]
async fn a_walk_stays_on_the_version_it_began_with() {
    let folder = tempfile::tempdir().unwrap();
    let state = testing::state(folder.path()).await;
    testing::publish(&state.catalog, "boliger", &[("Bakken 1", 5), ("Bakken 3", 1)]).await;
    let first = get(&state, "/d/boliger/changes?limit=3").await.json();
    let next = first["next"].as_str().unwrap().strip_prefix("https://data.testvik.example").unwrap().to_owned();
    testing::publish(&state.catalog, "boliger", &[("Bakken 9", 9)]).await;
    let second = get(&state, &next).await;
    assert_eq!((second.json()["version"].as_u64(), second.json()["next"].is_null()), (Some(2), true));
    assert_eq!(second.json()["changes"].as_array().unwrap().len(), 2);
    assert_eq!(second.header("cache-control"), "public, max-age=300");
    assert_eq!(get(&state, &next.replace("limit=3", "rows=true")).await.json()["code"], "api-cursor");
}

#[actix_web::test]
async fn what_cannot_be_followed_says_where_to_begin() {
    let folder = tempfile::tempdir().unwrap();
    let state = testing::state(folder.path()).await;
    testing::publish(&state.catalog, "boliger", &[("Bakken 1", 5)]).await;
    testing::publish(&state.catalog, "boliger", &[("Bakken 1", 6)]).await;
    let page = get(&state, "/d/boliger/changes?since=1&limit=1").await.json();
    let next = page["next"].as_str().unwrap().strip_prefix("https://data.testvik.example").unwrap().to_owned();
    withdraw(&state, 2).await;
    for (uri, status, code) in [
        (next.as_str(), 410, "api-changes-gone"),
        ("/d/boliger/changes?since=2", 410, "api-changes-gone"),
        ("/d/boliger/changes?since=77", 410, "api-changes-gone"),
        ("/d/boliger/changes?since=-1", 400, "api-parameter"),
        ("/d/boliger/changes?rows=1", 400, "api-parameter"),
        ("/d/boliger/changes?antall=eq.1", 400, "api-parameter"),
        ("/d/boliger/changes?limit=0", 400, "api-limit"),
        ("/d/boliger/changes?cursor=x", 400, "api-cursor"),
        ("/d/boliger/changes?format=csv", 400, "api-format"),
        ("/d/venter/changes", 404, "api-not-published"),
        ("/d/lukket/changes", 403, "api-not-public"),
    ] {
        let answer = get(&state, uri).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (status, &json!(code)), "{uri}");
        assert!(answer.json()["hint"].is_string(), "{uri}");
    }
    let skipped = get(&state, "/d/boliger/changes?since=1").await.json();
    let ops: BTreeSet<&str> =
        skipped["changes"].as_array().unwrap().iter().map(|e| e["_op"].as_str().unwrap()).collect();
    assert_eq!(ops, ["changed", "removed"].into(), "a withdrawn version is passed over");
}

#[actix_web::test]
async fn an_erased_record_is_told_and_its_values_are_nowhere() {
    for (blank, hashed) in [(false, false), (false, true), (true, false)] {
        let folder = tempfile::tempdir().unwrap();
        let state = testing::state(folder.path()).await;
        testing::publish(&state.catalog, "boliger", &[("Bakken 1", 3), ("Bakken 2", 31_337)]).await;
        let mut follower = Follower::default();
        follower.follow(&state, 10).await;
        redact(&state, "Bakken 2", blank, hashed).await;
        assert!(!get(&state, "/d/boliger/changes.ndjson?rows=true").await.text().contains("31337"));
        follower.follow(&state, 10).await;
        assert_eq!(follower.ops, ["redacted"]);
        follower.is_there(&state).await;
        let entry = get(&state, "/d/boliger/changes?since=2").await.json()["changes"][0].clone();
        assert_eq!(entry["navn"].is_null(), hashed);
        assert_eq!((entry["_key_sha256"].is_null(), entry["_row_sha256"].is_null()), (!hashed, !blank));
        let gone = get(&state, "/d/boliger/v/2/boliger.csv").await;
        assert_eq!((gone.status.as_u16(), &gone.json()["replaced_by"]), (410, &json!("/d/boliger/v/4")));
        assert_eq!(gone.header("link"), "</d/boliger/v/4>; rel=\"successor-version\"");
    }
}

#[actix_web::test]
async fn rows_without_a_key_cannot_be_followed() {
    let folder = tempfile::tempdir().unwrap();
    testing::config(folder.path());
    let file = folder.path().join("datasets/venter.toml");
    let text = std::fs::read_to_string(&file).unwrap().replace("key = [\"navn\"]\n", "");
    std::fs::write(&file, text).unwrap();
    let config =
        std::sync::Arc::new(config::load(folder.path(), &config::Overrides::default(), &config::Env::empty()).unwrap());
    let store = catalog::Store::open(&config.storage).unwrap();
    let catalog = catalog::Catalog::open(store, config).await.unwrap();
    testing::publish(&catalog, "venter", &[("Bakken 1", 3)]).await;
    let now = || jiff::Timestamp::UNIX_EPOCH;
    let state = Data::new(State::new(catalog, crate::routes::ROUTES, "/nowhere".into(), now).unwrap());
    state.set_ready(true);
    let answer = get(&state, "/d/venter/changes").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (409, &json!("api-changes-no-key")));
}
