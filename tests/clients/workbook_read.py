#!/usr/bin/env python3
"""Reads the first sheet of a workbook with openpyxl.

Usage: workbook_read.py FILE
Prints one line of JSON: each row as a list of cells, each cell as its type in the file (`s` text, `n` number, `d` date,
`b` boolean, `f` formula) and its value.
"""

import json
import sys

import openpyxl

sheet = openpyxl.load_workbook(sys.argv[1]).worksheets[0]
rows = [[None if cell.value is None else [cell.data_type, str(cell.value)] for cell in row] for row in sheet.iter_rows()]
print(json.dumps({"rows": rows, "frozen": sheet.freeze_panes}))
