//! What is kept in private of statistics that were published: the true numbers, and which rule hid which cell. Later
//! releases are held against it.

use catalog::{Key, Sha256, Store, version::Manifest};
use config::{DatasetId, FileFormat};
use serde::{Deserialize, Serialize};

use super::cube::{Cube, Dimension, Level, TooLarge};
use crate::{Error, Result};

/// What one release published and hid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    dimensions: Vec<Vec<LevelRecord>>,
    tables: Vec<Vec<usize>>,
    pub(super) numbers: Vec<NumberRecord>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct LevelRecord {
    name: String,
    codes: Vec<String>,
    of: Vec<usize>,
}

/// One number of every cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NumberRecord {
    /// The column that was summed; `None` for the count.
    pub(super) of: Option<String>,
    /// The base, where it was rounded.
    pub(super) base: Option<i64>,
    /// By inner cell: the true value, where it is not zero.
    values: Vec<(usize, i64)>,
    /// By published cell: the rule that hid it.
    pub(super) hidden: Vec<(usize, String)>,
}

impl NumberRecord {
    pub(super) fn new(
        of: Option<String>,
        base: Option<i64>,
        values: &[i128],
        hidden: Vec<(usize, String)>,
    ) -> Result<Self> {
        let values = values.iter().enumerate().filter(|(_, value)| **value != 0).map(|(at, value)| {
            let hint = "Sum a column with fewer decimals.";
            let reason = "a sum has more than 18 digits".to_owned();
            let value = i64::try_from(*value);
            value.map(|value| (at, value)).map_err(|_| Error::Statistics { code: "statistics-too-large", reason, hint })
        });
        Ok(Self { of, base, values: values.collect::<Result<_>>()?, hidden })
    }

    /// By inner cell: the true value.
    pub(super) fn values(&self, inner: usize) -> Vec<i128> {
        let mut values = vec![0; inner];
        for (at, value) in &self.values {
            values.get_mut(*at).into_iter().for_each(|place| *place = i128::from(*value));
        }
        values
    }
}

impl Record {
    pub(super) fn new(cube: &Cube, tables: Vec<Vec<usize>>, numbers: Vec<NumberRecord>) -> Self {
        let level =
            |level: &Level| LevelRecord { name: level.name.clone(), codes: level.codes.clone(), of: level.of.clone() };
        let dimensions = cube.dimensions.iter().map(|dimension| dimension.levels.iter().map(level).collect()).collect();
        Self { dimensions, tables, numbers }
    }

    /// The cells of the release.
    pub(super) fn cube(&self) -> std::result::Result<Cube, TooLarge> {
        let level =
            |level: &LevelRecord| Level { name: level.name.clone(), codes: level.codes.clone(), of: level.of.clone() };
        let dimension = |levels: &Vec<LevelRecord>| Dimension { levels: levels.iter().map(level).collect() };
        Cube::new(self.dimensions.iter().map(dimension).collect(), &self.tables)
    }

    /// The record as it is stored.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|error| Error::Internal(error.to_string()))
    }
}

/// The releases that a new one is held against.
#[derive(Debug, Clone, Default)]
pub(crate) struct Earlier {
    /// What is known of them.
    pub(crate) records: Vec<Record>,
    /// How many there are of which nothing is known: they were published before the dataset was declared as statistics, or
    /// their record was deleted.
    pub(crate) unknown: usize,
}

impl Earlier {
    /// Reads the records of some versions, each table once.
    pub(crate) async fn load<'a>(
        store: &Store,
        dataset: &DatasetId,
        versions: impl Iterator<Item = &'a Manifest>,
    ) -> Result<Self> {
        let mut earlier = Self::default();
        let mut tables: Vec<Sha256> = Vec::new();
        for table in versions.flat_map(Manifest::tables) {
            if !tables.contains(&table.sha256) {
                tables.push(table.sha256.clone());
            }
        }
        for table in tables {
            match store.get(&Key::Disclosure(dataset.clone(), table)).await {
                Ok(bytes) => match serde_json::from_slice(&bytes) {
                    Ok(record) => earlier.records.push(record),
                    Err(_) => earlier.unknown += 1,
                },
                Err(catalog::Error::Missing(_)) => earlier.unknown += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(earlier)
    }
}

/// Keeps the record of a table that is about to be published.
pub(crate) async fn keep(store: &Store, draft: &catalog::version::Draft, record: &Record) -> Result<()> {
    let tables = draft.files.iter().filter(|file| file.format == FileFormat::Parquet);
    for table in tables {
        let key = Key::Disclosure(draft.dataset.id.clone(), table.sha256.clone());
        store.create(&key, record.bytes()?.into()).await?;
    }
    Ok(())
}
