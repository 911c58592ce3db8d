//! A layer of an `ArcGIS` server: by offsets where it pages, else by ranges of object ids.

use catalog::crs::Crs;
use config::ServiceSource;
use serde_json::Value;
use url::Url;

use super::{
    Landed, Reading, asked_system,
    asker::{Answer, Asker},
    merged::Merged,
    page::Page,
};
use crate::{
    Error, Result,
    source::fault::{fault, transient},
};

/// Members of a page that describe its features.
const HEAD: [&str; 7] =
    ["objectIdFieldName", "globalIdFieldName", "geometryType", "spatialReference", "hasZ", "hasM", "fields"];

/// What a layer says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layer {
    /// The field with the object ids.
    pub(super) object_id: String,
    /// Features that it answers at once.
    pub(super) at_once: u64,
    /// Whether it can be asked to begin at a number.
    pub(super) pages: bool,
}

impl Layer {
    /// Reads the description of a layer; the reason where it is none.
    pub(super) fn parse(page: &Page<'_>) -> std::result::Result<Self, String> {
        let fields = page.value("fields");
        let typed = fields.as_array().into_iter().flatten().find(|field| field["type"] == "esriFieldTypeOID");
        let named = page.value("objectIdField");
        let name = named.as_str().or_else(|| typed?.get("name")?.as_str());
        let object_id = name.filter(|name| is_name(name)).ok_or("the layer has no usable field of object ids")?;
        let at_once = page.number("maxRecordCount").filter(|count| *count > 0);
        let at_once = at_once.ok_or("the layer does not say how many features it answers at once")?;
        let abilities = page.value("advancedQueryCapabilities");
        let pages = abilities.get("supportsPagination").and_then(Value::as_bool).unwrap_or_default();
        Ok(Self { object_id: object_id.to_owned(), at_once, pages })
    }
}

/// Names go into conditions, so they are plain.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '#' | '@');
    !name.is_empty() && name.len() <= 128 && name.chars().all(plain)
}

/// Reads all features.
pub(super) async fn read(spec: &ServiceSource, asker: &mut Asker<'_>) -> Result<Reading> {
    let wanted = asked_system(asker.location, spec.crs)?;
    let mut url = spec.url.clone();
    url.query_pairs_mut().append_pair("f", "json");
    let answer = asker.page(&url).await?;
    let layer = Layer::parse(&page(&answer, asker)?).map_err(|reason| asker.wrong(reason))?;
    let before = count(spec, asker).await?;
    let size = u64::from(spec.page_size).min(layer.at_once);
    let mut sheaf = Sheaf { spec, asked: wanted, asker, layer, size, merged: None, head: None };
    if before > 0 {
        if sheaf.layer.pages { sheaf.by_offset(before).await? } else { sheaf.by_ids().await? }
    }
    let Sheaf { asker, merged, .. } = sheaf;
    let after = count(spec, asker).await?;
    let merged = merged.map_or_else(|| Merged::begin(asker.location, [], spec.max_bytes), Ok)?;
    if before != after {
        let reason = format!("there were {before} features before and {after} after reading");
        return Err(transient(asker.location, "source-service-changed", reason));
    }
    if merged.features() != after {
        let reason = format!("{} features came, but the layer counts {after}", merged.features());
        return Err(fault(asker.location, "source-service-count", reason));
    }
    let name = "layer.json".to_owned();
    Ok(Reading { landed: Landed::One(merged), features: after, name, counted: Some(after), agrees: true })
}

async fn count(spec: &ServiceSource, asker: &mut Asker<'_>) -> Result<u64> {
    let url = query(spec, &condition(spec, None), &[("returnCountOnly", "true")]);
    let answer = asker.again(&url).await?;
    page(&answer, asker)?.number("count").ok_or_else(|| asker.wrong("there is no count"))
}

/// A page that is no error; servers tell errors with status 200.
fn page<'a>(answer: &'a Answer, asker: &Asker<'_>) -> Result<Page<'a>> {
    let page = Page::parse(&answer.body).map_err(|reason| asker.wrong(reason))?;
    match page.value("error") {
        Value::Null => Ok(page),
        error => Err(refused(&error, asker)),
    }
}

