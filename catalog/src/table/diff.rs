//! The row changelog: which keys were added, changed or removed between two tables.

use std::{collections::HashMap, fs::File, path::Path, sync::Arc};

use arrow::{
    array::{ArrayRef, StringArray, UInt64Array, new_null_array},
    compute,
    datatypes::{DataType, Field, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use config::ColumnName;
use futures::TryStreamExt;
use parquet::arrow::ArrowWriter;

use super::{
    Cell, Cells, Scan, broken,
    schema::{arrow_schema, field},
    unwritten,
    write::{close, properties, writer},
};
use crate::{
    Result, Sha256,
    table::TableFile,
    version::{ChangeSummary, ColumnInfo},
};

/// The column that says what happened.
pub(super) const OP_COLUMN: &str = "_op";
/// The column with the hash of the row.
pub(super) const HASH_COLUMN: &str = "_row_sha256";
/// Field ids of the two columns that no table has.
const OP_ID: i32 = 1_000_001;
const HASH_ID: i32 = 1_000_002;

/// Writes the changelog from `old` to `new` as Parquet: the key columns, `_op` (added, changed, removed) and
/// `_row_sha256` (hash of the new row's published values, see [`row_text`]; null for removed rows). First the rows of
/// `new` in their order, then what was removed in the order of `old`. Keys are unique in each table.
///
/// Several files of one side are one table. `columns` are those of `new`.
///
/// Memory: about 50 bytes for each row of `old`.
pub async fn diff(
    old: &[TableFile],
    new: &[TableFile],
    columns: &[ColumnInfo],
    key: &[ColumnName],
    to: &Path,
) -> Result<ChangeSummary> {
    if key.is_empty() {
        return Err(broken(to.display(), "a changelog needs a key"));
    }
    let mut before = HashMap::new();
    for table in old {
        hashes(table, key, &mut before).await?;
    }
    let mut log = Log::create(&arrow_schema(columns), key, to)?;
    for table in new {
        log.come(table, &mut before).await?;
    }
    for table in old {
        log.gone(table, &mut before).await?;
    }
    log.finish()
}

/// How many rows came and went, where no key tells which row became which: rows are compared as wholes, so that a
/// changed one is one that went and one that came.
///
/// Memory: about 40 bytes for each different row of `old`.
pub async fn count_changes(old: &[TableFile], new: &[TableFile]) -> Result<ChangeSummary> {
    let mut before: HashMap<Short, u64> = HashMap::new();
    for table in old {
        each_row(table, |hash| *before.entry(hash).or_default() += 1).await?;
    }
    let mut added = 0;
    for table in new {
        each_row(table, |hash| match before.get_mut(&hash) {
            Some(left) if *left > 0 => *left -= 1,
            _ => added += 1,
        })
        .await?;
    }
    Ok(ChangeSummary { added, changed: 0, removed: before.values().sum() })
}

async fn each_row(table: &TableFile, mut visit: impl FnMut(Short)) -> Result<()> {
    let mut batches = table.scan(Scan::default()).await?;
    while let Some(batch) = batches.try_next().await? {
        let rows = Rows::of(&batch, &[]).map_err(|reason| broken(table.name(), reason))?;
        (0..batch.num_rows()).for_each(|row| visit(short(&rows.digest(row))));
    }
    Ok(())
}

/// The text of which `_row_sha256` is the SHA-256: for every published column with a value, in the byte order of the
/// names, a line `name:length:value`, ended by a line feed. `length` is the value's bytes, the value its text as in CSV
/// (not quoted). `None` if the batch has columns of unknown types.
pub fn row_text(batch: &RecordBatch, row: usize) -> Option<String> {
    let rows = Rows::of(batch, &[]).ok()?;
    let mut text = String::new();
    for (name, cells) in &rows.all {
        line(name, cells, row, &mut text);
    }
    Some(text)
}

/// 128 bits of a digest: no two rows of any real table share them.
type Short = u128;

fn short(digest: &[u8; 32]) -> Short {
    digest.first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes))
}

