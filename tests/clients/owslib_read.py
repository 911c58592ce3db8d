#!/usr/bin/env python3
"""Walks an OGC API Features with OWSLib and prints one line of JSON.

Usage: owslib_read.py LANDING_PAGE COLLECTION
"""

import json
import sys

from owslib.ogcapi.features import Features


def main():
    api, name = Features(sys.argv[1]), sys.argv[2]
    collection = api.collection(name)
    page = api.collection_items(name, limit=7)
    box = api.collection_items(name, bbox=[10.5, 59.2, 10.7, 59.4])
    filtered = api.collection_items(name, filter="kode = 'A'")
    answer = {
        "conforms": "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in api.conformance()["conformsTo"],
        "collections": len(api.feature_collections()),
        "title": collection["title"],
        "queryables": sorted(api.collection_queryables(name)["properties"]),
        "matched": page["numberMatched"],
        "returned": page["numberReturned"],
        "in_box": box["numberMatched"],
        "filtered": filtered["numberMatched"],
        "one": api.collection_item(name, "3")["properties"]["navn"],
        "openapi": api.api()["openapi"],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
