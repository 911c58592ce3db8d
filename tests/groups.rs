//! k-anonymity and l-diversity of tables that are published row by row, by the built program.

use std::fmt::Write;

use crate::harness::Sandbox;

fn sandbox(rows: &[(&str, &str, u32)], released: bool) -> Sandbox {
    let sandbox = Sandbox::with(&[]);
    let column = |name: &str, kind: &str, class: &str| {
        format!(
            "[[columns]]\nname = \"{name}\"\ntype = \"{kind}\"\nclass = \"{class}\"\n\
             title = {{ nb = \"A\", nn = \"A\", en = \"A\" }}\n"
        )
    };
    let release = if released { "gates.privacy.publish_sensitive = [\"leie\"]\n" } else { "" };
    let head = "title = { nb = \"T\", nn = \"T\", en = \"T\" }\ndescription = { nb = \"T\", nn = \"T\", en = \"T\" }\n\
        themes = [\"GOVE\"]\nlicence = \"CC0\"\nfrequency = \"DAILY\"\nprofile = \"table\"\n\
        source = { kind = \"file\", path = \"data/t.csv\" }\nformat = { kind = \"csv\" }\n\
        gates.privacy.k_anonymity = 3\ngates.privacy.l_diversity = 2\ngates.drift.max_row_growth = 1.0\n";
    let columns = [
        column("leietaker", "text", "identifier"),
        column("krets", "code", "quasi-identifier"),
        column("type", "code", "quasi-identifier"),
        column("leie", "integer", "sensitive"),
        column("farge", "text", "open"),
    ];
    sandbox.write("datasets/t.toml", head.to_owned() + release + &columns.concat());
    write(&sandbox, rows);
    sandbox
}

fn write(sandbox: &Sandbox, rows: &[(&str, &str, u32)]) {
    let mut text = "leietaker;krets;type;leie;farge\n".to_owned();
    for (at, (area, kind, rent)) in rows.iter().enumerate() {
        writeln!(text, "Leier {at};{area};{kind};{rent};rød").unwrap();
    }
    sandbox.write("data/t.csv", text);
}

const GOOD: [(&str, &str, u32); 6] = [
    ("0101", "A", 900),
    ("0101", "A", 900),
    ("0101", "A", 800),
    ("0102", "A", 700),
    ("0102", "A", 600),
    ("0102", "A", 600),
];

