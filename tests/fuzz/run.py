#!/usr/bin/env python3
"""Runs the fuzz targets, or measures what their corpora cover.

fuzz: each target for a while, two at a time, from its corpus and from what it once crashed on; a crash is kept under
build/fuzz and shown with the command that repeats it. With --seed a run takes the same path as the one before, as far as
the time allows, so that a change which fails did something to fail; without one it goes where none went before.
coverage: each corpus once; fails when it reaches less than 80% of the lines that the target says it covers.
grow: fuzzes one target and adds what reaches further to its corpus, smallest inputs first.

usage: tests/fuzz/run.py fuzz [-s SECONDS] [--seed N] [PATTERN]
       tests/fuzz/run.py coverage [PATTERN]
       tests/fuzz/run.py grow [-s SECONDS] PATTERN
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

HERE = Path("tests/fuzz")
FUZZ = Path("build/fuzz")
COVERAGE = Path("build/coverage")
LEAST = 80
LIMITS = ["-rss_limit_mb=2048", "-malloc_limit_mb=512", "-timeout=20"]


def targets(pattern):
    names = sorted(path.stem[len("fuzz_"):] for path in HERE.glob("fuzz_*.c"))
    chosen = [name for name in names if fnmatch(name, pattern)]
    if not chosen:
        sys.exit(f"no target is called {pattern}; there are {', '.join(names)}")
    return chosen


def inputs(name):
    folders = [folder for folder in (HERE / "corpus" / name, HERE / "found" / name) if folder.is_dir()]
    if not (HERE / "corpus" / name).is_dir():
        sys.exit(f"{name} has no corpus: make fuzz-seeds")
    return folders


def same_path(seed):
    """What makes libFuzzer's path the seed's alone: addresses stand in what it learns from comparisons."""
    if not seed:
        return [], []
    fixed = ["setarch", "-R"]
    is_allowed = subprocess.run([*fixed, "true"], stderr=subprocess.DEVNULL).returncode == 0
    return fixed if is_allowed else [], [f"-seed={seed}", "-reload=0"]


def fuzz_one(name, seconds, seed):
    """(ok, line, output)"""
    before, options = same_path(seed)
    with tempfile.TemporaryDirectory() as fresh:
        done = subprocess.run(
            [*before, FUZZ / f"fuzz_{name}", f"-max_total_time={seconds}", "-print_final_stats=1", "-verbosity=0",
             "-max_len=16384", f"-artifact_prefix={FUZZ}/{name}-", *LIMITS, *options, fresh, *map(str, inputs(name))],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        found = len(list(Path(fresh).iterdir()))
    runs = re.search(r"number_of_executed_units: +(\d+)", done.stdout)
    peak = re.search(r"peak_rss_mb: +(\d+)", done.stdout)
    line = f"  {'ok' if done.returncode == 0 else 'FAIL':<6} {name:<12} {int(runs.group(1)) if runs else 0:>9} runs " \
           f"{found:>6} new inputs {int(peak.group(1)) if peak else 0:>6} MiB"
    return done.returncode == 0, line, done.stdout


def fuzz(names, seconds, seed):
    start = time.monotonic()
    passed = 0
    with ThreadPoolExecutor(2) as pool:
        for name, (is_ok, line, output) in zip(names, pool.map(lambda name: fuzz_one(name, seconds, seed), names)):
            print(line, flush=True)
            passed += is_ok
            if not is_ok:
                print("\n".join("    | " + text for text in output.splitlines()[-60:]))
                kept = re.search(r"Test unit written to (\S+)", output)
                print(f"    | again: build/fuzz/fuzz_{name} {kept.group(1) if kept else ''}")
    print(f"{len(names)} targets, {seconds} s each, {time.monotonic() - start:.0f} s in all")
    print(f"{passed} passed, {len(names) - passed} failed")
    return passed == len(names)


def covers(name):
    """[(file, functions or None)] of the target's first comment; "-function" leaves one out."""
    text = (HERE / f"fuzz_{name}.c").read_text(encoding="utf-8").split("*/")[0]
    parts = [part for line in re.findall(r"covers: (.*)", text) for part in line.split()]
    if not parts:
        sys.exit(f"fuzz_{name}.c does not say what it covers")
    return [(part.split(":")[0], part.split(":")[1].split(",") if ":" in part else None) for part in parts]


def line_counts(data):
    """Line to whether it ran, of one file's segments: a line counts when code begins on it or goes on through it."""
    lines = {}
    for line, _, count, has_count, is_entry, is_gap in data["segments"]:
        if has_count and is_entry and not is_gap:
            lines[line] = max(lines.get(line, 0), count)
    current, result = None, {}
    segments = data["segments"]
    last = segments[-1][0] if segments else 0
    by_line = {}
    for segment in segments:
        by_line.setdefault(segment[0], []).append(segment)
    for line in range(segments[0][0] if segments else 1, last + 1):
        here = by_line.get(line, [])
        counts = [s[2] for s in here if s[3] and s[4] and not s[5]]
        if current and current[3]:
            counts.append(current[2])
        if counts:
            result[line] = max(counts)
        if here:
            current = here[-1]
    return result


