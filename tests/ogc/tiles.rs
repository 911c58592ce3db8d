//! OGC API Tiles Part 1 (OGC 20-057 annex A): one test for each abstract test of the classes core, tileset, tilesets-list,
//! geodata-tilesets, mvt and oas30 that can be asked over HTTP.

use serde_json::{Value, json};

use super::{ask, check_links, check_own_links, collections, get, links, local, refusal, server};
use crate::clients;

/// The tile sets of a collection.
const SET: &str = "tiles/WebMercatorQuad";

fn tileset(id: &str) -> Value {
    get(&format!("/collections/{id}/{SET}"))
}

/// The limits of a zoom: least and greatest row, least and greatest column.
fn limits(set: &Value, zoom: &str) -> [u64; 4] {
    let all = set["tileMatrixSetLimits"].as_array().unwrap();
    let one = all.iter().find(|one| one["tileMatrix"] == zoom).unwrap_or_else(|| panic!("{zoom}: {set:#}"));
    ["minTileRow", "maxTileRow", "minTileCol", "maxTileCol"].map(|name| one[name].as_u64().unwrap())
}

/// The address of a tile, from the template of its tile set.
fn tile(set: &Value, zoom: &str, row: u64, column: u64) -> String {
    let items = links(set, "item");
    assert_eq!((items.len(), &items[0]["templated"]), (1, &json!(true)), "{set:#}");
    let template = local(&items[0]["href"]);
    template
        .replace("{tileMatrix}", zoom)
        .replace("{tileRow}", &row.to_string())
        .replace("{tileCol}", &column.to_string())
}

#[test]
fn ats_tiles_core_conformance() {
    let conformance = get("/conformance");
    let classes = conformance["conformsTo"].as_array().unwrap();
    for class in ["core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30"] {
        let name = format!("http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{class}");
        assert!(classes.contains(&json!(name)), "{name}");
    }
}

#[test]
fn ats_tiles_core_tc_op_and_success() {
    // Every tile within the limits answers 200 with a tile, or 204.
    for id in collections() {
        let set = tileset(&id);
        for zoom in ["0", "5", "9"] {
            let [top, bottom, left, right] = limits(&set, zoom);
            let mut full = 0;
            for (row, column) in
                (top..=bottom.min(top + 6)).flat_map(|row| (left..=right.min(left + 6)).map(move |c| (row, c)))
            {
                let answer = ask(&tile(&set, zoom, row, column), "*/*");
                match answer.status {
                    200 => assert!(
                        !answer.body.is_empty()
                            && answer.header("content-type") == "application/vnd.mapbox-vector-tile"
                    ),
                    204 => assert!(answer.body.is_empty()),
                    other => panic!("{id} {zoom} {row} {column}: {other} {}", answer.text()),
                }
                full += usize::from(answer.status == 200);
            }
            // A plan of a few hundred metres is too small to be seen from far away.
            assert!(full > 0 || zoom == "9" || id == "reguleringsplan", "{id} {zoom}");
        }
    }
}

