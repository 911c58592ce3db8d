#!/usr/bin/env python3
"""Writes journal posts as NDJSON in the form that the example dataset `postjournal` reads.

Everything is made up from the word lists below. The same number of rows and the same seed give the same bytes; the next
day is the same file with a few hundred new rows and a few changed ones, all in the newest month. Standard library only.
"""

import argparse
import datetime
import itertools
import pathlib
import sys

MASK = (1 << 64) - 1
FIRST = datetime.date(2019, 1, 1)
# The next day is in the same month.
LAST = datetime.date(2026, 8, 28)
DAYS = (LAST - FIRST).days + 1
NEW_ROWS = 300
CHANGED_ROWS = 5
FEWEST = 10_000
CHUNK = 20_000

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
FOURS = [a + b + c + d for a in LETTERS for b in LETTERS for c in LETTERS for d in LETTERS]
FIRST_NAMES = """Tålmodig Rolig Blid Kvikk Myndig Ærlig Snill Lystig Stille Rask Vennlig Modig Lun Trygg Munter Flink Treg
Våken Mild Fornøyd Grundig Nøysom Ivrig Stødig""".split()
LAST_NAMES = """Rognebær Lyngbakke Måkevær Skyggedal Tistelvang Blåklokke Steinrøys Furukvist Snøfonn Havskodde Tyttebær
Myrull Sølvgran Bekkefar Fjellrype Isbre Ørretvann Kvitveis Østavind Rullestein Bjørkenever Strandsnipe Ringdue Åkermose
Løvetann Granbar Multemyr Tjernholt""".split()
FIRMS = """Prøvedal Testnes Eksempelvik Oppdiktet Fiktivheim Mønsterås Skisseberg Utkastmo Kladdeby Øvelsund Skuggevik
Luftslott""".split()
TRADES = """Entreprenør Rørlegger Arkitekt Regnskap Renhold Elektro Anlegg Transport Barnehage Eiendom Landbruk Fiskeri
Konsulent Snekker Maskin Verksted""".split()
ROADS = """Lyngveien Kaigata Skoleveien Bakkekroken Storgata Furustien Havnegata Møllevegen Åsveien Øvregate Strandvegen
Nygårdsbakken""".split()
UNITS = "OPP TEK KUL HEL PLA ØKO ADM BYG MIL SAM VEI BRA".split()
SUBJECTS = """Tilsyn med skole|Ferdigattest|Søknad om byggetillatelse|Søknad om dispensasjon fra reguleringsplan|Nabovarsel
Innkalling til møte|Referat fra møte|Klage på vedtak|Vedtak om startlån|Søknad om skjenkebevilling|Rapport om vannkvalitet
Tilbud på asfaltering|Spørsmål om brøyting|Høring av kommuneplanens arealdel|Tilskudd til lag og foreninger
Melding om oppstart av planarbeid|Fritak fra eiendomsskatt|Leie av idrettshall|Avtale om renovasjon|Årsrapport
Oppmålingsforretning|Søknad om barnehageplass|Krav om innsyn|Svar på henvendelse|Foreløpig svar|Purring|Bestilling av kart
Anbud på skolemat|Utslippstillatelse|Budsjettjustering|Prosjektplan for svømmehall|Forvaltning av kommunal skog
Trafikksikring ved skolevei|Parkeringstillatelse|Gebyr for tilsyn|Tilbakemelding på utkast|Ettersending av vedlegg
Godkjenning av vannverk|Søknad om motorferdsel i utmark|Reguleringsendring for boligfelt""".replace("\n", "|").split("|")
RULES = ["Offl. § 13 jf. fvl. § 13 første ledd nr. 1", "Offl. § 13 jf. fvl. § 13 første ledd nr. 2", "Offl. § 14",
         "Offl. § 15 første ledd", "Offl. § 23 første ledd", "Offl. § 26 femte ledd"]
CODES = ["UO", "UO", "13", "14", "P", "XX"]
TYPES = (["inngaaende_dokument"] * 9 + ["utgaaende_dokument"] * 8 + ["organinternt_dokument_uten_oppfoelging"] * 2
         + ["organinternt_dokument_for_oppfoelging", "saksframlegg", "sakskart"])


def mix(value):
    """The next number of splitmix64."""
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def ident(kind, day, number):
    """An id as eInnsyn has them: letters of the kind, of the day, and of chance."""
    return f"{kind}_{day}{FOURS[number & 0xFFFFF]}{FOURS[number >> 20 & 0xFFFFF]}{FOURS[number >> 40 & 0xFFFFF]}"


class Days:
    """What all rows of one day share."""

    def __init__(self):
        self.known = {}

    def of(self, index):
        if index not in self.known:
            date = FIRST + datetime.timedelta(days=index)
            before = date - datetime.timedelta(days=3)
            stamp = 0x190_0000_0000 + index * 86_400_000 >> 4
            letters = "01" + FOURS[stamp >> 20 & 0xFFFFF] + FOURS[stamp & 0xFFFFF]
            self.known[index] = (date.year, date.isoformat(), before.isoformat(), letters)
        return self.known[index]


def title(a, b):
    """A title."""
    subject = SUBJECTS[a % len(SUBJECTS)]
    kind = (a >> 8) % 10
    if kind < 3:
        return f"{subject} - gnr {b % 180 + 1} bnr {(b >> 8) % 700 + 1}"
    if kind < 5:
        return f"{subject} - {ROADS[b % len(ROADS)]} {(b >> 8) % 90 + 1}"
    if kind < 6:
        return f"{subject} - {FIRMS[b % len(FIRMS)]} {TRADES[(b >> 8) % len(TRADES)]} AS, org.nr. 310529915"
    if kind < 7:
        return f"{subject} - sak {2000 + b % 27}/{(b >> 8) % 9000} - ref. {(b >> 20) % 10_000_000}"
    if kind < 8:
        return f"{subject} - periode 01.01.{2019 + b % 8} - 31.12.{2019 + b % 8}"
    return subject


