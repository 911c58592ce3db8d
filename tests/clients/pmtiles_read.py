#!/usr/bin/env python3
"""Reads a PMTiles archive over HTTP by ranges with the reader of its authors and with GDAL, and prints one line of JSON:
what the header says, how many tiles there are, and whether each is the one that the API makes.

Usage: pmtiles_read.py ARCHIVE_URL TILES_URL
TILES_URL is that of the tile set, to which zoom, row and column are added.
"""

import gzip
import json
import sys
import tempfile
import urllib.error
import urllib.request

import mapbox_vector_tile
import pyogrio
from pmtiles.reader import MemorySource, Reader, all_tiles

OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
REQUESTS = [0]


def ranged(url):
    def get(offset, length):
        REQUESTS[0] += 1
        with OPEN(urllib.request.Request(url, headers={"Range": f"bytes={offset}-{offset + length - 1}"})) as answer:
            assert answer.status == 206
            return answer.read()
    return get


def main():
    archive, tiles = sys.argv[1], sys.argv[2]
    reader = Reader(ranged(archive))
    header, metadata = reader.header(), reader.metadata()
    with OPEN(archive) as answer:
        kind, body = answer.headers["content-type"], answer.read()
    same, counts = 0, {}
    for (z, x, y), data in all_tiles(MemorySource(body)):
        counts[z] = counts.get(z, 0) + 1
        with OPEN(f"{tiles}/{z}/{y}/{x}") as made:
            same += made.read() == gzip.decompress(data)
        assert reader.get(z, x, y) == data
    layer = metadata["vector_layers"][0]["id"]
    deepest = [mapbox_vector_tile.decode(gzip.decompress(data))[layer]["features"]
               for (z, _, _), data in all_tiles(MemorySource(body)) if z == header["max_zoom"]]
    with tempfile.NamedTemporaryFile(suffix=".pmtiles") as file:
        file.write(body)
        file.flush()
        info = pyogrio.read_info(file.name, layer=layer)
        frame = pyogrio.read_dataframe(file.name, layer=layer)
    over_http = pyogrio.read_info(f"/vsicurl/{archive}", layer=layer)
    print(json.dumps({
        "type": kind,
        "version": header["version"],
        "clustered": bool(header["clustered"]),
        "zooms": [header["min_zoom"], header["max_zoom"]],
        "tiles": header["addressed_tiles_count"],
        "bounds": [header[name] / 1e7 for name in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")],
        "counted": sum(counts.values()),
        "same": same,
        "fields": metadata["vector_layers"][0]["fields"],
        "features": sum(len(features) for features in deepest),
        "requests": REQUESTS[0],
        "driver": info["driver"],
        "gdal_features": len(frame),
        "gdal_bounds": [round(float(bound), 1) for bound in frame.total_bounds],
        "gdal_over_http": over_http["driver"],
    }))


if __name__ == "__main__":
    main()
