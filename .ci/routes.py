#!/usr/bin/env python3
"""Starts the built program on a configuration, fetches every route of its OpenAPI document, and stops it.

Usage: .ci/routes.py PROGRAM CONFIG_FOLDER (Python 3.11 or newer)
Storage is a temporary folder and the port a free one. Exit code 1 if a route answers outside 200 to 399; only GeoJSON
and the map may be refused, where a dataset has no geometries.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

WAIT_SECONDS = 300
# Actions of CKAN that need no parameter.
ACTIONS = ["status_show", "package_list", "package_search", "group_list", "organization_list", "license_list", "tag_list"]


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the address it names is the public one, which need not be this server's."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(Stay)


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url, method="GET", body=None, headers=None):
    """Status, media type and body; a refusal is an answer too."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with OPENER.open(request, timeout=60) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get_content_type(), error.read()


def wait_until_published(base, server, datasets):
    """Waits until the server is ready and every dataset of the configuration has a version."""
    deadline = time.monotonic() + WAIT_SECONDS
    missing = datasets
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"the server ended with code {server.returncode}")
        try:
            if fetch(f"{base}/health/ready")[0] == 200:
                missing = [name for name in datasets if fetch(f"{base}/d/{name}/v/1/manifest.json")[0] >= 400]
        except (urllib.error.URLError, OSError):
            pass
        else:
            if not missing:
                return
        time.sleep(0.5)
    sys.exit(f"not published after {WAIT_SECONDS} s: {', '.join(missing)}")


def values_of(parameter, known):
    """What may stand in an address for a path parameter: every value that is listed, or one that is there, if any is."""
    return parameter["schema"].get("enum") or known.get(parameter["name"], [])


def requests(document, known):
    """Method, path and body of a request for every operation and every listed value of an OpenAPI document."""
    for template, item in sorted(document["paths"].items()):
        for method in ("get", "head", "post"):
            if method not in item:
                continue
            paths = [template]
            for parameter in item.get("parameters", []):
                place = "{" + parameter["name"] + "}"
                paths = [path.replace(place, value) for path in paths for value in values_of(parameter, known)]
            asks = any(parameter["name"] == "query" for parameter in item[method].get("parameters", []))
            query = "?query=ASK+%7B%7D" if asks else ""
            for path in paths:
                body = b"ASK {}" if asks or template == "/sparql" else b"{}"
                yield method.upper(), path + query, body if method == "post" else None


def fetch_all(base, datasets):
    """Fetches everything; returns the number of requests and the lines of those that failed."""
    document = json.loads(fetch(f"{base}/openapi.json")[2])
    failed, count = [], 0
    collections = {one["id"] for one in json.loads(fetch(f"{base}/ogc/collections?f=json")[2])["collections"]}
    for dataset in datasets:
        # A dataset in parts has a file for each part and none of the dataset's own name.
        file = json.loads(fetch(f"{base}/d/{dataset}/v/1/manifest.json")[2])["files"][0]["name"]
        known = {"dataset": [dataset], "version": ["1"], "file": [file]}
        known |= {"set": [dataset.replace("-", "_")], "resource": [dataset], "action": ACTIONS}
        # A dataset without geometry is no collection of features.
        if dataset in collections:
            items = json.loads(fetch(f"{base}/ogc/collections/{dataset}/items?f=json&limit=1")[2])
            known |= {"collection": [dataset], "feature": [urllib.parse.quote(str(items["features"][0]["id"]), safe="")]}
            tiles = json.loads(fetch(f"{base}/ogc/collections/{dataset}/tiles/WebMercatorQuad?f=json")[2])
            limits = tiles["tileMatrixSetLimits"][0]
            known |= {"tileMatrix": [limits["tileMatrix"]], "tileRow": [str(limits["minTileRow"])]}
            known |= {"tileCol": [str(limits["minTileCol"])]}
        for method, path, body in requests(document, known):
            if "{" in path:
                failed.append(f"{path}: a parameter without a declaration")
                continue
            kind = "application/sparql-query" if path == "/sparql" else "application/json"
            headers = {"content-type": kind} if body else {}
            status, media_type, content = fetch(base + path, method, body, headers)
            count += 1
            print(f"{status} {method} {path} {media_type} {len(content)}")
            without_geometry = path.endswith(".geojson") and status == 400 and b"api-format" in content
            without_geometry |= path.endswith("/map.svg") and status == 404 and dataset not in collections
            rows_alone = path.endswith("/jsonstat") and status == 404 and b"no statistics" in content
            if not 200 <= status < 400 and not without_geometry and not rows_alone:
                failed.append(f"{method} {path}: {status} {content[:300].decode(errors='replace')}")
    return count, failed


def main():
    program, config = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    datasets = sorted(path.stem for path in config.glob("datasets/*.toml"))
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as storage:
        command = [program, "serve", "--config", config, "--storage", storage, "--listen", f"127.0.0.1:{port}"]
        server = subprocess.Popen(command, env={**os.environ, "RUST_BACKTRACE": "1"})
        try:
            wait_until_published(base, server, datasets)
            count, failed = fetch_all(base, datasets)
        finally:
            server.send_signal(signal.SIGTERM)
            code = server.wait(timeout=60)
    print(f"{count} requests, {len(failed)} failed; the server ended with code {code}")
    for line in failed:
        print(line, file=sys.stderr)
    sys.exit(1 if failed or code != 0 or count == 0 else 0)


if __name__ == "__main__":
    main()
