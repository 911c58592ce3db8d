#!/usr/bin/env python3
"""Holds a version's data contract against the schema of the Open Data Contract Standard, and reads its CSV files by their
metadata of CSV on the Web.

Usage: contract_check.py VERSION-URL …
Prints one line of JSON for each: rows that were read, and the first errors.
"""

import importlib.resources
import json
import pathlib
import sys
import tempfile
import urllib.request
import warnings

import csvw
import jsonschema

SCHEMA = json.loads(importlib.resources.files("open_data_contract_standard").joinpath("schema.json").read_text())


def fetched(url):
    with urllib.request.urlopen(url) as answer:
        return answer.headers, answer.read()


def contract(url):
    _, body = fetched(f"{url}/datacontract.json")
    found = jsonschema.Draft201909Validator(SCHEMA).iter_errors(json.loads(body))
    return [f"{error.json_path}: {error.message}"[:200] for error in found]


def csv_on_the_web(url):
    """Rows, and what was wrong. The library reads metadata and tables side by side from a folder."""
    _, body = fetched(f"{url}/csvw.json")
    metadata = json.loads(body)
    errors = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for table in metadata["tables"]:
            headers, body = fetched(table["url"])
            if "csvw.json" not in headers.get("Link", ""):
                errors.append(f"{table['url']} names no metadata")
            table["url"] = table["url"].rsplit("/", 1)[1]
            (folder / table["url"]).write_bytes(body)
        (folder / "csvw.json").write_text(json.dumps(metadata))
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            group = csvw.TableGroup.from_file(folder / "csvw.json")
            rows = sum(1 for table in group.tables for _ in table.iterdicts(strict=True))
            for table in group.tables:
                table.check_primary_key()
        errors.extend(str(warning.message) for warning in told)
    return rows, errors


def main():
    for url in sys.argv[1:]:
        errors = contract(url)
        try:
            rows, others = csv_on_the_web(url)
        except ValueError as error:
            rows, others = 0, [f"{type(error).__name__}: {error}"]
        print(json.dumps({"url": url, "rows": rows, "errors": (errors + others)[:3]}))


if __name__ == "__main__":
    main()
