#!/usr/bin/env python3
"""The example of each shipped network, played on one daemon for each member: everything in it can be published, every node
ends with the same records, and the audit finds what the examples were written to show."""
import copy
import json
import unittest

import nodes
from story import COORDINATOR, Story, with_links

FOUND = {}


class Stories(unittest.TestCase):
    def play(self, name):
        folder = nodes.Folder()
        self.addCleanup(folder.close)
        return Story(folder, name).play()

    def check(self, name):
        story = self.play(name)
        first, last = story.members[COORDINATOR], list(story.members.values())[-1]
        kinds = {row["kind"] for row in story.rows}
        listed = [row for kind in sorted(kinds) for row in last.rows("list", kind)]
        self.assertEqual(len(listed), len(story.rows))
        self.assertEqual({row["member"] for row in listed}, {row["member"] for row in story.rows})
        self.assertEqual(first.row("network", "show")["id"], name)
        self.assertEqual(last.row("network", "show")["id"], name)
        FOUND[name] = {finding for row in first.rows("audit", "--today", "2026-06-30") for finding in row["findings"]}
        return story

    def test_remacto(self):
        self.check("remacto")
        self.assertLessEqual(
            {"complete-without-attestation", "complete-without-evidence", "dissent", "no-due-date", "no-progress",
             "overdue", "attested-differs"}, FOUND["remacto"])

    def test_papc(self):
        story = self.check("papc")
        scores = [r["payload"]["score"] for r in map(lambda x: story.members["agadir"].row("show", x["ref"]),
                  story.members["agadir"].rows("list", "evaluation")) if r["payload"]["member"] == "agadir"]
        self.assertEqual(scores, ["67", "69.5"])
        self.assertLessEqual({"complete-without-evidence", "dissent", "overdue"}, FOUND["papc"])

    def test_communes_citoyennes(self):
        self.check("communes-citoyennes")
        self.assertLessEqual({"dissent", "no-due-date", "no-progress", "overdue"}, FOUND["communes-citoyennes"])

    def test_ised_bmk(self):
        self.check("ised-bmk")
        self.assertLessEqual({"dissent", "no-due-date", "no-progress", "overdue"}, FOUND["ised-bmk"])

    def test_remagp(self):
        story = self.check("remagp")
        self.assertLessEqual({"complete-without-attestation", "dissent", "no-due-date"}, FOUND["remagp"])
        self.refused_twins(story)

    def refused_twins(self, story):
        """The records of one example once more, each without its title: none is published, nothing is written."""
        node = story.members[COORDINATOR]
        size = node.status()["size"]
        titled = [row for row in story.rows if row["member"] == COORDINATOR and "title" in row["fields"]]
        self.assertTrue(titled)
        for row in titled:
            fields = copy.deepcopy(row["fields"])
            del fields["title"]
            node.commune("publish", row["kind"], "--file", "-", stdin=json.dumps(with_links(fields, story.refs)), code=4)
            self.assertIn("title", node.stderr)
        self.assertEqual(node.status()["size"], size)


if __name__ == "__main__":
    unittest.main()
