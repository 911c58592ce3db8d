//! What is published: versions, tables and the metadata graph.
//!
//! A storage (a directory or a bucket) is the whole state; everything else here is derived from it.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests start programs, wait and look at the clock"))]

mod changelog;
pub mod contract;
pub mod crs;
pub mod encode;
mod entry;
mod error;
pub mod graph;
pub mod history;
mod key;
mod number;
mod refresh;
mod rollback;
mod score;
mod search;
pub mod shacl;
mod snapshot;
mod standing;
mod store;
pub mod table;
#[cfg(test)]
mod testing;
pub mod tile;
pub mod validation;
pub mod version;
pub mod vocab;

pub use changelog::stage_changes;
pub use entry::Entry;
pub use error::{Error, MAKE_ROOM, Result, no_room};
pub use key::{Key, ObjectPath, RunId, Sha256};
pub use number::VersionNumber;
pub use rollback::{RolledBack, When, rollback};
pub use score::{EU_MOST, FDK_MOST, Gain, Score, score};
pub use search::{Counts, Facet, Filters, Found, Hit, Search};
pub use snapshot::{Catalog, Snapshot};
pub use standing::{Standing, Standings};
pub use store::{Created, Listed, Store, Stored};
