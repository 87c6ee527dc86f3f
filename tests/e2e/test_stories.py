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
        # What is not in the audit of every day is asked for by name.
        asked = [first.rows("audit", "--today", "2028-06-30")] + [
            first.rows("audit", "--today", "2028-06-30", "--finding", finding)
            for finding in ("never-adopted", "no-programme", "silent", "not-published")]
        FOUND[name] = {finding for rows in asked for row in rows for finding in row["findings"]}
        return story

    def expect(self, name, *findings):
        story = self.check(name)
        self.assertLessEqual(set(findings), FOUND[name])
        return story

    def test_remacto(self):
        self.expect(
            "remacto", "complete-without-attestation", "complete-without-evidence", "dissent", "no-due-date", "no-progress",
            "overdue", "attested-differs", "coding-differs", "version-conflict", "claim-parts-differ", "claim-differs",
            "budget-mismatch", "never-adopted", "no-programme", "silent", "not-published")

    def test_papc(self):
        story = self.expect(
            "papc", "condition-failed", "score-dropped", "share-without-headcount", "stage-without-civil-society",
            "budget-mismatch", "dissent", "overdue")
        node = story.members["agadir"]
        shown = [node.row("show", row["ref"])["payload"] for row in node.rows("list", "evaluation")]
        self.assertEqual([p["score"] for p in shown if p["member"] == "agadir"], ["67", "69.5"])

    def test_communes_citoyennes(self):
        self.expect("communes-citoyennes", "budget-mismatch", "share-below-threshold", "overdue", "no-progress")

    def test_ised_bmk(self):
        self.expect("ised-bmk", "share-below-threshold", "share-without-headcount", "budget-mismatch", "claim-differs")

    def test_remagp(self):
        story = self.expect("remagp", "complete-without-attestation", "no-due-date", "no-programme")
        self.assertNotIn("never-adopted", FOUND["remagp"])
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
