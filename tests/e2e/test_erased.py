#!/usr/bin/env python3
"""A member takes back a record of its own: its words go on every node that holds them, also on one that comes later, and after a
compaction they are in no file any more. What it may not take back stays."""
import os
import unittest

import minimsgpack
from admitted import admitted
from minipeer import Talk
from minirecord import Record
from nodes import Folder, wait_equal, wait_for

PRACTICE, COMMITMENT, ERASURE = 128, 66, 7
SECRET = "zaouiatsidiabdellah"


def record(kind, value):
    return Record.create(kind, minimsgpack.encode(value), 1700000000000)


class Erased(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.alpha = self.folder.node("alpha")
        self.alpha.init()
        self.alpha.start()
        wait_for(lambda: self.alpha.status()["size"] > 0, "the coordinator's log")
        self.network = bytes.fromhex(self.alpha.ready["network"])

    def join(self, code):
        node = self.folder.node(code)
        node.join(self.alpha)
        return node

    def member(self):
        """mallory, in Python, admitted."""
        self.address = self.alpha.ready["address"]
        return admitted(self.alpha, "mallory")

    def give(self, one, nodes):
        """They have all that she has signed, and not she but they tell each other."""
        talk = Talk.dial(one, self.address)
        talk.run(lambda: talk.their_hello)
        talk.run(lambda: one.roster_head() and one.roster_head().size >= talk.their_roster)
        talk.run(lambda: self.size(self.alpha) == one.own.size())
        talk.close()
        for node in nodes:
            wait_for(lambda: self.size(node) == one.own.size(), f"{node.code} to have it all")

    def size(self, node):
        rows = node.rows("log", "list", "mallory")
        return rows[0]["size"] if rows else 0

    def erase(self, one, index):
        return record(ERASURE, {"ground": "privacy", "index": index, "leaf": one.own.records[index].header.leaf_hash(), "log": one.me.log_key})

    def assert_gone(self, node):
        wait_for(lambda: node.row("show", "mallory/1")["erased"], f"{node.code} to carry it out")
        row = node.row("show", "mallory/1")
        self.assertEqual((row["erased"]["ref"], row["payload"], row["state"]), ("mallory/4", None, "erased"))
        self.assertEqual([node.row("show", f"mallory/{i}")["state"] for i in (2, 3)], ["present"] * 2)
        wait_for(lambda: not node.rows("search", SECRET), f"{node.code} to find it no more")
        node.commune("verify", "--deep")

    def test_what_its_author_erases_is_gone_everywhere(self):
        one = self.member()
        bravo = self.join("bravo")
        one.publish([
            record(PRACTICE, {"title": {"fr": SECRET}}),
            record(PRACTICE, {"title": {"fr": "Autre pratique"}}),
            record(COMMITMENT, {"title": {"fr": "Engagement"}}),
        ])
        self.give(one, [self.alpha, bravo])
        wait_for(lambda: len(bravo.rows("search", SECRET)) == 1, "the record to be found")
        one.publish([self.erase(one, 1), self.erase(one, 3)])
        self.give(one, [self.alpha, bravo])
        for node in self.alpha, bravo:
            self.assert_gone(node)
        charlie = self.join("charlie")
        wait_equal([self.alpha, bravo, charlie])
        self.assert_gone(charlie)
        self.assertEqual(bravo.stop(), 0)
        bravo.commune("compact")
        with open(os.path.join(bravo.home, "truth", "data.mdb"), "rb") as f:
            self.assertNotIn(SECRET.encode(), f.read())
        bravo.start()
        self.assert_gone(bravo)


if __name__ == "__main__":
    unittest.main()
