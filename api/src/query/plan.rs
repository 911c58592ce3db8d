//! A question that was admitted: columns, conditions, order and limit, checked against one version.

use catalog::{Sha256, table::Predicate, version::Manifest};
use config::Dataset;

use super::{
    grammar::{Ordered, Params},
    select::Select,
};
use crate::error::Problem;

/// What is asked of one version.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The columns of the answer, in order, and what they are made of.
    pub(crate) select: Select,
    /// The condition on rows.
    pub(crate) predicate: Option<Predicate>,
    /// The order that must be made; empty where the file has it already.
    pub(crate) order: Vec<Ordered>,
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
        let question = question(manifest, select.as_ref(), &asked_order, &conditions);
        let everything = select.is_none() && predicate.is_none();
        let select = select.unwrap_or_else(|| Select::all(&manifest.columns));
        let order = if is_file_order(&asked_order, dataset, manifest) { Vec::new() } else { asked_order };
        Ok(Self { select, predicate, everything: everything && order.is_empty(), order, question })
    }
}

fn question(manifest: &Manifest, select: Option<&Select>, order: &[Ordered], conditions: &str) -> String {
    let select = select.map(ToString::to_string);
    let order: Vec<String> = order.iter().map(ToString::to_string).collect();
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
fn is_file_order(asked: &[Ordered], dataset: &Dataset, manifest: &Manifest) -> bool {
    let mut file = dataset.order.iter();
    let same = |by: &Ordered| {
        let known = file.next();
        known.is_some_and(|known| known.column == by.column && known.descending == by.descending && !by.nulls_first)
    };
    asked.is_empty() || (manifest.config_sha256 == dataset.config_sha256 && asked.iter().all(same))
}
