//! A look at a table that nobody has declared yet.

use std::path::Path;

use config::HttpSource;
use jiff::Timestamp;

use crate::{
    Error, Result,
    gate::masked_name,
    reader::{self, Input, Look},
    source::{self, Polite},
};

/// Looks at a file of separated text or a sheet of a workbook: how it is written, what its columns seem to hold, and
/// whether national identity numbers stand in them. Blocking, in bounded memory but for old workbooks.
///
/// # Errors
/// Those of reading; other formats are told by name.
pub fn look(name: &str, path: &Path, sheet: Option<&str>) -> Result<Look> {
    reader::look(Input { name, path, stopped: &|| false }, sheet, |text| masked_name(text).is_some())
}

/// Looks at what an address answers, which is kept no longer than that. `random` spreads attempts in time.
///
/// # Errors
/// Those of fetching and of [`look`].
pub async fn look_at(source: &HttpSource, sheet: Option<&str>, now: Timestamp, random: fn() -> f64) -> Result<Look> {
    let raw = source::fetch_once(source, Polite::new(random), now).await?;
    let sheet = sheet.map(str::to_owned);
    let looked = tokio::task::spawn_blocking(move || look(&raw.name, &raw.path, sheet.as_deref()));
    looked.await.map_err(|error| Error::Internal(error.to_string()))?
}
