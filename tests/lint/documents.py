#!/usr/bin/env python3
"""Compares what proto/PROTOCOL.md says with what the sources say: messages and who may send them, kinds and their
numbers, roster entries, and the bounds that it gives in digits.

It decides whether text and code name the same things. It refuses to know whether the text is good. Before it judges the
tree it breaks a copy of the text and expects to notice.

usage: tests/lint/documents.py
"""
import re
import sys
from pathlib import Path

from csource import judge

KIND_NAMES = re.compile(r"\bKIND_([A-Z_]+) = (\d+),")
# Bounds that the text gives, as it writes them: the constant, and where it stands.
BOUNDS = [
    ("RECORD_HEADER_MAX", r"Header, at most ([\d,]+) bytes"),
    ("RECORD_PAYLOAD_MAX", r"payload size \| int 0…([\d,]+)"),
    ("FRAME_SIZE_MAX", r"frames of up to ([\d,]+) bytes"),
    ("BATCH_RAW_MAX", r"the sum of the raw sizes, at most ([\d,]+)"),
    ("BATCH_RUNS_MAX", r"zstd frame bin\] 1 to (\d+) runs"),
    ("BATCH_COUNT_MAX", r"`count` \(1…([\d,]+)\)"),
    ("NEWS_LOGS_MAX", r"zstd frame bin\] 1 to (\d+) logs"),
    ("NEWS_RAW_MAX", r"that declares its content size, at most ([\d,]+)\.\n"),
    ("REKEY_MESSAGES", r"After every\s+([\d,]+) Noise messages"),
    ("KEYFILE_SIZE_MAX", r"at most ([\d,]+) bytes\.\n`purpose`"),
    ("LOG_PREVIOUS_MAX", r"that this one follows, at most (\d+)"),
    ("MSG_HEADS_MAX", r"at most ([\d,]+) heads"),
    ("MSG_WANTS_MAX", r"\[\[key, from, size\], …\] at most (\d+)"),
    ("ROSTER_APPROVALS_MAX", r"At most (\d+) approvals"),
    ("ROSTER_COORDINATORS_MAX", r"At most (\d+) coordinators"),
    ("ROSTER_RECOVERY_MAX", r"coordinators and (\d+) recovery"),
    ("MP_DEPTH_MAX", r"at most (\d+) containers deep"),
    ("ADDRESS_SIZE_MAX", r"in brackets; at most (\d+) bytes"),
]


def constant(sources, name):
    """The number behind a #define."""
    value = re.search(r"^#define %s ([^/\n]+)" % name, sources, re.M)
    if not value:
        return None
    text = value.group(1).strip().rstrip("u")
    text = re.sub(r"\bKIB\b", "1024", re.sub(r"\bMIB\b", "1048576", text))
    return eval(re.sub(r"(\d)u\b", r"\1", text), {"__builtins__": {}})


def section(text, number):
    return text.split(f"\n## {number} ")[1].split("\n## ")[0]


def check(text, sources):
    findings = []
    messages = {(int(number), name, guest == "true")
                for name, number, guest in re.findall(r"X\((\w+), (\d+), (true|false)\)", sources)}
    told = {(int(number), name, guest.strip() == "g")
            for number, name, guest in re.findall(r"^\| (\d+) \| ([A-Z_]+)( g)? \|", section(text, 8), re.M)}
    for number, name, guest in sorted(messages ^ told):
        where = "msg.h" if (number, name, guest) in messages else "PROTOCOL.md"
        findings.append(f"message {number} {name}{' g' if guest else ''} stands in {where} only")

    table = section(text, 10)
    told = {(int(number), name) for number, name in re.findall(r"\b(\d+) ([a-z]+(?:\.[a-z]+)?)\b(?=[,|; ])", table)}
    for name, number in KIND_NAMES.findall(sources):
        if (int(number), name.lower().replace("_", ".")) not in told:
            findings.append(f"kind {number} {name.lower().replace('_', '.')} is not in PROTOCOL.md, section 10")

    entries = set(re.findall(r'\[ENTRY_[A-Z_]+\] = \{ *"([a-z-]+)"', sources))
    told = set(re.findall(r"^\| ([a-z][a-z-]*) \|", section(text, 4), re.M)) - {"type"}
    for name in sorted(entries ^ told):
        findings.append(f"roster entry {name} stands in {'the sources' if name in entries else 'PROTOCOL.md'} only")

    for name, pattern in BOUNDS:
        value, said = constant(sources, name), re.search(pattern, text)
        if value is None or not said or int(said.group(1).replace(",", "")) != value:
            findings.append(f"{name} is {value}, PROTOCOL.md says {said.group(1) if said else 'nothing'}")
    return findings


def self_test(text, sources):
    before = len(check(text, sources))
    for old, new in (("| 2 | OPEN_WANT g |", "| 2 | OPEN_WANT |"), ("| 10 | DIGEST |", "| 30 | DIGEST |"),
                     ("66 commitment", "60 commitment"), ("| amend |", "| change |"), ("at most 4,096 heads", "at most 4,095 heads"),
                     ("At most 64 approvals", "At most 65 approvals")):
        if old not in text:
            sys.exit(f"self-test: PROTOCOL.md no longer holds {old!r}")
        if len(check(text.replace(old, new), sources)) <= before:
            sys.exit(f"self-test: {old!r} changed to {new!r} is not noticed")


if __name__ == "__main__":
    protocol = Path("proto/PROTOCOL.md").read_text(encoding="utf-8")
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path("proto").glob("*.[ch]")))
    self_test(protocol, code)
    judge(check(protocol, code), "documents: PROTOCOL.md and the sources name the same things")
