//! Contracts of columns by the built program: what becomes of values that do not fit.

use crate::harness::Sandbox;

fn sandbox(contract: &str, rows: &str) -> Sandbox {
    let sandbox = Sandbox::with(&[]);
    let column = |name: &str, kind: &str, more: &str| {
        format!(
            "[[columns]]\nname = \"{name}\"\ntype = {kind}\ntitle = {{ nb = \"A\", nn = \"A\", en = \"A\" }}\n{more}\n"
        )
    };
    let head = "title = { nb = \"T\", nn = \"T\", en = \"T\" }\ndescription = { nb = \"T\", nn = \"T\", en = \"T\" }\n\
        themes = [\"GOVE\"]\nlicence = \"CC0\"\nfrequency = \"DAILY\"\nprofile = \"table\"\nkey = [\"nr\"]\n\
        source = { kind = \"file\", path = \"data/t.csv\" }\nformat = { kind = \"csv\" }\n\
        gates.shape.max_rejected_share = 0.5\n";
    let codes = format!("{contract}\ncodes = {{ \"A\" = {{ nb = \"A\", nn = \"A\", en = \"A\" }} }}");
    let columns = [
        column("nr", "\"integer\"", "required = true"),
        column("tall", "\"integer\"", contract),
        column("kode", "\"code\"", &codes),
    ];
    sandbox.write("datasets/t.toml", head.to_owned() + &columns.concat());
    sandbox.write("data/t.csv", format!("nr;tall;kode\n{rows}"));
    sandbox
}

const ROWS: &str = "1;10;A\n2;ti;A\n3;30;B\n4;fire;B\nfem;50;A\n";

fn published(sandbox: &Sandbox) -> String {
    sandbox.serve(&["--no-schedule"]).get("/d/t/rows.csv").text()
}

#[test]
fn values_that_do_not_fit_are_left_out_and_the_row_stays() {
    let sandbox = sandbox("contract = \"discard-value\"", ROWS);
    let run = sandbox.run(&["run", "t"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("warning[shape-values-discarded]: 2 of 5 values in 'tall'"), "{}", run.out);
    assert!(run.out.contains("2 of 5 values in 'kode'") && run.out.contains("1 rows rejected"), "{}", run.out);
    assert_eq!(published(&sandbox), "nr,tall,kode\r\n1,10,A\r\n2,,A\r\n3,30,\r\n4,,\r\n");
    let page = sandbox.serve(&["--no-schedule"]).get("/nn/d/t").text();
    assert!(page.contains("2 av 5 verdiar i kolonnen «tall» passa ikkje"), "{page}");
    let most = ROWS.replace("1;10;A", "1;en;A");
    sandbox.write("data/t.csv", format!("nr;tall;kode\n{most}"));
    let run = sandbox.run(&["run", "t"]);
    assert!(run.code == 4 && run.out.contains("block[shape-values-discarded]: 3 of 5"), "{}", run.out);
}

/// A day that cannot be read must not let out what has to wait.
#[test]
fn a_value_that_tells_what_must_wait_is_never_left_out() {
    let sandbox = sandbox("contract = \"discard-value\"", "1;10;A\n2;20;A\n3;30;A\n");
    sandbox.edit(
        "datasets/t.toml",
        "gates.shape.max_rejected_share = 0.5\n",
        "gates.shape.max_rejected_share = 0.5\ngates.privacy.embargo = \"fra\"\n",
    );
    let file = String::from_utf8(sandbox.read("datasets/t.toml")).unwrap();
    let date = "[[columns]]\nname = \"fra\"\ntype = \"date\"\ncontract = \"discard-value\"\ntitle = { nb = \"F\", nn = \"F\", en = \"F\" }\n";
    sandbox.write("datasets/t.toml", file + date);
    sandbox.write("data/t.csv", "nr;tall;kode;fra\n1;10;A;2020-01-01\n2;20;A;2999\n3;30;A;2020-01-01\n");
    let run = sandbox.run(&["run", "t"]);
    assert!(
        run.code == 4 && run.out.contains("block[shape-values-discarded]: 1 of 3 values in 'fra'"),
        "{}{}",
        run.out,
        run.err
    );
}

#[test]
fn one_value_in_a_frozen_column_publishes_nothing() {
    let sandbox = sandbox("contract = \"freeze\"", "1;10;A\n2;20;A\n3;30;A\n4;40;A\n");
    assert_eq!(sandbox.run(&["run", "t"]).code, 0);
    sandbox.write("data/t.csv", "nr;tall;kode\n1;10;A\n2;20;A\n3;30;A\n4;fire;A\n");
    let plan = sandbox.run(&["plan", "t"]);
    assert!(plan.code == 4 && plan.out.contains("rejected for tall: 1"), "{}", plan.out);
    let run = sandbox.run(&["run", "t"]);
    assert!(
        run.code == 4 && run.out.contains("block[shape-contract]: 1 rows break the contract of 'tall'"),
        "{}",
        run.out
    );
    assert!(published(&sandbox).contains("4,40,A"), "the last good version");
    // That another cell of the row is bad too, and puts it aside, hides nothing.
    sandbox.write("data/t.csv", "nr;tall;kode\n1;10;A\n2;20;A\n3;30;A\nfire;fire;A\n");
    let run = sandbox.run(&["run", "t"]);
    assert!(run.code == 4 && run.out.contains("block[shape-contract]: 1 rows"), "{}", run.out);
}

#[test]
fn without_a_contract_the_row_is_put_aside() {
    let sandbox = sandbox("", ROWS);
    let run = sandbox.run(&["run", "t"]);
    assert!(run.code == 4 && run.out.contains("4 of 5 rows were rejected"), "{}", run.out);
}
