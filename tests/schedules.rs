//! How many run at once, what is due, and what a person sees of it.

use std::{process::Command, sync::Arc, time::Duration};

use crate::harness::{
    Sandbox,
    site::{Crowd, Reply, Site},
    skipped, wait_until,
};

const DATASETS: [&str; 5] = ["en", "to", "tre", "fire", "fem"];

/// Five datasets, each from a site of its own, that keep who comes waiting until a crowd is there.
fn crowded() -> (Sandbox, Arc<Crowd>, Vec<Site>) {
    let sandbox = Sandbox::with(&[]);
    let instance = String::from_utf8(sandbox.read("allmenning.toml")).unwrap();
    sandbox.write("allmenning.toml", instance + "\n[pipeline]\nconcurrency = 2\n");
    let crowd = Arc::new(Crowd::of(2));
    let sites = DATASETS.map(|name| {
        let site = Site::start(Reply::Crowded(Arc::clone(&crowd), b"nr,navn\n1,a\n".to_vec()));
        sandbox.write(&format!("datasets/{name}.toml"), declared(&site.source(60)));
        site
    });
    (sandbox, crowd, sites.into())
}

fn declared(source: &str) -> String {
    let column =
        |name: &str| format!("[[columns]]\nname = \"{name}\"\ntype = \"code\"\ntitle = {{ nb = \"{name}\" }}\n");
    format!(
        "title = {{ nb = \"Liste\" }}\ndescription = {{ nb = \"En liste.\" }}\nthemes = [\"GOVE\"]\nlicence = \"CC0\"\n\
         frequency = \"DAILY\"\nprofile = \"table\"\nschedule = {{ cron = \"0 6 1 1 *\" }}\n{source}\n\
         format = {{ kind = \"csv\", separator = \",\" }}\nkey = [\"nr\"]\n{}{}",
        column("nr"),
        column("navn")
    )
}

#[test]
fn run_all_runs_as_many_at_once_as_are_allowed() {
    let (sandbox, crowd, _sites) = crowded();
    let said = sandbox.run(&["run", "--all", "--json"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!((said.json().as_array().unwrap().len(), crowd.most()), (5, 2));
}

#[test]
fn serve_runs_as_many_at_once_as_are_allowed() {
    let (sandbox, crowd, sites) = crowded();
    let server = sandbox.serve(&[]);
    wait_until("all are fetched", || sites.iter().all(|site| site.requests() == 1));
    for name in DATASETS {
        server.wait_for(&format!("/d/{name}/v/1/manifest.json"));
    }
    assert_eq!(crowd.most(), 2);
}

#[test]
fn run_due_runs_what_is_due_and_nothing_else() {
    let sandbox = Sandbox::with(&["postnummer"]);
    let due = || sandbox.run(&["run", "--due", "--json"]);
    let first = due();
    assert_eq!((first.code, &first.json()[0]["outcome"]), (0, &"published".into()), "{}", first.err);
    let nothing = due();
    assert_eq!((nothing.code, nothing.out.as_str()), (0, ""), "{}", nothing.err);
    sandbox.write("data/ny.csv", "nr,navn\n1,a\n");
    sandbox.write("datasets/ny.toml", declared("source = { kind = \"file\", path = \"data/ny.csv\" }"));
    let one = due().json();
    assert_eq!((one.as_array().unwrap().len(), &one[0]["dataset"]), (1, &"ny".into()), "{one:#}");
    assert_eq!(due().out, "");
}

#[test]
fn what_stands_still_is_told_to_monitoring() {
    let sandbox = Sandbox::with(&[]);
    sandbox.write("datasets/ny.toml", declared("source = { kind = \"file\", path = \"data/ny.csv\" }"));
    sandbox.edit("datasets/ny.toml", "0 6 1 1 *", "* * * * *");
    let file = std::fs::File::options().write(true).open(sandbox.path("datasets/ny.toml")).unwrap();
    file.set_modified(std::time::SystemTime::now() - Duration::from_hours(1)).unwrap();
    let status = sandbox.run(&["status", "--json"]);
    assert_eq!((status.code, &status.json()[0]["late"]), (5, &true.into()), "never run, and nobody runs it");
    let server = sandbox.serve(&["--no-schedule"]);
    let metrics = || server.get("/metrics").text();
    wait_until("the run records are read", || metrics().contains("allmenning_dataset_late{dataset=\"ny\"} 1"));
    assert!(!metrics().contains("last_success_timestamp_seconds{dataset"), "{}", metrics());
    assert!(server.get("/nn/d/ny").text().contains("Inga oppdatering har lukkast enno"));
}

/// A terminal gets bars; `script` stands for one.
#[test]
fn a_terminal_gets_bars() {
    let there = Command::new("script").arg("--version").output().is_ok_and(|said| said.status.success());
    if !there {
        skipped("the program `script`, which makes a terminal, is not installed");
        return;
    }
    let (sandbox, _crowd, _sites) = crowded();
    let words = sandbox.command(&["run", "en", "to"]);
    let words: Vec<String> = std::iter::once(words.get_program())
        .chain(words.get_args())
        .map(|word| format!("'{}'", word.display()))
        .collect();
    let mut script = Command::new("script");
    script.args(["-qec", &format!("stty cols 100; {}", words.join(" ")), "/dev/null"]).env("TERM", "xterm");
    let said = script.stdin(std::process::Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{text}");
    let bars = text.matches("\u{1b}[").count();
    assert!(bars > 0 && text.contains("fetch") && text.contains("en: published"), "{bars}: {text}");
    assert!(!text.contains(" ms"), "bars take the place of lines: {text}");
}
