#!/usr/bin/env python3
"""Reads a JSON-stat address with pyjstat and prints one line of JSON: cells, columns, and the sum of the first number.

Usage: jsonstat_read.py URL
"""

import json
import sys

from pyjstat import pyjstat


def main():
    table = pyjstat.Dataset.read(sys.argv[1]).write("dataframe")
    contents = table.columns[-2]
    first = table[table[contents] == table[contents].iloc[0]]
    numbers = [value for value in first["value"] if value == value]
    print(json.dumps({"cells": len(table), "columns": list(table.columns), "numbers": len(numbers), "sum": sum(numbers)}))


if __name__ == "__main__":
    main()
