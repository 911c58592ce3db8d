#[path = "load_broken_tests.rs"]
mod broken;
#[path = "load_secrets_tests.rs"]
mod secrets;

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::{ColumnType, FileFormat, Severity};

const INSTANCE: &str = r#"
[publisher]
name = { nb = "Testvik kommune", nn = "Testvik kommune", en = "Testvik municipality" }
organisation_number = "974760673"

[publisher.contact]
name = { nb = "Arkivet" }
email = "post@testvik.example"

[catalog]
title = { nb = "Åpne data", nn = "Opne data", en = "Open data" }
description = { nb = "Data", nn = "Data", en = "Data" }
"#;

const DATASET: &str = r#"
title = { nb = "Rader", nn = "Rader", en = "Rows" }
description = { nb = "Rader", nn = "Rader", en = "Rows" }
themes = ["GOVE"]
licence = "CC0"
frequency = "DAILY"
profile = "table"
key = ["nummer"]
schedule = { cron = "15 5 * * 1-5" }
source = { kind = "file", path = "data/x.csv" }
format = { kind = "csv" }

[[columns]]
name = "nummer"
type = { is = "code", width = 4 }
title = { nb = "Nummer", nn = "Nummer", en = "Number" }

[[columns]]
name = "dag"
type = "date"
title = { nb = "Dag", nn = "Dag", en = "Day" }
"#;

const HTTP: &str = r#"source = { kind = "http", url = "https://example.org/x.csv", headers = { Authorization = "Bearer ${NOEKKEL}" } }"#;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn with(instance: &str, dataset: &str) -> Result<Config, Problems> {
    let folder = folder(&[("allmenning.toml", instance), ("datasets/rader.toml", dataset)]);
    check(folder.path(), &Overrides::default(), &Env::empty())
}

/// The dataset with one text replaced by another.
fn dataset(from: &str, to: &str) -> Result<Config, Problems> {
    assert!(DATASET.contains(from), "{from}");
    with(INSTANCE, &DATASET.replacen(from, to, 1))
}

/// Code, line and the underlined text of each problem.
fn shown(result: Result<Config, Problems>) -> Vec<(&'static str, usize, String)> {
    let problems = match result {
        Ok(config) => config.warnings,
        Err(problems) => problems,
    };
    let marked = |p: &Problem| p.excerpt.chars().skip(p.indent).take(p.width).collect();
    problems.iter().map(|p| (p.code, p.line, marked(p))).collect()
}

fn one(result: Result<Config, Problems>) -> Problem {
    let problems = match result {
        Ok(config) => config.warnings,
        Err(problems) => problems,
    };
    assert_eq!(problems.len(), 1, "{problems}");
    problems.0.into_iter().next().unwrap()
}

#[test]
fn a_sound_folder_is_resolved() {
    let config = with(INSTANCE, DATASET).unwrap();
    assert!(config.warnings.is_empty(), "{}", config.warnings);
    let (id, dataset) = config.datasets.iter().next().unwrap();
    assert_eq!(id.as_str(), "rader");
    assert_eq!(dataset.columns.len(), 2);
    assert_eq!(dataset.columns[1].kind, ColumnType::Date { formats: vec![] });
    assert_eq!(dataset.distributions, [FileFormat::Parquet, FileFormat::Csv]);
    assert_eq!(dataset.order[0].column.as_str(), "nummer", "the key is the default order");
    assert_eq!(dataset.contact.email, "post@testvik.example");
    assert_eq!(config.base_url.as_str(), "http://localhost:8080/");
    assert!(
        config.storage.url.as_str().starts_with("file:///") && config.storage.url.as_str().ends_with("/data-store/")
    );
    assert_eq!(config.profiles.len(), PROFILES.len());
}

#[test]
fn the_example_publisher_has_no_problem() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("example");
    let config = check(&folder, &Overrides::default(), &Env::empty()).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(config.warnings.is_empty(), "{}", config.warnings);
    assert!(config.datasets.len() >= 8);
    let areas = config.datasets.values().find(|dataset| dataset.geometry().is_some()).unwrap();
    assert!(areas.distributions.contains(&FileFormat::Geojson));
}

