//! Parquet → record batches, with projection, pruning by statistics and bloom filters, and late materialisation.

use std::{any::Any, future::Future, panic::AssertUnwindSafe, sync::Arc};

use arrow::{
    array::AsArray,
    datatypes::{DataType, SchemaRef},
    error::ArrowError,
    record_batch::RecordBatch,
};
use config::ColumnName;
use futures::{FutureExt, StreamExt, stream::BoxStream};
use parquet::{
    arrow::{
        ParquetRecordBatchStreamBuilder, ProjectionMask,
        arrow_reader::{ArrowPredicate, ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, RowFilter},
    },
    errors::ParquetError,
    file::metadata::PageIndexPolicy,
};

use super::{
    Cancel, Comparison,
    bind::{Bound, bind},
    bloom::Blooms,
    broken,
    covering::declared,
    evaluate::evaluate,
    numbers,
    place::{Place, Wanted},
    prune,
    reader::Source,
    width::Widths,
};
use crate::{Key, Result, Store, table::Predicate};

const DEFAULT_BATCH_ROWS: usize = 8192;
/// Larger batches would only cost memory.
const MAX_BATCH_ROWS: usize = 65_536;

/// A Parquet file of the storage that is open for reading; its footer is read once. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TableFile {
    name: Arc<str>,
    source: Source,
    metadata: ArrowReaderMetadata,
    /// The same with the number of each row as a last column.
    numbered: ArrowReaderMetadata,
    /// The declared columns: those of the file without the covering, which comes last.
    schema: SchemaRef,
    /// Where the extents of its first geometry are.
    place: Option<Place>,
    blooms: Arc<Blooms>,
    widths: Arc<Widths>,
}

/// What to read of a file.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// Columns, in this order; all of them if `None`.
    pub columns: Option<Vec<ColumnName>>,
    /// Condition on rows.
    pub predicate: Option<Predicate>,
    /// The number of the row to begin with, from 0, whatever the condition; not to be used beside `offset`.
    pub first_row: u64,
    /// Whether a last column [`ROW`](super::ROW) says each row's number in the table.
    pub row_numbers: bool,
    /// Rows to leave out before the first one, after the condition.
    pub offset: u64,
    /// Rows at the most.
    pub limit: Option<u64>,
    /// Rows in a batch at the most. 0: 8192. Long values make batches shorter.
    pub batch_rows: usize,
    /// Asked at every batch that is filtered or handed out.
    pub cancel: Cancel,
}

type Parquet<T> = std::result::Result<T, ParquetError>;
type Builder = ParquetRecordBatchStreamBuilder<Source>;

impl TableFile {
    /// Reads the footer and page index.
    pub async fn open(store: &Store, key: &Key) -> Result<Self> {
        let size = store.size(key).await?;
        Self::open_sized(store, key, size).await
    }

    /// As [`Self::open`], where the size is known.
    pub(super) async fn open_sized(store: &Store, key: &Key, size: u64) -> Result<Self> {
        let mut source = Source::Object(store.backend(), key.path(), size);
        let metadata = guarded(ArrowReaderMetadata::load_async(&mut source, options())).await;
        Self::new(key.to_string(), source, metadata)
    }

    /// A file of this machine (a staged draft).
    pub fn open_local(path: &std::path::Path) -> Result<Self> {
        let file = std::fs::File::open(path)?;
        let source = Source::Local(path.to_owned(), file.metadata()?.len());
        let load = AssertUnwindSafe(|| ArrowReaderMetadata::load(&file, options()));
        let metadata = std::panic::catch_unwind(load).unwrap_or_else(|panic| Err(panicked(&*panic)));
        Self::new(path.display().to_string(), source, metadata)
    }

    fn new(name: String, source: Source, metadata: Parquet<ArrowReaderMetadata>) -> Result<Self> {
        let metadata = metadata.map_err(|error| broken(&name, error))?;
        // Columns and leaves are then the same, by index; no declared column is nested.
        let schema = declared(metadata.schema()).ok_or_else(|| broken(&name, "it has nested columns"))?;
        let widths = Arc::new(Widths::of(metadata.metadata()));
        let numbered = numbers::numbered(&metadata, options()).map_err(|error| broken(&name, error))?;
        let place = place(&schema, metadata.schema());
        Ok(Self { name: name.into(), source, metadata, numbered, schema, place, blooms: Arc::default(), widths })
    }

    /// The Arrow schema of all declared columns.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The types of the geometries in a column, as the file's `geo` metadata names them (`Point`, `Point Z`); none where
    /// it tells none.
    pub fn geometry_types(&self, column: &ColumnName) -> Vec<String> {
        let kept = self.metadata.metadata().file_metadata().key_value_metadata();
        let geo = kept.into_iter().flatten().find(|entry| entry.key == "geo").and_then(|entry| entry.value.as_deref());
        let geo: serde_json::Value = geo.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let types = geo.get("columns").and_then(|columns| columns.get(column.as_str())?.get("geometry_types"));
        let types = types.and_then(serde_json::Value::as_array).into_iter().flatten();
        types.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    /// Rows of the whole file.
    pub fn rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or_default()
    }

