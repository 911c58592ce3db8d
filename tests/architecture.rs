//! Guards the tree: crate edges, module cycles, one-place rules and budgets (design.md "Budgets").

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use syn::{spanned::Spanned, visit::Visit};

pub(crate) const CRATES: [&str; 4] = ["config", "catalog", "pipeline", "api"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every production source file, with its path relative to the root.
pub(crate) fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in ["config/src", "catalog/src", "pipeline/src", "api/src", "cli"] {
        collect(&root().join(folder), &mut files);
    }
    files.push(root().join("main.rs"));
    let relative = |path: &PathBuf| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (relative(path), fs::read_to_string(path).unwrap())).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path) {
            files.push(path);
        }
    }
}

/// Files that are compiled only for tests, by their names.
fn is_test(path: &Path) -> bool {
    let name = path.file_stem().unwrap().to_string_lossy();
    let folder = path.components().any(|part| part.as_os_str() == "tests");
    folder || ["tests", "testing", "fixture"].contains(&name.as_ref()) || name.ends_with("_tests")
}

/// The text without its `#[cfg(test)] mod tests` at the end: budgets are for production code.
pub(crate) fn production(text: &str) -> &str {
    let inline = text.match_indices("#[cfg(test)]\n").find(|(at, _)| {
        let rest = &text[at + "#[cfg(test)]\n".len()..];
        let line = rest.lines().next().unwrap_or_default();
        line.contains("mod tests {") || line.starts_with("#[path")
    });
    inline.map_or(text, |(at, _)| &text[..at])
}

fn percentile(sorted: &[usize], share: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let at = ((sorted.len() - 1) as f64 * share).round() as usize;
    sorted[at]
}

#[test]
fn crates_know_only_whom_they_may() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::from([
        ("config", BTreeSet::new()),
        ("catalog", BTreeSet::from(["config"])),
        ("pipeline", BTreeSet::from(["config", "catalog"])),
        ("api", BTreeSet::from(["config", "catalog"])),
    ]);
    let listed = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&listed.stdout).unwrap();
    for (name, allowed) in allowed {
        let package = metadata["packages"].as_array().unwrap().iter().find(|package| package["name"] == name).unwrap();
        let names = package["dependencies"].as_array().unwrap().iter().map(|edge| edge["name"].as_str().unwrap());
        assert_eq!(names.filter(|name| CRATES.contains(name)).collect::<BTreeSet<_>>(), allowed, "edges of {name}");
    }
}

#[test]
fn files_keep_their_budget() {
    let mut lengths = Vec::new();
    for (path, text) in sources() {
        let lines = production(&text).lines().count();
        assert!(lines <= 600, "{path} has {lines} lines; 600 are the most");
        lengths.push(lines);
    }
    lengths.sort_unstable();
    let (median, p95) = (percentile(&lengths, 0.5), percentile(&lengths, 0.95));
    println!("files: {} median {median} p95 {p95} max {}", lengths.len(), lengths.last().unwrap());
    assert!(median <= 130, "median file length {median}");
    assert!(p95 <= 400, "95th percentile of file lengths {p95}");
}

#[derive(Default)]
struct Functions {
    lines: Vec<(usize, String)>,
}

impl Functions {
    fn note(&mut self, name: &syn::Ident, attributes: &[syn::Attribute], block: &syn::Block) {
        let test = attributes.iter().any(|attribute| attribute.path().is_ident("test"));
        if !test {
            let span = block.span();
            self.lines.push((span.end().line - span.start().line + 1, name.to_string()));
        }
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.note(&item.sig.ident, &item.attrs, &item.block);
        syn::visit::visit_item_fn(self, item);
    }
    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.note(&item.sig.ident, &item.attrs, block);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }
    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.note(&item.sig.ident, &item.attrs, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }
}

#[test]
fn functions_keep_their_budget() {
    let mut functions = Functions::default();
    for (path, text) in sources() {
        let file = syn::parse_file(production(&text)).unwrap_or_else(|error| panic!("{path}: {error}"));
        functions.visit_file(&file);
    }
    functions.lines.sort();
    let (longest, name) = functions.lines.last().unwrap();
    let lengths: Vec<usize> = functions.lines.iter().map(|(lines, _)| *lines).collect();
    let p95 = percentile(&lengths, 0.95);
    println!("functions: {} median {} p95 {p95} max {longest}", lengths.len(), percentile(&lengths, 0.5));
    assert!(*longest <= 60, "'{name}' has {longest} lines; 60 are the most");
    assert!(p95 <= 40, "95th percentile of function lengths {p95}");
}

