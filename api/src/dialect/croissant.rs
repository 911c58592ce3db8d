//! `/d/{dataset}/v/{version}/croissant.json`: a version for machine learning, as Croissant 1.1
//! (<https://docs.mlcommons.org/croissant/>): files with checksums, and the columns of the table.

use actix_web::{HttpResponse, web};
use catalog::version::{ColumnInfo, Manifest, PublishedFile};
use config::{ColumnType, FileFormat, Language};
use serde_json::{Value, json};

use super::{citation::Cited, pinned, texts};
use crate::{error::Problem, lookup, state::State};

const CONFORMS: &str = "http://mlcommons.org/croissant/1.1";
/// The one record set.
const ROWS: &str = "rows";

/// The version as Croissant.
pub(crate) async fn croissant(
    state: web::Data<State>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (dataset, number) = path.into_inner();
    let snapshot = state.snapshot();
    let entry = lookup::open_entry(&snapshot, &dataset)?;
    let (manifest, files) = lookup::files(entry, &number)?;
    let file = &entry.dataset.file;
    let cited = Cited::new(&state, entry, manifest);
    let publisher = &state.config.publisher;
    let organisation = json!({
        "@type": "sc:Organization", "name": publisher.name.get(Language::Nb), "url": publisher.homepage,
    });
    let files: Vec<&PublishedFile> = files.iter().collect();
    let body = json!({
        "@context": context(),
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS,
        "name": manifest.dataset,
        "alternateName": file.title.get(Language::Nb),
        "description": file.description.get(Language::Nb),
        "url": cited.url,
        "license": texts::licence(file.licence).1,
        "version": format!("{}.0.0", manifest.number),
        "datePublished": manifest.published,
        "creator": organisation,
        "publisher": organisation,
        "keywords": file.keywords.get(Language::Nb),
        "citeAs": cited.bibtex(),
        "isLiveDataset": false,
        "distribution": files.iter().map(|file| object(&cited.url, file)).collect::<Vec<_>>(),
        "recordSet": record_set(manifest, &files).into_iter().collect::<Vec<_>>(),
    });
    Ok(pinned::document(&state, manifest, "application/ld+json", &body))
}

fn object(root: &str, file: &PublishedFile) -> Value {
    let kind = if file.format == FileFormat::Parquet { "application/x-parquet" } else { file.format.media_type() };
    json!({
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": format!("{root}/{}", file.name),
        "contentSize": format!("{} B", file.bytes),
        "encodingFormat": kind,
        "sha256": file.sha256,
    })
}

/// The table, where it stands in one file that loaders read.
fn record_set(manifest: &Manifest, files: &[&PublishedFile]) -> Option<Value> {
    let whole = |format: FileFormat| files.iter().find(|file| file.format == format && file.part.is_none());
    let file = whole(FileFormat::Csv).or_else(|| whole(FileFormat::Parquet))?;
    let id = |name: &dyn std::fmt::Display| format!("{ROWS}/{name}");
    let field = |column: &ColumnInfo| {
        json!({
            "@type": "cr:Field",
            "@id": id(&column.name),
            "name": column.name,
            "description": column.description.as_ref().unwrap_or(&column.title).get(Language::Nb),
            "dataType": data_type(&column.kind),
            "source": { "fileObject": { "@id": file.name }, "extract": { "column": column.name } },
        })
    };
    let mut set = json!({
        "@type": "cr:RecordSet",
        "@id": ROWS,
        "name": ROWS,
        "field": manifest.columns.iter().map(field).collect::<Vec<_>>(),
    });
    if !manifest.key.is_empty()
        && let Some(members) = set.as_object_mut()
    {
        let key: Vec<Value> = manifest.key.iter().map(|name| json!({ "@id": id(name) })).collect();
        members.insert("key".to_owned(), Value::Array(key));
    }
    Some(set)
}

fn data_type(kind: &ColumnType) -> &'static str {
    match kind {
        ColumnType::Text {} | ColumnType::Code { .. } | ColumnType::Geometry { .. } => "sc:Text",
        ColumnType::Integer {} => "sc:Integer",
        ColumnType::Number {} | ColumnType::Decimal { .. } => "sc:Float",
        ColumnType::Boolean { .. } => "sc:Boolean",
        ColumnType::Date { .. } => "sc:Date",
        ColumnType::Datetime { .. } => "sc:DateTime",
    }
}

/// Terms of Croissant that stand for themselves in the context that the specification prescribes.
const TERMS: [&str; 31] = [
    "annotation",
    "arrayShape",
    "citeAs",
    "column",
    "containedIn",
    "equivalentProperty",
    "excludes",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isArray",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "readLines",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "separator",
    "source",
    "subField",
];

fn context() -> Value {
    let mut context = json!({
        "@language": "nb",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "conformsTo": "dct:conformsTo",
        "data": { "@id": "cr:data", "@type": "@json" },
        "dataType": { "@id": "cr:dataType", "@type": "@vocab" },
        "examples": { "@id": "cr:examples", "@type": "@json" },
        "transform": "cr:transform",
        "unArchive": "cr:unArchive",
        "value": "cr:value",
    });
    if let Some(members) = context.as_object_mut() {
        members.extend(TERMS.iter().map(|term| ((*term).to_owned(), Value::String(format!("cr:{term}")))));
    }
    context
}
