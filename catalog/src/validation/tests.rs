use std::collections::BTreeSet;

use super::*;
use crate::{
    graph::Graph,
    vocab::{HVD_LEGISLATION, dcat_ap_no::tests::small_catalogue},
};

#[test]
fn a_finding_names_the_field_that_mends_it() {
    let (config, mut datasets) = small_catalogue();
    let validator = Validator::of(&OutputProfile::ALL).unwrap();
    let find = |datasets: &_| -> Vec<MetadataFinding> {
        let graph = Graph::build(&config, datasets, None).unwrap();
        graph.findings(&validator, &config).into_iter().filter(|finding| finding.defect.is_none()).collect()
    };
    let blocking = find(&datasets).into_iter().filter(MetadataFinding::blocks).collect::<Vec<_>>();
    assert!(blocking.is_empty(), "{blocking:#?}");
    let entry = datasets.get_mut(&"badeplasser".parse().unwrap()).unwrap();
    let dataset = std::sync::Arc::make_mut(&mut entry.dataset);
    dataset.file.themes.clear();
    dataset.contact.name.nb = "Ny".to_owned();
    let found: Vec<MetadataFinding> = find(&datasets).into_iter().filter(MetadataFinding::blocks).collect();
    let profiles: BTreeSet<OutputProfile> = found.iter().map(|finding| finding.profile).collect();
    assert_eq!(profiles, [OutputProfile::Fdk, OutputProfile::DcatApNo3].into(), "{found:#?}");
    for finding in &found {
        let field = Field { file: "datasets/badeplasser.toml".to_owned(), key: "themes" };
        assert_eq!(finding.field, Some(field), "{finding:#?}");
        assert!(finding.message.nb.contains("dcat:theme"), "{finding:#?}");
    }
    assert_eq!(found[0].message.get(config::Language::Nn), "dcat:theme manglar");
}

#[test]
fn known_defects_explain_and_do_not_block() {
    let (config, datasets) = small_catalogue();
    let graph = Graph::build(&config, &datasets, None).unwrap();
    let validator = Validator::of(&[OutputProfile::DcatApNo3]).unwrap();
    let found = graph.findings(&validator, &config);
    let explained = found.iter().filter(|finding| finding.defect == Some(Defect::ApplicationMediaTypes)).count();
    assert!(explained > 0 && found.iter().all(|finding| !finding.blocks()), "{found:#?}");
}

#[test]
fn the_shapes_of_high_value_look_at_such_datasets_alone() {
    let validator = Validator::of(&[OutputProfile::DcatApHvd]).unwrap();
    let head = "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dcatap: <http://data.europa.eu/r5r/> . ";
    let plain = format!("{head}<http://x.example/d> a dcat:Dataset .");
    assert_eq!(validator.validate_file("a.ttl", plain.as_bytes(), None).unwrap(), []);
    let valuable =
        format!("{head}<http://x.example/d> a dcat:Dataset ; dcatap:applicableLegislation <{HVD_LEGISLATION}> .");
    let found = validator.validate_file("a.ttl", valuable.as_bytes(), None).unwrap();
    assert!(found.iter().any(|finding| finding.blocks() && finding.message.nb.contains("hvdCategory")), "{found:#?}");
}

#[test]
fn a_file_that_cannot_be_read_tells_where() {
    let validator = Validator::of(&[OutputProfile::Fdk]).unwrap();
    for (name, text, place) in [
        ("a.ttl", "<http://x.example/> a\n  <http://x.example/", "line 2"),
        ("a.nt", "<http://x.example/> <p> .\n", "line 1"),
        ("a.jsonld", "{\"@id\": ", "line 1"),
        ("b.jsonld", "{\"@context\": \"http://127.0.0.1:9/c\", \"@id\": \"http://x.example/\"}", "nothing is fetched"),
        ("a.rdf", "<rdf:RDF>", "rdf"),
    ] {
        let error = validator.validate_file(name, text.as_bytes(), None).unwrap_err();
        assert_eq!(error.code(), "catalog-rdf");
        assert!(error.to_string().contains(place), "{error}");
    }
}

#[test]
fn names_lead_back() {
    assert!(OutputProfile::ALL.iter().all(|profile| OutputProfile::named(profile.name()) == Some(*profile)));
    assert!(Defect::ALL.iter().all(|defect| Defect::named(defect.name()) == Some(*defect)));
}

/// Slips of the pen in the published shapes, which mean nothing there and here: who brings new shapes sees new ones.
#[test]
fn the_shapes_of_others_are_read_as_they_are() {
    let shapes = |profile: OutputProfile| {
        let mut shapes = Shapes::default();
        profile.add_to(&mut shapes).unwrap();
        shapes
    };
    let slips = |profile: OutputProfile| shapes(profile).passed_over().to_vec();
    assert_eq!(slips(OutputProfile::DcatApNo3), [""; 0]);
    assert_eq!(slips(OutputProfile::DcatApHvd), [""; 0]);
    let counts = OutputProfile::ALL.map(|profile| shapes(profile).targeted());
    assert!(counts.iter().all(|count| *count >= 10), "{counts:?}");
    assert!(slips(OutputProfile::Fdk).iter().any(|slip| slip == "MinCount"));
}
