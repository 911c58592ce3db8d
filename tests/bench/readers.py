#!/usr/bin/env python3
"""Turns the same map data into GeoParquet by allmenning, GeoPandas and DuckDB, and into FlatGeobuf by ogr2ogr, and tells
CPU time and peak memory of each. See docs/benches.md.

    tests/clients/.venv/bin/python tests/bench/readers.py [COUNT...] [--kinds buildings addresses] [--folder F]
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FORMATS = ("gml", "geojson", "gpkg", "sos")
KINDS = {"gml": "gml", "geojson": "geojson", "gpkg": "geopackage", "sos": "sosi"}
COLUMNS = ("nummer", "integer"), ("type", "code"), ("adresse", "text"), ("dato", "date")
# Where each column stands in each format: name of the identifier, prefix of the others, the geometry.
PLACES = {
    "gml": ("identifikasjon.lokalId", "", {"buildings": "område", "addresses": "posisjon"}),
    "geojson": ("properties.lokalId", "properties.", {"buildings": "geometry", "addresses": "geometry"}),
    "gpkg": ("lokalId", "", None),
    "sos": ("IDENT.LOKALID", "", None),
}


def declaration(end, kind, source):
    """A dataset of the same columns, whatever the format."""
    identifier, prefix, geometry = PLACES[end]
    title = lambda name: f'title = {{ nb = "{name}" }}'
    words = {"dato": "oppdateringsdato" if end == "gml" else "OPPDATERINGSDATO" if end == "sos" else "dato"}
    where = lambda name: prefix + (words.get(name, name).upper() if end == "sos" else words.get(name, name))
    columns = [f'{{ name = "lokalid", from = ["{identifier}"], type = "text", required = true, {title("lokalid")} }}']
    columns += [f'{{ name = "{name}", from = ["{where(name)}"], type = "{is_}", {title(name)} }}' for name, is_ in COLUMNS]
    place = f'from = ["{geometry[kind]}"], ' if geometry else ""
    columns.append(f'{{ name = "sted", {place}type = "geometry", required = true, {title("sted")} }}')
    settings = {"gpkg": f', layer = "{kind}"', "sos": f', objects = ["{"Bygning" if kind == "buildings" else "Adresse"}"]'}
    return "\n".join([
        'profile = "table"\nthemes = ["REGI"]\nlicence = "CC0"\nfrequency = "NEVER"',
        'title = { nb = "Kart" }\ndescription = { nb = "Steder som ikke finnes." }',
        f'source = {{ kind = "file", path = "{source}", max_bytes = 1099511627776 }}',
        f'format = {{ kind = "{KINDS[end]}"{settings.get(end, "")} }}',
        'key = ["lokalid"]\ndistributions = []',
        "columns = [\n" + ",\n".join(columns) + ",\n]\n",
    ])


GEOPANDAS = """
import sys, geopandas
source, target = sys.argv[1:]
frame = geopandas.read_file(source, use_arrow=True)
frame = frame.iloc[frame.hilbert_distance().argsort(kind="stable")]
frame.to_parquet(target, compression="zstd", write_covering_bbox=True, row_group_size=50000)
"""
DUCKDB = """
import pathlib, sys, duckdb, duckdb_extension_spatial
source, target = sys.argv[1:]
base = duckdb.connect(config={"allow_unsigned_extensions": "true"})
file = next(pathlib.Path(duckdb_extension_spatial.__file__).parent.rglob("spatial.duckdb_extension"))
base.execute(f"LOAD '{file}'")
base.execute("SET threads = 2")
base.execute(f"CREATE TABLE read AS SELECT * FROM ST_Read('{source}')")
kinds = {name: kind for name, kind, *_ in base.execute("DESCRIBE read").fetchall()}
place = next(name for name, kind in kinds.items() if kind.startswith("GEOMETRY"))
edges = ", ".join(f'{of}({edge}("{place}"))' for of, edge in
    (("min", "ST_XMin"), ("min", "ST_YMin"), ("max", "ST_XMax"), ("max", "ST_YMax")))
extent = base.execute(f"SELECT {edges} FROM read").fetchone()
box = "{'min_x': %r, 'min_y': %r, 'max_x': %r, 'max_y': %r}::BOX_2D" % extent
base.execute(f\"\"\"COPY (SELECT *, {{'xmin': ST_XMin("{place}"), 'ymin': ST_YMin("{place}"), 'xmax': ST_XMax("{place}"),
    'ymax': ST_YMax("{place}")}} AS bbox FROM read ORDER BY ST_Hilbert("{place}", {box}))
    TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 50000)\"\"\")
