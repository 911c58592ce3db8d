//! The table of a version: one file, or several that hold its rows one after the other.

use std::sync::Arc;

use arrow::{
    datatypes::{DataType, SchemaRef},
    record_batch::RecordBatch,
};
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use tokio::sync::OnceCell;

use super::{
    Scan, TableFile, arrow_schema,
    bind::bind,
    broken, numbers,
    part::Span,
    prune::{self, PartDays},
};
use crate::{
    Key, Result, Store,
    version::{Manifest, PublishedFile},
};

/// Files that are opened at the same time, where a scan may need several.
const OPENED_AHEAD: usize = 4;

/// The table of a version, open for reading. A file is opened when the first scan needs it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Table {
    name: Arc<str>,
    schema: SchemaRef,
    /// The column that the parts are made by, and its type.
    dated: Option<(usize, DataType)>,
    files: Arc<[Part]>,
}

#[derive(Debug)]
struct Part {
    store: Store,
    key: Key,
    bytes: u64,
    days: PartDays,
    file: OnceCell<TableFile>,
}

impl Part {
    async fn open(&self) -> Result<&TableFile> {
        self.file.get_or_try_init(|| TableFile::open_sized(&self.store, &self.key, self.bytes)).await
    }
}

impl Table {
    /// The table of a version; `None` if it has none.
    ///
    /// # Errors
    /// The storage's, or `Table` if the only file cannot be read.
    pub async fn open(store: &Store, manifest: &Manifest) -> Result<Option<Self>> {
        let files: Vec<Part> = manifest.tables().map(|file| part(store, manifest, file)).collect();
        let schema = match files.as_slice() {
            [] => return Ok(None),
            // What the file itself says, so that a damaged one is found now.
            [one] => one.open().await?.schema(),
            _ => arrow_schema(&manifest.columns),
        };
        let dated = manifest.partition.as_ref().and_then(|partition| {
            let index = schema.index_of(partition.column.as_str()).ok()?;
            schema.fields().get(index).map(|field| (index, field.data_type().clone()))
        });
        let name = format!("{} version {}", manifest.dataset, manifest.number).into();
        Ok(Some(Self { name, schema, dated, files: files.into() }))
    }

    /// The Arrow schema of all columns.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Rows of all files.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|part| part.days.rows).sum()
    }

    /// How many files hold it.
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// The rows asked for, in the order of the files.
    ///
    /// # Errors
    /// As [`TableFile::scan`].
    pub async fn scan(&self, scan: Scan) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        if let [one] = &*self.files {
            return one.open().await?.scan(scan).await;
        }
        let parts = self.parts(&scan)?.into_iter().filter(|index| self.before(index + 1) > scan.first_row);
        let (parts, left_out) = match scan.predicate {
            // Where it begins behind the first row, no more rows are left out.
            Some(_) => (parts.collect(), scan.offset),
            None if scan.first_row > 0 => (parts.collect(), scan.offset),
            None => self.after(parts.collect(), scan.offset),
        };
        let ahead = if scan.predicate.is_none() && scan.limit.is_some() { 1 } else { OPENED_AHEAD };
        let files = Arc::clone(&self.files);
        let parts: Vec<(usize, u64)> = parts.into_iter().map(|index| (index, self.before(index))).collect();
        let opened = stream::iter(parts).map(move |(index, before)| {
            let file = open(Arc::clone(&files), index);
            async move { Ok((file.await?, before)) }
        });
        let batches = stream::empty().boxed();
        let files = opened.buffered(ahead).boxed();
        let walk = Walk { files, left_out, room: scan.limit, batches, before: 0, scan };
        Ok(stream::try_unfold(walk, Walk::next).boxed())
    }

    /// Rows before a part.
    fn before(&self, index: usize) -> u64 {
        self.files.iter().take(index).map(|part| part.days.rows).sum()
    }

    /// The parts that are left when so many rows are left out, and how many of these are in the first of them.
    fn after(&self, parts: Vec<usize>, mut rows: u64) -> (Vec<usize>, u64) {
        let left_out = |index: &usize| match self.files.get(*index) {
            Some(part) if part.days.rows <= rows => {
                rows -= part.days.rows;
                true
            }
            _ => false,
        };
        (parts.into_iter().skip_while(left_out).collect(), rows)
    }

    /// The parts in which a row may match.
    fn parts(&self, scan: &Scan) -> Result<Vec<usize>> {
        for name in scan.columns.iter().flatten() {
            self.schema
                .index_of(name.as_str())
                .map_err(|_| broken(&self.name, format!("there is no column '{name}'")))?;
        }
        let Some(predicate) = &scan.predicate else { return Ok((0..self.files.len()).collect()) };
        let bound = bind(predicate, &self.schema).map_err(|reason| broken(&self.name, reason))?;
        let Some((index, kind)) = &self.dated else { return Ok((0..self.files.len()).collect()) };
        let days: Vec<PartDays> = self.files.iter().map(|part| part.days).collect();
        let kept = prune::parts(&bound, (*index, kind), &days).map_err(|error| broken(&self.name, error))?;
        Ok(kept)
    }
}

