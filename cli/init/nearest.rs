//! The profile that a table comes nearest to.

use std::collections::BTreeMap;

use config::{Column, ColumnName, Profile, ProfileId};
use pipeline::reader::Look;

use super::plain;

/// Columns that a profile must know of a table at the least; fewer may be chance.
const LEAST: usize = 4;

/// A profile that knows at least half of a table's columns, and all that it demands.
pub(super) struct Nearest {
    /// The profile.
    pub(super) profile: ProfileId,
    /// The columns that it knows: theirs, and the position in the table.
    pub(super) known: Vec<(ColumnName, usize)>,
    /// Whether the table has the column under a name that the profile reads.
    pub(super) as_read: Vec<bool>,
    /// The columns of the profile's key that have a value in every row, where others of it do not.
    pub(super) key: Option<Vec<ColumnName>>,
}

/// The profile that knows most of a table's columns.
pub(super) fn nearest(look: &Look, profiles: &BTreeMap<ProfileId, Profile>) -> Option<Nearest> {
    let names: Vec<String> = look.columns.iter().map(|column| bare(&column.name)).collect();
    let fits = profiles.iter().filter_map(|(id, profile)| {
        let found = found(look, &names, profile)?;
        let (known, as_read): (Vec<_>, Vec<bool>) =
            found.into_iter().map(|(column, at, as_read)| ((column.name.clone(), at), as_read)).unzip();
        let key = key(look, &known, profile);
        Some(Nearest { profile: id.clone(), known, as_read, key })
    });
    fits.max_by_key(|nearest| nearest.known.len())
}

fn key(look: &Look, known: &[(ColumnName, usize)], profile: &Profile) -> Option<Vec<ColumnName>> {
    let is_filled = |name: &&ColumnName| {
        let at = known.iter().find(|(column, _)| column == *name).map(|(_, at)| *at);
        at.and_then(|at| look.columns.get(at)).is_some_and(|seen| seen.filled >= look.of_table())
    };
    let filled: Vec<ColumnName> = profile.key.iter().filter(is_filled).cloned().collect();
    (!filled.is_empty() && filled.len() < profile.key.len()).then_some(filled)
}

fn found<'p>(look: &Look, names: &[String], profile: &'p Profile) -> Option<Vec<(&'p Column, usize, bool)>> {
    let mut found: Vec<(&Column, usize, bool)> = Vec::new();
    for column in &profile.columns {
        let title = [Some(&column.title.nb), column.title.nn.as_ref()];
        let reads: Vec<&str> = column.source_names().into_iter().map(str::trim).collect();
        let wanted: Vec<String> =
            reads.iter().copied().chain(title.into_iter().flatten().map(String::as_str)).map(bare).collect();
        let at = wanted.iter().find_map(|wanted| names.iter().position(|name| name == wanted));
        match at.filter(|at| found.iter().all(|(_, taken, _)| taken != at)) {
            Some(at) => {
                let as_read = look.columns.get(at).is_some_and(|seen| reads.contains(&seen.name.as_str()));
                found.push((column, at, as_read));
            }
            None if column.required && !column.optional => return None,
            None => {}
        }
    }
    (found.len() >= LEAST && 2 * found.len() >= names.len()).then_some(found)
}

/// A name without regard to case, blanks and signs.
fn bare(name: &str) -> String {
    plain(name, '_').replace('_', "")
}
