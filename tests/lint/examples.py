#!/usr/bin/env python3
"""Holds the examples of deploy/networks to their form: who speaks, what leads where, in which languages.

Each line of NAME/example.ndjson is {"member", "kind", "as", "fields"}; a link is "@" and the name of an earlier line. It
refuses to know what a kind may hold: publishing says that, and tests/e2e/test_programmes.py publishes them all. Before it
judges it breaks copies in each way it looks for and expects to notice.

usage: tests/lint/examples.py [NETWORKS-FOLDER]
"""
import copy
import csv
import json
import re
import sys
import unicodedata
from pathlib import Path

SPEAKERS = {"coordination", "observatoire"}
LANGUAGES = {"ar", "fr", "en", "zgh"}
NAME = r"[a-z][a-z0-9_-]{0,63}"
HOSTILE = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
NETWORKS = {"remacto", "papc", "communes-citoyennes", "ised-bmk", "remagp"}
# Together they show every kind of record that people publish.
KINDS = set(
    "charter adhesion commitment progress attestation evaluation programme milestone practice comment axis idea proposal "
    "project workshop survey adoption event recommendation training cooperation publication claim document request".split()
)


def texts(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def by_language(value):
    """Every map from language to text."""
    if isinstance(value, dict) and value and set(value) <= LANGUAGES:
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from by_language(inner)


def example(name, rows, roster):
    named = set()
    for number, row in enumerate(rows, 1):
        at = f"{name}/example.ndjson: line {number}"
        if not {"member", "kind", "fields"} <= set(row) <= {"member", "kind", "as", "fields"}:
            yield f"{at}: needs member, kind, fields and at most a name"
            continue
        if row["member"] not in roster | SPEAKERS:
            yield f"{at}: {row['member']} is not in the roster"
        for text in texts(row["fields"]):
            if text.startswith("@") and text[1:] not in named:
                yield f"{at}: {text} is no earlier line"
            if not unicodedata.is_normalized("NFC", text) or HOSTILE & set(text):
                yield f"{at}: a text is not NFC or turns the direction of writing"
        for texts_of in by_language(row["fields"]):
            if not {"ar", "fr"} <= set(texts_of):
                yield f"{at}: a text is not in Arabic and French: {texts_of}"
        if "as" in row:
            if not re.fullmatch(NAME, row["as"]) or row["as"] in named:
                yield f"{at}: the name {row['as']!r} is malformed or taken"
            named.add(row["as"])
    if not 30 <= len(rows) <= 80:
        yield f"{name}/example.ndjson: has {len(rows)} lines, not 30 to 80"


def problems_of(examples, rosters):
    found = [line for name, rows in examples.items() for line in example(name, rows, rosters[name])]
    if set(examples) != NETWORKS:
        found.append(f"examples are {sorted(examples)}")
    missing = KINDS - {row.get("kind") for rows in examples.values() for row in rows}
    if missing:
        found.append(f"no example has {sorted(missing)}")
    return found


def tampered(examples):
    def twin(change):
        copied = copy.deepcopy(examples)
        change(copied["remagp"])
        return copied

    yield "needs member", twin(lambda rows: rows[0].update(ref="a/1"))
    yield "is not in the roster", twin(lambda rows: rows[0].update(member="casablanca-ouest"))
    yield "is no earlier line", twin(lambda rows: rows[0]["fields"].update(about="@nobody"))
    yield "turns the direction", twin(lambda rows: rows[0]["fields"].update(unit="\u202ea"))
    yield "in Arabic and French", twin(lambda rows: rows[0]["fields"].update(note={"fr": "a"}))
    yield "malformed or taken", twin(lambda rows: rows.append(rows[0]))
    yield "not 30 to 80", twin(lambda rows: rows.clear())
    yield "examples are", {name: rows for name, rows in examples.items() if name != "papc"}
    yield "no example has", {name: [r for r in rows if r["kind"] != "request"] for name, rows in examples.items()}


def main():
    default = Path(__file__).resolve().parents[2] / "deploy/networks"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    examples, rosters = {}, {}
    for path in sorted(folder.glob("*/example.ndjson")):
        examples[path.parent.name] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        with open(path.parent / "roster.csv", newline="", encoding="utf-8") as file:
            rosters[path.parent.name] = {row["code"] for row in csv.DictReader(file)}
    problems = problems_of(examples, rosters)
    if not problems:
        problems = [
            f"this test does not notice: {word}"
            for word, twin in tampered(examples)
            if not any(word in line for line in problems_of(twin, rosters))
        ]
    for line in problems:
        print(f"examples: {line}", file=sys.stderr)
    if not problems:
        print(f"  LINT   deploy/networks: {sum(map(len, examples.values()))} records of {len(examples)} examples")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
