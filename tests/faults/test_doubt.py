#!/usr/bin/env python3
"""After a sync that failed nobody knows what is on the disk: the node ends, and its next start reads from the disk and looks through
everything, whether anybody asks for it or not. What is damaged is fetched from a peer; the mark that makes it look, truth/doubt,
stays until all is whole."""
import os
import unittest

from preload import Failing, quick_folder

import minimsgpack
from nodes import DEADLINE, Refused, wait_equal, wait_for
from test_kill import free_port, ids_of


class Doubt(unittest.TestCase):
    def setUp(self):
        self.folder = quick_folder()
        self.addCleanup(self.folder.close)
        self.peer, self.node = self.folder.node("coord"), self.folder.node("azrou")
        self.ports = {self.peer: free_port(), self.node: free_port()}
        self.peer.init()
        self.start(self.peer)
        self.node.join(self.peer)
        self.patterns = [os.urandom(24).hex().encode() for _ in range(40)]
        for i in range(0, 40, 10):
            self.publish(self.peer, [pattern.decode() for pattern in self.patterns[i : i + 10]])
        wait_equal([self.peer, self.node])
        self.assertEqual(self.node.stop(), 0)
        self.failing = Failing(os.path.join(self.folder.path, "fail"))
        self.truth = os.path.join(self.node.home, "truth")

    def start(self, node, *more):
        node.start("--listen", f"127.0.0.1:{self.ports[node]}", *more)

    def publish(self, node, texts):
        records = [minimsgpack.encode({"title": {"fr": "n"}, "problem": {"fr": text + " " + "x" * 300}}) for text in texts]
        return node.call("publish", {"dry_run": False, "kind": "practice", "records": records, "wait": 0})["rows"]

    def is_in_doubt(self):
        return os.path.exists(os.path.join(self.truth, "doubt"))

    def fail(self, nth=1, lasting=False):
        """A sync fails while something is published, and the node ends."""
        with self.failing.environment():
            self.start(self.node, "--no-sandbox")
        wait_for(lambda: self.node.status()["state"] == "ready", "the node to be ready")
        self.assertFalse(self.is_in_doubt())
        self.failing.arm("sync", "EIO", nth, lasting)
        with self.assertRaises((Refused, OSError)):
            for _ in range(20):
                self.publish(self.node, ["own"])
        self.assertEqual(self.node.process.wait(DEADLINE), 1)
        self.node.process.stdout.close()
        self.node.process = None
        self.failing.disarm()

    def damage(self):
        """One bit in each of a few records that the peer wrote, as it stands in the database."""
        path = os.path.join(self.truth, "data.mdb")
        with open(path, "rb") as f:
            data = bytearray(f.read())
        for pattern in self.patterns[::13]:
            at, count = data.find(pattern), 0
            while at >= 0:
                data[at + 5] ^= 1
                at, count = data.find(pattern, at), count + 1
            self.assertGreater(count, 0)
        with open(path, "r+b") as f:
            f.write(data)

    def wait_settled(self):
        wait_for(lambda: not self.is_in_doubt(), "all to be looked through")

    def assert_whole(self):
        wait_equal([self.peer, self.node])
        self.assertEqual(ids_of(self.peer), ids_of(self.node))
        self.assertTrue(all(row["ok"] for row in self.node.call("verify", {"deep": True})["rows"]))

    def test_the_next_start_looks_through_everything(self):
        self.fail()
        self.assertTrue(self.is_in_doubt())
        self.start(self.node)
        self.wait_settled()
        self.assertIn("a commit failed here: all that is stored is looked through", self.node.log())
        self.assertIn("was looked through after a commit that failed, and is whole", self.node.log())
        self.assertEqual(self.node.status()["rot_found"], 0)
        self.assert_whole()
        self.assertEqual(self.node.stop(), 0)
        self.start(self.node)
        self.assertEqual(self.node.log().count("a commit failed here"), 1)

    def test_what_is_damaged_is_found_without_being_asked_for(self):
        self.fail()
        self.damage()
        self.start(self.node)
        self.wait_settled()
        status = self.node.status()
        self.assertEqual((status["rot_found"], status["rot_mended"]), (4, 4))
        self.assert_whole()

    def test_without_the_mark_nobody_would_look(self):
        """What the test before this one is worth: the same damage stays unseen as long as nobody reads it."""
        self.fail()
        self.damage()
        os.unlink(os.path.join(self.truth, "doubt"))
        self.start(self.node)
        wait_equal([self.peer, self.node])
        self.publish(self.peer, ["something else"])
        wait_equal([self.peer, self.node])
        self.assertEqual(self.node.status()["rot_found"], 0)

    def test_the_mark_stays_until_all_is_whole(self):
        self.fail()
        self.damage()
        self.peer.stop()
        self.start(self.node)
        wait_for(lambda: self.node.status()["rot_found"] == 4, "the damage to be found")
        self.assertTrue(self.is_in_doubt())
        self.node.kill()
        self.start(self.node)
        wait_for(lambda: self.node.status()["rot_found"] == 4, "the damage to be found again")
        self.assertEqual(self.node.stop(), 0)
        self.assertTrue(self.is_in_doubt())
        self.start(self.peer)
        self.start(self.node)
        self.wait_settled()
        self.assertEqual(self.node.status()["rot_mended"], 4)
        self.assert_whole()

    def test_a_disk_that_takes_no_mark_either(self):
        """It is tried, and said; the file is there for as long as the machine runs."""
        self.fail(lasting=True)
        self.assertIn("nor can it be marked for the next start", self.node.log())
        self.assertTrue(self.is_in_doubt())
        self.start(self.node)
        self.wait_settled()
        self.assert_whole()


if __name__ == "__main__":
    unittest.main()
