//! OGC API Features: the items of a collection, from `next` link to `next` link (OGC 17-069r4 section 7.15).

use catalog::crs::Crs;
use config::ServiceSource;
use serde_json::Value;
use url::Url;

use super::{Landed, Reading, asked_system, asker::Asker, merged::Merged, page::Page};
use crate::{Result, source::fault::fault};

/// Reads all items.
pub(super) async fn read(spec: &ServiceSource, asker: &mut Asker<'_>) -> Result<Reading> {
    let wanted = asked_system(asker.location, spec.crs)?;
    let mut url = first(spec, wanted);
    let mut merged = None;
    let (mut system, mut counted) = (None, Vec::new());
    loop {
        let answer = asker.page(&url).await?;
        let page = Page::parse(&answer.body).map_err(|reason| asker.wrong(reason))?;
        is_collection(&page).map_err(|reason| asker.wrong(reason))?;
        let told = content_crs(answer.crs.as_deref(), wanted).map_err(|reason| {
            fault(asker.location, "source-service-crs", format!("page {}: {reason}", asker.number))
        })?;
        if *system.get_or_insert(told) != told {
            let reason = format!("page {} is in another coordinate system than the first", asker.number);
            return Err(fault(asker.location, "source-service-crs", reason));
        }
        asker.refuse_repeats(&page)?;
        let own = page.raw("crs").map(|raw| raw.get().to_owned());
        let document = match &mut merged {
            Some(merged) => merged,
            None => merged.insert(begin(asker.location, own.or_else(|| member(told)).as_deref(), spec.max_bytes)?),
        };
        document.add(&page)?;
        counted.extend(page.number("numberMatched"));
        match next(&page) {
            Some(link) => url = asker.follow(&url, &link)?,
            None => break,
        }
    }
    let merged = merged.ok_or_else(|| asker.wrong("there is no page"))?;
    let (least, most) = (counted.iter().min().copied(), counted.iter().max().copied());
    let agrees = least.zip(most).is_none_or(|(least, most)| (least..=most).contains(&merged.features()));
    let features = merged.features();
    Ok(Reading {
        landed: Landed::One(merged),
        features,
        name: name(&spec.url),
        counted: counted.last().copied(),
        agrees,
    })
}

/// The address of the first page.
fn first(spec: &ServiceSource, asked: Option<Crs>) -> Url {
    let mut url = spec.url.clone();
    let path = url.path().trim_end_matches('/').to_owned();
    let items = if path.ends_with("/items") { path } else { format!("{path}/items") };
    url.set_path(&items);
    let mut query = url.query_pairs_mut();
    query.append_pair("limit", &spec.page_size.to_string());
    if let Some([west, south, east, north]) = spec.bbox {
        query.append_pair("bbox", &format!("{west},{south},{east},{north}"));
    }
    if let Some(filter) = &spec.filter {
        query.append_pair("filter", filter).append_pair("filter-lang", "cql2-text");
    }
    if let Some(crs) = asked {
        query.append_pair("crs", &crs.uri());
    }
    drop(query);
    url
}

/// The collection's id as the name of a file.
fn name(url: &Url) -> String {
    let mut segments = url.path_segments().into_iter().flatten();
    let id = segments.rfind(|segment| !segment.is_empty() && *segment != "items");
    format!("{}.geojson", id.unwrap_or("items"))
}

fn is_collection(page: &Page<'_>) -> std::result::Result<(), String> {
    match page.value("type").as_str() {
        Some("FeatureCollection") => Ok(()),
        _ => Err("this is no FeatureCollection".to_owned()),
    }
}

/// The system of a page by its `Content-Crs` (OGC 18-058r1 section 6.4), which must be the one that was asked for and
/// count eastings first, as `GeoJSON` does.
pub(super) fn content_crs(header: Option<&str>, asked: Option<Crs>) -> std::result::Result<Crs, String> {
    let told = match header.map(|header| header.trim().trim_start_matches('<').trim_end_matches('>')) {
        None => None,
        Some(name) => match Crs::from_name(name) {
            Some(named) => Some(named),
            None => return Err(format!("'{}' is no system that is known", name.chars().take(80).collect::<String>())),
        },
    };
    let crs = match (told, asked) {
        (None, None | Some(Crs::CRS84)) => return Ok(Crs::CRS84),
        (None, Some(asked)) => return Err(format!("{asked} was asked for, and the service does not say that it is")),
        (Some(told), Some(asked)) if told.crs != asked => {
            return Err(format!("{asked} was asked for, but the answer is in {}", told.crs));
        }
        (Some(told), _) => told,
    };
    if crs.north_first {
        return Err(format!("{} counts northings or latitudes first", crs.crs));
    }
    Ok(crs.crs)
}

/// The `crs` member for a document that is not in degrees of WGS 84.
pub(super) fn member(crs: Crs) -> Option<String> {
    let code = crs.epsg()?;
    Some(format!("{{\"type\":\"name\",\"properties\":{{\"name\":\"EPSG:{code}\"}}}}"))
}

/// A feature collection in a system.
pub(super) fn begin(location: &str, crs: Option<&str>, max_bytes: u64) -> Result<Merged> {
    let kind = ("type", "\"FeatureCollection\"");
    Merged::begin(location, [kind].into_iter().chain(crs.map(|crs| ("crs", crs))), max_bytes)
}

/// The address of the `next` link.
fn next(page: &Page<'_>) -> Option<String> {
    let links = page.value("links");
    let next = links.as_array().into_iter().flatten().find(|link| link["rel"] == "next")?;
    next.get("href").and_then(Value::as_str).map(str::to_owned)
}
