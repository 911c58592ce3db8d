//! `/ogc/api`: this API in the form of the `OpenAPI` specification 3.0, every collection with paths of its own, so that
//! clients find the parameters and the largest page of each.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::{
    ask::{self, Ask, Form},
    collection::{self, Collection},
    crs,
    link::{GEOJSON, HTML, JSON, JSON_SCHEMA, OPENAPI},
    parameters,
    tiling::{MATRIX_SET, MVT},
};
use crate::{
    dialect::html::{Body, Document, Item, Section},
    error::{PROBLEM_JSON, Problem},
    state::State,
};

/// The description of the API.
pub(crate) async fn api(state: web::Data<State>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let ask = Ask::new(&state, &request, OPENAPI, &[])?;
    let snapshot = state.snapshot();
    let paths = paths(&ask, collection::all(&snapshot));
    if ask.form == Form::Json {
        return Ok(ask.json(&snapshot, &document(&ask, &paths)));
    }
    ask.page(shown(&ask, &paths))
}

fn document(ask: &Ask<'_>, paths: &Map<String, Value>) -> Value {
    let publisher = &ask.state.config.publisher;
    let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    let refused = |text: &str| {
        let page = json!({ "schema": { "type": "string" } });
        json!({ "description": text, "content": { PROBLEM_JSON: problem, HTML: page } })
    };
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": format!("{} – OGC API Features", ask.state.config.catalog.title.get(ask.language)),
            "description": ask.words().ogc_lead,
            "version": env!("CARGO_PKG_VERSION"),
            "contact": { "name": publisher.name.get(ask.language), "email": publisher.contact.email },
        },
        "servers": [{ "url": ask.at("") }],
        "tags": [{ "name": "Capabilities" }, { "name": "Features" }, { "name": "Tiles" }],
        "paths": paths,
        "components": {
            "parameters": {},
            "schemas": schemas(),
            "responses": {
                "BadRequest": refused("A parameter is unknown or its value is not understood."),
                "NotFound": refused("There is nothing of that name."),
                "Gone": refused("The version that the cursor names was withdrawn."),
                "NotAcceptable": refused("None of the media types asked for is on offer."),
                "Unavailable": refused("Too many questions are being answered, or the server starts or stops."),
                "ServerError": refused("The server failed."),
            },
        },
    })
}

fn schemas() -> Value {
    let link = json!({
        "type": "object", "required": ["href", "rel", "type"],
        "properties": {
            "href": { "type": "string", "format": "uri" }, "rel": { "type": "string" }, "type": { "type": "string" },
            "title": { "type": "string" }, "length": { "type": "integer" },
        },
    });
    let links = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Link" } });
    let feature = json!({
        "type": "object", "required": ["type", "geometry", "properties"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature"] },
            "id": { "oneOf": [{ "type": "string" }, { "type": "integer" }] },
            "geometry": { "type": "object", "nullable": true },
            "properties": { "type": "object", "nullable": true },
            "links": links,
        },
    });
    json!({
        "Link": link,
        "Document": { "type": "object", "properties": { "links": links } },
        "Feature": feature,
        "FeatureCollection": {
            "type": "object", "required": ["type", "features"],
            "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] },
                "features": { "type": "array", "items": { "$ref": "#/components/schemas/Feature" } },
                "links": links,
                "timeStamp": { "type": "string", "format": "date-time" },
                "numberMatched": { "type": "integer", "minimum": 0 },
                "numberReturned": { "type": "integer", "minimum": 0 },
            },
        },
        "Problem": {
            "type": "object", "required": ["type", "title", "status", "code"],
            "properties": {
                "type": { "type": "string", "format": "uri" }, "title": { "type": "string" },
                "status": { "type": "integer" }, "detail": { "type": "string" }, "code": { "type": "string" },
                "hint": { "type": "string" },
            },
        },
    })
}

