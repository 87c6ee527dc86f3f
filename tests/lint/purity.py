#!/usr/bin/env python3
"""Holds proto/ to its promise: no I/O, clock, randomness, threads or writable globals (DESIGN.md, D16).

It judges the objects, not the sources: what they need from outside must stand in the list below, each library only in
the object that may see it, and no object may hold data that can be written. Before it judges the archive it compiles
objects that break each rule and expects to notice.

usage: tests/lint/purity.py [ARCHIVE]     build/libproto.a when none is given
"""
import os
import re
import subprocess
import sys
import tempfile
from fnmatch import fnmatch

from csource import judge

# Anywhere in proto: memory, strings, sorting, formatting into memory, and what the compiler itself calls.
ANYWHERE = """
    malloc calloc realloc free strdup strndup
    memchr memcmp memcpy memmem memmove memset
    strchr strcmp strcspn strlen strncmp strnlen strrchr strspn
    snprintf vsnprintf qsort bsearch
    __assert_fail __stack_chk_fail __popcountdi2
    __memcpy_chk __memmove_chk __memset_chk __snprintf_chk __vsnprintf_chk
    _GLOBAL_OFFSET_TABLE_
""".split()
# Libraries: which symbols, in which objects.
LIBRARIES = [
    ("seal.o", "crypto_aead_*"), ("seal.o", "crypto_auth_*"), ("seal.o", "crypto_core_ed25519_is_valid_point"),
    ("seal.o", "crypto_hash_*"), ("seal.o", "crypto_pwhash"), ("seal.o", "crypto_scalarmult"),
    ("seal.o", "crypto_scalarmult_base"), ("seal.o", "crypto_sign_*"), ("seal.o", "crypto_stream_chacha20*"),
    ("seal.o", "sodium_init"), ("seal.o", "sodium_memcmp"), ("seal.o", "sodium_memzero"),
    ("seal.o", "SHA256_*"), ("seal.o", "EVP_*"),
    ("batch.o", "ZSTD_*"),
    ("text*.o", "utf8proc_*"),
    ("json_tree.o", "json_*"),
    ("mp.o", "msgpack_*"),
]
# Of those, what draws random bytes, reads a clock or a file all the same.
NEVER = ("*random*", "*_keygen", "crypto_*_keypair", "json_load_file", "json_dump*", "json_loadf*", "json_loadfd")
SEEDED = ("crypto_sign_seed_keypair",)
# Constant tables that hold pointers: written once by the loader, read-only from then on.
READ_ONLY = (".rodata", ".data.rel.ro", ".text", ".eh_frame", ".note", ".comment", ".debug", ".group")


def members(path):
    """Object name to its undefined symbols, and (object, symbol) of what can be written."""
    table = subprocess.run(["objdump", "-t", path], check=True, capture_output=True, text=True).stdout
    name, undefined, defined, writable = None, {}, set(), []
    for line in table.splitlines():
        match = re.match(r"^(\S+):\s+file format", line)
        if match:
            name = os.path.basename(match.group(1))
            undefined[name] = set()
            continue
        match = re.match(r"^[0-9a-f]+ (.{7}) (\S+)\s+[0-9a-f]+\s+(?:\.hidden )?(\S+)$", line)
        if not match:
            continue
        flags, section, symbol = match.groups()
        if section == "*UND*":
            undefined[name].add(symbol)
        elif section == "*COM*" or ("O" in flags and not section.startswith(READ_ONLY)):
            writable.append((name, symbol, section))
        elif "g" in flags:
            defined.add(symbol)
    return {name: symbols - defined for name, symbols in undefined.items()}, defined, writable


def is_allowed(member, symbol):
    if symbol in ANYWHERE:
        return True
    if symbol not in SEEDED and any(fnmatch(symbol, pattern) for pattern in NEVER):
        return False
    return any(fnmatch(member, object_) and fnmatch(symbol, pattern) for object_, pattern in LIBRARIES)


def check(path):
    undefined, defined, writable = members(path)
    findings = [f"{member}: {symbol} in {section} can be written" for member, symbol, section in writable]
    for member, symbols in undefined.items():
        findings += [f"{member}: needs {symbol}" for symbol in sorted(symbols - defined)
                     if not is_allowed(member, symbol)]
    return findings, len(undefined)


def self_test():
    planted = {
        "long now(void); long time(long *); long now(void) { return time(0); }": "time",
        "int draw(void); int rand(void); int draw(void) { return rand(); }": "rand",
        "void *in(void); void *fopen(const char *, const char *); void *in(void) { return fopen(\"x\", \"r\"); }": "fopen",
        "int say(void); int puts(const char *); int say(void) { return puts(\"x\"); }": "puts",
        "char *home(void); char *getenv(const char *); char *home(void) { return getenv(\"HOME\"); }": "getenv",
        "void salt(void *); void randombytes_buf(void *, int); void salt(void *p) { randombytes_buf(p, 8); }": "randombytes",
        "void lock(void *); int pthread_mutex_lock(void *); void lock(void *p) { pthread_mutex_lock(p); }": "pthread",
        "void sum(void *); void SHA256_Init(void *); void sum(void *p) { SHA256_Init(p); }": "SHA256_Init",
        "int next(void); int next(void) { static int n; return n++; }": "can be written",
        "int n = 3; int *at(void); int *at(void) { return &n; }": "can be written",
        "const char *word(void); static const char *words[] = {\"a\", 0}; const char *word(void) { words[0] = 0; return words[1]; }":
            "can be written",
    }
    cc = os.environ.get("CC", "cc")
    with tempfile.TemporaryDirectory() as folder:
        def compiled(source):
            path = os.path.join(folder, "planted")
            with open(path + ".c", "w", encoding="utf-8") as file:
                file.write(source)
            subprocess.run([cc, "-O1", "-fPIE", "-w", "-c", path + ".c", "-o", path + ".o"], check=True)
            return check(path + ".o")[0]
        for source, word in planted.items():
            if not any(word in finding for finding in compiled(source)):
                sys.exit(f"self-test: not noticed: {source}")
        fine = "static const char *const words[] = {\"a\", 0}; const char *word(int i); " \
               "const char *word(int i) { return words[i]; }"
        if compiled(fine):
            sys.exit(f"self-test: a constant table is refused: {compiled(fine)}")


if __name__ == "__main__":
    self_test()
    found, count = check(sys.argv[1] if len(sys.argv) > 1 else "build/libproto.a")
    judge(found, f"purity: {count} objects need nothing but memory and their library")
