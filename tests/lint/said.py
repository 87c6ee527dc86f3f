#!/usr/bin/env python3
"""Finds sentences that cli/said.c translates and that nobody says any more.

It decides by form: a %s there has to stand where the text of proto/, store/ or daemon/ has a conversion or quotes
something. It refuses to know whether everything that is said is translated.

usage: tests/lint/said.py"""
import re

from csource import judge, tracked

LITERALS = re.compile(r'(?:"((?:\\.|[^"\\\n])*)"\s*)+')
PIECE = re.compile(r'"((?:\\.|[^"\\\n])*)"')
CONVERSION = re.compile(r"%[-0-9.*]*(?:l|ll|z)?[sdu]|%%")


def literals(text):
    """Every string of a C text, neighbours joined as the compiler does."""
    for match in LITERALS.finditer(text):
        yield "".join(PIECE.findall(match.group(0)))


def pattern(literal):
    parts = CONVERSION.split(literal)
    return re.compile("(?:.+?)".join(re.escape(part) for part in parts))


def is_said(form, said):
    """A whole sentence, or one that another is put before: "%s: " stands for the name of a file."""
    short = form.removeprefix("%s: ")
    return any(p.fullmatch(form) or p.fullmatch(short) for p in said)


def stale(forms, sources):
    said = [pattern(s) for text in sources for s in literals(text) if re.search("[a-z]{2}", CONVERSION.sub("", s))]
    return [form for form in forms if not is_said(form, said)]


def forms_of(text):
    return ["".join(PIECE.findall(match.group(1)))
            for match in re.finditer(r'N_\(((?:"(?:\\.|[^"\\\n])*"\s*)+)\)', text)]


assert stale(["%s is here", "gone"], ['f("%.*s is " "here", "x")']) == ["gone"]
files = tracked(".c", ".h")
forms = forms_of(files["cli/said.c"])
assert len(forms) > 50
judge([f"cli/said.c: nobody says '{form}'" for form in
       stale(forms, [text for path, text in files.items() if path.startswith(("proto/", "store/", "daemon/"))])],
      f"  LINT   cli/said.c: {len(forms)} sentences are said")
