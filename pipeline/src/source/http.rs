//! One address over HTTP or HTTPS: conditional, resumed, bounded, polite.

use std::{collections::BTreeMap, sync::Arc};

use config::Secret;
use jiff::Timestamp;

use super::{Fetched, Polite, Validators};
use crate::Result;

/// One address.
#[derive(Debug)]
pub struct HttpSource {}

impl HttpSource {
    pub(super) fn new(
        spec: &config::HttpSource,
        headers: &BTreeMap<String, Secret<String>>,
        polite: Arc<Polite>,
    ) -> Result<Self> {
        let _ = (spec, headers, polite);
        todo!()
    }

    pub(super) async fn fetch(&self, last: &[Validators], now: Timestamp) -> Result<Fetched> {
        let _ = (last, now);
        todo!()
    }
}
