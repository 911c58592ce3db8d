//! What the SPARQL service answers about, as SPARQL 1.1 Service Description and as `VoID`.

use oxigraph::model::Triple;

use super::{prefix::PREFIXES, triples::Triples};
use crate::Result;

/// Results, by the names of the W3C's list of formats.
const RESULTS: [&str; 8] = [
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "RDF_XML",
    "JSON-LD",
    "N-Triples",
];
const FORMATS: &str = "http://www.w3.org/ns/formats/";
const DUMPS: [&str; 4] = ["ttl", "jsonld", "rdf", "nt"];

/// The service and its data: `graphs` are the named graphs with the number of their statements.
pub(crate) fn describe<'a>(base: &str, graphs: impl Iterator<Item = (&'a str, usize)>) -> Result<Vec<Triple>> {
    let mut out = Triples::default();
    let (service, data, union) =
        (format!("{base}sparql"), format!("{base}sparql#data"), format!("{base}sparql#default"));
    out.kind(&service, "sd:Service");
    out.link(&service, "sd:endpoint", &service);
    for (predicate, name) in [
        ("sd:supportedLanguage", "http://www.w3.org/ns/sparql-service-description#SPARQL11Query"),
        ("sd:feature", "http://www.w3.org/ns/sparql-service-description#UnionDefaultGraph"),
    ] {
        out.link(&service, predicate, name);
    }
    for result in RESULTS {
        out.link(&service, "sd:resultFormat", &format!("{FORMATS}{result}"));
    }
    out.link(&service, "sd:defaultDataset", &data);
    out.kind(&data, "sd:Dataset");
    out.kind(&data, "void:Dataset");
    out.link(&data, "void:sparqlEndpoint", &service);
    out.link(&data, "foaf:homepage", base);
    out.plain(&data, "void:uriSpace", base);
    for extension in DUMPS {
        out.link(&data, "void:dataDump", &format!("{base}catalog.{extension}"));
    }
    for (_, namespace) in PREFIXES.iter().filter(|(prefix, _)| !matches!(*prefix, "sd" | "void")) {
        out.link(&data, "void:vocabulary", namespace);
    }
    out.link(&data, "sd:defaultGraph", &union);
    out.kind(&union, "sd:Graph");
    let mut all = 0;
    for (graph, statements) in graphs {
        let named = format!("{graph}#graph");
        out.link(&data, "sd:namedGraph", &named);
        out.kind(&named, "sd:NamedGraph");
        out.link(&named, "sd:name", graph);
        out.typed(&named, "void:triples", &statements.to_string(), "xsd:integer");
        out.link(&data, "void:exampleResource", graph);
        all += statements;
    }
    out.typed(&data, "void:triples", &all.to_string(), "xsd:integer");
    out.finish()
}
