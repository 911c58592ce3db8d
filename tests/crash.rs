//! Kills the program and checks that nothing half-published is ever visible: on a bucket at every storage write, which is
//! seen from outside, and on a folder while files appear, which is seen by looking again and again, so that of files that
//! come fast one after the other only the last is a moment of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Child, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;

use crate::harness::{
    Sandbox,
    s3::{S3, When},
};

const VICTIM: &str = "kommuneendringer";
const OTHER: &str = "postnummer";

type Objects = BTreeMap<String, Vec<u8>>;

/// A publisher whose first versions are out and whose source has changed since.
fn change(sandbox: &Sandbox) {
    let data = "data/kommuneendringer.csv";
    let text = String::from_utf8(sandbox.read(data)).unwrap();
    let changed = text.replace("1101;EIGERSUND;1101;Eigersund;", "1101;EIGERSUND;1101;Egersund;");
    assert_ne!(changed, text);
    sandbox.write(data, changed + "9998;NY;9999;Ny;unchanged\n");
}

/// The run that gets killed.
fn start(sandbox: &Sandbox) -> Child {
    fs::create_dir_all(sandbox.path("tmp")).unwrap();
    let mut command = sandbox.command(&["run", VICTIM, "--quiet"]);
    command.env("TMPDIR", sandbox.path("tmp")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Checks that all that is published is whole, that what was published stays, and that the other dataset is untouched;
/// gives the number of the victim's newest version.
fn newest_whole(objects: &Objects, before: &Objects) -> u64 {
    let of = |objects: &Objects, dataset: &str| -> Objects {
        let inside = format!("public/datasets/{dataset}/");
        objects.iter().filter(|(key, _)| key.contains(&inside)).map(|(key, body)| (key.clone(), body.clone())).collect()
    };
    assert!(of(objects, OTHER) == of(before, OTHER), "another dataset is touched");
    let published = of(objects, VICTIM);
    for (key, body) in of(before, VICTIM) {
        assert!(published.get(&key) == Some(&body), "{key} has changed or is gone");
    }
    let is_manifest = |key: &str| key.contains("/versions/") && Path::new(key).extension().is_some_and(|e| e == "json");
    let mut numbers = Vec::new();
    for (key, body) in published.iter().filter(|(key, _)| is_manifest(key)) {
        let manifest: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{key}: {error}"));
        let root = key.split("/versions/").next().unwrap();
        for file in manifest["files"].as_array().unwrap() {
            let sha256 = file["sha256"].as_str().unwrap();
            let path = format!("{root}/files/{sha256}.{}", file["format"].as_str().unwrap());
            let body = published.get(&path).unwrap_or_else(|| panic!("{key} names {path}, which is not there"));
            assert_eq!(catalog::Sha256::of(body).as_str(), sha256, "{path} is not whole");
        }
        let number = manifest["number"].as_u64().unwrap();
        if !manifest["changes"].is_null() {
            let sha256 = manifest["changes_file"]["sha256"].as_str().unwrap();
            let path = format!("{root}/changes/{sha256}.parquet");
            let body = published.get(&path).unwrap_or_else(|| panic!("{key} names {path}, which is not there"));
            assert_eq!(catalog::Sha256::of(body).as_str(), sha256, "{path} is not whole");
        }
        numbers.push(number);
    }
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "no number is left out");
    numbers.len() as u64
}

/// A publisher on a bucket.
fn bucket(objects: &Arc<Mutex<Objects>>, hook: impl Fn(&str, When) + Send + Sync + 'static) -> (S3, Sandbox) {
    let s3 = S3::start(Arc::clone(objects), Arc::new(hook));
    let sandbox = Sandbox::with(&[VICTIM, OTHER]).stored_at("s3://test/root");
    let instance = String::from_utf8(sandbox.read("allmenning.toml")).unwrap();
    let own = instance.split("[storage]").next().unwrap().to_owned();
    sandbox.write("allmenning.toml", own + &s3.settings());
    (s3, sandbox)
}

/// Runs the victim and kills the program around its `nth` write; true if it came to an end by itself.
fn killed_at(objects: &Arc<Mutex<Objects>>, nth: usize, when: When) -> bool {
    let child: Arc<Mutex<Option<Child>>> = Arc::default();
    let (victim, count) = (Arc::clone(&child), AtomicUsize::new(0));
    let (_s3, sandbox) = bucket(objects, move |_, now| {
        if now == when && count.fetch_add(1, Ordering::SeqCst) == nth {
            let mut victim = victim.lock().unwrap();
            let victim = victim.as_mut().unwrap();
            victim.kill().unwrap();
            victim.wait().unwrap();
        }
    });
    change(&sandbox);
    let mut started = child.lock().unwrap();
    *started = Some(start(&sandbox));
    drop(started);
    loop {
        if let Some(status) = child.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
            return status.success();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn killed_at_every_write_nothing_half_published_is_visible() {
    let first = Arc::<Mutex<Objects>>::default();
    let (_s3, sandbox) = bucket(&first, |_, _| {});
    assert_eq!(sandbox.run(&["run", "--all", "--quiet"]).code, 0);
    let first = first.lock().unwrap().clone();
    assert_eq!(newest_whole(&first, &first), 1);
    let (mut kills, mut seen) = (0, BTreeSet::new());
    for when in [When::Before, When::After] {
        for nth in 0.. {
            assert!(nth < 40, "a run of one small dataset does not write so much");
            let objects = Arc::new(Mutex::new(first.clone()));
            let whole = killed_at(&objects, nth, when);
            seen.insert(newest_whole(&objects.lock().unwrap(), &first));
            if whole {
                break;
            }
            kills += 1;
            // What would come with time: the lease of the dead process runs out.
            objects.lock().unwrap().retain(|key, _| !key.contains("private/leases/"));
            assert!(killed_at(&objects, usize::MAX, when), "after a kill at write {nth} the next run must succeed");
            let newest = newest_whole(&objects.lock().unwrap(), &first);
            assert_eq!(newest, 2, "one more version, however often the run was killed (write {nth})");
        }
    }
    assert!(kills >= 10, "only {kills} writes were interrupted");
    assert_eq!(seen, BTreeSet::from([1, 2]), "killed before and after the commit");
}

/// Every file below a folder, by its path in it.
fn files(folder: &Path, inner: &str, found: &mut Objects) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.map(Result::unwrap) {
        let name = format!("{inner}/{}", entry.file_name().to_string_lossy());
        match entry.path() {
            path if path.is_dir() => files(&path, &name, found),
            // A file may go between the listing and the reading.
            path => drop(found.insert(name, fs::read(path).unwrap_or_default())),
        }
    }
}

fn stored(sandbox: &Sandbox) -> Objects {
    let mut found = Objects::new();
    files(&sandbox.path("storage"), "storage", &mut found);
    found
}

/// Runs the victim and kills it as soon as `nth` other files than `before` have been seen in the storage, staged ones
/// included; true if it came to an end by itself.
fn killed_after(sandbox: &Sandbox, before: &Objects, nth: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut child = start(sandbox);
    loop {
        seen.extend(stored(sandbox).into_keys().filter(|name| !before.contains_key(name)));
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        if seen.len() >= nth {
            child.kill().unwrap();
            return child.wait().unwrap().success();
        }
    }
}

#[test]
fn killed_while_files_appear_in_a_folder_nothing_half_published_is_visible() {
    let sandbox = Sandbox::with(&[VICTIM, OTHER]);
    assert_eq!(sandbox.run(&["run", "--all", "--quiet"]).code, 0);
    let first = stored(&sandbox);
    change(&sandbox);
    let (mut kills, mut seen) = (0, BTreeSet::new());
    for nth in 1.. {
        assert!(nth < 60, "a run of one small dataset does not write so much");
        fs::remove_dir_all(sandbox.path("storage")).unwrap();
        for (name, bytes) in &first {
            sandbox.write(name, bytes);
        }
        let whole = killed_after(&sandbox, &first, nth);
        seen.insert(newest_whole(&stored(&sandbox), &first));
        if whole {
            break;
        }
        kills += 1;
        // What would come with time: the lease of the dead process runs out.
        fs::remove_dir_all(sandbox.path("storage/private/leases")).unwrap();
        let next = sandbox.run(&["run", VICTIM, "--quiet"]);
        assert_eq!(next.code, 0, "after a kill at file {nth}: {}", next.err);
        assert_eq!(newest_whole(&stored(&sandbox), &first), 2, "one more version (file {nth})");
    }
    assert!(kills >= 6, "only {kills} times interrupted");
    assert_eq!(seen, BTreeSet::from([1, 2]), "killed before and after the commit");
}