#[test]
fn ats_tiles_core_tc_error() {
    // Beyond the limits, and where the tile matrix set has no tile.
    let set = tileset("steder");
    let [top, bottom, left, right] = limits(&set, "8");
    for (zoom, row, column) in [
        ("8", top - 1, left),
        ("8", bottom + 1, left),
        ("8", top, left - 1),
        ("8", top, right + 1),
        ("0", 0, 1),
        ("23", 0, 0),
        ("99", 0, 0),
    ] {
        assert_eq!(refusal(&tile(&set, zoom, row, column)), (404, "api-not-found".to_owned()), "{zoom} {row} {column}");
    }
    for strange in ["x/0/0", "0/0/00", "-1/0/0", "0/0/4294967296", "0/0/1.5"] {
        assert_eq!(refusal(&format!("/collections/steder/{SET}/{strange}")).0, 404, "{strange}");
    }
    assert_eq!(refusal("/collections/steder/tiles/WorldCRS84Quad").0, 404);
    assert_eq!(refusal("/collections/postnummer/tiles").0, 404, "without a geometry");
    assert_eq!(refusal("/collections/lukket/tiles").0, 403);
    assert_eq!(refusal(&format!("/collections/lukket/{SET}/0/0/0")).0, 403);
    let own = tile(&set, "8", top, left);
    assert_eq!(refusal(&format!("{own}?datetime=2020-01-01")), (400, "api-parameter".to_owned()));
    assert_eq!(refusal(&format!("{own}?f=png")), (400, "api-format".to_owned()));
    for local in ["/tileMatrixSets?x=1", "/tileMatrixSets/WebMercatorQuad?x=1", "/collections/steder/tiles?x=1"] {
        assert_eq!(refusal(local), (400, "api-parameter".to_owned()), "{local}");
    }
    assert_eq!(refusal(&format!("/collections/steder/{SET}?f=tilejson&x=1")), (400, "api-parameter".to_owned()));
    assert_eq!(ask(&own, "image/png").status, 406);
}