/// (what, in which files it may stand, why)
const ONE_PLACE: &[(&str, &[&str], &str)] = &[
    ("parquet::", &["catalog/src/table/"], "Parquet is opened only in catalog/src/table"),
    (
        "object_store::",
        &["catalog/src/store", "catalog/src/key.rs", "catalog/src/error.rs", "catalog/src/table/"],
        "the backend is named only in catalog/src/store",
    ),
    ("LocalFileSystem", &["catalog/src/store"], "backends are named only in catalog/src/store"),
    ("AmazonS3", &["catalog/src/store"], "backends are named only in catalog/src/store"),
    ("\"public/", &["catalog/src/key.rs"], "object paths exist only in catalog/src/key.rs"),
    ("\"private/", &["catalog/src/key.rs"], "object paths exist only in catalog/src/key.rs"),
    ("polars", &["catalog/src/table/", "pipeline/src/normalise/"], "polars only behind the bridge and in normalise"),
    ("unsafe {", &["catalog/src/table/bridge"], "unsafe only in the bridge"),
    ("reqwest", &["pipeline/src/source/"], "outbound connections only from sources"),
    ("env::var", &["config/src/env.rs"], "the environment is read in one place"),
    ("SystemTime::now", &[], "the clock comes in as a parameter"),
    ("TcpStream", &["pipeline/src/source/"], "outbound connections only from sources"),
    ("Command::new", &["api/src/sparql/", "pipeline/src/source/command.rs"], "no other program is started"),
    ("Timestamp::now", &["cli/"], "the clock comes in as a parameter"),
    ("lettre", &["pipeline/src/notify/mail.rs"], "mail leaves from one place"),
    ("rust_xlsxwriter", &["catalog/src/encode/xlsx.rs"], "workbooks are written in one place"),
    ("rust_stemmers", &["catalog/src/search/"], "stems are for the search index"),
    ("calamine", &["pipeline/src/reader/"], "formats are read only in readers"),
    ("actix_web", &["api/src/"], "only the API serves"),
];

#[test]
fn things_stay_in_their_one_place() {
    let mut strays = Vec::new();
    for (path, text) in sources() {
        let code: Vec<&str> = production(&text).lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for (what, places, why) in ONE_PLACE {
            let stray = code.iter().any(|line| line.contains(what));
            if stray && !places.iter().any(|place| path.starts_with(place)) {
                strays.push(format!("{path}: '{what}' ({why})"));
            }
        }
    }
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}

#[test]
fn production_code_does_not_panic_or_leave_marks() {
    let mut strays = Vec::new();
    for (path, text) in sources() {
        for mark in ["todo!(", "unimplemented!(", ".unwrap()", ".expect(\"", "panic!(", "FIXME", "dbg!("] {
            let found = production(&text).lines().filter(|line| !line.trim_start().starts_with("//"));
            if found.into_iter().any(|line| line.contains(mark)) {
                strays.push(format!("{path}: {mark}"));
            }
        }
    }
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}

#[test]
fn one_version_each_of_the_heavy_libraries() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    // object_store stands in the lock a second time, for a feature of polars that is off: .ci/licences.py checks the build.
    for name in ["arrow", "parquet", "oxigraph", "polars"] {
        assert_eq!(lock.matches(&format!("name = \"{name}\"\n")).count(), 1, "{name}");
    }
}

/// Every `test::name` that ARCHITECTURE.md names as the keeper of an invariant.
#[test]
fn named_keepers_are_there() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let mut named = 0;
    for (file, name) in page.split('`').skip(1).step_by(2).filter_map(|quoted| quoted.split_once("::")) {
        if !word(file) || !word(name) {
            continue;
        }
        if CRATES.contains(&file) {
            let module = root().join(file).join("src");
            assert!(module.join(name).with_extension("rs").exists() || module.join(name).is_dir(), "{file}::{name}");
            continue;
        }
        let text = fs::read_to_string(root().join("tests").join(file).with_extension("rs")).unwrap_or_default();
        assert!(
            text.contains(&format!("#[test]\nfn {name}()")),
            "ARCHITECTURE.md names {file}::{name}, which is no test"
        );
        named += 1;
    }
    assert!(named > 12, "{named}");
}
