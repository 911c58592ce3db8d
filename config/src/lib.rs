//! What should be published: declarations, profiles and settings. Knows no network and no clock.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests start programs, wait and look at the clock"))]

mod archive;
mod broken;
mod builtin;
mod cell_range;
mod check;
mod checks;
mod class;
pub mod cli;
mod code_form;
mod column;
mod column_checks;
mod crs;
mod dataset;
mod defaults;
mod document;
mod einnsyn;
mod env;
mod epsg;
mod expression;
mod fetch_defaults;
mod files;
mod format;
mod format_checks;
mod gate;
mod geometry;
mod geonorge;
mod hash;
mod id;
mod instance;
mod join;
mod keep;
mod limits;
mod load;
mod mend;
mod municipality;
mod node;
mod notify;
mod overrides;
mod partition;
mod pattern;
mod place;
mod privacy;
mod privacy_checks;
mod problem;
mod profile;
mod profiles;
mod published;
mod publisher;
mod quality_checks;
mod resolve;
mod schedule;
pub mod schema;
mod secret;
mod secret_checks;
mod server;
mod service;
mod source;
mod statistics;
mod statistics_checks;
mod statistics_columns;
mod text;
mod tile_archive;
mod validate;
mod vocabulary;

pub use archive::Archive;
pub use builtin::PROFILES;
pub use cell_range::CellRange;
pub use check::{Bound, Check, CheckSeverity, Reference};
pub use class::{NameRule, PrivacyClass};
pub use code_form::{CodeForm, CodeReader};
pub use column::{Column, ColumnType, OrderBy};
pub use crs::{GeometryCrs, is_known_epsg};
pub use dataset::{DatasetFile, FileFormat};
pub use defaults::GateDefaults;
pub use einnsyn::{EinnsynObject, EinnsynSource, Weekday};
pub use env::Env;
pub use epsg::Epsg;
pub use expression::{Expression, Fault, Kind, Node, Operator, Order, UNIT};
pub use format::{
    ArrowFormat, CsvFormat, EinnsynEntity, EinnsynFormat, EsriJsonFormat, ExcelFormat, FixedField, FixedWidthFormat,
    FlatgeobufFormat, Format, GeojsonFormat, GeopackageFormat, GmlFormat, JournalFormat, JsonFormat, JsonStatFormat,
    NdjsonFormat, ParquetFormat, Ragged, ShapefileFormat, SkipRows, SosiFormat,
};
pub use gate::{DriftLimits, GateKind, Gates, Sequence, ShapeLimits, SizeLimits};
pub use geometry::{FlawAction, FlawSeverity, GeometryFlaw, GeometryLimits};
pub use geonorge::{GeonorgeRecord, GeonorgeSource, MetadataHome};
pub use id::{ColumnName, DatasetId, InvalidId, MunicipalityNumber, OrgNumber, ProfileId, RecordId};
pub use keep::Keep;
pub use load::{check, load};
pub use municipality::{EDITIONS, Recode, Recoding, Unfit};
pub use notify::{Encryption, Mail, NoticeKind, Notices, Notify, Webhook};
pub use overrides::Overrides;
pub use partition::{Partition, PartitionBy};
pub use pattern::{reads_day, reads_instant};
pub use place::{Point, WellKnownText};
pub use privacy::{NamesPolicy, PrivacyAction, PrivacyLimits, PrivacyRule, RuleAction, WithholdLimits};
pub use problem::{CODES, Problem, Problems, Severity};
pub use profile::Profile;
pub use published::is_published;
pub use publisher::{CatalogTexts, Contact, Publisher};
pub use quality_checks::{bounded, whole_pattern};
pub use resolve::{Broken, Config, Dataset, StorageSpec};
pub use schedule::{CompiledSchedule, Schedule, ScheduleError};
pub use secret::Secret;
pub use server::{InstanceFile, Pipeline, Server, SparqlLimits, Storage};
pub use service::{AtomSource, ServiceSource, WfsOutput, WfsSource};
pub use source::{CommandSource, Compare, FileSource, HttpSource, Source};
pub use statistics::{
    Dominance, SecondaryRule, Statistics, StatisticsDimension, StatisticsSum, ZeroRule, status_column,
};
pub use text::{Keywords, Language, Text};
pub use tile_archive::TileArchive;
pub use vocabulary::{Access, Frequency, Licence, Theme};
