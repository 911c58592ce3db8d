//! Bloom filters, kept in memory once they were read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{StreamExt, TryStreamExt, stream};
use parquet::{
    arrow::{ParquetRecordBatchStreamBuilder, arrow_reader::ArrowReaderMetadata},
    bloom_filter::Sbbf,
    errors::ParquetError,
};

use super::{prune::Wanted, reader::Source};

/// Filters kept of one file; each is up to 256 kB.
const KEPT: usize = 128;
/// Filters read at the same time.
const CONCURRENT: usize = 8;

/// The filters of one file that were read, by row group and column.
#[derive(Debug, Default)]
pub(super) struct Blooms(Mutex<HashMap<(usize, usize), Arc<Sbbf>>>);

impl Blooms {
    /// The row groups whose filters do not rule out what is wanted.
    pub(super) async fn prune(
        &self,
        groups: Vec<usize>,
        wanted: &[Wanted],
        source: &Source,
        metadata: &ArrowReaderMetadata,
    ) -> Result<Vec<usize>, ParquetError> {
        if wanted.is_empty() {
            return Ok(groups);
        }
        let kept = stream::iter(groups)
            .map(|group| async move {
                Ok::<_, ParquetError>(self.may_match(group, wanted, source, metadata).await?.then_some(group))
            })
            .buffered(CONCURRENT);
        Ok(kept.try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
    }

    async fn may_match(
        &self,
        group: usize,
        wanted: &[Wanted],
        source: &Source,
        metadata: &ArrowReaderMetadata,
    ) -> Result<bool, ParquetError> {
        let filtered = |one: &&Wanted| metadata.metadata().row_groups().get(group).is_some_and(|g| one.filtered(g));
        for one in wanted.iter().filter(filtered) {
            let filter = self.get(group, one.column, source, metadata).await?;
            if filter.is_some_and(|filter| !one.may_be_in(&filter)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn get(
        &self,
        group: usize,
        column: usize,
        source: &Source,
        metadata: &ArrowReaderMetadata,
    ) -> Result<Option<Arc<Sbbf>>, ParquetError> {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(group, column)) {
            return Ok(Some(Arc::clone(known)));
        }
        let mut builder = ParquetRecordBatchStreamBuilder::new_with_metadata(source.clone(), metadata.clone());
        let Some(filter) = builder.get_row_group_column_bloom_filter(group, column).await?.map(Arc::new) else {
            return Ok(None);
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.insert((group, column), Arc::clone(&filter));
        }
        Ok(Some(filter))
    }
}
