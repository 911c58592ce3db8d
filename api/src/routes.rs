//! Every route on one page. The table registers the handlers and is the source of `/openapi.json` and `/docs`.

use actix_web::web::{self, ServiceConfig};

use crate::{
    dialect::{
        aggregate, catalogue, changes, citation, ckan, contract, croissant, csvw, files, html, jsonstat, map, odata,
        ogc, operate, package, research, rows, sitemap, sparql, stats, version,
    },
    route::Route,
};

const RDF: &[&str] = &["text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples"];
const PAGE_AND_RDF: &[&str] =
    &["text/html", "text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples"];
const HTML: &[&str] = &["text/html"];
const JSON: &[&str] = &["application/json"];
const TABLES: &[&str] = &[
    "application/json",
    "application/x-ndjson",
    "text/csv",
    "application/geo+json",
    "application/vnd.apache.parquet",
    "application/vnd.apache.arrow.stream",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
];
const GROUPED: &[&str] = &[
    "application/json",
    "application/x-ndjson",
    "text/csv",
    "application/vnd.apache.parquet",
    "application/vnd.apache.arrow.stream",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
];
const CHANGES: &[&str] = &[
    "application/json",
    "application/x-ndjson",
    "application/vnd.apache.parquet",
    "application/vnd.apache.arrow.stream",
];
const FILES: &[&str] = &["application/vnd.apache.parquet", "text/csv", "application/x-ndjson", "application/geo+json"];
const Q: (&str, &str) = ("q", "Words to search for.");
const THEME: (&str, &str) = ("theme", "Only datasets of this theme, by its code; may be repeated.");
const FORMAT: (&str, &str) = ("format", "Only datasets with files in this format; may be repeated.");
const ACCESS: (&str, &str) = ("access", "Only datasets of this access level; may be repeated.");
const FREQUENCY: (&str, &str) = ("frequency", "Only datasets that change so often; may be repeated.");
const LICENCE: (&str, &str) = ("licence", "Only datasets under this licence; may be repeated.");
const LANG: (&str, &str) = ("lang", "Language of the page: nb, nn or en. Default: Accept-Language, else nb.");
const ROWS: &[(&str, &str)] = &[
    ("select", "Columns, separated by commas."),
    ("order", "Columns to sort by, separated by commas: `column.asc` or `column.desc`."),
    ("limit", "Rows in the answer."),
    ("cursor", "Where the previous page ended, from the link to the next page."),
    ("version", "Number of a version. Default: the current one."),
    ("total", "`exact` or `bounded`: how many rows match in all. Without a condition it is told anyway."),
    ("format", "json, ndjson, csv, geojson, parquet or arrow. Default: by Accept."),
    (
        "and",
        "Conditions in brackets, with commas between, that all hold: `(a.eq.1,or(b.gt.2,c.is.null))`; also `not.and`.",
    ),
    ("or", "Conditions in brackets of which one holds; also `not.or`."),
    ("{column}", "A condition, `operator.value`: eq, neq, gt, gte, lt, lte, in, like, ilike, is; `not.` before it."),
];

const GROUPS: &[(&str, &str)] = &[
    (
        "select",
        "What to group by and to measure: `boligtype,innflyttet.month(),n:count(),areal.sum()`. Default: `count()`.",
    ),
    ("having", "Conditions on the answer's columns: `n.gt.5`."),
    ("order", "Columns of the answer, separated by commas: `n.desc`. Default: the columns grouped by."),
    ("limit", "Groups in the answer."),
    ("cursor", "Where the previous page ended, from the link to the next page."),
    ("version", "Number of a version. Default: the current one."),
    ("format", "json, ndjson, csv, parquet or arrow. Default: by Accept."),
    ("and", "Conditions on rows, in brackets, that all hold; also `not.and`."),
    ("or", "Conditions on rows, in brackets, of which one holds; also `not.or`."),
    ("{column}", "A condition on rows, as for rows."),
];

const SINCE: &[(&str, &str)] = &[
    (
        "since",
        "Number of the version that the follower has, or `latest`. Default: none, so that every row comes as added.",
    ),
    ("rows", "true: with the row as the entry's version publishes it."),
    ("limit", "Entries in the answer."),
    ("cursor", "Where the previous page ended, from the link to the next page."),
    ("format", "json, ndjson, parquet or arrow. Default: by Accept."),
];

