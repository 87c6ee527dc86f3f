#!/usr/bin/env python3
"""Daemons killed with SIGKILL in the middle of commits, at a chosen call: before, after or half-way through a write or a sync
of the database or of head.lock, in the node or in its signer. Records are published on all of them meanwhile; this process
alone keeps the ids that were acknowledged, and at the end every node has every one of them and all digests are equal.

STRIKES sets how many."""
import mmap
import os
import random
import struct
import sys
import threading
import time
import unittest

from preload import FAULTS, environment, quick_folder

from nodes import DEADLINE, wait_equal, wait_for
from test_kill import Publisher, free_port, ids_of

STRIKES = int(os.environ.get("STRIKES", "12"))
SEED = int(os.environ.get("SEED", "1"))
CODES = ("coord", "sefrou", "larache")
# Calls until it strikes, at most: a commit makes about ten.
CALLS_MAX = 60


class Strike:
    """tests/faults/strike.h"""

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as f:
            f.truncate(4096)
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 4096)

    def arm(self, countdown, place):
        struct.pack_into("=QQII", self.map, 0, 0, 0, place, 0)
        struct.pack_into("=Q", self.map, 0, countdown)

    def disarm(self):
        struct.pack_into("=Q", self.map, 0, 0)

    def struck(self):
        return struct.unpack_from("=I", self.map, 20)[0]


class Strikes(unittest.TestCase):
    def setUp(self):
        self.folder = quick_folder()
        self.addCleanup(self.folder.close)
        self.nodes = [self.folder.node(code) for code in CODES]
        self.ports = {code: free_port() for code in CODES}
        self.strikes = {node: Strike(os.path.join(self.folder.path, node.code + ".strike")) for node in self.nodes}
        self.signers = 0
        self.nodes[0].init()
        self.start(self.nodes[0])
        for node in self.nodes[1:]:
            node.join(self.nodes[0])
            node.stop()
            self.start(node)
        wait_equal(self.nodes)

    def start(self, node):
        with environment(LD_PRELOAD=os.path.join(FAULTS, "strike.so"), FAULTS_STRIKE=self.strikes[node].path):
            node.start("--listen", f"127.0.0.1:{self.ports[node.code]}", "--no-sandbox")

    def strike(self, node, chance):
        """Kills it at a call and starts it again; where it was struck."""
        strike = self.strikes[node]
        place = chance.randrange(3)
        strike.arm(chance.randrange(1, CALLS_MAX), place)
        deadline = time.monotonic() + DEADLINE
        while node.process.poll() is None:
            self.assertLess(time.monotonic(), deadline, f"{node.code} writes nothing any more\n{node.log()}")
            time.sleep(0.001)
        process, node.process = node.process, None
        process.stdout.close()
        # A node whose signer was struck stops by itself, and says why.
        self.assertIn(process.returncode, (-9, 1), node.log())
        if process.returncode == 1:
            self.assertIn("the signer has ended", node.log())
            self.signers += 1
        self.assertEqual(strike.struck(), place + 1)
        strike.disarm()
        self.start(node)
        return place

    def test_nothing_acknowledged_is_lost(self):
        is_over = threading.Event()
        publishers = [Publisher(node, sys.maxsize, is_over) for node in self.nodes]
        self.addCleanup(is_over.set)
        for p in publishers:
            p.start()
        chance = random.Random(SEED)
        places = [0, 0, 0]
        for i in range(STRIKES):
            places[self.strike(self.nodes[i % len(self.nodes)], chance)] += 1
        is_over.set()
        for p in publishers:
            p.join(DEADLINE)
        acknowledged = set().union(*(p.acknowledged for p in publishers))
        self.assertGreater(len(acknowledged), STRIKES)
        wait_equal(self.nodes)
        for node in self.nodes:
            lost = acknowledged - ids_of(node)
            self.assertFalse(lost, f"{node.code} lost {len(lost)} acknowledged records")
            self.assertTrue(all(row["ok"] for row in node.call("verify", {"deep": True})["rows"]), node.code)
            self.assertEqual(node.status()["state"], "ready", node.log())
            refused = node.status()["refused"]
            self.assertFalse({k for k in refused if k in ("fork", "proof", "hash", "signature")}, refused)
        print(f"{STRIKES} strikes: {places[0]} before a call, {places[1]} half-way, {places[2]} after it, {self.signers} of "
              f"them in the signer; "
              f"{len(acknowledged)} records acknowledged, none lost")


if __name__ == "__main__":
    unittest.main()
