//! Kills the program at every storage write and checks that nothing half-published is ever visible.

use std::{
    collections::BTreeMap,
    process::{Child, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;

use crate::harness::{
    Sandbox,
    s3::{S3, When},
};

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Runs one dataset and kills the program around its `nth` write; true if it came to an end by itself.
fn killed_at(objects: &Objects, nth: usize, when: When) -> bool {
    let child: Arc<Mutex<Option<Child>>> = Arc::default();
    let (victim, count) = (Arc::clone(&child), AtomicUsize::new(0));
    let hook = move |_: &str, now: When| {
        if now == when && count.fetch_add(1, Ordering::SeqCst) == nth {
            let mut victim = victim.lock().unwrap();
            let victim = victim.as_mut().unwrap();
            victim.kill().unwrap();
            victim.wait().unwrap();
        }
    };
    let s3 = S3::start(Arc::clone(objects), Arc::new(hook));
    let sandbox = sandbox(&s3);
    let mut started = child.lock().unwrap();
    let mut command = sandbox.command(&["run", "kommuneendringer", "--quiet"]);
    *started = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    drop(started);
    loop {
        if let Some(status) = child.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
            return status.success();
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

fn sandbox(s3: &S3) -> Sandbox {
    let sandbox = Sandbox::with(&["kommuneendringer"]).stored_at("s3://test/root");
    let settings = s3.settings();
    let instance = String::from_utf8(sandbox.read("allmenning.toml")).unwrap();
    let instance = without_section(&instance, "storage");
    sandbox.write("allmenning.toml", format!("{instance}\n{settings}\n"));
    let pipeline = "[pipeline]\nlease_seconds = 1\n";
    let instance = without_section(&String::from_utf8(sandbox.read("allmenning.toml")).unwrap(), "pipeline");
    sandbox.write("allmenning.toml", format!("{instance}\n{pipeline}"));
    sandbox
}

/// A TOML text without one of its tables.
fn without_section(text: &str, name: &str) -> String {
    let mut inside = false;
    let kept = text.lines().filter(|line| {
        if line.starts_with('[') {
            inside = line.starts_with(&format!("[{name}]")) || line.starts_with(&format!("[{name}."));
        }
        !inside
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// Everything that a manifest names is there.
fn check_whole(objects: &Objects) -> usize {
    let objects = objects.lock().unwrap();
    let manifests: Vec<_> = objects.iter().filter(|(key, _)| key.contains("/versions/")).collect();
    for (key, body) in &manifests {
        let manifest: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{key}: {error}"));
        for file in manifest["files"].as_array().unwrap() {
            let path = format!(
                "root/public/datasets/kommuneendringer/files/{}.{}",
                file["sha256"].as_str().unwrap(),
                file["format"].as_str().unwrap()
            );
            let size = objects.get(&path).unwrap_or_else(|| panic!("{key} names {path}, which is not there")).len();
            assert_eq!(size as u64, file["bytes"].as_u64().unwrap(), "{path}");
        }
    }
    manifests.len()
}

#[test]
fn killed_at_every_write_nothing_half_published_is_visible() {
    let mut kills = 0;
    for when in [When::Before, When::After] {
        for nth in 0.. {
            assert!(nth < 40, "a run of one small dataset does not write so much");
            let objects = Objects::default();
            let whole = killed_at(&objects, nth, when);
            assert!(check_whole(&objects) <= 1);
            if whole {
                break;
            }
            kills += 1;
            std::thread::sleep(std::time::Duration::from_millis(1100));
            assert!(killed_at(&objects, usize::MAX, when), "after a kill at write {nth} the next run must succeed");
            assert_eq!(check_whole(&objects), 1, "one version, however often the run was killed (write {nth})");
        }
    }
    assert!(kills >= 10, "only {kills} writes were interrupted");
}