    /// The footer and the page index.
    #[cfg(test)]
    pub(super) fn metadata(&self) -> &parquet::file::metadata::ParquetMetaData {
        self.metadata.metadata()
    }

    /// What the file is called in errors.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The rows asked for, in file order.
    pub async fn scan(&self, scan: Scan) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let metadata = if scan.row_numbers { &self.numbered } else { &self.metadata };
        let builder = Builder::new_with_metadata(self.source.clone(), metadata.clone());
        let file = self.metadata.metadata();
        let (builder, groups, wanted) = match &scan.predicate {
            Some(predicate) => self.filtered(builder, predicate, &scan.cancel).await?,
            None => (builder, (0..file.num_row_groups()).collect(), Vec::new()),
        };
        let pages = |group| self.place.filter(|_| !wanted.is_empty())?.pages(group, &wanted, file);
        let (groups, selection) = numbers::selection(scan.first_row, groups, file, pages);
        let mut builder = builder.with_row_groups(groups);
        if let Some(selection) = selection {
            builder = builder.with_row_selection(selection);
        }
        let (mask, mut order) = self.projection(scan.columns.as_deref())?;
        if scan.row_numbers {
            order.push(order.iter().max().map_or(0, |last| last + 1));
        }
        let rows = if scan.batch_rows == 0 { DEFAULT_BATCH_ROWS } else { scan.batch_rows.min(MAX_BATCH_ROWS) };
        let rows = self.widths.rows(&self.read_columns(&scan), rows);
        let mut builder = builder.with_projection(mask).with_batch_size(rows);
        if scan.offset > 0 {
            builder = builder.with_offset(usize::try_from(scan.offset).unwrap_or(usize::MAX));
        }
        if let Some(limit) = scan.limit {
            builder = builder.with_limit(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        let stream = builder.build().map_err(|error| broken(&self.name, error))?;
        let name = Arc::clone(&self.name);
        let numbered = scan.row_numbers;
        let ordered = move |item: std::result::Result<Parquet<RecordBatch>, Box<dyn Any + Send>>| {
            let batch = item.unwrap_or_else(|panic| Err(panicked(&*panic))).map_err(|e| broken(&name, e))?;
            batch.project(&order).and_then(|batch| numbers::unsigned(batch, numbered)).map_err(|e| broken(&name, e))
        };
        let cancel = scan.cancel;
        let wanted = move |_: &_| std::future::ready(!cancel.is_cancelled());
        Ok(AssertUnwindSafe(stream).catch_unwind().map(ordered).take_while(wanted).boxed())
    }

    /// Filters rows, and says which row groups may hold one that matches, and what they must hold of places.
    async fn filtered(
        &self,
        builder: Builder,
        predicate: &Predicate,
        cancel: &Cancel,
    ) -> Result<(Builder, Vec<usize>, Vec<Wanted>)> {
        let schema = &self.schema;
        let bound = bind(predicate, schema).map_err(|reason| broken(&self.name, reason))?;
        let pruned = guarded(async {
            let groups = prune::groups(&bound, &self.metadata)?;
            self.blooms.prune(groups, &prune::wanted(&bound, schema), &self.source, &self.metadata).await
        });
        let groups = pruned.await.map_err(|error| broken(&self.name, error))?;
        let wanted = self.place.map(|place| place.wanted(&bound)).unwrap_or_default();
        let (groups, coverings) = match self.place.filter(|_| !wanted.is_empty()) {
            Some(place) => {
                let filter = |wanted: &Wanted| self.covering_filter(place, wanted.clone(), cancel.clone());
                let groups = place.groups(groups, &wanted, self.metadata.metadata());
                (groups, wanted.iter().map(filter).collect::<Vec<_>>())
            }
            None => (groups, Vec::new()),
        };
        let filters = conjuncts(predicate).into_iter().map(|(columns, parts)| {
            let indices: Vec<usize> = columns.iter().filter_map(|name| schema.index_of(name).ok()).collect();
            let bound =
                parts.into_iter().map(|part| bind(part, schema)).collect::<std::result::Result<_, _>>().map(Bound::And);
            bound
                .map(|bound| self.row_filter(bound, indices, cancel.clone()))
                .map_err(|reason| broken(&self.name, reason))
        });
        // The extents of rows cost far less to look at than their geometries.
        let filters = coverings.into_iter().map(Ok).chain(filters).collect::<Result<Vec<_>>>()?;
        Ok((builder.with_row_filter(RowFilter::new(filters)), groups, wanted))
    }

    fn covering_filter(&self, place: Place, wanted: Wanted, cancel: Cancel) -> Box<dyn ArrowPredicate> {
        let mask = place.mask(self.metadata.metadata());
        Box::new(ArrowPredicateFn::new(mask, move |batch: RecordBatch| {
            let covering = batch.columns().first().and_then(|column| column.as_struct_opt());
            match covering {
                _ if cancel.is_cancelled() => Err(ArrowError::ExternalError("cancelled".into())),
                Some(covering) => wanted.evaluate(covering),
                None => Err(ArrowError::SchemaError("the covering was not read".to_owned())),
            }
        }))
    }

    fn row_filter(&self, bound: Bound, mut columns: Vec<usize>, cancel: Cancel) -> Box<dyn ArrowPredicate> {
        columns.sort_unstable();
        let mask = ProjectionMask::leaves(self.metadata.parquet_schema(), columns.iter().copied());
        Box::new(ArrowPredicateFn::new(mask, move |batch: RecordBatch| {
            if cancel.is_cancelled() {
                return Err(ArrowError::ExternalError("cancelled".into()));
            }
            evaluate(&bound, &batch, &|column| columns.binary_search(&column).ok())
        }))
    }

    /// The columns that are decoded: those asked for and those that the condition looks at.
    fn read_columns(&self, scan: &Scan) -> Vec<usize> {
        let schema = &self.schema;
        let Some(columns) = &scan.columns else { return (0..schema.fields().len()).collect() };
        let looked_at = scan.predicate.iter().flat_map(Predicate::columns);
        let names = columns.iter().map(ColumnName::as_str).chain(looked_at);
        let found: std::collections::BTreeSet<usize> = names.filter_map(|name| schema.index_of(name).ok()).collect();
        found.into_iter().collect()
    }

    /// What to read, and where in what was read each column asked for is.
    fn projection(&self, columns: Option<&[ColumnName]>) -> Result<(ProjectionMask, Vec<usize>)> {
        let schema = &self.schema;
        let Some(columns) = columns else {
            let all = 0..schema.fields().len();
            return Ok((ProjectionMask::leaves(self.metadata.parquet_schema(), all.clone()), all.collect()));
        };
        let index = |name: &ColumnName| {
            schema.index_of(name.as_str()).map_err(|_| broken(&self.name, format!("there is no column '{name}'")))
        };
        let wanted = columns.iter().map(index).collect::<Result<Vec<usize>>>()?;
        let mut read = wanted.clone();
        read.sort_unstable();
        read.dedup();
        let order = wanted.iter().filter_map(|index| read.binary_search(index).ok()).collect();
        Ok((ProjectionMask::leaves(self.metadata.parquet_schema(), read), order))
    }
}

fn options() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_skip_arrow_metadata(true).with_page_index_policy(PageIndexPolicy::Optional)
}

