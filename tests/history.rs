//! What versions know of each other: changelogs, field ids, withdrawn content, broken manifests, the way back.

use std::fs;

use serde_json::{Value, json};

use crate::harness::Sandbox;

/// A dataset of two columns that the tests make up, with further lines of TOML.
fn sandbox(settings: &str, rows: &str) -> Sandbox {
    let sandbox = Sandbox::with(&[]);
    sandbox.write("datasets/liste.toml", dataset(settings, &["nr", "navn"]));
    sandbox.write("data/liste.csv", rows);
    sandbox
}

fn dataset(settings: &str, columns: &[&str]) -> String {
    let column =
        |name: &&str| format!("[[columns]]\nname = \"{name}\"\ntype = \"code\"\ntitle = {{ nb = \"{name}\" }}\n");
    let columns: String = columns.iter().map(column).collect();
    format!(
        "title = {{ nb = \"Liste\" }}\ndescription = {{ nb = \"En liste.\" }}\nthemes = [\"GOVE\"]\nlicence = \"CC0\"\n\
         frequency = \"DAILY\"\nprofile = \"table\"\nsource = {{ kind = \"file\", path = \"data/liste.csv\" }}\n\
         format = {{ kind = \"csv\", separator = \",\" }}\n{settings}\n\
         [gates.drift]\nmax_row_loss = 1.0\nmax_row_growth = 10.0\n{columns}"
    )
}

fn published(sandbox: &Sandbox) -> Value {
    let record = sandbox.run_one("liste");
    assert_eq!(record["outcome"], "published", "{record:#}");
    record
}

fn version(sandbox: &Sandbox, number: u64) -> Value {
    sandbox.run(&["versions", "liste", "--json"]).json()["versions"][number.to_string()].clone()
}

fn codes(record: &Value) -> String {
    let reports = record["gates"].as_array().unwrap().iter();
    let codes =
        reports.flat_map(|report| report["findings"].as_array().unwrap()).map(|finding| finding["code"].as_str());
    codes.flatten().collect::<Vec<_>>().join(" ")
}

const KEY: &str = "key = [\"nr\"]";

#[test]
fn a_withdrawn_version_does_not_come_back_by_itself() {
    let sandbox = sandbox(KEY, "nr,navn\n1,a\n");
    published(&sandbox);
    assert_eq!(sandbox.run(&["withdraw", "liste", "1", "--reason", "feil"]).code, 0);
    let plan = sandbox.run(&["plan", "liste", "--json"]);
    assert_eq!((plan.code, &plan.json()[0]["blocked"]), (4, &json!(true)), "{}", plan.out);
    let record = sandbox.run_one("liste");
    assert_eq!(
        (record["outcome"].as_str(), codes(&record).as_str()),
        (Some("blocked"), "withdrawn-content"),
        "{record:#}"
    );
    assert!(sandbox.run(&["versions", "liste", "--json"]).json()["versions"].as_object().unwrap().is_empty());
    sandbox.write("data/liste.csv", "nr,navn\n1,b\n");
    assert_eq!(published(&sandbox)["version"], 2);
}

#[test]
fn a_broken_newest_manifest_is_named_and_a_rollback_leads_out() {
    let sandbox = sandbox(KEY, "nr,navn\n1,a\n");
    published(&sandbox);
    let broken = sandbox.path("storage/public/datasets/liste/versions/00000002.json");
    fs::write(&broken, "{ not json").unwrap();
    sandbox.write("data/liste.csv", "nr,navn\n1,b\n");
    let record = sandbox.run_one("liste");
    assert_eq!(
        (&record["outcome"], &record["error"]["code"]),
        (&json!("failed"), &json!("catalog-manifest")),
        "{record:#}"
    );
    let rebuilt = sandbox.run(&["rebuild", "--json"]);
    assert_eq!(rebuilt.code, 1, "a version that cannot be read is not all well");
    assert!(rebuilt.out.contains("00000002.json"), "{}", rebuilt.out);
    assert_eq!(sandbox.run(&["rollback", "liste", "1"]).code, 0);
    assert_eq!(published(&sandbox)["version"], 4);
}

#[test]
fn there_is_no_changelog_where_keys_do_not_name_rows() {
    let sandbox = sandbox(&format!("{KEY}\n[gates.shape]\nunique_key = false"), "nr,navn\n1,a\n1,b\n,c\n2,d\n");
    published(&sandbox);
    // First the draft and its parent share keys, then only the parent.
    for (rows, added, removed) in [("1,a\n1,x\n,c\n2,d\n", 1, 1), ("1,a\n2,d\n", 0, 2)] {
        sandbox.write("data/liste.csv", format!("nr,navn\n{rows}"));
        let plan = sandbox.run(&["plan", "liste", "--json"]).json()[0].clone();
        assert_eq!(plan["changes"], json!({ "added": added, "changed": 0, "removed": removed }));
        let record = published(&sandbox);
        assert_eq!(record["changes"], Value::Null, "{record:#}");
        assert!(codes(&record).contains("drift-no-changelog"), "{record:#}");
    }
    sandbox.write("data/liste.csv", "nr,navn\n1,a\n2,e\n");
    assert_eq!(published(&sandbox)["changes"], json!({ "added": 0, "changed": 1, "removed": 0 }));
}

