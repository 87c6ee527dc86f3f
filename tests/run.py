#!/usr/bin/env python3
"""Runs test programs and adds up what they count.

Each argument is one command line; -j says how many of those that follow run at once, -t how long each may take. It decides what a run's output means: a closing line "N passed, N failed", cmocka's
summary, unittest's summary, or, from a program that counts nothing, one step that its exit code judges. A skipped test,
a program that ran no test at all, and a failing exit code without a failed test all count as failed. It refuses to know
what the programs test. Output is shown only of what failed.

usage: tests/run.py [-j JOBS | -t SECONDS | COMMAND]...
"""
import itertools
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

SLOWEST = 5  # programs named at the end
CLOSING = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)
CMOCKA = {word: re.compile(r"^\[ +%s +\] (\d+) test\(s\)" % word, re.M) for word in ("PASSED", "FAILED", "SKIPPED")}
UNITTEST = re.compile(r"^Ran (\d+) tests? in .*\n\n(?:OK|FAILED|NO TESTS RAN)(?: \((.*)\))?$", re.M)


def count(output, status):
    """(passed, failed) of one finished program."""
    closing = CLOSING.findall(output)
    unittest = UNITTEST.findall(output)
    cmocka = {word: list(map(int, pattern.findall(output))) for word, pattern in CMOCKA.items()}
    if closing:
        passed, failed = map(int, closing[-1])
    elif unittest:
        ran = sum(int(number) for number, _ in unittest)
        failed = sum(int(number) for _, what in unittest for number in re.findall(r"=(\d+)", what))
        passed = max(0, ran - failed)
    elif any(cmocka.values()):
        passed, failed = sum(cmocka["PASSED"]), sum(cmocka["FAILED"] + cmocka["SKIPPED"])
    else:
        passed, failed = (1, 0) if status == 0 else (0, 1)
    if failed == 0 and (status != 0 or passed == 0):
        failed = 1
    return passed, failed


def run(command, seconds):
    """Status and output. A program past its time is ended with everything that it started."""
    start = time.monotonic()
    child = subprocess.Popen(shlex.split(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output, _ = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
        output += b"\ngave up after %d s\n" % seconds
        return 124, output.decode(errors="replace"), seconds
    return child.returncode, output.decode(errors="replace"), time.monotonic() - start


def run_one(command, seconds):
    try:
        status, output, took = run(command, seconds)
    except OSError as error:
        status, output, took = 127, f"{error}\n", 0.0
    passed, failed = count(output, status)
    lines = [f"  {'FAIL' if failed else 'ok':<6} {command:<50} {passed:>5} passed {took:7.1f} s"]
    if failed:
        lines += ["    | " + line for line in output.splitlines()[-200:]]
        lines.append(f"    | {command}: {failed} failed, exit code {status}")
    print("\n".join(lines), flush=True)
    return passed, failed, took


def self_test():
    """Every kind of summary, and each way in which nothing must pass for something."""
    cases = [
        ("[==========] 3 test(s) run.\n[  PASSED  ] 3 test(s).\n", 0, (3, 0)),
        ("[  PASSED  ] 2 test(s).\n[  FAILED  ] 1 test(s), listed below:\n", 1, (2, 1)),
        ("[  PASSED  ] 2 test(s).\n[  SKIPPED ] 1 test(s), listed below:\n", 0, (2, 1)),
        ("[  PASSED  ] 2 test(s).\n", 1, (2, 1)),
        ("[  PASSED  ] 0 test(s).\n", 0, (0, 1)),
        ("Ran 4 tests in 0.1s\n\nOK\n", 0, (4, 0)),
        ("Ran 4 tests in 0.1s\n\nOK (skipped=1)\n", 0, (3, 1)),
        ("Ran 4 tests in 0.1s\n\nFAILED (failures=1, errors=2)\n", 1, (1, 3)),
        ("Ran 0 tests in 0.0s\n\nOK\n", 0, (0, 1)),
        ("words\n12 passed, 0 failed\n", 0, (12, 0)),
        ("12 passed, 3 failed\n", 1, (12, 3)),
        ("0 passed, 0 failed\n", 0, (0, 1)),
        ("words", 0, (1, 0)),
        ("words", 2, (0, 1)),
    ]
    for output, status, expected in cases:
        if count(output, status) != expected:
            sys.exit(f"tests/run.py miscounts {output!r}: {count(output, status)} instead of {expected}")


def main(arguments):
    jobs, seconds, groups = 2, 900, []
    while arguments:
        if arguments[0] in ("-j", "-t") and len(arguments) > 1:
            jobs = int(arguments[1]) if arguments[0] == "-j" else jobs
            seconds = int(arguments[1]) if arguments[0] == "-t" else seconds
            arguments = arguments[2:]
        else:
            groups.append((jobs, seconds, arguments[0]))
            arguments = arguments[1:]
    if not groups:
        sys.exit(__doc__)
    self_test()
    results = []
    for jobs, group in itertools.groupby(groups, key=lambda one: one[0]):
        with ThreadPoolExecutor(jobs) as pool:
            results += pool.map(lambda one: run_one(one[2], one[1]), group)
    passed = sum(result[0] for result in results)
    failed = sum(result[1] for result in results)
    if len(results) > SLOWEST:
        slowest = sorted(zip(results, (one[2] for one in groups)), key=lambda one: -one[0][2])[:SLOWEST]
        print("slowest: " + ", ".join(f"{command} {result[2]:.1f} s" for result, command in slowest))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