const ACTION: &[(&str, &str)] = &[
    ("id", "Name of a dataset, file, theme or keyword."),
    ("q", "Words to search for."),
    ("fq", "Conditions in the manner of Solr: `groups:gove res_format:CSV`."),
    ("resource_id", "Name of a dataset or id of its table."),
    ("limit", "Entries in the answer."),
];
const ODATA: &[(&str, &str)] = &[
    ("$filter", "A condition on rows: `antall gt 5 and startswith(navn,'B')`."),
    ("$select", "Columns, separated by commas."),
    ("$orderby", "Columns to sort by: `navn, antall desc`."),
    ("$top", "Rows in all."),
    ("$skip", "Rows to leave out before the first one."),
    ("$count", "true: with the number of rows that match."),
    ("$skiptoken", "Where the page before ended, from its link to the next page."),
];
const PAGE: (&str, &str) =
    ("page", "A page of 100 datasets, from 1, with links of Hydra to the others. Default: everything in one piece.");
const F: (&str, &str) = ("f", "Form of the answer: json or html. Default: by Accept.");
const DOCUMENT: &[&str] = &["application/json", "text/html"];
const SCHEMA: &[&str] = &["application/schema+json", "text/html"];
const FEATURES: &[&str] = &["application/geo+json", "text/html"];
const TILESET: (&str, &str) = ("f", "Form of the answer: json, tilejson or html. Default: by Accept.");
const TILE: &[&str] = &["application/vnd.mapbox-vector-tile"];
const CRS: (&str, &str) = ("crs", "Coordinate reference system of the answer, by its address.");
const ITEMS: &[(&str, &str)] = &[
    F,
    LANG,
    ("limit", "Features of a page at the most."),
    ("bbox", "Four or six numbers: lower corner, upper corner."),
    ("bbox-crs", "Coordinate reference system of bbox."),
    CRS,
    ("datetime", "An instant, or an interval with '/'."),
    ("filter", "A condition in CQL2 on the queryables."),
    ("filter-lang", "cql2-text or cql2-json."),
    ("filter-crs", "Coordinate reference system of geometries in filter."),
    ("cursor", "Where the page before ended, from its link to the next page."),
    ("{column}", "Features whose property is this."),
];

macro_rules! route {
    ($path:literal, $tag:literal, $summary:literal, $produces:expr, $query:expr, $handler:path) => {
        Route {
            path: $path,
            tag: $tag,
            summary: $summary,
            produces: $produces,
            query: $query,
            post: false,
            attach: Some(|resource| resource.route(web::get().to($handler))),
        }
    };
}

