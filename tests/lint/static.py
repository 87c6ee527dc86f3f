#!/usr/bin/env python3
"""Runs clang-format, clang-tidy and cppcheck over every C file and allows no finding.

It decides which findings of cppcheck are noise here; those of clang-tidy stand in .clang-tidy and the format in
.clang-format. Before it judges the tree it gives each tool a file with a fault and expects to be told.

usage: tests/lint/static.py
"""
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from csource import judge, tracked

PACKAGES = "libsodium libcrypto libuv msgpack lmdb libzstd libutf8proc jansson".split()
SOURCES = ("proto/", "store/", "daemon/", "cli/")
# Out-parameters of calls that succeeded look uninitialised to cppcheck, and a struct that is returned looks leaked;
# gcc's own warnings and the sanitizers cover both.
CPPCHECK = ["cppcheck", "--std=c11", "--enable=warning,performance,portability", "--quiet", "-I.", "-j2", "-D_GNU_SOURCE",
            "--error-exitcode=1", "--inline-suppr", "--template={file}:{line}: {id}: {message}",
            *("--suppress=" + word for word in ("missingInclude", "uninitvar", "uninitStructMember", "internalAstError",
                                                "autoVariables", "memleak", "unusedStructMember"))]
BATCH = 8


def flags():
    packages = subprocess.run(["pkg-config", "--cflags", *PACKAGES], check=True, capture_output=True, text=True)
    return ["-std=c17", "-I.", "-D_GNU_SOURCE", '-DVERSION="0"', *packages.stdout.split()]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    return [] if done.returncode == 0 else [(done.stdout + done.stderr).strip() or f"{command[0]} failed"]


def formatted(paths):
    return run(["clang-format", "--dry-run", "-Werror", "--style=file:.clang-format", *paths])


def tidy(paths):
    with open(".clang-tidy", encoding="utf-8") as file:
        config = file.read()
    batches = [paths[i:i + BATCH] for i in range(0, len(paths), BATCH)]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda batch: run(["clang-tidy", "--quiet", "--config=" + config, *batch, "--", *flags()]), batches)
    return [finding for findings in found for finding in findings]


def cppcheck(paths):
    return run([*CPPCHECK, *paths])


def self_test():
    planted = {
        formatted: "int main( void ){return 0;}\n",
        tidy: "#include <string.h>\nint f(char *a);\nint f(char *a)\n{\n\tmemset(a, 8, 0);\n\treturn sizeof(sizeof(a));\n}\n",
        cppcheck: "#include <stdio.h>\nvoid f(void);\nvoid f(void)\n{\n\tchar a[4];\n\ta[4] = 1;\n\tprintf(\"%s\", a);\n}\n",
    }
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "planted.c")
        for tool, text in planted.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            if not tool([path]):
                sys.exit(f"self-test: {tool.__name__} does not notice\n{text}")


if __name__ == "__main__":
    self_test()
    everything = list(tracked(".c", ".h"))
    sources = [path for path in everything if path.endswith(".c") and path.startswith(SOURCES)]
    judge(formatted(everything) + tidy(sources) + cppcheck(sources),
          f"static: {len(everything)} files in the format, {len(sources)} without a finding")
