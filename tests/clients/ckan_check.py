#!/usr/bin/env python3
"""Asks a server as CKAN's clients do: ckanapi (search, dump), the CKAN browser of QGIS, and a harvester.

Usage: ckan_check.py BASE DATASET COLUMN VALUE
Prints one line of JSON with what they found.
"""

import json
import os
import pathlib
import subprocess
import sys
import urllib.request

import ckanapi

base, dataset, column, value = sys.argv[1:]
ckan = ckanapi.RemoteCKAN(base.rstrip("/"), user_agent="allmenning-test")
found = {"version": ckan.action.status_show()["ckan_version"], "names": ckan.action.package_list()}

# ckanapi, from Python: words, conditions, facets, rows, and errors as its exceptions.
hits = ckan.action.package_search(q="postnummer", **{"facet.field": ["groups", "res_format"]})
found["search"] = [hits["count"], hits["results"][0]["name"], hits["facets"]]
found["fq"] = ckan.action.package_search(fq="res_format:CSV -name:post*", rows=0)["count"]
rows = ckan.action.datastore_search(resource_id=dataset, filters={column: value}, limit=5)
found["rows"] = [rows["total"], rows["records"][0], [field["id"] for field in rows["fields"]]]
pages = [ckan.action.datastore_search(resource_id=dataset, limit=10, offset=at)["records"] for at in (0, 10)]
found["pages"] = [page[0]["_id"] for page in pages]
for wrong, arguments in [("package_show", {"id": "none"}), ("datastore_search", {"resource_id": dataset, "filters": {"x": 1}}), ("package_search", {"fq": "nothing:1"})]:
    try:
        ckan.call_action(wrong, arguments)
    except ckanapi.CKANAPIError as error:
        found.setdefault("errors", []).append(type(error).__name__)
try:
    ckan.action.package_create(name="x")
except ckanapi.CKANAPIError as error:
    found["write"] = type(error).__name__

# ckanapi, from the command line: every dataset, one a line.
programs = pathlib.Path(sys.executable).parent
dump = subprocess.run(
    [programs / "ckanapi", "dump", "datasets", "--all", "--remote", base.rstrip("/")],
    capture_output=True,
    text=True,
    # It starts itself once more for each dataset.
    env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
)
found["dump"] = sorted(json.loads(line)["name"] for line in dump.stdout.splitlines())
if dump.returncode:
    found["dump_error"] = dump.stderr[-500:]


def get(path):
    with urllib.request.urlopen(base.rstrip("/") + path) as answer:
        return json.load(answer)["result"]


# The CKAN browser of QGIS: groups, a search within some, and the size of a resource by HEAD.
groups = get("/api/3/action/group_list?all_fields=true")
chosen = groups[0]["name"]
page = get(f"/api/3/action/package_search?q=&fq=(groups:{chosen}%20OR%20groups:none)&sort=name%20asc&rows=50&start=0")
resource = page["results"][0]["resources"][0]
head = urllib.request.urlopen(urllib.request.Request(resource["url"], method="HEAD"))
found["qgis"] = [page["count"], int(head.headers["Content-Length"]) == resource["size"]]

# A harvester: pages in the order of names, each dataset once.
names, start = [], 0
while True:
    page = get(f"/api/3/action/package_search?q=*:*&sort=name+asc&rows=2&start={start}")
    if not page["results"]:
        break
    names += [result["name"] for result in page["results"]]
    start += 2
found["harvest"] = names
with urllib.request.urlopen(f"{base.rstrip('/')}/datastore/dump/{dataset}") as answer:
    found["csv"] = answer.readline().decode().strip()
print(json.dumps(found))
