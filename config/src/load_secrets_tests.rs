//! Secrets come from the environment, and are not repeated.

use super::*;

#[test]
fn secrets_come_from_the_environment() {
    let text = DATASET.replace(r#"source = { kind = "file", path = "data/x.csv" }"#, HTTP);
    let instance =
        format!("{INSTANCE}[storage]\nurl = \"s3://b/p\"\noptions = {{ secret_access_key = \"${{S3}}\" }}\n");
    let folder = folder(&[("allmenning.toml", &instance), ("datasets/rader.toml", &text)]);
    let env: Env = [("NOEKKEL", "hemmelig"), ("S3", "ogsaa-hemmelig")].into_iter().collect();
    let config = check(folder.path(), &Overrides::default(), &env).unwrap();
    let dataset = config.datasets.values().next().unwrap();
    assert_eq!(dataset.headers["Authorization"].reveal(), "Bearer hemmelig");
    assert_eq!(config.storage.options["secret_access_key"].reveal(), "ogsaa-hemmelig");
    assert!(!format!("{config:?}").contains("hemmelig"), "debug output must not reveal secrets");

    let problems = check(folder.path(), &Overrides::default(), &Env::empty()).unwrap_err();
    let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert!(messages[0].contains("S3") && messages[1].contains("NOEKKEL"), "{problems}");
    assert!(problems.iter().all(|problem| problem.code == problem::SECRET));
}

#[test]
fn the_query_of_an_address_may_hold_a_secret() {
    let file = r#"source = { kind = "file", path = "data/x.csv" }"#;
    let with = |url: &str| DATASET.replace(file, &format!("source = {{ kind = \"http\", url = \"{url}\" }}"));
    let text = with("https://example.org/x?format=csv&code=${NOEKKEL}");
    let folder = folder(&[("allmenning.toml", INSTANCE), ("datasets/rader.toml", &text)]);
    let env: Env = [("NOEKKEL", "hemmelig&a=b")].into_iter().collect();
    let config = check(folder.path(), &Overrides::default(), &env).unwrap();
    assert!(config.warnings.is_empty(), "{}", config.warnings);
    let address = config.datasets.values().next().unwrap().address.as_ref().unwrap();
    assert_eq!(address.reveal().query(), Some("format=csv&code=hemmelig%26a%3Db"));
    assert!(!format!("{config:?}").contains("hemmelig"), "debug output must not reveal secrets");
    let unset = check(folder.path(), &Overrides::default(), &Env::empty()).unwrap_err();
    assert!(
        unset.iter().all(|problem| problem.code == problem::SECRET && problem.message.contains("NOEKKEL")),
        "{unset}"
    );
    fs::write(folder.path().join("datasets/rader.toml"), with("https://example.org/${NOEKKEL}/x")).unwrap();
    let path = one_error(check(folder.path(), &Overrides::default(), &env));
    assert_eq!((path.code, path.line), (problem::SECRET, 10), "{path}");
}

#[test]
fn secrets_in_the_open_are_found_and_not_repeated() {
    let file = r#"source = { kind = "file", path = "data/x.csv" }"#;
    let cases = [
        r#"source = { kind = "http", url = "https://bruker:hemmelig@example.org/x" }"#,
        r#"source = { kind = "http", url = "https://example.org/x", headers = { Authorization = "Bearer hemmelig" } }"#,
        r#"source = { kind = "http", url = "https://example.org/x", headers = { X-Functions-Key = "hemmelig" } }"#,
        r#"source = { kind = "http", url = "https://example.org/x", headers = { Ocp-Apim-Subscription-Key = "hemmelig" } }"#,
        r#"source = { kind = "http", url = "https://example.org/x?a=1&api_key=hemmelig" }"#,
    ];
    for to in cases {
        let result = dataset(file, to);
        assert!(!format!("{result:?}").contains("hemmelig"), "{to}: debug output must not reveal secrets");
        let problem = one(result);
        assert_eq!(problem.code, problem::SECRET);
        assert!(!problem.to_string().contains("hemmelig"), "{problem}");
    }
    let elsewhere = one(dataset("data/x.csv", "data/${NAVN}.csv"));
    assert_eq!((elsewhere.code, elsewhere.severity), (problem::SECRET, Severity::Error));
}

const EINNSYN: &str = r#"source = { kind = "einnsyn", organisation_number = "974760673", api_key = "${NOEKKEL}" }"#;

#[test]
fn a_key_of_einnsyn_comes_from_the_environment_and_is_warned_of() {
    let file = r#"source = { kind = "file", path = "data/x.csv" }"#;
    let text = DATASET.replace(file, EINNSYN);
    let folder = folder(&[("allmenning.toml", INSTANCE), ("datasets/rader.toml", &text)]);
    let env: Env = [("NOEKKEL", "hemmelig")].into_iter().collect();
    let config = load(folder.path(), &Overrides::default(), &env).unwrap();
    let dataset = config.datasets.values().next().unwrap();
    assert_eq!(dataset.headers["api-key"].reveal(), "hemmelig");
    let warning = one(Ok(config));
    assert_eq!((warning.code, warning.severity), (problem::SECRET, Severity::Warning));
    for text in ["hemmelig", "${NOEKKEL} hemmelig", ""] {
        let problem = one(self::dataset(file, &EINNSYN.replace("${NOEKKEL}", text)));
        assert_eq!((problem.code, problem.severity), (problem::SECRET, Severity::Error), "{text}");
        assert!(!problem.to_string().contains("hemmelig"), "{problem}");
    }
}
