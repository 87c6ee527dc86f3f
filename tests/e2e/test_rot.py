#!/usr/bin/env python3
"""Bits flipped in the database of a stopped node: each one that changes an answer is found, what is damaged is fetched from
the peer, nobody is cut off meanwhile, and at the end the digests are equal and `verify --deep` is clean. What cannot be
mended in place is begun anew from an empty truth, as communed(1) says.

FLIPS sets how many random ones one by one, BATCHES how many times BATCH of them at once; the defaults are what `make test` runs."""
import base64
import os
import random
import socket
import unittest

import minimsgpack
from nodes import HOST, Folder, Refused, wait_equal, wait_for

FLIPS = int(os.environ.get("FLIPS", "12"))
BATCHES = int(os.environ.get("BATCHES", "2"))
BATCH = 10
PAGE, PAGE_HEAD = 4096, 48  # of LMDB; in a head one bit leads it astray
SEED = int(os.environ.get("SEED", "1"))


def free_port():
    with socket.socket() as s:
        s.bind((HOST, 0))
        return s.getsockname()[1]


def publish(node, count, size):
    """Records with a text of their own in each; their refs."""
    records = [
        minimsgpack.encode({"title": {"fr": f"{node.code} {i}"}, "problem": {"fr": f"<{node.code} {i}> " + "x" * size}})
        for i in range(count)
    ]
    params = {"dry_run": False, "kind": "practice", "records": records, "wait": 0}
    return [row["ref"] for row in node.call("publish", params)["rows"]]