#[test]
fn what_a_description_says_must_agree() {
    let frequency = "frequency = \"DAILY\"";
    let wrong = |more: &str| one_error(dataset(frequency, &format!("{frequency}\n{more}")));
    let link = |url: &str| format!("{{ url = \"{url}\", title = {{ nb = \"a\", nn = \"a\", en = \"a\" }} }}");
    let (one, other) = (link("https://a.example/"), link("ftp://a.example/"));
    for (more, message) in [
        (
            "access = \"NON_PUBLIC\"\nhigh_value = [\"Buildings\"]".to_owned(),
            "a high-value dataset is open to everybody",
        ),
        (format!("legislation = [{one}, {one}]"), "`https://a.example/` stands twice in `legislation`"),
        (format!("conforms_to = [{other}]"), "`ftp://a.example/` is no web address"),
        ("series = \"finnes-ikke\"".to_owned(), "there is no series `finnes-ikke`"),
        ("subjects = [\"ord/finnes-ikke\"]".to_owned(), "`ord/finnes-ikke` is not allowed"),
    ] {
        let problem = wrong(&more);
        assert!(problem.message.contains(message), "{problem}");
        assert!(problem.line > 0, "{problem}");
    }
}

#[test]
fn the_command_line_wins() {
    let folder = folder(&[("allmenning.toml", INSTANCE)]);
    let overrides = Overrides {
        storage: Some("s3://boette/x".to_owned()),
        listen: vec!["127.0.0.1:9".parse().unwrap()],
        base_url: None,
    };
    let config = check(folder.path(), &overrides, &Env::empty()).unwrap();
    assert_eq!(config.storage.url.as_str(), "s3://boette/x");
    assert_eq!(config.base_url.as_str(), "http://localhost:9/");
    assert_eq!(config.listen().len(), 1);
    let wrong = Overrides { storage: Some("ftp://x/y".to_owned()), ..Overrides::default() };
    let problem = one_error(check(folder.path(), &wrong, &Env::empty()));
    assert_eq!((problem.code, problem.file.as_str()), (problem::VALUE, "--storage"));
}

fn one_error(result: Result<Config, Problems>) -> Problem {
    let problems = result.unwrap_err();
    let mut errors = problems.0.into_iter().filter(|problem| problem.severity == Severity::Error);
    errors.next().unwrap()
}

