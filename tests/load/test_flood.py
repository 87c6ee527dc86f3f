#!/usr/bin/env python3
"""An admitted member that floods, in every manner of flooder.py for FLOOD seconds each, beside an honest one: the honest one's
records arrive and its publishes are acknowledged within a bound, the node stays small, the reason is counted, the log is not
filled, and when the flood is over nothing of it is left."""
import base64
import os
import time
import unittest

from crowded import RSS_MAX, Memory, Watch, World, rise

import flooder
import minimsgpack
from nodes import wait_equal

FLOOD = float(os.environ.get("FLOOD", "1"))
ACKNOWLEDGED_S_MAX = 5
ARRIVED_S_MAX = 10
SAID_MAX, SAID_S = 64, 10  # proto/limits.h
# Reasons that each manner is cut off for; none: it may go on, as whoever asks much does.
ENDS = {
    "garbage": {"format", "state", "limit", "short", "trailing"}, "oversized": {"limit"}, "bombs": {"format", "limit", "signature"},
    "forged_heads": {"signature"}, "evidence": {"signature", "format"},
}  # fmt: skip


class Floods(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        for _ in range(20):
            cls.world.publish(cls.world.node)
        cls.member = cls.world.member("fes")
        cls.enlarge()
        cls.descriptors = cls.world.descriptors()

    @classmethod
    def enlarge(cls):
        """More than fits the buffers between the nodes, and does not compress."""
        node = cls.world.node
        for _ in range(12):
            texts = [base64.b64encode(os.urandom(2400)).decode() for _ in range(250)]
            records = [minimsgpack.encode({"title": {"fr": "large"}, "problem": {"fr": text}}) for text in texts]
            node.call("publish", {"kind": "practice", "records": records})
        wait_equal([node, cls.world.honest])
        cls.member.larger = {node.status()["log"]: node.status()["size"]}

    def flood(self, manner, is_deaf=False):
        world = self.world
        watch = Watch(world)
        watch.settle()
        refused, lines = world.refused(), len(world.lines(""))
        processor, begun = world.processor(), time.monotonic()
        with Memory(world.node.process.pid) as memory:
            process, pipe = flooder.start(self.member, world.address, manner, FLOOD, is_deaf, manner in ENDS or manner == "visits")
            self.addCleanup(process.kill)
            while process.is_alive():
                watch.round()
            peak = memory.peak()
        told = pipe.recv()
        pipe.close()
        process.join()
        seconds = time.monotonic() - begun
        world.settled(self.descriptors)
        rose = rise(refused, world.refused())
        said = len(world.lines("")) - lines
        print(f"{manner}{', deaf' if is_deaf else ''}: {told}, counted {rose}, {said} lines, {world.processor() - processor:.2f} s of "
              f"processor in {seconds:.1f} s; {watch.rows} records, acknowledged after {max(watch.acknowledged) * 1000:.0f} ms, arrived "
              f"after {max(watch.arrived) * 1000:.0f} ms at most; {peak >> 10} KiB", flush=True)
        self.assertGreater(told["sessions"], 0)
        # Two lines a coming, and no more than so many in so long; the honest one's come in between.
        self.assertLess(said, min(2 * (told["sessions"] + told["refused"]), SAID_MAX * (seconds / SAID_S + 2)) + 20)
        self.assertLess(max(watch.acknowledged), ACKNOWLEDGED_S_MAX)
        self.assertLess(max(watch.arrived), ARRIVED_S_MAX)
        self.assertLess(peak, RSS_MAX)
        if manner in ENDS:
            self.assertTrue(set(rose) & ENDS[manner], rose)
            self.assertGreaterEqual(sum(rose.values()), told["ended"])


def add(manner, is_deaf):
    setattr(Floods, f"test_{manner}{'_deaf' if is_deaf else ''}", lambda self: self.flood(manner, is_deaf))


for manner in flooder.MANNERS:
    add(manner, False)
for manner in ("wants", "one_want", "buckets", "digests", "pings", "payload_wants", "open_wants", "proof_wants"):
    add(manner, True)

if __name__ == "__main__":
    unittest.main()
