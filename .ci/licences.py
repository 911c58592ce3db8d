#!/usr/bin/env python3
"""Holds the licence of every crate that is built against the lists in deny.toml.

Usage: .ci/licences.py deny.toml (Python 3.11 or newer)
The file has the form that cargo-deny reads ([licenses] and [bans]), so that tool gives the same answer where it is
installed. Beyond it, some crates must be there in one version only. Exit code 1 with one line for each crate that breaks a rule.
"""

import collections
import re
import subprocess
import sys

try:
    import tomllib
except ImportError:
    sys.exit("Python 3.11 or newer is needed")

# Arrow tables cross every border of the program: two versions would not fit together.
SINGLE = ("arrow-array", "object_store", "parquet")


def packages():
    """Name, version, licence and source of every crate that is really built, on any platform.

    `cargo metadata` also lists crates that only features nobody turns on would need; the tree does not.
    """
    command = ["cargo", "tree", "--locked", "--workspace", "--target", "all", "--edges", "normal,build,dev"]
    command += ["--prefix", "none", "--format", "{p}|{l}"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in sorted({line.removesuffix(" (*)") for line in text.splitlines() if line}):
        package, licence = line.split("|")
        name, version, *rest = package.split(" ", 2)
        yield {"name": name, "version": version, "licence": licence, "source": rest[0] if rest else ""}


def tokens(expression):
    """The words and brackets of an SPDX expression; the old form A/B means A OR B."""
    return re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))


def allowed(words, licences):
    """Evaluates an SPDX expression: OR binds weaker than AND; WITH joins a licence and its exception."""

    def either():
        value = both()
        while words and words[0] == "OR":
            words.pop(0)
            value = both() or value
        return value

    def both():
        value = single()
        while words and words[0] == "AND":
            words.pop(0)
            value = single() and value
        return value

    def single():
        word = words.pop(0)
        if word == "(":
            value = either()
            words.pop(0)
            return value
        if words and words[0] == "WITH":
            words.pop(0)
            word = f"{word} WITH {words.pop(0)}"
        return word in licences

    return either()


def problems(crates, rules):
    """One line for each crate that breaks a rule."""
    licences = set(rules["licenses"]["allow"])
    exceptions = {entry["crate"]: set(entry["allow"]) for entry in rules["licenses"].get("exceptions", [])}
    denied = {entry["crate"]: entry.get("reason", "denied") for entry in rules["bans"].get("deny", [])}
    versions = collections.defaultdict(set)
    for crate in crates:
        name, licence = crate["name"], crate["licence"]
        versions[name].add(crate["version"])
        if not licence:
            yield f"{name}: no licence expression"
        elif not allowed(tokens(licence), licences | exceptions.get(name, set())):
            yield f"{name}: {licence} is not on the list"
        if name in denied:
            yield f"{name}: {denied[name]}"
        if "://" in crate["source"]:
            yield f"{name}: comes from {crate['source']}"
    for name in SINGLE:
        if len(versions[name]) != 1:
            yield f"{name}: {len(versions[name])} versions, there must be one"


def main():
    with open(sys.argv[1], "rb") as file:
        rules = tomllib.load(file)
    crates = list(packages())
    found = sorted(problems(crates, rules))
    for line in found:
        print(line, file=sys.stderr)
    print(f"{len(crates)} crates, {len(found)} problems")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
