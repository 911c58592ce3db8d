//! `/openapi.json`: the route table in the form of the `OpenAPI` specification 3.1.

use serde_json::{Map, Value, json};

use crate::{query::Form, route::Route};

/// The document, with the root of addresses as its server.
pub(crate) fn document(title: &str, base: &str, routes: &[Route]) -> Value {
    let mut paths = Map::new();
    for route in routes {
        paths.insert(route.template(), path_item(route));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Open data: descriptions as DCAT-AP-NO 3, immutable versions, rows and files.",
        },
        "servers": [{ "url": base }],
        "paths": paths,
        "components": {
            "schemas": { "Problem": problem_schema() },
            "responses": { "Problem": {
                "description": "A problem, RFC 9457",
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            }},
        },
    })
}

fn path_item(route: &Route) -> Value {
    let mut item = Map::new();
    let template = route.template();
    let path_parameters: Vec<Value> = route
        .parameters()
        .into_iter()
        .map(|(name, values)| {
            let schema = match values {
                Some(values) => json!({ "type": "string", "enum": values }),
                None => json!({ "type": "string" }),
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect();
    if !path_parameters.is_empty() {
        item.insert("parameters".to_owned(), Value::Array(path_parameters));
    }
    let mut get = operation(route, &template, "get");
    if let (false, Some(map)) = (route.query.is_empty(), get.as_object_mut()) {
        let query = route.query.iter().map(|(name, meaning)| query_parameter(name, meaning));
        map.insert("parameters".to_owned(), query.collect());
    }
    item.insert("get".to_owned(), get);
    if route.post {
        let mut post = operation(route, &template, "post");
        let body = json!({ "content": {
            "application/sparql-query": { "schema": { "type": "string" } },
            "application/x-www-form-urlencoded": { "schema": { "type": "object", "properties": {
                "query": { "type": "string" } }, "required": ["query"] } },
        }});
        if let Some(map) = post.as_object_mut() {
            map.insert("requestBody".to_owned(), body);
        }
        item.insert("post".to_owned(), post);
    }
    Value::Object(item)
}

/// A parameter in braces stands for any number of them, one for each column.
fn query_parameter(name: &str, meaning: &str) -> Value {
    if name.starts_with('{') {
        let schema = json!({ "type": "object", "additionalProperties": { "type": "string" } });
        return json!({ "name": "conditions", "in": "query", "description": meaning, "style": "form", "explode": true,
            "schema": schema, "example": { "kommunenummer": "eq.9901" } });
    }
    let schema = match name {
        "limit" => json!({ "type": "integer", "minimum": 1 }),
        "f" => json!({ "type": "string", "enum": ["json", "html"] }),
        "lang" => json!({ "type": "string", "enum": ["nb", "nn", "en"] }),
        "format" => json!({ "type": "string", "enum": Form::ALL.map(Form::extension) }),
        _ => json!({ "type": "string" }),
    };
    json!({ "name": name, "in": "query", "description": meaning, "schema": schema })
}

fn operation(route: &Route, template: &str, method: &str) -> Value {
    let content: Map<String, Value> = route.produces.iter().map(|kind| ((*kind).to_owned(), json!({}))).collect();
    let mut responses = Map::new();
    if route.tag == "files" {
        let file = |text: &str| json!({ "description": text, "content": content });
        if template.contains("/latest/") {
            responses.insert("302".to_owned(), json!({ "description": "The file's immutable address" }));
        } else {
            responses.insert("200".to_owned(), file("The whole file"));
            responses.insert("206".to_owned(), file("The range asked for"));
            responses.insert("304".to_owned(), json!({ "description": "Unchanged" }));
            for (status, text) in [("410", "Withdrawn"), ("412", "Another file"), ("416", "No such range")] {
                responses.insert(status.to_owned(), problem(text));
            }
        }
    } else {
        responses.insert("200".to_owned(), json!({ "description": route.summary, "content": content }));
    }
    responses.insert("default".to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    json!({
        "operationId": operation_id(template, method),
        "tags": [route.tag],
        "summary": route.summary,
        "responses": responses,
    })
}

fn problem(text: &str) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({ "description": text, "content": { "application/problem+json": { "schema": schema } } })
}

fn operation_id(template: &str, method: &str) -> String {
    let words = template.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let id = words.fold(method.to_owned(), |id, word| format!("{id}_{word}"));
    // The root has no other name; elsewhere a slash at the end makes another address.
    if template.len() > 1 && template.ends_with('/') { format!("{id}_slash") } else { id }
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": { "type": "string", "format": "uri", "description": "Where the code is explained" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "code": { "type": "string", "description": "Stable" },
            "hint": { "type": "string", "description": "What to do about it" },
            "instance": { "type": "string", "description": "Id of a failure of the server, for the operator" },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_document_is_the_route_table() {
        let text = serde_json::to_string_pretty(&document("allmenning", "/", crate::routes::ROUTES)).unwrap() + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        if std::env::var_os("ALLMENNING_BLESS").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == text, "api/openapi.json is stale: run the tests once with ALLMENNING_BLESS=1");
    }

    #[test]
    fn operations_have_names_of_their_own_and_declared_parameters() {
        let document = document("x", "/", crate::routes::ROUTES);
        let mut ids = std::collections::BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in ["get", "post"] {
                if let Some(id) = item[method]["operationId"].as_str() {
                    assert!(ids.insert(id.to_owned()), "{id}");
                }
            }
            let declared = item["parameters"].as_array().map_or(0, Vec::len);
            assert_eq!(path.matches('{').count(), declared, "{path}");
        }
        assert_eq!(document["paths"]["/sparql"]["post"]["operationId"], "post_sparql");
    }
}
