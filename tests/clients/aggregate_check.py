#!/usr/bin/env python3
"""Asks the API for aggregates and DuckDB for the same over the published Parquet file, and tells where they differ.

Usage: aggregate_check.py BASE-URL DATASET PARQUET-FILE < pairs of one line each: query TAB SQL
Prints one line of JSON: how many pairs agree, and those that do not.
"""

import datetime
import decimal
import json
import sys
import urllib.request

import duckdb


def plain(value):
    """A value as JSON has it, numbers to twelve digits."""
    if isinstance(value, decimal.Decimal):
        value = float(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(f"{value:.12g}")
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value


def api(base, dataset, query):
    with urllib.request.urlopen(f"{base}/d/{dataset}/aggregate.ndjson?{query}") as answer:
        return [[plain(value) for value in json.loads(line).values()] for line in answer]


def main():
    base, dataset, path = sys.argv[1:4]
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Europe/Oslo'")
    connection.execute(f"CREATE VIEW t AS SELECT * FROM read_parquet('{path}')")
    agree, differ = 0, []
    for line in sys.stdin:
        query, sql = line.rstrip("\n").split("\t")
        found = api(base, dataset, query)
        expected = [[plain(value) for value in row] for row in connection.execute(sql).fetchall()]
        if found == expected:
            agree += 1
        else:
            differ.append({"query": query, "api": found[:5], "duckdb": expected[:5]})
    print(json.dumps({"agree": agree, "differ": differ, "duckdb": duckdb.__version__}))


if __name__ == "__main__":
    main()
