//! Rows that look alike: k-anonymity and l-diversity of tables that are published row by row.
//!
//! Columns of the class `quasi-identifier` tell, taken together, who a row may be about. Each combination of their values
//! must be shared by k rows (Sweeney 2002), and in each such group every published `sensitive` column must have l
//! different values (distinct l-diversity, Machanavajjhala et al. 2007). What is counted are the rows as they are published.

use std::collections::HashMap;

use catalog::{
    Store,
    table::{Scan, TableFile},
    version::{Draft, Finding, Severity},
};
use config::{ColumnName, FileFormat, PrivacyClass};
use futures::StreamExt;

use super::finding::{counted, finding, in_column};
use crate::{Error, Result, Stop, normalise::Keys};

/// Groups that are held at the most; a table with more of them has groups of few rows.
const MOST_GROUPS: usize = 4_000_000;

/// What was counted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Groups {
    all: u64,
    /// Groups of fewer than k rows, and the rows in them.
    small: (u64, u64),
    /// By `sensitive` column: the groups with fewer than l different values, and the rows in them.
    uniform: Vec<(ColumnName, u64, u64)>,
    /// True if there were too many to hold.
    overfull: bool,
}

#[derive(Debug, Default)]
struct Group {
    rows: u64,
    /// By `sensitive` column: the first l different values, as hashes.
    values: Vec<Vec<u128>>,
}

/// The published columns of a class.
fn columns(draft: &Draft, class: PrivacyClass) -> Vec<ColumnName> {
    let of_class = |name: &ColumnName| draft.dataset.columns.iter().any(|c| c.name == *name && c.class == class);
    draft.columns.iter().map(|column| column.name.clone()).filter(of_class).collect()
}

/// Counts the rows that look alike in all tables of a draft; `None` where no column asks for it.
pub(crate) async fn count(store: &Store, draft: &Draft, stop: &Stop) -> Result<Option<Groups>> {
    let quasi = columns(draft, PrivacyClass::QuasiIdentifier);
    let sensitive = columns(draft, PrivacyClass::Sensitive);
    if quasi.is_empty() && sensitive.is_empty() {
        return Ok(None);
    }
    let limits = &draft.dataset.file.gates.privacy;
    let mut counted = Counted::new(&quasi, &sensitive, limits.l_diversity);
    for file in draft.files.iter().filter(|file| file.format == FileFormat::Parquet) {
        let table = if file.stored {
            let old = draft
                .parent
                .as_ref()
                .and_then(|parent| Some(parent.key_of(parent.files.iter().find(|old| old.sha256 == file.sha256)?)));
            let key = old.ok_or_else(|| Error::Internal(format!("table '{}' is in no version", file.name)))?;
            TableFile::open(store, &key).await?
        } else {
            TableFile::open_local(&file.path)?
        };
        let wanted = quasi.iter().chain(&sensitive).cloned().collect();
        let mut rows = table.scan(Scan { columns: Some(wanted), ..Scan::default() }).await?;
        while let Some(batch) = rows.next().await {
            stop.check()?;
            if !counted.add(&batch?)? {
                return Ok(Some(Groups { overfull: true, ..Groups::default() }));
            }
        }
    }
    Ok(Some(counted.finish(u64::from(limits.k_anonymity), &sensitive)))
}

struct Counted {
    quasi: Keys,
    sensitive: Vec<Keys>,
    groups: HashMap<u128, Group>,
    least_values: usize,
}

impl Counted {
    fn new(quasi: &[ColumnName], sensitive: &[ColumnName], least_values: u32) -> Self {
        let sensitive = sensitive.iter().map(|name| Keys::new(std::slice::from_ref(name))).collect();
        let least_values = usize::try_from(least_values).unwrap_or(usize::MAX);
        Self { quasi: Keys::new(quasi), sensitive, groups: HashMap::new(), least_values }
    }

    /// Adds rows; false if there are too many groups.
    fn add(&mut self, rows: &arrow::record_batch::RecordBatch) -> Result<bool> {
        let groups = self.quasi.of_all(rows)?;
        for group in &groups {
            let group = self.groups.entry(*group).or_default();
            group.rows += 1;
            group.values.resize_with(self.sensitive.len(), Vec::new);
        }
        for (at, column) in self.sensitive.iter_mut().enumerate() {
            for (group, value) in groups.iter().zip(column.of_all(rows)?) {
                let values = self.groups.get_mut(group).and_then(|group| group.values.get_mut(at));
                if let Some(values) = values.filter(|v| v.len() < self.least_values && !v.contains(&value)) {
                    values.push(value);
                }
            }
        }
        Ok(self.groups.len() <= MOST_GROUPS)
    }

    fn finish(self, least_rows: u64, sensitive: &[ColumnName]) -> Groups {
        let few = |groups: &mut dyn Iterator<Item = &Group>| {
            groups.fold((0, 0), |(groups, rows), group| (groups + 1, rows + group.rows))
        };
        let small = few(&mut self.groups.values().filter(|group| group.rows < least_rows));
        let uniform = sensitive.iter().enumerate().filter_map(|(at, name)| {
            let values = |group: &Group| group.values.get(at).map_or(0, Vec::len);
            let (groups, rows) = few(&mut self.groups.values().filter(|group| values(group) < self.least_values));
            (groups > 0).then(|| (name.clone(), groups, rows))
        });
        let uniform = uniform.collect();
        Groups { all: self.groups.len() as u64, small, uniform, overfull: false }
    }
}

/// What the counts mean for a draft.
pub(super) fn findings(draft: &Draft, groups: Option<&Groups>) -> Vec<Finding> {
    let quasi = columns(draft, PrivacyClass::QuasiIdentifier);
    if quasi.is_empty() && columns(draft, PrivacyClass::Sensitive).is_empty() {
        return Vec::new();
    }
    let Some(groups) = groups.filter(|groups| !groups.overfull) else {
        let message = format!("how many rows look alike could not be counted: more than {MOST_GROUPS} groups, or none");
        let hint = "Publish fewer or coarser columns of the class `quasi-identifier`, or statistics instead.";
        return vec![finding("privacy-groups-not-counted", Severity::Block, message, hint)];
    };
    let limits = &draft.dataset.file.gates.privacy;
    let names = quasi.iter().map(ColumnName::as_str).collect::<Vec<_>>().join(", ");
    let mut all = Vec::new();
    if groups.small.0 > 0 {
        let (few, rows) = groups.small;
        let message = format!(
            "{rows} rows stand in {few} of {} groups with fewer than {} rows of the same \"{names}\"",
            groups.all, limits.k_anonymity
        );
        let hint = "Publish coarser values (an area in place of an address, a class in place of a number), leave a \
                    column out, or publish statistics.";
        all.push(counted(finding("privacy-k-anonymity", Severity::Block, message, hint), rows));
    }
    for (name, few, rows) in &groups.uniform {
        let message = format!(
            "{rows} rows stand in {few} of {} groups with fewer than {} different values of '{name}'",
            groups.all, limits.l_diversity
        );
        let hint =
            "Who belongs to such a group is told by its only values: leave the column out, or publish statistics.";
        let found = in_column(finding("privacy-l-diversity", Severity::Block, message, hint), name.as_str());
        all.push(counted(found, *rows));
    }
    all
}