#[test]
fn all_problems_of_all_files_come_at_once() {
    let instance =
        INSTANCE.replace("organisation_number = \"974760673\"", "organisation_number = \"974760674\"\nfarge = 1");
    let wrong = DATASET
        .replace("licence = \"CC0\"", "license = \"CC0\"")
        .replace("[\"GOVE\"]", "[\"GOVT\", 7]")
        .replace("cron = ", "crom = ")
        .replace("type = \"date\"", "type = \"dato\"")
        .replace("\"table\"", "\"tabel\"");
    let found = shown(with(&instance, &wrong));
    let expected = [
        (problem::VALUE, 4, "\"974760674\""),
        (problem::UNKNOWN_KEY, 5, "farge"),
        (problem::MISSING_KEY, 1, ""),
        (problem::VALUE, 4, "\"GOVT\""),
        (problem::TYPE, 4, "7"),
        (problem::UNKNOWN_KEY, 5, "license"),
        (problem::PROFILE, 7, "\"tabel\""),
        (problem::MISSING_KEY, 9, "{"),
        (problem::UNKNOWN_KEY, 9, "crom"),
        (problem::VALUE, 20, "\"dato\""),
    ];
    let expected: Vec<_> = expected.into_iter().map(|(code, line, text)| (code, line, text.to_owned())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_syntax_error_hides_no_other_problem() {
    let found = shown(dataset("licence = \"CC0\"", "licence = \nfarge = 1"));
    let codes: Vec<&str> = found.iter().map(|(code, ..)| *code).collect();
    assert!(codes.contains(&problem::SYNTAX) && codes.contains(&problem::UNKNOWN_KEY), "{found:?}");
    assert!(!codes.contains(&problem::MISSING_KEY), "{found:?}");
}

#[test]
fn hints_name_what_was_meant() {
    let cases = [
        ("licence = \"CC0\"", "license = \"CC0\"", "licence"),
        ("\"table\"", "\"tabell\"", "table"),
        ("[\"nummer\"]", "[\"numer\"]", "nummer"),
        ("\"csv\"", "\"cvs\"", "csv"),
        ("\"DAILY\"", "\"DALY\"", "DAILY"),
        ("type = \"date\"", "type = \"dat\"", "date"),
        ("type = \"date\"", "type = \"decimal\"", "{ is = \"decimal\""),
        ("{ cron = \"15 5 * * 1-5\" }", "{ cron = \"@daily\", time_zone = \"Europe/Olso\" }", "Europe/Oslo"),
        ("kind = \"csv\"", "kind = \"csv\", encoding = \"windows-1525\"", "windows-1252"),
        ("title = { nb = \"Rader\", nn = \"Rader\", en = \"Rows\" }", "title = \"Rader\"", "{ nb = \"Rader\" }"),
        ("themes = [\"GOVE\"]", "themes = \"GOVE\"", "[\"GOVE\"]"),
    ];
    for (from, to, meant) in cases {
        let problems = dataset(from, to).unwrap_err();
        let hinted = problems.iter().any(|p| p.hint.as_ref().is_some_and(|hint| hint.contains(meant)));
        assert!(hinted, "{to}\n{problems}");
    }
}

#[test]
fn wrong_references_and_values_are_errors_at_their_place() {
    let cases = [
        ("[\"nummer\"]", "[\"fnr\"]", problem::COLUMN, 8),
        ("profile = \"table\"", "profile = \"table\"\norder = [{ column = \"x\" }]", problem::COLUMN, 8),
        ("key = ", "partition = { column = \"x\", by = \"month\" }\nkey = ", problem::COLUMN, 8),
        ("key = ", "partition = { column = \"nummer\", by = \"year\" }\nkey = ", problem::COLUMN, 8),
        ("key = ", "partition = { column = \"dag\", by = \"day\" }\nkey = ", problem::VALUE, 8),
        ("profile = \"table\"", "profile = \"table\"\nomit = [\"x\"]", problem::COLUMN, 8),
        ("profile = \"table\"", "profile = \"table\"\nmapping = { nummer = [\"Nr\"] }", problem::COLUMN, 8),
        ("profile = \"table\"", "profile = \"table\"\ngates.privacy.publish_free_text = [\"x\"]", problem::COLUMN, 8),
        ("profile = \"table\"", "profile = \"table\"\ngates.privacy.on_identity_number = \"warn\"", problem::VALUE, 8),
        (
            "profile = \"table\"",
            "profile = \"table\"\ngates.privacy.rules = [{ rule = \"identity-number\", action = \"warn\" }]",
            problem::VALUE,
            8,
        ),
        (
            "profile = \"table\"",
            "profile = \"table\"\ngates.privacy.rules = [{ rule = \"phone\", action = \"hide\" }]",
            problem::VALUE,
            8,
        ),
        ("profile = \"table\"", "profile = \"table\"\ngates.privacy.system_numbers = [\"x\"]", problem::COLUMN, 8),
        ("profile = \"table\"", "profile = \"table\"\ngates.privacy.embargo = \"nummer\"", problem::COLUMN, 8),
        ("profile = \"table\"", "profile = \"table\"\ngates.shape.sequence = { column = \"x\" }", problem::COLUMN, 8),
        ("type = \"date\"", "type = \"date\"\nclass = \"names\"", problem::COLUMN, 20),
        ("type = \"date\"", "type = \"text\"\nclass = \"names\"\nnames = { kind = \"x\" }", problem::COLUMN, 22),
        ("name = \"dag\"", "name = \"nummer\"", problem::COLUMN, 19),
        ("name = \"nummer\"", "name = \"nummer\"\nclass = \"personal\"", problem::COLUMN, 8),
        ("15 5 * * 1-5", "15 5 * *", problem::SCHEDULE, 9),
        ("15 5 * * 1-5", "0 0 31 2 *", problem::SCHEDULE, 9),
        ("profile = \"table\"", "profile = \"table\"\ndistributions = [\"geojson\"]", problem::VALUE, 8),
        ("kind = \"csv\"", "kind = \"csv\", separator = \"å\"", problem::VALUE, 11),
        ("kind = \"csv\"", "kind = \"csv\", separator = \";;\"", problem::VALUE, 11),
        ("kind = \"csv\"", "kind = \"csv\", quote = \";\"", problem::VALUE, 11),
        ("kind = \"csv\"", "kind = \"csv\", decimal = \";\"", problem::VALUE, 11),
        ("kind = \"csv\"", "kind = \"csv\", decimal = \"0\"", problem::VALUE, 11),
        ("kind = \"csv\"", "kind = \"csv\", group = \"1\"", problem::VALUE, 11),
        ("kind = \"csv\"", "kind = \"csv\", group = \",\"", problem::VALUE, 11),
        ("kind = \"csv\"", "kind = \"csv\", comment = \";\"", problem::VALUE, 11),
        ("kind = \"csv\"", "kind = \"csv\", comment = \"\\\"\"", problem::VALUE, 11),
        ("type = \"date\"", "type = { is = \"date\", formats = [\"dd.mm.yyyy\"] }", problem::VALUE, 20),
        ("type = \"date\"", "type = { is = \"date\", formats = [\"%Y-%m\"] }", problem::VALUE, 20),
        ("type = \"date\"", "type = { is = \"date\", formats = [\"%Y-%m-%d %Q\"] }", problem::VALUE, 20),
        ("type = \"date\"", "type = { is = \"datetime\", formats = [\"%H:%M\"] }", problem::VALUE, 20),
        ("type = \"date\"", "type = { is = \"decimal\", scale = 39 }", problem::VALUE, 20),
        ("profile = \"table\"", "profile = \"table\"\nissued = \"2026-02-30\"", problem::VALUE, 8),
        ("profile = \"table\"", "profile = \"table\"\ngates.drift.max_row_loss = 1.5", problem::VALUE, 8),
        ("profile = \"table\"", "profile = \"table\"\ngates.size.min_rows = -1", problem::VALUE, 8),
        ("profile = \"table\"", "profile = \"table\"\ngates.geometry.extent = [11, 59, 10, 60]", problem::VALUE, 8),
        ("description = {", "description = { se = \"x\",", problem::UNKNOWN_KEY, 3),
    ];
    for (from, to, code, line) in cases {
        let problem = one_error(dataset(from, to));
        assert_eq!((problem.code, problem.line), (code, line), "{problem}");
    }
}

#[test]
fn a_comma_separates_where_there_are_no_decimals() {
    assert!(dataset("kind = \"csv\"", "kind = \"csv\", separator = \",\"").is_ok());
    let numbers =
        DATASET.replace("kind = \"csv\"", "kind = \"csv\", separator = \",\"").replace("\"date\"", "\"number\"");
    let problem = one_error(with(INSTANCE, &numbers));
    assert!(problem.line == 11 && problem.hint.as_deref() == Some("set `decimal` too"), "{problem}");
}

#[test]
fn names_are_kept_only_by_a_decision_and_with_days() {
    let with = |more: &str| dataset("profile = \"table\"", &format!("profile = \"table\"\n{more}"));
    let all = "gates.privacy.names = \"one-year\"\ngates.privacy.names_dates = [\"dag\"]\n\
        gates.privacy.names_decision = { nb = \"Vedtak\", nn = \"Vedtak\", en = \"Decision\" }";
    let warned = with(all).unwrap().warnings;
    let without = |problem: &Problem| problem.message.contains("no published column is of the class `names`");
    assert!(warned.iter().any(without), "{warned}");
    for line in all.lines().skip(1) {
        let problem = one_error(with(&all.replace(line, "")));
        assert_eq!(problem.code, problem::VALUE, "{problem}");
    }
}

#[test]
fn profiles_set_gates_unless_the_dataset_does() {
    let journal = |more: &str| {
        let text = DATASET.replace("profile = \"table\"", &format!("profile = \"journal\"\n{more}"));
        let text = text.replace("key = [\"nummer\"]\n", "");
        with(INSTANCE, &text).unwrap().datasets.into_values().next().unwrap().file.gates
    };
    let names = |names: &[crate::ColumnName]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let gates = journal("");
    assert_eq!(gates.privacy.embargo.unwrap().as_str(), "tilgjengelig_fra");
    assert_eq!(names(&gates.privacy.known_names), ["hovedpart_navn", "parter_navn"]);
    assert_eq!(names(&gates.privacy.names_dates), ["journaldato", "publisert"]);
    assert_eq!(gates.shape.sequence.unwrap().column.as_str(), "journalsekvensnummer");
    assert_eq!(gates.shape.keep_latest.unwrap().as_str(), "oppdatert");
    let gates = journal("omit = [\"tilgjengelig_fra\", \"oppdatert\"]\ngates.shape.sequence = { column = \"id\" }");
    assert_eq!((gates.privacy.embargo, gates.shape.keep_latest), (None, None), "what is omitted is not relied on");
    assert_eq!(gates.shape.sequence.unwrap().column.as_str(), "id");
}

#[test]
fn surprises_are_warnings_and_the_folder_loads() {
    let cases = [
        ("15 5 * * 1-5", "30 2 * * *", problem::SCHEDULE),
        ("15 5 * * 1-5", "*/45 * * * *", problem::SCHEDULE),
        ("15 5 * * 1-5", "0 6 13 * 5", problem::SCHEDULE),
        ("title = { nb = \"Rader\", nn = \"Rader\", en = \"Rows\" }", "title = { nb = \"Rader\" }", problem::LANGUAGE),
        ("licence = \"CC0\"", "licence = \"CC0\"\naccess = \"NON_PUBLIC\"", problem::VALUE),
    ];
    for (from, to, code) in cases {
        let result = dataset(from, to);
        assert!(result.is_ok(), "{to}");
        let problem = one(result);
        assert_eq!((problem.code, problem.severity), (code, Severity::Warning), "{problem}");
    }
}

#[test]
fn a_profile_is_joined_with_its_dataset() {
    let profile = r#"
title = { nb = "P", nn = "P", en = "P" }
key = ["a"]
order = [{ column = "b", descending = true }, { column = "a" }]
[[columns]]
name = "a"
type = "text"
title = { nb = "A", nn = "A", en = "A" }
[[columns]]
name = "b"
type = "text"
from = ["B"]
title = { nb = "B", nn = "B", en = "B" }
[[columns]]
name = "c"
type = "geometry"
title = { nb = "C", nn = "C", en = "C" }
"#;
    let (head, _) = DATASET.split_once("[[").unwrap();
    let head = head.replace("\"table\"", "\"egen\"").replace("key = [\"nummer\"]\n", "");
    let own = "[[columns]]\nname = \"d\"\ntype = \"integer\"\ntitle = { nb = \"D\", nn = \"D\", en = \"D\" }\n";
    let text = format!("{head}omit = [\"b\"]\nmapping = {{ a = [\"Å\", \"aa\"] }}\n{own}");
    let files = [("allmenning.toml", INSTANCE), ("profiles/egen.toml", profile), ("datasets/x.toml", &text)];
    let config = check(folder(&files).path(), &Overrides::default(), &Env::empty()).unwrap();
    let dataset = config.datasets.values().next().unwrap();
    let names: Vec<&str> = dataset.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["a", "c", "d"]);
    assert_eq!(dataset.columns[0].source_names(), ["Å", "aa"]);
    assert_eq!(dataset.order.len(), 1, "the omitted column leaves the order");
    assert_eq!(dataset.distributions, [FileFormat::Parquet, FileFormat::Csv, FileFormat::Geojson]);

    let without_key = text.replace("omit = [\"b\"]", "omit = [\"a\"]").replace("mapping = { a = [\"Å\", \"aa\"] }", "");
    let files = [("allmenning.toml", INSTANCE), ("profiles/egen.toml", profile), ("datasets/x.toml", &without_key)];
    let problem = one_error(check(folder(&files).path(), &Overrides::default(), &Env::empty()));
    assert_eq!((problem.code, problem.line), (problem::COLUMN, 7), "{problem}");
}

#[test]
fn hashes_tell_texts_from_readings() {
    let hashes = |result: Result<Config, Problems>| {
        let config = result.unwrap();
        let dataset = config.datasets.into_values().next().unwrap();
        (dataset.config_sha256, dataset.metadata_sha256)
    };
    let before = hashes(with(INSTANCE, DATASET));
    assert_eq!(before, hashes(with(INSTANCE, DATASET)));
    let comment = hashes(dataset("key = ", "# merknad\nkey = "));
    assert_ne!(before.0, comment.0);
    assert_eq!(before.1, comment.1, "the public does not see comments");
    assert_eq!(before.1, hashes(dataset("data/x.csv", "data/y.csv")).1, "nor paths");
    assert_ne!(before.1, hashes(dataset("en = \"Rows\"", "en = \"Lines\"")).1);
    assert_ne!(before.1, hashes(dataset("en = \"Number\"", "en = \"No.\"")).1);
    assert_ne!(before.1, hashes(dataset("\"CC0\"", "\"NLOD_2_0\"")).1);
}

#[test]
fn missing_and_broken_files_are_problems() {
    let missing = check(Path::new("finnes/ikke"), &Overrides::default(), &Env::empty()).unwrap_err();
    assert_eq!(missing.0[0].code, problem::IO);
    let empty =
        folder(&[("datasets/Feil_navn.toml", DATASET), ("datasets/.skjult.toml", "x"), ("datasets/les.md", "x")]);
    fs::write(empty.path().join("datasets/latin.toml"), b"a = 1\nb = \"\xe5\"").unwrap();
    let found = shown(check(empty.path(), &Overrides::default(), &Env::empty()));
    let codes: Vec<&str> = found.iter().map(|(code, ..)| *code).collect();
    assert_eq!(codes, [problem::IO, problem::VALUE, problem::SYNTAX]);
}

#[test]
fn a_broken_profile_is_not_called_missing() {
    let text = DATASET.replace("\"table\"", "\"egen\"");
    let files = [("allmenning.toml", INSTANCE), ("profiles/egen.toml", "farge = 1"), ("datasets/x.toml", &text)];
    let problems = check(folder(&files).path(), &Overrides::default(), &Env::empty()).unwrap_err();
    assert!(problems.iter().all(|problem| problem.file == "profiles/egen.toml"), "{problems}");
}

#[test]
fn own_profiles_do_not_replace_built_in_ones() {
    let files =
        [("allmenning.toml", INSTANCE), ("profiles/journal.toml", "title = { nb = \"J\", nn = \"J\", en = \"J\" }")];
    let problem = one_error(check(folder(&files).path(), &Overrides::default(), &Env::empty()));
    assert_eq!(problem.code, problem::PROFILE);
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    for deep in [
        format!("x = {}", "[".repeat(100_000)),
        format!("x = {}", "{a=".repeat(100_000)),
        "a.".repeat(50_000) + "b = 1",
    ] {
        assert!(with(INSTANCE, &deep).is_err());
    }
}

#[test]
fn the_order_begins_with_the_column_of_the_partition() {
    let with = |settings: &str| dataset("key = ", &format!("{settings}\nkey = ")).unwrap();
    let order = |settings: &str| {
        let dataset = with(settings).datasets.into_values().next().unwrap();
        assert_eq!(dataset.partition.unwrap().by, crate::PartitionBy::Year);
        let sign = |descending| if descending { "-" } else { "" };
        dataset.order.iter().map(|by| format!("{}{}", sign(by.descending), by.column)).collect::<Vec<_>>().join(" ")
    };
    let partition = "partition = { column = \"dag\", by = \"year\" }";
    assert_eq!(order(partition), "dag nummer");
    assert_eq!(order(&format!("{partition}\norder = [{{ column = \"dag\", descending = true }}]")), "-dag");
    let last = "order = [{ column = \"nummer\" }, { column = \"dag\", descending = true }]";
    assert_eq!(order(&format!("{partition}\n{last}")), "dag nummer");
}

mod any_text {
    use proptest::prelude::*;

    use super::*;

    /// Pieces of real files, so that more than the first character is reached.
    fn toml_like() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            prop::sample::select(DATASET.lines().collect::<Vec<_>>()).prop_map(str::to_owned),
            prop::sample::select(INSTANCE.lines().collect::<Vec<_>>()).prop_map(str::to_owned),
            "[a-z_]{1,8} = ([0-9]{1,25}|-?[0-9]e[0-9]{3}|nan|inf|true|\"\"|\\[\\]|\\{\\}|1979-05-27|\"\\$\\{A\\}\")",
            "\\PC{0,12}",
        ];
        prop::collection::vec(piece, 0..24).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), a in toml_like(), b in toml_like()) {
            let folder = folder(&[("allmenning.toml", &a), ("datasets/a.toml", &b), ("profiles/b.toml", &a)]);
            fs::write(folder.path().join("datasets/c.toml"), bytes).unwrap();
            if let Err(problems) = check(folder.path(), &Overrides::default(), &Env::empty()) {
                prop_assert!(problems.has_errors());
                prop_assert!(!problems.to_string().is_empty());
            }
        }

        /// What the schema lets through, serde must read: its own message has no place in the file.
        #[test]
        fn the_schema_is_as_strict_as_serde(line in 0usize..20, value in "([0-9]{1,25}|-[0-9]|1\\.5|true|\"[a-z0-9-]{0,6}\"|\\[\\]|\\{\\}|\\[\"x\"\\]|1979-05-27)") {
            let lines: Vec<String> = DATASET.lines().enumerate().map(|(at, text)| match text.split_once(" = ") {
                Some((key, _)) if at == line => format!("{key} = {value}"),
                _ => text.to_owned(),
            }).collect();
            if let Err(problems) = with(INSTANCE, &lines.join("\n")) {
                let placed = problems.iter().all(|p| p.width > 0 && !(p.code == problem::VALUE && p.line == 1 && p.column == 1));
                prop_assert!(placed, "{}", problems);
            }
        }
    }
}

