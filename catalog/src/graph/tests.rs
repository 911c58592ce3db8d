use std::collections::BTreeSet;

use config::MetadataHome;
use oxigraph::{
    io::{JsonLdProfileSet, RdfFormat as Syntax, RdfParser},
    model::Triple,
};

use super::*;
use crate::vocab::dcat_ap_no::tests::{recorded, small_catalogue};

fn graph() -> Graph {
    let (config, entries) = small_catalogue();
    Graph::build(&config, &entries, None).unwrap()
}

fn parsed(bytes: &[u8], format: RdfFormat) -> BTreeSet<String> {
    let syntax = match format {
        RdfFormat::Turtle => Syntax::Turtle,
        RdfFormat::JsonLd => Syntax::JsonLd { profile: JsonLdProfileSet::empty() },
        RdfFormat::RdfXml => Syntax::RdfXml,
        RdfFormat::NTriples => Syntax::NTriples,
    };
    RdfParser::from_format(syntax).for_slice(bytes).map(|quad| Triple::from(quad.unwrap()).to_string()).collect()
}

fn document(format: RdfFormat) -> String {
    String::from_utf8(graph().catalogue(format).unwrap()).unwrap()
}

#[test]
fn every_serialisation_says_the_same() {
    let graph = graph();
    let expected = parsed(&graph.catalogue(RdfFormat::NTriples).unwrap(), RdfFormat::NTriples);
    assert!(expected.len() > 200, "{}", expected.len());
    for format in RdfFormat::ALL {
        let bytes = graph.catalogue(format).unwrap();
        assert_eq!(parsed(&bytes, format), expected, "{format:?}");
    }
}

#[test]
fn the_same_statements_give_the_same_bytes() {
    for format in RdfFormat::ALL {
        assert_eq!(graph().catalogue(format).unwrap(), graph().catalogue(format).unwrap());
    }
    let text = document(RdfFormat::NTriples);
    let lines: Vec<&str> = text.lines().collect();
    let once: BTreeSet<&str> = lines.iter().copied().collect();
    assert_eq!(lines.len(), once.len(), "a statement stands twice");
}

#[test]
fn turtle_looks_like_this() {
    insta::assert_snapshot!(document(RdfFormat::Turtle));
}

#[test]
fn json_ld_is_compact_and_needs_no_network() {
    let document: serde_json::Value = serde_json::from_str(&document(RdfFormat::JsonLd)).unwrap();
    assert!(document["@context"].is_object());
    let nodes = document["@graph"].as_array().unwrap();
    let subjects: BTreeSet<&str> = nodes.iter().map(|node| node["@id"].as_str().unwrap()).collect();
    assert_eq!(subjects.len(), nodes.len(), "a subject stands twice");
    let dataset = nodes.iter().find(|node| node["@id"] == "https://data.testvik.example/d/badeplasser").unwrap();
    assert_eq!(dataset["@type"], "dcat:Dataset");
    assert_eq!(dataset["dcat:version"], "3");
    assert_eq!(dataset["dcat:distribution"].as_array().unwrap().len(), 12);
    assert_eq!(dataset["dct:title"][0], serde_json::json!({ "@language": "nn", "@value": "Badeplassar" }));
}

#[test]
fn a_dataset_document_is_that_dataset_alone() {
    let graph = graph();
    let id = "badeplasser".parse().unwrap();
    let document = String::from_utf8(graph.dataset(&id, RdfFormat::NTriples).unwrap().unwrap()).unwrap();
    assert!(document.contains("/d/badeplasser#csv"));
    assert!(!document.contains("kommunale-boliger"));
    assert_eq!(graph.dataset(&"finnes-ikke".parse().unwrap(), RdfFormat::Turtle).unwrap(), None);
}

#[test]
fn a_worker_sees_what_the_server_sees() {
    let graph = graph();
    let worker = Graph::from_nquads(&graph.to_nquads().unwrap()).unwrap();
    let all = |graph: &Graph| -> BTreeSet<String> {
        let bytes = graph.to_nquads().unwrap();
        RdfParser::from_format(Syntax::NQuads).for_slice(&bytes).map(|quad| quad.unwrap().to_string()).collect()
    };
    assert!(all(&graph).iter().any(|quad| quad.contains("dcat#hasVersion")), "queries know versions too");
    assert!(all(&worker) == all(&graph), "every statement in its graph");
    assert_eq!(worker.to_nquads().unwrap().len(), graph.to_nquads().unwrap().len());
    assert!(Graph::from_nquads(b"not quads").is_err());
}

fn csv(query: &str) -> String {
    let query = format!("PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> {query}");
    String::from_utf8(graph().query(&query, ResultFormat::Csv, 100_000).unwrap().body).unwrap()
}

#[test]
fn queries_see_the_union_and_count_a_statement_once() {
    assert_eq!(csv("SELECT (COUNT(*) AS ?n) { ?d a dcat:Dataset }"), "n\r\n3\r\n");
    // Every dataset's graph names the publisher.
    let publishers = "SELECT (COUNT(*) AS ?n) { ?p a <http://xmlns.com/foaf/0.1/Agent> }";
    assert_eq!(csv(publishers), "n\r\n1\r\n");
    assert_eq!(csv("SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }"), "n\r\n4\r\n");
    let own = "SELECT ?d { GRAPH ?d { ?d dct:title 'Badeplasser'@nb } }";
    assert_eq!(csv(own), "d\r\nhttps://data.testvik.example/d/badeplasser\r\n");
}

