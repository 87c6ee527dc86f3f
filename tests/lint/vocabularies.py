#!/usr/bin/env python3
"""Holds deploy/vocabularies and deploy/networks to their READMEs: form, languages, sizes, clean text, shared ids.

It decides whether a file has the form that the programs read. It refuses to know whether a translation is good. Before it
judges it breaks copies of the files in each way it looks for and expects to notice.

usage: tests/lint/vocabularies.py [DEPLOY-FOLDER]
"""
import copy
import csv
import json
import re
import sys
import unicodedata
from pathlib import Path

LANGUAGES = ("ar", "fr", "en")
TEXT_MAX = 4096
SLUG = r"[a-z][a-z0-9-]{0,31}"
ENTRY = r"[a-z][a-z0-9_]{0,31}"
BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
NETWORK = {"id", "version", "names", "timezone", "languages", "currency", "charter", "themes", "stages"}
NETWORK_OPTIONAL = {"founded", "period", "vocabularies", "grids", "roster"}
DATE = r"\d{4}(-\d\d(-\d\d)?)?"
MEMBER_KINDS = {"region", "province", "commune", "arrondissement"}
ROSTER = ["code", "kind", "territory", "vintage", "name_ar", "name_fr", "basis"]
OPEN = {"measures", "publication_items"}
DECIMAL = r"(0|[1-9]\d*)(\.\d+)?"


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"a key stands twice among {keys}")
    return dict(pairs)


def read(path):
    raw = path.read_bytes()
    if b"\r" in raw or raw.startswith(b"\xef\xbb\xbf") or not raw.endswith(b"\n"):
        raise ValueError("line ends are not LF, or there is a byte order mark")
    return json.loads(raw.decode("utf-8"), object_pairs_hook=no_duplicates)


def text(at, value):
    if not isinstance(value, str) or not value or value != value.strip():
        yield f"{at}: not a text, empty, or with stray spaces"
        return
    if len(value.encode()) > TEXT_MAX:
        yield f"{at}: longer than {TEXT_MAX} bytes"
    if not unicodedata.is_normalized("NFC", value):
        yield f"{at}: not NFC"
    if BIDI & set(value):
        yield f"{at}: has a bidi control"
    if any(unicodedata.category(c) in ("Cc", "Co", "Cn", "Cs") for c in value):
        yield f"{at}: has a control or unassigned character"


def by_language(at, value):
    if not isinstance(value, dict) or set(value) != set(LANGUAGES):
        yield f"{at}: needs exactly ar, fr and en"
        return
    for language in LANGUAGES:
        yield from text(f"{at}.{language}", value[language])
    if isinstance(value["ar"], str) and not re.search(r"[\u0621-\u064a]", value["ar"]):
        yield f"{at}.ar: has no Arabic letter"
    for language in ("fr", "en"):
        if isinstance(value[language], str) and re.search(r"[\u0600-\u06ff]", value[language]):
            yield f"{at}.{language}: has an Arabic letter"


def entries(at, rows, pattern=ENTRY):
    """A list of {"id", "ar", "fr", "en"} with unique ids."""
    seen = set()
    for number, row in enumerate(rows):
        here = f"{at}[{number}]"
        if not isinstance(row, dict) or set(row) != {"id", *LANGUAGES}:
            yield f"{here}: needs exactly id, ar, fr and en"
            continue
        if not re.fullmatch(pattern, row["id"]):
            yield f"{here}: id {row['id']!r} is malformed"
        if row["id"] in seen:
            yield f"{here}: id {row['id']!r} stands twice"
        seen.add(row["id"])
        yield from by_language(here, {language: row[language] for language in LANGUAGES})


def vocabulary(name, data):
    if set(data) != {"id", "names", "entries"} or data["id"] != name or not data["entries"]:
        yield f"{name}: needs id {name!r}, names and entries"
        return
    yield from by_language(f"{name}.names", data["names"])
    yield from entries(f"{name}.entries", data["entries"], "[A-Z]{2}" if name == "unknowns" else ENTRY)


