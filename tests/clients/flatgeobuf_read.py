#!/usr/bin/env python3
"""Reads a FlatGeobuf file or address with GeoPandas (the GDAL of pyogrio) and prints one line of JSON: rows, system,
whether there is a spatial index, and whether it holds what the same version's GeoParquet file holds.

Usage: flatgeobuf_read.py SOURCE PARQUET XMIN YMIN XMAX YMAX
The numbers are an area in the file's coordinate system, in which the rows are counted by the index.
"""

import json
import sys

import geopandas
import pyogrio


def main():
    source, parquet, area = sys.argv[1], sys.argv[2], tuple(float(number) for number in sys.argv[3:7])
    frame = geopandas.read_file(source)
    table = geopandas.read_parquet(parquet)
    others = [name for name in table.columns if name != table.geometry.name]
    info = pyogrio.read_info(source)
    answer = {
        "rows": len(frame),
        "epsg": frame.crs.to_epsg(),
        "has_index": bool(info["capabilities"]["fast_spatial_filter"]),
        "same": bool((frame.geometry.values == table.geometry.values).all())
        and all(frame[name].tolist() == table[name].tolist() for name in others),
        "inside": len(geopandas.read_file(source, bbox=area)),
        "inside_by_parquet": len(geopandas.read_parquet(parquet, bbox=area)),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
