"""Payloads that no kind allows, for every kind that is published: what a member may sign whom nobody stops.

It decides what is hostile, from the fields of `commune schema` and a good record of each kind. It refuses to know what
becomes of it. Bytes are written by `loose`, which keeps none of the rules of minimsgpack.
"""
import json
import re
import subprocess
from pathlib import Path

import minimsgpack
import nodes

VECTORS = Path(nodes.ROOT) / "tests/vectors/kinds"
KIND_NUMBERS = Path(nodes.ROOT) / "proto/kinds.h"
PAYLOAD_MAX = 65536
DEPTH = 20000
INT_MAX = 2**53 - 1
REF = re.compile(r"[a-z][a-z0-9-]*(\.\d+)?/\d+\Z")

FORMULAS = ("=HYPERLINK(\"http://evil.example\",\"x\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1")
TEXTS = {
    "bidi": "\u202eevil\u202c \u2066x\u2069 \u200f\u202a",
    "escape": "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m \x9b31m \x90q\x9c",
    "controls": "".join(map(chr, range(32))) + "\x7f" + "".join(map(chr, range(0x80, 0xA0))),
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&</title>]]>",
    "lines": "a\r\nb\nc\u2028d\u2029e\x85f\x0bg\x0ch",
    "cells": "a,b;c\td\"e\"\"f|g",
    "marks": "\ue000\ue001\ufffe\uffff\U0010ffff\ufeff\u200b\u00ad",
    "combining": "e" + "\u0301" * 300,
    "wide": "漢" * 300,
    "arabic": "ﷺ" * 50 + "\u0640" * 100,
    "blank": " \u00a0\u2003 ",
    "empty": "",
    "format": "%s%n%d {0} ${x} \\x1b \\033[2J",
} | {f"formula {n}": text for n, text in enumerate(FORMULAS)}  # fmt: skip
DATES = ("99999", "99999-01-01", "0000-00-00", "9999-99-99", "2024-02-31", "-1", "2024-13", "20240101", "12024-01-01", "2024-1-1")
WRONG = (None, True, -1, 0, INT_MAX, -INT_MAX, "", "x", b"", bytes(40), [], [None], [[]], {}, {"": ""}, {"fr": 7}, {"a": {"b": [1]}})


class Raw(bytes):
    """Bytes that stand in the payload as they are."""


NESTED_LISTS = Raw(b"\x91" * DEPTH + b"\xc0")
NESTED_MAPS = Raw(b"\x81\xa1a" * DEPTH + b"\xc0")
NOT_UTF8 = Raw(b"\xa8Fontain\xff")
OVERLONG = Raw(b"\xa3\xc0\x80x")
SURROGATE = Raw(b"\xa3\xed\xa0\x80")
TOO_LARGE = Raw(b"\xcf" + (2**53).to_bytes(8, "big"))
LARGEST = Raw(b"\xcf" + b"\xff" * 8)
SMALLEST = Raw(b"\xd3\x80" + bytes(7))
FLOAT = Raw(b"\xcb\x7f\xf8" + bytes(6))
EXT = Raw(b"\xc7\x03\x01abc")
CLAIMS = (Raw(b"\xdd\xff\xff\xff\xff"), Raw(b"\xdf\xff\xff\xff\xff"), Raw(b"\xdb\xff\xff\xff\xff"), Raw(b"\xc6\xff\xff\xff\xff"))
NOT_CANONICAL = (NESTED_LISTS, NESTED_MAPS, NOT_UTF8, OVERLONG, SURROGATE, TOO_LARGE, LARGEST, SMALLEST, FLOAT, EXT, *CLAIMS)


def loose(value):
    """MessagePack with whatever stands in it; dicts in the order of their keys unless they are lists of pairs."""
    if isinstance(value, Raw):
        return bytes(value)
    if isinstance(value, dict):
        pairs = sorted((key.encode(), item) for key, item in value.items())
        head = bytes([0x80 | len(pairs)]) if len(pairs) < 16 else b"\xde" + len(pairs).to_bytes(2, "big")
        return head + b"".join(minimsgpack.encode(key.decode()) + loose(item) for key, item in pairs)
    if isinstance(value, (list, tuple)):
        head = bytes([0x90 | len(value)]) if len(value) < 16 else b"\xdc" + len(value).to_bytes(2, "big")
        return head + b"".join(map(loose, value))
    return minimsgpack.encode(value)


def padded(fields, size=PAYLOAD_MAX):
    """The fields with a title that makes the payload exactly that large."""
    for length in range(size - len(loose(fields)) - 40, size):
        data = loose({**fields, "title": {"fr": "=" * length}})
        if len(data) == size:
            return data
    raise AssertionError("no title makes it that large")


def kinds():
    """Published kinds: (name, number, names of its fields, required ones, a good record)."""
    numbers = {name.lower(): int(n) for name, n in re.findall(r"KIND_(\w+) = (\d+)", KIND_NUMBERS.read_text())}
    for path in sorted(VECTORS.glob("*.json")):
        done = subprocess.run([nodes.COMMUNE, "schema", path.stem], capture_output=True, check=True, text=True)
        schema = json.loads(done.stdout)
        yield path.stem, numbers[path.stem], list(schema["properties"]), schema["required"], json.loads(path.read_text())