"""


def measured(words):
    """CPU seconds and peak MiB of a program, or what it says where it fails."""
    with tempfile.TemporaryFile() as said:
        started = subprocess.Popen([str(word) for word in words], stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode != 0:
            said.seek(0)
            return {"failed": said.read().decode(errors="replace").strip()[-300:]}
    return {"cpu": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss / 1024}


def best(words, target, times):
    """The fastest of some runs, each into nothing."""
    runs = []
    for _ in range(times):
        shutil.rmtree(target, ignore_errors=True)
        pathlib.Path(target).unlink(missing_ok=True)
        runs.append(measured(words))
        if "failed" in runs[-1]:
            return runs[-1]
    return min(runs, key=lambda run: run["cpu"])


def ours(program, folder, source, end, kind, times):
    """The whole walk: fetching, landing, typing, all gates, GeoParquet."""
    home = folder / "publisher"
    (home / "datasets").mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "config/example/allmenning.toml", home / "allmenning.toml")
    (home / "datasets/kart.toml").write_text(declaration(end, kind, source), encoding="utf-8")
    storage = folder / "storage"
    return best([program, "run", "--all", "--config", home, "--storage", storage], storage, times)


def latin(source, folder):
    """The same SOSI file in ISO 8859-1."""
    target = folder / "latin.sos"
    with source.open(encoding="utf-8") as read, target.open("w", encoding="iso-8859-1") as out:
        out.writelines(line.replace("TEGNSETT UTF-8", "TEGNSETT ISO8859-1") for line in read)
    return target


def peers(folder, source, end, times):
    """What the others do with the same file."""
    python, target = sys.executable, folder / "out.parquet"
    start = {name: best([python, "-c", f"import {name}"], target, 3)["cpu"] for name in ("geopandas", "duckdb")}
    flat = folder / "out.fgb"
    # Its SOSI reader knows no UTF-8, and gives a layer for each kind of geometry.
    plain = latin(source, folder) if end == "sos" else source
    layer = [["points", "polygons"][source.stem == "buildings"]] if end == "sos" else []
    found = {"ogr2ogr": best(["ogr2ogr", "-f", "FlatGeobuf", flat, plain, *layer], flat, times)}
    for name, text in (("geopandas", GEOPANDAS), ("duckdb", DUCKDB)):
        found[name] = best([python, "-c", text, source, target], target, times)
        if "cpu" in found[name]:
            found[name]["cpu"] -= start[name]
    return found


def shown(figures):
    """A cell of the table."""
    return "cannot" if "failed" in figures else f"{figures['cpu']:.2f} s, {figures['mib']:.0f} MiB"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", type=int, nargs="*", default=[100_000])
    parser.add_argument("--kinds", nargs="*", default=["buildings", "addresses"])
    parser.add_argument("--formats", nargs="*", default=FORMATS)
    parser.add_argument("--program", default=str(ROOT / "target/release/allmenning"))
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help="only allmenning")
    parser.add_argument("--folder", help="where the files are kept and found again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = pathlib.Path(name)
        print("| file | MiB | allmenning | ogr2ogr, FlatGeobuf | GeoPandas | DuckDB |\n|---|---|---|---|---|---|")
        for count in arguments.counts:
            files = pathlib.Path(arguments.folder or name) / f"files-{count}"
            files.mkdir(exist_ok=True)
            for kind in arguments.kinds:
                if not (files / f"{kind}.gpkg").exists():
                    subprocess.run([sys.executable, HERE / "features.py", kind, str(count), files], check=True)
                    made = ["ogr2ogr", "-f", "GPKG", files / f"{kind}.gpkg", files / f"{kind}.geojson", "-nln", kind]
                    subprocess.run(made, check=True)
                for end in arguments.formats:
                    source = files / f"{kind}.{end}"
                    figures = {"ours": ours(arguments.program, folder, source, end, kind, arguments.times)}
                    if not arguments.alone:
                        figures |= peers(folder, source, end, arguments.times)
                    mib = source.stat().st_size / 2**20
                    cells = " | ".join(shown(figures[name]) for name in figures)
                    print(f"| {count} {kind}, {end} | {mib:.0f} | {cells} |", flush=True)
                    for name, figure in figures.items():
                        if "failed" in figure:
                            print(json.dumps({name: figure["failed"]}, ensure_ascii=False), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
