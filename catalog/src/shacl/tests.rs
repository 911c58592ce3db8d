//! W3C's own cases of SHACL Core, and what they leave open.

use std::path::{Path, PathBuf};

use oxigraph::{
    io::{RdfFormat, RdfParser},
    model::{Graph, NamedNode, Term, TermRef, Triple},
};

use super::*;

fn read(path: &Path) -> Vec<Triple> {
    let text = std::fs::read(path).unwrap();
    let base = format!("http://w3c.example/{}", path.file_name().unwrap().to_string_lossy());
    let parser = RdfParser::from_format(RdfFormat::Turtle).with_base_iri(&base).unwrap();
    parser
        .for_slice(&text)
        .map(|quad| quad.unwrap_or_else(|error| panic!("{}: {error}", path.display())).into())
        .collect()
}

fn turtle(text: &str) -> Vec<Triple> {
    let prefixes = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . \
                    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix ex: <http://x.example/> . ";
    let text = format!("{prefixes}{text}");
    let parser = RdfParser::from_format(RdfFormat::Turtle);
    parser.for_slice(&text).map(|quad| quad.unwrap().into()).collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
    found.sort();
}

fn one<'g>(graph: &'g Graph, subject: TermRef<'_>, property: &str) -> Option<TermRef<'g>> {
    let property = NamedNode::new(property).unwrap();
    match subject {
        TermRef::NamedNode(node) => graph.object_for_subject_predicate(node, &property),
        TermRef::BlankNode(node) => graph.object_for_subject_predicate(node, &property),
        TermRef::Literal(_) => None,
    }
}

/// A term for comparison: blank nodes have other names in every reading.
fn told(term: Option<TermRef<'_>>) -> String {
    match term {
        Some(TermRef::BlankNode(_)) => "blank".to_owned(),
        Some(term) => term.to_string(),
        None => String::new(),
    }
}

/// What a case says that should be found.
fn expected(graph: &Graph, report: TermRef<'_>) -> Vec<String> {
    const SH: &str = "http://www.w3.org/ns/shacl#";
    let results = NamedNode::new(format!("{SH}result")).unwrap();
    let TermRef::BlankNode(report) = report else { panic!("a report is a blank node") };
    let mut found: Vec<String> = graph
        .objects_for_subject_predicate(report, &results)
        .map(|result| {
            let of = |name: &str| told(one(graph, result, &format!("{SH}{name}")));
            // A severity that a shape makes up counts as the worst.
            let severity = of("resultSeverity");
            let known = ["Info>", "Warning>"].iter().any(|known| severity.ends_with(known));
            let severity = if known { severity } else { format!("<{SH}Violation>") };
            [
                of("focusNode"),
                of("resultPath"),
                of("value"),
                of("sourceConstraintComponent"),
                severity,
                of("sourceShape"),
            ]
            .join(" ")
        })
        .collect();
    found.sort();
    found
}

fn found(results: &[ShapeResult]) -> Vec<String> {
    let sh = |name: &str| format!("<http://www.w3.org/ns/shacl#{name}>");
    let path = |result: &ShapeResult| match (&result.property, &result.path) {
        (Some(property), _) => format!("<{property}>"),
        (None, Some(_)) => "blank".to_owned(),
        (None, None) => String::new(),
    };
    let line = |result: &ShapeResult| {
        let (focus, value) = (told(Some(result.focus.as_ref())), told(result.value.as_ref().map(Term::as_ref)));
        let (kind, severity) = (sh(result.component.name()), sh(&format!("{:?}", result.severity)));
        [focus, path(result), value, kind, severity, told(Some(result.shape.as_ref()))].join(" ")
    };
    let mut lines: Vec<String> = results.iter().map(line).collect();
    lines.sort();
    lines
}

