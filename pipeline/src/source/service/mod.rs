//! Services that answer map data page by page: read to the end, held against what they count, landed as one document.

mod arcgis;
mod asker;
mod atom;
mod features;
mod feed;
mod geonorge;
mod merged;
mod outline;
mod page;
#[cfg(test)]
mod tests;
mod wfs;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use catalog::{Sha256, crs::Crs, version::SourceCount};
use config::{GeometryCrs, Secret, ServiceSource};
use jiff::Timestamp;
use tempfile::TempPath;

use self::{asker::Asker, merged::Merged};
use super::{
    Fetched, Polite, Raw, Validators,
    change::compare,
    fault::{fault, transient},
    http::{HttpSource, location},
};
use crate::Result;

/// Largest page, in bytes; one page at a time is in memory.
const PAGE_BYTES: u64 = 128 << 20;
/// Redirects of one request.
const MAX_REDIRECTS: u8 = 5;

/// How a service is asked.
#[derive(Debug, Clone)]
pub(super) enum Protocol {
    /// OGC API Features (OGC 17-069r4, 18-058r1).
    OgcFeatures,
    /// A layer of an `ArcGIS` server.
    Arcgis,
    /// WFS 2.0.
    Wfs(wfs::Question),
}

pub(super) use self::{atom::Atom, geonorge::Geonorge, wfs::Question};

/// A collection or layer.
#[derive(Debug)]
pub struct Service {
    protocol: Protocol,
    spec: ServiceSource,
    http: HttpSource,
    /// Shown in provenance and messages.
    location: String,
}

/// What was read from the first page to the last.
struct Reading {
    landed: Landed,
    features: u64,
    /// What was asked for, as the name of the document.
    name: String,
    /// What the service counts; `None` where it does not say.
    counted: Option<u64>,
    /// Whether that is as many as came, but for what came and went meanwhile.
    agrees: bool,
}

/// What the pages became.
enum Landed {
    /// One document.
    One(Merged),
    /// Documents, each with a name of its own.
    Parts(Vec<Part>),
}

/// A document of several.
struct Part {
    name: String,
    temporary: TempPath,
    bytes: u64,
    sha256: Sha256,
}

impl Service {
    pub(super) fn new(
        protocol: Protocol,
        spec: ServiceSource,
        headers: &BTreeMap<String, Secret<String>>,
        polite: Arc<Polite>,
    ) -> Result<Self> {
        let mut headers = headers.clone();
        let accept = match &protocol {
            Protocol::OgcFeatures => "application/geo+json, application/json;q=0.9",
            Protocol::Arcgis => "application/json",
            Protocol::Wfs(_) => "*/*",
        };
        headers.entry("accept".to_owned()).or_insert_with(|| Secret::new(accept.to_owned()));
        let rules = config::HttpSource {
            url: spec.url.clone(),
            headers: BTreeMap::new(),
            allow_private_network: spec.allow_private_network,
            max_redirects: MAX_REDIRECTS,
            max_bytes: spec.max_bytes.min(PAGE_BYTES),
            timeout_seconds: spec.timeout_seconds,
            silence_seconds: spec.silence_seconds,
            attempts: spec.attempts,
        };
        let http = HttpSource::new(&rules, &headers, polite)?.saying(outline::refusal);
        Ok(Self { protocol, location: location(&spec.url), spec, http })
    }

    /// Reads all pages.
    pub(super) async fn fetch(&self, last: &[Validators], now: Timestamp) -> Result<Fetched> {
        let time = Duration::from_secs(self.spec.timeout_seconds.into());
        let reading = tokio::time::timeout(time, self.read(now, Instant::now() + time)).await.map_err(|_| {
            transient(&self.location, "source-timeout", format!("not read within {} seconds", time.as_secs()))
        })??;
        Ok(compare(self.raws(reading, now)?, last))
    }

    async fn read(&self, now: Timestamp, deadline: Instant) -> Result<Reading> {
        let mut asker = Asker::new(&self.http, &self.location, &self.spec, (now, deadline));
        match &self.protocol {
            Protocol::OgcFeatures => features::read(&self.spec, &mut asker).await,
            Protocol::Arcgis => arcgis::read(&self.spec, &mut asker).await,
            Protocol::Wfs(question) => wfs::read(question, &self.spec, &mut asker).await,
        }
    }

    fn raws(&self, reading: Reading, now: Timestamp) -> Result<Vec<Raw>> {
        let Reading { landed, features: ids, name, counted, agrees } = reading;
        if ids == 0 {
            return Err(fault(&self.location, "source-empty", "the service answers no features"));
        }
        let mut counts = vec![SourceCount { entity: name.clone(), ids, statistics: counted, agrees }];
        counts.retain(|_| counted.is_some());
        let parts = match landed {
            Landed::One(merged) => {
                let (temporary, bytes, sha256) = merged.finish()?;
                vec![(self.location.clone(), Part { name, temporary, bytes, sha256 })]
            }
            Landed::Parts(parts) => {
                let place = |part: &Part| format!("{}#{}", self.location, part.name);
                parts.into_iter().map(|part| (place(&part), part)).collect()
            }
        };
        let raw = |(location, part): (String, Part)| {
            let Part { name, temporary, bytes, sha256 } = part;
            // The counts are those of all parts together, so the first one has them.
            let counts = std::mem::take(&mut counts);
            let validators = Validators { location, sha256: Some(sha256), counts, ..Validators::default() };
            Raw { name, path: temporary.to_path_buf(), temporary, bytes, fetched: now, validators }
        };
        Ok(parts.into_iter().map(raw).collect())
    }
}

/// The system that is asked for; `None`: whatever the service answers in by itself.
fn asked_system(location: &str, crs: GeometryCrs) -> Result<Option<Crs>> {
    match crs {
        GeometryCrs::Source => Ok(None),
        GeometryCrs::Crs84 => Ok(Some(Crs::CRS84)),
        GeometryCrs::Epsg(code) => match Crs::from_epsg(code) {
            Some(crs) => Ok(Some(crs)),
            None => Err(fault(location, "source-service-crs", format!("EPSG:{code} is no system that is known"))),
        },
    }
}
