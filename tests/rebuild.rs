//! Same raw, same configuration, same program: same bytes; and what is derived can be derived again.

use std::{collections::BTreeMap, fs, path::Path};

use crate::harness::{DATASETS, Sandbox};

fn files(folder: &Path, found: &mut BTreeMap<String, Vec<u8>>, root: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found, root);
        } else {
            found.insert(path.strip_prefix(root).unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap());
        }
    }
}

fn published(sandbox: &Sandbox) -> BTreeMap<String, Vec<u8>> {
    let root = sandbox.path("storage/public");
    let mut found = BTreeMap::new();
    files(&root, &mut found, &root);
    found.retain(|path, _| path.contains("/files/"));
    found
}

#[test]
fn two_runs_from_nothing_give_the_same_bytes() {
    let (one, two) = (Sandbox::example(), Sandbox::example());
    assert_eq!(one.run(&["run", "--all"]).code, 0);
    assert_eq!(two.run(&["run", "--all"]).code, 0);
    let (one, two) = (published(&one), published(&two));
    assert!(one.len() >= 16, "{:?}", one.keys());
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    assert!(one == two);
}

#[test]
fn the_graph_comes_from_the_manifests_alone() {
    let sandbox = Sandbox::example();
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let one = sandbox.serve(&["--no-schedule", "--base-url", "https://data.testvik.example/"]).get("/catalog.nt").body;
    fs::remove_dir_all(sandbox.path("storage/private")).unwrap();
    let rebuilt = sandbox.run(&["rebuild", "--json"]).json();
    assert_eq!(rebuilt["versions"], DATASETS.len());
    assert!(rebuilt["statements"].as_u64().unwrap() > 500);
    let two = sandbox.serve(&["--no-schedule", "--base-url", "https://data.testvik.example/"]).get("/catalog.nt").body;
    assert!(!one.is_empty() && one == two);
}