/// The covering of a file with these declared columns, if it has one.
fn place(declared: &SchemaRef, file: &SchemaRef) -> Option<Place> {
    let geometry = declared.fields().iter().position(|field| *field.data_type() == DataType::Binary)?;
    let first_leaf = declared.fields().len();
    (file.fields().len() > first_leaf).then_some(Place { geometry, first_leaf })
}

/// The parts that must all hold, put together by the columns they look at, so that no column is decoded twice; text
/// patterns, which cost the most, last.
fn conjuncts(predicate: &Predicate) -> Vec<(Vec<&str>, Vec<&Predicate>)> {
    let mut groups: Vec<(Vec<&str>, Vec<&Predicate>)> = Vec::new();
    for part in flatten(predicate) {
        let columns: Vec<&str> = part.columns().into_iter().collect();
        match groups.iter_mut().find(|(known, _)| *known == columns) {
            Some((_, parts)) => parts.push(part),
            None => groups.push((columns, vec![part])),
        }
    }
    let costly = |part: &&Predicate| !matches!(part, Predicate::Column(_, comparison) if is_cheap(comparison));
    groups.sort_by_key(|(columns, parts)| (columns.len() > 1, parts.iter().all(costly)));
    groups
}

/// Whether a comparison needs no look at the inside of texts and geometries.
fn is_cheap(comparison: &Comparison) -> bool {
    match comparison {
        Comparison::Like { .. } | Comparison::Matches(_) | Comparison::IgnoringCase(_) | Comparison::Intersects(_) => {
            false
        }
        Comparison::Eq(_)
        | Comparison::Neq(_)
        | Comparison::Gt(_)
        | Comparison::Gte(_)
        | Comparison::Lt(_)
        | Comparison::Lte(_)
        | Comparison::In(_)
        | Comparison::IsNull
        | Comparison::IsNotNull => true,
    }
}

fn flatten(predicate: &Predicate) -> Vec<&Predicate> {
    match predicate {
        Predicate::And(parts) => parts.iter().flat_map(flatten).collect(),
        _ => vec![predicate],
    }
}

/// Awaits, with a panic of the Parquet library on a broken file as an error.
async fn guarded<T>(work: impl Future<Output = Parquet<T>>) -> Parquet<T> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| Err(panicked(&*panic)))
}

fn panicked(panic: &(dyn Any + Send)) -> ParquetError {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    ParquetError::General(format!("the file is broken: {}", text.unwrap_or("the reader gave up")))
}

#[cfg(test)]
pub(super) mod tests;
