//! A version for research: as RO-Crate 1.2 (<https://w3id.org/ro/crate/1.2>), as metadata of `DataCite` (kernel 4, in the
//! JSON of its REST API), and as schema.org for search engines.

use actix_web::{HttpResponse, web};
use catalog::{
    Entry,
    version::{Manifest, PublishedFile},
};
use config::Language;
use serde_json::{Value, json};

use super::{citation::Cited, pinned, texts};
use crate::{error::Problem, lookup, state::State};

/// The version as the metadata of a web-based RO-Crate.
pub(crate) async fn ro_crate(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, number) = path.into_inner();
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, &dataset)?;
    let (manifest, files) = lookup::files(entry, &number)?;
    let file = &entry.dataset.file;
    let root = pinned::address(&state, manifest);
    let publisher = &state.config.publisher;
    let (licence, licence_url) = texts::licence(file.licence);
    let organisation = format!("https://data.brreg.no/enhetsregisteret/api/enheter/{}", publisher.organisation_number);
    let files: Vec<&PublishedFile> = files.iter().collect();
    let mut graph = vec![
        json!({
            "@id": "ro-crate-metadata.json", "@type": "CreativeWork",
            "conformsTo": { "@id": "https://w3id.org/ro/crate/1.2" }, "about": { "@id": root },
        }),
        json!({
            "@id": root, "@type": "Dataset", "name": file.title.get(Language::Nb),
            "description": file.description.get(Language::Nb), "datePublished": manifest.published,
            "version": manifest.number.to_string(), "url": root, "license": { "@id": licence_url },
            "publisher": { "@id": organisation }, "keywords": file.keywords.get(Language::Nb),
            "hasPart": files.iter().map(|file| json!({ "@id": format!("{root}/{}", file.name) })).collect::<Vec<_>>(),
        }),
        json!({ "@id": licence_url, "@type": "CreativeWork", "name": licence, "url": licence_url }),
        json!({
            "@id": organisation, "@type": "Organization", "name": publisher.name.get(Language::Nb),
            "identifier": publisher.organisation_number, "url": publisher.homepage,
        }),
    ];
    graph.extend(files.iter().map(|file| {
        json!({
            "@id": format!("{root}/{}", file.name), "@type": "File", "name": file.name,
            "encodingFormat": file.format.media_type(), "contentSize": file.bytes.to_string(), "sha256": file.sha256,
            "sdDatePublished": manifest.published,
        })
    }));
    let body = json!({ "@context": "https://w3id.org/ro/crate/1.2/context", "@graph": graph });
    Ok(pinned::document(&state, manifest, "application/ld+json", &body))
}

/// The version as `DataCite` would register it.
pub(crate) async fn datacite(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, number) = path.into_inner();
    let snapshot = state.snapshot();
    let entry = lookup::entry(&snapshot, &dataset)?;
    let manifest = lookup::version(entry, &number)?;
    let file = &entry.dataset.file;
    let cited = Cited::new(&state, entry, manifest);
    let [year, month, day] = cited.day;
    let (licence, licence_url) = texts::licence(file.licence);
    let languages = |text: &dyn Fn(Language) -> Value| Language::ALL.into_iter().map(text).collect::<Vec<_>>();
    let body = json!({
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": { "resourceTypeGeneral": "Dataset", "resourceType": "Dataset" },
        "creators": [{ "name": cited.publisher, "nameType": "Organizational" }],
        "titles": languages(&|language| json!({ "title": file.title.get(language), "lang": language.tag() })),
        "descriptions": languages(&|language| {
            json!({ "description": file.description.get(language), "descriptionType": "Abstract", "lang": language.tag() })
        }),
        "publisher": { "name": cited.publisher },
        "publicationYear": year,
        "dates": [{ "date": format!("{year:04}-{month:02}-{day:02}"), "dateType": "Issued" }],
        "identifiers": [{ "identifier": cited.url, "identifierType": "URL" }],
        "relatedIdentifiers": [{
            "relatedIdentifier": format!("{}d/{dataset}", state.base()), "relatedIdentifierType": "URL", "relationType": "IsVersionOf",
        }],
        "subjects": file.keywords.get(Language::Nb).iter().map(|word| json!({ "subject": word, "lang": "nb" })).collect::<Vec<_>>(),
        "version": manifest.number.to_string(),
        "language": "nb",
        "rightsList": [{ "rights": licence, "rightsUri": licence_url }],
        "formats": manifest.files.iter().map(|file| file.format.media_type()).collect::<std::collections::BTreeSet<_>>(),
        "sizes": [format!("{} rows", manifest.rows)],
        "url": cited.url,
    });
    Ok(pinned::document(&state, manifest, "application/vnd.datacite.datacite+json", &body))
}

/// A dataset for search engines, as JSON that may stand in a page.
pub(super) fn schema_org(state: &State, entry: &Entry, language: Language) -> String {
    let file = &entry.dataset.file;
    let publisher = &state.config.publisher;
    let current = entry.current().filter(|_| file.access == config::Access::Public);
    let download = |manifest: &Manifest, file: &PublishedFile| {
        json!({
            "@type": "DataDownload", "encodingFormat": file.format.media_type(), "contentSize": format!("{} B", file.bytes),
            "contentUrl": format!("{}/{}", pinned::address(state, manifest), file.name), "sha256": file.sha256,
        })
    };
    let downloads =
        current.map(|manifest| manifest.files.iter().map(|file| download(manifest, file)).collect::<Vec<_>>());
    let measured = current.map(|manifest| {
        let variable = |column: &catalog::version::ColumnInfo| json!({ "@type": "PropertyValue", "name": column.name, "description": column.title.get(language) });
        manifest.columns.iter().map(variable).collect::<Vec<_>>()
    });
    let body = json!({
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": format!("{}d/{}", state.base(), entry.dataset.id),
        "url": format!("{}d/{}", state.base(), entry.dataset.id),
        "name": file.title.get(language),
        "description": file.description.get(language),
        "inLanguage": language.tag(),
        "keywords": file.keywords.get(language),
        "license": texts::licence(file.licence).1,
        "isAccessibleForFree": true,
        "creator": { "@type": "Organization", "name": publisher.name.get(language), "url": publisher.homepage },
        "publisher": { "@type": "Organization", "name": publisher.name.get(language), "url": publisher.homepage },
        "version": current.map(|manifest| manifest.number.to_string()),
        "dateModified": current.map(|manifest| manifest.published),
        "distribution": downloads,
        "variableMeasured": measured,
    });
    // Nothing in it may end the script.
    body.to_string().replace('<', "\\u003c")
}