def charter(at, data):
    if set(data) != {"version", "title", "note", "articles", "values"}:
        yield f"{at}: needs exactly version, title, note, articles and values"
        return
    yield from text(f"{at}.version", data["version"])
    for field in ("title", "note"):
        yield from by_language(f"{at}.{field}", data[field])
    for number, article in enumerate(data["articles"], 1):
        here = f"{at}.articles[{number}]"
        if set(article) != {"number", "title", "text"} or article["number"] != number:
            yield f"{here}: needs number {number}, title and text"
            continue
        yield from by_language(f"{here}.title", article["title"])
        yield from by_language(f"{here}.text", article["text"])
    ids = [value.get("id") for value in data["values"]]
    for number, value in enumerate(data["values"]):
        here = f"{at}.values[{number}]"
        if set(value) != {"id", "title", "text"} or not re.fullmatch(ENTRY, value["id"]) or ids.count(value["id"]) > 1:
            yield f"{here}: needs a unique id, title and text"
            continue
        yield from by_language(f"{here}.title", value["title"])
        yield from by_language(f"{here}.text", value["text"])


def network(name, data):
    if not NETWORK <= set(data) <= NETWORK | NETWORK_OPTIONAL:
        yield f"{name}: fields are {sorted(data)}"
        return
    if data["id"] != name or not re.fullmatch(SLUG, name):
        yield f"{name}: id is {data['id']!r}"
    if type(data["version"]) is not int or data["version"] < 1:
        yield f"{name}.version: not a positive integer"
    if not re.fullmatch(DATE, data.get("founded", "2000")):
        yield f"{name}.founded: not a date"
    if not re.fullmatch(r"[A-Z][A-Za-z_]+(/[A-Z][A-Za-z_]+)+|UTC", data["timezone"]):
        yield f"{name}.timezone: not an IANA name"
    if not re.fullmatch(r"[A-Z]{3}", data["currency"]):
        yield f"{name}.currency: not an ISO 4217 code"
    if set(data["languages"]) < {"fr"} or not all(re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", x) for x in data["languages"]):
        yield f"{name}.languages: not BCP 47"
    yield from by_language(f"{name}.names", data["names"])
    yield from charter(f"{name}.charter", data["charter"])
    yield from entries(f"{name}.themes", data["themes"])
    yield from entries(f"{name}.stages", data["stages"])
    period = data.get("period", {"start": "2000"})
    if not {"start"} <= set(period) <= {"start", "end"} or not all(re.fullmatch(DATE, d) for d in period.values()):
        yield f"{name}.period: needs a start and at most an end"
    for word, rows in data.get("vocabularies", {}).items():
        if word not in OPEN:
            yield f"{name}.vocabularies: {word} is no open vocabulary"
        yield from entries(f"{name}.vocabularies.{word}", rows)
    for number, one in enumerate(data.get("grids", [])):
        yield from grid(f"{name}.grids[{number}]", one)
    if "roster" in data:
        yield from by_language(f"{name}.roster.note", data["roster"].get("note"))


def grid(at, data):
    """A grid is somebody's: what this project composed says so in its version."""
    if set(data) != {"id", "version", "note", "conditions", "indicators"}:
        yield f"{at}: needs exactly id, version, note, conditions and indicators"
        return
    if not data["version"].startswith("exemple-"):
        yield f"{at}.version: only illustrative grids are shipped, and they are called exemple-YEAR"
    yield from by_language(f"{at}.note", data["note"])
    for field in ("conditions", "indicators"):
        ids = [row["id"] for row in data[field]]
        for row in data[field]:
            here = f"{at}.{field}.{row['id']}"
            if not re.fullmatch(ENTRY, row["id"]) or ids.count(row["id"]) > 1:
                yield f"{here}: needs an id of its own"
            if field == "indicators" and not re.fullmatch(DECIMAL, row.get("max", "")):
                yield f"{here}.max: not a decimal"
            yield from by_language(f"{here}.title", row["title"])


def roster(name, rows, territories):
    if rows[0] != ROSTER:
        yield f"{name}/roster.csv: columns are {rows[0]}"
        return
    codes = [row[0] for row in rows[1:]]
    for row in rows[1:]:
        at = f"{name}/roster.csv: {row[0]}"
        if len(row) != len(ROSTER) or not re.fullmatch(SLUG, row[0]) or codes.count(row[0]) > 1:
            yield f"{at}: needs a code of its own and {len(ROSTER)} cells"
            continue
        kind, territory, ar, fr = row[1], row[2], row[4], row[5]
        if kind not in MEMBER_KINDS or row[6] not in ("named", "composed"):
            yield f"{at}: kind {kind!r} or basis {row[6]!r} is none"
        if territories.get((kind, territory)) != (ar, fr):
            yield f"{at}: deploy/territories has no {kind} {territory} of these names"
        for cell in row:
            yield from text(at, cell)


def known_territories(folder):
    known = {}
    for kind, stem in (("region", "regions"), ("province", "provinces"), ("commune", "communes"),
                       ("arrondissement", "arrondissements")):
        with open(folder / "territories" / f"{stem}.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                known[kind, row["code"]] = row["name_ar"], row["name_fr"]
    return known


def problems_of(vocabularies, networks):
    found = []
    for name, data in vocabularies.items():
        found += vocabulary(name, data)
    for name, data in networks.items():
        found += network(name, data)
        lists = {"themes": data.get("themes", []), "stages": data.get("stages", []), **data.get("vocabularies", {})}
        for word, rows in lists.items():
            shared = {row["id"]: row for row in vocabularies.get(word, {"entries": []})["entries"]}
            found += [
                f"{name}.{word}: {row['id']} has other names than the shared vocabulary"
                for row in rows
                if row["id"] in shared and row != shared[row["id"]]
            ]
    if "remacto" in networks and len(networks["remacto"]["charter"]["articles"]) != 5:
        found.append("remacto.charter: has not five commitments")
    missing = {"remacto", "papc", "communes-citoyennes", "ised-bmk", "remagp"} - set(networks)
    if missing:
        found.append(f"networks: {sorted(missing)} are not shipped")
    return found


def tampered(vocabularies, networks):
    """Yields (a word that the report must have, the broken vocabularies, the broken networks)."""

    def vocabulary_with(change):
        twin = copy.deepcopy(vocabularies)
        change(twin["completion"])
        return twin, networks

    def network_with(change):
        twin = copy.deepcopy(networks)
        change(twin["remacto"])
        return vocabularies, twin

    first = lambda data: data["entries"][0]
    article = lambda data: data["charter"]["articles"][0]
    yield "needs id", *vocabulary_with(lambda d: d.update(id="other"))
    yield "needs exactly id", *vocabulary_with(lambda d: first(d).pop("fr"))
    yield "is malformed", *vocabulary_with(lambda d: first(d).update(id="No-Evidence"))
    yield "stands twice", *vocabulary_with(lambda d: d["entries"].append(first(d)))
    yield "needs exactly ar", *vocabulary_with(lambda d: d["names"].pop("ar"))
    yield "no Arabic letter", *vocabulary_with(lambda d: first(d).update(ar="complete"))
    yield "has an Arabic letter", *vocabulary_with(lambda d: first(d).update(fr="مكتمل"))
    yield "not NFC", *network_with(lambda d: d["names"].update(fr="Re\u0301seau"))
    yield "bidi control", *network_with(lambda d: d["names"].update(ar="\u202eشبكة"))
    yield "control or unassigned", *network_with(lambda d: article(d)["text"].update(en="a\x1b[31mb"))
    yield "longer than 4096", *network_with(lambda d: article(d)["text"].update(en="a" * 4097))
    yield "stray spaces", *network_with(lambda d: article(d)["title"].update(en=" a"))
    yield "needs number 1", *network_with(lambda d: article(d).update(number=2))
    yield "five commitments", *network_with(lambda d: d["charter"]["articles"].pop())
    yield "unique id", *network_with(lambda d: d["charter"]["values"].append(d["charter"]["values"][0]))
    yield "other names than", *network_with(lambda d: d["themes"][0].update(fr="clarté"))
    yield "other names than", *network_with(lambda d: d["stages"][0].update(en="speaking"))
    yield "fields are", *network_with(lambda d: d.update(colour="blue"))
    yield "id is", *network_with(lambda d: d.update(id="remagp"))
    yield "IANA", *network_with(lambda d: d.update(timezone="GMT+1"))
    yield "not a date", *network_with(lambda d: d.update(founded="21 October"))
    yield "ISO 4217", *network_with(lambda d: d.update(currency="DH"))
    yield "a start and at most", *network_with(lambda d: d.update(period={"start": "soon"}))
    yield "no open vocabulary", *network_with(lambda d: d.update(vocabularies={"completion": []}))
    grid_with = lambda change: network_with(lambda d: d.update(grids=[change(copy.deepcopy(networks["papc"]["grids"][0]))]))
    yield "exemple-YEAR", *grid_with(lambda g: {**g, "version": "2020"})
    yield "an id of its own", *grid_with(lambda g: {**g, "conditions": g["conditions"] * 2})
    yield "not a decimal", *grid_with(lambda g: {**g, "indicators": [{**g["indicators"][0], "max": "1,5"}]})
    yield "positive integer", *network_with(lambda d: d.update(version="1"))


def tampered_rosters(rows):
    """The same for one roster: a header and a line that is right."""
    header, line = rows[0], rows[1]
    yield "columns are", [header[:-1], line]
    yield "a code of its own", [header, line, line]
    yield "is none", [header, [*line[:6], "listed"]]
    yield "of these names", [header, [*line[:5], "Elsewhere", line[6]]]
    yield "of these names", [header, [*line[:2], "99", *line[3:]]]


def main():
    default = Path(__file__).resolve().parents[2] / "deploy"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    problems, files = [], {}
    for path in sorted([*folder.glob("vocabularies/*.json"), *folder.glob("networks/*/network.json")]):
        try:
            files[path] = read(path)
        except (ValueError, UnicodeDecodeError) as error:
            problems.append(f"{path}: {error}")
    rosters = {}
    for path in sorted(folder.glob("networks/*/roster.csv")):
        with open(path, newline="", encoding="utf-8") as file:
            rosters[path.parent.name] = list(csv.reader(file))
    territories = known_territories(folder)
    vocabularies = {path.stem: data for path, data in files.items() if path.parent.name == "vocabularies"}
    networks = {path.parent.name: data for path, data in files.items() if path.name == "network.json"}
    if not problems:
        problems = problems_of(vocabularies, networks)
        for name, rows in rosters.items():
            problems += roster(name, rows, territories)
            if "roster" not in networks.get(name, {}):
                problems.append(f"{name}/roster.csv: network.json does not say what it is")
    if not problems:
        problems = [
            f"this test does not notice: {word}"
            for word, *twin in tampered(vocabularies, networks)
            if not any(word in line for line in problems_of(*twin))
        ]
        problems += [
            f"this test does not notice in a roster: {word}"
            for word, rows in tampered_rosters(rosters["remacto"])
            if not any(word in line for line in roster("remacto", rows, territories))
        ]
    for line in problems:
        print(f"vocabularies: {line}", file=sys.stderr)
    if not problems:
        print(f"  LINT   deploy/vocabularies: {len(vocabularies)} vocabularies, {len(networks)} networks, {len(rosters)} rosters")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
