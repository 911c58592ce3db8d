//! What should be published: declarations, profiles and settings. Knows no network and no clock.

mod column;
mod dataset;
mod format;
mod gate;
mod id;
mod profile;
mod publisher;
mod resolve;
mod schedule;
mod secret;
mod server;
mod source;
mod text;
mod vocabulary;

pub use column::{Column, ColumnType, OrderBy, PrivacyClass};
pub use dataset::{DatasetFile, FileFormat};
pub use format::{CsvFormat, ExcelFormat, Format, GeojsonFormat, JsonFormat, NdjsonFormat};
pub use gate::{DriftLimits, GateKind, Gates, PrivacyAction, PrivacyLimits, ShapeLimits, SizeLimits};
pub use id::{ColumnName, DatasetId, InvalidId, MunicipalityNumber, OrgNumber, ProfileId};
pub use profile::Profile;
pub use publisher::{CatalogTexts, Contact, Publisher};
pub use resolve::{Config, Dataset, StorageSpec};
pub use schedule::Schedule;
pub use secret::Secret;
pub use server::{InstanceFile, Pipeline, Server, SparqlLimits, Storage};
pub use source::{FileSource, HttpSource, Source};
pub use text::{Keywords, Language, Text};
pub use vocabulary::{Access, Frequency, Licence, Theme};
