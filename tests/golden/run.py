#!/usr/bin/env python3
"""Golden tests: every line of the command line against real daemons, and what it prints, word by word.

A *.golden file is a story in one world of its own (a fresh folder with its homes). Lines:

    # text                 a remark
    $ command              run by bash there; commune and communed are on the path
    output                 what it prints on stdout, then
    ! output               on stderr, then
    ? 4                    its exit code when it is not 0
    @daemon HOME [args]    starts communed there and waits until it is ready
    @kill HOME             kill -9;  @stop HOME  SIGTERM, exit code 0
    @set NAME command      keeps what the command prints as a variable of later commands
    @until command         runs the command until it succeeds, at most 30 s

What differs from run to run (keys, times, ports, folders) is written as <hex 64>, <time> and the like, and runs of
blanks between columns as two. It decides nothing about what is right: `run.py --update` writes what is printed now, and
the difference is reviewed like code.

usage: run.py [--update] [FILE...]
"""
import difflib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
DEADLINE_S = 30
JOBS = 2  # stories at once

SHAPES = [
    (re.compile(r"oc1[a-z2-7]{60,}"), "<invite>"),
    (re.compile(r"\b[0-9a-f]{64}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{40,}=*"), "<vkey>"),
    (re.compile(r"\b[0-9a-f]{64}@127\.0\.0\.1:\d+"), "<address>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "<host>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<hex 64>"),
    (re.compile(r"(?<=open-communes/<hex 64>,)20\d\d-\d\d-\d\d\b"), "<day>"),  # on which a CSV was written
    (re.compile(r"\b[0-9a-f]{32}\b"), "<hex 32>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{16}\b"), "<hex 16>"),
    (re.compile(r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\b"), "<time>"),
    (re.compile(r"\b1[6-9]\d{11}\b"), "<ms>"),
    (re.compile(r"(?<=[\"\s])[A-Za-z0-9+/\\]{60,}={0,2}(?=[\"\s\\])"), "<base64>"),
    (re.compile(r"(?<=\")[A-Za-z0-9+/]{43}=(?=\")"), "<base64 32>"),
]


def normalise(text, folder):
    text = text.replace(folder, "<folder>")
    for pattern, name in SHAPES:
        text = pattern.sub(name, text)
    lines = [re.sub(r"(?<=\S) {2,}(?=\S)", "  ", line).rstrip() for line in text.split("\n")]
    while lines and lines[-1] == "":
        lines.pop()
    return lines


class World:
    """One folder, its environment and its daemons."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="golden-")
        self.daemons = {}
        self.env = {
            "PATH": BUILD + ":" + os.environ["PATH"],
            "HOME": self.folder,
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            "COMMUNE_DATA": os.path.join(ROOT, "deploy"),
            "DATA": os.path.join(ROOT, "tests", "vectors", "import"),
            "GOLDEN": HERE,
            "WORLD": os.path.join(BUILD, "tests", "golden", "world"),
            "KINDS": os.path.join(ROOT, "tests", "vectors", "kinds"),
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""),
            "UBSAN_OPTIONS": os.environ.get("UBSAN_OPTIONS", ""),
        }

    def run(self, command):
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=DEADLINE_S * 2)
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def daemon(self, home, *args):
        log = open(os.path.join(self.folder, home + ".log"), "ab")
        child = subprocess.Popen(["communed", "--home", home, "--listen", "127.0.0.1:0", *args], cwd=self.folder,
                                 env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        log.close()
        self.daemons[home] = child
        line = child.stdout.readline().decode()
        if not line.startswith("ready "):
            raise RuntimeError("communed of %s is not ready: %r\n%s" % (home, line, self.logs()))

    def end(self, home, how):
        child = self.daemons.pop(home)
        child.send_signal(how)
        status = child.wait(DEADLINE_S)
        child.stdout.close()
        if how == signal.SIGTERM and status != 0:
            raise RuntimeError("communed of %s ended with %d\n%s" % (home, status, self.logs()))

    def until(self, command):
        end = time.monotonic() + DEADLINE_S
        while True:
            status, out, err = self.run(command)
            if status == 0:
                return
            if time.monotonic() > end:
                raise RuntimeError("waited %d s for: %s\n%s%s%s" % (DEADLINE_S, command, out, err, self.logs()))
            time.sleep(0.05)

    def logs(self):
        text = ""
        for name in sorted(os.listdir(self.folder)):
            if name.endswith(".log"):
                with open(os.path.join(self.folder, name), errors="replace") as file:
                    text += "".join("%s: %s" % (name, line) for line in file.readlines()[-20:])
        return text

    def close(self):
        for child in self.daemons.values():
            child.kill()
            child.wait()
            child.stdout.close()
        shutil.rmtree(self.folder)


def steps(lines):
    """The file as (directive, lines of expected output)."""
    found = []
    for line in lines:
        if line.startswith(("$ ", "@", "#")) or not found and not line:
            found.append((line, []))
        elif found:
            found[-1][1].append(line)
        else:
            raise SystemExit("output before the first command: " + line)
    return found


def play(world, line):
    """Runs one directive; the lines that it should stand above."""
    if line.startswith("$ "):
        status, out, err = world.run(line[2:])
        printed = normalise(out, world.folder)
        printed += ["! " + text for text in normalise(err, world.folder)]
        return printed + (["? %d" % status] if status else [])
    word, _, rest = line.partition(" ")
    if word == "@daemon":
        world.daemon(*rest.split())
    elif word == "@kill":
        world.end(rest, signal.SIGKILL)
    elif word == "@stop":
        world.end(rest, signal.SIGTERM)
    elif word == "@until":
        world.until(rest)
    elif word == "@set":
        name, _, command = rest.partition(" ")
        status, out, err = world.run(command)
        if status:
            raise RuntimeError("%s: exit code %d\n%s" % (line, status, err))
        world.env[name] = out.strip()
    elif line and not line.startswith("#"):
        raise RuntimeError("no such line: " + line)
    return []


def trim(lines):
    lines = list(lines)
    while lines and lines[-1] == "":
        lines.pop()
    return lines


def run_file(path, is_update):
    """(passed, failed, what to print); a step without output counts with the next one that has some."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    world = World()
    passed = failed = 0
    written, said = [], []
    try:
        for line, expected in steps(trim(lines)):
            printed = play(world, line)
            gap = expected[len(trim(expected)):]
            written += [line] + printed + gap
            if not line.startswith("$ "):
                continue
            if printed == trim(expected) or is_update:
                passed += 1
                continue
            failed += 1
            said.append("%s: %s" % (os.path.basename(path), line))
            said += list(difflib.unified_diff(trim(expected), printed, "expected", "printed", lineterm=""))[2:]
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        failed += 1
        said.append("%s: %s" % (os.path.basename(path), error))
    finally:
        world.close()
    if is_update and not failed:
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(written) + "\n")
    return passed, failed, said


def main():
    arguments = sys.argv[1:]
    is_update = "--update" in arguments
    files = [a for a in arguments if a != "--update"]
    if not files:
        files = sorted(os.path.join(HERE, name) for name in os.listdir(HERE) if name.endswith(".golden"))
    passed = failed = 0
    with ThreadPoolExecutor(JOBS) as pool:
        for story_passed, story_failed, said in pool.map(lambda path: run_file(path, is_update), files):
            passed, failed = passed + story_passed, failed + story_failed
            if said:
                print("\n".join(said), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
