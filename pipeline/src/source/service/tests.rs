//! What services say of themselves, also broken.

use std::io::Write as _;

use super::{
    arcgis::Layer,
    features::content_crs,
    outline::{Outline, refusal},
    page::Page,
    *,
};

fn layer(text: &str) -> std::result::Result<Layer, String> {
    Layer::parse(&Page::parse(text.as_bytes())?)
}

#[test]
fn a_layer_tells_how_it_is_read() {
    let text = r#"{"objectIdField": "FID", "maxRecordCount": 2000, "advancedQueryCapabilities": {"supportsPagination": true}}"#;
    assert_eq!(layer(text), Ok(Layer { object_id: "FID".to_owned(), at_once: 2000, pages: true }));
    let old = r#"{"fields": [{"name": "a", "type": "esriFieldTypeString"}, {"name": "OBJECTID", "type": "esriFieldTypeOID"}], "maxRecordCount": 1}"#;
    assert_eq!(layer(old), Ok(Layer { object_id: "OBJECTID".to_owned(), at_once: 1, pages: false }));
    for (broken, reason) in [
        ("", "EOF"),
        ("[]", "map"),
        ("<html>", "web page"),
        ("{}", "object ids"),
        (r#"{"objectIdField": "a; drop", "maxRecordCount": 1}"#, "object ids"),
        (r#"{"objectIdField": 7, "maxRecordCount": 1}"#, "object ids"),
        (r#"{"objectIdField": "a", "maxRecordCount": 0}"#, "at once"),
        (r#"{"objectIdField": "a", "maxRecordCount": -5}"#, "at once"),
        (r#"{"objectIdField": "a"#, "EOF"),
    ] {
        let told = layer(broken).unwrap_err();
        assert!(told.contains(reason), "{broken}: {told}");
    }
}

#[test]
fn a_page_keeps_its_features_as_they_were_served() {
    let body = b"\xEF\xBB\xBF{\"features\": [{\"a\": 1.10}, 7], \"links\": null, \"n\": 3}";
    let page = Page::parse(body).unwrap();
    assert_eq!((page.len(), page.features[0].get(), page.number("n")), (2, "{\"a\": 1.10}", Some(3)));
    assert!(page.raw("links").is_none() && page.value("missing").is_null());
    for (broken, reason) in
        [("{\"features\": {}}", "no list"), ("{\"features\": [}", "column"), ("  <?xml", "web page")]
    {
        let told = Page::parse(broken.as_bytes()).unwrap_err();
        assert!(told.contains(reason), "{told}");
    }
}

#[test]
fn the_system_of_a_page_is_the_one_asked_for_and_counts_eastings_first() {
    let utm = Crs::from_epsg(25_833);
    let named = |code: u32| format!("<http://www.opengis.net/def/crs/EPSG/0/{code}>");
    assert_eq!(content_crs(None, None), Ok(Crs::CRS84));
    assert_eq!(content_crs(Some(&named(25_833)), utm), content_crs(Some(&named(25_833)), None));
    assert_eq!(content_crs(Some("<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"), None), Ok(Crs::CRS84));
    for (header, asked, reason) in [
        (None, utm, "does not say"),
        (Some(named(25_832)), utm, "the answer is in"),
        (Some(named(4258)), None, "first"),
        (Some(named(4258)), Crs::from_epsg(4258), "first"),
        (Some("<http://example.org/mitt>".to_owned()), None, "no system"),
    ] {
        let told = content_crs(header.as_deref(), asked).unwrap_err();
        assert!(told.contains(reason), "{told}");
    }
}

fn outline(text: &str) -> Result<Outline> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    Outline::read(file.path())
}

#[test]
fn an_answer_of_a_wfs_is_counted_and_its_reports_are_told() {
    let hits = outline("<wfs:FeatureCollection xmlns:wfs='w' numberMatched='42' numberReturned='0'/>").unwrap();
    assert_eq!((hits.root.as_str(), hits.matched, hits.members), ("FeatureCollection", Some(42), 0));
    assert_eq!(outline("<FeatureCollection numberMatched='unknown'/>").unwrap().matched, None);
    let nested = "<a><member><FeatureCollection><member><B id='1'><member2/></B></member><member><B id='2'/></member></FeatureCollection></member></a>";
    let nested = outline(nested).unwrap();
    assert_eq!((nested.members, nested.ids), (2, Some(Sha256::of(b"1\n2\n"))));
    let report = "<o:ExceptionReport xmlns:o='o'><o:Exception exceptionCode='A'><o:ExceptionText> b\n c</o:ExceptionText></o:Exception></o:ExceptionReport>";
    assert_eq!(outline(report).unwrap().exception.as_deref(), Some("A: b c"));
    assert_eq!(refusal(report.as_bytes()).as_deref(), Some("A: b c"));
    let old = "<ServiceExceptionReport><ServiceException code='B'>c</ServiceException></ServiceExceptionReport>";
    assert_eq!(outline(old).unwrap().exception.as_deref(), Some("B: c"));
    assert_eq!(
        refusal(br#"{"code": "InvalidParameter", "description": "bbox"}"#).as_deref(),
        Some("InvalidParameter: bbox")
    );
    for silent in ["", "{}", "<html></html>", "<a", "\0"] {
        assert_eq!(refusal(silent.as_bytes()), None, "{silent}");
    }
    for broken in ["", "<a>", "<a></b>", "no XML", "<a/><b/>"] {
        assert!(outline(broken).is_err(), "{broken}");
    }
}

fn feed(text: &str) -> Result<Vec<feed::Entry>> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    feed::read(file.path())
}

fn atom_spec(more: &str) -> config::AtomSource {
    serde_json::from_str(&format!("{{\"url\": \"https://atom.example/a.xml\"{more}}}")).unwrap()
}

#[test]
fn one_entry_of_a_feed_is_meant() {
    let entries = feed(include_str!("../../../../tests/fixtures/geo/atom_dataset.xml")).unwrap();
    let title = |more: &str| atom::file(&atom_spec(more), &entries).map(|entry| entry.target().unwrap().to_owned());
    assert!(title("").unwrap().ends_with("alle_25833.geojson"));
    assert!(title(r#", "area": "Testvik", "crs": "EPSG:25832""#).unwrap().ends_with("testvik_25832.geojson"));
    assert!(title(r#", "area": "Testvik", "format": "shape""#).unwrap().ends_with("omrader.zip"));
    for (more, reason) in [
        (r#", "area": "Testvik""#, "3 of 4"),
        (r#", "area": "Bortevik""#, "0 of 4"),
        (r#", "crs": "EPSG:25832""#, "0 of 4"),
        (r#", "format": "sosi""#, "Landsdekkende"),
    ] {
        let told = title(more).unwrap_err();
        assert!(told.contains(reason), "{told}");
    }
    let service = feed(include_str!("../../../../tests/fixtures/geo/atom_service.xml")).unwrap();
    let dataset = |more: &str| atom::dataset(&atom_spec(more), &service).map(|entry| entry.title.clone());
    assert_eq!(dataset(r#", "dataset": "testvik-bygg", "format": "geojson""#), Ok("Bygg GEOJSON-format".to_owned()));
    assert!(dataset(r#", "dataset": "testvik-bygg""#).unwrap_err().contains("2 of 2"));
}

#[test]
fn a_feed_with_any_entry_that_is_not_for_everybody_is_refused() {
    let open = feed(include_str!("../../../../tests/fixtures/geo/atom_dataset.xml")).unwrap();
    assert_eq!(atom::refuse_restricted(&open), Ok(()));
    let barred = include_str!("../../../../tests/fixtures/geo/atom_restricted.xml");
    let told = |text: &str| atom::refuse_restricted(&feed(text).unwrap());
    assert!(told(barred).unwrap_err().contains("1 of 4 files are marked 'norway digital restricted'"));
    // A class that nobody knows bars too; the open one does not.
    assert!(told(&barred.replace("norway digital restricted", "noe nytt")).is_err());
    assert!(told(&barred.replace("scheme=\"https://register", "s=\"https://register")).is_err(), "without a scheme");
    assert_eq!(
        told(&barred.replace("norway digital restricted", "no restrictions").replace("begrenset", "fri")),
        Ok(())
    );
    for broken in ["", "<feed>", "<html/>", "{}", "<feed><entry></feed>"] {
        assert!(feed(broken).is_err(), "{broken}");
    }
    assert!(feed("<feed/>").unwrap().is_empty());
}
