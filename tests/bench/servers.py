#!/usr/bin/env python3
"""Asks allmenning, pygeoapi and tipg for the same features in one run, and tells the CPU time of each. See docs/benches.md.

    tests/bench/servers.py [ROWS] [--peers VENV]

pygeoapi and tipg read one PostGIS table with a spatial index, of a database that is made for the run. Their CPU time is that of
the server and of the database together. Needs PostgreSQL with PostGIS, and a virtual environment with pygeoapi, gunicorn,
psycopg2-binary, geoalchemy2 and tipg, uvicorn.
"""

import argparse
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import boxes

TABLE = """
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE TABLE adresser (nr integer PRIMARY KEY, gate text, hus integer, post text, sted geometry(Point, 4326) NOT NULL);
COPY adresser FROM '{source}';
CREATE INDEX ON adresser USING gist (sted);
CLUSTER adresser USING adresser_sted_idx;
VACUUM ANALYZE adresser;
"""
PYGEOAPI = """
server:
  bind: {{host: 127.0.0.1, port: {port}}}
  url: http://127.0.0.1:{port}
  mimetype: application/json; charset=UTF-8
  encoding: utf-8
  languages: [en-US]
  limits: {{default_items: 10, max_items: 10000}}
  map: {{url: "https://tile.example/{{z}}/{{x}}/{{y}}.png", attribution: none}}
logging: {{level: ERROR}}
metadata:
  identification: {{title: b, description: b, keywords: [b], keywords_type: theme, terms_of_service: b, url: "https://b.example"}}
  license: {{name: CC0, url: "https://b.example"}}
  provider: {{name: b, url: "https://b.example"}}
  contact: {{name: b}}
resources:
  adresser:
    type: collection
    title: Adresser
    description: Adresser som ikke finnes
    keywords: [adresser]
    extents: {{spatial: {{bbox: [10, 59.5, 12, 60.5], crs: "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}}}
    providers:
      - type: feature
        name: PostgreSQL
        data: {{host: 127.0.0.1, port: {database}, dbname: postgres, user: postgres, password: none, search_path: [public]}}
        id_field: nr
        table: adresser
        geom_field: sted
"""


def database(folder, rows):
    """A database server with the addresses: its process and port."""
    binaries = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
    port, home = boxes.free_port(), folder / "database"
    home.mkdir()
    source = folder / "adresser.tsv"
    with source.open("w", encoding="utf-8") as out:
        for (x, y), own in boxes.addresses(rows):
            out.write(f"{own['nr']}\t{own['gate']}\t{own['hus']}\t{own['post']}\tSRID=4326;POINT({x} {y})\n")
    # The database does not run as root.
    who = []
    if os.getuid() == 0:
        who = ["runuser", "-u", "postgres", "--"]
        shutil.chown(home, "postgres")
        folder.chmod(0o755)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*who, binaries / "initdb", "-D", home, "-U", "postgres", "-A", "trust"], check=True, **quiet)
    settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": str(home), "shared_buffers": "512MB", "jit": "off"}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    server = subprocess.Popen([*who, binaries / "postgres", "-D", home, *words], **quiet)
    ask = ["psql", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-v", "ON_ERROR_STOP=1"]
    for _ in range(100):
        if subprocess.run([*ask, "-c", "SELECT 1"], **quiet).returncode == 0:
            break
        time.sleep(0.2)
    subprocess.run(ask, input=TABLE.format(source=source), text=True, check=True)
    return server, port


def pygeoapi(peers, folder, port, base):
    """Its process and the address of the items."""
    own = boxes.free_port()
    settings = folder / "pygeoapi.yml"
    settings.write_text(PYGEOAPI.format(port=own, database=port), encoding="utf-8")
    described = folder / "openapi.yml"
    env = os.environ | {"PYGEOAPI_CONFIG": str(settings), "PYGEOAPI_OPENAPI": str(described)}
    made = [peers / "bin/pygeoapi", "openapi", "generate", settings, "--output-file", described]
    subprocess.run(made, env=env, check=True, stdout=subprocess.DEVNULL)
    words = [peers / "bin/gunicorn", "-w", "1", "-b", f"127.0.0.1:{own}", "pygeoapi.flask_app:APP"]
    return subprocess.Popen(words, env=env, **base), f"http://127.0.0.1:{own}/collections/adresser/items"


def tipg(peers, port, base):
    """The same."""
    own = boxes.free_port()
    env = os.environ | {
        "POSTGRES_USER": "postgres", "POSTGRES_PASS": "none", "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(port),
        "POSTGRES_DBNAME": "postgres", "TIPG_DB_SCHEMAS": '["public"]', "TIPG_DB_EXCLUDE_FUNCTION_SCHEMAS": '["public"]',
    }
    words = [peers / "bin/uvicorn", "--host", "127.0.0.1", "--port", str(own), "--log-level", "error", "tipg.main:app"]
    return subprocess.Popen(words, env=env, **base), f"http://127.0.0.1:{own}/collections/public.adresser/items"


def shown(server, found):
    """A line of the table."""
    cells = [f"{figure['cpu_ms']:.1f}" + (f", {figure['wall_ms']:.1f}" if "wall_ms" in figure else "") for figure in found.values()]
    print(f"| {server} | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--program", default=str(boxes.ROOT / "target/release/allmenning"))
    parser.add_argument("--peers", type=pathlib.Path, default=boxes.ROOT / "tests/bench/.venv")
    parser.add_argument("--requests", type=int, default=100)
    arguments = parser.parse_args()
    started = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            print("| server | about 1 000 in a box | first 1 000 | first 10 | one by id |\n|---|---|---|---|---|")
            boxes.publisher(folder, arguments.rows)
            shown("allmenning", boxes.serve(arguments.program, folder, arguments.rows, arguments.requests))
            base = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            server, port = database(folder, arguments.rows)
            started.append(server)
            for which, start, form in (
                ("pygeoapi", lambda: pygeoapi(arguments.peers, folder, port, base), "json"),
                ("tipg", lambda: tipg(arguments.peers, port, base), "geojson"),
            ):
                peer, address = start()
                started.append(peer)
                pids = [peer.pid, server.pid]
                shown(which, boxes.figures(address, pids, arguments.rows, arguments.requests, form))
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait()


if __name__ == "__main__":
    sys.exit(main())
