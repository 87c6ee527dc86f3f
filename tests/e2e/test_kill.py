#!/usr/bin/env python3
"""Four daemons killed with SIGKILL in turn, in the middle of commits, while records are published on all of them. This
process alone keeps the ids that were acknowledged; at the end every node has every one of them, and all digests are equal.

RECORDS and KILLS set the size; the defaults are what `make check` runs."""
import os
import random
import socket
import threading
import time
import unittest

import minimsgpack
from nodes import Folder, Refused, wait_equal, wait_for

RECORDS = int(os.environ.get("RECORDS", "20000"))
KILLS = int(os.environ.get("KILLS", "40"))
PER_REQUEST = 20
CODES = ("coord", "sefrou", "larache", "azrou")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Publisher(threading.Thread):
    """Publishes on one node, whatever happens to it, until its share is acknowledged."""

    def __init__(self, node, share, is_over):
        super().__init__()
        self.node = node
        self.share = share
        self.is_over = is_over
        self.acknowledged = []
        self.unsure = 0
        self.refused = []

    def request(self):
        first = len(self.acknowledged)
        records = [
            minimsgpack.encode({"title": {"fr": f"{self.node.code} {first + i}"}, "problem": {"fr": "x" * 300}})
            for i in range(PER_REQUEST)
        ]
        return {"dry_run": False, "kind": "practice", "records": records, "wait": 0}

    def run(self):
        control = None  # reopened after each kill
        while len(self.acknowledged) < self.share and not self.is_over.is_set():
            try:
                control = control or self.node.control()
                rows = control.call("publish", self.request())["rows"]
                # A draft is durable and signed later, under an id that is not known yet.
                self.acknowledged += [row["id"] for row in rows if row["state"] == "signed"]
            except Refused as refusal:
                self.refused.append(str(refusal))
                time.sleep(0.01)
            except OSError:
                if control:
                    control.close()
                control = None
                self.unsure += 1
                time.sleep(0.005)


def ids_of(node):
    """Every practice that a node lists."""
    ids, cursor, control = set(), None, node.control()
    while True:
        page = control.call("list", {"kind": "practice", "limit": 1000, **({"cursor": cursor} if cursor else {})})
        ids.update(row["id"] for row in page["rows"])
        cursor = page["cursor"]
        if cursor is None:
            control.close()
            return ids


class Kill(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.ports = {code: free_port() for code in CODES}

    def begin(self):
        nodes = [self.folder.node(code) for code in CODES]
        nodes[0].init()
        nodes[0].start("--listen", f"127.0.0.1:{self.ports['coord']}")
        for node in nodes[1:]:
            node.join(nodes[0])
            node.stop()
            self.start(node)
        wait_equal(nodes)
        return nodes

    def start(self, node):
        node.start("--listen", f"127.0.0.1:{self.ports[node.code]}")

    def kill_in_turn(self, nodes, publishers, chance):
        """Kills land while commits run: after a random number of acknowledgements, not after a pause."""
        kills = 0
        while any(p.is_alive() for p in publishers) and kills < KILLS:
            node = nodes[kills % len(nodes)]
            publisher = publishers[kills % len(nodes)]
            goal = len(publisher.acknowledged) + chance.randrange(1, max(2, 3 * RECORDS // KILLS // len(nodes)))
            deadline = time.monotonic() + 5
            while publisher.is_alive() and len(publisher.acknowledged) < goal and time.monotonic() < deadline:
                time.sleep(0.001)
            node.kill()
            kills += 1
            self.start(node)
        return kills

    def test_nothing_acknowledged_is_lost(self):
        nodes = self.begin()
        is_over = threading.Event()
        publishers = [Publisher(node, RECORDS // len(nodes), is_over) for node in nodes]
        for p in publishers:
            p.start()
        chance = random.Random(7)
        kills = self.kill_in_turn(nodes, publishers, chance)
        for p in publishers:
            p.join(300)
        is_over.set()
        while kills < KILLS:  # the rest, with less to do
            nodes[kills % len(nodes)].kill()
            self.start(nodes[kills % len(nodes)])
            kills += 1
        acknowledged = set().union(*(p.acknowledged for p in publishers))
        self.assertGreaterEqual(len(acknowledged), RECORDS - PER_REQUEST * len(nodes), [p.refused[-3:] for p in publishers])
        wait_equal(nodes)
        for node in nodes:
            lost = acknowledged - ids_of(node)
            self.assertFalse(lost, f"{node.code} lost {len(lost)} acknowledged records after {kills} kills")
            refused = node.status()["refused"]
            self.assertFalse({k: v for k, v in refused.items() if k in ("fork", "proof", "hash", "signature")}, refused)
        print(f"{kills} kills, {len(acknowledged)} records acknowledged, "
              f"{sum(p.unsure for p in publishers)} requests cut off, none lost")


if __name__ == "__main__":
    unittest.main()