async fn hashes(table: &TableFile, key: &[ColumnName], hashes: &mut HashMap<Short, Short>) -> Result<()> {
    hashes.reserve(usize::try_from(table.rows()).unwrap_or_default().min(1 << 24));
    let mut batches = table.scan(Scan::default()).await?;
    while let Some(batch) = batches.try_next().await? {
        let rows = Rows::of(&batch, key).map_err(|reason| broken(table.name(), reason))?;
        hashes.extend((0..batch.num_rows()).map(|row| (rows.key(row), short(&rows.digest(row)))));
    }
    Ok(())
}

/// The key columns that a table has.
fn present(table: &TableFile, key: &[ColumnName]) -> Vec<ColumnName> {
    let schema = table.schema();
    key.iter().filter(|name| schema.index_of(name.as_str()).is_ok()).cloned().collect()
}

/// The values of a batch: all columns by name, and those of the key in its order.
#[derive(Debug)]
pub(super) struct Rows {
    all: Vec<(String, Cells)>,
    key: Vec<(String, Cells)>,
}

impl Rows {
    pub(super) fn of(batch: &RecordBatch, key: &[ColumnName]) -> std::result::Result<Self, String> {
        let mut all = Vec::with_capacity(batch.num_columns());
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            let cells = Cells::new(array).ok_or_else(|| format!("column '{}' has an unknown type", field.name()))?;
            all.push((field.name().clone(), cells));
        }
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        let in_key = |name: &ColumnName| all.iter().find(|(column, _)| column == name.as_str()).cloned();
        Ok(Self { key: key.iter().filter_map(in_key).collect(), all })
    }

    /// The key alone; a column that the batch does not have is left out.
    pub(super) fn of_key(batch: &RecordBatch, key: &[ColumnName]) -> std::result::Result<Self, String> {
        let there: Vec<usize> = key.iter().filter_map(|name| batch.schema().index_of(name.as_str()).ok()).collect();
        let batch = batch.project(&there).map_err(|error| error.to_string())?;
        Self::of(&batch, key)
    }

    fn key(&self, row: usize) -> Short {
        short(&digest(&self.key, row))
    }

    /// The key as text, a line for each value.
    pub(super) fn key_text(&self, row: usize) -> String {
        let mut text = String::new();
        self.key.iter().for_each(|(name, cells)| line(name, cells, row, &mut text));
        text
    }

    /// The values of the key that are there.
    pub(super) fn key_cells(&self, row: usize) -> impl Iterator<Item = (&str, Cell<'_>)> {
        self.key.iter().filter_map(move |(name, cells)| Some((name.as_str(), cells.get(row)?)))
    }

    pub(super) fn digest(&self, row: usize) -> [u8; 32] {
        digest(&self.all, row)
    }
}

fn digest(columns: &[(String, Cells)], row: usize) -> [u8; 32] {
    use sha2::Digest;
    let mut text = String::with_capacity(256);
    for (name, cells) in columns {
        line(name, cells, row, &mut text);
    }
    sha2::Sha256::digest(text.as_bytes()).into()
}

fn line(name: &str, cells: &Cells, row: usize, out: &mut String) {
    let Some(cell) = cells.get(row) else { return };
    let mut value = String::new();
    cell.write_text(&mut value);
    // Writing to a String cannot fail.
    let _ = std::fmt::Write::write_fmt(out, format_args!("{name}:{}:{value}\n", value.len()));
}

/// The changed rows of one batch.
#[derive(Default)]
struct Changes {
    rows: Vec<u64>,
    ops: Vec<&'static str>,
    hashes: Vec<Option<String>>,
}

impl Changes {
    fn push(&mut self, row: usize, op: &'static str, hash: Option<&[u8; 32]>) {
        self.rows.push(row as u64);
        self.ops.push(op);
        self.hashes.push(hash.map(|hash| Sha256::from_digest(hash).to_string()));
    }
}

