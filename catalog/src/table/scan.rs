//! Parquet → record batches, with projection, pruning by statistics and bloom filters, and late materialisation.

use arrow::{datatypes::SchemaRef, record_batch::RecordBatch};
use config::ColumnName;
use futures::stream::BoxStream;

use crate::{Key, Result, Store, table::Predicate};

/// A Parquet file of the storage that is open for reading; its footer is read once.
#[derive(Debug, Clone)]
pub struct TableFile {}

/// What to read of a file.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// Columns, in this order; all of them if `None`.
    pub columns: Option<Vec<ColumnName>>,
    /// Condition on rows.
    pub predicate: Option<Predicate>,
    /// Rows to leave out before the first one, after the condition.
    pub offset: u64,
    /// Rows at the most.
    pub limit: Option<u64>,
    /// Rows in a batch at the most. 0: 8192.
    pub batch_rows: usize,
}

impl TableFile {
    /// Reads the footer and page index.
    pub async fn open(store: &Store, key: &Key) -> Result<Self> {
        let _ = (store, key);
        todo!()
    }

    /// A file of this machine (a staged draft).
    pub fn open_local(path: &std::path::Path) -> Result<Self> {
        let _ = path;
        todo!()
    }

    /// The Arrow schema of all columns.
    pub fn schema(&self) -> SchemaRef {
        todo!()
    }

    /// Rows of the whole file.
    pub fn rows(&self) -> u64 {
        todo!()
    }

    /// The rows asked for, in file order.
    pub async fn scan(&self, scan: Scan) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let _ = scan;
        todo!()
    }
}
