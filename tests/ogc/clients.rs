//! Real clients: GDAL's driver for OGC API Features, and `OWSLib`.

use std::process::Command;

use serde_json::Value;

use super::server;
use crate::clients;

/// What a program of GDAL says; it must end well.
fn gdal(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).env("GDAL_HTTP_PROXY", "").env("no_proxy", "*").output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && !err.contains("ERROR"), "{words:?}: {out}{err}");
    out.into_owned()
}

#[test]
fn gdal_lists_and_reads_collections() {
    if clients::python().is_none() {
        return;
    }
    let source = format!("OAPIF:{}/ogc", server().base);
    let list = gdal("ogrinfo", &["-ro", "-q", &source]);
    for name in ["kommuner", "steder", "faa", "uten", "reguleringsplan"] {
        assert!(list.contains(name), "{list}");
    }
    let layer = gdal("ogrinfo", &["-ro", "-so", &source, "kommuner"]);
    assert!(layer.contains("Feature Count: 357") && layer.contains("WGS 84"), "{layer}");
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("steder.gpkg");
    gdal("ogr2ogr", &["-f", "GPKG", target.to_str().unwrap(), &source, "steder"]);
    let copied = gdal("ogrinfo", &["-ro", "-so", target.to_str().unwrap(), "steder"]);
    assert!(copied.contains("Feature Count: 30"), "{copied}");
    for field in ["antall: Integer", "andel: Real", "dato: Date", "endret: DateTime", "navn: String"] {
        assert!(copied.contains(field), "{field}: {copied}");
    }
    // A box is sent to the server and gives what it gives itself.
    let near = gdal("ogrinfo", &["-ro", "-so", "-spat", "10.5", "59.2", "10.7", "59.4", &source, "steder"]);
    let own = server().get("/ogc/collections/steder/items?bbox=10.5,59.2,10.7,59.4").json()["numberMatched"]
        .as_u64()
        .unwrap();
    let count: u64 = near.lines().find_map(|line| line.strip_prefix("Feature Count: ")).unwrap().parse().unwrap();
    assert!(own == 2 && (count == own || count == 1), "{near}");
}

#[test]
fn gdal_follows_every_page() {
    if clients::python().is_none() {
        return;
    }
    let source = format!("OAPIF:{}/ogc", server().base);
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("kommuner.geojsonl");
    gdal("ogr2ogr", &["-f", "GeoJSONSeq", target.to_str().unwrap(), &source, "kommuner", "-oo", "PAGE_SIZE=50"]);
    let lines = std::fs::read_to_string(target).unwrap();
    let numbers: std::collections::BTreeSet<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["properties"]["kode"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((numbers.len(), lines.lines().count()), (357, 357));
}

#[test]
fn owslib_walks_the_api() {
    let Some(python) = clients::python() else { return };
    let said =
        clients::ask(&python, &[&clients::driver("owslib_read.py"), &format!("{}/ogc", server().base), "steder"]);
    assert_eq!(said["conforms"], true, "{said:#}");
    assert_eq!(
        (&said["collections"], &said["matched"], &said["returned"]),
        (&5.into(), &30.into(), &7.into()),
        "{said:#}"
    );
    assert_eq!(
        (&said["in_box"], &said["filtered"], &said["one"]),
        (&2.into(), &15.into(), &"Brekke 02".into()),
        "{said:#}"
    );
    assert_eq!(said["queryables"].as_array().unwrap().len(), 11, "{said:#}");
}
