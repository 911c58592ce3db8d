#!/usr/bin/env python3
"""Validates the CSV files of Data Packages with frictionless: sizes, hashes, headers, and every cell by its schema.

Usage: package_check.py DATAPACKAGE-URL …
Prints one line of JSON for each: whether it is valid, rows, and the first errors.
"""

import json
import sys
import urllib.request

import frictionless


def main():
    for url in sys.argv[1:]:
        with urllib.request.urlopen(url) as answer:
            package = json.load(answer)
        package["resources"] = [one for one in package["resources"] if one["format"] == "csv"]
        report = frictionless.validate(package)
        rows = sum(task.stats.get("rows", 0) for task in report.tasks)
        errors = [str(error) for error in report.flatten(["fieldName", "type", "message"])[:3]]
        print(json.dumps({"url": url, "valid": report.valid, "rows": rows, "errors": errors}))


if __name__ == "__main__":
    main()
