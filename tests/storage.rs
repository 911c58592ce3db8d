//! The storage contract on an S3, and the whole walk on it.

use std::{collections::BTreeMap, sync::Arc};

use config::{Secret, StorageSpec};

use crate::harness::{Sandbox, s3::S3};

fn spec(endpoint: &str) -> StorageSpec {
    let options = [
        ("endpoint", endpoint),
        ("region", "us-east-1"),
        ("access_key_id", "test"),
        ("secret_access_key", "test"),
        ("allow_http", "true"),
    ];
    StorageSpec {
        url: "s3://test/root".parse().unwrap(),
        options: options.map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned()))).into(),
    }
}

/// The same suite that the catalogue's own tests run on a folder.
pub(crate) fn contract(endpoint: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = catalog::Store::open(&spec(endpoint)).unwrap();
    runtime.block_on(catalog::contract::store_contract(&store)).unwrap();
}

#[test]
fn an_s3_keeps_the_storage_contract() {
    let s3 = S3::start(Arc::default(), Arc::new(|_, _| {}));
    contract(&s3.endpoint);
}

#[test]
fn the_walk_works_on_an_s3() {
    let s3 = S3::start(Arc::default(), Arc::new(|_, _| {}));
    let sandbox = Sandbox::with(&["kommuneendringer"]).stored_at("s3://test/root");
    let instance = String::from_utf8(sandbox.read("allmenning.toml")).unwrap();
    let own = instance.split("[storage]").next().unwrap().to_owned();
    sandbox.write("allmenning.toml", own + &s3.settings());
    let record = sandbox.run_one("kommuneendringer");
    assert_eq!(record["outcome"], "published", "{record:#}");
    let again = sandbox.run(&["run", "kommuneendringer", "--json"]);
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    assert_eq!(again.json()[0]["outcome"], "unchanged");
    let objects: BTreeMap<_, _> = s3.objects.lock().unwrap().clone();
    assert!(objects.keys().any(|key| key == "root/public/datasets/kommuneendringer/versions/00000001.json"));
    let server = sandbox.serve(&["--no-schedule"]);
    let file = server.get("/d/kommuneendringer/v/1/kommuneendringer.parquet");
    assert_eq!(file.status, 200);
    assert!(file.body.ends_with(b"PAR1"));
}
