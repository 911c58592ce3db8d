//! The rows that entries of a changelog are about, looked up in the version's own table.

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, StringArray, new_null_array},
    compute,
    datatypes::{DataType, Field, Schema, SchemaRef},
    error::ArrowError,
    record_batch::RecordBatch,
};
use catalog::{
    table::{Cell, Comparison, KeyTexts, Predicate, Scalar, Scan, Table, hashes},
    version::ErasedKey,
};
use config::ColumnName;
use futures::TryStreamExt;

/// Values that are looked for one by one; of more only the range is.
const LISTED: usize = 32;

/// For each entry the row, if there is one.
#[derive(Debug)]
pub(super) struct Found {
    batches: Vec<RecordBatch>,
    /// Batch and row by entry.
    places: Vec<Option<(usize, usize)>>,
}

impl Found {
    /// Every entry is about the row in its own place.
    pub(super) fn same(batch: &RecordBatch) -> Self {
        Self { batches: vec![batch.clone()], places: (0..batch.num_rows()).map(|row| Some((0, row))).collect() }
    }

    /// Looks the rows of entries up by their key; those of removed rows are not looked for.
    pub(super) async fn look_up(table: &Table, entries: &RecordBatch, key: &[ColumnName]) -> catalog::Result<Self> {
        let wanted = wanted(entries, key)?;
        let mut found = Self { batches: Vec::new(), places: vec![None; entries.num_rows()] };
        if wanted.is_empty() {
            return Ok(found);
        }
        let predicate = predicate(table, entries, key);
        let mut batches = table.scan(Scan { predicate, ..Scan::default() }).await?;
        while let Some(batch) = batches.try_next().await? {
            found.take(&batch, &wanted, key)?;
        }
        Ok(found)
    }

    fn take(
        &mut self,
        batch: &RecordBatch,
        wanted: &HashMap<String, Vec<usize>>,
        key: &[ColumnName],
    ) -> catalog::Result<()> {
        let texts = KeyTexts::new(batch, key)?;
        let hits: Vec<Option<&Vec<usize>>> = (0..batch.num_rows()).map(|row| wanted.get(&texts.text(row))).collect();
        let mut kept = 0;
        for entries in hits.iter().flatten() {
            for entry in *entries {
                if let Some(place) = self.places.get_mut(*entry) {
                    *place = Some((self.batches.len(), kept));
                }
            }
            kept += 1;
        }
        if kept > 0 {
            let mask: BooleanArray = hits.iter().map(|hit| Some(hit.is_some())).collect();
            self.batches.push(compute::filter_record_batch(batch, &mask).map_err(|error| broken(&error))?);
        }
        Ok(())
    }

    /// Refuses entries of rows that came or changed and are not there: changelog and table disagree.
    pub(super) fn check(&self, entries: &RecordBatch) -> Result<(), String> {
        let ops = entries.column_by_name("_op").and_then(|ops| ops.as_string_opt::<i32>()).ok_or("no column _op")?;
        let lost = self.places.iter().enumerate().find(|(row, place)| place.is_none() && needs_row(ops, *row));
        lost.map_or(Ok(()), |_| Err("a changelog names a row that its version does not have".to_owned()))
    }

    /// Without the rows that are not as the entries say.
    pub(super) fn only_same(mut self, entries: &RecordBatch) -> catalog::Result<Self> {
        let told = entries.column_by_name("_row_sha256").and_then(|told| told.as_string_opt::<i32>());
        let hashes = self.hashes()?;
        for (row, (place, hash)) in self.places.iter_mut().zip(hashes).enumerate() {
            let told = told.filter(|told| told.is_valid(row)).map(|told| told.value(row));
            *place = place.filter(|_| hash.as_deref() == told);
        }
        Ok(self)
    }

    /// One column of the rows, in the order of the entries; nothing where there is no row or no such column.
    pub(super) fn column(&self, name: &str, kind: &DataType) -> Result<ArrayRef, ArrowError> {
        let nothing = new_null_array(kind, 1);
        let mut arrays = Vec::with_capacity(self.batches.len() + 1);
        for batch in &self.batches {
            arrays.push(match batch.column_by_name(name) {
                Some(array) => compute::cast(array, kind)?,
                None => new_null_array(kind, batch.num_rows()),
            });
        }
        let end = arrays.len();
        arrays.push(nothing);
        let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        let places: Vec<(usize, usize)> = self.places.iter().map(|place| place.unwrap_or((end, 0))).collect();
        compute::interleave(&arrays, &places)
    }

    /// The hash of each row, where there is one.
    pub(super) fn hashes(&self) -> catalog::Result<Vec<Option<String>>> {
        let all = self.batches.iter().map(hashes).collect::<catalog::Result<Vec<StringArray>>>()?;
        let hash = |place: &Option<(usize, usize)>| {
            let (batch, row) = (*place)?;
            Some(all.get(batch)?.value(row).to_owned())
        };
        Ok(self.places.iter().map(hash).collect())
    }
}

fn needs_row(ops: &StringArray, row: usize) -> bool {
    matches!(ops.value(row), "added" | "changed")
}