/// Every route. Of two patterns that match, the first wins.
#[rustfmt::skip]
pub(crate) const ROUTES: &[Route] = &[
    route!("/", "pages", "The datasets, with search", HTML, &[Q, THEME, FORMAT, ACCESS, FREQUENCY, LICENCE, LANG], html::list),
    route!("/{lang:nb|nn|en}", "pages", "The datasets in one language", HTML, &[Q, THEME, FORMAT, ACCESS, FREQUENCY, LICENCE], html::list_in),
    route!("/{lang:nb|nn|en}/d/{dataset}", "pages", "A dataset's page in one language", HTML, &[], html::dataset_in),
    route!("/{lang:nb|nn|en}/d/{dataset}/v/{version}", "pages", "A version's page in one language", HTML, &[], html::version_in),

    route!("/{lang:nb|nn|en}/status", "pages", "How the last run of every dataset went, in one language", HTML, &[], html::status_in),
    route!("/catalog", "catalogue", "The whole catalogue as DCAT-AP-NO 3, by Accept", PAGE_AND_RDF, &[], catalogue::catalog),
    route!("/catalog.{format:ttl|jsonld|rdf|nt}", "catalogue", "The whole catalogue as DCAT-AP-NO 3, by extension", RDF, &[PAGE], catalogue::catalog_as),
    route!("/fdk/catalog.{format:ttl|jsonld|rdf|nt}", "catalogue", "The whole catalogue as data.norge.no checks it: DCAT-AP-NO 2", RDF, &[], catalogue::catalog_for_fdk),
    route!("/datasets.json", "catalogue", "All datasets as a plain list", JSON, &[Q, THEME, FORMAT, ACCESS, FREQUENCY, LICENCE, LANG], catalogue::datasets),
    route!("/feed.atom", "catalogue", "The latest versions as an Atom feed", &["application/atom+xml"], &[], catalogue::feed),
    route!("/d/{dataset:[^/.]+}.{format:ttl|jsonld|rdf|nt}", "catalogue", "A dataset's description, by extension", RDF, &[], catalogue::dataset_as),
    route!("/d/{dataset}", "catalogue", "A dataset: its page or its description, by Accept", PAGE_AND_RDF, &[LANG], catalogue::dataset),
    route!("/d/{dataset}/schema", "catalogue", "The columns of the current version", JSON, &[], catalogue::schema),
    route!("/d/{dataset}/score", "catalogue", "How data.norge.no and data.europa.eu rate the metadata, and what would bring more points", JSON, &[], catalogue::score),
    route!("/d/{dataset}/jsonstat", "catalogue", "Statistics as JSON-stat 2.0", JSON, &[("version", "Number of a version. Default: the current one."), LANG], jsonstat::jsonstat),
    route!("/d/{dataset}/stats", "catalogue", "Each column of a version in numbers", JSON, &[("version", "Number of a version. Default: the current one.")], stats::stats),
    route!("/d/{dataset}/quality", "catalogue", "What the gates found on the current version", JSON, &[], catalogue::quality),

    route!("/d/{dataset}/map.svg", "catalogue", "A map of the current version's features, or of a part", &["image/svg+xml"], &[("bbox", "west,south,east,north of a part, in the coordinate system of the geometry."), LANG], map::map),

    route!("/d/{dataset}/versions", "versions", "Every version there is or was, newest first", JSON, &[], catalogue::versions),
    route!("/d/{dataset}/v/{version}", "versions", "A version: its page, manifest or linkset, by Accept", &["text/html", "application/json", "application/linkset+json"], &[LANG], version::landing),
    route!("/d/{dataset}/v/{version}/manifest.json", "versions", "Everything about a version: files, hashes, columns, statistics, gates, sources", JSON, &[], version::manifest),
    route!("/d/{dataset}/v/{version}/gate-report.json", "versions", "What the gates looked for, found and did on a version, and how complete it is", JSON, &[], version::gate_report),
    route!("/d/{dataset}/v/{version}/datapackage.json", "versions", "A version as a Data Package, its CSV with a Table Schema", JSON, &[], package::package),
    route!("/d/{dataset}/v/{version}/csvw.json", "versions", "A version's CSV files as CSV on the Web", &["application/csvm+json"], &[], csvw::metadata),
    route!("/d/{dataset}/v/{version}/datacontract.json", "versions", "What a version promises, as a contract of the Open Data Contract Standard", JSON, &[], contract::contract),
    route!("/d/{dataset}/v/{version}/croissant.json", "versions", "A version as Croissant 1.1, for machine learning", &["application/ld+json"], &[], croissant::croissant),
    route!("/d/{dataset}/v/{version}/ro-crate-metadata.json", "versions", "A version as RO-Crate 1.2, for research", &["application/ld+json"], &[], research::ro_crate),
    route!("/d/{dataset}/v/{version}/datacite.json", "versions", "A version as DataCite registers it", &["application/vnd.datacite.datacite+json"], &[], research::datacite),
    route!("/d/{dataset}/v/{version}/citation.{extension:bib|ris|json|cff}", "versions", "How a version is cited: BibTeX, RIS, CSL-JSON or CFF", &["application/x-bibtex", "application/x-research-info-systems", "application/vnd.citationstyles.csl+json", "application/yaml"], &[], citation::citation),
    route!("/d/{dataset}/v/{version}/SHA256SUMS", "versions", "Checksums of a version's files, for sha256sum -c", &["text/plain"], &[], version::checksums),
    route!("/d/{dataset}/v/{version}/urls.txt", "versions", "Addresses of a version's files, one a line", &["text/plain"], &[], version::urls),
    route!("/d/{dataset}/v/{version}/{file}", "files", "A file of a version: immutable bytes, ranges welcome", FILES, &[], files::file),
    route!("/d/{dataset}/latest/{file}", "files", "Redirect to the file of the current version", FILES, &[], files::latest),

    Route { path: "/d/{dataset}/rows", tag: "rows", summary: "Rows of the current version", produces: TABLES, query: ROWS, post: false, attach: None },
    Route { path: "/d/{dataset}/rows.{extension:json|ndjson|csv|excel\\.csv|xlsx|parquet|arrow|geojson}", tag: "rows", summary: "Rows of the current version, by extension", produces: TABLES, query: ROWS, post: false, attach: None },
    Route { path: "/d/{dataset}/aggregate", tag: "rows", summary: "Groups of rows and numbers about them", produces: GROUPED, query: GROUPS, post: false, attach: None },
    Route { path: "/d/{dataset}/aggregate.{extension:json|ndjson|csv|excel\\.csv|xlsx|parquet|arrow}", tag: "rows", summary: "Groups of rows and numbers about them, by extension", produces: GROUPED, query: GROUPS, post: false, attach: None },
    Route { path: "/d/{dataset}/changes", tag: "rows", summary: "What changed since a version, row by row", produces: CHANGES, query: SINCE, post: false, attach: None },
    Route { path: "/d/{dataset}/changes.{extension:json|ndjson|parquet|arrow}", tag: "rows", summary: "What changed since a version, by extension", produces: CHANGES, query: SINCE, post: false, attach: None },
    Route { path: "/sparql", tag: "sparql", summary: "SPARQL 1.1 over the catalogue, read-only", produces: &["application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values", "text/turtle"], query: &[("query", "The query.")], post: true, attach: None },
    Route { path: "/api/3/action/{action}", tag: "ckan", summary: "CKAN's Action API, the part that reads", produces: JSON, query: ACTION, post: true, attach: None },
    Route { path: "/api/action/{action}", tag: "ckan", summary: "The same", produces: JSON, query: ACTION, post: true, attach: None },
    Route { path: "/datastore/dump/{resource}", tag: "ckan", summary: "Redirect to all rows", produces: &[], query: &[("format", "csv or json. Default: csv.")], post: false, attach: None },

    Route { path: "/odata", tag: "odata", summary: "OData 4.0: every dataset as an entity set, for Excel and Power BI", produces: JSON, query: &[], post: false, attach: None },
    Route { path: "/odata/", tag: "odata", summary: "The same", produces: JSON, query: &[], post: false, attach: None },
    Route { path: "/odata/$metadata", tag: "odata", summary: "The types of all entity sets as CSDL", produces: &["application/xml"], query: &[], post: false, attach: None },
    Route { path: "/odata/{set}", tag: "odata", summary: "Rows of the current version of a dataset", produces: JSON, query: ODATA, post: false, attach: None },
    Route { path: "/odata/{set}/$count", tag: "odata", summary: "The number of rows", produces: &["text/plain"], query: &[("$filter", "A condition on rows.")], post: false, attach: None },

    route!("/ogc", "features", "OGC API Features: where everything begins", DOCUMENT, &[F, LANG], ogc::landing),
    route!("/ogc/", "features", "The same", DOCUMENT, &[F, LANG], ogc::landing),
    route!("/ogc/api", "features", "OGC API Features as OpenAPI 3.0, every collection with its parameters", &["application/vnd.oai.openapi+json", "text/html"], &[F, LANG], ogc::api),
    route!("/ogc/conformance", "features", "The conformance classes that are kept", DOCUMENT, &[F, LANG], ogc::conformance),
    route!("/ogc/collections", "features", "Every dataset with a geometry, as a collection of features", DOCUMENT, &[F, LANG], ogc::collections),
    route!("/ogc/collections/{collection}", "features", "A collection: extent, coordinate reference systems, links", DOCUMENT, &[F, LANG], ogc::collection),
    route!("/ogc/collections/{collection}/queryables", "features", "What filters can be about, as JSON Schema", SCHEMA, &[F, LANG], ogc::queryables),
    route!("/ogc/collections/{collection}/schema", "features", "What features have, as JSON Schema", SCHEMA, &[F, LANG], ogc::schema),
    route!("/ogc/collections/{collection}/items", "features", "Features, a page at a time", FEATURES, ITEMS, ogc::items),
    route!("/ogc/collections/{collection}/items/{feature}", "features", "One feature", FEATURES, &[F, LANG, CRS], ogc::feature),
    route!("/ogc/tileMatrixSets", "tiles", "How tiles are numbered: the tile matrix sets", DOCUMENT, &[F, LANG], ogc::matrix_sets),
    route!("/ogc/tileMatrixSets/WebMercatorQuad", "tiles", "The tile matrix set of web maps", DOCUMENT, &[F, LANG], ogc::matrix_set),
    route!("/ogc/collections/{collection}/tiles", "tiles", "The tile sets of a collection", DOCUMENT, &[F, LANG], ogc::tilesets),
    route!("/ogc/collections/{collection}/tiles/WebMercatorQuad", "tiles", "A tile set: limits, layer, links; also as TileJSON", DOCUMENT, &[TILESET, LANG], ogc::tileset),
    route!("/ogc/collections/{collection}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}", "tiles", "A vector tile of the current version", TILE, &[("f", "mvt.")], ogc::tile),

    route!("/openapi.json", "operation", "This API as OpenAPI 3.1", JSON, &[], operate::openapi),
    route!("/docs", "operation", "The routes, for readers", HTML, &[], operate::docs),
    route!("/docs/errors", "operation", "What an error code means", HTML, &[], operate::errors),
    route!("/health/live", "operation", "200 while the process runs", JSON, &[], operate::live),
    route!("/health/ready", "operation", "200 while requests are welcome, else 503", JSON, &[], operate::ready),
    route!("/status", "operation", "How the last run of every dataset went", HTML, &[LANG], operate::status),
    route!("/status.json", "operation", "The same as JSON", JSON, &[], operate::status_json),
    route!("/metrics", "operation", "Counters and gauges for Prometheus", &["application/openmetrics-text"], &[], operate::metrics),
    route!("/void.{format:ttl|jsonld|rdf|nt}", "sparql", "What the SPARQL service answers about: Service Description and VoID", RDF, &[], sparql::void_as),
    route!("/.well-known/void", "sparql", "The same, as Turtle", &["text/turtle"], &[], sparql::void),
    route!("/sitemap.xml", "operation", "The pages, for search engines", &["application/xml"], &[], sitemap::sitemap),
    route!("/robots.txt", "operation", "What crawlers may fetch", &["text/plain"], &[], operate::robots),
    route!("/assets/style.css", "operation", "The style of the pages", &["text/css"], &[], operate::style),
    route!("/assets/map.js", "operation", "The script of pages with a map", &["text/javascript"], &[], operate::map_script),
];