def measured(name):
    """{file: (reached, all)} of what the target covers."""
    profile = COVERAGE / f"{name}.profraw"
    merged = COVERAGE / f"{name}.profdata"
    binary = COVERAGE / f"fuzz_{name}"
    ran = subprocess.run([binary, "-runs=0", f"-artifact_prefix={COVERAGE}/", *LIMITS, *map(str, inputs(name))], env={"LLVM_PROFILE_FILE": str(profile)},
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if ran.returncode:
        sys.exit(f"{name} fails on its corpus:\n{ran.stdout}")
    subprocess.run(["llvm-profdata-14", "merge", "-sparse", profile, "-o", merged], check=True)
    wanted = covers(name)
    exported = json.loads(subprocess.run(
        ["llvm-cov-14", "export", binary, f"-instr-profile={merged}", *(file for file, _ in wanted)],
        check=True, capture_output=True, text=True).stdout)["data"][0]
    result = {}
    for file, functions in wanted:
        data = [entry for entry in exported["files"] if entry["filename"].endswith("/" + file)]
        if not data:
            sys.exit(f"fuzz_{name}.c says that it covers {file}, which is not in it")
        lines = line_counts(data[0])
        if functions:
            spans = {}
            for entry in exported["functions"]:
                if entry["filenames"][0].endswith("/" + file):
                    spans[entry["name"].split(":")[-1]] = (entry["regions"][0][0], entry["regions"][0][2])
            named = {function.lstrip("-") for function in functions}
            if named - set(spans):
                sys.exit(f"fuzz_{name}.c names {', '.join(named - set(spans))} of {file}, which is not there")
            chosen = set(spans) - named if functions[0].startswith("-") else named
            lines = {line: count for line, count in lines.items()
                     if any(spans[f][0] <= line <= spans[f][1] for f in chosen)}
        before = result.get(file, (0, 0, []))
        result[file] = (before[0] + sum(1 for count in lines.values() if count), before[1] + len(lines),
                        before[2] + [line for line, count in sorted(lines.items()) if not count])
    return result


def ranges(lines):
    text, start = [], None
    for i, line in enumerate(lines):
        start = line if start is None else start
        if i + 1 == len(lines) or lines[i + 1] != line + 1:
            text.append(str(start) if start == line else f"{start}-{line}")
            start = None
    return " ".join(text)


def coverage(names):
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for name, files in zip(names, pool.map(measured, names)):
            reached, count = sum(v[0] for v in files.values()), sum(v[1] for v in files.values())
            share = 100 * reached / count
            failed += share < LEAST
            size = sum(1 for folder in inputs(name) for _ in folder.iterdir())
            print(f"  {'ok' if share >= LEAST else 'FAIL':<6} {name:<12} {share:5.1f}% of {count:>5} lines {size:>5} inputs",
                  flush=True)
            for file, (got, all_, not_reached) in sorted(files.items()):
                if got * 100 < LEAST * all_ or "-v" in sys.argv:
                    print(f"           {file} {100 * got / all_:.1f}%: {ranges(not_reached)}")
    print(f"{len(names) - failed} passed, {failed} failed")
    return failed == 0


def grow(names, seconds):
    for name in names:
        corpus = HERE / "corpus" / name
        with tempfile.TemporaryDirectory() as fresh, tempfile.TemporaryDirectory() as small:
            subprocess.run([FUZZ / f"fuzz_{name}", f"-max_total_time={seconds}", "-verbosity=0", "-max_len=2048",
                            f"-artifact_prefix={FUZZ}/{name}-", *LIMITS, fresh, *map(str, inputs(name))], check=True)
            for path in sorted(corpus.iterdir()):
                shutil.copy(path, small)
            subprocess.run([FUZZ / f"fuzz_{name}", "-merge=1", "-verbosity=0", *LIMITS, small, fresh], check=True,
                           stderr=subprocess.DEVNULL)
            for path in Path(small).iterdir():
                if not (corpus / path.name).exists():
                    shutil.copy(path, corpus / ("grown-" + path.name[:12]))
    return True


def main(arguments):
    seconds, seed, pattern = 20, 0, "*"
    if not arguments:
        sys.exit(__doc__)
    verb, rest = arguments[0], [argument for argument in arguments[1:] if argument != "-v"]
    while rest:
        if rest[0] == "-s" and len(rest) > 1:
            seconds, rest = int(rest[1]), rest[2:]
        elif rest[0] == "--seed" and len(rest) > 1:
            seed, rest = int(rest[1]), rest[2:]
        else:
            pattern, rest = rest[0], rest[1:]
    names = targets(pattern)
    if verb == "fuzz":
        return fuzz(names, seconds, seed)
    if verb == "coverage":
        return coverage(names)
    if verb == "grow":
        return grow(names, seconds)
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
