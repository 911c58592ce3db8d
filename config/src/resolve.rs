//! From the files as written to the configuration as used: defaults filled in, profile and dataset joined.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc};

use crate::{
    CatalogTexts, Column, ColumnName, ColumnType, Contact, DatasetFile, DatasetId, FileFormat, Keep, Notices, OrderBy,
    Partition, Pipeline, Problem, Problems, Profile, ProfileId, Publisher, Secret, Server, is_published,
};

/// Everything that is declared, resolved and checked. One broken dataset file leaves the other datasets as they are.
#[derive(Debug, Clone)]
pub struct Config {
    /// The configuration folder, the root of relative paths.
    pub folder: PathBuf,
    /// Who publishes.
    pub publisher: Publisher,
    /// What the catalogue is called.
    pub catalog: CatalogTexts,
    /// The HTTP server.
    pub server: Server,
    /// The root of every public IRI, with a slash at the end.
    pub base_url: url::Url,
    /// The storage, ready to be opened.
    pub storage: StorageSpec,
    /// Runs.
    pub pipeline: Pipeline,
    /// Whom to tell when a dataset needs somebody.
    pub notices: Notices,
    /// The datasets, by id.
    pub datasets: BTreeMap<DatasetId, Dataset>,
    /// The datasets whose declarations have errors, by the stem of their file; they are not run.
    pub broken: BTreeMap<String, Broken>,
    /// The profiles, built-in ones and the publisher's own.
    pub profiles: BTreeMap<ProfileId, Profile>,
    /// What may surprise, though the configuration can be used.
    pub warnings: Problems,
}

impl Config {
    /// The dataset's errors, if its declaration has some.
    pub fn broken(&self, id: &DatasetId) -> Option<&Broken> {
        self.broken.get(id.as_str())
    }

    /// The file that declares a dataset.
    pub fn file_of(&self, id: &DatasetId) -> PathBuf {
        self.folder.join("datasets").join(format!("{id}.toml"))
    }

    /// The addresses to listen on.
    pub fn listen(&self) -> &[SocketAddr] {
        &self.server.listen
    }

    /// How long versions of a dataset are kept.
    pub fn keep(&self, dataset: &Dataset) -> Keep {
        dataset.file.keep.unwrap_or(self.pipeline.keep)
    }
}

/// A dataset whose declaration has errors.
#[derive(Debug, Clone)]
pub struct Broken {
    /// The error that most likely causes the others, else the first one.
    pub cause: Problem,
    /// All errors, those of its profile included.
    pub problems: Problems,
    /// The dataset as far as it is declared, so that what was published before is still shown. Never run. `None` where
    /// title, description, licence or access cannot be told for certain.
    pub declared: Option<Dataset>,
}

/// The storage, ready to be opened.
#[derive(Debug, Clone)]
pub struct StorageSpec {
    /// `file:///absolute/path/` or `s3://bucket/prefix`.
    pub url: url::Url,
    /// Options of the client, secrets filled in.
    pub options: BTreeMap<String, Secret<String>>,
}

/// One dataset with its profile joined in.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Its name in addresses and storage keys.
    pub id: DatasetId,
    /// What its TOML file says.
    pub file: DatasetFile,
    /// The source's address with secrets filled in (HTTP sources only).
    pub address: Option<Secret<url::Url>>,
    /// Source headers with secrets filled in (HTTP sources only).
    pub headers: BTreeMap<String, Secret<String>>,
    /// Whom to ask.
    pub contact: Contact,
    /// Title and gates of the profile.
    pub profile: Profile,
    /// All columns that are read, in published order, those that are not published included; of statistics those that
    /// are published.
    pub columns: Vec<Column>,
    /// The rows that statistics are made of, as they are read. `None` where the rows themselves are published.
    pub rows: Option<Arc<Dataset>>,
    /// Key columns; empty where rows have no key.
    pub key: Vec<ColumnName>,
    /// Published sort order; begins with the column of the partition. Empty where places decide.
    pub order: Vec<OrderBy>,
    /// The geometry whose places decide the order, then the key: where there is a geometry, and neither an order nor a
    /// partition.
    pub along: Option<ColumnName>,
    /// How it is divided into parts.
    pub partition: Option<Partition>,
    /// File formats published, Parquet first.
    pub distributions: Vec<FileFormat>,
    /// SHA-256 of the dataset's file and of its profile, in lower-case hexadecimal: provenance of a version.
    pub config_sha256: String,
    /// SHA-256 of what the public sees of the declaration (texts, terms, published columns) as canonical JSON, in
    /// lower-case hexadecimal: a change of it alone publishes a version that shares all files.
    pub metadata_sha256: String,
}

impl Dataset {
    /// The columns that are published: open ones, names, and free text where the dataset says so.
    pub fn published_columns(&self) -> impl Iterator<Item = &Column> {
        let limits = &self.file.gates.privacy;
        self.columns.iter().filter(|column| is_published(column, &self.columns, limits))
    }

    /// The dataset as its rows are read: itself, unless statistics are made of them.
    pub fn read(&self) -> &Self {
        self.rows.as_deref().unwrap_or(self)
    }

    /// The geometry column, if the dataset has one.
    pub fn geometry(&self) -> Option<&Column> {
        self.published_columns().find(|column| matches!(column.kind, ColumnType::Geometry { .. }))
    }
}
