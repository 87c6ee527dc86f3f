#!/usr/bin/env python3
"""Many real daemons on one machine: founded one after the other through one coordinator, then left to find each other. A
record reaches all of them; a third is killed, a third is stopped in the middle of what it does, and each time all agree again.
Nobody holds more sessions than its bounds say, and nobody dies by itself.

DAEMONS sets how many: 12 in `make check`, 126 in `make soak`, which also prints what they cost."""
import json
import os
import random
import signal
import socket
import sys
import time
import unittest

import minimsgpack
import nodes
from nodes import HOST, Folder, wait_for

DAEMONS = int(os.environ.get("DAEMONS", "12"))
PAUSE = float(os.environ.get("PAUSE", "5"))  # how long a third is stopped
SESSIONS_MAX = 20  # five that a node dials and one in turn, twelve visitors where all can be reached: proto/core_dial.c
RSS_MAX_KB = int(os.environ.get("RSS_MAX_KB", "65536"))
nodes.DEADLINE = max(nodes.DEADLINE, 30.0 + DAEMONS)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind((HOST, 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def publish(node, text):
    record = minimsgpack.encode({"title": {"fr": text}, "problem": {"fr": f"{text} " + "x" * 400}})
    node.call("publish", {"dry_run": False, "kind": "practice", "records": [record], "wait": 0})


def rss_kb(node):
    with open(f"/proc/{node.process.pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def cpu_s(node):
    with open(f"/proc/{node.process.pid}/stat") as f:
        fields = f.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(node):
    return len(os.listdir(f"/proc/{node.process.pid}/fd"))


class Daemons(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(1)
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.ports = free_ports(DAEMONS)
        self.all = [self.folder.node(f"c{i}") for i in range(DAEMONS)]
        self.begun = time.monotonic()
        self.found()

    def start(self, node):
        node.start("--listen", f"{HOST}:{self.ports[self.all.index(node)]}")

    def found(self):
        first = self.all[0]
        first.init()
        self.start(first)
        for node in self.all[1:]:
            invite = first.row("invite", node.code)["invite"]
            node.commune("join", invite, "--member", node.code, "--kind", "commune", "--name", "fr=" + node.code,
                         "--no-passphrase")
            self.start(node)
        pending = set()
        for node in self.all[1:]:
            if node.code not in pending:
                wait_for(lambda: pending.update(r["code"] for r in first.rows("roster", "pending")) or
                         node.code in pending, f"the request of {node.code}")
            first.row("roster", "admit", node.code)

    def tell(self, what, **more):
        print(json.dumps({"soak": what, "daemons": DAEMONS, **more}), file=sys.stderr, flush=True)

    def agree(self, what, among=None):
        """Seconds until all of them have the same digest."""
        begun = time.monotonic()
        waiting = list(among or self.all)
        digests = {}

        def is_equal():
            digests.clear()
            for node in waiting:
                digests.setdefault(node.status()["digest"], []).append(node.code)
                if len(digests) > 1:
                    return False
            return True

        wait_for(is_equal, what)
        return round(time.monotonic() - begun, 2)

    def sessions(self):
        """Of each, once nobody has too many or too few: all came through the coordinator."""
        counts = []

        def is_even():
            counts[:] = [sum(r["connected"] for r in node.call("peers")["rows"]) for node in self.all]
            return max(counts) <= SESSIONS_MAX and min(counts) >= 2

        wait_for(is_even, "sessions to be spread")
        return counts

    def costs(self):
        rss = [rss_kb(n) for n in self.all]
        self.assertLess(max(rss), RSS_MAX_KB)
        return {"rss_kb_mean": sum(rss) // len(rss), "rss_kb_max": max(rss),
                "cpu_s_mean": round(sum(cpu_s(n) for n in self.all) / DAEMONS, 2)}

    def test_many_daemons(self):
        self.agree("all to know each other")
        self.tell("founded", seconds=round(time.monotonic() - self.begun, 1), **self.costs())

        counts = self.sessions()
        before = [descriptors(n) for n in self.all]
        took = []
        for i in range(5):
            publish(self.random.choice(self.all), f"record {i}")
            took.append(self.agree("a record to be everywhere"))
        self.tell("publish", seconds=took, sessions_mean=round(sum(counts) / DAEMONS, 1), sessions_max=max(counts))

        third = self.random.sample(self.all[1:], DAEMONS // 3)
        others = [n for n in self.all if n not in third]
        for node in third:
            node.kill()
        for i in range(10):
            publish(self.random.choice(others), f"while others are down {i}")
        alive = self.agree("those that are left to agree", others)
        for node in third:
            self.start(node)
        self.tell("killed", killed=len(third), left_s=alive, all_s=self.agree("the killed ones to come back"))

        third = self.random.sample(self.all[1:], DAEMONS // 3)
        others = [n for n in self.all if n not in third]
        for node in third:
            node.process.send_signal(signal.SIGSTOP)
        try:
            for i in range(10):
                publish(self.random.choice(others), f"while others stand still {i}")
            left = self.agree("those that go on to agree", others)
            time.sleep(PAUSE)  # the fault itself: nothing is waited for
        finally:
            for node in third:
                node.process.send_signal(signal.SIGCONT)
        self.tell("stopped", stopped=len(third), left_s=left, all_s=self.agree("the stopped ones to catch up"))

        self.assertTrue(all(n.process.poll() is None for n in self.all))
        grown = max(now - then for now, then in zip((descriptors(n) for n in self.all), before))
        self.assertLess(grown, SESSIONS_MAX, "descriptors are left behind")
        self.tell("at the end", descriptors_grown=grown, **self.costs())
        self.assertEqual([n.stop() for n in self.all], [0] * DAEMONS)


if __name__ == "__main__":
    unittest.main()