def with_links(value, link):
    """Every REF replaced by a link."""
    if isinstance(value, dict):
        return {key: with_links(item, link) for key, item in value.items()}
    if isinstance(value, list):
        return [with_links(item, link) for item in value]
    return link if isinstance(value, str) and REF.match(value) else value


def each_text(value, change):
    """Every str that is not a key, changed."""
    if isinstance(value, dict):
        return {key: each_text(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [each_text(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def each_int(value, number):
    if isinstance(value, dict):
        return {key: each_int(item, number) for key, item in value.items()}
    if isinstance(value, list):
        return [each_int(item, number) for item in value]
    return number if isinstance(value, int) and not isinstance(value, bool) else value


def payloads(fields, required, good, links):
    """(what it is, bytes) of one kind. good has its links; links: others to put in their places."""
    yield "good", loose(good)
    yield "nothing", b""
    yield "empty", loose({})
    for odd in (None, 7, "text", b"bin", [], [good]):
        yield f"no map: {type(odd).__name__}", loose(odd)
    yield "trailing", loose(good) + b"\xc0"
    yield "cut short", loose(good)[:-1]
    yield "keys twice", b"\x82" + (minimsgpack.encode("title") + loose({"fr": "a"})) * 2
    yield "keys not in order", b"\x82\xa5title\xa1a\xa1a\xa1b"
    yield "keys that are numbers", b"\x81\x01\x02"
    yield "unknown fields", loose({**good, "zzz": 1, "": "", "\x1b[31m": "\u202e", "=1": "=1", "a.b[0]": [{}]})
    yield "many unknown fields", loose({f"f{n}": n for n in range(3000)})
    yield "exactly the most", padded({k: v for k, v in good.items() if k != "title"})
    yield "64 KiB of one word", loose({**good, "text": {"fr": "x" * 60000}})
    yield "60 KiB of spaces and letters", loose({**good, "text": {"ar": "ا " * 20000}})
    for name in required:
        yield f"without {name}", loose({key: value for key, value in good.items() if key != name})
    for raw in NOT_CANONICAL:
        for name in ("title", "about", fields[0], fields[-1]):
            yield f"{name} is {raw[:4].hex()}…", loose({**good, name: raw})[:PAYLOAD_MAX]
    for name, text in TEXTS.items():
        # What has to be of a form keeps it in half of them: the rest is reached.
        yield f"{name} everywhere", loose(each_text(good, lambda _, text=text: text))
        yield f"{name} in texts", loose({**good, **texts_of(good, text)})
        yield f"{name} as languages and keys", loose({**good, "title": {text: text}, "themes": [text], "status": text,
                                                      "stage": text, "territory": text})  # fmt: skip
    for date in DATES:
        yield f"dates {date}", loose({**good, **{name: date for name in ("start", "end", "date", "year", "period")},
                                      "decision": {"date": date, "decision": "refused"},
                                      "stages": [{"end": date, "stage": "adoption", "start": date}]})  # fmt: skip
    for number in (INT_MAX, -INT_MAX, -1, 0):
        yield f"numbers {number}", loose(figures(each_int(good, number), number))
        yield f"decimals {number}", loose({**good, "max": str(number), "score": "9" * 24, "score_max": "-" + "9" * 23,
                                           "value": "0." + "9" * 21})  # fmt: skip
    for number, wrong in enumerate(WRONG):
        yield f"all {wrong!r:.20}", loose({name: wrong for name in fields})
        for name in fields[number % 3 :: 3]:
            yield f"{name} {wrong!r:.20}", loose({**good, name: wrong})
    for name, link in links.items():
        yield f"links {name}", loose(with_link(good, link))
        yield f"supersedes {name}", loose({**good, "supersedes": link})
        yield f"withdraws {name}", loose({**good, "supersedes": link, "withdrawn": True})


def texts_of(good, text):
    return {key: {lang: text for lang in value} for key, value in good.items()
            if isinstance(value, dict) and set(value) <= {"ar", "fr", "en", "zgh"}}  # fmt: skip


def is_link(value):
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], bytes)


def with_link(value, link):
    if is_link(value):
        return link
    if isinstance(value, dict):
        return {key: with_link(item, link) for key, item in value.items()}
    return [with_link(item, link) for item in value] if isinstance(value, list) else value


def figures(good, number):
    """Groups above their total, budgets that no sum holds."""
    money = {"amount": number, "currency": "MAD"}
    lines = [{"amount": money, "funder": {"fr": "=1"}} for _ in range(200)] + [{"amount": {"amount": 1, "currency": "ZZZ"}}]
    return {
        **good, "budget": {"lines": lines, "total": money}, "cost": money, "grant": money,
        "headcount": {"total": 3, "women": number, "youth": 3, "disabilities": number, "civil_society": 4},
        "reported_shares": [{"group": "=cmd", "share": "1" * 24}] * 30,
        "parts": [{"measure": "=1", "name": {"fr": "\u202e"}, "value": "9007199254.740991"}] * 100,
        "value": "-" + "9" * 23,
    }