/// The changelog file.
struct Log {
    name: String,
    schema: SchemaRef,
    key: Vec<ColumnName>,
    writer: ArrowWriter<File>,
    summary: ChangeSummary,
}

impl Log {
    fn create(table: &SchemaRef, key: &[ColumnName], to: &Path) -> Result<Self> {
        let mut fields = Vec::with_capacity(key.len() + 2);
        for name in key {
            let column = table.field_with_name(name.as_str()).map_err(|error| broken(to.display(), error))?;
            fields.push(Field::clone(column).with_nullable(true));
        }
        fields.push(field(OP_COLUMN, DataType::Utf8, false, OP_ID));
        fields.push(field(HASH_COLUMN, DataType::Utf8, true, HASH_ID));
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let keys: Vec<&str> = key.iter().map(ColumnName::as_str).collect();
        let properties = properties(&schema, &keys, std::iter::empty()).map_err(|error| broken(to.display(), error))?;
        let writer = writer(to, &schema, properties)?;
        let name = to.display().to_string();
        Ok(Self { name, writer, schema, key: key.to_vec(), summary: ChangeSummary::default() })
    }

    /// Notes the rows of a new table that are not as they were, and takes those that were there out of `before`.
    async fn come(&mut self, table: &TableFile, before: &mut HashMap<Short, Short>) -> Result<()> {
        let mut batches = table.scan(Scan::default()).await?;
        while let Some(batch) = batches.try_next().await? {
            let rows = Rows::of(&batch, &self.key).map_err(|reason| broken(table.name(), reason))?;
            let mut changes = Changes::default();
            for row in 0..batch.num_rows() {
                let hash = rows.digest(row);
                match before.remove(&rows.key(row)) {
                    Some(known) if known == short(&hash) => {}
                    Some(_) => changes.push(row, "changed", Some(&hash)),
                    None => changes.push(row, "added", Some(&hash)),
                }
            }
            self.write(&batch, &changes)?;
        }
        Ok(())
    }

    /// Notes the rows of an old table that are left in `before`.
    async fn gone(&mut self, table: &TableFile, before: &mut HashMap<Short, Short>) -> Result<()> {
        let columns = Some(present(table, &self.key));
        let mut batches = table.scan(Scan { columns, ..Scan::default() }).await?;
        while let Some(batch) = batches.try_next().await? {
            let rows = Rows::of(&batch, &self.key).map_err(|reason| broken(table.name(), reason))?;
            let mut changes = Changes::default();
            for row in 0..batch.num_rows() {
                if before.remove(&rows.key(row)).is_some() {
                    changes.push(row, "removed", None);
                }
            }
            self.write(&batch, &changes)?;
        }
        Ok(())
    }

    fn write(&mut self, batch: &RecordBatch, changes: &Changes) -> Result<()> {
        for op in &changes.ops {
            match *op {
                "added" => self.summary.added += 1,
                "changed" => self.summary.changed += 1,
                _ => self.summary.removed += 1,
            }
        }
        let rows = UInt64Array::from(changes.rows.clone());
        let keys = self.schema.fields().len().saturating_sub(2);
        let mut arrays = Vec::with_capacity(keys + 2);
        for field in self.schema.fields().iter().take(keys) {
            arrays.push(self.keys(batch, field, &rows)?);
        }
        arrays.push(Arc::new(StringArray::from(changes.ops.clone())));
        arrays.push(Arc::new(StringArray::from(changes.hashes.clone())));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(|e| broken(&self.name, e))?;
        self.writer.write(&batch).map_err(|error| unwritten(&self.name, error))
    }

    /// The rows' values of one key column; nothing where an old table has no such column or other types of values.
    fn keys(&self, batch: &RecordBatch, field: &Field, rows: &UInt64Array) -> Result<ArrayRef> {
        let Some(column) = batch.column_by_name(field.name()) else {
            return Ok(new_null_array(field.data_type(), rows.len()));
        };
        let taken = compute::take(column, rows, None).map_err(|error| broken(&self.name, error))?;
        compute::cast(&taken, field.data_type()).map_err(|error| broken(&self.name, error))
    }

