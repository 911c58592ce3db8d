//! Secrets: filled in only where a secret may stand, there from the environment, and nowhere else.

use url::Url;

use crate::{
    Env,
    document::Document,
    node::{Node, Value},
    problem::{self, Problems},
    secret::{Piece, pieces},
};

/// Checks a value in which `${NAME}` may stand.
pub(crate) fn reference(document: &Document, path: &[&str], text: &str, env: &Env, problems: &mut Problems) {
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
    let key = path.last().copied().unwrap_or_default();
    if !refers && is_sensitive(key) && !text.is_empty() {
        let message = format!("the value of `{key}` stands in the file for everybody to read");
        let problem = document.problem_at(problem::SECRET, path, message).redacted().warning();
        problems.push(problem.hint("write \"${NAME}\" and set the variable where the program is started"));
    }
}

/// Checks that an address carries no credentials.
pub(crate) fn address(document: &Document, (name, url): (&str, &Url), problems: &mut Problems) {
    if !url.username().is_empty() || url.password().is_some() {
        let message = "the address holds a user name or password";
        let problem = document.problem_at(problem::SECRET, &["source", name], message).redacted();
        problems.push(problem.hint("put it into source.headers as Authorization = \"Basic ${NAME}\""));
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
            problems.push(problem.hint("secrets may stand in source.headers, source.api_key and storage.options only"));
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

fn is_sensitive(key: &str) -> bool {
    let key = key.to_lowercase();
    ["secret", "password", "token", "authorization", "api-key", "apikey", "api_key", "cookie"]
        .iter()
        .any(|word| key.contains(word))
}
