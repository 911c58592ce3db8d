//! What is published: versions, tables and the metadata graph.
//!
//! A storage (a directory or a bucket) is the whole state; everything else here is derived from it.

pub mod encode;
mod error;
pub mod graph;
mod index;
mod key;
mod snapshot;
mod store;
pub mod table;
pub mod version;
pub mod vocab;

pub use error::{Error, Result};
pub use index::{Hit, Search};
pub use key::{Key, RunId, Sha256};
pub use snapshot::{Catalog, Entry, Snapshot};
pub use store::{Created, Store};