    fn finish(self) -> Result<ChangeSummary> {
        close(self.writer, &self.name)?;
        Ok(self.summary)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use config::{ColumnType, OrderBy};
    use proptest::prelude::*;

    use super::{
        super::{TableWriter, arrow_schema, fixture},
        *,
    };

    type Table = BTreeMap<i64, Option<String>>;

    fn columns() -> Vec<ColumnInfo> {
        let mut columns =
            vec![fixture::column("nr", 1, ColumnType::Integer {}), fixture::column("navn", 2, ColumnType::Text {})];
        columns[0].required = true;
        columns
    }

    fn write(path: &Path, table: &Table) -> TableFile {
        let columns = columns();
        let order = [OrderBy { column: fixture::name("nr"), descending: false }];
        let mut writer = TableWriter::create(path, &columns, &[fixture::name("nr")], &order).unwrap();
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(table.keys().copied().collect::<arrow::array::Int64Array>()),
            Arc::new(table.values().cloned().collect::<StringArray>()),
        ];
        writer.write(&RecordBatch::try_new(arrow_schema(&columns), arrays).unwrap()).unwrap();
        writer.finish().unwrap();
        TableFile::open_local(path).unwrap()
    }

    type Entry = (i64, String, Option<String>);

    async fn changes(old: &Table, new: &Table) -> (ChangeSummary, Vec<Entry>, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (write(&folder.path().join("a"), old), write(&folder.path().join("b"), new));
        let to = folder.path().join("changes");
        let summary = diff(&[a], &[b], &columns(), &[fixture::name("nr")], &to).await.unwrap();
        let log = TableFile::open_local(&to).unwrap();
        let batches: Vec<RecordBatch> = log.scan(Scan::default()).await.unwrap().try_collect().await.unwrap();
        let text = |cells: &Cells, row| {
            cells.get(row).map(|cell| {
                let mut out = String::new();
                cell.write_text(&mut out);
                out
            })
        };
        let mut entries = Vec::new();
        for batch in batches {
            let cells: Vec<Cells> = batch.columns().iter().map(|array| Cells::new(array).unwrap()).collect();
            for row in 0..batch.num_rows() {
                let nr = text(&cells[0], row).unwrap().parse().unwrap();
                entries.push((nr, text(&cells[1], row).unwrap(), text(&cells[2], row)));
            }
        }
        (summary, entries, std::fs::read(to).unwrap())
    }

    fn table(rows: &[(i64, Option<&str>)]) -> Table {
        rows.iter().map(|(nr, navn)| (*nr, navn.map(str::to_owned))).collect()
    }

    #[tokio::test]
    async fn a_changelog_names_what_happened() {
        let old = table(&[(1, Some("a")), (2, Some("b")), (3, None)]);
        let new = table(&[(2, Some("B")), (3, None), (4, Some(""))]);
        let (summary, entries, _) = changes(&old, &new).await;
        assert_eq!(summary, ChangeSummary { added: 1, changed: 1, removed: 1 });
        let hash = |text: &str| Some(Sha256::of(text.as_bytes()).to_string());
        let expected = [
            (2, "changed".to_owned(), hash("navn:1:B\nnr:1:2\n")),
            (4, "added".to_owned(), hash("navn:0:\nnr:1:4\n")),
            (1, "removed".to_owned(), None),
        ];
        assert_eq!(entries, expected);
    }

    #[tokio::test]
    async fn a_new_key_column_replaces_every_row() {
        let folder = tempfile::tempdir().unwrap();
        let old = write(&folder.path().join("a"), &table(&[(1, Some("a"))]));
        let new = fixture::table(&folder.path().join("b"), 3);
        let (old, new, columns) = ([old], [new], fixture::columns());
        let to = folder.path().join("c");
        let summary = diff(&old, &new, &columns, &[fixture::name("kode")], &to).await.unwrap();
        assert_eq!(summary, ChangeSummary { added: 3, changed: 0, removed: 1 });
        assert!(diff(&old, &new, &columns, &[], &to).await.is_err());
    }

