#!/usr/bin/env python3
"""Publishes registers of made-up dwellings with all types and checks, and lets DuckDB read, check and write the same file.

    tests/clients/.venv/bin/python tests/bench/dwellings.py [COUNT...] [--program P] [--folder F]

The file is CSV in ISO 8859-1 with semicolons, decimal commas and Norwegian dates; the same number gives the same bytes.
Prints CPU seconds, seconds and peak memory of both. See docs/benches.md.
"""

import argparse
import datetime
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TYPES = ("Enebolig", "Rekkehus", "Leilighet", "Omsorgsbolig", "Bofellesskap", "Småhus")
STREETS = ("Øvre Åsly", "Sjøbakken", "Prøvegata", "Fiktivstien", "Eksempelvegen")
PLACES = ("5501", "0301", "4601", "1103", "5001")
HEAD = "nummer;kommunenummer;gnrbnr;bruksenhetsnummer;adresse;postnummer;boligtype;bra;rom;byggeaar;leie;fra;til"
COLUMNS = (
    ("nummer", '"code"', "required = true"),
    ("kommunenummer", '"code"', 'form = "municipality-number"'),
    ("gnrbnr", '"code"', 'form = "property-number"'),
    ("bruksenhetsnummer", '"code"', 'form = "dwelling-number"'),
    ("adresse", '"text"', ""),
    ("postnummer", '"code"', 'form = "postal-code"'),
    ("boligtype", '"text"', ""),
    ("bra", '{ is = "decimal", scale = 1 }', 'unit = "m2"'),
    ("rom", '"integer"', ""),
    ("byggeaar", '"integer"', ""),
    ("leie", '{ is = "decimal", scale = 2 }', 'unit = "NOK"'),
    ("fra", '"date"', ""),
    ("til", '"date"', ""),
)
CHECKS = """
[[checks]]
column = "bra"
minimum = 5
maximum = 500
[[checks]]
column = "rom"
minimum = 1
maximum = 20
[[checks]]
column = "byggeaar"
minimum = 1600
[[checks]]
column = "boligtype"
enum = [{types}]
[[checks]]
expression = "til is null or til >= fra"
[[checks]]
column = "leie"
min_sum = 1
"""
DUCKDB = """
import sys, duckdb
source, target = sys.argv[1:]
connection = duckdb.connect()
connection.execute(f'''
CREATE TABLE t AS SELECT nummer, kommunenummer, gnrbnr, bruksenhetsnummer, adresse, postnummer, boligtype, bra, rom,
  byggeaar, leie, fra, til
FROM read_csv('{source}', delim=';', header=true, encoding='latin-1', decimal_separator=',', dateformat='%d.%m.%Y',
  columns={{'nummer': 'VARCHAR', 'kommunenummer': 'VARCHAR', 'gnrbnr': 'VARCHAR', 'bruksenhetsnummer': 'VARCHAR',
  'adresse': 'VARCHAR', 'postnummer': 'VARCHAR', 'boligtype': 'VARCHAR', 'bra': 'DECIMAL(18,1)', 'rom': 'BIGINT',
  'byggeaar': 'BIGINT', 'leie': 'DECIMAL(18,2)', 'fra': 'DATE', 'til': 'DATE'}})''')
found = connection.execute('''
SELECT count(*) FILTER (bra < 5 OR bra > 500), count(*) FILTER (rom < 1 OR rom > 20), count(*) FILTER (byggeaar < 1600),
  count(*) FILTER (boligtype NOT IN ('Enebolig','Rekkehus','Leilighet','Omsorgsbolig','Bofellesskap','Småhus')),
  count(*) FILTER (NOT (til IS NULL OR til >= fra)), sum(leie), count(*) - count(DISTINCT nummer),
  count(*) FILTER (NOT regexp_full_match(kommunenummer, '[0-9]{4}')),
  count(*) FILTER (NOT regexp_full_match(gnrbnr, '[0-9]+/[0-9]+')),
  count(*) FILTER (NOT regexp_full_match(bruksenhetsnummer, '[HKLU][0-9]{4}')),
  count(*) FILTER (NOT regexp_full_match(postnummer, '[0-9]{4}')) FROM t''').fetchone()
assert all(number == 0 for place, number in enumerate(found) if place != 5), found
connection.execute(f"COPY (FROM t ORDER BY nummer) TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)")
"""


# A workbook's parts beside its sheet.
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="xl/workbook.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
    "xl/workbook.xml": '<workbook MAIN xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="Boliger" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="worksheets/sheet1.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>'
    '<Relationship Id="rId2" Target="styles.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"/></Relationships>',
    "xl/styles.xml": '<styleSheet MAIN><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
}