#[test]
fn an_alias_must_stand_for_a_code_of_the_list() {
    let kind = "type = { is = \"code\", width = 4 }";
    let listed = |code: &str| {
        let text = "{ nb = \"A\", nn = \"A\", en = \"A\" }";
        dataset(kind, &format!("{kind}\ncodes = {{ eid = {text} }}\naliases = {{ e = \"{code}\" }}"))
    };
    assert!(listed("eid").is_ok());
    let problem = one(listed("eit"));
    assert_eq!(problem.code, problem::VALUE);
    assert!(problem.message.contains("`eit`"), "{}", problem.message);
}

#[test]
fn places_decide_the_order_where_nothing_else_does() {
    let sted = "\n[[columns]]\nname = \"sted\"\ntype = \"geometry\"\ntitle = { nb = \"Sted\", nn = \"Stad\", en = \"Place\" }\n";
    let order = |more: &str| {
        let config = with(INSTANCE, &format!("{DATASET}{more}")).unwrap();
        let dataset = config.datasets.into_values().next().unwrap();
        let names: Vec<String> = dataset.order.iter().map(|by| by.column.to_string()).collect();
        (dataset.along.map(|along| along.to_string()), names.join(" "))
    };
    assert_eq!(order(""), (None, "nummer".to_owned()));
    assert_eq!(order(sted), (Some("sted".to_owned()), String::new()));
    let personal = format!("{sted}class = \"personal\"\n");
    assert_eq!(order(&personal), (None, "nummer".to_owned()), "what is not published decides nothing");
    let declared = format!("{sted}\n[[order]]\ncolumn = \"nummer\"\n");
    assert_eq!(order(&declared), (None, "nummer".to_owned()));
}