async fn open(files: Arc<[Part]>, index: usize) -> Result<TableFile> {
    match files.get(index) {
        Some(part) => part.open().await.cloned(),
        None => Err(broken(index, "there is no such part")),
    }
}

fn part(store: &Store, manifest: &Manifest, file: &PublishedFile) -> Part {
    let by = manifest.partition.as_ref().map(|partition| partition.by);
    let span = by.and_then(|by| Span::named(&file.part.as_ref()?.key, by));
    let days = PartDays { span, rows: file.rows };
    Part { store: store.clone(), key: manifest.key_of(file), bytes: file.bytes, days, file: OnceCell::new() }
}

/// A scan on its way through the parts.
struct Walk {
    /// The parts, each with the rows before it.
    files: BoxStream<'static, Result<(TableFile, u64)>>,
    /// Rows before the part at hand.
    before: u64,
    scan: Scan,
    /// Matching rows that are still to be left out.
    left_out: u64,
    /// Matching rows that are still wanted.
    room: Option<u64>,
    batches: BoxStream<'static, Result<RecordBatch>>,
}

impl Walk {
    async fn next(mut self) -> Result<Option<(RecordBatch, Self)>> {
        while self.room != Some(0) {
            if let Some(batch) = self.batches.try_next().await? {
                if let Some(batch) = self.cut(&batch) {
                    return Ok(Some((self.numbered(batch)?, self)));
                }
                continue;
            }
            let Some((file, before)) = self.files.try_next().await? else { return Ok(None) };
            self.before = before;
            self.enter(&file).await?;
        }
        Ok(None)
    }

    /// Begins with a part.
    async fn enter(&mut self, file: &TableFile) -> Result<()> {
        // Without a condition the file finds the first row; with one only those that match are counted.
        let offset = if self.scan.predicate.is_none() { std::mem::take(&mut self.left_out) } else { 0 };
        let limit = self.room.map(|room| room.saturating_add(self.left_out));
        let first_row = self.scan.first_row.saturating_sub(self.before);
        let scan = Scan { first_row, offset, limit, ..self.scan.clone() };
        self.batches = file.scan(scan).await?;
        Ok(())
    }

    /// A batch with the numbers of its rows in the whole table, if they are asked for.
    fn numbered(&self, batch: RecordBatch) -> Result<RecordBatch> {
        if !self.scan.row_numbers {
            return Ok(batch);
        }
        numbers::shifted(&batch, self.before).map_err(|error| broken("row numbers", error))
    }

    /// The rows of a batch that are neither left out nor too many.
    fn cut(&mut self, batch: &RecordBatch) -> Option<RecordBatch> {
        let rows = batch.num_rows() as u64;
        let start = self.left_out.min(rows);
        self.left_out -= start;
        let length = self.room.map_or(rows - start, |room| room.min(rows - start));
        self.room = self.room.map(|room| room - length);
        let at = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        (length > 0).then(|| batch.slice(at(start), at(length)))
    }
}

#[cfg(test)]
mod tests {
    use arrow::compute::{SortColumn, SortOptions, concat_batches, lexsort_to_indices, take_record_batch};
    use config::{OrderBy, Partition, PartitionBy};
    use proptest::prelude::*;