/// Every case of W3C's suite for SHACL Core, result by result.
#[test]
fn the_cases_of_w3c_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/shacl/w3c");
    let (mut paths, mut cases, mut wrong) = (Vec::new(), 0, Vec::new());
    files(&folder, &mut paths);
    for path in paths.iter().filter(|path| path.extension().is_some_and(|kind| kind == "ttl")) {
        let triples = read(path);
        let graph: Graph = triples.iter().collect();
        let validate = NamedNode::new("http://www.w3.org/ns/shacl-test#Validate").unwrap();
        for case in graph.subjects_for_predicate_object(oxigraph::model::vocab::rdf::TYPE, &validate) {
            const MF: &str = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#";
            let action = one(&graph, case.into(), &format!("{MF}action")).unwrap();
            let result = one(&graph, case.into(), &format!("{MF}result")).unwrap();
            let file = |name: &str| {
                let iri = told(one(&graph, action, &format!("http://www.w3.org/ns/shacl-test#{name}")));
                let name = iri.rsplit('/').next().unwrap().trim_end_matches('>').to_owned();
                if name.is_empty() || path.ends_with(&name) {
                    triples.clone()
                } else {
                    read(&path.with_file_name(name))
                }
            };
            cases += 1;
            let (data, shapes) = (file("dataGraph"), file("shapesGraph"));
            let outcome = Shapes::read(&shapes).map(|shapes| found(&shapes.validate(data.iter().map(Triple::as_ref))));
            if matches!(result, TermRef::NamedNode(_)) {
                assert!(outcome.is_err(), "{}: an ill-formed shapes graph", path.display());
                continue;
            }
            let outcome = outcome.unwrap_or_else(|error| vec![error.to_string()]);
            let wanted = expected(&graph, result);
            if outcome != wanted {
                wrong.push(format!("{}\n  found {outcome:#?}\n  wanted {wanted:#?}", path.display()));
            }
        }
    }
    assert!(cases > 90, "{cases} cases");
    assert!(wrong.is_empty(), "{} of {cases} cases:\n{}", wrong.len(), wrong.join("\n"));
}

fn validate(shapes: &str, data: &str) -> Vec<String> {
    let shapes = Shapes::read(&turtle(shapes)).unwrap();
    let data = turtle(data);
    shapes
        .validate(data.iter().map(Triple::as_ref))
        .iter()
        .map(|result| format!("{} {}", result.component.name(), result.wanted))
        .collect()
}

#[test]
fn shapes_that_need_themselves_end() {
    let shapes = "ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:next ; sh:node ex:S ; sh:minCount 1 ] .";
    assert_eq!(validate(shapes, "ex:a a ex:C ; ex:next ex:b . ex:b ex:next ex:a ."), Vec::<String>::new());
    assert_eq!(validate(shapes, "ex:a a ex:C ; ex:next ex:b ."), ["NodeConstraintComponent http://x.example/S"]);
}

#[test]
fn a_long_chain_does_not_end_the_program() {
    let shapes = "ex:S sh:targetNode ex:n0 ; sh:property [ sh:path ex:next ; sh:node ex:S ] .";
    let links: Vec<String> = (0..100_000).map(|at| format!("ex:n{at} ex:next ex:n{} .", at + 1)).collect();
    assert!(validate(shapes, &links.join(" ")).is_empty());
}

#[test]
fn slips_of_the_pen_are_told_and_mean_nothing() {
    let shapes = "ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:MinCount 3 ; sh:patern \"x\" ] .";
    assert_eq!(Shapes::read(&turtle(shapes)).unwrap().passed_over(), ["MinCount", "patern"]);
    assert!(validate(shapes, "ex:a a ex:C .").is_empty());
}

#[test]
fn what_is_no_shape_is_an_error() {
    for (shapes, why) in [
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:minCount 1 ] .", "needs sh:path"),
        ("ex:S sh:targetClass ex:C ; sh:or ( [ sh:pattern \"(\" ] ) .", "cannot be read"),
        ("ex:S sh:targetClass ex:C ; sh:in _:l . _:l <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> 1 .", "no end"),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:path [ ex:odd 1 ] ] .", "no path"),
    ] {
        let error = Shapes::read(&turtle(shapes)).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn literals_must_be_of_their_datatype() {
    let shape = |datatype: &str| {
        format!("ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:datatype xsd:{datatype} ] .")
    };
    for (datatype, good, bad) in [
        ("date", "2026-02-28", "2026-02-30"),
        ("dateTime", "2026-02-28T12:00:00Z", "2026-02-28"),
        ("nonNegativeInteger", "0", "-1"),
        ("hexBinary", "00ff", "0"),
        ("duration", "P1Y", "1Y"),
        ("gYear", "2026", "26"),
        ("boolean", "true", "yes"),
        ("byte", "127", "128"),
    ] {
        let data = |value: &str| format!("ex:a a ex:C ; ex:p \"{value}\"^^xsd:{datatype} .");
        assert!(validate(&shape(datatype), &data(good)).is_empty(), "{datatype}");
        assert_eq!(validate(&shape(datatype), &data(bad)).len(), 1, "{datatype}");
        assert_eq!(validate(&shape(datatype), &format!("ex:a a ex:C ; ex:p \"{good}\" .")).len(), 1, "{datatype}");
    }
}
