//! Vocabularies: each writes one view of a dataset and its versions as triples. Pure, no input or output.

pub mod dcat_ap_no;
mod dqv;
pub(crate) mod fdk;
mod prefix;
pub(crate) mod service;
mod terms;
mod triples;

pub use prefix::PREFIXES;
pub(crate) use prefix::{compact, expand};