fn paths<'a>(ask: &Ask<'_>, collections: impl Iterator<Item = Collection<'a>>) -> Map<String, Value> {
    let mut paths = Map::new();
    let mut add = |path: String, operation: Operation<'_>| paths.insert(path, operation.item());
    let words = ask.words();
    let fixed = |id: &str, summary: &str, kind: &'static str| Operation {
        id: id.to_owned(),
        tag: "Capabilities",
        summary: summary.to_owned(),
        kind,
        schema: "Document",
        parameters: parameters::common(),
        places: &[],
        place: "",
    };
    add("/".to_owned(), fixed("landing", "OGC API Features", JSON));
    add("/api".to_owned(), fixed("api", words.ogc_api, OPENAPI));
    add("/conformance".to_owned(), fixed("conformance", words.ogc_conformance, JSON));
    add("/collections".to_owned(), fixed("collections", words.ogc_collections, JSON));
    let of_sets = |id, summary| Operation { tag: "Tiles", ..fixed(id, summary, JSON) };
    add("/tileMatrixSets".to_owned(), of_sets("getTileMatrixSetsList", words.ogc_matrix_sets));
    add(format!("/tileMatrixSets/{MATRIX_SET}"), of_sets("getTileMatrixSet", words.ogc_matrix_set));
    for collection in collections {
        let (id, title) = (collection.id(), collection.entry.dataset.file.title.get(ask.language));
        let uris: Vec<String> = crs::offers(collection.storage()).into_iter().map(|offer| offer.uri).collect();
        let most = u64::from(ask.state.config.server.max_page_rows);
        let of = |name: &str, kind| Operation { tag: "Features", ..fixed(&format!("{id}.{name}"), title, kind) };
        add(format!("/collections/{id}"), of("collection", JSON));
        add(format!("/collections/{id}/queryables"), of("queryables", JSON_SCHEMA));
        add(format!("/collections/{id}/schema"), of("schema", JSON_SCHEMA));
        let mut items = Operation { schema: "FeatureCollection", ..of("items", GEOJSON) };
        items.parameters.extend(parameters::items(&collection, &uris, most));
        add(format!("/collections/{id}/items"), items);
        let mut feature = Operation {
            schema: "Feature",
            places: &["featureId"],
            place: words.ogc_feature_id,
            ..of("feature", GEOJSON)
        };
        feature.parameters.push(parameters::crs(&uris));
        add(format!("/collections/{id}/items/{{featureId}}"), feature);
        let of_tiles = |name: &str, kind| Operation { tag: "Tiles", ..of(name, kind) };
        add(format!("/collections/{id}/tiles"), of_tiles("collection.vector.getTileSetsList", JSON));
        let set = format!("/collections/{id}/tiles/{MATRIX_SET}");
        add(set.clone(), of_tiles("collection.vector.getTileSet", JSON));
        let places: &[&str] = &["tileMatrix", "tileRow", "tileCol"];
        let parameters = vec![parameters::tile_format()];
        let one =
            Operation { places, place: words.ogc_tile_place, parameters, ..of_tiles("collection.vector.getTile", MVT) };
        add(format!("{set}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"), one);
    }
    paths
}

/// A GET of a path.
struct Operation<'a> {
    id: String,
    tag: &'static str,
    summary: String,
    kind: &'static str,
    schema: &'static str,
    parameters: Vec<Value>,
    /// The path's parameters.
    places: &'a [&'a str],
    /// What they mean.
    place: &'a str,
}

impl Operation<'_> {
    fn item(self) -> Value {
        let schema = json!({ "$ref": format!("#/components/schemas/{}", self.schema) });
        let schema = if self.kind == GEOJSON || self.kind == JSON { schema } else { json!({ "type": "object" }) };
        let header = json!({ "description": "The coordinate reference system of the geometries, in angle brackets.",
            "schema": { "type": "string" } });
        let content = match self.kind {
            MVT => json!({ MVT: { "schema": { "type": "string", "format": "binary" } } }),
            kind => json!({ kind: { "schema": schema }, HTML: { "schema": { "type": "string" } } }),
        };
        let mut ok = json!({ "description": self.summary, "content": content });
        if let (true, Some(ok)) = (self.kind == GEOJSON, ok.as_object_mut()) {
            ok.insert("headers".to_owned(), json!({ "Content-Crs": header }));
        }
        let refused = |name: &str| json!({ "$ref": format!("#/components/responses/{name}") });
        let mut parameters = self.parameters;
        let place = |name: &&str| {
            json!({ "name": name, "in": "path", "required": true, "description": self.place,
                "schema": { "type": "string" } })
        };
        parameters.extend(self.places.iter().map(place));
        let mut item = json!({ "get": {
            "operationId": self.id, "tags": [self.tag], "summary": self.summary, "parameters": parameters,
            "responses": {
                "200": ok, "400": refused("BadRequest"), "404": refused("NotFound"), "406": refused("NotAcceptable"),
                "410": refused("Gone"), "500": refused("ServerError"), "503": refused("Unavailable"),
            },
        }});
        if let (MVT, Some(responses)) = (self.kind, item.pointer_mut("/get/responses").and_then(Value::as_object_mut)) {
            responses.insert("204".to_owned(), json!({ "description": "An empty tile." }));
        }
        item
    }
}

/// The paths and their parameters, for readers.
fn shown(ask: &Ask<'_>, paths: &Map<String, Value>) -> Document {
    let words = ask.words();
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let sections = paths.iter().map(|(path, item)| {
        let operation = item.get("get").unwrap_or(item);
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let rows = parameters.map(|one| vec![Item::text(text(one, "name")), Item::text(text(one, "description"))]);
        let head = [words.ogc_parameter, words.description].map(str::to_owned).into();
        Section::new(path, Body::Table { head, rows: rows.collect() })
    });
    let links = Section::new(words.ogc_links, Body::List(ask::shown(&ask.own_links())));
    Document {
        heading: words.ogc_api.to_owned(),
        lead: words.ogc_lead.to_owned(),
        sections: std::iter::once(links).chain(sections).collect(),
    }
}
