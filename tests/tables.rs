//! Tables as they are: each read by the built program as its expected reading says, cell by cell.

use std::fmt::Write;

use crate::harness::Sandbox;

const HEAD: &str = r#"
title = { nb = "Tabell", nn = "Tabell", en = "Table" }
description = { nb = "En tabell", nn = "Ein tabell", en = "A table" }
themes = ["SOCI"]
licence = "CC0"
frequency = "MONTHLY"
profile = "table"
"#;

/// A dataset file of columns, each with name, type and further settings.
fn dataset(file: &str, format: &str, columns: &[(&str, &str, &str)]) -> String {
    let mut text = format!("{HEAD}source = {{ kind = \"file\", path = \"data/{file}\" }}\nformat = {format}\n");
    for (name, kind, more) in columns {
        let title = format!("{{ nb = \"{name}\", nn = \"{name}\", en = \"{name}\" }}");
        writeln!(text, "\n[[columns]]\nname = \"{name}\"\ntype = {kind}\ntitle = {title}\n{more}").unwrap();
    }
    text
}

fn publish(text: &str, file: &str, bytes: &[u8]) -> (Sandbox, String) {
    let sandbox = Sandbox::with(&[]);
    sandbox.write("datasets/tabell.toml", text);
    sandbox.write(&format!("data/{file}"), bytes);
    let run = sandbox.run(&["run", "tabell"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let server = sandbox.serve(&["--no-schedule"]);
    let rows = server.get("/d/tabell/rows.csv").text();
    drop(server);
    (sandbox, rows)
}

const DECIMAL: &str = "{ is = \"decimal\", scale = 2 }";

#[test]
fn workbooks_with_a_header_of_two_rows_are_read_cell_by_cell() {
    let from = |name: &str| format!("from = [\"{name}\"]\n");
    let columns = [
        ("bolignr", "\"code\"", from("Id / Bolignr") + "required = true"),
        ("gatenavn", "\"text\"", from("Adresse / Gatenavn")),
        ("husnr", "\"integer\"", from("Adresse / Husnr")),
        ("bruksenhetsnr", "\"code\"", from("Adresse / Bruksenhetsnr") + "form = \"dwelling-number\""),
        ("postnr", "{ is = \"code\", width = 4 }", from("Adresse / Postnr") + "form = \"postal-code\""),
        (
            "boligtype",
            "\"code\"",
            from("Bolig / Boligtype")
                + "aliases = { \"ordinær bolig\" = \"Ordinær bolig\" }\ncodes = { \"Ordinær bolig\" = { nb = \"Ordinær\" }, \"Omsorgsbolig\" = { nb = \"Omsorg\" }, \"Tjenestebolig\" = { nb = \"Tjeneste\" } }",
        ),
        ("bra_m2", DECIMAL, from("Bolig / BRA (m²)") + "suffix = [\"m²\"]\nnull = [\"-\", \"ukjent\"]"),
        ("antall_rom", "\"integer\"", from("Bolig / Ant. rom")),
        ("byggeaar", "\"integer\"", from("Bolig / Byggeår")),
        ("manedsleie", DECIMAL, from("Leie / Månedsleie")),
        ("fra_dato", "\"date\"", from("Leie / Fra dato")),
        ("til_dato", "\"date\"", from("Leie / Til dato") + "null = [\"01.01.3000\"]"),
    ];
    let columns: Vec<(&str, &str, &str)> =
        columns.iter().map(|(name, kind, more)| (*name, *kind, more.as_str())).collect();
    let format = r#"{ kind = "excel", sheet = "Boliger 2024", header_row = 3, header_rows = 2, decimal = ",", group = ".", skip_rows = { column = "Id / Bolignr", pattern = "Sum|Kilde:.*|" } }"#;
    let expected = include_str!("fixtures/tabular/boligregister.expected.csv");
    let xlsx: &[u8] = include_bytes!("fixtures/tabular/boligregister.xlsx");
    for (file, bytes) in [("bok.xlsx", xlsx), ("bok.xls", include_bytes!("fixtures/tabular/boligregister.xls"))] {
        let (_sandbox, rows) = publish(&dataset(file, format, &columns), file, bytes);
        assert_eq!(cells(&rows), cells(expected), "{file}");
    }
}

/// Cells of plain CSV, numbers without zeros behind the point.
fn cells(text: &str) -> Vec<Vec<String>> {
    let plain = |cell: &str| match cell.split_once('.') {
        Some((whole, fraction)) if whole.parse::<i64>().is_ok() && fraction.parse::<u64>().is_ok() => {
            let fraction = fraction.trim_end_matches('0');
            if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
        }
        _ => cell.to_owned(),
    };
    let line = |line: &str| line.split(',').map(plain).collect();
    text.lines().map(line).collect()
}

#[test]
fn a_header_is_found_below_titles_and_blank_rows_are_told() {
    let columns = [
        ("bolignr", "\"code\"", "from = [\"Bolignr\"]\nrequired = true"),
        ("husnr", "\"integer\"", "from = [\"Husnr\"]"),
    ];
    let format = r#"{ kind = "excel", sheet = "Boliger 2024", range = "A:C", skip_rows = { column = "Bolignr", pattern = "Sum|Kilde:.*" } }"#;
    let (sandbox, rows) = publish(
        &dataset("bok.xlsx", format, &columns),
        "bok.xlsx",
        include_bytes!("fixtures/tabular/boligregister.xlsx"),
    );
    assert_eq!(rows.lines().count(), 26, "{rows}");
    assert_eq!(rows.lines().nth(1), Some("B-001,30"));
    let server = sandbox.serve(&["--no-schedule"]);
    let report = server.get("/d/tabell/v/1/gate-report.json").text();
    assert!(report.contains("shape-rows-skipped"), "{report}");
}

#[test]
fn rows_that_are_too_short_are_filled_or_put_aside_as_declared() {
    let columns = [
        ("kode", "\"code\"", "from = [\"code\"]\nrequired = true"),
        ("navn", "\"text\"", "from = [\"name\"]"),
        ("gyldig_til", "\"text\"", "from = [\"validTo\"]"),
    ];
    let bytes = include_bytes!("fixtures/tabular/klass-31.latin1.csv");
    let pad = dataset("k.csv", r#"{ kind = "csv", ragged = "pad" }"#, &columns);
    let (_sandbox, rows) = publish(&pad, "k.csv", bytes);
    assert_eq!(rows.lines().count(), 170, "{rows}");
    assert!(rows.contains("13,\"Rekkehus, kjedehus, andre småhus\",\r\n"), "{rows}");

    let sandbox = Sandbox::with(&[]);
    sandbox.write("datasets/tabell.toml", dataset("k.csv", r#"{ kind = "csv" }"#, &columns));
    sandbox.write("data/k.csv", bytes);
    let run = sandbox.run(&["run", "tabell"]);
    assert!(run.err.contains("format-ragged") || run.out.contains("format-ragged"), "{}{}", run.out, run.err);
    let said = run.out + &run.err;
    assert!(said.contains("k.csv:2") || said.contains("line 2"), "{said}");
}

#[test]
fn one_separator_too_many_puts_one_row_aside_and_totals_are_left_out() {
    let bytes = include_bytes!("fixtures/tabular/facilit.cp1252.csv");
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    // A separator inside a text that the exporting system did not quote.
    lines[10].insert(3, b';');
    let columns = [
        ("nummer", "\"code\"", "from = [\"Nummer\"]\nrequired = true"),
        ("areal", DECIMAL, "from = [\"Mengde\"]"),
        ("aktiv", "\"boolean\"", "from = [\"Aktiv\"]"),
        ("anskaffet", "\"date\"", "from = [\"Anskaffet dato\"]"),
    ];
    let format = r#"{ kind = "csv", ragged = "reject", skip_rows = { column = "Nummer", pattern = "Sum|" } }"#;
    let text = dataset("f.csv", format, &columns) + "\n[gates.shape]\nmax_rejected_share = 0.05\n";
    let (sandbox, rows) = publish(&text, "f.csv", &lines.join(&b'\n'));
    assert_eq!(rows.lines().count(), 40, "{rows}");
    let plan = sandbox.run(&["plan", "tabell"]);
    assert!(plan.out.contains("--> f.csv:11 nummer: reject-ragged"), "{}", plan.out);
    let whole = sandbox.run(&["check"]);
    assert_eq!(whole.code, 0, "{}", whole.err);
}

#[test]
fn settings_that_make_no_sense_are_told() {
    let sandbox = Sandbox::with(&[]);
    let columns = [("a", "\"code\"", "")];
    let format = r#"{ kind = "excel", range = "3:4", header_rows = 9, skip_rows = { column = "a", pattern = "(" } }"#;
    sandbox.write("datasets/tabell.toml", dataset("a.xlsx", format, &columns));
    let said = sandbox.run(&["check"]);
    for told in ["no range of cells", "`header_rows` must be at most 5", "the pattern cannot be read"] {
        assert!(said.err.contains(told) || said.out.contains(told), "{told}: {}{}", said.out, said.err);
    }
}

#[test]
fn every_cell_of_a_table_in_json_stat_is_a_row_with_its_codes_texts_and_status() {
    let columns = [
        ("avstand", "\"code\"", "from = [\"Avstand1\"]"),
        ("avstand_tekst", "\"text\"", "from = [\"Avstand1.label\"]"),
        ("tilbud", "\"code\"", "from = [\"Kulturtilbud\"]"),
        ("aar", "\"integer\"", "from = [\"Tid\"]"),
        ("prosent", "\"integer\"", "from = [\"value\"]"),
        ("status", "\"code\"", "from = [\"status\"]"),
    ];
    let text = include_str!("fixtures/statistics/ssb-05300-data.jsonstat2.json");
    let (_sandbox, rows) =
        publish(&dataset("tabell.json", "{ kind = \"json-stat\" }", &columns), "tabell.json", text.as_bytes());
    // The cells in row-major order, by hand: six distances, eight places, one measure, nine years.
    let document: serde_json::Value = serde_json::from_str(text).unwrap();
    let codes = |dimension: &str| {
        let index = document["dimension"][dimension]["category"]["index"].as_object().unwrap();
        let mut codes: Vec<(u64, String)> = index.iter().map(|(c, at)| (at.as_u64().unwrap(), c.clone())).collect();
        codes.sort();
        codes.into_iter().map(|(_, code)| code).collect::<Vec<_>>()
    };
    let mut expected = vec!["avstand,avstand_tekst,tilbud,aar,prosent,status".to_owned()];
    let mut at = 0;
    for distance in codes("Avstand1") {
        let label = document["dimension"]["Avstand1"]["category"]["label"][&distance].as_str().unwrap();
        let label = if label.contains(',') { format!("\"{label}\"") } else { label.to_owned() };
        for place in codes("Kulturtilbud") {
            for year in codes("Tid") {
                let value = document["value"][at].as_i64().map(|value| value.to_string()).unwrap_or_default();
                let status = document["status"][at.to_string()].as_str().unwrap_or_default();
                expected.push(format!("{distance},{label},{place},{year},{value},{status}"));
                at += 1;
            }
        }
    }
    assert_eq!(expected.len(), 433);
    let mut lines: Vec<&str> = rows.lines().collect();
    lines[1..].sort_unstable();
    expected[1..].sort_unstable();
    assert_eq!(lines, expected);
}

#[test]
fn lines_of_fixed_places_keep_their_zeros() {
    let columns = [
        ("postnr", "{ is = \"code\", width = 4 }", "form = \"postal-code\""),
        ("sted", "\"text\"", ""),
        ("antall", DECIMAL, ""),
    ];
    let format = "{ kind = \"fixed-width\", encoding = \"iso-8859-1\", fields = [{ name = \"postnr\", start = 1, length = 4 }, { name = \"sted\", start = 6, length = 10 }, { name = \"antall\", start = 16, length = 9 }], group = \".\" }";
    let text = b"0010 OSLO         12,5\n6003 \xC5LESUND    1.200,75\n";
    let (_sandbox, rows) = publish(&dataset("linjer.txt", format, &columns), "linjer.txt", text);
    assert_eq!(rows, "postnr,sted,antall\r\n0010,OSLO,12.50\r\n6003,ÅLESUND,1200.75\r\n");
}

#[test]
fn a_program_gives_rows_only_where_it_may_run_and_only_when_it_ends_well() {
    let columns = [("a", "\"integer\"", ""), ("b", "\"text\"", "")];
    let text = dataset("x", "{ kind = \"csv\" }", &columns);
    let source = "source = { kind = \"command\", program = [\"./uttrekk.sh\", \"2\"], environment = { TREKK = \"${HOME}\" }, timeout_seconds = 5, max_bytes = 60 }";
    let text = text.replace("source = { kind = \"file\", path = \"data/x\" }", source);
    let sandbox = Sandbox::with(&[]);
    sandbox.write("datasets/tabell.toml", &text);
    let refused = sandbox.run(&["run", "tabell"]);
    assert!(refused.err.contains("source-command-refused") || refused.out.contains("source-command-refused"));
    let settings = String::from_utf8(sandbox.read("allmenning.toml")).unwrap();
    let pipeline = if settings.contains("[pipeline]") {
        settings.replacen("[pipeline]", "[pipeline]\nallow_commands = true", 1)
    } else {
        format!("{settings}\n[pipeline]\nallow_commands = true\n")
    };
    sandbox.write("allmenning.toml", &pipeline);
    let cases = [
        ("", "source-command-missing"),
        ("echo 'a;b'; echo '1;to'; exit 3", "source-command-failed"),
        ("yes '1;to'", "source-too-large"),
        ("exec sleep 20", "source-timeout"),
        ("exit 0", "source-empty"),
        ("echo 'a;b'; echo \"$1;${TREKK:+med}${CARGO:-}\"", ""),
    ];
    for (script, code) in cases {
        if !script.is_empty() {
            sandbox.write("uttrekk.sh", format!("#!/bin/sh\n{script}\n"));
            executable(&sandbox.path("uttrekk.sh"));
        }
        let run = sandbox.run(&["run", "tabell"]);
        assert_eq!(run.code == 0, code.is_empty(), "{script}: {}{}", run.out, run.err);
        assert!(run.out.contains(code) || run.err.contains(code), "{script}: {}{}", run.out, run.err);
    }
    let rows = sandbox.serve(&["--no-schedule"]).get("/d/tabell/rows.csv").text();
    assert_eq!(rows, "a,b\r\n2,med\r\n");
}

fn executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn workbooks_with_a_password_and_tables_of_too_many_columns_say_so() {
    let columns = [("a", "\"text\"", "")];
    let header: Vec<String> = (0..16_384).map(|at| format!("k{at}")).collect();
    let wide = format!("{}\n{}\n", header.join(";"), ";".repeat(16_383));
    let cases: [(&str, &str, &[u8], &str, &str); 2] = [
        (
            "bok.xlsx",
            "{ kind = \"excel\" }",
            include_bytes!("fixtures/tabular/med-passord.xlsx"),
            "format-workbook",
            "has a password",
        ),
        ("bred.csv", "{ kind = \"csv\" }", wide.as_bytes(), "format-too-many-columns", "more than 2000"),
    ];
    for (file, format, bytes, code, told) in cases {
        let sandbox = Sandbox::with(&[]);
        sandbox.write("datasets/tabell.toml", dataset(file, format, &columns));
        sandbox.write(&format!("data/{file}"), bytes);
        let run = sandbox.run(&["run", "tabell"]);
        assert!(run.code == 1 && run.err.contains(code) | run.out.contains(code), "{}{}", run.out, run.err);
        assert!(run.err.contains(told) | run.out.contains(told), "{}{}", run.out, run.err);
    }
}

#[test]
fn answers_of_registers_are_read_as_they_are() {
    let brreg = [
        ("nr", "\"integer\"", "from = [\"oppdateringsid\"]"),
        ("orgnr", "\"code\"", "from = [\"organisasjonsnummer\"]"),
        ("tid", "\"datetime\"", "from = [\"dato\"]"),
        ("endring", "\"code\"", "from = [\"endringstype\"]"),
        ("lenke", "\"text\"", "from = [\"_links.underenhet.href\"]"),
    ];
    let root = "https://data.brreg.no/enhetsregisteret/api/underenheter";
    let expected = format!(
        "nr,orgnr,tid,endring,lenke\r\n\
        123867,9876543,2018-05-14T21:53:00Z,Ukjent,{root}/9876543\r\n\
        123868,88445533,2018-05-14T21:53:00Z,Ny,{root}/88445533\r\n"
    );
    let format = "{ kind = \"json\", rows = \"_embedded.oppdaterteEnheter\" }";
    let text = include_bytes!("fixtures/registers/brreg-oppdateringer.json");
    assert_eq!(publish(&dataset("svar.json", format, &brreg), "svar.json", text).1, expected);
    let klass = [
        ("kode", "\"code\"", "from = [\"code\"]"),
        ("over", "\"code\"", "from = [\"parentCode\"]"),
        ("navn", "\"text\"", "from = [\"name\"]"),
        ("fra", "\"date\"", "from = [\"validFromInRequestedRange\"]"),
    ];
    let text = br#"{"codes":[
        {"code":"0301","parentCode":null,"level":"1","name":"Oslo","shortName":"","validFromInRequestedRange":"2024-01-01","notes":""},
        {"code":"5544","parentCode":"55","level":"2","name":"Nordreisa - R\u00e1isa - Raisi","validFromInRequestedRange":null}]}"#;
    let rows = publish(&dataset("klass.json", "{ kind = \"json\", rows = \"codes\" }", &klass), "klass.json", text).1;
    assert_eq!(rows, "kode,over,navn,fra\r\n0301,,Oslo,2024-01-01\r\n5544,55,Nordreisa - Ráisa - Raisi,\r\n");
    let election = [
        ("parti", "\"code\"", "from = [\"id.partikode\"]"),
        ("prosent", "{ is = \"decimal\", scale = 5 }", "from = [\"stemmer.resultat.prosent\"]"),
        ("stemmer", "\"integer\"", "from = [\"stemmer.resultat.antall.total\"]"),
    ];
    let text = br#"{"tidspunkt":{"rapportGenerert":"2025-09-16T08:00:00"},"id":{"nivaa":"fylke","nr":"01"},"partier":[
        {"id":{"partikode":"LYS","partinavn":"Lyspartiet"},"stemmer":{"resultat":{"prosent":30.20884,"antall":{"total":9243,"fhs":3697}}}},
        {"id":{"partikode":"FJELL"},"stemmer":{"resultat":{"prosent":null,"antall":{"total":0}}}}]}"#;
    let format = "{ kind = \"json\", rows = \"partier\" }";
    let rows = publish(&dataset("valg.json", format, &election), "valg.json", text).1;
    assert_eq!(rows, "parti,prosent,stemmer\r\nFJELL,,0\r\nLYS,30.20884,9243\r\n");
    let nvdb = [
        ("id", "\"integer\"", ""),
        ("lengde", "\"number\"", ""),
        ("endret", "\"datetime\"", "from = [\"sistEndret\"]"),
    ];
    let format = "{ kind = \"json\", rows = \"veglenkesekvenser\" }";
    let text = include_bytes!("fixtures/registers/nvdb-veglenkesekvenser.json");
    let rows = publish(&dataset("veger.json", format, &nvdb), "veger.json", text).1;
    let document: serde_json::Value = serde_json::from_slice(text).unwrap();
    let line = |road: &serde_json::Value| format!("{},{},", road["id"], road["lengde"]);
    let expected: Vec<String> = document["veglenkesekvenser"].as_array().unwrap().iter().map(line).collect();
    assert_eq!(expected.len(), rows.lines().count() - 1);
    assert!(rows.lines().skip(1).zip(&expected).all(|(row, start)| row.starts_with(start)), "{rows}{expected:?}");
}
