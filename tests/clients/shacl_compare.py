#!/usr/bin/env python3
"""Holds what `allmenning validate` finds against what pySHACL finds, result by result, and prints one line of JSON.

Usage: shacl_compare.py PROGRAM SHAPES_FOLDER MUTATIONS FILE...
Every file is compared by every profile. Of the first file that many mutations are made, the same ones at every run, each
compared by one profile in turn: a statement is taken away, said of something else, or its value becomes another one.
Compared are focus node, path, value, component and severity of every result; blank nodes are equal to each other.
Exit code 1 if anything differs.
"""

import collections
import json
import logging
import pathlib
import random
import subprocess
import sys
import tempfile

import pyshacl
import rdflib
from rdflib.namespace import RDF, SH, XSD

PROFILES = {
    "fdk": ["dcat-ap-no-2.0.0.ttl"],
    "dcat-ap-no-3": ["dcat-ap-no-3-core.ttl", "dcat-ap-no-3-range.ttl", "dcat-ap-no-3-vocabulary.ttl"],
    "dcat-ap-3": ["dcat-ap-3.0.1-base.ttl", "dcat-ap-3.0.1-range.ttl"],
}


def local(term):
    """The last part of an IRI."""
    return str(term).rsplit("#", 1)[-1]


def told(term):
    """A term as N-Triples write it; blank nodes have no name."""
    if term is None or term == "":
        return ""
    return "_" if isinstance(term, rdflib.BNode) else term.n3()


def by_pyshacl(file, shapes):
    """What pySHACL finds: results, each as often as it is found."""
    found = collections.Counter()
    data = rdflib.Graph().parse(file, format="turtle" if file.suffix == ".ttl" else "nt")
    for graph in shapes:
        _, report, _ = pyshacl.validate(data, shacl_graph=graph, inference="none", advanced=False)
        for top in report.objects(None, SH.result):
            value = lambda key: report.value(top, key)
            path = value(SH.resultPath)
            severity = local(value(SH.resultSeverity))
            found[
                (
                    told(value(SH.focusNode)),
                    path.n3() if isinstance(path, rdflib.URIRef) else "",
                    told(value(SH.value)),
                    local(value(SH.sourceConstraintComponent)),
                    severity if severity in ("Info", "Warning") else "Violation",
                )
            ] += 1
    return found


def term(text):
    """A term of our answer as pySHACL's are told."""
    if not text:
        return ""
    if text.startswith("_:"):
        return "_"
    return rdflib.util.from_n3(text).n3() if text.startswith(("<", '"')) else f"<{text}>"


def by_us(program, file, profile):
    """What we find."""
    words = [program, "--json", "validate", str(file), "--profile", profile]
    output = subprocess.run(words, capture_output=True, text=True, check=False)
    if output.returncode not in (0, 4):
        sys.exit(f"{words}: {output.stderr}")
    found = collections.Counter()
    for finding in json.loads(output.stdout)["findings"]:
        path = finding["path"] or ""
        single = path if path.startswith("<") and path.count("<") == 1 and path.endswith(">") else ""
        key = (term(finding["focus"]), single, term(finding["value"]), finding["component"], finding["severity"])
        found[key] += 1
    return found


def mutation(triples, chance):
    """The statements with one change."""
    triples = list(triples)
    place = chance.randrange(len(triples))
    subject, predicate, value = triples.pop(place)
    kind = chance.randrange(7)
    others = [
        rdflib.Literal(str(value)),
        rdflib.Literal("x", datatype=XSD.date),
        rdflib.BNode(),
        rdflib.URIRef("https://elsewhere.example/ting"),
        rdflib.Literal("tekst", lang="nb"),
    ]
    if kind == 0:
        return triples
    if kind == 1:
        return [*triples, (subject, predicate, value), (subject, predicate, others[chance.randrange(len(others))])]
    if kind == 2:
        return [triple for triple in triples if triple[:2] != (subject, predicate)]
    return [*triples, (subject, predicate, others[kind - 3] if kind - 3 < 4 else others[4])]


def main():
    # rdflib tells at length of every literal that is not of its datatype; such are made here.
    logging.disable()
    program, folder, mutations = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    files = [pathlib.Path(name) for name in sys.argv[4:]]
    shapes = {
        profile: [rdflib.Graph().parse(folder / name, format="turtle") for name in names]
        for profile, names in PROFILES.items()
    }
    compared, results, differ = 0, 0, []

    def compare(file, profile, name):
        nonlocal compared, results
        theirs, ours = by_pyshacl(file, shapes[profile]), by_us(program, file, profile)
        compared += 1
        results += sum(theirs.values())
        if theirs != ours:
            missing, extra = list((theirs - ours).items()), list((ours - theirs).items())
            differ.append({"file": name, "profile": profile, "missing": missing[:5], "extra": extra[:5]})

    for file in files:
        for profile in PROFILES:
            compare(file, profile, file.name)
    with tempfile.TemporaryDirectory() as scratch:
        whole = sorted(rdflib.Graph().parse(files[0]), key=str)
        chance = random.Random(2026)
        for number in range(mutations):
            graph = rdflib.Graph()
            for triple in mutation(whole, chance):
                graph.add(triple)
            file = pathlib.Path(scratch) / f"{number}.nt"
            graph.serialize(file, format="nt", encoding="utf-8")
            compare(file, list(PROFILES)[number % len(PROFILES)], f"mutation {number}")
    print(json.dumps({"compared": compared, "results": results, "differ": len(differ), "first": differ[:10]}))
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
