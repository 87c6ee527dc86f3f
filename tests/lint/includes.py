#!/usr/bin/env python3
"""Holds every #include to DESIGN.md, "Layout and who may include whom".

It decides which folder may see which, which part of proto is a format and which a machine, and which library each file
may use. Before it judges the tree it plants one violation of each rule and expects to notice.

usage: tests/lint/includes.py
"""
import sys
from fnmatch import fnmatch

from csource import includes, judge, tracked

# Machines of proto; everything else in proto is a format. Formats know no machine, and neither do store and cli.
MACHINES = ("noise", "frame", "session", "heads", "plan", "peer", "core", "core_*")
# Headers that one part of proto keeps to itself, and who that is.
PRIVATE = {
    "proto/core_parts.h": "proto/core*",
    "proto/core_session.h": "proto/core*",
    "proto/core_state.h": "proto/core*",
    "proto/roster_state.h": "proto/roster*",
    "proto/msg_part.h": "proto/msg*",
}
FOLDERS = {
    "proto": ("proto",),
    "store": ("proto", "store"),
    "daemon": ("proto", "store", "daemon"),
    "cli": ("proto", "cli"),
}
FORMATS_ONLY = ("store", "cli")
# Libraries, by the beginning of the header's name, and who alone may see them.
LIBRARIES = {
    "msgpack": ("proto/mp.c",),
    "sodium": ("proto/seal.c",),
    "openssl": ("proto/seal.c",),
    "zstd": ("proto/batch.c",),
    "utf8proc": ("proto/text*.c", "store/words_fold.c"),
    "libstemmer": ("store/words.c",),
    "jansson": ("proto/json_tree.c",),
    "lmdb": ("store/*",),
    "uv": ("daemon/*", "cli/*"),
    "csv": ("cli/*",),
    "libintl": ("cli/*",),
}
# What a file without I/O, clock and randomness needs of the C library.
PURE = "assert errno inttypes limits stdalign stdarg stdbool stddef stdint stdio stdlib string".split()


def is_machine(path):
    stem = path.split("/")[-1].rsplit(".", 1)[0]
    return path.startswith("proto/") and any(fnmatch(stem, pattern) for pattern in MACHINES)


def judge_own(path, folder, name):
    """Why `path` may not include "name", or nothing."""
    other = name.split("/")[0]
    if "/" not in name or ".." in name:
        return "is not named from the project's root"
    if other not in FOLDERS[folder]:
        return f"{folder} may not include {other}"
    if folder in FORMATS_ONLY and is_machine(name):
        return f"{folder} may include formats only, and this is a machine"
    if folder == "proto" and not is_machine(path) and is_machine(name):
        return "a format may not include a machine"
    if name in PRIVATE and not fnmatch(path, PRIVATE[name]):
        return f"is private to {PRIVATE[name]}"
    return None


def judge_system(path, folder, name):
    stem = name.rsplit(".", 1)[0]
    for library, allowed in LIBRARIES.items():
        if stem == library or stem.startswith(library + "/"):
            if not any(fnmatch(path, pattern) for pattern in allowed):
                return f"only {', '.join(allowed)} may see this library"
            return None
    if folder == "proto" and stem not in PURE:
        return "proto is pure: no I/O, clock, randomness or threads"
    return None


def own_header_first(path, found, files):
    """A file opens with its own header, or with one that brings it."""
    header = path[:-2] + ".h"
    if not path.endswith(".c") or header not in files:
        return []
    first = found[0][1][1:-1] if found else ""
    if first == header or f'"{header}"' in [what for _, what in includes(files.get(first, ""))]:
        return []
    return [f'{path}:{found[0][0] if found else 1}: its own header "{header}" does not come first']


def check(files):
    findings = []
    for path, text in files.items():
        folder = path.split("/")[0]
        if folder not in FOLDERS:
            continue
        found = includes(text)
        findings += own_header_first(path, found, files)
        for line, what in found:
            why = (judge_own if what[0] == '"' else judge_system)(path, folder, what[1:-1])
            if why:
                findings.append(f"{path}:{line}: {what}: {why}")
    return findings


def self_test():
    planted = {
        "proto/mp.c": "#include <sodium.h>\n",
        "proto/text.c": "#include <time.h>\n",
        "proto/record.c": '#include "store/txn.h"\n',
        "proto/checkpoint.c": '#include "proto/core.h"\n',
        "proto/json.c": '#include "proto/core_state.h"\n',
        "proto/tree.c": '#include "tree.h"\n',
        "proto/note.c": "/* a comment */ # include <unistd.h>\n",
        "store/read.c": '#include "proto/frame.h"\n',
        "store/txn.c": '#include "daemon/loop.h"\n',
        "store/env.c": "#include <uv.h>\n",
        "store/open.c": "#include <msgpack.h>\n",
        "daemon/net.c": '#include "cli/out.h"\n',
        "daemon/disk.c": "#include <lmdb.h>\n",
        "cli/page.c": '#include "store/store.h"\n',
        "cli/say.c": '#include "proto/noise.h"\n',
        "cli/row.c": "#include <jansson.h>\n",
    }
    for path, text in planted.items():
        if len(check({path: text})) != 1:
            sys.exit(f"self-test: {text.strip()} in {path} is not noticed")
    if not check({"cli/out.c": '#include "cli/say.h"\n#include "cli/out.h"\n', "cli/out.h": ""}):
        sys.exit("self-test: an own header that comes second is not noticed")
    fine = {
        "proto/core_sync.c": '#include "proto/core_state.h"\n#include <string.h>\n',
        "proto/seal.c": "#include <sodium.h>\n/* #include <time.h> */\n",
        "store/txn.c": '#include "proto/change.h"\n#include <lmdb.h>\n',
        "tests/proto/test_mp.c": "#include <msgpack.h>\n",
    }
    if check(fine):
        sys.exit(f"self-test: what is allowed is refused: {check(fine)}")


if __name__ == "__main__":
    self_test()
    sources = tracked(".c", ".h")
    judge(check(sources), f"includes: {len(sources)} files follow the layout")