    use super::{
        super::{
            Comparison, PartsWriter, Predicate, Scalar, TableWriter, fixture,
            scan::tests::{ROWS, block_on, predicate},
        },
        *,
    };
    use crate::{Sha256, testing, version::ColumnInfo};

    /// The rows of the fixture, sorted by day, missing ones last, then by code.
    fn sorted() -> RecordBatch {
        let rows = fixture::batch(0..ROWS);
        let by = |index: usize| SortColumn {
            values: Arc::clone(rows.column(index)),
            options: Some(SortOptions { descending: false, nulls_first: false }),
        };
        take_record_batch(&rows, &lexsort_to_indices(&[by(6), by(0)], None).unwrap()).unwrap()
    }

    fn dataset(by: PartitionBy) -> config::Dataset {
        let mut dataset = testing::dataset("a", "A", "a");
        dataset.key = vec![fixture::name("kode")];
        dataset.order = vec![OrderBy { column: fixture::name("dato"), descending: false }];
        dataset.partition = Some(Partition { column: fixture::name("dato"), by });
        dataset
    }

    /// The rows as one file and in parts.
    fn tables(folder: &std::path::Path, by: PartitionBy) -> (TableFile, Table) {
        let (rows, columns, dataset) = (sorted(), fixture::columns(), dataset(by));
        let one = folder.join("one.parquet");
        let mut writer = TableWriter::create(&one, &columns, &dataset.key, &dataset.order).unwrap();
        writer.write(&rows).unwrap();
        let whole = writer.finish().unwrap();
        let mut writer = PartsWriter::new(folder, &dataset, &columns);
        for start in (0..rows.num_rows()).step_by(700) {
            writer.write(&rows.slice(start, 700.min(rows.num_rows() - start))).unwrap();
        }
        let (parts, summary) = writer.finish().unwrap();
        assert_eq!((summary.rows, summary.statistics, summary.bbox), (whole.rows, whole.statistics, whole.bbox));
        (TableFile::open_local(&one).unwrap(), table(&parts, by, &columns))
    }

    fn table(parts: &[crate::table::WrittenPart], by: PartitionBy, columns: &[ColumnInfo]) -> Table {
        let part = |written: &crate::table::WrittenPart| Part {
            store: Store::local(written.path.parent().unwrap()),
            key: Key::Raw("a".parse().unwrap(), Sha256::of(b"")),
            bytes: 0,
            days: PartDays { span: Span::named(written.key.as_ref().unwrap(), by), rows: written.summary.rows },
            file: OnceCell::new_with(Some(TableFile::open_local(&written.path).unwrap())),
        };
        Table {
            name: "a".into(),
            schema: arrow_schema(columns),
            dated: Some((6, DataType::Date32)),
            files: parts.iter().map(part).collect(),
        }
    }

    #[test]
    fn parts_are_months_and_what_has_no_date() {
        let folder = tempfile::tempdir().unwrap();
        let dataset = dataset(PartitionBy::Month);
        let columns = fixture::columns();
        let mut writer = PartsWriter::new(folder.path(), &dataset, &columns);
        writer.write(&sorted()).unwrap();
        let (parts, _) = writer.finish().unwrap();
        let keys: Vec<&str> = parts.iter().map(|part| part.key.as_deref().unwrap()).collect();
        assert_eq!((keys.len(), keys[0], keys[11], keys[13]), (14, "2022-01", "2022-12", "undated"));
        let mut writer = PartsWriter::new(folder.path(), &dataset, &columns);
        writer.write(&sorted()).unwrap();
        assert_eq!(writer.write(&sorted()).unwrap_err().code(), "catalog-table", "rows come back to a part");
        let (parts, summary) = PartsWriter::new(folder.path(), &dataset, &columns).finish().unwrap();
        assert_eq!((parts.len(), parts[0].key.as_deref(), summary.rows), (1, Some("undated"), 0));
    }