#[test]
fn a_plan_counts_changes_without_a_key() {
    let sandbox = sandbox("", "nr,navn\n1,a\n1,a\n2,b\n");
    published(&sandbox);
    let plan = sandbox.run(&["plan", "liste", "--json"]).json()[0].clone();
    assert_eq!((&plan["differs"], &plan["changes"]), (&json!(false), &Value::Null));
    sandbox.write("data/liste.csv", "nr,navn\n1,a\n2,B\n3,c\n");
    let plan = sandbox.run(&["plan", "liste", "--json"]).json()[0].clone();
    assert_eq!(plan["changes"], json!({ "added": 2, "changed": 0, "removed": 2 }));
    assert!(sandbox.run(&["plan", "liste"]).out.contains("+2 added, ~0 changed, -2 removed"));
}

#[test]
fn field_ids_are_never_given_to_another_column() {
    let sandbox = sandbox(KEY, "nr,navn,by,sted\n1,a,x,y\n");
    published(&sandbox);
    let ids = |number| {
        let columns = version(&sandbox, number)["columns"].clone();
        let of = |column: &Value| format!("{}={}", column["name"].as_str().unwrap(), column["field_id"]);
        columns.as_array().unwrap().iter().map(of).collect::<Vec<_>>().join(" ")
    };
    sandbox.write("datasets/liste.toml", dataset(KEY, &["nr"]));
    published(&sandbox);
    sandbox.write("datasets/liste.toml", dataset(KEY, &["nr", "by"]));
    published(&sandbox);
    assert_eq!((ids(1).as_str(), ids(3).as_str()), ("nr=1 navn=2", "nr=1 by=3"));
    assert_eq!(sandbox.run(&["withdraw", "liste", "3", "--reason", "feil"]).code, 0);
    sandbox.write("datasets/liste.toml", dataset(KEY, &["nr", "sted"]));
    published(&sandbox);
    assert_eq!(ids(4), "nr=1 sted=4", "the id of a withdrawn version is taken too");
}

#[test]
fn a_rollback_says_what_it_undoes() {
    let sandbox = sandbox(KEY, "nr,navn\n1,a\n2,b\n");
    published(&sandbox);
    sandbox.write("data/liste.csv", "nr,navn\n2,B\n3,c\n4,d\n");
    published(&sandbox);
    let back = sandbox.run(&["rollback", "liste", "1", "--json"]).json();
    assert_eq!(back["changes"], json!({ "added": 1, "changed": 1, "removed": 2 }), "{back:#}");
    let name =
        format!("storage/public/datasets/liste/changes/{}.parquet", back["changes_file"]["sha256"].as_str().unwrap());
    assert_eq!(sandbox.read(&name).len() as u64, back["changes_file"]["bytes"].as_u64().unwrap());
    assert!(back["note"].as_str().unwrap().contains("reports are those of version 1"), "{back:#}");
    for to in ["3", "1"] {
        let nothing = sandbox.run(&["rollback", "liste", to]);
        assert_eq!(nothing.code, 0, "{}", nothing.err);
        assert!(nothing.out.contains("liste: unchanged, version 3 is current"), "{}", nothing.out);
    }
    assert_eq!(sandbox.run(&["rollback", "liste", "3", "--json"]).json()["number"], 3);
    assert_eq!(version(&sandbox, 4), Value::Null, "nothing new is published");
    sandbox.write("datasets/liste.toml", dataset("", &["nr", "navn"]));
    assert_eq!(sandbox.run_one("liste")["version"], 4);
    let nothing = sandbox.run(&["rollback", "liste", "1", "--json"]).json();
    assert_eq!((&nothing["number"], &nothing["changes"]), (&json!(5), &Value::Null), "the same tables have no changes");
}

#[test]
fn a_rollback_publishes_nothing_that_is_forbidden_by_now() {
    let sandbox = sandbox(KEY, "nr,navn,by\n1,a,b\n");
    sandbox.write("datasets/liste.toml", dataset(KEY, &["nr", "navn", "by"]));
    published(&sandbox);
    let secret = dataset(KEY, &["nr", "navn", "by"]).replace("\"navn\"\ntype", "\"navn\"\nclass = \"personal\"\ntype");
    for (declared, why) in [(secret, "not published any more"), (dataset(KEY, &["nr", "by"]), "not declared any more")]
    {
        sandbox.write("datasets/liste.toml", declared);
        sandbox.run_one("liste");
        let back = sandbox.run(&["rollback", "liste", "1"]);
        assert_eq!(back.code, 1, "{}", back.out);
        assert!(back.err.contains("catalog-rollback") && back.err.contains(why), "{}", back.err);
        assert!(back.err.contains("hint") && back.err.contains("'navn'"), "{}", back.err);
    }
    let columns = version(&sandbox, 2)["columns"].to_string();
    assert!(!columns.contains("navn") && version(&sandbox, 3) == Value::Null, "{columns}");
}

#[test]
fn odd_addresses_do_not_break_the_graph() {
    let sandbox = Sandbox::with(&["kommuner"]);
    assert_eq!(sandbox.run(&["rebuild"]).code, 0);
    sandbox.edit("allmenning.toml", "https://testvik.example/data", "https://testvik.example/%zz?a[]=1");
    let said = sandbox.run(&["rebuild"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let server = sandbox.serve(&["--no-schedule"]);
    let catalogue = server.get("/catalog.ttl").text();
    assert!(catalogue.contains("<https://testvik.example/%25zz?a%5B%5D=1>"), "{catalogue}");
}
