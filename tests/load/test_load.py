#!/usr/bin/env python3
"""Two members beside a crowd: idle strangers and 5,000 connection attempts a second of all manners. The members come in, their
records arrive, and the node that is stormed stays small, forgets the crowd and writes no log full.

SECONDS says how long the crowd stays.
"""
import os
import subprocess
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))

import minimsgpack  # noqa: E402
from nodes import BUILD, HOST, Folder, wait_equal, wait_for  # noqa: E402

IDLE = 1000
RATE = 5000
SECONDS = int(os.environ.get("SECONDS", "4"))
STRANGERS_MAX = 64  # proto/limits.h, the two that follow too
SAID_MAX = 64
RSS_MAX = 64 << 20  # FLOOD_RSS_MAX
MEMBER_SECONDS_MAX = 20  # for a member to be let in, the crowd at the door
CROWD = "127.201"  # a network of its own, beside that of the members


class Load(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.coord = self.folder.node("coord")
        self.coord.init()
        self.coord.start()
        self.sefrou = self.folder.node("sefrou")
        self.sefrou.join(self.coord)
        wait_equal([self.coord, self.sefrou])
        self.where = self.coord.ready["address"].split("@")[1].rsplit(":", 1)
        self.before = self.descriptors()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.coord.process.pid}/fd"))

    def memory(self):
        """Anonymous memory now: the pages of the database are the page cache's."""
        with open(f"/proc/{self.coord.process.pid}/status") as f:
            return next(int(line.split()[1]) << 10 for line in f if line.startswith("RssAnon"))

    def publish(self, node):
        payload = minimsgpack.encode({"problem": {"fr": "a"}, "solution": {"fr": "b"}, "title": {"fr": "c"}})
        return node.call("publish", {"kind": "practice", "records": [payload]})["rows"][0]

    def crowd(self, idle, rate, network):
        process = subprocess.Popen(
            [os.path.join(BUILD, "load/flood"), *self.where, network, str(idle), str(rate), str(SECONDS)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        return process

    def is_connected(self):
        return any(p["connected"] and p["member"] == "sefrou" for p in self.coord.call("peers")["rows"])

    def storm(self, crowd):
        """A member comes, both publish, and it goes again, as long as the crowd stays; what the crowd says that it did."""
        rounds, largest, slowest = 0, 0, 0
        while crowd.poll() is None or not rounds:
            self.assertEqual(self.sefrou.stop(), 0)
            self.sefrou.start()
            begun = time.monotonic()
            wait_for(self.is_connected, "a member to be let in")
            slowest = max(slowest, time.monotonic() - begun)
            wait_for(lambda: self.sefrou.status()["state"] == "ready", "the member to be told its head")
            rows = [self.publish(self.sefrou), self.publish(self.coord)]
            largest = max(largest, self.memory())
            wait_equal([self.coord, self.sefrou])
            for node, row in zip((self.coord, self.sefrou), rows):
                self.assertEqual(node.row("show", row["ref"])["id"], row["id"].hex())
            rounds += 1
        words = crowd.stdout.read().split()
        told = dict(zip(words[::2], map(float, words[1::2])))
        self.assertEqual(crowd.returncode, 0)
        print(f"{int(told['attempted'])} attempts, {int(told['connected'])} connections in {told['seconds']} s; a member came in "
              f"{rounds} times, after {slowest * 1000:.0f} ms at most; {largest >> 10} KiB", flush=True)
        self.assertLess(slowest, MEMBER_SECONDS_MAX)
        self.assertLess(largest, RSS_MAX)
        wait_for(lambda: self.descriptors() <= self.before + 2, "the crowd's descriptors to be closed")
        return told

    def test_a_crowd_keeps_no_member_out(self):
        refused = self.coord.status()["refused"].get("timeout", 0)
        told = self.storm(self.crowd(IDLE, RATE, CROWD))
        # A machine that is busy with other things is asked for less.
        self.assertGreater(told["attempted"], SECONDS * RATE / 10)
        self.assertGreater(told["sent_away"], STRANGERS_MAX)
        self.assertGreater(self.coord.status()["refused"].get("timeout", 0), refused + STRANGERS_MAX)
        with open(self.coord.log_path) as f:
            lines = sum(" closed: " in line for line in f)
        self.assertLess(lines, SAID_MAX * (told["seconds"] / 10 + 4))

    def test_a_crowd_of_their_own_network_keeps_no_member_out(self):
        self.storm(self.crowd(0, RATE // 10, ".".join(HOST.split(".")[:2])))


if __name__ == "__main__":
    unittest.main()