#[test]
fn ats_tiles_tileset_description() {
    for id in collections() {
        let set = tileset(&id);
        assert_eq!(set["dataType"], "vector");
        assert_eq!(set["crs"], "http://www.opengis.net/def/crs/EPSG/0/3857");
        assert_eq!(set["tileMatrixSetURI"], "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad");
        check_links(&set);
        check_own_links(&set, "application/json");
        let scheme = links(&set, "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme");
        let scheme = get(&local(&scheme[0]["href"]));
        assert_eq!((&scheme["id"], &scheme["uri"]), (&json!("WebMercatorQuad"), &set["tileMatrixSetURI"]));
        let geodata = links(&set, "http://www.opengis.net/def/rel/ogc/1.0/geodata");
        assert_eq!(get(&local(&geodata[0]["href"]))["id"], id.as_str());
        let layer = &set["layers"][0];
        assert_eq!((&layer["id"], &layer["dataType"]), (&json!(id), &json!("vector")));
        let wanted = get(&format!("/collections/{id}/schema"));
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<String>>();
        assert_eq!(names(&layer["propertiesSchema"]["properties"]).len(), names(&wanted["properties"]).len());
        assert_eq!(set["boundingBox"]["lowerLeft"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn ats_tiles_tilesets_list() {
    for id in collections() {
        let collection = get(&format!("/collections/{id}"));
        let found = links(&collection, "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector");
        let list = get(&local(&found[0]["href"]));
        check_own_links(&list, "application/json");
        let sets = list["tilesets"].as_array().unwrap();
        assert_eq!(sets.len(), 1);
        let whole = get(&local(&links(&sets[0], "self")[0]["href"]));
        for member in ["title", "dataType", "crs", "tileMatrixSetURI"] {
            assert_eq!((&sets[0][member], sets[0][member].is_string()), (&whole[member], true), "{member}");
        }
    }
}

#[test]
fn ats_tms_tile_matrix_sets() {
    let landing = get("/");
    let found = links(&landing, "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes");
    let list = get(&local(&found[0]["href"]));
    check_own_links(&list, "application/json");
    let one = &list["tileMatrixSets"][0];
    let set = get(&local(&links(one, "self")[0]["href"]));
    check_own_links(&set, "application/json");
    assert_eq!((&set["id"], &set["crs"]), (&one["id"], &one["crs"]));
    // The registered definition: 25 matrices, each half as wide as the one before.
    let matrices = set["tileMatrices"].as_array().unwrap();
    assert_eq!((matrices.len(), &matrices[3]["id"], &matrices[3]["matrixWidth"]), (25, &json!("3"), &json!(8)));
    let number = |value: &Value| value.as_f64().unwrap();
    assert!((number(&matrices[0]["scaleDenominator"]) - 559_082_264.028_717).abs() < 1e-3);
    assert!((number(&matrices[24]["cellSize"]) - 0.009_330_691_929_822).abs() < 1e-9);
    assert!((number(&matrices[9]["pointOfOrigin"][0]) + 20_037_508.342_789_244).abs() < 1e-6);
}

#[test]
fn ats_tiles_oas30_operations() {
    let api = get("/api");
    for (path, id) in [
        ("/tileMatrixSets", "getTileMatrixSetsList"),
        ("/tileMatrixSets/WebMercatorQuad", "getTileMatrixSet"),
        ("/collections/steder/tiles", "steder.collection.vector.getTileSetsList"),
        ("/collections/steder/tiles/WebMercatorQuad", "steder.collection.vector.getTileSet"),
        (
            "/collections/steder/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}",
            "steder.collection.vector.getTile",
        ),
    ] {
        assert_eq!(api["paths"][path]["get"]["operationId"], id, "{path}");
    }
}

#[test]
fn tiles_are_known_by_their_version() {
    let set = tileset("steder");
    let [top, _, left, _] = limits(&set, "4");
    let path = format!("/ogc{}", tile(&set, "4", top, left));
    let first = server().ask("GET", &path, &[("accept-encoding", "identity")]);
    let etag = first.header("etag").to_owned();
    assert_eq!((first.status, first.header("cache-control")), (200, "public, no-cache"));
    assert_eq!(first.header("x-allmenning-version"), "1");
    assert_eq!(first.header("x-allmenning-features-left-out"), "");
    let again = server().ask("GET", &path, &[("if-none-match", &etag)]);
    assert_eq!((again.status, again.header("etag")), (304, etag.as_str()));
    let head = server().ask("HEAD", &path, &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    let packed = server().ask("GET", &path, &[("accept-encoding", "gzip")]);
    assert_eq!(packed.header("content-encoding"), "gzip");
}

#[test]
fn tilejson_leads_to_the_same_tiles() {
    let answer = ask(&format!("/collections/steder/{SET}?f=tilejson"), "*/*");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/vnd.mapbox.tile+json"));
    let document = answer.json();
    assert_eq!(
        (&document["tilejson"], &document["minzoom"], &document["maxzoom"]),
        (&json!("3.0.0"), &json!(0), &json!(22))
    );
    let template = local(&document["tiles"][0]);
    let [top, _, left, _] = limits(&tileset("steder"), "3");
    let address = template.replace("{z}", "3").replace("{y}", &top.to_string()).replace("{x}", &left.to_string());
    assert_eq!(ask(&address, "*/*").status, 200, "{address}");
    let fields = document["vector_layers"][0]["fields"].as_object().unwrap();
    assert!(fields.contains_key("navn") && !fields.contains_key("sted"));
}

/// By the reference decoder of Mapbox's format for Python and by GDAL, against the positions of the same features as
/// `GeoJSON`.
#[test]
fn clients_read_tiles_with_the_features_that_geojson_has() {
    let Some(python) = clients::python() else { return };
    let base = format!("{}/ogc", server().base);
    for (id, zoom, parts) in [("steder", "9", 29), ("kommuner", "6", 357), ("reguleringsplan", "17", 6)] {
        let said = clients::ask(&python, &[&clients::driver("tiles_read.py"), &base, id, zoom]);
        assert_eq!(said["layer"], id, "{said}");
        // A unit is an eighth or sixteenth of a pixel; simplification may take another one.
        assert!(said["farthest_units"].as_f64().unwrap() <= 2.0, "{said}");
        assert!(said["features"].as_u64().unwrap() >= parts && said["missing"] == 0, "{said}");
        assert_eq!((&said["attributes_same"], &said["windings_right"]), (&json!(true), &json!(true)), "{said}");
        assert_eq!(said["gdal_features"], said["decoded_features"], "{said}");
    }
}