#[test]
fn an_unknown_coordinate_system_is_a_problem_at_its_place() {
    let with_crs = |crs: &str| {
        let column = "\n[[columns]]\nname = \"sted\"\ntitle = { nb = \"Sted\", nn = \"Stad\", en = \"Place\" }\n";
        with(INSTANCE, &format!("{DATASET}{column}type = {{ is = \"geometry\", crs = \"{crs}\" }}\n"))
    };
    for good in ["source", "CRS84", "EPSG:25833", "EPSG:5973"] {
        assert!(with_crs(good).unwrap().warnings.is_empty(), "{good}");
    }
    for bad in ["EPSG:23032", "EPSG:0", "UTM33", "epsg:25833"] {
        let problem = one(with_crs(bad));
        let marked: String = problem.excerpt.chars().skip(problem.indent).take(problem.width).collect();
        assert_eq!((problem.code, marked), ("config-value", format!("\"{bad}\"")), "{problem}");
    }
}

#[test]
fn geometries_of_texts_are_checked_at_their_place() {
    let column = "\n[[columns]]\nname = \"sted\"\ntype = \"geometry\"\ntitle = { nb = \"Sted\", nn = \"Stad\", en = \"Place\" }\n";
    let made = |more: &str| with(INSTANCE, &format!("{DATASET}{column}{more}\n"));
    for good in [
        "point = { x = \"Øst\", y = \"Nord\" }",
        "point = { x = \"Øst\", y = \"Nord\", z = \"Høyde\", crs_from = \"EPSG-kode\" }",
        "wkt = { crs = \"EPSG:25832\" }",
        "wkt = {}",
    ] {
        assert!(made(good).unwrap().warnings.is_empty(), "{good}");
    }
    for (bad, marked) in [
        ("point = { x = \"Øst\", y = \"Nord\", crs = \"EPSG:23032\" }", "\"EPSG:23032\""),
        ("point = { x = \"Øst\", y = \"Nord\", crs = \"EPSG:25832\", crs_from = \"k\" }", "\"EPSG:25832\""),
        ("wkt = { crs = \"EPSG:1\" }", "\"EPSG:1\""),
        ("point = { x = \"Øst\", y = \"Nord\" }\nwkt = {}", "{}"),
    ] {
        let problem = one(made(bad));
        let own: String = problem.excerpt.chars().skip(problem.indent).take(problem.width).collect();
        assert_eq!((problem.code, own.as_str()), ("config-value", marked), "{problem}");
    }
    let text = one(dataset("title = { nb = \"Dag\"", "wkt = {}\ntitle = { nb = \"Dag\""));
    assert!(text.message.contains("geometry"), "{text}");
    let sosi = DATASET.replace("kind = \"csv\"", "kind = \"sosi\"");
    let problem = one(with(INSTANCE, &format!("{sosi}{column}wkt = {{}}\n")));
    assert!(problem.message.contains("csv"), "{problem}");
    let parquet = DATASET.replace("kind = \"csv\"", "kind = \"parquet\", crs = \"EPSG:23032\"");
    assert_eq!(one(with(INSTANCE, &parquet)).code, "config-value");
}
