#!/usr/bin/env python3
"""Finds messages that French or Arabic lacks.

It collects the messages of the sources as `make pot` does, into a folder of its own, so that a message counts from the
moment it is written and not from the next `make pot`. It refuses to know whether a translation is a good one.

usage: tests/lint/translations.py [the program that lists the texts of kinds, build/commune without it]"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from csource import judge, tracked

LANGUAGES = ("fr", "ar")
KEYWORDS = ("--keyword=_", "--keyword=N_")
ENTRY = re.compile(r'^msgid ((?:"(?:\\.|[^"\\])*"\n)+)', re.M)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def template(sources, kinds, folder):
    texts = Path(folder, "messages.c")
    texts.write_text(kinds, encoding="utf-8")
    run("xgettext", "--from-code=UTF-8", *KEYWORDS, "--no-wrap", "-o", f"{folder}/new.pot", *sources, str(texts))
    return f"{folder}/new.pot"


def missing(translation, messages, folder):
    """The messages that have no translation, or one that was guessed from another's."""
    merged = f"{folder}/merged.po"
    run("msgmerge", "--quiet", "--no-wrap", "-o", merged, translation, messages)
    found = run("msgattrib", "--no-wrap", "--no-obsolete", "--untranslated", merged)
    found += run("msgattrib", "--no-wrap", "--no-obsolete", "--only-fuzzy", merged)
    texts = ("".join(re.findall(r'"(.*)"', entry)) for entry in ENTRY.findall(found))
    return [text for text in texts if text]


def check_itself(folder):
    known = Path(folder, "known.po")
    known.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "peer"\nmsgstr "pair"\n',
                     encoding="utf-8")
    messages = template([], '_("peer") _("a wholly new sentence")', folder)
    assert missing(str(known), messages, folder) == ["a wholly new sentence"]
    assert missing(str(known), template([], '_("peer")', folder), folder) == []


program = sys.argv[1] if len(sys.argv) > 1 else "build/commune"
if not Path(program).exists():
    sys.exit(f"there is no {program}: make it first")
with tempfile.TemporaryDirectory() as folder:
    check_itself(folder)
    messages = template([path for path in tracked(".c", ".h") if path.startswith("cli/")],
                        run(program, "help", "--messages"), folder)
    count = len(ENTRY.findall(Path(messages).read_text(encoding="utf-8"))) - 1
    judge([f"cli/po/{language}.po: no translation of \"{text[:90]}\" (`make pot`, then edit it)"
           for language in LANGUAGES for text in missing(f"cli/po/{language}.po", messages, folder)],
          f"  LINT   cli/po: {count} messages in {' and '.join(LANGUAGES)}")
