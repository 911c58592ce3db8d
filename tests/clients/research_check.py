#!/usr/bin/env python3
"""Reads the descriptions of versions for machine learning and for reference managers.

Usage: research_check.py VERSION-URL …
Prints one line of JSON for each: issues that mlcroissant has with the description, records that it loads by it (with the
checksums of the files), and what the citation in the Citation File Format and the RO-Crate say.
"""

import json
import sys
import tempfile
import urllib.request

import mlcroissant
import yaml


def fetched(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


for url in sys.argv[1:]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(fetched(f"{url}/croissant.json"))
        file.flush()
        dataset = mlcroissant.Dataset(jsonld=file.name)
        issues = dataset.metadata.issues
        records = list(dataset.records("rows")) if dataset.metadata.record_sets else []
    cff = yaml.safe_load(fetched(f"{url}/citation.cff"))
    missing = {"cff-version", "message", "type", "title", "authors", "version", "date-released", "url", "license"} - set(cff)
    assert not missing, missing
    crate = json.loads(fetched(f"{url}/ro-crate-metadata.json"))["@graph"]
    ids = {entity["@id"] for entity in crate}
    parts = next(entity for entity in crate if entity["@id"] == url)["hasPart"]
    print(json.dumps({
        "errors": sorted(issues.errors), "warnings": sorted(issues.warnings), "records": len(records),
        "first": {key: str(value) for key, value in records[0].items()} if records else None,
        "title": cff["title"], "parts": len(parts), "described": all(part["@id"] in ids for part in parts),
    }))
