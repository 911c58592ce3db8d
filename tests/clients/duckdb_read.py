#!/usr/bin/env python3
"""Reads a Parquet file over HTTP with DuckDB and prints one line of JSON: rows, columns and DuckDB's version.

Usage: duckdb_read.py URL [SQL condition]
The extension comes from its wheel by file path: nothing is fetched but the URL.
"""

import json
import pathlib
import sys

import duckdb
import duckdb_extension_httpfs


def connect():
    """A connection that can read http:// addresses, without DuckDB's own downloads."""
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"})
    folder = pathlib.Path(duckdb_extension_httpfs.__file__).parent
    extension = next(folder.rglob("httpfs.duckdb_extension"))
    connection.execute(f"LOAD '{extension}'")
    return connection


def main():
    url, condition = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "true"
    connection = connect()
    rows = connection.execute(f"SELECT count(*) FROM read_parquet(?) WHERE {condition}", [url]).fetchone()[0]
    columns = [row[0] for row in connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [url]).fetchall()]
    print(json.dumps({"rows": rows, "columns": columns, "duckdb": duckdb.__version__}))


if __name__ == "__main__":
    main()