#[test]
fn answers_come_in_the_form_asked_for() {
    let graph = graph();
    let media = |query: &str, format| graph.query(query, format, 100_000).unwrap().media_type;
    let (select, construct) = ("SELECT ?s { ?s ?p ?o } LIMIT 1", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 3");
    assert_eq!(media(select, ResultFormat::Json), "application/sparql-results+json");
    assert_eq!(media(select, ResultFormat::Xml), "application/sparql-results+xml");
    assert!(media("ASK {}", ResultFormat::Tsv).starts_with("text/tab-separated-values"));
    assert_eq!(media(construct, ResultFormat::Turtle), "text/turtle");
    assert_eq!(media(construct, ResultFormat::JsonLd), "application/ld+json");
    assert_eq!(media(construct, ResultFormat::Xml), "application/rdf+xml");
    let body = graph.query(construct, ResultFormat::JsonLd, 100_000).unwrap().body;
    assert_eq!(parsed(&body, RdfFormat::JsonLd).len(), 3);
}

#[test]
fn what_cannot_be_answered_has_a_code() {
    let graph = graph();
    let code = |query: &str, max| graph.query(query, ResultFormat::Json, max).unwrap_err().code();
    assert_eq!(code("SELECT", 1000), "sparql-syntax");
    assert_eq!(code("CLEAR ALL", 1000), "sparql-update-refused");
    assert_eq!(code("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 1000), "sparql-unsupported");
    assert_eq!(code("SELECT * { ?s ?p ?o }", 1000), "sparql-too-large");
    assert_eq!(code("CONSTRUCT WHERE { ?s ?p ?o }", 1000), "sparql-too-large");
}

#[test]
fn what_is_described_elsewhere_is_not_in_the_document_that_portals_harvest() {
    for (home, is_here) in [(MetadataHome::Own, true), (MetadataHome::Geonorge, false)] {
        let (config, entries) = recorded(home);
        let graph = Graph::build(&config, &entries, None).unwrap();
        let text = String::from_utf8(graph.catalogue(RdfFormat::NTriples).unwrap()).unwrap();
        assert_eq!(text.contains("d/badeplasser"), is_here);
        let own = graph.dataset(&"badeplasser".parse().unwrap(), RdfFormat::NTriples).unwrap().unwrap();
        assert!(String::from_utf8(own).unwrap().contains("d/badeplasser>"), "its own document is there");
    }
}

#[test]
fn pages_of_the_catalogue_add_up_to_it() {
    let (config, small) = small_catalogue();
    let template = &small[&"badeplasser".parse().unwrap()];
    let many: BTreeMap<DatasetId, Entry> = (0..205)
        .map(|at| {
            let mut entry = template.clone();
            Arc::make_mut(&mut entry.dataset).id = format!("d{at:03}").parse().unwrap();
            (entry.dataset.id.clone(), entry)
        })
        .collect();
    let graph = Graph::build(&config, &many, None).unwrap();
    let page = |number| graph.catalogue_page(number, RdfFormat::NTriples).unwrap();
    let read = |bytes: Vec<u8>| parsed(&bytes, RdfFormat::NTriples);
    let pages: Vec<BTreeSet<String>> = (1..=3).map(|number| read(page(number).unwrap())).collect();
    let is_view = |line: &&String| line.contains("http://www.w3.org/ns/hydra/core#");
    let together: BTreeSet<String> = pages.iter().flatten().filter(|line| !is_view(line)).cloned().collect();
    assert_eq!(together, read(graph.catalogue(RdfFormat::NTriples).unwrap()));
    let links = |at: usize| pages[at].iter().filter(|line| line.contains("/ns/dcat#dataset>")).count();
    assert_eq!((links(0), links(1), links(2)), (100, 100, 5));
    let says = |at: usize, what: &str| pages[at].iter().any(|line| is_view(&line) && line.contains(what));
    assert!(says(0, "#next> <https://data.testvik.example/catalog.nt?page=2>") && says(1, "\"205\""));
    assert!(
        !says(2, "#next>")
            && !says(0, "#previous>")
            && says(2, "#last> <https://data.testvik.example/catalog.nt?page=3>")
    );
    assert!(page(0).is_none() && page(4).is_none());
    let empty = Graph::build(&config, &BTreeMap::new(), None).unwrap();
    assert!(empty.catalogue_page(1, RdfFormat::Turtle).unwrap().is_some());
}

#[test]
fn what_has_not_changed_is_taken_over() {
    let (config, mut entries) = small_catalogue();
    let before = Graph::build(&config, &entries, None).unwrap();
    let entry = entries.get_mut(&"tilsyn".parse().unwrap()).unwrap();
    Arc::make_mut(&mut entry.dataset).metadata_sha256 = "another".to_owned();
    Arc::make_mut(&mut entry.dataset).file.title.nb = "Nytt".to_owned();
    let after = Graph::build(&config, &entries, Some(&before)).unwrap();
    let same = |name: &str| {
        let iri = format!("https://data.testvik.example/d/{name}");
        Arc::ptr_eq(&before.inner.graphs[&iri].1, &after.inner.graphs[&iri].1)
    };
    assert!(same("badeplasser") && !same("tilsyn"));
    assert!(String::from_utf8(after.catalogue(RdfFormat::Turtle).unwrap()).unwrap().contains("Nytt"));
    let anew = Graph::build(&config, &entries, None).unwrap();
    assert_eq!(after.to_nquads().unwrap(), anew.to_nquads().unwrap());
}
