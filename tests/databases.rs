//! A `PostgreSQL` database as a source, by the built program and a real server.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use crate::{
    clients::{driver, python},
    harness::{Sandbox, wait_until},
};

/// A server of its own.
struct Postgres {
    child: Child,
    answers: Lines<BufReader<ChildStdout>>,
    /// The folder of its socket.
    socket: String,
    _folder: tempfile::TempDir,
}

impl Postgres {
    fn start() -> Option<Self> {
        let python = python()?;
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(python);
        command.args([&driver("postgres.py"), folder.path().join("db").to_str().unwrap()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let socket = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        Some(Self { child, answers, socket, _folder: folder })
    }

    /// Carries out one line of SQL.
    fn sql(&mut self, line: &str) -> String {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{}", line.replace('\n', " ")).unwrap();
        input.flush().unwrap();
        serde_json::from_str(&self.answers.next().unwrap().unwrap()).unwrap()
    }

    /// A dataset that asks it.
    fn dataset(&self, query: &str, more: &str) -> String {
        format!(
            r#"
title = {{ nb = "Boliger", nn = "Bustader", en = "Dwellings" }}
description = {{ nb = "Boliger", nn = "Bustader", en = "Dwellings" }}
themes = ["SOCI"]
licence = "CC0"
frequency = "DAILY"
profile = "table"
key = ["id"]
source = {{ kind = "postgresql", url = "postgresql:///postgres?user=postgres&host={}", query = """{query}"""{more} }}
format = {{ kind = "ndjson" }}
columns = [
    {{ name = "id", type = "integer", required = true, title = {{ nb = "Nummer", nn = "Nummer", en = "Number" }} }},
    {{ name = "navn", type = "text", title = {{ nb = "Navn", nn = "Namn", en = "Name" }} }},
    {{ name = "areal", type = {{ is = "decimal", scale = 2 }}, title = {{ nb = "Areal", nn = "Areal", en = "Area" }} }},
    {{ name = "aktiv", type = "boolean", title = {{ nb = "I bruk", nn = "I bruk", en = "In use" }} }},
    {{ name = "fra", type = "date", title = {{ nb = "Fra", nn = "Frå", en = "From" }} }},
    {{ name = "endret", type = "datetime", title = {{ nb = "Endret", nn = "Endra", en = "Changed" }} }},
]
"#,
            self.socket
        )
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It stops its server when its input ends.
        let _ = self.child.wait();
    }
}

const TABLE: &str = "create table bolig (id int primary key, kommune text, navn text, areal numeric(8,2), aktiv boolean, \
    fra date, endret timestamptz)";
const ROWS: &str = "insert into bolig values (1, '5501', E'Øvre «Åsly»\\n27', 58.20, true, '2020-05-01', '2026-01-02 03:04:05+01'), \
    (2, '5501', 'a;\"b\"', null, false, null, null), (3, '0301', 'annen', 1, true, null, null)";
const QUERY: &str = "select id, navn, areal, aktiv, fra, endret from bolig where kommune = $1 order by id;";

#[test]
fn the_rows_of_a_query_are_published_and_followed() {
    let Some(mut postgres) = Postgres::start() else { return };
    postgres.sql(TABLE);
    postgres.sql(ROWS);
    let sandbox = Sandbox::with(&[]);
    sandbox.write("datasets/boliger.toml", postgres.dataset(QUERY, ", parameters = [\"5501\"]"));
    let run = sandbox.run(&["run", "boliger"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let server = sandbox.serve(&["--no-schedule"]);
    let rows = server.get("/d/boliger/rows.csv").text();
    assert_eq!(
        rows,
        "id,navn,areal,aktiv,fra,endret\r\n\
        1,\"Øvre «Åsly»\n27\",58.20,true,2020-05-01,2026-01-02T02:04:05Z\r\n\
        2,\"a;\"\"b\"\"\",,false,,\r\n"
    );
    // Where the database runs is told to nobody.
    let manifest = server.get("/d/boliger/v/1/manifest.json").text();
    assert!(manifest.contains("\"location\":\"postgres\"") && !manifest.contains("host="), "{manifest}");
    let again = sandbox.run(&["run", "boliger"]);
    assert!(again.code == 0 && again.out.contains("unchanged"), "{}", again.out);
    postgres.sql("update bolig set areal = 60 where id = 1");
    assert_eq!(sandbox.run(&["run", "boliger"]).code, 0);
    let plan = sandbox.run(&["versions", "boliger"]);
    assert!(plan.out.contains('2'), "{}", plan.out);
}

#[test]
fn what_a_database_refuses_is_told_without_values_and_the_last_version_stays() {
    let Some(mut postgres) = Postgres::start() else { return };
    postgres.sql(TABLE);
    postgres.sql(ROWS);
    postgres.sql("create function skriv() returns int language sql as 'delete from bolig returning id'");
    let sandbox = Sandbox::with(&[]);
    let file = |query: &str, more: &str| sandbox.write("datasets/boliger.toml", postgres.dataset(query, more));
    file(QUERY, ", parameters = [\"5501\"]");
    assert_eq!(sandbox.run(&["run", "boliger"]).code, 0);
    for (query, more, code, told) in [
        ("select ide from bolig", "", "source-database-query", "column \"ide\" does not exist"),
        ("select skriv() as id", "", "source-database-query", "25006"),
        ("select id from bolig; drop table bolig", "", "source-database-query", "SQLSTATE 42"),
        ("select navn::int as id from bolig", "", "source-database-query", "22P02"),
        (QUERY, "", "source-database-query", "has 1 values, 0 are given"),
        ("select id from bolig where id = $1::int", ", parameters = [\"1 or true\"]", "source-database-query", "22P02"),
        ("select id from bolig where false", "", "source-empty", "no rows"),
        ("select repeat('x', 3000000) as navn", ", max_bytes = 1000", "source-too-large", "1000"),
        ("select id, pg_sleep(60)::text as navn from bolig", ", timeout_seconds = 1", "source-timeout", "within 1"),
    ] {
        file(query, more);
        let run = sandbox.run(&["run", "boliger"]);
        let all = format!("{}{}", run.out, run.err);
        assert!(run.code != 0 && all.contains(code) && all.contains(told), "{query}: {all}");
        assert!(!all.contains("Åsly") && !all.contains("annen"), "no value is told: {all}");
    }
    let missing = postgres.dataset(QUERY, "").replace("///postgres?", "///finnes-ikke?");
    sandbox.write("datasets/boliger.toml", missing);
    let run = sandbox.run(&["run", "boliger"]);
    assert!(run.out.contains("source-database]") && run.out.contains("finnes-ikke"), "{}", run.out);
    assert_eq!(
        postgres.sql("select count(*) from bolig").lines().nth(2).map(str::trim),
        Some("3"),
        "nothing was written"
    );
    let server = sandbox.serve(&["--no-schedule"]);
    assert_eq!(server.get("/d/boliger/rows.csv").text().lines().count(), 4, "the last good version");
}

#[test]
fn a_connection_that_drops_in_the_midst_publishes_nothing() {
    let Some(mut postgres) = Postgres::start() else { return };
    postgres.sql(TABLE);
    postgres.sql(ROWS);
    let sandbox = Sandbox::with(&[]);
    let slow = "select n as id, pg_sleep(0.05)::text as navn from generate_series(1, 2000) n";
    sandbox.write("datasets/boliger.toml", postgres.dataset(slow, ""));
    let mut command = sandbox.command(&["run", "boliger"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let dropped = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'allmenning'";
    wait_until("the query runs", || {
        std::thread::sleep(Duration::from_millis(200));
        postgres.sql(dropped).lines().nth(2).map(str::trim) == Some("1")
    });
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success() && said.contains("source-io"), "{said}");
    assert_eq!(sandbox.serve(&["--no-schedule"]).get("/d/boliger/rows.csv").status, 404);
}

#[test]
fn a_database_is_declared_without_secrets_and_read_as_json() {
    let sandbox = Sandbox::with(&["kommunale-boliger"]);
    let path = "datasets/kommunale-boliger.toml";
    let file = String::from_utf8(sandbox.read(path)).unwrap();
    let source = |source: &str, format: &str| {
        let lines = file.lines().map(|line| match line {
            line if line.starts_with("source =") => format!("source = {{ kind = \"postgresql\", {source} }}"),
            line if line.starts_with("format =") => format!("format = {{ {format} }}"),
            line => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    for (address, format, told) in [
        (
            "url = \"postgresql://a:hemmelig@b/c\", query = \"select 1\"",
            "kind = \"ndjson\"",
            "the address holds a password",
        ),
        ("url = \"postgresql://a@b/c\", query = \"select 1\"", "kind = \"csv\"", "one a line"),
        ("url = \"mysql://a@b/c\", query = \"select 1\"", "kind = \"ndjson\"", "no address of a database"),
        ("url = \"postgresql://a@b/c\"", "kind = \"ndjson\"", "query"),
        (
            "url = \"postgresql://a@b/c\", tls = \"off\", query = \"select 1\"",
            "kind = \"ndjson\"",
            "for everybody to read",
        ),
    ] {
        sandbox.write(path, source(address, format));
        let said = sandbox.run(&["check"]);
        let all = format!("{}{}", said.out, said.err);
        assert!(all.contains(told) && !all.contains("hemmelig"), "{address}: {all}");
    }
}
