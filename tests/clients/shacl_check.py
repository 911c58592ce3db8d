#!/usr/bin/env python3
"""Validates a catalogue with pySHACL and prints one line of JSON: results by shapes file, severity and component.

Usage: shacl_check.py CATALOGUE.ttl SHAPES.ttl...
CATALOGUE may be a file or an http:// address. Every shapes file is run on its own.
`violations` leaves out `known`: the range shapes of DCAT-AP-NO 3 accept only media types of the form application/*,
so every text/* distribution is reported although it is right. Exit code 1 if any other violation is found.
"""

import collections
import json
import pathlib
import sys

import pyshacl
import rdflib
from rdflib.namespace import RDF, SH

TEXT_MEDIA_TYPES = "https://www.w3.org/ns/iana/media-types/text/"


def local(term):
    """The last part of an IRI."""
    return str(term).rsplit("#", 1)[-1].rsplit("/", 1)[-1]


def is_known(report, result):
    """Whether a result is the media-type defect of the published range shapes."""
    value = str(report.value(result, SH.value) or "")
    return local(report.value(result, SH.resultPath)) == "mediaType" and value.startswith(TEXT_MEDIA_TYPES)


def describe(report, result):
    """One result for people to read."""
    keys = (SH.focusNode, SH.resultPath, SH.value, SH.resultMessage)
    return {local(key): str(report.value(result, key) or "") for key in keys}


def check(data, shapes_file):
    """Runs one shapes file: counts, known defects, and the first other violations in full."""
    shapes = rdflib.Graph().parse(shapes_file, format="turtle")
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", advanced=True)
    counts, known, violations = collections.Counter(), 0, []
    for result in report.subjects(RDF.type, SH.ValidationResult):
        severity = local(report.value(result, SH.resultSeverity))
        component = local(report.value(result, SH.sourceConstraintComponent))
        counts[f"{severity} {component}"] += 1
        if severity == "Violation":
            if is_known(report, result):
                known += 1
            else:
                violations.append(describe(report, result))
    violations.sort(key=lambda violation: sorted(violation.items()))
    return {
        "results": dict(sorted(counts.items())),
        "known": known,
        "violations": len(violations),
        "first": violations[:10],
    }


def main():
    data = rdflib.Graph().parse(sys.argv[1], format="turtle")
    answer = {"triples": len(data), "shapes": {pathlib.Path(path).stem: check(data, path) for path in sys.argv[2:]}}
    print(json.dumps(answer, ensure_ascii=False))
    sys.exit(1 if any(part["violations"] for part in answer["shapes"].values()) else 0)


if __name__ == "__main__":
    main()
