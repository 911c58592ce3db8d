//! What is wrong in one place hides nothing in another, and causes nothing of its own.

use super::*;

#[test]
fn one_wrong_key_hides_no_other_problem() {
    let text = DATASET
        .replace("licence = \"CC0\"", "lisence = \"CC0\"")
        .replace("[\"nummer\"]", "[\"numer\"]")
        .replace("kind = \"csv\"", "kind = \"csv\", encoding = \"windows-1525\"");
    let problems = with(INSTANCE, &text).unwrap_err();
    for (code, line, hint) in
        [(problem::UNKNOWN_KEY, 5, "licence"), (problem::COLUMN, 8, "nummer"), (problem::VALUE, 11, "windows-1252")]
    {
        let problem = problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{problems}"));
        assert_eq!((problem.line, problem.file.as_str()), (line, "datasets/rader.toml"), "{problem}");
        assert!(problem.hint.as_ref().is_some_and(|text| text.contains(hint)), "{problem}");
        assert!(problem.to_string().contains('^'), "{problem}");
    }
    assert_eq!(problems.len(), 4, "these three and the missing licence: {problems}");
}

/// Beside one error of the schema, every other check still speaks, and says nothing that is not so.
#[test]
fn every_check_speaks_beside_an_error_of_the_schema() {
    let cases = [
        ("profile = \"table\"", "profile = \"table\"\norder = [{ column = \"x\" }]", problem::COLUMN),
        ("profile = \"table\"", "profile = \"table\"\nmapping = { nummer = [\"Nr\"] }", problem::COLUMN),
        ("kind = \"csv\"", "kind = \"csv\", quote = \";\"", problem::VALUE),
        ("type = \"date\"", "type = { is = \"date\", formats = [\"dd.mm.yyyy\"] }", problem::VALUE),
        (
            "description = { nb = \"Rader\", nn = \"Rader\", en = \"Rows\" }",
            "description = { nb = \"R\" }",
            problem::LANGUAGE,
        ),
        (r#"source = { kind = "file", path = "data/x.csv" }"#, HTTP, problem::SECRET),
    ];
    for (from, to, code) in cases {
        assert!(DATASET.contains(from), "{from}");
        for (sound, wrong) in
            [("\"DAILY\"", "\"DALY\""), ("themes =", "farge = 1\nthemes ="), ("themes = [\"GOVE\"]\n", "")]
        {
            let problems = with(INSTANCE, &DATASET.replacen(from, to, 1).replacen(sound, wrong, 1)).unwrap_err();
            assert_eq!(problems.len(), 2, "{wrong} {to}\n{problems}");
            assert!(problems.iter().any(|problem| problem.code == code), "{wrong} {to}\n{problems}");
        }
    }
}

#[test]
fn a_guess_causes_no_problem_of_its_own() {
    let cases = [
        ("name = \"nummer\"", "name = \"Nummer\""),
        ("name = \"nummer\"", "namn = \"nummer\""),
        ("name = \"nummer\"\n", ""),
        ("{ cron = \"15 5 * * 1-5\" }", "{}"),
        ("{ cron = \"15 5 * * 1-5\" }", "{ cron = 5 }"),
        ("format = { kind = \"csv\" }", "format = { kind = \"cvs\" }"),
        ("format = { kind = \"csv\" }", "format = { kind = \"csv\", separator = \";;\" }"),
        ("profile = \"table\"\n", ""),
        ("key = [\"nummer\"]", "key = [\"Nummer\"]"),
        ("title = { nb = \"Rader\", nn = \"Rader\", en = \"Rows\" }\n", ""),
        ("source = { kind = \"file\", path = \"data/x.csv\" }", "source = { path = \"data/x.csv\" }"),
    ];
    for (from, to) in cases {
        let problems = dataset(from, to).unwrap_err();
        let most = if to.starts_with("namn") { 2 } else { 1 };
        assert_eq!(problems.len(), most, "{to}\n{problems}");
    }
}

#[test]
fn datasets_of_a_broken_profile_are_checked_too() {
    let text = DATASET.replace("\"table\"", "\"egen\"").replace("15 5 * * 1-5", "61 * * * *");
    let files = [("allmenning.toml", INSTANCE), ("profiles/egen.toml", "farge = 1"), ("datasets/x.toml", &text)];
    let problems = check(folder(&files).path(), &Overrides::default(), &Env::empty()).unwrap_err();
    assert!(problems.iter().any(|problem| problem.code == problem::SCHEDULE), "{problems}");
    let missing =
        DATASET.replace("\"table\"", "\"tabell\"").replace("kind = \"csv\"", "kind = \"csv\", encoding = \"x\"");
    let problems = with(INSTANCE, &missing).unwrap_err();
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [problem::PROFILE, problem::VALUE], "{problems}");
}

#[test]
fn a_broken_dataset_stands_aside_and_the_others_go_on() {
    let wrong = |from: &str, to: &str| DATASET.replacen(from, to, 1);
    let licence = wrong("licence = \"CC0\"", "lisence = \"CC0\"");
    let nothing = wrong("licence = \"CC0\"\n", "");
    let access = wrong("licence = \"CC0\"", "licence = \"CC0\"\naccess = \"NON_PUBIC\"");
    let secret = wrong(r#"source = { kind = "file", path = "data/x.csv" }"#, HTTP);
    let profile = wrong("\"table\"", "\"egen\"");
    let folder = folder(&[
        ("allmenning.toml", INSTANCE),
        ("profiles/egen.toml", "title = { nb = \"E\", nn = \"E\", en = \"E\" }\nkey = [\"Æ\"]"),
        ("datasets/god.toml", DATASET),
        ("datasets/lisens.toml", &licence),
        ("datasets/ingen.toml", &nothing),
        ("datasets/adgang.toml", &access),
        ("datasets/hemmelig.toml", &secret),
        ("datasets/profil.toml", &profile),
        ("datasets/syntaks.toml", "a ="),
        ("datasets/Feil_navn.toml", DATASET),
    ]);
    let config = load(folder.path(), &Overrides::default(), &Env::empty()).unwrap();
    assert_eq!(config.datasets.keys().map(DatasetId::as_str).collect::<Vec<_>>(), ["god"]);
    let told: Vec<(&str, &str, bool)> = config
        .broken
        .iter()
        .map(|(stem, broken)| (stem.as_str(), broken.cause.code, broken.declared.is_some()))
        .collect();
    let expected = [
        ("Feil_navn", problem::VALUE, false),
        ("adgang", problem::VALUE, false),
        ("hemmelig", problem::SECRET, true),
        ("ingen", problem::MISSING_KEY, false),
        ("lisens", problem::UNKNOWN_KEY, true),
        ("profil", problem::VALUE, true),
        ("syntaks", problem::SYNTAX, false),
    ];
    assert_eq!(told, expected);
    assert_eq!(config.broken["lisens"].declared.as_ref().unwrap().file.licence, crate::Licence::Cc0);
    assert!(check(folder.path(), &Overrides::default(), &Env::empty()).is_err());

    fs::write(folder.path().join("allmenning.toml"), INSTANCE.replace("email", "epost")).unwrap();
    assert!(load(folder.path(), &Overrides::default(), &Env::empty()).is_err(), "allmenning.toml concerns all");
}
