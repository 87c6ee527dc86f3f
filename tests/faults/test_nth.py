#!/usr/bin/env python3
"""Every call failing in turn. First the store alone (nth.c): each read, write, sync and name, and of allocations every
STRIDEth. Then a real communed that starts, publishes, receives from a peer, answers, stops: one call of one class fails in
it, the first, the second, …, RUNS of each class spread over all that it makes (0: every single one). Whatever fails, it
ends with a message or goes on; nobody hangs and no signal ends it; and the next start has all that was acknowledged."""
import json
import os
import subprocess
import time
import unittest

from preload import FAULTS, Failing, quick_folder

import minimsgpack
from nodes import COMMUNED, DEADLINE, Refused, read_line, wait_equal, wait_for
from test_kill import free_port, ids_of

STRIDE = os.environ.get("STRIDE", "25")
RUNS = int(os.environ.get("RUNS", "4"))
# What may fail in a daemon, and how.
CLASSES = (("read", "EIO"), ("write", "EIO"), ("write", "ENOSPC"), ("short", "EIO"), ("sync", "EIO"), ("memory", "ENOMEM"),
           ("net", "ECONNRESET"), ("net", "EMFILE"), ("name", "EACCES"))
# What a start that is refused, or an end for the sake of what is stored, leaves behind.
END_CODES = (0, 1, 2)


class Store(unittest.TestCase):
    def test_every_call_of_the_store_may_fail(self):
        folder = quick_folder()
        self.addCleanup(folder.close)
        done = subprocess.run([os.path.join(FAULTS, "nth"), "-s", STRIDE], capture_output=True, text=True,
                              env={**os.environ, "TMPDIR": folder.path})
        print(done.stdout, end="")
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])


class Daemon(unittest.TestCase):
    """The node that fails has one peer, which does not."""

    def setUp(self):
        self.folder = quick_folder()
        self.addCleanup(self.folder.close)
        self.peer = self.folder.node("coord")
        self.node = self.folder.node("azrou")
        self.peer.init()
        self.peer.start("--listen", f"127.0.0.1:{free_port()}")
        self.node.join(self.peer)
        self.assertEqual(self.node.stop(), 0)
        self.failing = Failing(os.path.join(self.folder.path, "fail"))
        self.address = f"127.0.0.1:{free_port()}"
        self.acknowledged = set()
        self.number = 0

    def publish(self, node):
        self.number += 1
        records = [minimsgpack.encode({"title": {"fr": f"n {self.number}"}, "problem": {"fr": "x" * 300}}) for _ in range(3)]
        rows = node.call("publish", {"dry_run": False, "kind": "practice", "records": records, "wait": 0})["rows"]
        self.acknowledged.update(row["id"] for row in rows if row["state"] == "signed")

    def start(self):
        """Whether it says that it is ready."""
        log = open(self.node.log_path, "ab")
        with self.failing.environment():
            self.node.process = subprocess.Popen(
                [COMMUNED, "--home", self.node.home, "--listen", self.address, "--no-sandbox"], stdout=subprocess.PIPE, stderr=log,
                stdin=subprocess.DEVNULL)
        log.close()
        line = read_line(self.node.process.stdout)
        if line.startswith("ready "):
            self.node.ready = json.loads(line[len("ready "):])
        return line.startswith("ready ")

    def attempt(self, what, *arguments):
        """A refusal is an answer, and a daemon that ended answers nothing."""
        try:
            return what(*arguments)
        except (Refused, OSError):
            return None

    def script(self):
        """Starts, publishes, receives, answers, stops. Its exit code."""
        if self.start():
            self.attempt(self.publish, self.node)
            self.publish(self.peer)
            self.attempt(self.publish, self.node)
            self.attempt(self.node.call, "list", {"kind": "practice", "limit": 1000})
            self.attempt(self.node.call, "search", {"words": "n"})
            self.attempt(self.node.call, "verify", {"deep": True})
            held = self.peer.status()["arrivals"]
            deadline = time.monotonic() + 1
            while self.node.process.poll() is None and time.monotonic() < deadline:
                status = self.attempt(self.node.status)
                if status and status["arrivals"] >= held and status["indexed"] == status["arrivals"]:
                    break
                time.sleep(0.005)
            if self.node.process.poll() is None:
                self.node.process.terminate()
        process, self.node.process = self.node.process, None
        process.stdout.close()
        try:
            return process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return "it hangs"

    def forget_log(self):
        open(self.node.log_path, "wb").close()

    def try_one(self, kind, error, nth):
        """What is wrong, or nothing."""
        self.forget_log()
        self.failing.arm(kind, error, nth)
        code = self.script()
        self.failing.disarm()
        if code not in END_CODES:
            return f"ended with {code}"
        if code != 0 and "error:" not in self.node.log():
            return f"ended with {code} and said nothing"
        if code != 0 and not self.failing.fired():
            return f"ended with {code} without a fault"
        return self.afterwards()

    def afterwards(self):
        try:
            self.node.start("--listen", self.address)
            wait_equal([self.peer, self.node])
            lost = self.acknowledged - ids_of(self.node)
            damaged = [row for row in self.node.call("verify", {"deep": False})["rows"] if not row["ok"]]
            state = self.node.status()["state"]
            code = self.node.stop()
        except (AssertionError, Refused, OSError, TimeoutError) as wrong:
            if self.node.process:
                self.node.process.kill()
                self.node.stop()
            return f"afterwards: {wrong}"
        if lost or damaged or state != "ready" or code != 0:
            return f"afterwards {len(lost)} lost, {len(damaged)} logs damaged, {state}, ended with {code}"
        return None

    def places(self, kind, error):
        """Which calls are to fail: as many as RUNS says, spread over all that the script makes."""
        self.assertIsNone(self.try_one(kind, error, 1 << 60))
        calls = self.failing.calls()
        self.assertGreater(calls, 3, f"no calls to fail: {kind}")
        return range(1, calls + 1, max(1, calls // RUNS) if RUNS else 1)

    def test_a_sync_that_fails_is_the_end_of_acknowledging(self):
        """A disk that lost what it was given says so once, and the next sync succeeds: the database is closed before."""
        for nth in (1, 2, 3):
            self.forget_log()
            self.assertTrue(self.start())
            wait_for(lambda: self.node.status()["state"] == "ready", "the node to be ready")
            self.failing.arm("sync", "EIO", nth)
            before = len(self.acknowledged)
            with self.assertRaises((Refused, OSError)):
                for _ in range(10):
                    self.publish(self.node)
                    self.assertFalse(self.failing.fired(), "acknowledged over a sync that failed")
                    before = len(self.acknowledged)
            self.assertEqual(self.node.process.wait(DEADLINE), 1)
            self.assertIn("stopped for the sake of what is stored", self.node.log())
            self.assertEqual(len(self.acknowledged), before)
            self.node.process.stdout.close()
            self.node.process = None
            self.failing.disarm()
            self.assertIsNone(self.afterwards())

    def test_every_call_of_a_daemon_may_fail(self):
        wrong = []
        for kind, error in CLASSES:
            fired = 0
            for nth in self.places(kind, error):
                what = self.try_one(kind, error, nth)
                fired += self.failing.fired()
                if what:
                    wrong.append(f"{kind} {error}, call {nth}: {what}\n{self.node.log()}")
                    print(wrong[-1])
            print(f"{kind} {error}: {fired} calls failed")
            self.assertGreater(fired, 0)
        self.assertEqual(len(wrong), 0)


if __name__ == "__main__":
    unittest.main()
