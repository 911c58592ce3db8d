//! WFS 2.0 (OGC 09-025r2): counted first, read page by page, counted again.

use catalog::crs::Crs;
use config::{ServiceSource, WfsOutput, WfsSource};
use serde_json::Value;
use url::Url;

use super::{
    Landed, Part, Reading, asked_system,
    asker::Asker,
    merged::Merged,
    outline::{Outline, keep},
    page::Page,
};
use crate::{
    Result,
    source::fault::{fault, transient},
};

/// What a WFS is asked for.
#[derive(Debug, Clone)]
pub(in crate::source) struct Question {
    types: Vec<String>,
    output: WfsOutput,
    sort_by: Option<String>,
}

impl Question {
    pub(in crate::source) fn new(spec: &WfsSource) -> Self {
        Self { types: spec.types.clone(), output: spec.output, sort_by: spec.sort_by.clone() }
    }

    fn url(&self, spec: &ServiceSource, asked: Option<Crs>, more: &[(&str, &str)]) -> Url {
        let mut url = spec.url.clone();
        let mut query = url.query_pairs_mut();
        query.append_pair("service", "WFS").append_pair("version", "2.0.0").append_pair("request", "GetFeature");
        query.append_pair("typeNames", &self.types.join(","));
        if let Some(crs) = asked {
            query.append_pair("srsName", &urn(crs));
        }
        if let Some([west, south, east, north]) = spec.bbox {
            query.append_pair("bbox", &format!("{west},{south},{east},{north},{}", urn(Crs::CRS84)));
        }
        if let Some(filter) = &spec.filter {
            query.append_pair("filter", filter);
        }
        query.extend_pairs(more);
        drop(query);
        url
    }

    /// How many features there are; `None` where the server does not know.
    async fn count(&self, spec: &ServiceSource, asker: &mut Asker<'_>) -> Result<Option<u64>> {
        let url = self.url(spec, None, &[("resultType", "hits")]);
        let answer = asker.again(&url).await?;
        let outline = keep(answer.body, asker).await?.0;
        collection(&outline, asker)?;
        Ok(outline.matched)
    }
}

fn urn(crs: Crs) -> String {
    match crs.epsg() {
        Some(code) => format!("urn:ogc:def:crs:EPSG::{code}"),
        None => "urn:ogc:def:crs:OGC:1.3:CRS84".to_owned(),
    }
}

/// An outline that is a collection of features, not a report of what went wrong.
fn collection(outline: &Outline, asker: &Asker<'_>) -> Result<()> {
    if let Some(report) = &outline.exception {
        let reason = format!("answer {}: {report}", asker.number);
        return Err(fault(asker.location, "source-service-refused", reason));
    }
    if outline.root == "FeatureCollection" {
        return Ok(());
    }
    Err(asker
        .wrong(format!("this is '{}', not a feature collection", outline.root.chars().take(80).collect::<String>())))
}

/// Reads all features.
pub(super) async fn read(question: &Question, spec: &ServiceSource, asker: &mut Asker<'_>) -> Result<Reading> {
    let wanted = asked_system(asker.location, spec.crs)?;
    let before = question.count(spec, asker).await?;
    let mut pages = Pages { question, spec, asked: wanted, asker, counted: before, came: 0 };
    let landed = match question.output {
        WfsOutput::Gml => pages.gml().await?,
        WfsOutput::Json => pages.json().await?,
    };
    let Pages { asker, came, .. } = pages;
    let after = question.count(spec, asker).await?;
    if before != after {
        let told =
            |count: Option<u64>| count.map_or_else(|| "an unknown number of".to_owned(), |count| count.to_string());
        let reason = format!("there were {} features before and {} after reading", told(before), told(after));
        return Err(transient(asker.location, "source-service-changed", reason));
    }
    if after.is_some_and(|after| after != came) {
        let reason = format!("{came} features came, but the service counts {}", after.unwrap_or_default());
        return Err(fault(asker.location, "source-service-count", reason));
    }
    Ok(Reading { landed, features: came, name: question.types.join(","), counted: after, agrees: true })
}

/// The pages of one reading.
struct Pages<'a, 'b> {
    question: &'a Question,
    spec: &'a ServiceSource,
    asked: Option<Crs>,
    asker: &'a mut Asker<'b>,
    counted: Option<u64>,
    came: u64,
}

