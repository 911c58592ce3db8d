#!/usr/bin/env python3
"""Validates a catalogue as the quality service of data.norge.no does: as a whole, and each dataset cut out with what it
links to. Prints one line of JSON: datasets, results of every severity, and the first of them.

Usage: fdk_check.py CATALOGUE.ttl SHAPES.ttl
"""

import json
import sys

import pyshacl
import rdflib
from rdflib.namespace import DCAT, RDF, SH


def cut_out(whole, dataset):
    """The statements about a dataset and, step by step, about what it links to, but for other datasets."""
    part, seen, todo = rdflib.Graph(), set(), [dataset]
    while todo:
        node = todo.pop()
        if node in seen or (node != dataset and (node, RDF.type, DCAT.Dataset) in whole):
            continue
        seen.add(node)
        for triple in whole.triples((node, None, None)):
            part.add(triple)
            if not isinstance(triple[2], rdflib.Literal):
                todo.append(triple[2])
    return part


def main():
    whole = rdflib.Graph().parse(sys.argv[1], format="turtle")
    shapes = rdflib.Graph().parse(sys.argv[2], format="turtle")
    datasets = sorted(whole.subjects(RDF.type, DCAT.Dataset))
    found = []
    for graph in [whole, *(cut_out(whole, dataset) for dataset in datasets)]:
        _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none", advanced=True)
        for result in report.subjects(RDF.type, SH.ValidationResult):
            keys = (SH.focusNode, SH.resultPath, SH.value, SH.resultMessage)
            found.append(" | ".join(str(report.value(result, key) or "") for key in keys)[:400])
    print(json.dumps({"datasets": len(datasets), "results": len(found), "first": sorted(found)[:10]}))


if __name__ == "__main__":
    main()