/// Registers every route.
pub(crate) fn configure(cfg: &mut ServiceConfig) {
    rows::configure(cfg);
    aggregate::configure(cfg);
    changes::configure(cfg);
    sparql::configure(cfg);
    ckan::configure(cfg);
    odata::configure(cfg);
    for route in ROUTES {
        if let Some(attach) = route.attach {
            cfg.service(attach(web::resource(route.path)));
        }
    }
}

/// The route of a matched pattern; `None` for an address that is not in the table.
pub(crate) fn by_pattern(pattern: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.path == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_have_no_expressions() {
        let template = |path: &str| by_pattern(path).unwrap().template();
        assert_eq!(template("/d/{dataset:[^/.]+}.{format:ttl|jsonld|rdf|nt}"), "/d/{dataset}.{format}");
        assert_eq!(template("/d/{dataset}/v/{version}"), "/d/{dataset}/v/{version}");
        assert_eq!(template("/catalog.{format:ttl|jsonld|rdf|nt}"), "/catalog.{format}");
        let parameters = by_pattern("/d/{dataset:[^/.]+}.{format:ttl|jsonld|rdf|nt}").unwrap().parameters();
        assert_eq!(parameters, [("dataset", None), ("format", Some(vec!["ttl", "jsonld", "rdf", "nt"]))]);
    }

    #[test]
    fn no_address_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for route in ROUTES {
            assert!(seen.insert(route.template()), "{}", route.path);
            assert!(!route.summary.is_empty());
        }
    }
}
