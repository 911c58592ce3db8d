//! A page of the change feed: entries of one or more steps from version to version, in memory and bounded.

use std::sync::Arc;

use actix_web::http::StatusCode;
use arrow::{
    array::{ArrayRef, Int64Array, StringArray, TimestampMillisecondArray, new_null_array},
    compute,
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    record_batch::RecordBatch,
};
use catalog::{
    Entry, Store,
    crs::Crs,
    history::{self, Step, StepKind},
    table::{Scan, Table, TableFile, added, arrow_schema, wkb::in_system},
    version::{ColumnInfo, Manifest, VersionNumber},
};
use config::ColumnName;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};

use super::{
    diffs::{Diffs, Made},
    found::Found,
    tables::Tables,
};
use crate::error::Problem;

/// Entries that are read at a time.
const BATCH_ROWS: u64 = 2048;
/// Bytes after which a page ends before its limit.
const PAGE_BYTES: usize = 64 << 20;
/// Steps of a page at the most: each opens a file.
const PAGE_STEPS: usize = 200;
/// Columns of an entry that are not of the dataset.
const OWN: [&str; 5] = ["_op", "_row_sha256", "_version", "_time", "_key_sha256"];

/// What a feed is read from.
pub(crate) struct Feed<'a> {
    /// The storage.
    pub(crate) store: &'a Store,
    /// Open tables.
    pub(crate) tables: &'a Tables,
    /// Changelogs that are not stored.
    pub(crate) diffs: &'a Diffs,
    /// The dataset.
    pub(crate) entry: &'a Entry,
    /// The version that the way leads to; its columns are those of every entry.
    pub(crate) until: &'a Manifest,
    /// Whether entries carry the row.
    pub(crate) rows: bool,
}

/// A page of entries.
#[derive(Debug)]
pub(crate) struct FeedPage {
    /// The entries.
    pub(crate) batches: Vec<RecordBatch>,
    /// The step to go on with, by index, and the entries of it that were read; `None` on the last page.
    pub(crate) next: Option<(usize, u64)>,
}

/// The entries of a step, as its source has them.
struct Entries {
    total: u64,
    batches: BoxStream<'static, catalog::Result<RecordBatch>>,
    /// Keeps a changelog that is not stored.
    _made: Option<Made>,
}

type Place = (usize, u64);

