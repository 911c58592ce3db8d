//! Vocabularies: each writes one view of a dataset and its versions as triples. Pure, no input or output.

pub mod dcat_ap_no;
mod dqv;
pub(crate) mod fdk;
mod fdk_id;
mod prefix;
pub(crate) mod service;
mod terms;
mod triples;

/// What makes a dataset one of high value: Implementing Regulation (EU) 2023/138.
pub(crate) const HVD_LEGISLATION: &str = "http://data.europa.eu/eli/reg_impl/2023/138/oj";

pub use fdk_id::{fdk_id, fdk_page};
pub use prefix::PREFIXES;
pub(crate) use prefix::{compact, expand};
