"""Reads a journal of the bench with DuckDB and writes it to one Parquet file, as allmenning does but for its gates.

The same columns and types, sorted the same way, zstd, row groups of the same size. The form of the rows is told
beforehand, which spares DuckDB the guessing. Says as JSON what it took, without the start of Python.
"""

import json
import resource
import sys
import time

import duckdb

# Published columns, in order: name, type, and where it is in the source.
COLUMNS = [
    ("id", "VARCHAR", "id"),
    ("kilde_id", "VARCHAR", "systemId"),
    ("orgnr", "VARCHAR", "NULL"),
    ("saksmappe", "VARCHAR", "saksmappe.id"),
    ("saksaar", "BIGINT", "saksmappe.saksaar"),
    ("sakssekvensnummer", "BIGINT", "saksmappe.sakssekvensnummer"),
    ("journalaar", "BIGINT", "journalaar"),
    ("journalsekvensnummer", "BIGINT", "journalsekvensnummer"),
    ("journalpostnummer", "BIGINT", "journalpostnummer"),
    ("journalposttype", "VARCHAR", "journalposttype"),
    ("journaldato", "DATE", "journaldato"),
    ("dokumentetsdato", "DATE", "dokumentetsDato"),
    ("publisert", "TIMESTAMP_MS", "publisertDato"),
    ("oppdatert", "TIMESTAMP_MS", "oppdatertDato"),
    ("administrativ_enhet", "VARCHAR", "administrativEnhet"),
    ("tilgangsrestriksjon", "VARCHAR", "skjerming.tilgangsrestriksjon"),
    ("skjermingshjemmel", "VARCHAR", "skjerming.skjermingshjemmel"),
    ("avskrivningsdato", "DATE", "NULL"),
    ("avskrivningsmaate", "VARCHAR", "NULL"),
    ("antall_parter", "BIGINT", "NULL"),
    ("hovedpart_rolle", "VARCHAR", "hovedpart.rolle"),
    ("hovedpart_type", "VARCHAR", "hovedpart.type"),
    ("antall_dokumenter", "BIGINT", "antallDokumenter"),
    ("antall_vedlegg", "BIGINT", "NULL"),
    ("sakstittel", "VARCHAR", "saksmappe.offentligTittel"),
    ("offentlig_tittel", "VARCHAR", "offentligTittel"),
]
SOURCE = {
    "id": "VARCHAR",
    "systemId": "VARCHAR",
    "offentligTittel": "VARCHAR",
    "publisertDato": "TIMESTAMP",
    "oppdatertDato": "TIMESTAMP",
    "hovedpart": "STRUCT(navn VARCHAR, rolle VARCHAR, type VARCHAR)",
    "antallDokumenter": "BIGINT",
    "skjerming": "STRUCT(tilgangsrestriksjon VARCHAR, skjermingshjemmel VARCHAR)",
    "journalaar": "BIGINT",
    "journalsekvensnummer": "BIGINT",
    "journalpostnummer": "BIGINT",
    "journalposttype": "VARCHAR",
    "journaldato": "DATE",
    "dokumentetsDato": "DATE",
    "administrativEnhet": "VARCHAR",
    "saksmappe": "STRUCT(id VARCHAR, saksaar BIGINT, sakssekvensnummer BIGINT, offentligTittel VARCHAR)",
}


def usage():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    source, target = sys.argv[1:]
    cpu, wall = usage(), time.monotonic()
    selected = ", ".join(f"CAST({place} AS {kind}) AS {name}" for name, kind, place in COLUMNS)
    form = ", ".join(f"'{name}': '{kind}'" for name, kind in SOURCE.items())
    connection = duckdb.connect()
    connection.execute(
        f"COPY (SELECT {selected} FROM read_json('{source}', format = 'newline_delimited', columns = {{{form}}}) "
        f"ORDER BY journaldato DESC, id) TO '{target}' "
        "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 122880)"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu": usage() - cpu, "wall": time.monotonic() - wall, "peak": peak, "duckdb": duckdb.__version__}))


if __name__ == "__main__":
    main()
