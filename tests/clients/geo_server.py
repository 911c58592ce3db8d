#!/usr/bin/env python3
"""Serves made-up buildings as OGC API Features, ArcGIS layer, WFS, Atom feed and download service of the national map
catalogue on a free loopback port, with faults.

Usage: geo_server.py FOLDER
FOLDER holds buildings.geojson and buildings.gml. Prints its address as one line of JSON. Every line of standard input
is a JSON object {"faults": [...], "settings": {...}} that replaces the last one and is answered with one line: the
paths and queries of the requests since then. Ends when standard input is closed.

A fault is {"on": part of path and query, "nth": from 1, "times": 1, "kind": KIND}.
"""

import http.server
import json
import pathlib
import sys
import threading
import urllib.parse

FOLDER = pathlib.Path(sys.argv[1])
FEATURES = json.loads((FOLDER / "buildings.geojson").read_text(encoding="utf-8"))["features"]
GML = (FOLDER / "buildings.gml").read_text(encoding="utf-8").splitlines()
MEMBERS = [line for line in GML if line.startswith("<wfs:member>")]
ENVELOPE = next(line for line in GML if line.startswith("<wfs:boundedBy>"))
UTM = "http://www.opengis.net/def/crs/EPSG/0/25832"
EXCEPTION = """<?xml version="1.0"?>
<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="2.0.0">
<ows:Exception exceptionCode="InvalidParameterValue" locator="typeNames"><ows:ExceptionText>no such type</ows:ExceptionText></ows:Exception>
</ows:ExceptionReport>"""


class World:
    """What is served, and what goes wrong."""

    def __init__(self):
        self.lock = threading.Lock()
        self.replace({})

    def replace(self, told):
        with self.lock:
            requests = getattr(self, "requests", [])
            self.faults = [dict(fault, came=0) for fault in told.get("faults", [])]
            self.settings = told.get("settings", {})
            self.requests = []
            return requests

    def fault(self, path):
        """The fault of a request, if it has one."""
        with self.lock:
            self.requests.append(path)
            for fault in self.faults:
                if fault["on"] in path:
                    fault["came"] += 1
                    first = fault.get("nth", 1)
                    if first <= fault["came"] < first + fault.get("times", 1):
                        return fault["kind"]
        return ""


