//! Datasets whose declarations have errors: they stand aside, and the others go on.

use crate::{
    Broken, Dataset,
    problem::{self, Problem, Problems, Severity},
};

/// Keys without which nobody may say what a dataset is and who may see it: a guess must not stand there.
const PUBLIC: [&str; 4] = ["title", "description", "licence", "access"];

/// The errors in some files; `None` if there are none.
pub(crate) fn of(files: &[String], problems: &Problems, declared: Option<Dataset>) -> Option<Broken> {
    let mut errors = Problems::default();
    let of_files = problems.iter().filter(|problem| files.contains(&problem.file));
    errors.extend(of_files.filter(|problem| problem.severity == Severity::Error).cloned());
    errors.sort();
    let rank = |problem: &&Problem| match problem.code {
        problem::SYNTAX => 0,
        problem::UNKNOWN_KEY => 1,
        _ => 2,
    };
    let cause = errors.iter().min_by_key(rank)?.clone();
    Some(Broken { cause, problems: errors, declared })
}

/// Whether a file with guesses still says for certain what the dataset is and who may see it.
pub(crate) fn tells_the_public(guessed: &[String]) -> bool {
    !guessed.iter().any(|path| PUBLIC.contains(&path.split('.').next().unwrap_or_default()))
}