    #[tokio::test]
    async fn a_row_may_move_from_file_to_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, rows: &[(i64, Option<&str>)]| write(&folder.path().join(name), &table(rows));
        let old = [file("a", &[(1, Some("a")), (2, Some("b"))]), file("b", &[(3, None)])];
        let new = [file("c", &[(1, Some("a"))]), file("d", &[(2, Some("B")), (3, None)])];
        let to = folder.path().join("to");
        let summary = diff(&old, &new, &columns(), &[fixture::name("nr")], &to).await.unwrap();
        assert_eq!(summary, ChangeSummary { added: 0, changed: 1, removed: 0 });
        let summary = diff(&old, &[], &columns(), &[fixture::name("nr")], &to).await.unwrap();
        assert_eq!(summary, ChangeSummary { added: 0, changed: 0, removed: 3 });
    }

    #[tokio::test]
    async fn without_a_key_whole_rows_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut writer = TableWriter::create(&path, &fixture::columns(), &[], &[]).unwrap();
        for _ in 0..3 {
            writer.write(&fixture::batch(1..2)).unwrap();
        }
        writer.finish().unwrap();
        let thrice = [TableFile::open_local(&path).unwrap()];
        let table = [fixture::table(&folder.path().join("b"), 5)];
        let counted = count_changes(&thrice, &table).await.unwrap();
        assert_eq!(counted, ChangeSummary { added: 4, changed: 0, removed: 2 });
        assert_eq!(count_changes(&thrice, &thrice).await.unwrap(), ChangeSummary::default());
    }

    #[test]
    fn the_hashed_text_leaves_out_missing_values() {
        assert_eq!(row_text(&fixture::batch(0..7), 6).unwrap(), "kode:6:000006\n");
        let text = row_text(&fixture::batch(1..2), 0).unwrap();
        assert!(text.starts_with("aktiv:5:false\nandel:4:0.25\nantall:1:1\ndato:10:2022-01-09\n"), "{text}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_changelog_leads_from_old_to_new(
            old in proptest::collection::btree_map(0i64..40, proptest::option::of("[ab]{0,2}"), 0..30),
            new in proptest::collection::btree_map(0i64..40, proptest::option::of("[ab]{0,2}"), 0..30),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (summary, entries, bytes) = runtime.block_on(changes(&old, &new));
            let mut keys: BTreeSet<i64> = old.keys().copied().collect();
            let mut changed = BTreeSet::new();
            for (nr, op, hash) in &entries {
                prop_assert_eq!(hash.is_none(), op == "removed");
                match op.as_str() {
                    "added" => prop_assert!(keys.insert(*nr)),
                    "removed" => prop_assert!(keys.remove(nr)),
                    _ => prop_assert!(changed.insert(*nr)),
                }
            }
            prop_assert_eq!(keys, new.keys().copied().collect::<BTreeSet<_>>());
            let expected: BTreeSet<i64> =
                new.iter().filter(|(nr, navn)| old.get(nr).is_some_and(|was| was != *navn)).map(|(nr, _)| *nr).collect();
            prop_assert_eq!(changed, expected);
            prop_assert_eq!(summary.added + summary.changed + summary.removed, entries.len() as u64);
            prop_assert_eq!(runtime.block_on(changes(&old, &new)).2, bytes);
        }
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn a_full_disk_is_told_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let old = write(&folder.path().join("a"), &table(&[(1, Some("a"))]));
        let new = write(&folder.path().join("b"), &table(&[(1, Some("b"))]));
        let full = Path::new("/dev/full");
        let error = diff(&[old], &[new], &columns(), &[fixture::name("nr")], full).await.unwrap_err();
        assert_eq!(error.code(), "disk-full", "{error}");
    }
}
