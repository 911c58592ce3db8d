//! The command line as a person and as a script meet it.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::harness::{Sandbox, wait_until};

#[test]
fn help_teaches_every_command() {
    let sandbox = Sandbox::with(&[]);
    let help = sandbox.run(&["--help"]);
    assert_eq!(help.code, 0);
    let commands = ["serve", "run", "check", "plan", "versions", "rollback", "withdraw", "status", "rebuild", "schema"];
    for command in commands {
        assert!(help.out.contains(command), "{command}\n{}", help.out);
        assert_eq!(sandbox.run(&[command, "--help"]).code, 0, "{command}");
    }
    assert!(help.out.contains("Exit codes"));
}

/// Each of the two descriptions is fine alone; together a law would have two names in one language.
#[test]
fn check_finds_what_portals_would_and_names_the_field() {
    let sandbox = Sandbox::with(&["kommuner", "postnummer"]);
    for (dataset, name) in [("kommuner", "Kommunelova"), ("postnummer", "Lov om kommuner")] {
        let file = format!("datasets/{dataset}.toml");
        let text = String::from_utf8(sandbox.read(&file)).unwrap();
        let title = format!("{{ nb = \"{name}\", nn = \"{name}\", en = \"{name}\" }}");
        let law = format!("\n[[legislation]]\nurl = \"https://lovdata.no/kommuneloven\"\ntitle = {title}\n");
        sandbox.write(&file, text + &law);
    }
    let check = sandbox.run(&["check"]);
    assert_eq!(check.code, 3, "{}{}", check.out, check.err);
    assert!(
        check.out.contains("error[metadata-invalid]: by dcat-ap-no-3 dct:title has several texts"),
        "{}",
        check.out
    );
    assert!(check.out.contains("  --> datasets/kommuner.toml: legislation"), "{}", check.out);
    let run = sandbox.run(&["run", "--all"]);
    assert_eq!(run.code, 0, "each is published all the same: {}{}", run.out, run.err);
    let validate = sandbox.run(&["validate", "--language", "nn"]);
    assert_eq!(validate.code, 4, "{}{}", validate.out, validate.err);
    assert!(validate.out.contains("fleire tekstar på same språk"), "{}", validate.out);
}

#[test]
fn check_reports_every_problem_at_once_with_place_and_hint() {
    let sandbox = Sandbox::example();
    let good = sandbox.run(&["check"]);
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    sandbox.edit("datasets/postnummer.toml", "licence = ", "lisence = ");
    sandbox.edit("datasets/kommuner.toml", "frequency = \"", "frequency = \"X");
    sandbox.edit("datasets/saksmapper.toml", "cron = \"", "cron = \"61 ");
    let bad = sandbox.run(&["check"]);
    assert_eq!(bad.code, 3);
    for piece in ["postnummer.toml:", "kommuner.toml:", "saksmapper.toml:", "did you mean", "licence", "^", "hint"] {
        assert!(bad.out.contains(piece), "{piece}\n{}", bad.out);
    }
    let json = sandbox.run(&["check", "--json"]).json();
    let errors = json["problems"].as_array().unwrap().iter().filter(|problem| problem["severity"] == "error");
    assert!(errors.count() >= 3, "{json:#}");
}

#[test]
fn wrong_words_are_told_apart_from_wrong_work() {
    let sandbox = Sandbox::with(&["postnummer"]);
    let unknown = sandbox.run(&["run", "postnumer"]);
    assert_eq!(unknown.code, 2, "{}", unknown.err);
    assert!(unknown.err.contains("dataset-unknown"));
    assert_eq!(sandbox.run(&["run"]).code, 2);
    assert_eq!(sandbox.run(&["fly"]).code, 2);
    assert_eq!(sandbox.run(&["rollback", "postnummer", "7"]).code, 1);
}

#[test]
fn schemas_are_printed_for_editors() {
    let sandbox = Sandbox::with(&[]);
    for file in ["instance", "dataset", "profile"] {
        let schema = sandbox.run(&["schema", file]).json();
        assert_eq!(schema["type"], "object", "{file}");
    }
}

#[test]
fn plain_output_has_one_line_a_run() {
    let sandbox = Sandbox::with(&["postnummer"]);
    let said = sandbox.run(&["run", "postnummer"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("postnummer: published (version 1)"), "{}", said.out);
    assert!(said.err.contains("postnummer: published, version 1"), "{}", said.err);
    assert!(said.out.contains(", 1800 rows") && said.err.contains(", 1800 rows"), "{}{}", said.out, said.err);
    let again = sandbox.run(&["run", "postnummer"]);
    assert!(again.out.contains("postnummer: unchanged (version 1)"), "{}", again.out);
    sandbox.write("data/postnummer.txt", "");
    let failed = sandbox.run(&["run", "postnummer"]);
    assert!(failed.out.contains("postnummer: failed (version 1)"), "{}", failed.out);
    for said in [again, failed] {
        assert!(
            !said.out.contains("rows") && !said.err.contains("rows"),
            "no draft was built: {}{}",
            said.out,
            said.err
        );
    }
}

#[test]
fn runs_are_told_to_scripts_one_a_line() {
    let sandbox = Sandbox::with(&["postnummer", "kommuneendringer"]);
    let said = sandbox.run(&["run", "--all", "--json"]);
    let lines: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{}", said.out);
    assert!(lines.iter().all(|record| record["outcome"] == "published"), "{}", said.out);
}

#[test]
fn serve_tells_scripts_where_it_listens_and_logs_what_it_does() {
    let sandbox = Sandbox::with(&["postnummer"]);
    let words = ["serve", "--json", "--listen", "127.0.0.1:0"];
    let mut child = sandbox.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let told: Value = serde_json::from_str(&first).unwrap();
    let address = told["listening"][0].as_str().unwrap();
    assert!(address.starts_with("http://127.0.0.1:") && !address.ends_with(":0/"), "{first}");
    signal(&child, "-TERM");
    let ended = child.wait_with_output().unwrap();
    let log = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(0), "{log}");
    assert!(log.contains("\"level\":\"INFO\""), "lines of every crate at info: {log}");
}

#[test]
fn a_port_that_is_taken_starts_no_run() {
    let sandbox = Sandbox::with(&["postnummer"]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let said = sandbox.run(&["serve", "--listen", &taken.local_addr().unwrap().to_string()]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("api-listen"), "{}", said.err);
    assert_eq!(sandbox.run(&["status", "--json"]).json()[0]["last_outcome"], Value::Null);
}

/// A source that never answers: one signal stops in order.
#[test]
fn run_heeds_signals() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let sandbox = Sandbox::with(&["postnummer"]);
    let source =
        format!("kind = \"http\", url = \"http://{}/\", allow_private_network = true", silent.local_addr().unwrap());
    sandbox.edit("datasets/postnummer.toml", "kind = \"file\", path = \"data/postnummer.txt\"", &source);
    let mut child = sandbox.command(&["run", "postnummer"]).stderr(Stdio::piped()).spawn().unwrap();
    let (_open, _) = silent.accept().unwrap();
    signal(&child, "-TERM");
    wait_until("it heeds the signal", || child.try_wait().unwrap().is_some());
    let ended = child.wait_with_output().unwrap();
    let log = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "stopped in order, neither killed nor at once: {log}");
    assert!(log.contains("run-stopped"), "{log}");
    let status = sandbox.run(&["status", "--json"]).json();
    assert_eq!(status[0]["error"]["code"], "run-stopped", "{status:#}");
}

fn signal(child: &Child, name: &str) {
    // A process that is gone already is no error.
    let _ = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
}
