#!/usr/bin/env python3
"""Reads every vector tile of a collection at a zoom with mapbox-vector-tile and with GDAL, and prints one line of JSON:
how far what the tiles show lies from the same features as GeoJSON, and whether attributes and windings are right.

Usage: tiles_read.py OGC_ROOT COLLECTION ZOOM
"""

import json
import math
import sys
import tempfile
import urllib.request

import mapbox_vector_tile
import pyogrio
import pyproj
import shapely
import shapely.geometry

EXTENT = 4096
HALF = 20037508.342789244
TO_MERCATOR = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:3857", always_xy=True).transform


def fetch(url):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url) as answer:
        return answer.status, answer.read()


def features_of(root, collection):
    """Features by their attributes, with their geometry in Web Mercator."""
    url, found = f"{root}/collections/{collection}/items?f=json&limit=1000", {}
    while url:
        page = json.loads(fetch(url)[1])
        for feature in page["features"]:
            if feature["geometry"]:
                geometry = shapely.geometry.shape(feature["geometry"])
                found[name(feature["properties"])] = shapely.transform(
                    geometry, lambda xy: __import__("numpy").column_stack(TO_MERCATOR(xy[:, 0], xy[:, 1]))
                )
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    return found


def name(properties):
    """Attributes in one spelling; numbers are compared as numbers."""
    plain = {key: value for key, value in properties.items() if value is not None}
    return json.dumps({k: float(v) if type(v) in (int, float) else v for k, v in plain.items()}, sort_keys=True)


def turned_right(geometry):
    """Outer rings clockwise on a screen (y down), holes the other way."""
    def area(ring):
        return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1]))
    polygons = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}.get(geometry["type"], [])
    return all((area(ring) > 0) == (at == 0) for rings in polygons for at, ring in enumerate(rings))


def main():
    root, collection, zoom = sys.argv[1], sys.argv[2], int(sys.argv[3])
    wanted = features_of(root, collection)
    tileset = json.loads(fetch(f"{root}/collections/{collection}/tiles/WebMercatorQuad?f=json")[1])
    limits = next(one for one in tileset["tileMatrixSetLimits"] if one["tileMatrix"] == str(zoom))
    side = 2 * HALF / 2**zoom
    unit = side / EXTENT
    answer = {"layer": None, "farthest_units": 0.0, "attributes_same": True, "windings_right": True,
              "decoded_features": 0, "gdal_features": 0}
    seen = set()
    for row in range(limits["minTileRow"], limits["maxTileRow"] + 1):
        for column in range(limits["minTileCol"], limits["maxTileCol"] + 1):
            status, body = fetch(f"{root}/collections/{collection}/tiles/WebMercatorQuad/{zoom}/{row}/{column}")
            if status == 204:
                continue
            west, north = column * side - HALF, HALF - row * side
            raw = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
            (answer["layer"], layer), = raw.items()
            answer["decoded_features"] += len(layer["features"])
            around = shapely.box(west - 80 * unit, north - side - 80 * unit, west + side + 80 * unit, north + 80 * unit)
            for feature in layer["features"]:
                key = name(feature["properties"])
                if key not in wanted:
                    answer["attributes_same"] = False
                    answer.setdefault("strange", key)
                    continue
                seen.add(key)
                answer["windings_right"] &= turned_right(feature["geometry"])
                shape = shapely.geometry.shape(feature["geometry"])
                there = shapely.transform(shape, lambda xy: __import__("numpy").column_stack(
                    (west + xy[:, 0] * unit, north - xy[:, 1] * unit)))
                real = shapely.intersection(shapely.make_valid(wanted[key]), around)
                # Every position that is drawn lies near the real feature's outline, and where it was cut, near the border.
                outline = shapely.union(real.boundary if real.geom_type.endswith("Polygon") else real, around.boundary)
                inner = shapely.box(west - 60 * unit, north - side - 60 * unit, west + side + 60 * unit, north + 60 * unit)
                for point in shapely.points(shapely.get_coordinates(there)):
                    small = real.area < 64 * unit * unit and real.geom_type.endswith("Polygon")
                    if shapely.within(point, inner) and not small:
                        answer["farthest_units"] = max(answer["farthest_units"], shapely.distance(point, outline) / unit)
            with tempfile.NamedTemporaryFile(suffix=".mvt") as file:
                file.write(body)
                file.flush()
                info = pyogrio.read_info(file.name, layer=answer["layer"], force_feature_count=True)
                answer["gdal_features"] += info["features"]
    visible = [key for key, geometry in wanted.items()
               if not geometry.geom_type.endswith("Polygon") or geometry.area > 64 * unit * unit]
    answer["missing"] = sum(key not in seen for key in visible)
    answer["features"] = len(wanted)
    answer["farthest_units"] = round(answer["farthest_units"], 3)
    assert math.isfinite(answer["farthest_units"])
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
