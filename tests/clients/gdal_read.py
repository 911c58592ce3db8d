#!/usr/bin/env python3
"""Reads a vector file or address with GDAL's ogrinfo and prints one line of JSON: driver, features, geometry, extent.

Usage: gdal_read.py SOURCE [layer]
SOURCE is what ogrinfo takes: a file, or /vsicurl/http://... for an address.
"""

import json
import re
import subprocess
import sys


def first(pattern, text):
    """The first group of the first match, or None."""
    match = re.search(pattern, text, re.MULTILINE)
    return match.group(1) if match else None


def main():
    command = ["ogrinfo", "-ro", "-so", "-al", sys.argv[1], *sys.argv[2:3]]
    text = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    extent = re.search(r"^Extent: \(([-\d.]+), ([-\d.]+)\) - \(([-\d.]+), ([-\d.]+)\)", text, re.MULTILINE)
    answer = {
        "driver": first(r"using driver `([^']+)'", text),
        "features": int(first(r"^Feature Count: (\d+)", text) or -1),
        "geometry": first(r"^Geometry: (.+)$", text),
        "extent": [float(number) for number in extent.groups()] if extent else None,
        "crs84": "CRS84" in text or "WGS 84" in text,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
