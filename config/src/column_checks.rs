//! Names of columns that must be there.

use crate::{
    ColumnName,
    document::Document,
    problem::{self, Problems, suggest},
};

/// Whether a named column is there; a problem with a suggestion where it is not.
pub(crate) fn known(
    document: &Document,
    path: &[&str],
    name: &ColumnName,
    names: &[&str],
    problems: &mut Problems,
) -> bool {
    let there = names.contains(&name.as_str());
    if !there {
        let problem = document.problem_at(problem::COLUMN, path, format!("there is no column `{name}`"));
        problems.push(problem.maybe_hint(suggest(name.as_str(), names.iter().copied())));
    }
    there
}
