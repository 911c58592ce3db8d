//! The privacy gate from outside: what it lets through, what it tells, and that it never tells a value.

use std::{fs, path::Path};

use serde_json::Value;

use crate::harness::Sandbox;

/// Planted in the example's journal, in the ways in which the journal writes them.
const PLANTED: [&str; 5] = ["31123970082", "311239 70082", "31.12.39 70082", "71123970076", "31323970079"];

/// Every file below a folder with its content.
fn files(folder: &Path, each: &mut impl FnMut(&Path, &[u8])) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, each);
        } else {
            each(&path, &fs::read(&path).unwrap());
        }
    }
}

/// Whether some bytes hold a number, other than at the end of the UUID that the journal has on purpose.
fn holds(bytes: &[u8], number: &str) -> bool {
    let places = bytes.windows(number.len()).enumerate().filter(|(_, part)| *part == number.as_bytes());
    places.into_iter().any(|(at, _)| bytes.get(at + number.len()) != Some(&b'a'))
}

#[test]
fn the_report_of_a_version_is_served_and_nothing_tells_a_planted_value() {
    let sandbox = Sandbox::with(&["postjournal"]);
    let said = sandbox.run(&["run", "postjournal"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let status = sandbox.run(&["status", "--json"]);
    let server = sandbox.serve(&["--no-schedule"]);
    let report = server.get("/d/postjournal/v/1/gate-report.json").json();
    // The months of the journal, one after the other.
    let mut csv = String::new();
    files(&sandbox.path("storage/public"), &mut |path, bytes| {
        if path.extension().is_some_and(|extension| extension == "csv") {
            csv.push_str(std::str::from_utf8(bytes).unwrap());
        }
    });
    assert!(csv.lines().count() > 880, "{}", csv.lines().count());
    let page = server.get("/nb/d/postjournal").text();
    let (shown, more) = page.split_once("<details>").unwrap_or_else(|| panic!("all files at once: {page}"));
    assert_eq!((shown.matches(" download>").count(), more.matches(" download>").count()), (6, 42));
    for number in PLANTED {
        for text in [&said.out, &said.err, &status.out, &csv, &page, &report.to_string()] {
            assert!(!holds(text.as_bytes(), number), "{number} in {text}");
        }
        files(&sandbox.path("storage"), &mut |path, bytes| {
            let landed = path.components().any(|part| part.as_os_str() == "raw");
            assert!(landed || !holds(bytes, number), "{number} in {}", path.display());
        });
    }
    let complete = &report["completeness"];
    assert_eq!(complete["rows_read"], 900);
    let withheld = complete["rows_withheld"].as_u64().unwrap();
    assert_eq!(withheld, 9, "seven national numbers, one D-number, one NPID");
    assert_eq!(complete["rows_embargoed"], 2, "available from 2027 on: {complete:#}");
    assert_eq!(complete["embargo_until"], "2027-01-01");
    assert_eq!(complete["rows_published"], 900 - withheld - 2);
    for entry in ["jp_01ja159aw0ej4bve8avq0ksn2t", "jp_01k43kang0fr48b97jpv5bc6yn"] {
        assert!(!csv.contains(entry), "{entry} is under embargo");
    }
    assert!(csv.contains("gnr 13 bnr 161 (tlf. ***)") && !csv.contains("75 00 75 09"));
    assert!(csv.contains("gnr 4 bnr 157 (***)") && !csv.contains("@example.com"));
    assert_eq!(complete["sequence"]["missing"], 0, "{complete:#}");
    let found = report["privacy"]["found"].as_array().unwrap();
    let cells = |rule: &str| -> u64 {
        found.iter().filter(|count| count["rule"] == rule).map(|count| count["cells"].as_u64().unwrap()).sum()
    };
    assert_eq!((cells("identity-number"), cells("synthetic-number"), cells("phone")), (9, 2, 1), "{report:#}");
    let gates = report["gates"].as_array().unwrap();
    let findings: Vec<&Value> = gates.iter().flat_map(|gate| gate["findings"].as_array().unwrap()).collect();
    assert!(findings.len() > 8 && findings.iter().all(|finding| finding["rows"] == serde_json::json!([])));
    assert!(report["privacy"]["as_of"].as_str().is_some_and(|day| day.len() == 10));
    assert!(!report["privacy"]["not_checked"].as_array().unwrap().is_empty());
    assert!(page.contains("Rader holdt tilbake") && page.contains("gate-report.json"));
}

#[test]
fn an_identity_number_in_a_file_name_blocks_and_is_told_nowhere() {
    let sandbox = Sandbox::with(&["kommuneendringer"]);
    let number = PLANTED[0];
    sandbox.write(&format!("data/inn/{number}.csv"), sandbox.read("data/kommuneendringer.csv"));
    sandbox.edit("datasets/kommuneendringer.toml", "data/kommuneendringer.csv", "data/inn/*.csv");
    let said = sandbox.run(&["run", "kommuneendringer", "--json"]);
    let record: &Value = &said.json()[0];
    assert_eq!(record["outcome"], "blocked", "{record:#}");
    assert!(record.to_string().contains("privacy-source-name"), "{record:#}");
    assert_eq!(record["sources"][0]["location"], "data/inn/***.csv");
    assert!(!said.out.contains(number) && !said.err.contains(number), "{}{}", said.out, said.err);
}
