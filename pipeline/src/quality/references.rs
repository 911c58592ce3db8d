//! The values of other datasets that checks refer to.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use arrow::{array::AsArray, compute::cast, datatypes::DataType};
use catalog::{
    Catalog,
    table::{Scan, Table},
};
use config::{Dataset, Reference};
use futures::TryStreamExt;

use crate::Result;

/// Bytes of values that are held for one reference.
const MOST_BYTES: usize = 128 << 20;

/// The values of one column of another dataset.
#[derive(Debug)]
pub(super) enum Known {
    /// All of them, as text.
    Values(HashSet<String>),
    /// They cannot be had, and why.
    Nothing(String),
}

/// What the checks of a dataset refer to.
#[derive(Debug, Clone, Default)]
pub(crate) struct References(BTreeMap<Reference, Arc<Known>>);

impl References {
    /// Reads the current versions of the datasets that the checks of this one name.
    ///
    /// # Errors
    /// The storage's.
    pub(crate) async fn load(catalog: &Catalog, dataset: &Dataset) -> Result<Self> {
        let mut all = BTreeMap::new();
        for reference in dataset.file.checks.iter().filter_map(|check| check.references.as_ref()) {
            if !all.contains_key(reference) {
                all.insert(reference.clone(), Arc::new(load(catalog, reference).await?));
            }
        }
        Ok(Self(all))
    }

    /// What one of them has.
    pub(super) fn known(&self, reference: &Reference) -> Arc<Known> {
        let missing = || Arc::new(Known::Nothing("it was not read".to_owned()));
        self.0.get(reference).cloned().unwrap_or_else(missing)
    }
}

async fn load(catalog: &Catalog, reference: &Reference) -> Result<Known> {
    let Reference { dataset, column } = reference;
    let snapshot = catalog.snapshot();
    let nothing = |reason: &str| Ok(Known::Nothing(format!("dataset '{dataset}' {reason}")));
    let Some(entry) = snapshot.datasets.get(dataset) else { return nothing("is not declared") };
    let Some(manifest) = entry.current() else { return nothing("has no version yet") };
    if !manifest.columns.iter().any(|known| known.name == *column) {
        return nothing(&format!("has no column '{column}'"));
    }
    let Some(table) = Table::open(catalog.store(), manifest).await? else { return nothing("has no table") };
    let mut rows = table.scan(Scan { columns: Some(vec![column.clone()]), ..Scan::default() }).await?;
    let (mut values, mut bytes) = (HashSet::new(), 0);
    while let Some(batch) = rows.try_next().await? {
        let Some(array) = batch.columns().first() else { continue };
        let texts = cast(array, &DataType::Utf8).map_err(crate::normalise::internal)?;
        for text in texts.as_string::<i32>().iter().flatten() {
            if !values.contains(text) {
                bytes += text.len() + 48;
                values.insert(text.to_owned());
            }
        }
        if bytes > MOST_BYTES {
            return nothing("has more values than can be held");
        }
    }
    Ok(Known::Values(values))
}
