#!/usr/bin/env python3
"""Reads a GeoParquet file with geoparquet-validator, GeoPandas and DuckDB's spatial extension and prints one line of
JSON: what each of them makes of it.

Usage: geoparquet_read.py FILE XMIN YMIN XMAX YMAX
The numbers are an area in the file's coordinate system; each client counts the rows in it. The extension comes from its
wheel by file path: nothing is fetched.
"""

import json
import pathlib
import subprocess
import sys

import duckdb
import duckdb_extension_spatial
import geopandas
import pyproj


def validator(path):
    """The outcome of every test by class, and which failed."""
    command = pathlib.Path(sys.executable).parent / "geoparquet-validator"
    said = subprocess.run([command, "check", path], capture_output=True, text=True, timeout=300)
    outcomes = {}
    for line in said.stdout.splitlines():
        words = line.split()
        if len(words) > 1 and words[1].startswith("/conf/"):
            outcomes[words[1].removeprefix("/conf/")] = words[0].lower()
    return {"exit": said.returncode, "outcomes": outcomes, "said": said.stdout}


def pandas(path, area):
    """Rows, system and extent by GeoPandas, and the rows of the area by the covering."""
    frame = geopandas.read_parquet(path)
    code = frame.crs.to_epsg()
    inside = geopandas.read_parquet(path, bbox=tuple(area))
    return {
        "rows": len(frame),
        "columns": list(frame.columns),
        "epsg": code,
        "as_proj_has_it": frame.crs == (pyproj.CRS.from_epsg(code) if code else pyproj.CRS("OGC:CRS84")),
        "valid": bool(frame.geometry.dropna().is_valid.all()),
        "types": sorted({name for name in frame.geometry.dropna().geom_type}),
        "extent": [float(number) for number in frame.total_bounds],
        "inside": len(inside),
        "lon_lat": [float(number) for number in frame.to_crs(4326).total_bounds],
    }


def duck(path, area):
    """Rows and type by DuckDB, and the rows of the area by geometry and by covering."""
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"})
    folder = pathlib.Path(duckdb_extension_spatial.__file__).parent
    connection.execute(f"LOAD '{next(folder.rglob('spatial.duckdb_extension'))}'")
    ask = lambda sql: connection.execute(sql, [path]).fetchone()
    types = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [path]).fetchall()
    name, kind = next((row[0], row[1]) for row in types if row[1].startswith("GEOMETRY"))
    xmin, ymin, xmax, ymax = area
    meets = f"bbox.xmax >= {xmin} AND bbox.xmin <= {xmax} AND bbox.ymax >= {ymin} AND bbox.ymin <= {ymax}"
    box = f"ST_MakeEnvelope({xmin}, {ymin}, {xmax}, {ymax})"
    return {
        "rows": ask("SELECT count(*) FROM read_parquet(?)")[0],
        "type": kind,
        "inside": ask(f"SELECT count(*) FROM read_parquet(?) WHERE {meets}")[0],
        "by_geometry": ask(f"SELECT count(*) FROM read_parquet(?) WHERE ST_Intersects_Extent({name}, {box})")[0],
    }


def main():
    path, area = sys.argv[1], [float(number) for number in sys.argv[2:6]]
    print(json.dumps({"validator": validator(path), "geopandas": pandas(path, area), "duckdb": duck(path, area)}))


if __name__ == "__main__":
    main()