WORLD = World()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers GET, and POST of orders."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def send(self, body, kind="application/json", status=200, headers=()):
        body = body if isinstance(body, bytes) else body.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        fault = WORLD.fault(self.path)
        split = urllib.parse.urlsplit(self.path)
        query = {name.lower(): value for name, value in urllib.parse.parse_qsl(split.query)}
        if fault == "429":
            return self.send("{}", status=429, headers=[("Retry-After", "1")])
        if fault == "500":
            return self.send("{}", status=500)
        if fault == "html":
            return self.send("<!doctype html><title>Logg inn</title>", "text/html")
        if fault == "malformed":
            return self.send('{"type": "FeatureCollection", "features": [')
        if split.path == "/ogc/collections/bygg/items":
            return self.items(query, fault)
        if split.path.startswith("/arcgis/FeatureServer/0"):
            return self.arcgis(split.path.endswith("/query"), query, fault)
        if split.path == "/wfs":
            return self.wfs(query, fault)
        if split.path.startswith("/atom/"):
            return self.atom(split.path)
        if split.path.startswith("/nedlasting/api/"):
            return self.nedlasting(split.path.removeprefix("/nedlasting/api/"), fault)
        return self.send("{}", status=404)

    def do_POST(self):
        fault = WORLD.fault(f"POST {self.path}")
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if fault == "500":
            return self.send("no", status=500)
        if fault == "429":
            return self.send("{}", status=429, headers=[("Retry-After", "1")])
        with WORLD.lock:
            WORLD.requests.append(json.dumps(order, sort_keys=True))
        return self.receipt(fault)

    def nedlasting(self, path, fault):
        base = f"http://{self.headers['Host']}/nedlasting/api/"
        record = "041f1e6e-bdbc-4091-b48f-8a5990f3cc5b"
        link = lambda name, where: {"rel": f"http://rel.geonorge.no/download/{name}", "href": base + where}
        lists = {
            "area": [{"type": "kommune", "name": "Testvik", "code": "9999"}, {"type": "fylke", "name": "Prøve", "code": "99"}],
            "projection": [{"code": "25832", "name": "EUREF89 UTM sone 32", "codespace": UTM}],
            "format": [{"name": "GeoJSON"}, {"name": "SOSI"}],
        }
        if path == f"capabilities/{record}":
            links = [link(name, f"codelists/{name}/{record}") for name in lists] + [link("order", "order")]
            if fault == "elsewhere":
                links[0]["href"] = "http://elsewhere.example/area"
            return self.send(json.dumps({"supportsAreaSelection": True, "_links": links}))
        if path.startswith("codelists/"):
            return self.send(json.dumps(lists[path.split("/")[1]]))
        if path.startswith("order/"):
            return self.receipt(fault)
        if path.startswith("download/"):
            body = (FOLDER / WORLD.settings.get("file", "buildings.geojson")).read_bytes()
            return self.send(body, "application/octet-stream", status=410 if fault == "gone" else 200)
        return self.send("{}", status=404)

    def receipt(self, fault):
        state = {"waiting": "WaitingForProcessing", "error": "Error"}.get(fault, "ReadyForDownload")
        address = f"http://{self.headers['Host']}/nedlasting/api/download/order/7/8" if state.startswith("Ready") else None
        file = {"name": "testvik.geojson", "fileId": "8", "status": state, "downloadUrl": address}
        files = [file, file] if fault == "two" else [file]
        self.send(json.dumps({"referenceNumber": "7", "files": files}))

    def items(self, query, fault):
        limit, offset = int(query.get("limit", 10)), int(query.get("offset", 0))
        page = FEATURES[offset : offset + limit]
        if fault == "short":
            page = page[: len(page) // 2]
        if fault == "empty":
            page = []
        end = offset + len(page)
        links = [{"rel": "self", "href": "."}]
        if end < len(FEATURES) or fault in ("loop", "same"):
            following = {**query, "offset": end}
            if fault == "empty":
                following["again"] = 1
            if fault == "loop":
                following = query
            if fault == "same":
                following = {**query, "again": query.get("again", "") + "x"}
            href = "?" + urllib.parse.urlencode(following)
            if WORLD.settings.get("absolute"):
                href = f"http://{self.headers['Host']}/ogc/collections/bygg/items{href}"
            if fault == "elsewhere":
                href = "http://elsewhere.example/items"
            links.append({"rel": "next", "href": href})
        body = {"type": "FeatureCollection", "features": page, "links": links}
        body["numberMatched"] = len(FEATURES) + WORLD.settings.get("miscount", 0)
        crs = query.get("crs", UTM) if fault != "crs" else "http://www.opengis.net/def/crs/EPSG/0/25833"
        self.send(json.dumps(body), "application/geo+json", headers=[("Content-Crs", f"<{crs}>")])

    def arcgis(self, asks, query, fault):
        if fault == "error":
            return self.send('{"error": {"code": 400, "message": "Cannot perform query", "details": ["bad field"]}}')
        pages, at_once = WORLD.settings.get("pages", True), WORLD.settings.get("at_once", 10)
        if not asks:
            layer = {"maxRecordCount": at_once, "objectIdField": "objectid", "type": "Feature Layer"}
            return self.send(json.dumps({**layer, "advancedQueryCapabilities": {"supportsPagination": pages}}))
        count = len(FEATURES) + (1 if fault == "changed" else 0)
        if query.get("returncountonly") == "true":
            return self.send(json.dumps({"count": count}))
        numbered = list(enumerate(FEATURES, start=1))
        if query.get("returnidsonly") == "true":
            return self.send(json.dumps({"objectIdFieldName": "objectid", "objectIds": [n for n, _ in reversed(numbered)]}))
        if " AND " in query["where"]:
            low, high = (int(part.split()[-1]) for part in query["where"].split(" AND ")[-2:])
            numbered = [pair for pair in numbered if low <= pair[0] <= high]
        offset = int(query.get("resultoffset", 0))
        size = min(int(query.get("resultrecordcount", at_once)), WORLD.settings.get("really", at_once))
        if fault == "short":
            size //= 2
        rest = numbered[offset:]
        page = rest[:size]
        features = [
            {"attributes": {"objectid": n, **f["properties"]}, "geometry": {"rings": f["geometry"]["coordinates"]}}
            for n, f in page
        ]
        system = {"wkid": 25833 if fault == "crs" else 25832}
        body = {"objectIdFieldName": "objectid", "geometryType": "esriGeometryPolygon", "spatialReference": system}
        body["fields"] = [{"name": "objectid", "type": "esriFieldTypeOID"}]
        if len(rest) > size:
            body["exceededTransferLimit"] = True
        self.send(json.dumps({**body, "features": features}))

    def wfs(self, query, fault):
        if fault == "exception":
            return self.send(EXCEPTION, "text/xml", status=WORLD.settings.get("exception_status", 200))
        count = len(MEMBERS) + (1 if fault == "changed" else 0)
        count = "unknown" if WORLD.settings.get("unknown") else count
        head = f'<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:app="https://testvik.example/skjema/1.0" numberMatched="{count}"'
        if query.get("resulttype") == "hits":
            return self.send(f'<?xml version="1.0"?>\n{head} numberReturned="0"/>', "text/xml")
        start, size = int(query.get("startindex", 0)), int(query.get("count", 1000))
        if "json" in query.get("outputformat", ""):
            crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
            page = {"type": "FeatureCollection", "crs": crs, "features": FEATURES[start : start + size]}
            return self.send(json.dumps(page))
        page = MEMBERS[start : start + size]
        if fault == "short":
            page = page[: len(page) // 2]
        if fault == "same":
            page = MEMBERS[:size]
        body = "\n".join([f'{head} numberReturned="{len(page)}">', ENVELOPE, *page, "</wfs:FeatureCollection>"])
        self.send(body, "text/xml")

    def atom(self, path):
        file = WORLD.settings.get("files", {}).get(path)
        if file is None:
            return self.send("{}", status=404)
        body = (FOLDER / file).read_bytes().replace(b"http://atom.example", f"http://{self.headers['Host']}".encode())
        self.send(body, WORLD.settings.get("kind", "application/octet-stream"))


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"base": f"http://127.0.0.1:{server.server_address[1]}"}), flush=True)
    for line in sys.stdin:
        print(json.dumps(WORLD.replace(json.loads(line))), flush=True)


main()