class Rot(unittest.TestCase):
    """Node b is the one that rots; a is its only peer."""

    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.a = self.folder.node("azrou")
        self.b = self.folder.node("berkane")
        self.port = free_port()
        self.a.init()
        self.a.start("--listen", f"{HOST}:{free_port()}")
        self.b.join(self.a)
        self.b.stop()
        self.start()
        self.refs = publish(self.a, 300, 400) + publish(self.b, 300, 400)
        for _ in range(5):
            self.refs += publish(self.a, 1, 50) + publish(self.b, 1, 50)
        wait_equal([self.a, self.b])
        self.answers = {ref: self.a.call("show", {"ref": ref}) for ref in self.refs}
        self.prove = {ref: self.a.row("prove", ref) for ref in (self.refs[7], self.refs[450], self.refs[-1])}
        self.b.stop()
        self.path = os.path.join(self.b.home, "truth", "data.mdb")
        with open(self.path, "rb") as f:
            self.pristine = f.read()

    # --- the node that rots

    def start(self):
        self.b.start("--listen", f"{HOST}:{self.port}")

    def restore(self, data):
        """In place: the file stays the one that the database believes it is."""
        with open(self.path, "r+b") as f:
            f.write(data)
            f.truncate()

    def flip_all(self, data, pattern):
        """One bit in the middle of each place that holds the pattern."""
        data, at, count = bytearray(data), 0, 0
        while (at := data.find(pattern, at)) >= 0:
            data[at + len(pattern) // 2] ^= 4
            at += len(pattern)
            count += 1
        self.assertGreater(count, 0, "the pattern is not in the database")
        return bytes(data)

    def verify(self):
        """What `verify --deep` ends with: 0 clean, 3 damage, 1 the daemon did not answer."""
        try:
            return 0 if all(row["ok"] for row in self.b.call("verify", {"deep": True})["rows"]) else 3
        except (OSError, Refused):
            return 1

    def is_alive(self):
        return self.b.process is not None and self.b.process.poll() is None

    def wrong_answers(self):
        """(wrong, refused): what b says otherwise than a, and what it does not say."""
        control, wrong, refused = self.b.control(), [], []
        for ref in self.refs:
            try:
                answer = control.call("show", {"ref": ref})
            except Refused:
                refused.append(ref)
                continue
            if any(answer[k] != self.answers[ref][k] for k in ("id", "kind", "member", "payload", "state", "time", "title")):
                wrong.append(ref)
        control.close()
        return wrong, refused

    def assert_whole(self):
        wait_equal([self.a, self.b])
        self.assertEqual(self.verify(), 0, self.b.log())
        self.assertEqual(self.wrong_answers(), ([], []))
        self.assertEqual(self.b.alarms(), [])
        self.assertEqual({k for k in self.a.status()["refused"]} - {"stranger", "closed"}, set(), self.a.log())

    def mended(self):
        """Whether it comes right by itself."""
        try:
            wait_for(lambda: self.b.alarms() == [] and self.verify() == 0, "the rot to be mended")
            return self.wrong_answers() == ([], [])
        except (TimeoutError, OSError, AssertionError):
            return False

    def begin_anew(self):
        """As communed(1) says: keys and head.lock stay, the truth is fetched again."""
        if self.b.process:
            self.b.process.kill()
            self.b.process.wait()
            self.b.process.stdout.close()
            self.b.process = None
        os.rename(os.path.join(self.b.home, "truth"), os.path.join(self.b.home, "truth.rotten"))
        self.start()
        self.assert_whole()
        self.b.stop()
        for name in os.listdir(os.path.join(self.b.home, "truth.rotten")):
            os.unlink(os.path.join(self.b.home, "truth.rotten", name))
        os.rmdir(os.path.join(self.b.home, "truth.rotten"))
        # A new file with the old bytes would be an older database put back: that is another test.
        with open(self.path, "rb") as f:
            self.pristine = f.read()

    # --- tests

    def rot_and_mend(self, data):
        """Damage of records: found by a deep check, named in an alarm, fetched again; then all is as before."""
        self.restore(data)
        self.a.stop()
        self.start()
        self.b.commune("verify", "--deep", code=3)
        wrong, refused = self.wrong_answers()
        self.assertEqual(wrong, [])
        self.assertTrue(refused)
        wait_for(lambda: any("do not match" in alarm for alarm in self.b.alarms()), "an alarm")
        self.a.start()
        wait_for(lambda: self.b.alarms() == [], "the rot to be mended")
        status = self.b.status()
        self.assertGreater(status["rot_mended"], 0)
        self.assert_whole()
        self.assertIn("match their hashes again", self.b.log())
        self.b.stop()

    def test_payloads_come_back(self):
        data = self.pristine
        for ref in (self.refs[7], self.refs[450], self.refs[-1]):
            data = self.flip_all(data, base64.b64decode(self.prove[ref]["payload"]))
        self.rot_and_mend(data)

    def test_headers_come_back(self):
        data = self.pristine
        for ref in (self.refs[7], self.refs[450], self.refs[-1]):
            data = self.flip_all(data, base64.b64decode(self.prove[ref]["leaf"]))
        self.rot_and_mend(data)

    def test_compaction_leaves_the_same_database(self):
        self.start()
        before = self.b.status()
        self.b.commune("compact", code=4)  # in use
        self.assertIn("commune stop", self.b.stderr)
        self.b.stop()
        sizes = self.b.row("compact")
        self.assertEqual(sizes["after"], os.path.getsize(self.path))
        self.assertLess(sizes["after"], sizes["before"])
        self.start()
        after = self.b.status()
        self.assertEqual(after["store_id"], before["store_id"])
        self.assertEqual(after["digest"], before["digest"])
        self.assert_whole()

    def test_random_flips_are_found_and_mended(self):
        chance = random.Random(SEED)
        found = {"nothing": 0, "mended": 0, "anew": 0}
        for _ in range(FLIPS):
            data = bytearray(self.pristine)
            at, bit = chance.randrange(len(data)), chance.randrange(8)
            if chance.randrange(3) == 0:
                at = at // PAGE * PAGE + chance.randrange(PAGE_HEAD)
            data[at] ^= 1 << bit
            self.restore(bytes(data))
            what = self.try_flipped()
            found[what] += 1
            if what == "anew":
                self.begin_anew()
            else:
                self.assert_whole()
                self.b.stop()
        print(f"{FLIPS} flips: {found}")

    def test_batches_of_flips_are_fetched_from_the_peer(self):
        """Many at once, beside a healthy peer: whatever is found in it is fetched, and nothing is left of it."""
        chance = random.Random(SEED + 1)
        found = {"nothing": 0, "mended": 0, "anew": 0}
        fetched = 0
        for _ in range(BATCHES):
            data = bytearray(self.pristine)
            for _ in range(BATCH):
                at = chance.randrange(len(data) // PAGE) * PAGE + chance.randrange(PAGE_HEAD, PAGE)
                data[at] ^= 1 << chance.randrange(8)
            self.restore(bytes(data))
            what = self.try_flipped()
            found[what] += 1
            if what == "anew":
                self.begin_anew()
                continue
            self.assert_whole()
            status = self.b.status()
            if status["rot_found"]:
                self.assertGreater(status["rot_mended"], 0)
            fetched += status["rot_mended"]
            self.b.stop()
        print(f"{BATCHES * BATCH} flips in {BATCHES} batches: {found}, {fetched} records fetched from the peer")
        self.assertGreater(fetched, 0)

    def try_flipped(self):
        try:
            self.start()
            code = self.verify()
            wrong, refused = self.wrong_answers()
        except (AssertionError, OSError):
            self.assertIn("A damaged database", self.b.log())
            return "anew"  # it refuses to start, or dies: nothing wrong is said
        self.assertEqual(wrong, [], f"verify ended with {code}\n{self.b.log()}")
        if code == 0 and not refused:
            return "nothing"
        return "mended" if self.mended() else "anew"


if __name__ == "__main__":
    unittest.main()
