#!/usr/bin/env python3
"""Asks OGC API Features for boxes and tells the CPU time that a request takes. See docs/benches.md."""

import argparse
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
WARM = 20

DATASET = """
profile = "table"
themes = ["REGI"]
licence = "CC0"
frequency = "NEVER"
title = { nb = "Adresser" }
description = { nb = "Adresser som ikke finnes." }
source = { kind = "file", path = "data/adresser.geojson", max_bytes = 1099511627776 }
format = { kind = "geojson" }
key = ["nr"]
distributions = []
columns = [
    { name = "nr", from = ["properties.nr"], type = { is = "integer" }, required = true, title = { nb = "Nummer" } },
    { name = "gate", from = ["properties.gate"], type = { is = "text" }, title = { nb = "Gate" } },
    { name = "hus", from = ["properties.hus"], type = { is = "integer" }, title = { nb = "Husnummer" } },
    { name = "post", from = ["properties.post"], type = { is = "code" }, title = { nb = "Postnummer" } },
    { name = "sted", from = ["geometry"], type = { is = "geometry" }, required = true, title = { nb = "Sted" } },
]
"""


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def addresses(rows):
    """Places in random order over a square of one degree of latitude and two of longitude, with their properties."""
    some = random.Random(7)
    for number in range(rows):
        place = [round(10 + 2 * some.random(), 7), round(59.5 + some.random(), 7)]
        yield place, {"nr": number, "gate": f"Gate {number % 977}", "hus": number % 120, "post": f"{number % 97:04}"}


def write_source(path, rows):
    """The addresses as GeoJSON."""
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type":"FeatureCollection","features":[\n')
        for number, (place, properties) in enumerate(addresses(rows)):
            feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": place}, "properties": properties}
            out.write((",\n" if number else "") + json.dumps(feature, separators=(",", ":")))
        out.write("\n]}\n")


def cpu(pids):
    """CPU seconds so far of processes and those that they started."""
    parents, spent = {}, {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        # User, system, and both of the children that ended.
        parents[int(path.parent.name)], spent[int(path.parent.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    counted = set(pids)
    while more := {pid for pid, parent in parents.items() if parent in counted} - counted:
        counted |= more
    return sum(spent.get(pid, 0) for pid in counted) / TICKS


def ask(address):
    """The number of features of an answer."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        return len(json.loads(answer.read())["features"])


def boxes(rows, wanted):
    """Boxes that hold about so many of the points."""
    some = random.Random(11)
    side = (wanted / rows) ** 0.5
    while True:
        west, south = 10 + 2 * some.random() * (1 - side), 59.5 + some.random() * (1 - side)
        yield f"{west:.6f},{south:.6f},{west + 2 * side:.6f},{south + side:.6f}"


def measure(base, pids, question, requests):
    """Milliseconds of CPU and of the clock a request, and features a request."""
    for _ in range(WARM):
        ask(f"{base}{question()}")
    start, began, found = cpu(pids), time.monotonic(), 0
    for _ in range(requests):
        found += ask(f"{base}{question()}")
    spent, took = cpu(pids) - start, time.monotonic() - began
    return {"cpu_ms": 1000 * spent / requests, "wall_ms": 1000 * took / requests, "features": found / requests}


def figures(base, pids, rows, requests, form="json"):
    """All kinds of questions to a server, as soon as it answers."""
    for _ in range(600):
        try:
            ask(f"{base}?limit=1&f={form}")
            break
        except OSError:
            time.sleep(0.1)
    some, places = random.Random(3), boxes(rows, 1000)
    return {
        "1000 by bbox": measure(base, pids, lambda: f"?f={form}&limit=1500&bbox={next(places)}", requests),
        "1000 unfiltered": measure(base, pids, lambda: f"?f={form}&limit=1000", requests),
        "10 unfiltered": measure(base, pids, lambda: f"?f={form}&limit=10", requests),
        "one by id": measure_one(base, pids, lambda: f"{some.randrange(rows)}?f={form}", requests),
    }


def serve(program, folder, rows, requests):
    """Publishes, serves and measures."""
    port = free_port()
    words = ["--config", str(folder), "--storage", str(folder / "storage")]
    subprocess.run([program, "run", "--all", *words], check=True, stdout=subprocess.DEVNULL)
    server = subprocess.Popen(
        [program, "serve", "--no-schedule", "--listen", f"127.0.0.1:{port}", *words],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}/ogc/collections/adresser/items"
    try:
        return figures(base, [server.pid], rows, requests)
    finally:
        server.terminate()
        server.wait()


def measure_one(base, pids, which, requests):
    """The same for single features."""
    start = cpu(pids)
    for _ in range(requests):
        with urllib.request.urlopen(f"{base}/{which()}", timeout=60) as answer:
            answer.read()
    return {"cpu_ms": 1000 * (cpu(pids) - start) / requests}


def publisher(folder, rows):
    """A publisher of the addresses."""
    (folder / "datasets").mkdir()
    (folder / "data").mkdir()
    instance = (ROOT / "config/example/allmenning.toml").read_text(encoding="utf-8")
    (folder / "allmenning.toml").write_text(instance, encoding="utf-8")
    (folder / "datasets/adresser.toml").write_text(DATASET, encoding="utf-8")
    write_source(folder / "data/adresser.geojson", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--program", default=str(ROOT / "target/release/allmenning"))
    parser.add_argument("--requests", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        publisher(folder, arguments.rows)
        found = serve(arguments.program, folder, arguments.rows, arguments.requests)
    for question, figure in found.items():
        print(question, json.dumps({name: round(value, 2) for name, value in figure.items()}))


if __name__ == "__main__":
    sys.exit(main())