#[test]
fn rows_that_look_like_too_few_others_publish_nothing() {
    let sandbox = sandbox(&GOOD, false);
    let run = sandbox.run(&["run", "t"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let rows = sandbox.serve(&["--no-schedule"]).get("/d/t/rows.csv").text();
    assert!(rows.starts_with("krets,type,farge\r\n0101,A,rød\r\n"), "{rows}");
    // One dwelling more, of a kind that is there once.
    write(&sandbox, &[&GOOD[..], &[("0102", "B", 650)]].concat());
    let plan = sandbox.run(&["plan", "t"]);
    let told =
        "block[privacy-k-anonymity]: 1 rows stand in 1 of 3 groups with fewer than 3 rows of the same \"krets, type\"";
    assert!(plan.code == 4 && plan.out.contains(told), "{}{}", plan.out, plan.err);
    let run = sandbox.run(&["run", "t"]);
    assert!(run.code == 4 && run.out.contains(told), "{}", run.out);
    assert!(!run.out.contains("0102"), "no value is told: {}", run.out);
    let rows = sandbox.serve(&["--no-schedule"]).get("/d/t/rows.csv").text();
    assert_eq!(rows.lines().count(), 7, "the last good version stays");
}

#[test]
fn a_sensitive_column_needs_different_values_among_those_who_look_alike() {
    let sandbox = sandbox(&GOOD, true);
    let run = sandbox.run(&["run", "t"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let rows = sandbox.serve(&["--no-schedule"]).get("/d/t/rows.csv").text();
    assert!(rows.starts_with("krets,type,leie,farge\r\n"), "{rows}");
    // Whoever is known to live in 0102 pays 600.
    let mut rows = GOOD;
    rows[3].2 = 600;
    write(&sandbox, &rows);
    let run = sandbox.run(&["run", "t"]);
    let told = "block[privacy-l-diversity]: 3 rows stand in 1 of 2 groups with fewer than 2 different values of 'leie'";
    assert!(run.code == 4 && run.out.contains(told), "{}{}", run.out, run.err);
    // Without a column that tells who looks alike nothing sensitive is released at all.
    sandbox.edit("datasets/t.toml", "class = \"quasi-identifier\"\ntitle", "class = \"open\"\ntitle");
    sandbox.edit("datasets/t.toml", "class = \"quasi-identifier\"\ntitle", "class = \"open\"\ntitle");
    let check = sandbox.run(&["check"]);
    assert!(check.code != 0 && (check.out + &check.err).contains("no column tells which rows look alike"));
}

/// A month that is read alone is judged together with the months that are taken over.
#[test]
fn groups_are_counted_over_all_parts_of_a_table() {
    let sandbox = Sandbox::with(&[]);
    let file = "title = { nb = \"T\", nn = \"T\", en = \"T\" }\ndescription = { nb = \"T\", nn = \"T\", en = \"T\" }\n\
        themes = [\"GOVE\"]\nlicence = \"CC0\"\nfrequency = \"DAILY\"\nprofile = \"table\"\nkey = [\"nr\"]\n\
        source = { kind = \"file\", path = \"data/maaneder/*.csv\" }\nformat = { kind = \"csv\" }\n\
        partition = { column = \"dag\", by = \"month\" }\n\
        columns = [\n{ name = \"nr\", type = \"integer\", required = true, title = { nb = \"A\", nn = \"A\", en = \"A\" } },\n\
        { name = \"dag\", type = \"date\", title = { nb = \"A\", nn = \"A\", en = \"A\" } },\n\
        { name = \"krets\", type = \"code\", class = \"quasi-identifier\", title = { nb = \"A\", nn = \"A\", en = \"A\" } },\n]\n\
        [gates.privacy]\nk_anonymity = 3\n[gates.drift]\nmax_row_loss = 1.0\nmax_row_growth = 9.0\n";
    sandbox.write("datasets/t.toml", file);
    sandbox
        .write("data/maaneder/januar.csv", "nr;dag;krets\n1;2026-01-02;0101\n2;2026-01-03;0101\n3;2026-01-04;0102\n");
    sandbox
        .write("data/maaneder/februar.csv", "nr;dag;krets\n4;2026-02-02;0101\n5;2026-02-03;0102\n6;2026-02-04;0102\n");
    let run = sandbox.run(&["run", "t"]);
    assert_eq!(run.code, 0, "neither month has three of a kind, both together have: {}{}", run.out, run.err);
    // One row more in February: only that month is read.
    sandbox.write(
        "data/maaneder/februar.csv",
        "nr;dag;krets\n4;2026-02-02;0101\n5;2026-02-03;0102\n6;2026-02-04;0102\n7;2026-02-05;0102\n",
    );
    let run = sandbox.run(&["run", "t"]);
    assert!(run.code == 0 && run.out.contains("1 of 2 files read"), "{}{}", run.out, run.err);
    // One row less, and the two of January are alone.
    sandbox
        .write("data/maaneder/februar.csv", "nr;dag;krets\n5;2026-02-03;0102\n6;2026-02-04;0102\n7;2026-02-05;0102\n");
    let run = sandbox.run(&["run", "t"]);
    let told = "block[privacy-k-anonymity]: 2 rows stand in 1 of 2 groups with fewer than 3 rows of the same \"krets\"";
    assert!(run.code == 4 && run.out.contains(told), "{}{}", run.out, run.err);
}
