#!/usr/bin/env python3
"""Publishes journals of different sizes and compares with DuckDB on the same files. See docs/benches.md."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
EXAMPLE = ROOT / "config/example"
PYTHON = ROOT / "tests/clients/.venv/bin/python"
DATASET = "postjournal"
MIB = 1 << 20
# Seconds after which the file system's time of a file says that it is as it was.
SETTLED = 3


class Failed(Exception):
    """A step of the bench did not do what it must."""


def measured(words, **options):
    """Runs a program to its end: CPU seconds, seconds, peak memory in MiB and what it said."""
    start = time.monotonic()
    child = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, **options)
    said = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise Failed(f"{words[0]} ended with {child.returncode}: {said}")
    cpu = usage.ru_utime + usage.ru_stime
    return {"cpu": cpu, "wall": time.monotonic() - start, "peak": usage.ru_maxrss / 1024, "said": said}


class Publisher:
    """The example publisher with one dataset and a storage of its own."""

    def __init__(self, folder, program, distributions, months=False):
        self.folder, self.program, self.months = folder, program, months
        (folder / "datasets").mkdir(parents=True)
        (folder / "data").mkdir()
        shutil.copy(EXAMPLE / "allmenning.toml", folder)
        text = (EXAMPLE / f"datasets/{DATASET}.toml").read_text()
        changes = {
            'path = "data/postjournal.ndjson"': f'path = "data/{self.pattern}", max_bytes = {1 << 40}',
            'publish_free_text = ["offentlig_tittel"]': 'publish_free_text = ["offentlig_tittel", "sakstittel"]\n'
            'known_names = ["hovedpart_navn"]',
            'profile = "journal"': f'profile = "journal"\ndistributions = {json.dumps(distributions)}',
        }
        for old, new in changes.items():
            if old not in text:
                raise Failed(f"the example dataset has no {old}")
            text = text.replace(old, new)
        (folder / f"datasets/{DATASET}.toml").write_text(text)

    @property
    def pattern(self):
        """The name of the source's file, or the pattern of its files."""
        return "postjournal-*.ndjson" if self.months else "postjournal.ndjson"

    @property
    def source(self):
        return self.folder / "data" / self.pattern

    def size(self):
        """Bytes of the source."""
        return sum(file.stat().st_size for file in self.source.parent.glob(self.pattern))

    def generate(self, rows, *more):
        """Writes the rows of the source; gives the CPU seconds that took."""
        path, words = (self.source.parent, ["--months"]) if self.months else (self.source, [])
        return measured([sys.executable, HERE / "journal.py", rows, path, *words, *more])["cpu"]

    def command(self, *words):
        return [self.program, *words, "--config", self.folder, "--storage", self.folder / "storage", "--json"]

    def run(self, outcome="published"):
        """Publishes the next version; the record says what each stage took."""
        result = measured(self.command("run", DATASET), stderr=subprocess.DEVNULL)
        record = json.loads(result["said"].splitlines()[0])
        if record["outcome"] != outcome:
            raise Failed(json.dumps(record, indent=1))
        return {**result, "record": record}

    def tables(self, number):
        """The hash of each Parquet file of a version by its name."""
        said = measured(self.command("versions", DATASET))["said"]
        files = json.loads(said)["versions"][str(number)]["files"]
        return {file["name"]: file["sha256"] for file in files if file["name"].endswith(".parquet")}

    def forget_raw(self):
        """Landed bytes are not needed for the next run; of ten million rows they are many."""
        shutil.rmtree(self.folder / f"storage/private/datasets/{DATASET}/raw", ignore_errors=True)


def row(name, result, rows, size, ratio=""):
    """A line of the table."""
    cpu = result["cpu"]
    speed = f"{rows / cpu / 1000:.0f}", f"{size / MIB / cpu:.0f}"
    cells = [name, f"{cpu:.2f}", ratio, f"{result['wall']:.1f}", f"{result['peak']:.0f}", *speed]
    print(f"| {' | '.join(cells)} |", flush=True)


def stages(record):
    """What each stage of a run took, in seconds."""
    return ", ".join(f"{stage['stage']} {stage['milliseconds'] / 1000:.2f}" for stage in record["stages"])


def next_day(publisher, rows):
    """Delivers the file of the next day and tells which tables it wrote anew."""
    before = publisher.tables(1)
    publisher.forget_raw()
    # A file that was written this very moment may be written once more: its time says nothing yet.
    time.sleep(SETTLED)
    publisher.run(outcome="unchanged")
    publisher.generate(rows, "--next-day")
    result = publisher.run()
    after = publisher.tables(2)
    new = sorted(name for name, sha256 in after.items() if before.get(name) != sha256)
    row("the next day", result, rows, publisher.size())
    print(f"\nThe next day: {result['record']['changes']}; {len(new)} of {len(after)} tables written anew: {new}")
    print(f"Stages: {stages(result['record'])}; read: {result['record'].get('in_parts', 'everything')}")
    if len(new) != 1:
        raise Failed("a day's change must rewrite one month")


def bench(rows, options, folder):
    """All measurements of one size."""
    publisher = Publisher(folder / "lean", options.program, [], options.months)
    made = publisher.generate(rows)
    size = publisher.size()
    print(f"\n## {rows} rows, {size / MIB:.0f} MiB (made in {made:.0f} CPU seconds)\n")
    print("| what | CPU s | ratio | wall s | peak MiB | 1000 rows a CPU second | MiB a CPU second |")
    print("|---|---|---|---|---|---|---|")
    words = [PYTHON, HERE / "duckdb_write.py", publisher.source, folder / "duckdb.parquet"]
    duckdb = json.loads(measured(words)["said"])
    row("DuckDB, no gate, one sorted Parquet", duckdb, rows, size, "1")
    ours = publisher.run()
    row("allmenning, all gates, Parquet by month", ours, rows, size, f"{ours['cpu'] / duckdb['cpu']:.2f}")
    if options.csv:
        full = Publisher(folder / "full", options.program, ["csv"], options.months)
        for file in publisher.source.parent.glob(publisher.pattern):
            os.link(file, full.source.parent / file.name)
        result = full.run()
        row("allmenning, with CSV beside it", result, rows, size, f"{result['cpu'] / duckdb['cpu']:.2f}")
        shutil.rmtree(full.folder)
    print(f"\nStages: {stages(ours['record'])}")
    next_day(publisher, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "target/release/allmenning")
    parser.add_argument("--folder", type=pathlib.Path, help="where there is room: three times the size of the source")
    parser.add_argument("--months", action="store_true", help="let the source come in a file for each month")
    parser.add_argument("--csv", action="store_true", help="measure with a CSV distribution too")
    options = parser.parse_args()
    for rows in options.rows:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            # Fetched bytes and sorted runs go to the same disk.
            os.environ["TMPDIR"] = folder
            bench(rows, options, pathlib.Path(folder))


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        sys.exit(f"bench: {failed}")
