#!/usr/bin/env python3
"""Holds deploy/territories to what its README states: counts, unique codes, references between the files, clean names.

It decides whether the tables are consistent with each other. It refuses to know whether a name is right. Before it judges
the real tables it breaks a copy of them in each way it looks for and expects to notice.

usage: tests/lint/territories.py [FOLDER]
"""
import copy
import csv
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

COUNTS = {"regions": 12, "provinces": 75, "communes": 1503, "arrondissements": 41}
COLUMNS = {
    "regions": "code iso_3166_2 name_fr name_ar population_2024 provinces communes",
    "provinces": "code region_code type name_fr name_ar population_2024 communes",
    "communes": "code region_code province_code cercle_code type name_fr name_ar name_ar_check",
    "arrondissements": "code province_code name_fr name_ar name_ar_check",
}
CODES = {
    "regions": r"\d\d",
    "provinces": r"\d\d\.\d{3}",
    "communes": r"\d\d\.\d{3}\.(01\.0|\d\d\.\d\d)",
    "arrondissements": r"\d\d\.\d{3}\.01\.\d\d",
}
CHECKS = {"confirmed", "replaced", "corrected", "unconfirmed"}
CHECKS_OF_COMMUNES = {"confirmed": 1057, "replaced": 73, "corrected": 11, "unconfirmed": 362}
TATWEEL = "\u0640"
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def read(folder):
    tables, problems = {}, []
    for name in COUNTS:
        raw = (folder / f"{name}.csv").read_bytes()
        if b"\r" in raw or raw.startswith(b"\xef\xbb\xbf") or not raw.endswith(b"\n"):
            problems.append(f"{name}: line ends are not LF, or there is a byte order mark")
        reader = csv.DictReader(raw.decode("utf-8").splitlines(), strict=True)
        tables[name] = list(reader)
        if reader.fieldnames != COLUMNS[name].split():
            problems.append(f"{name}: columns are {reader.fieldnames}")
    return tables, problems


def dirt(text):
    """What is wrong with a name as text, or None."""
    if not unicodedata.is_normalized("NFC", text):
        return "not NFC"
    if BIDI & set(text):
        return "has a bidi control"
    if TATWEEL in text:
        return "has a tatweel"
    if any(unicodedata.category(c) in ("Cc", "Cf", "Co", "Cn") for c in text):
        return "has a control or unassigned character"
    if unicodedata.normalize("NFKC", text) != text:
        return "has a presentation form"
    if text != " ".join(text.split()) or not text:
        return "is empty or has stray spaces"
    return None


def names(table, row):
    for column in ("name_fr", "name_ar"):
        wrong = dirt(row[column])
        if wrong:
            yield f"{table} {row['code']}: {column} {wrong}"
    if not re.fullmatch(r"[\u0600-\u06ff\u0750-\u077f -]+", row["name_ar"]):
        yield f"{table} {row['code']}: name_ar is not Arabic"
    if re.search(r"[\u0590-\u07ff]", row["name_fr"]):
        yield f"{table} {row['code']}: name_fr is Arabic"


def codes(table, rows):
    for code, count in Counter(row["code"] for row in rows).items():
        if count > 1:
            yield f"{table} {code}: code stands {count} times"
        if not re.fullmatch(CODES[table], code):
            yield f"{table} {code}: code is malformed"


def references(tables):
    regions = {row["code"]: row for row in tables["regions"]}
    provinces = {row["code"]: row for row in tables["provinces"]}
    for row in tables["regions"]:
        if row["iso_3166_2"] != "MA-" + row["code"]:
            yield f"regions {row['code']}: ISO code is {row['iso_3166_2']}"
    for row in tables["provinces"]:
        if row["region_code"] not in regions or row["code"][:2] != row["region_code"]:
            yield f"provinces {row['code']}: region {row['region_code']} does not fit"
        if row["type"] not in ("province", "prefecture"):
            yield f"provinces {row['code']}: type is {row['type']}"
    for row in tables["communes"]:
        province = provinces.get(row["province_code"])
        if not province or not row["code"].startswith(row["province_code"] + "."):
            yield f"communes {row['code']}: province {row['province_code']} does not fit"
        elif province["region_code"] != row["region_code"]:
            yield f"communes {row['code']}: region {row['region_code']} does not fit"
        rural = row["type"] == "rural"
        if row["cercle_code"] != (row["code"][:9] if rural else "") or row["type"] not in ("rural", "urban"):
            yield f"communes {row['code']}: cercle {row['cercle_code']!r} does not fit a {row['type']} commune"
        if row["name_ar_check"] not in CHECKS:
            yield f"communes {row['code']}: name_ar_check is {row['name_ar_check']}"
    cities = {row["province_code"] for row in tables["communes"] if row["code"].endswith(".01.0")}
    for row in tables["arrondissements"]:
        if row["province_code"] not in cities or not row["code"].startswith(row["province_code"] + "."):
            yield f"arrondissements {row['code']}: no city {row['province_code']}.01.0"
        if row["name_ar_check"] not in CHECKS:
            yield f"arrondissements {row['code']}: name_ar_check is {row['name_ar_check']}"
    for city in cities - {row["province_code"] for row in tables["arrondissements"]}:
        yield f"communes {city}.01.0: has no arrondissement"


