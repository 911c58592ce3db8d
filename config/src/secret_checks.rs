//! Secrets: filled in only where a secret may stand, there from the environment, and nowhere else.

use url::Url;

use crate::{
    Env,
    document::Document,
    node::{Node, Value},
    problem::{self, Problems},
    secret::{Piece, pieces},
};

/// Checks a value in which `${NAME}` may stand; the last step of its path says what it is.
pub(crate) fn reference(document: &Document, path: &[&str], text: &str, env: &Env, problems: &mut Problems) {
    named(document, path, (path.last().copied().unwrap_or_default(), text), env, problems);
}

/// Checks that an address carries no credentials and its query none in the open.
pub(crate) fn address(document: &Document, url: &Url, env: &Env, problems: &mut Problems) {
    let path = ["source", "url"];
    if !url.username().is_empty() || url.password().is_some() {
        let message = "the address holds a user name or password";
        let problem = document.problem_at(problem::SECRET, &path, message).redacted();
        problems.push(problem.hint("put it into source.headers as Authorization = \"Basic ${NAME}\""));
    }
    let written = document.root.at(&path).and_then(Node::text).unwrap_or_default();
    let (head, fragment) = (written.split('?').next().unwrap_or_default(), url.fragment().unwrap_or_default());
    if [head, fragment].iter().any(|text| text.contains("${")) {
        let message = "`${…}` is filled in only in the query of an address";
        problems.push(document.problem_at(problem::SECRET, &path, message).hint("put it after the question mark"));
    }
    for pair in url.query().unwrap_or_default().split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        named(document, &path, (name, value), env, problems);
    }
}

fn named(document: &Document, path: &[&str], (name, text): (&str, &str), env: &Env, problems: &mut Problems) {
    let mut refers = false;
    for piece in pieces(text) {
        let (message, hint) = match piece {
            Piece::Literal(_) => continue,
            Piece::Variable(name) => {
                refers = true;
                if env.get(name).is_some() {
                    continue;
                }
                let hint = format!("set {name} where the program is started");
                (format!("the environment variable {name} is not set"), hint)
            }
            Piece::Broken(_) => ("`${` is not followed by a name and `}`".to_owned(), "write \"${NAME}\"".to_owned()),
        };
        problems.push(document.problem_at(problem::SECRET, path, message).hint(hint));
    }
    if !refers && is_sensitive(name, text) {
        let message = format!("the value of `{name}` stands in the file for everybody to read");
        let problem = document.problem_at(problem::SECRET, path, message).redacted().warning();
        problems.push(problem.hint("write \"${NAME}\" and set the variable where the program is started"));
    }
}

/// Checks that the address of an API carries no credentials.
pub(crate) fn base(document: &Document, url: &Url, problems: &mut Problems) {
    if !url.username().is_empty() || url.password().is_some() {
        let message = "the address holds a user name or password";
        let problem = document.problem_at(problem::SECRET, &["source", "base_url"], message).redacted();
        problems.push(problem.hint("leave them out: what may be published is answered to everybody"));
    }
}

/// Checks a key with which a source shows more than it shows to everybody.
pub(crate) fn key(document: &Document, text: &str, env: &Env, problems: &mut Problems) {
    const PATH: [&str; 2] = ["source", "api_key"];
    let [piece] = pieces(text).into_iter().filter(|piece| *piece != Piece::Literal("")).collect::<Vec<_>>()[..] else {
        let problem = document.problem_at(problem::SECRET, &PATH, "an API key is a single `${NAME}`").redacted();
        return problems.push(problem.hint("set the variable where the program is started"));
    };
    if let Piece::Literal(_) = piece {
        let message = "the API key stands in the file for everybody to read";
        let problem = document.problem_at(problem::SECRET, &PATH, message).redacted();
        return problems.push(problem.hint("write \"${NAME}\" and set the variable where the program is started"));
    }
    reference(document, &PATH, text, env, problems);
    let message = "with a key the API also shows what is not yet, or not at all, for everybody";
    let problem = document.problem_at(problem::SECRET, &PATH, message).warning();
    problems.push(problem.hint("leave the key out: anonymous reading gives exactly what may be published"));
}

/// Checks that `${NAME}` stands nowhere but under the allowed paths.
pub(crate) fn nowhere_else(document: &Document, allowed: &[&str], problems: &mut Problems) {
    walk(document, &document.root, &mut Vec::new(), allowed, problems);
}

fn walk<'a>(
    document: &'a Document,
    node: &'a Node,
    path: &mut Vec<&'a str>,
    allowed: &[&str],
    problems: &mut Problems,
) {
    if allowed.contains(&path.join(".").as_str()) {
        return;
    }
    match &node.value {
        Value::String(text) if pieces(text).iter().any(|piece| matches!(piece, Piece::Variable(_))) => {
            let problem = document.problem(problem::SECRET, node.span.clone(), "`${…}` is not filled in here");
            problems.push(
                problem.hint(
                    "secrets may stand in source.headers, in the query of source.url, in source.api_key, storage.options, notify.mail.password and the secret of a webhook only",
                ),
            );
        }
        Value::Array(items) => items.iter().for_each(|item| walk(document, item, path, allowed, problems)),
        Value::Table(entries) => {
            for entry in entries {
                path.push(&entry.key);
                walk(document, &entry.node, path, allowed, problems);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Shortest value of a parameter `code` that is taken for a key and not for a code of some list.
const KEY_LENGTH: usize = 16;

/// Whether a header, parameter or option of this name holds what nobody else may know.
fn is_sensitive(name: &str, value: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let anywhere = ["secret", "password", "passwd", "token", "authorization", "apikey", "cookie", "credential"];
    let alone = ["auth", "sig", "signature", "pass", "pwd", "sas"];
    !value.is_empty()
        && (anywhere.iter().any(|word| plain.contains(word))
            || alone.contains(&plain.as_str())
            || plain.ends_with("key")
            || plain == "code" && value.len() >= KEY_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_keys_are_known() {
        let names =
            ["X-Functions-Key", "Ocp-Apim-Subscription-Key", "subscription-key", "sig", "access_token", "API_KEY"];
        for name in names {
            assert!(is_sensitive(name, "x") && !is_sensitive(name, ""), "{name}");
        }
        assert!(is_sensitive("code", "J8sh2kfh39fjw0aoLs==") && !is_sensitive("code", "0301"));
        for name in ["Accept", "format", "kommune", "keyword", "page", "signert"] {
            assert!(!is_sensitive(name, "x"), "{name}");
        }
    }
}