fn refused(error: &Value, asker: &Asker<'_>) -> Error {
    let code = error["code"].as_i64().unwrap_or_default();
    let details = error["details"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let texts: Vec<&str> = error["message"].as_str().into_iter().chain(details).collect();
    let text: String = texts.join("; ").chars().take(300).collect();
    let make = if matches!(code, 429 | 500..=599) { transient } else { fault };
    make(asker.location, "source-service-refused", format!("answer {}: error {code}: {text}", asker.number))
}

/// The condition of the declaration, and one of ours.
fn condition(spec: &ServiceSource, more: Option<&str>) -> String {
    match (&spec.filter, more) {
        (None, None) => "1=1".to_owned(),
        (Some(own), None) => own.clone(),
        (None, Some(more)) => more.to_owned(),
        (Some(own), Some(more)) => format!("({own}) AND {more}"),
    }
}

fn query(spec: &ServiceSource, condition: &str, more: &[(&str, &str)]) -> Url {
    let mut url = spec.url.clone();
    url.set_path(&format!("{}/query", spec.url.path().trim_end_matches('/')));
    let mut query = url.query_pairs_mut();
    query.append_pair("f", "json").append_pair("where", condition);
    if let Some([west, south, east, north]) = spec.bbox {
        query.append_pair("geometry", &format!("{west},{south},{east},{north}"));
        query.append_pair("geometryType", "esriGeometryEnvelope").append_pair("inSR", "4326");
        query.append_pair("spatialRel", "esriSpatialRelIntersects");
    }
    query.extend_pairs(more);
    drop(query);
    url
}

/// The features that were gathered so far.
struct Sheaf<'a, 'b> {
    spec: &'a ServiceSource,
    asked: Option<Crs>,
    asker: &'a mut Asker<'b>,
    layer: Layer,
    /// Features that a page asks for.
    size: u64,
    merged: Option<Merged>,
    /// The coordinate system of the first page.
    head: Option<String>,
}

impl Sheaf<'_, '_> {
    /// By offsets, in the order of object ids, until as many came as there were counted and the server has no more.
    async fn by_offset(&mut self, counted: u64) -> Result<()> {
        let order = format!("{} ASC", self.layer.object_id);
        let mut offset = 0;
        loop {
            let (from, size) = (offset.to_string(), self.size.to_string());
            let more = [("orderByFields", order.as_str()), ("resultOffset", &from), ("resultRecordCount", &size)];
            let (came, exceeded) = self.take(&condition(self.spec, None), &more).await?;
            offset += came;
            if came == 0 || (!exceeded && offset >= counted) {
                return Ok(());
            }
        }
    }

    /// By ranges of object ids; one that is too much at once is halved.
    async fn by_ids(&mut self) -> Result<()> {
        let url = query(self.spec, &condition(self.spec, None), &[("returnIdsOnly", "true")]);
        let answer = self.asker.page(&url).await?;
        let listed = page(&answer, self.asker)?.value("objectIds");
        let ids: Option<Vec<i64>> =
            listed.as_array().and_then(|ids| ids.iter().map(Value::as_i64).collect::<Option<_>>());
        let mut ids = ids.ok_or_else(|| self.asker.wrong("there is no list of object ids"))?;
        ids.sort_unstable();
        ids.dedup();
        let size = usize::try_from(self.size).unwrap_or(usize::MAX).max(1);
        let mut open: Vec<&[i64]> = ids.chunks(size).rev().collect();
        while let Some(range) = open.pop() {
            let (Some(first), Some(last)) = (range.first(), range.last()) else { continue };
            let name = &self.layer.object_id;
            let ours = format!("{name} >= {first} AND {name} <= {last}");
            let url = self.features(&condition(self.spec, Some(&ours)), &[]);
            let answer = self.asker.page(&url).await?;
            let page = page(&answer, self.asker)?;
            if page.value("exceededTransferLimit") == true {
                if range.len() < 2 {
                    return Err(self.asker.wrong(format!("the feature {first} alone is more than it answers at once")));
                }
                let (low, high) = range.split_at(range.len() / 2);
                open.extend([high, low]);
                continue;
            }
            self.add(&page)?;
        }
        Ok(())
    }

    fn features(&self, condition: &str, more: &[(&str, &str)]) -> Url {
        let system = self.asked.map(|crs| crs.epsg().unwrap_or(4326).to_string());
        let mut all = vec![("outFields", "*"), ("returnGeometry", "true")];
        all.extend(system.as_deref().map(|code| ("outSR", code)));
        all.extend(more);
        query(self.spec, condition, &all)
    }

    /// Adds a page: how many features came, and whether the server has more.
    async fn take(&mut self, condition: &str, more: &[(&str, &str)]) -> Result<(u64, bool)> {
        let url = self.features(condition, more);
        let answer = self.asker.page(&url).await?;
        let page = page(&answer, self.asker)?;
        self.add(&page)?;
        Ok((page.len(), page.value("exceededTransferLimit") == true))
    }

    fn add(&mut self, page: &Page<'_>) -> Result<()> {
        self.asker.refuse_repeats(page)?;
        let system = self.system(page)?;
        if *self.head.get_or_insert_with(|| system.clone()) != system {
            let reason = format!("page {} is in another coordinate system than the first", self.asker.number);
            return Err(fault(self.asker.location, "source-service-crs", reason));
        }
        if let Some(merged) = &mut self.merged {
            return merged.add(page);
        }
        let members = HEAD.iter().filter_map(|name| Some((*name, page.raw(name)?.get())));
        self.merged.insert(Merged::begin(self.asker.location, members, self.spec.max_bytes)?).add(page)
    }

    /// The spatial reference of a page, which must be the one that was asked for.
    fn system(&self, page: &Page<'_>) -> Result<String> {
        let told = page.value("spatialReference");
        let codes = ["wkid", "latestWkid"].map(|name| told.get(name).and_then(Value::as_u64));
        let wanted = self.asked.map(|crs| u64::from(crs.epsg().unwrap_or(4326)));
        // A table without geometries, and an empty page, name no system.
        if told.is_null() || wanted.is_none_or(|wanted| codes.contains(&Some(wanted))) {
            return Ok(self.head.clone().filter(|_| told.is_null()).unwrap_or_else(|| told.to_string()));
        }
        let reason =
            format!("EPSG:{} was asked for, but page {} is in {told}", wanted.unwrap_or_default(), self.asker.number);
        Err(fault(self.asker.location, "source-service-crs", reason))
    }
}