def totals(tables):
    for table, count in COUNTS.items():
        if len(tables[table]) != count:
            yield f"{table}: {len(tables[table])} rows, not {count}"
    of_province = Counter(row["province_code"] for row in tables["communes"])
    of_region = Counter(row["region_code"] for row in tables["communes"])
    provinces = Counter(row["region_code"] for row in tables["provinces"])
    for row in tables["provinces"]:
        if of_province[row["code"]] != int(row["communes"]):
            yield f"provinces {row['code']}: says {row['communes']} communes, has {of_province[row['code']]}"
    for row in tables["regions"]:
        here = [provinces[row["code"]], of_region[row["code"]]]
        if here != [int(row["provinces"]), int(row["communes"])]:
            yield f"regions {row['code']}: its counts are {here}"
        people = sum(int(p["population_2024"]) for p in tables["provinces"] if p["region_code"] == row["code"])
        if people != int(row["population_2024"]):
            yield f"regions {row['code']}: population is not the sum of its provinces, {people}"
    checks = Counter(row["name_ar_check"] for row in tables["communes"])
    if checks != CHECKS_OF_COMMUNES:
        yield f"communes: README.md states other numbers of name_ar_check than {dict(checks)}"


def problems_of(tables):
    found = list(totals(tables)) + list(references(tables))
    for table, rows in tables.items():
        found += codes(table, rows)
        for row in rows:
            found += names(table, row)
    return found


def tampered(tables):
    """Yields (what was broken, a word that the report must have, the broken tables)."""

    def broken(table, index, column, value):
        twin = copy.deepcopy(tables)
        twin[table][index][column] = value
        return twin

    first = tables["communes"][0]
    for table in COUNTS:
        twin = copy.deepcopy(tables)
        del twin[table][-1]
        yield f"a row less in {table}", f"{table}: ", twin
        yield f"a code twice in {table}", "stands 2 times", broken(table, 1, "code", tables[table][0]["code"])
        yield f"a bidi control in {table}", "bidi control", broken(table, 3, "name_ar", "\u202eسلا")
        yield f"a name that is not NFC in {table}", "not NFC", broken(table, 3, "name_fr", "Sale\u0301")
    yield "a malformed code", "is malformed", broken("communes", 0, "code", first["code"] + "1")
    yield "another province", "does not fit", broken("communes", 0, "province_code", "02.113")
    yield "a province that is not there", "does not fit", broken("communes", 0, "province_code", "01.999")
    yield "another region", "does not fit", broken("communes", 0, "region_code", "02")
    yield "a cercle for a town", "does not fit", broken("communes", 0, "cercle_code", "01.051.01")
    yield "a province in another region", "does not fit", broken("provinces", 0, "region_code", "02")
    yield "an arrondissement elsewhere", "no city", broken("arrondissements", 0, "province_code", "01.051")
    yield "a wrong ISO code", "ISO code", broken("regions", 0, "iso_3166_2", "MA-02")
    yield "a French name in Arabic's place", "is not Arabic", broken("communes", 0, "name_ar", "Sefrou")
    yield "an Arabic name in French's place", "is Arabic", broken("communes", 0, "name_fr", "صفرو")
    yield "a tatweel", "tatweel", broken("communes", 0, "name_ar", "صفـرو")
    yield "an unknown check", "name_ar_check", broken("communes", 0, "name_ar_check", "sure")


def main():
    default = Path(__file__).resolve().parents[2] / "deploy" / "territories"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    tables, problems = read(folder)
    problems = problems or problems_of(tables)
    unnoticed = [] if problems else [
        what for what, word, twin in tampered(tables) if not any(word in line for line in problems_of(twin))
    ]
    for line in problems + [f"this test does not notice {what}" for what in unnoticed]:
        print(f"territories: {line}", file=sys.stderr)
    if not problems and not unnoticed:
        print("  LINT   deploy/territories: " + ", ".join(f"{n} {t}" for t, n in COUNTS.items()))
    return 1 if problems or unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
