//! The command line as a person and as a script meet it.

use crate::harness::Sandbox;

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
}