impl Feed<'_> {
    /// The columns of every entry: key, `_op`, `_row_sha256`, `_version`, `_time`, `_key_sha256`, and the row's others.
    pub(crate) fn schema(&self) -> SchemaRef {
        let table = arrow_schema(&self.until.columns);
        let nullable = |field: &Field| Arc::new(field.clone().with_nullable(true));
        let own = OWN.map(|name| {
            let kind = match name {
                "_version" => DataType::Int64,
                "_time" => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
                _ => DataType::Utf8,
            };
            Arc::new(Field::new(name, kind, !matches!(name, "_op" | "_version" | "_time")))
        });
        let key = self.until.key.iter().filter_map(|name| table.field_with_name(name.as_str()).ok()).map(nullable);
        let others = self.others().filter_map(|name| table.field_with_name(name.as_str()).ok()).map(nullable);
        Arc::new(Schema::new(key.chain(own).chain(others).collect::<Vec<_>>()))
    }

    /// The columns beside the key, if rows are wanted.
    fn others(&self) -> impl Iterator<Item = &ColumnName> {
        let names = self.until.columns.iter().map(|column| &column.name);
        names.filter(|name| self.rows && !self.until.key.contains(name))
    }

    /// A page of at most `limit` entries from a place on.
    pub(crate) async fn page(&self, steps: &[Step], from: Place, limit: u64) -> Result<FeedPage, Problem> {
        let (mut at, mut offset) = from;
        let (mut batches, mut rows, mut bytes) = (Vec::new(), 0, 0);
        let last = at.saturating_add(PAGE_STEPS);
        while let Some(step) = steps.get(at) {
            if rows >= limit || bytes > PAGE_BYTES || at >= last {
                return Ok(FeedPage { batches, next: Some((at, offset)) });
            }
            let mut entries = self.entries(step, offset, limit.saturating_sub(rows)).await?;
            let before = rows;
            while bytes <= PAGE_BYTES
                && let Some(batch) = entries.batches.try_next().await?
            {
                let count = batch.num_rows() as u64;
                let batch = self.dress(step, &batch).await?;
                bytes += batch.get_array_memory_size();
                (offset, rows) = (offset.saturating_add(count), rows.saturating_add(count));
                batches.push(batch);
            }
            if offset >= entries.total {
                (at, offset) = (at.saturating_add(1), 0);
            } else if before == rows {
                return Err(Problem::internal(format!("a changelog to version {} ends early", step.to)));
            }
        }
        Ok(FeedPage { batches, next: None })
    }

    fn manifest(&self, number: VersionNumber) -> Result<&Arc<Manifest>, Problem> {
        self.entry.known(number).ok_or_else(|| Problem::internal(format!("version {number} is not there")))
    }

    /// The entries of a step: key columns, `_op`, `_row_sha256`; of a snapshot all columns of the row.
    async fn entries(&self, step: &Step, offset: u64, limit: u64) -> Result<Entries, Problem> {
        let batch_rows = usize::try_from(BATCH_ROWS.min(limit)).unwrap_or_default();
        let scan = Scan { offset, limit: Some(limit), batch_rows, ..Scan::default() };
        match step.kind {
            StepKind::Erased => self.erased(step, offset, limit),
            StepKind::Snapshot => {
                let table = self.table(step.to).await?;
                Ok(Entries { total: table.rows(), batches: table.scan(scan).await?, _made: None })
            }
            StepKind::Changes | StepKind::Logged => {
                let (log, made) = self.changes(step).await?;
                let Some(log) = log else {
                    return Ok(Entries { total: 0, batches: futures::stream::empty().boxed(), _made: made });
                };
                Ok(Entries { total: log.rows(), batches: log.scan(scan).await?, _made: made })
            }
        }
    }

    async fn table(&self, number: VersionNumber) -> Result<Table, Problem> {
        self.tables.get(self.store, self.manifest(number)?).await
    }

    /// The changelog of a step: the stored one, or one that is made now.
    async fn changes(&self, step: &Step) -> Result<(Option<TableFile>, Option<Made>), Problem> {
        let new = self.manifest(step.to)?;
        if step.from.is_some()
            && new.parent == step.from
            && let Some(stored) = history::changelog(self.store, new).await?
        {
            return Ok((Some(stored), None));
        }
        let Some(from) = step.from else { return Ok((None, None)) };
        let whole = |number| self.entry.versions.get(&number);
        let (Some(old), Some(new)) = (whole(from), whole(step.to)) else {
            let same = self.manifest(from)?.tables().map(|file| &file.sha256).eq(new.tables().map(|file| &file.sha256));
            return if same { Ok((None, None)) } else { Err(self.lost(step.to)) };
        };
        let made = self.diffs.get(self.store, old, new).await?;
        Ok((made.table.clone(), Some(made)))
    }

    /// A changelog that is not there, to a version that cannot be compared.
    fn lost(&self, number: VersionNumber) -> Problem {
        let detail = format!("The changes cannot be told: the changelog of version {number} is lost.");
        Problem::new(StatusCode::GONE, "api-changes-gone", detail)
            .hint(format!("Begin again without 'since': /d/{}/changes.", self.entry.dataset.id))
    }

    /// The records that were erased from a version.
    fn erased(&self, step: &Step, offset: u64, limit: u64) -> Result<Entries, Problem> {
        let tombstone = step.from.and_then(|from| self.entry.withdrawn.get(&from));
        let erased = tombstone.map(|tombstone| tombstone.erased.as_slice()).unwrap_or_default();
        let skip = usize::try_from(offset).unwrap_or(usize::MAX);
        let take = usize::try_from(limit).unwrap_or(usize::MAX);
        let shown: Vec<_> = erased.iter().skip(skip).take(take).cloned().collect();
        let batch = super::found::erased(&self.until.key, &self.schema(), &shown).map_err(Problem::internal)?;
        let batches = futures::stream::iter((batch.num_rows() > 0).then_some(Ok(batch))).boxed();
        Ok(Entries { total: erased.len() as u64, batches, _made: None })
    }

    /// The rows that entries are about; `None` where none are wanted. Where the version of a step has no rows any more,
    /// those of the newest version stand in: as far as they are the same, or after an erasure, where what comes later
    /// tells the rest.
    async fn found(
        &self,
        step: &Step,
        (batch, entries): (&RecordBatch, &RecordBatch),
    ) -> Result<Option<Found>, Problem> {
        let key = &self.until.key;
        let version = self.read_from(step)?.number;
        match step.kind {
            StepKind::Erased => {}
            _ if !self.rows => return Ok(None),
            StepKind::Snapshot => return Ok(Some(Found::same(batch))),
            StepKind::Changes | StepKind::Logged => {}
        }
        let found = Found::look_up(&self.table(version).await?, entries, key).await?;
        match step.kind {
            StepKind::Changes => found.check(entries).map_err(Problem::internal)?,
            StepKind::Logged => return Ok(Some(found.only_same(entries)?)),
            StepKind::Snapshot | StepKind::Erased => {}
        }
        Ok(Some(found))
    }

    /// The version whose rows stand for those of a step.
    fn read_from(&self, step: &Step) -> Result<&Manifest, Problem> {
        let is_there = self.entry.versions.contains_key(&step.to);
        if is_there { self.manifest(step.to).map(AsRef::as_ref) } else { Ok(self.until) }
    }

    /// The values of a column, geometries in the coordinate system of the feed: older versions may have had another.
    fn placed(&self, name: &str, array: &ArrayRef, read: &Manifest) -> ArrayRef {
        let system = |manifest: &Manifest| {
            let column = manifest.columns.iter().find(|column| column.name.as_str() == name);
            column.map_or(Crs::CRS84, ColumnInfo::crs)
        };
        in_system(array, system(read), system(self.until))
    }

    /// Entries in the columns of the feed.
    async fn dress(&self, step: &Step, batch: &RecordBatch) -> Result<RecordBatch, Problem> {
        let rows = batch.num_rows();
        let manifest = self.manifest(step.to)?;
        let read = self.read_from(step)?;
        let entries = match step.kind {
            StepKind::Snapshot => added(batch, &self.until.key)?,
            StepKind::Changes | StepKind::Logged | StepKind::Erased => batch.clone(),
        };
        let found = self.found(step, (batch, &entries)).await?;
        let schema = self.schema();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            arrays.push(match (field.name().as_str(), &found) {
                ("_version", _) => {
                    let number = i64::try_from(step.to.0).unwrap_or(i64::MAX);
                    Arc::new(Int64Array::from(vec![number; rows]))
                }
                ("_time", _) => {
                    let times = vec![manifest.first_published().as_millisecond(); rows];
                    Arc::new(TimestampMillisecondArray::from(times).with_timezone("UTC"))
                }
                ("_row_sha256", Some(found)) if step.kind == StepKind::Erased => {
                    Arc::new(StringArray::from(found.hashes()?))
                }
                (name, _) if entries.column_by_name(name).is_some() => column(&entries, name, field.data_type())?,
                (name, Some(found)) => {
                    self.placed(name, &found.column(name, field.data_type()).map_err(Problem::internal)?, read)
                }
                (_, None) => new_null_array(field.data_type(), rows),
            });
        }
        RecordBatch::try_new(schema, arrays).map_err(Problem::internal)
    }
}

fn column(batch: &RecordBatch, name: &str, kind: &DataType) -> Result<ArrayRef, Problem> {
    match batch.column_by_name(name) {
        Some(array) => compute::cast(array, kind).map_err(Problem::internal),
        None => Ok(new_null_array(kind, batch.num_rows())),
    }
}
