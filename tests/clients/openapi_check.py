#!/usr/bin/env python3
"""Validates an OpenAPI 3.0 document and prints one line of JSON: the errors that were found.

Usage: openapi_check.py FILE
"""

import json
import pathlib
import sys

from openapi_spec_validator import OpenAPIV30SpecValidator


def main():
    document = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    errors = [error.message[:300] for error in OpenAPIV30SpecValidator(document).iter_errors()]
    print(json.dumps({"errors": errors}))


if __name__ == "__main__":
    main()
