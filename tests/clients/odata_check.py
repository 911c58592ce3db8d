#!/usr/bin/env python3
"""Reads an entity set with python-odata, and by following links as Power Query does.

Usage: odata_check.py SERVICE SET COLUMN PREFIX
Prints one line of JSON with what was found.
"""

import json
import sys
import urllib.parse
import urllib.request

from odata import ODataService

service_url, name, column, prefix = sys.argv[1:]
service = ODataService(service_url, reflect_entities=True)
entity = service.entities[name]
found = {"sets": sorted(service.entities)}
query = service.query(entity)
query = query.filter(getattr(entity, column).startswith(prefix)).order_by(getattr(entity, column).desc()).limit(3)
found["first"] = [getattr(row, column) for row in query]
found["all"] = sum(1 for _ in service.query(entity))


def get(url):
    request = urllib.request.Request(url, headers={"OData-MaxVersion": "4.0", "Accept": "application/json;odata.metadata=minimal"})
    with urllib.request.urlopen(request) as answer:
        return answer.headers, json.load(answer)


# Power Query: the list of sets, then every page with what it folded into the address.
_, document = get(service_url)
found["url"] = [one["url"] for one in document["value"]]
question = urllib.parse.urlencode({"$filter": f"not startswith({column},'{prefix}')", "$select": column, "$top": "7000", "$count": "true"})
url, rows, pages = f"{service_url}{name}?{question}", [], 0
while url:
    headers, page = get(url)
    found["version"] = headers["OData-Version"]
    found.setdefault("count", page.get("@odata.count"))
    rows += [row[column] for row in page["value"]]
    pages += 1
    url = page.get("@odata.nextLink")
found["pages"] = [pages, len(rows), len(set(rows)), not any(row.startswith(prefix) for row in rows)]
print(json.dumps(found))