def write(count, path):
    """The register of so many dwellings."""
    chance = random.Random(count)
    with open(path, "w", encoding="iso-8859-1", newline="") as file:
        file.write(HEAD + "\r\n")
        for number in range(count):
            street, floor = chance.choice(STREETS), chance.randrange(1, 6)
            start = f"{chance.randrange(1, 29):02}.{chance.randrange(1, 13):02}.{chance.randrange(1990, 2024)}"
            end = "" if chance.random() < 0.7 else f"01.01.{chance.randrange(2025, 2030)}"
            area = f"{chance.randrange(200, 1800) / 10:.1f}".replace(".", ",")
            file.write(
                f"B{number:07};{chance.choice(PLACES)};{chance.randrange(1, 300)}/{chance.randrange(1, 2000)};"
                f"H{floor:02}{chance.randrange(1, 12):02};{street} {chance.randrange(1, 150)};{chance.randrange(1000, 9999)};"
                f"{chance.choice(TYPES)};{area};{chance.randrange(1, 7)};{chance.randrange(1900, 2024)};"
                f"{chance.randrange(4000, 19000)},{chance.randrange(0, 100):02};{start};{end}\r\n"
            )


def workbook(source, target):
    """The same register as a workbook: texts as texts, numbers as numbers, days as days."""
    cell = {7: "n", 8: "n", 9: "n", 10: "n", 11: "d", 12: "d"}

    def one(place, text):
        if not text:
            return ""
        if cell.get(place) == "n":
            return f"<c><v>{text.replace(',', '.')}</v></c>"
        if cell.get(place) == "d":
            day, month, year = map(int, text.split("."))
            return f'<c s="1"><v>{(datetime.date(year, month, day) - datetime.date(1899, 12, 30)).days}</v></c>'
        return f'<c t="inlineStr"><is><t>{text}</t></is></c>'

    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in PARTS.items():
            book.writestr(name, text.replace("MAIN", main))
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f"<worksheet {main}><sheetData>".encode())
            for row, line in enumerate(open(source, encoding="iso-8859-1"), 1):
                words = line.rstrip("\r\n").split(";")
                places = enumerate(words) if row > 1 else ((0, word) for word in words)
                cells = [one(place, text) or "<c/>" for place, text in places]
                sheet.write(f'<row r="{row}">{"".join(cells)}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")


def declare(folder, kind="csv"):
    """The publisher with this one dataset."""
    (folder / "datasets").mkdir(parents=True, exist_ok=True)
    (folder / "allmenning.toml").write_text((ROOT / "config/example/allmenning.toml").read_text())
    text = 'title = { nb = "Boliger" }\ndescription = { nb = "Boliger som ikke finnes" }\nthemes = ["SOCI"]\nlicence = "CC0"\n'
    text += 'frequency = "NEVER"\nprofile = "table"\nkey = ["nummer"]\ndistributions = []\n'
    form = 'kind = "csv", encoding = "iso-8859-1"' if kind == "csv" else 'kind = "excel"'
    text += f'source = {{ kind = "file", path = "boliger.{kind}" }}\nformat = {{ {form} }}\n'
    for name, kind, more in COLUMNS:
        text += f'\n[[columns]]\nname = "{name}"\ntype = {kind}\ntitle = {{ nb = "{name}" }}\n{more}\n'
    text += CHECKS.replace("{types}", ", ".join(f'"{name}"' for name in TYPES))
    (folder / "datasets/boliger.toml").write_text(text)


def measured(words, **options):
    """CPU seconds, seconds and peak MiB of a program."""
    start = time.monotonic()
    child = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    said = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{words[0]} ended with {child.returncode}: {said}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, nargs="*", default=[109_000, 2_600_000])
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "target/release/allmenning")
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--workbook", action="store_true", help="publish the same as XLSX, too")
    asked = parser.parse_args()
    print("| dwellings | MiB | DuckDB CPU s, s, MiB | allmenning CPU s, s, MiB | ratio of CPU |\n|---|---|---|---|---|")
    for count in asked.count:
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            folder = pathlib.Path(folder)
            declare(folder)
            source = folder / "boliger.csv"
            write(count, source)
            started = measured([sys.executable, "-c", "import duckdb; duckdb.connect()"])[0]
            theirs = measured([sys.executable, "-c", DUCKDB, source, folder / "duckdb.parquet"])
            theirs = (theirs[0] - started, *theirs[1:])
            words = ["--config", folder, "--storage", folder / "storage", "run", "boliger"]
            ours = measured([asked.program.resolve(), *words])
            tell = lambda figures: "{:.2f}, {:.1f}, {:.0f}".format(*figures)
            if asked.workbook:
                workbook(source, folder / "boliger.xlsx")
                declare(folder, "xlsx")
                words = ["--config", folder, "--storage", folder / "other", "run", "boliger"]
                book = measured([asked.program.resolve(), *words])
                print("workbook, CPU s, s, MiB: {:.2f}, {:.1f}, {:.0f}".format(*book), flush=True)
            size = source.stat().st_size / (1 << 20)
            print(f"| {count} | {size:.0f} | {tell(theirs)} | {tell(ours)} | {ours[0] / theirs[0]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