def party(a, b):
    """Name, the form that may be shown, and the kind of the main party."""
    chosen = a % 10
    if chosen < 5:
        name = f"{FIRST_NAMES[b % len(FIRST_NAMES)]} {LAST_NAMES[(b >> 8) % len(LAST_NAMES)]}"
        return name, "***", "ukjent"
    name = f"{FIRMS[b % len(FIRMS)]} {TRADES[(b >> 8) % len(TRADES)]} AS"
    return name, name, "virksomhet"


def line(row, day, sequence, random, changed):
    """One journal post."""
    year, date, written, letters = day
    a = mix(random)
    b = mix(a)
    c = mix(b)
    name, shown, kind = party(a >> 4, c)
    public = title(a >> 16, c >> 20)
    full = public
    if kind == "ukjent" and a & 3 == 0:
        full = f"{public} - {name}"
        # Some names were forgotten where the title was made public: the gate must find them.
        public = full if a & 63 == 0 else f"{public} - {shown}"
    if changed:
        public = f"{public} (rettet)"
    case = mix(row // 6)
    subject = SUBJECTS[case % len(SUBJECTS)]
    unit = UNITS[case >> 8 & 7]
    posttype = TYPES[(a >> 40) % len(TYPES)]
    role = "mottaker" if posttype == "utgaaende_dokument" else "avsender"
    clock = f"{c >> 50 & 15:02d}:{c >> 42 & 31:02d}:{c >> 34 & 31:02d}"
    updated = "23:59:59" if changed else clock
    hidden = (
        f', "skjerming": {{"entity": "Skjerming", "tilgangsrestriksjon": "{CODES[c % 6]}", '
        f'"skjermingshjemmel": "{RULES[c % 6]}"}}'
        if a >> 60 < 3
        else ""
    )
    return (
        f'{{"entity": "Journalpost", "id": "{ident("jp", letters, b)}", '
        f'"systemId": "7e{row:06x}-0000-4000-8000-{b & 0xFFFFFFFFFFFF:012x}", '
        f'"slug": "{year}-{sequence}", "offentligTittel": "{public}", "offentligTittelSensitiv": "{full}", '
        f'"publisertDato": "{date}T{clock}.000Z", "oppdatertDato": "{date}T{updated}.000Z", '
        f'"korrespondansepart": [{{"entity": "Korrespondansepart", "id": "{ident("kp", letters, a)}", '
        f'"korrespondansepartNavn": "{shown}", "korrespondanseparttype": "{role}", "administrativEnhet": "{unit}"}}], '
        f'"hovedpart": {{"navn": "{name}", "rolle": "{role}", "type": "{kind}"}}, '
        f'"dokumentbeskrivelse": [{{"id": "{ident("db", letters, a ^ b)}", "dokumentnummer": 1, '
        f'"tilknyttetRegistreringSom": "hoveddokument", "dokumentobjekt": []}}], '
        f'"antallDokumenter": {(a >> 50 & 3) + 1}{hidden}, '
        f'"journalaar": {year}, "journalsekvensnummer": {sequence}, "journalpostnummer": {row % 6 + 1}, '
        f'"journalposttype": "{posttype}", "journaldato": "{date}", "dokumentetsDato": "{written}", '
        f'"administrativEnhet": "{unit}", "saksmappe": {{"id": "sm_{FOURS[case >> 20 & 0xFFFFF]}'
        f'{row // 6:07x}", "saksaar": {year}, "sakssekvensnummer": {row // 6 % 100_000}, '
        f'"offentligTittel": "{subject} - {ROADS[case >> 40 & 7]} {(case >> 44) % 90 + 1}"}}}}\n'
    )


def posts(count, seed, next_day):
    """Month and line of every row, oldest first, as journals are kept."""
    days = Days()
    sequence, year = 0, 0
    for row in range(count + (NEW_ROWS if next_day else 0)):
        day = days.of(DAYS if row >= count else row * DAYS // count)
        random = mix(seed << 40 ^ row)
        if day[0] != year:
            sequence, year = 0, day[0]
        # Some numbers are never used.
        sequence += 2 if random % 5000 == 0 else 1
        changed = next_day and row < count and (count - row) % 7 == 0 and (count - row) // 7 <= CHANGED_ROWS
        yield day[1][:7], line(row, day, sequence, random, changed)


def write(lines, path):
    """Writes all rows to one file."""
    with open(path, "w", encoding="utf-8", buffering=1 << 20) as out:
        chunk = []
        for _, text in lines:
            chunk.append(text)
            if len(chunk) == CHUNK:
                out.write("".join(chunk))
                chunk.clear()
        out.write("".join(chunk))


def write_months(lines, folder, only=None):
    """Writes a file for each month, or one of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for month, rows in itertools.groupby(lines, key=lambda row: row[0]):
        if only in (None, month):
            write(rows, folder / f"postjournal-{month}.ndjson")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int)
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--next-day", action="store_true")
    parser.add_argument(
        "--months", action="store_true", help="a file for each month, in a folder; of the next day the newest one only"
    )
    options = parser.parse_args()
    if options.rows < FEWEST:
        sys.exit(f"at least {FEWEST} rows, so that the changed ones are in the newest month")
    lines = posts(options.rows, options.seed, options.next_day)
    if options.months:
        write_months(lines, options.path, LAST.isoformat()[:7] if options.next_day else None)
    else:
        write(lines, options.path)


if __name__ == "__main__":
    main()