impl Pages<'_, '_> {
    /// The address of the page that begins after what came; all at once where the pages have no size.
    fn url(&self, format: &str) -> Url {
        let (start, count) = (self.came.to_string(), self.spec.page_size.to_string());
        let mut more = vec![("outputFormat", format)];
        if self.spec.page_size > 0 {
            more.extend([("startIndex", start.as_str()), ("count", count.as_str())]);
            more.extend(self.question.sort_by.as_deref().map(|order| ("sortBy", order)));
        }
        self.question.url(self.spec, self.asked, &more)
    }

    /// Whether a page of so many features was the last one. Servers may give fewer than they are asked for, so where
    /// nothing is counted only an empty page is the end.
    fn is_last(&self, came: u64) -> bool {
        let whole = self.counted.is_some_and(|counted| self.came >= counted);
        came == 0 || whole || self.spec.page_size == 0
    }

    async fn gml(&mut self) -> Result<Landed> {
        let mut parts = Vec::new();
        let mut bytes = 0;
        while self.counted != Some(0) {
            let answer = self.asker.page(&self.url("application/gml+xml; version=3.2")).await?;
            let (outline, part) = keep(answer.body, self.asker).await?;
            collection(&outline, self.asker)?;
            if outline.members > 0 {
                self.asker.refuse_repeated(outline.ids.as_ref())?;
                bytes += part.bytes;
                if bytes > self.spec.max_bytes {
                    let reason = format!("all pages together have more than {} bytes", self.spec.max_bytes);
                    return Err(fault(self.asker.location, "source-too-large", reason));
                }
                parts.push(Part { name: format!("page-{:04}.gml", parts.len() + 1), ..part });
            }
            self.came += outline.members;
            if self.is_last(outline.members) {
                break;
            }
        }
        Ok(Landed::Parts(parts))
    }

    async fn json(&mut self) -> Result<Landed> {
        let mut merged = None;
        while self.counted != Some(0) {
            let answer = self.asker.page(&self.url("application/json")).await?;
            let page = Page::parse(&answer.body).map_err(|reason| self.asker.wrong(reason))?;
            if page.value("type") != "FeatureCollection" {
                return Err(self.asker.wrong("this is no FeatureCollection"));
            }
            self.asker.refuse_repeats(&page)?;
            let system = self.system(&page)?;
            let (first, document) = match merged.take() {
                Some(before) => before,
                None => (
                    system.clone(),
                    super::features::begin(self.asker.location, system.as_deref(), self.spec.max_bytes)?,
                ),
            };
            if first != system && page.len() > 0 {
                let reason = format!("page {} is in another coordinate system than the first", self.asker.number);
                return Err(fault(self.asker.location, "source-service-crs", reason));
            }
            let (_, document): &mut (Option<String>, Merged) = merged.insert((first, document));
            document.add(&page)?;
            self.came += page.len();
            if self.is_last(page.len()) {
                break;
            }
        }
        let empty = || super::features::begin(self.asker.location, None, self.spec.max_bytes);
        let merged = merged.map_or_else(empty, |(_, document)| Ok(document))?;
        Ok(Landed::One(merged))
    }

    /// The `crs` member of a page, which must be what was asked for; where the page says nothing, what was asked for
    /// counts if it counts eastings first.
    fn system(&self, page: &Page<'_>) -> Result<Option<String>> {
        let wrong = |reason: String| {
            fault(self.asker.location, "source-service-crs", format!("page {}: {reason}", self.asker.number))
        };
        let own = page.value("crs");
        let Some(name) = own.pointer("/properties/name").and_then(Value::as_str) else {
            return match self.asked {
                None | Some(Crs::CRS84) => Ok(None),
                Some(asked) if !asked.is_north_first() => Ok(super::features::member(asked)),
                Some(asked) => Err(wrong(format!("{asked} was asked for, and the answer does not say in which order"))),
            };
        };
        let told = Crs::from_name(name).map(|named| named.crs);
        if self.asked.is_none_or(|asked| told == Some(asked)) {
            return Ok(page.raw("crs").map(|raw| raw.get().to_owned()));
        }
        let short: String = name.chars().take(80).collect();
        Err(wrong(format!("{} was asked for, but the answer is in '{short}'", self.asked.unwrap_or(Crs::CRS84))))
    }
}