    #[test]
    fn a_condition_on_the_day_opens_only_its_parts() {
        let folder = tempfile::tempdir().unwrap();
        let (_, table) = tables(folder.path(), PartitionBy::Month);
        let day = |comparison| Predicate::Column(fixture::name("dato"), comparison);
        let kept = |predicate: Predicate| {
            let scan = Scan { predicate: Some(predicate), ..Scan::default() };
            table.parts(&scan).unwrap()
        };
        // 19 000 is 2022-01-08.
        assert_eq!(kept(day(Comparison::Eq(Scalar::Date(19_000)))), [0]);
        assert_eq!(kept(day(Comparison::Lt(Scalar::Date(19_040)))), [0, 1]);
        assert_eq!(kept(day(Comparison::IsNull)), [13]);
        assert_eq!(kept(Predicate::Not(Box::new(day(Comparison::Gte(Scalar::Date(19_040)))))), [0, 1]);
        assert_eq!(kept(Predicate::Column(fixture::name("antall"), Comparison::IsNull)).len(), 14);
        let unknown = Scan { columns: Some(vec![fixture::name("finnes_ikke")]), ..Scan::default() };
        assert_eq!(block_on(table.scan(unknown)).err().unwrap().code(), "catalog-table");
    }

    #[test]
    fn parts_of_instants_are_counted_in_utc() {
        let folder = tempfile::tempdir().unwrap();
        let mut dataset = dataset(PartitionBy::Month);
        dataset.partition = Some(Partition { column: fixture::name("endret"), by: PartitionBy::Month });
        let columns = fixture::columns();
        let mut writer = PartsWriter::new(folder.path(), &dataset, &columns);
        writer.write(&fixture::batch(0..6)).unwrap();
        let (parts, _) = writer.finish().unwrap();
        assert_eq!(parts.iter().map(|part| part.key.as_deref().unwrap()).collect::<Vec<_>>(), ["2023-11"]);
        let kind = fixture::batch(0..1).schema().field(7).data_type().clone();
        let table = Table { dated: Some((7, kind)), ..table(&parts, PartitionBy::Month, &columns) };
        let kept = |comparison| {
            let predicate = Some(Predicate::Column(fixture::name("endret"), comparison));
            table.parts(&Scan { predicate, ..Scan::default() }).unwrap().len()
        };
        // November 2023 in UTC: from 1 698 796 800 to 1 701 388 799.999 seconds.
        for (from, millis, parts) in [
            (true, 1_701_388_799_999, 1),
            (true, 1_701_388_800_000, 0),
            (false, 1_698_796_800_000, 1),
            (false, 1_698_796_799_999, 0),
        ] {
            let scalar = Scalar::Timestamp(millis);
            let comparison = if from { Comparison::Gte(scalar) } else { Comparison::Lte(scalar) };
            assert_eq!(kept(comparison), parts, "{millis}");
        }
    }

    #[test]
    fn a_table_in_parts_reads_like_one_file() {
        let folder = tempfile::tempdir().unwrap();
        for by in [PartitionBy::Month, PartitionBy::Year] {
            let (one, parts) = tables(folder.path(), by);
            let offsets = prop_oneof![Just(0_u64), 0..200_u64, 0..6_000_u64];
            let limits = prop_oneof![Just(None), (0..300_u64).prop_map(Some), (0..6_000_u64).prop_map(Some)];
            proptest!(ProptestConfig::with_cases(100), |(
                predicate in prop::option::of(predicate()), offset in offsets, limit in limits, few: bool,
                first_row in prop_oneof![Just(0_u64), 0..6_000_u64], row_numbers: bool,
            )| {
                let offset = if first_row == 0 { offset } else { 0 };
                let columns = few.then(|| vec![fixture::name("sted"), fixture::name("kode")]);
                let scan = Scan { columns, predicate, first_row, row_numbers, offset, limit, ..Scan::default() };
                let read = |stream: BoxStream<'static, Result<RecordBatch>>| stream.try_collect::<Vec<RecordBatch>>();
                let expected = block_on(async { read(one.scan(scan.clone()).await?).await }).unwrap();
                let found = block_on(async { read(parts.scan(scan.clone()).await?).await }).unwrap();
                let schema = match expected.first().or(found.first()) {
                    Some(batch) => batch.schema(),
                    None => return Ok(()),
                };
                prop_assert_eq!(concat_batches(&schema, &found).unwrap(), concat_batches(&schema, &expected).unwrap());
            });
        }
    }
}
