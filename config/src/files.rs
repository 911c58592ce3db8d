//! Reads the files of the configuration folder.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    InvalidId,
    document::Document,
    frictionless, mend,
    problem::{self, Problem, Problems},
    validate::Walk,
};

/// Largest configuration file, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// One file of a subfolder: its id, its text and what it says.
#[derive(Debug, Clone)]
pub(crate) struct Part<I, T> {
    /// The stem of the file.
    pub(crate) id: I,
    /// The file.
    pub(crate) document: Document,
    /// What it says.
    pub(crate) value: T,
    /// Dotted paths at which the file is wrong, so that a guess stands there; empty where the file is right.
    pub(crate) guessed: Vec<String>,
}

/// The files of a subfolder.
pub(crate) struct Parts<I, T> {
    /// Those that could be read, some of them with guesses.
    pub(crate) read: Vec<Part<I, T>>,
    /// Those that could not, which is reported: the stem, and the file as far as it was understood.
    pub(crate) broken: Vec<(String, Option<Document>)>,
}

/// What became of a text.
pub(crate) struct Read<T> {
    /// The file.
    pub(crate) document: Document,
    /// What it says, and where a guess stands in it; `None` where it could not be understood.
    pub(crate) value: Option<(T, Vec<String>)>,
}

/// Reads a text into a type: syntax, then the schema, then serde. Every problem of the first two is reported; where the
/// schema alone found errors, guesses take the place of what is wrong.
pub(crate) fn read<T: DeserializeOwned>(file: &str, text: String, schema: &Value, problems: &mut Problems) -> Read<T> {
    let (mut document, syntax) = Document::parse(file, text);
    frictionless::rename(&mut document.root);
    let sound = syntax.is_empty();
    problems.extend(syntax.0);
    let (found, wrong) = Walk::new(&document, schema, sound).run();
    let value = if found.has_errors() || !sound {
        let mended = mend::mend(&document.root, &wrong, schema);
        let guessed = if mended.guessed.is_empty() { vec![String::new()] } else { mended.guessed };
        sound.then(|| serde_json::from_value(mended.value).ok()).flatten().map(|value| (value, guessed))
    } else {
        let read = serde_json::from_value(document.root.json());
        let failed = |error: serde_json::Error| {
            problems.push(document.problem(problem::VALUE, 0..0, error.to_string()));
        };
        read.map_err(failed).ok().map(|value| (value, Vec::new()))
    };
    problems.extend(found.0);
    Read { document, value }
}

/// Every `*.toml` of a subfolder, in the order of their names.
pub(crate) fn parts<I, T>(folder: &Path, sub: &str, schema: &Value, problems: &mut Problems) -> Parts<I, T>
where
    I: FromStr<Err = InvalidId>,
    T: DeserializeOwned,
{
    let mut found = Parts { read: Vec::new(), broken: Vec::new() };
    for path in toml_files(&folder.join(sub), sub, problems) {
        let name = format!("{sub}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let id = stem.parse::<I>().map_err(|wrong| {
            problems.push(Problem::nowhere(problem::VALUE, &name, wrong.to_string()).hint("rename the file"));
        });
        let Some(text) = text_of(&path, &name, problems) else {
            found.broken.push((stem, None));
            continue;
        };
        let Read { document, value } = read(&name, text, schema, problems);
        match (id, value) {
            (Ok(id), Some((value, guessed))) => found.read.push(Part { id, document, value, guessed }),
            _ => found.broken.push((stem, Some(document))),
        }
    }
    found
}

fn toml_files(folder: &Path, sub: &str, problems: &mut Problems) -> Vec<PathBuf> {
    if !folder.exists() {
        return Vec::new();
    }
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(Problem::nowhere(problem::IO, sub, error.to_string()));
            return Vec::new();
        }
    };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let visible = |path: &PathBuf| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).filter(visible).collect();
    files.sort();
    files
}

/// The size of a file, and its bytes where it is not too large.
fn bounded(path: &Path, size: u64) -> std::io::Result<(u64, Vec<u8>)> {
    let bytes = if size <= MAX_BYTES { fs::read(path)? } else { Vec::new() };
    Ok((size, bytes))
}

/// The text of a file; `None` where it cannot be had, which is reported.
pub(crate) fn text_of(path: &Path, name: &str, problems: &mut Problems) -> Option<String> {
    let bytes = match fs::metadata(path).and_then(|found| bounded(path, found.len())) {
        Ok((size, bytes)) if size <= MAX_BYTES => bytes,
        Ok((size, _)) => {
            let message = format!("the file is too large: {size} bytes of at most {MAX_BYTES}");
            problems.push(Problem::nowhere(problem::IO, name, message));
            return None;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            problems.push(Problem::nowhere(problem::IO, name, "the file is not there"));
            return None;
        }
        Err(error) => {
            problems.push(Problem::nowhere(problem::IO, name, format!("the file cannot be read: {error}")));
            return None;
        }
    };
    let read = String::from_utf8(bytes).map_err(|error| {
        let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = String::from_utf8_lossy(valid).matches('\n').count() + 1;
        let problem = Problem::nowhere(problem::SYNTAX, name, format!("line {line} is not UTF-8"));
        problems.push(problem.hint("save the file as UTF-8"));
    });
    read.ok()
}
