#!/usr/bin/env python3
"""Reads a GeoPackage with SQLite and with GeoPandas (the GDAL of pyogrio) and prints one line of JSON: what SQLite says of
the file and of its R-tree, rows, system, types, and whether it holds what the same version's GeoParquet file holds.

Usage: geopackage_read.py GEOPACKAGE PARQUET XMIN YMIN XMAX YMAX
The numbers are an area in the file's coordinate system, in which the rows are counted by the index.
"""

import json
import sqlite3
import sys

import geopandas
import pyogrio


def main():
    source, parquet, area = sys.argv[1], sys.argv[2], tuple(float(number) for number in sys.argv[3:7])
    connection = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    one = lambda statement: connection.execute(statement).fetchone()[0]
    layer = one("SELECT table_name FROM gpkg_contents")
    column = one("SELECT column_name FROM gpkg_geometry_columns")
    tree = f"rtree_{layer}_{column}"
    answer = {
        "layer": layer,
        "integrity": one("PRAGMA integrity_check"),
        "foreign": connection.execute("PRAGMA foreign_key_check").fetchall(),
        "tree": one(f"SELECT rtreecheck('{tree}')"),
        "in_tree": one(f'SELECT count(*) FROM "{tree}"'),
        "inside_by_tree": one(
            f'SELECT count(*) FROM "{tree}" WHERE minx <= {area[2]} AND maxx >= {area[0]} AND miny <= {area[3]} AND maxy >= {area[1]}'
        ),
        "declared": {name: kind for _, name, kind, *_ in connection.execute(f'PRAGMA table_info("{layer}")')},
        "kinds": connection.execute("SELECT geometry_type_name, z, m, srs_id FROM gpkg_geometry_columns").fetchone(),
        "triggers": one("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"),
    }
    # Whoever changes the file needs functions of space; those of the triggers stand in for them here.
    copy = sqlite3.connect(":memory:")
    connection.backup(copy)
    for name in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
        copy.create_function(name, 1, lambda blob: 0.0)
    copy.create_function("ST_IsEmpty", 1, lambda blob: 0)
    copy.execute(f'DELETE FROM "{layer}" WHERE fid = 1')
    copy.execute(f'UPDATE "{layer}" SET "{column}" = "{column}" WHERE fid = 2')
    answer["in_tree_after"] = copy.execute(f'SELECT count(*) FROM "{tree}"').fetchone()[0]
    answer["tree_after"] = copy.execute(f"SELECT rtreecheck('{tree}')").fetchone()[0]

    frame = geopandas.read_file(source)
    table = geopandas.read_parquet(parquet)
    others = [name for name in table.columns if name not in (table.geometry.name, "bbox")]
    info = pyogrio.read_info(source)
    same = lambda name: [None if value != value or value is None else str(value) for value in frame[name].tolist()] == [
        None if value != value or value is None else str(value) for value in table[name].tolist()
    ]
    answer |= {
        "rows": len(frame),
        "epsg": frame.crs.to_epsg(),
        "has_index": bool(info["capabilities"]["fast_spatial_filter"]),
        "same": bool((frame.geometry.to_wkb() == table.geometry.to_wkb()).all()),
        "other": [name for name in others if not same(name)],
        "inside": len(geopandas.read_file(source, bbox=area)),
        "inside_by_parquet": len(geopandas.read_parquet(parquet, bbox=area)),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
