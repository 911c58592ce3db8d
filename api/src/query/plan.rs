//! A question that was admitted: columns, conditions, order and limit, checked against one version.

use catalog::{
    Sha256,
    table::Predicate,
    version::{ColumnInfo, Manifest},
};
use config::{ColumnName, Dataset, OrderBy};

use super::grammar::Params;
use crate::error::Problem;

/// What is asked of one version.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The columns of the answer, in order.
    pub(crate) columns: Vec<ColumnInfo>,
    /// The condition on rows.
    pub(crate) predicate: Option<Predicate>,
    /// The order that must be made; empty where the file has it already.
    pub(crate) order: Vec<OrderBy>,
    /// The question in one spelling, without limit and cursor; the root of entity tags and cursors.
    pub(crate) question: String,
    /// True if everything is asked for, as it is in the file.
    pub(crate) everything: bool,
}

impl Plan {
    /// Checks a question against a version.
    pub(crate) fn new(params: &Params, dataset: &Dataset, manifest: &Manifest) -> Result<Self, Problem> {
        let select = params.select(&manifest.columns)?;
        let asked_order = params.order(&manifest.columns)?;
        let (predicate, conditions) = params.conditions(&manifest.columns)?;
        let question = question(manifest, select.as_deref(), &asked_order, &conditions);
        let everything = select.is_none() && predicate.is_none();
        let columns = match select {
            None => manifest.columns.clone(),
            Some(names) => {
                let find = |name: &ColumnName| manifest.columns.iter().find(|column| column.name == *name).cloned();
                names.iter().filter_map(find).collect()
            }
        };
        let order = if is_file_order(&asked_order, dataset, manifest) { Vec::new() } else { asked_order };
        Ok(Self { columns, predicate, everything: everything && order.is_empty(), order, question })
    }

    /// The names of the answer's columns.
    pub(crate) fn names(&self) -> Vec<ColumnName> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }
}

fn question(manifest: &Manifest, select: Option<&[ColumnName]>, order: &[OrderBy], conditions: &str) -> String {
    let select = select.map(|names| names.iter().map(ColumnName::as_str).collect::<Vec<_>>().join(","));
    let order: Vec<String> =
        order.iter().map(|by| format!("{}{}", if by.descending { "-" } else { "" }, by.column)).collect();
    // A length before the free text keeps two questions from being spelled alike.
    let text = format!(
        "{} {} {} {} {} {conditions}",
        manifest.dataset,
        manifest.number,
        select.as_deref().unwrap_or("*"),
        order.join(","),
        conditions.len(),
    );
    Sha256::of(text.as_bytes()).to_string()
}

/// Whether the file has the order already. Only the declaration that made the version tells how it was sorted.
fn is_file_order(asked: &[OrderBy], dataset: &Dataset, manifest: &Manifest) -> bool {
    asked.is_empty() || (manifest.config_sha256 == dataset.config_sha256 && dataset.order.starts_with(asked))
}
