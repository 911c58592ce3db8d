//! The life of SPARQL workers, on the built program: deadlines, leaving clients, dying processes.

use std::{
    fs,
    io::Write,
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

use crate::harness::{Sandbox, Server, wait_until};

/// No answer within minutes: every join multiplies the statements.
const ENDLESS: &str = "/sparql?query=SELECT+(COUNT(*)+AS+%3Fn)+WHERE+%7B+%3Fa+%3Fb+%3Fc+.+%3Fd+%3Fe+%3Ff+.+%3Fg+%3Fh+%3Fi+.+%3Fj+%3Fk+%3Fl+%7D";
const ASK: &str = "/sparql?query=ASK+%7B%7D";

fn served(limits: &str) -> (Sandbox, Server) {
    let sandbox = Sandbox::with(&["kommuneendringer", "postnummer"]);
    let instance = String::from_utf8(sandbox.read("allmenning.toml")).unwrap();
    sandbox.write("allmenning.toml", format!("{instance}\n[server.sparql]\n{limits}\n"));
    assert_eq!(sandbox.run(&["run", "--all"]).code, 0);
    let server = sandbox.serve(&["--no-schedule"]);
    (sandbox, server)
}

/// The worker processes of a server.
fn workers(server: &Server) -> Vec<u32> {
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| parent(*pid) == Some(server.id())).collect()
}

/// The parent of a process that has not ended.
fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut words = stat.rsplit_once(") ")?.1.split(' ');
    (words.next()? != "Z").then(|| words.next()?.parse().ok()).flatten()
}

fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

/// Sends a request and leaves the connection open.
fn begin(server: &Server, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.base.trim_start_matches("http://")).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    stream
}

#[test]
fn a_query_past_its_deadline_is_stopped_and_its_worker_gone() {
    let (_sandbox, server) = served("timeout_seconds = 1");
    let began = Instant::now();
    let late = server.get(ENDLESS);
    assert_eq!((late.status, late.json()["code"].as_str()), (422, Some("sparql-timeout")));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    wait_until("the worker is gone", || workers(&server).is_empty());
    assert_eq!(server.get(ASK).status, 200);
}

#[test]
fn memory_is_bounded() {
    let (_sandbox, server) = served("timeout_seconds = 50\nmax_memory_bytes = 100000000");
    let sorted = "/sparql?query=SELECT+*+WHERE+%7B+%3Fa+%3Fb+%3Fc+.+%3Fd+%3Fe+%3Ff+%7D+ORDER+BY+%3Fa+%3Fd";
    let greedy = server.get(sorted);
    assert_eq!((greedy.status, greedy.json()["code"].as_str()), (422, Some("sparql-memory")), "{}", greedy.text());
    assert_eq!(server.get(ASK).status, 200);
}

#[test]
fn a_client_that_leaves_takes_its_query_along() {
    let (_sandbox, server) = served("timeout_seconds = 300\nworkers = 1");
    let client = begin(&server, ENDLESS);
    wait_until("a worker is at it", || !workers(&server).is_empty());
    let busy = server.get(ASK);
    assert_eq!((busy.status, busy.json()["code"].as_str()), (503, Some("sparql-busy")));
    assert_eq!(busy.json()["detail"], "All SPARQL workers are busy.");
    drop(client);
    wait_until("the worker is gone", || workers(&server).is_empty());
    assert_eq!(server.get(ASK).status, 200);
}

#[test]
fn no_worker_outlives_its_server() {
    let (_sandbox, server) = served("timeout_seconds = 300");
    let _client = begin(&server, ENDLESS);
    wait_until("a worker is at it", || !workers(&server).is_empty());
    let orphans = workers(&server);
    kill(server.id());
    wait_until("the workers are gone", || orphans.iter().all(|pid| parent(*pid).is_none()));
}

#[test]
fn a_worker_that_died_idle_costs_nobody_an_answer() {
    let (_sandbox, server) = served("workers = 1");
    assert_eq!(server.get(ASK).status, 200);
    let idle = workers(&server);
    assert_eq!(idle.len(), 1);
    kill(idle[0]);
    let next = server.get(ASK);
    assert_eq!(next.status, 200, "{}", next.text());
}

#[test]
fn a_new_version_is_asked_about_at_once() {
    let (sandbox, server) = served("workers = 1");
    let title = "/sparql?query=ASK+%7B+%3Fs+%3Chttp://www.w3.org/ns/dcat%23downloadURL%3E+%3Fv+FILTER(CONTAINS(STR(%3Fv),%22postnummer/v/2/%22))+%7D";
    let said = || server.get(title).text();
    assert!(said().contains("false"), "{}", said());
    let old = workers(&server);
    sandbox.edit("datasets/postnummer.toml", "frequency", "languages = [\"nb\", \"nn\"]\nfrequency");
    assert_eq!(sandbox.run(&["run", "postnummer"]).code, 0);
    wait_until("the version is known", || server.get("/d/postnummer/v/2").status == 200);
    wait_until("old workers retire", || old.iter().all(|pid| !workers(&server).contains(pid)));
    assert!(said().contains("true"), "{}", said());
}
