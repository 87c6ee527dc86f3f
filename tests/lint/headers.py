#!/usr/bin/env python3
"""Compiles each header alone, twice over, as C17 with all warnings as errors.

It decides whether a header brings everything it uses and guards itself. Before it judges the tree it plants a header that
leans on another and one without a guard, and expects to notice.

usage: tests/lint/headers.py
"""
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from csource import judge, tracked

FLAGS = "-std=c17 -Wall -Wextra -Wpedantic -Werror -D_GNU_SOURCE -DVERSION=\"0\" -fsyntax-only -x c -".split()
FOLDERS = ("proto/", "store/", "daemon/", "cli/", "tests/")


def faults(path, root="."):
    # A header of macros alone leaves nothing else to compile.
    source = f'#include "{path}"\n#include "{path}"\nextern int compiled;\n'
    done = subprocess.run([os.environ.get("CC", "cc"), "-I" + root, *FLAGS], input=source.encode(), capture_output=True)
    return [f"{path} does not compile alone:\n{done.stderr.decode()}"] if done.returncode else []


def check(paths, root="."):
    with ThreadPoolExecutor(2) as pool:
        return [fault for found in pool.map(lambda path: faults(path, root), paths) for fault in found]


def self_test():
    planted = {
        "leaning.h": "#ifndef A\n#define A\nuint8_t f(void);\n#endif\n",
        "unguarded.h": "struct a { int b; };\n",
        "old.h": "#ifndef A\n#define A\nint f();\nstatic inline int g(void) { return f(1); }\nint b[0];\n#endif\n",
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, text in planted.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
            if not check([name], folder):
                sys.exit(f"self-test: {name} is not noticed")


if __name__ == "__main__":
    self_test()
    headers = [path for path in tracked(".h") if path.startswith(FOLDERS)]
    judge(check(headers), f"headers: {len(headers)} compile alone")
