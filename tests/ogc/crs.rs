//! Coordinate reference systems (OGC 18-058r1 annex A), with PROJ's own figures from GDAL where it is installed.

use std::process::Command;

use serde_json::Value;

use super::{CRS84, ask, collections, get, ids, items, place, positions, query, refusal};
use crate::harness::skipped;

/// The address of a system with an EPSG code.
fn epsg(code: u32) -> String {
    format!("http://www.opengis.net/def/crs/EPSG/0/{code}")
}

/// The systems of a collection.
fn systems(id: &str) -> Vec<String> {
    let list = get(&format!("/collections/{id}"))["crs"].clone();
    list.as_array().unwrap().iter().map(|uri| uri.as_str().unwrap().to_owned()).collect()
}

/// Positions as PROJ brings them from WGS 84 to an EPSG system, in the order of easting and northing.
fn proj(code: u32, places: &[(f64, f64)]) -> Option<Vec<(f64, f64)>> {
    let lines: Vec<String> = places.iter().map(|(x, y)| format!("{x} {y}")).collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), lines.join("\n") + "\n").unwrap();
    let out = Command::new("gdaltransform")
        .args(["-s_srs", "OGC:CRS84", "-t_srs", &format!("EPSG:{code}"), "-output_xy"])
        .stdin(std::fs::File::open(file.path()).unwrap())
        .output()
        .ok()?;
    let text = String::from_utf8(out.stdout).unwrap();
    let pair = |line: &str| {
        let mut numbers = line.split(' ').map(|number| number.parse::<f64>().unwrap());
        (numbers.next().unwrap(), numbers.next().unwrap())
    };
    Some(text.lines().map(pair).collect())
}

#[test]
fn ats_crs_crs_uri() {
    for one in get("/collections")["collections"].as_array().unwrap() {
        let uris = one["crs"].as_array().unwrap().iter().chain([&one["storageCrs"]]);
        for uri in uris.map(|uri| uri.as_str().unwrap()) {
            let name = uri.strip_prefix("http://www.opengis.net/def/crs/").unwrap_or_else(|| panic!("{uri}"));
            let parts: Vec<&str> = name.split('/').collect();
            let [authority, version, code] = parts[..] else { panic!("{uri}") };
            assert!(["OGC", "EPSG"].contains(&authority) && !version.is_empty() && !code.is_empty(), "{uri}");
            assert!(url::Url::parse(uri).is_ok());
        }
    }
    let wanted: Vec<String> = [25_832, 25_833, 25_835, 4258, 4326, 3857].map(epsg).into();
    assert_eq!(systems("kommuner"), [vec![CRS84.to_owned()], wanted].concat());
}

#[test]
fn ats_crs_default_crs() {
    for id in collections() {
        assert!(systems(&id).contains(&CRS84.to_owned()), "{id}");
    }
}

#[test]
fn ats_crs_storage_crs() {
    for id in collections() {
        let storage = get(&format!("/collections/{id}"))["storageCrs"].as_str().unwrap().to_owned();
        assert!(systems(&id).contains(&storage), "{id} {storage}");
    }
    assert_eq!(get("/collections/steder")["storageCrs"], epsg(25_833));
    assert_eq!(get("/collections/kommuner")["storageCrs"], CRS84);
}

#[test]
fn ats_crs_crs_parameter() {
    for id in collections() {
        for uri in systems(&id) {
            for local in ["/items", "/items?limit=1"] {
                let address = query(&format!("/collections/{id}/items"), &[("crs", &uri), ("limit", "2")]);
                let answer = ask(&address, "application/geo+json");
                assert_eq!(answer.status, 200, "{id} {uri} {local}");
                assert_eq!(answer.header("content-crs"), format!("<{uri}>"), "{id} {local}");
            }
        }
    }
    let one = ask(&query("/collections/steder/items/1", &[("crs", &epsg(25_832))]), "*/*");
    assert_eq!((one.status, one.header("content-crs")), (200, format!("<{}>", epsg(25_832)).as_str()));
    let page = ask(&query("/collections/steder/items", &[("crs", &epsg(25_832)), ("f", "html")]), "*/*");
    assert_eq!((page.status, page.header("content-crs")), (200, format!("<{}>", epsg(25_832)).as_str()));
}

#[test]
fn ats_crs_crs_parameter_default() {
    for address in ["/collections/steder/items", "/collections/steder/items/1", "/collections/kommuner/items?limit=1"] {
        assert_eq!(ask(address, "application/geo+json").header("content-crs"), format!("<{CRS84}>"), "{address}");
    }
}

#[test]
fn ats_crs_crs_parameter_invalid() {
    for bad in [&epsg(27_391), &epsg(99_999), "EPSG:25833", "http://www.opengis.net/def/crs/OGC/0/CRS83", "x", ""] {
        for address in ["/collections/steder/items", "/collections/steder/items/1"] {
            assert_eq!(refusal(&query(address, &[("crs", bad)])), (400, "api-crs".to_owned()), "{bad}");
        }
        assert_eq!(
            refusal(&query("/collections/steder/items", &[("filter-crs", bad)])),
            (400, "api-crs".to_owned()),
            "{bad}"
        );
    }
}

