#!/usr/bin/env python3
"""Looks for what has no place in the sources: unsafe functions of the C library, and work put off.

It also reports files and functions that are larger than CONVENTIONS.md aims at; that is a report, not a fault. Before it
judges the tree it plants one violation of each rule and expects to notice.

usage: tests/lint/source.py
"""
import json
import re
import subprocess
import sys

from csource import bare, judge, tracked

BANNED = {
    "strcpy": "snprintf", "strcat": "a writer", "stpcpy": "snprintf", "strncpy": "snprintf", "strncat": "a writer",
    "sprintf": "snprintf", "vsprintf": "vsnprintf", "gets": "fgets", "scanf": "a reader", "sscanf": "a reader",
    "fscanf": "a reader", "atoi": "decimal_decode", "atol": "decimal_decode", "atoll": "decimal_decode",
    "atof": "nothing: there are no reals", "strtok": "strcspn", "strtok_r": "strcspn", "alloca": "an array with a bound",
    "rand": "seal_rng", "srand": "seal_rng", "random": "seal_rng", "drand48": "seal_rng", "system": "nothing",
    "popen": "nothing", "mktemp": "mkstemp", "tmpnam": "mkstemp", "tempnam": "mkstemp", "gmtime": "gmtime_r",
    "localtime": "localtime_r", "asctime": "strftime", "ctime": "strftime", 
    "readdir_r": "readdir", "vfork": "nothing", "bcmp": "memcmp", "bzero": "memset", "longjmp": "an error",
    "setjmp": "an error",
}
# Tests run under AddressSanitizer, which sees what the longer forms prevent, and cmocka itself asks for setjmp.
FINE_IN_TESTS = set(BANNED) - {"sprintf", "vsprintf", "gets", "strtok"}
SOURCES = ("proto/", "store/", "daemon/", "cli/")
CALL = re.compile(r"\b(%s)\s*\(" % "|".join(BANNED))
PUT_OFF = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# Text that reads differently from what it does; sources write \\u2068.
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
CONFLICT = re.compile(r"^(<<<<<<< |>>>>>>> )", re.M)
FILE_LINES, FUNCTION_LINES, COLUMNS = 400, 60, 100


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def check(files):
    findings = []
    for path, text in files.items():
        if path.endswith((".c", ".h")):
            code = bare(text)
            for match in CALL.finditer(code):
                name = match.group(1)
                is_member = code[:match.start()].rstrip().endswith((".", "->"))
                if not is_member and not (path.startswith("tests/") and name in FINE_IN_TESTS):
                    findings.append(f"{path}:{line_of(code, match.start())}: {name}: use {BANNED[name]}")
            if re.search(r"\btypedef\s+struct\b", code):
                findings.append(f"{path}: a struct is hidden behind a typedef")
        if path != "tests/lint/source.py":
            for match in PUT_OFF.finditer(text):
                findings.append(f"{path}:{line_of(text, match.start())}: {match.group(1)}: do it or leave it out")
        for match in BIDI.finditer(text):
            findings.append(f"{path}:{line_of(text, match.start())}: a control of writing direction, unescaped")
        if CONFLICT.search(text):
            findings.append(f"{path}: an unfinished merge")
    return findings


def report(files):
    """Lines about what is large, without judging it."""
    paths = [path for path in files if path.endswith((".c", ".h")) and path.startswith(SOURCES)]
    lines = []
    for path in paths:
        size = files[path].count("\n")
        if size > FILE_LINES:
            lines.append(f"  {path}: {size} lines")
    tags = subprocess.run(["ctags", "--output-format=json", "--fields=+ne", "--c-kinds=f", "-f", "-", *paths],
                          check=True, capture_output=True, text=True).stdout
    functions = 0
    for tag in map(json.loads, tags.splitlines()):
        functions += 1
        size = tag.get("end", tag["line"]) - tag["line"] + 1
        if size > FUNCTION_LINES:
            lines.append(f"  {tag['path']}:{tag['line']}: {tag['name']} has {size} lines")
    return lines, len(paths), functions


def self_test():
    planted = {
        "proto/a.c": "void f(char *a) { strcpy(a, \"b\"); }\n",
        "store/a.c": "int f(void) { return atoi(\"1\"); }\n",
        "cli/a.c": "char *f(char *a) { return strtok (a, \" \"); }\n",
        "daemon/a.c": "int f(void) { return system(\"ls\"); }\n",
        "daemon/b.c": "/* TO" + "DO: later */\n",
        "README.md": "FIX" + "ME\n",
        "tests/a.c": "void f(char *a) { sprintf(a, \"b\"); }\n",
        "proto/b.h": "typedef struct a { int b; } a;\n",
        "proto/c.c": "<<<<<<< HEAD\n",
        "cli/c.py": "a = '\u202e'\n",
    }
    for path, text in planted.items():
        if len(check({path: text})) != 1:
            sys.exit(f"self-test: {text.strip()} in {path} is not noticed: {check({path: text})}")
    fine = {"proto/a.c": "/* strcpy(a) */ const char *f(void) { return \"atoi(1)\"; } int g(struct s *s) "
                         "{ return s->random(1) + my_atoi(2); }\n"}
    if check(fine):
        sys.exit(f"self-test: what is allowed is refused: {check(fine)}")


if __name__ == "__main__":
    self_test()
    everything = tracked(".c", ".h", ".py", ".md", ".mk", "Makefile", ".sh", "deploy/demo", "deploy/deps")
    large, file_count, function_count = report(everything)
    print(f"larger than {FILE_LINES} lines a file or {FUNCTION_LINES} a function (reported, not judged):")
    print("\n".join(large) if large else "  none")
    judge(check(everything), f"source: {file_count} files with {function_count} functions, nothing that has no place")
