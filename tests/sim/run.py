#!/usr/bin/env python3
"""Runs the simulator as `make sim` wants it: the named scenarios, the seeds, the builds that are wrong on purpose, each
of which has to be caught, and a few seeds in two builds, whose traces have to be the same. It refuses to know what a
world is. Programs are made before: tests/sim/sim.mk.

usage: tests/sim/run.py [--build DIR] [--seeds N] [--first N] [--broken NAME,NAME] [--same PROGRAM]
"""
import argparse
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

SAME_SEEDS = 60
BROKEN_SEEDS = 3000
PROCESSES = 2
SCENARIOS = re.compile(r"^sim: (\d+) scenarios, each under \d+ seeds, (\d+) failed", re.M)
SEED_FAILED = re.compile(r"^seed \d+ FAILED", re.M)
DIGEST = re.compile(r"digest ([0-9a-f]{16})")


def run(*command):
    """Exit code, output and seconds."""
    start = time.monotonic()
    child = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return child.returncode, child.stdout.decode(errors="replace"), time.monotonic() - start


def tell(is_fine, took, text):
    print(f"  {'ok' if is_fine else 'FAIL':<6} {took:6.1f} s  {text.strip()}", flush=True)
    return int(is_fine), int(not is_fine)


def seeds(args):
    """The named scenarios, then the seeds: between them no rare branch may be left."""
    code, output, took = run(f"{args.build}/sim", "--scenarios", "tests/sim/scenarios", "--seeds", str(args.seeds),
                             "--first", str(args.first))
    tell(code == 0, took, output)
    found = SCENARIOS.search(output)
    if not found:
        return 0, 1
    count = int(found.group(1)) + args.seeds
    failed = int(found.group(2)) + len(SEED_FAILED.findall(output))
    return max(0, count - failed), max(failed, int(code != 0))


def broken(args, name):
    """Caught by a seed; a build that crashes was not caught by anything."""
    code, output, took = run(f"{args.build}/sim-broken-{name}", "--must-fail", "--seeds", str(BROKEN_SEEDS))
    return tell(code == 0, took, f"{name}: {output}")


def same(args):
    """The digest over the traces of the same seeds, from the build in hand and from another compiler's."""
    outputs = [run(program, "--seeds", str(SAME_SEEDS)) for program in (f"{args.build}/sim", args.same)]
    digests = [DIGEST.findall(output) for _, output, _ in outputs]
    is_fine = all(code == 0 for code, _, _ in outputs) and len(digests[0]) == 1 and digests[0] == digests[1]
    text = "" if is_fine else "\n" + "\n".join(output for _, output, _ in outputs)
    return tell(is_fine, sum(took for _, _, took in outputs),
                f"{SAME_SEEDS} seeds in {args.build}/sim and {args.same}: {' and '.join(map(str, digests))}{text}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.rpartition("usage: ")[2].strip())
    parser.add_argument("--build", default="build")
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--broken", default="")
    parser.add_argument("--same")
    args = parser.parse_args()
    results = [seeds(args)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        results += pool.map(lambda name: broken(args, name), filter(None, args.broken.split(",")))
    if args.same:
        results.append(same(args))
    passed, failed = (sum(column) for column in zip(*results))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