#[test]
fn ats_crs_crs_parameter_transform() {
    // Two ways of looking: latitude first on the wire, and PROJ for the planes.
    let plain = items("steder", &[]);
    let degrees: Vec<(f64, f64)> = (0..29).map(place).collect();
    for code in [4258, 4326] {
        let turned = items("steder", &[("crs", &epsg(code))]);
        for (a, b) in plain["features"].as_array().unwrap().iter().zip(turned["features"].as_array().unwrap()) {
            let (straight, swapped) = (positions(&a["geometry"]), positions(&b["geometry"]));
            assert_eq!(straight.iter().map(|(x, y)| (*y, *x)).collect::<Vec<_>>(), swapped, "{code}");
        }
    }
    for code in [25_832, 25_833, 25_835, 3857] {
        let Some(known) = proj(code, &degrees) else { return skipped("gdaltransform is not installed") };
        let page = items("steder", &[("crs", &epsg(code))]);
        let features: Vec<&Value> = page["features"].as_array().unwrap().iter().collect();
        let mut compared = 0;
        for (number, (x, y)) in known.into_iter().enumerate().filter(|(number, _)| !matches!(number % 10, 5 | 6)) {
            let (own_x, own_y) = positions(&features[number]["geometry"])[0];
            // The stored coordinates are rounded to a tenth of a millimetre, as are those of the answer.
            assert!(
                (own_x - x).abs() < 0.002 && (own_y - y).abs() < 0.002,
                "{code} {number}: {own_x} {own_y}, {x} {y}"
            );
            compared += 1;
        }
        assert!(compared > 20);
    }
}

/// The same box in every system finds the same features.
#[test]
fn ats_crs_bbox_crs_parameter() {
    let (west, south, east, north) = (10.55, 59.25, 12.05, 60.05);
    let wanted = ids(&items("steder", &[("bbox", &format!("{west},{south},{east},{north}"))]));
    assert!((5..12).contains(&wanted.len()), "{wanted:?}");
    for code in [4258, 4326] {
        let bbox = format!("{south},{west},{north},{east}");
        let found = ids(&items("steder", &[("bbox", &bbox), ("bbox-crs", &epsg(code))]));
        assert_eq!(found, wanted, "{code}");
    }
    let found = ids(&items("steder", &[("bbox", &format!("{west},{south},{east},{north}")), ("bbox-crs", CRS84)]));
    assert_eq!(found, wanted);
    // Boxes of a plane hold more than the box in degrees that they are drawn around; each feature is looked at.
    for code in [25_832, 25_833, 25_835, 3857] {
        let (x, y) = place(7);
        let Some(known) = proj(code, &[(x, y)]) else { return skipped("gdaltransform is not installed") };
        let (east, north) = known[0];
        let near = |by: f64| format!("{},{},{},{}", east - by, north - by, east + by, north + by);
        for id in ["steder", "steder"] {
            let found = ids(&items(id, &[("bbox", &near(10.0)), ("bbox-crs", &epsg(code))]));
            assert_eq!(found, ["8", "30"], "{code}");
        }
        let beside = format!("{},{},{},{}", east + 1.0, north - 10.0, east + 20.0, north + 10.0);
        assert_eq!(ids(&items("steder", &[("bbox", &beside), ("bbox-crs", &epsg(code))])), ["30"], "{code}");
    }
    // A collection that is kept in degrees, asked in metres.
    let oslo = ids(&items("kommuner", &[("bbox", "262000,6649000,262100,6649100"), ("bbox-crs", &epsg(25_833))]));
    assert_eq!(oslo, ["0301"]);
}

#[test]
fn ats_crs_bbox_crs_parameter_default() {
    let bbox = "10.55,59.25,12.05,60.05";
    let plain = ids(&items("steder", &[("bbox", bbox)]));
    assert_eq!(plain, ids(&items("steder", &[("bbox", bbox), ("bbox-crs", CRS84)])));
    // The system of the answer is not that of the box.
    assert_eq!(plain, ids(&items("steder", &[("bbox", bbox), ("crs", &epsg(25_833))])));
}

#[test]
fn ats_crs_bbox_crs_parameter_invalid() {
    for bad in [&epsg(27_391), "EPSG:25833", "x", ""] {
        let address = query("/collections/steder/items", &[("bbox", "10,59,11,60"), ("bbox-crs", bad)]);
        assert_eq!(refusal(&address), (400, "api-crs".to_owned()), "{bad}");
    }
    let swapped = query("/collections/steder/items", &[("bbox", "59,100,60,101"), ("bbox-crs", CRS84)]);
    assert_eq!(refusal(&swapped), (400, "api-bbox".to_owned()));
}