/// The rows of entries by the text of their key.
fn wanted(entries: &RecordBatch, key: &[ColumnName]) -> catalog::Result<HashMap<String, Vec<usize>>> {
    let texts = KeyTexts::new(entries, key)?;
    let ops = entries.column_by_name("_op").and_then(|ops| ops.as_string_opt::<i32>());
    let mut wanted: HashMap<String, Vec<usize>> = HashMap::new();
    for row in 0..entries.num_rows() {
        let text = texts.text(row);
        // A key that is itself personal is not told.
        if !text.is_empty() && ops.is_none_or(|ops| ops.value(row) != "removed") {
            wanted.entry(text).or_default().push(row);
        }
    }
    Ok(wanted)
}

/// A condition that all the rows fulfil; others may too.
fn predicate(table: &Table, entries: &RecordBatch, key: &[ColumnName]) -> Option<Predicate> {
    let schema = table.schema();
    let mut parts = Vec::new();
    for name in key {
        let (Some(array), Ok(field)) = (entries.column_by_name(name.as_str()), schema.field_with_name(name.as_str()))
        else {
            continue;
        };
        if array.data_type() != field.data_type() || array.null_count() > 0 {
            continue;
        }
        let scalars: Option<Vec<Scalar>> = catalog::table::Cells::new(array)
            .and_then(|cells| (0..array.len()).map(|row| cells.get(row).and_then(scalar)).collect());
        if let Some(scalars) = scalars {
            parts.push(narrow(name, array, scalars));
        }
    }
    let parts: Vec<Predicate> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then_some(Predicate::And(parts))
}

/// Texts are looked for as a set, which costs the same for many as for few; of many other values only the range is.
fn narrow(name: &ColumnName, array: &ArrayRef, mut scalars: Vec<Scalar>) -> Vec<Predicate> {
    scalars.dedup();
    if *array.data_type() == DataType::Utf8 || scalars.len() <= LISTED {
        return vec![Predicate::Column(name.clone(), Comparison::In(scalars))];
    }
    scalars.sort_by(order);
    let ends = scalars.first().cloned().zip(scalars.last().cloned());
    ends.map_or_else(Vec::new, |(least, most)| {
        let part = |comparison| Predicate::Column(name.clone(), comparison);
        vec![part(Comparison::Gte(least)), part(Comparison::Lte(most))]
    })
}

fn order(a: &Scalar, b: &Scalar) -> std::cmp::Ordering {
    use std::cmp::Ordering::Equal;
    match (a, b) {
        (Scalar::Integer(a), Scalar::Integer(b)) | (Scalar::Timestamp(a), Scalar::Timestamp(b)) => a.cmp(b),
        (Scalar::Date(a), Scalar::Date(b)) => a.cmp(b),
        (Scalar::Number(a), Scalar::Number(b)) => a.total_cmp(b),
        (Scalar::Boolean(a), Scalar::Boolean(b)) => a.cmp(b),
        // One column has one scale.
        (Scalar::Decimal(a, _), Scalar::Decimal(b, _)) => a.cmp(b),
        _ => Equal,
    }
}

fn scalar(cell: Cell<'_>) -> Option<Scalar> {
    Some(match cell {
        Cell::Text(text) => Scalar::Text(text.to_owned()),
        Cell::Integer(integer) => Scalar::Integer(integer),
        Cell::Number(number) => Scalar::Number(number),
        Cell::Decimal(unscaled, scale) => Scalar::Decimal(unscaled, scale),
        Cell::Boolean(truth) => Scalar::Boolean(truth),
        Cell::Date(days) => Scalar::Date(days),
        Cell::Timestamp(millis) => Scalar::Timestamp(millis),
        Cell::Geometry(..) => return None,
    })
}

/// Erased records as entries: key columns (nothing where the key itself is personal), `_op`, `_key_sha256`.
pub(super) fn erased(key: &[ColumnName], feed: &SchemaRef, erased: &[ErasedKey]) -> Result<RecordBatch, ArrowError> {
    let mut fields = Vec::with_capacity(key.len() + 2);
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(key.len() + 2);
    for name in key {
        let value = |record: &ErasedKey| match record {
            ErasedKey::Key(values) => values.get(name).cloned(),
            ErasedKey::KeySha256(_) => None,
        };
        let texts: ArrayRef = Arc::new(erased.iter().map(value).collect::<StringArray>());
        let field = feed.field_with_name(name.as_str())?;
        arrays.push(compute::cast(&texts, field.data_type())?);
        fields.push(Arc::new(field.clone()));
    }
    let hash = |record: &ErasedKey| match record {
        ErasedKey::Key(_) => None,
        ErasedKey::KeySha256(hash) => Some(hash.to_string()),
    };
    fields.push(Arc::new(Field::new("_op", DataType::Utf8, false)));
    arrays.push(Arc::new(StringArray::from(vec!["redacted"; erased.len()])));
    fields.push(Arc::new(Field::new("_key_sha256", DataType::Utf8, true)));
    arrays.push(Arc::new(erased.iter().map(hash).collect::<StringArray>()));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

fn broken(error: &ArrowError) -> catalog::Error {
    catalog::Error::Table { name: "rows".to_owned(), reason: error.to_string() }
}
