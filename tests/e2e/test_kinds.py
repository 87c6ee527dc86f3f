#!/usr/bin/env python3
"""What the daemon refuses to publish, whoever sends it, and links to what has not arrived.

The command line checks before it sends; here nothing does."""
import unittest

import minimsgpack
from nodes import Folder, Refused, wait_equal, wait_for


class Kinds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        cls.addClassCleanup(cls.folder.close)
        cls.coord = cls.folder.node("coord")
        cls.coord.init()
        cls.coord.start()
        cls.sefrou = cls.folder.node("sefrou")
        cls.sefrou.join(cls.coord)
        cls.practice = cls.publish(cls.sefrou, "practice", {"title": {"fr": "Pratique"}})
        cls.idea = cls.publish(cls.coord, "idea", {"title": {"fr": "Idée"}})
        wait_equal([cls.coord, cls.sefrou])

    @staticmethod
    def publish(node, kind, *payloads):
        """The refs of what was published."""
        records = [minimsgpack.encode(payload) for payload in payloads]
        rows = node.call("publish", {"kind": kind, "records": records})["rows"]
        return [row["ref"] for row in rows] if len(rows) > 1 else rows[0]["ref"]

    def link(self, node, ref):
        row = node.call("resolve", {"refs": [ref]})["rows"][0]
        return [row["log"], row["index"], row["leaf"]]

    def refuse(self, node, kind, payload, field, text):
        before = node.status()["size"]
        with self.assertRaises(Refused) as caught:
            self.publish(node, kind, payload)
        self.assertEqual(caught.exception.error["error"], "field")
        faults = caught.exception.error["fields"]
        self.assertEqual([(f["field"], f["text"]) for f in faults], [(field, text)])
        self.assertEqual(node.status()["size"], before)

    def settled(self, node):
        """A record shows up in a moment; links to it are judged before that, too."""
        wait_for(lambda: node.status()["indexed"] == node.status()["arrivals"], "the indexer")

    def test_links_of_the_wrong_member_or_kind_are_refused(self):
        practice = self.link(self.coord, self.practice)
        own_practice = self.link(self.sefrou, self.practice)
        idea = self.link(self.coord, self.idea)
        self.refuse(self.coord, "attestation", {"about": idea, "role": "coordinator"}, "about",
                    "leads to a record of this member: nobody attests their own")
        self.refuse(self.sefrou, "adoption", {"practice": own_practice, "stage": "in_use"}, "practice",
                    "leads to a record of this member: it is to be another member's")
        self.refuse(self.coord, "practice", {"supersedes": practice, "title": {"fr": "x"}}, "supersedes",
                    "leads to a record of another member: only its own member can do that")
        self.refuse(self.coord, "project", {"origins": [idea, practice], "title": {"fr": "x"}}, "origins[1]",
                    "leads to a record of kind practice; one of kind idea or proposal is wanted")
        self.refuse(self.coord, "event",
                    {"agenda": [{"requests": [idea], "title": {"fr": "y"}}], "start": "2024", "title": {"fr": "x"}},
                    "agenda[0].requests[0]", "leads to a record of kind idea; one of kind request is wanted")
        self.publish(self.coord, "project", {"origins": [idea], "title": {"fr": "x"}})
        self.publish(self.coord, "adoption", {"practice": practice, "stage": "considered"})

    def test_codes_that_are_no_members_are_refused(self):
        self.refuse(self.coord, "request", {"title": {"fr": "x"}, "to": "sefro"}, "to",
                    "names no member of this network")
        self.refuse(self.coord, "cooperation", {"members": ["coord", "sefrou", "fes"], "title": {"fr": "x"}},
                    "members[2]", "names no member of this network")
        self.publish(self.coord, "cooperation", {"members": ["coord", "sefrou"], "title": {"fr": "x"}})

    def test_rules_hold_on_the_socket_too(self):
        self.refuse(self.coord, "workshop",
                    {"date": "2024", "headcount": {"total": 3, "women": 4}, "title": {"fr": "x"}}, "headcount.women",
                    "is above total: a group is not larger than the total")
        self.refuse(self.coord, "idea", {"decision": {"decision": "refused"}, "title": {"fr": "x"}},
                    "decision.reason", "is required: what is merged, deferred or refused says why")

    def test_what_one_command_published_the_next_one_finds(self):
        """The indexer lets such a bulk be stored first; who asks is not told less than what is there."""
        lines = "".join(f'{{"title":{{"fr":"Demande {n}"}}}}\n' for n in range(3000))
        self.sefrou.commune("publish", "request", "--ndjson", "-", stdin=lines)
        self.assertEqual(self.sefrou.row("list", "request", "--count")["count"], 3000)
        last = self.sefrou.row("publish", "request", "--set", "title.fr=Encore une")["ref"]
        self.assertEqual(len(self.sefrou.rows("list", "request")), 3001)
        self.assertEqual(self.sefrou.rows("history", last)[0]["ref"], last)

    def test_the_role_of_an_attester_is_what_the_roster_says(self):
        about = self.link(self.sefrou, self.idea)
        for role in ("coordinator", "observer"):
            self.refuse(self.sefrou, "attestation", {"about": about, "role": role}, "role",
                        "is not that of sefrou, which is a commune")
        self.publish(self.sefrou, "attestation", {"about": about, "role": "member"})
        about = self.link(self.coord, self.practice)
        self.refuse(self.coord, "attestation", {"about": about, "role": "observer"}, "role",
                    "is not that of coord, which is a coordinator")
        self.publish(self.coord, "attestation", {"about": about, "role": "coordinator"})

    def test_a_link_to_what_has_not_arrived_is_said_and_shown_as_pending(self):
        log, index, leaf = self.link(self.coord, self.idea)
        nowhere = [log, index, bytes(31) + b"\x01"]
        record = minimsgpack.encode({"about": nowhere, "text": {"fr": "Bientôt"}})
        rows = self.coord.call("publish", {"kind": "comment", "records": [record]})["rows"]
        self.assertEqual(rows[0]["warn"], ["about"])
        wait_equal([self.coord, self.sefrou])
        self.settled(self.sefrou)
        card = self.sefrou.call("show", {"ref": rows[0]["ref"]})
        self.assertEqual(card["labels"], ["pending"])
        self.assertEqual(card["links"], [{"field": "about", "id": nowhere[2], "ref": None}])
        self.assertIn("pending", self.sefrou.call("history", {"ref": rows[0]["ref"]})["rows"][0]["labels"])
        text = self.sefrou.commune("show", rows[0]["ref"])
        self.assertIn("not arrived yet", text)
        # The twin that leads to something.
        fine = self.publish(self.coord, "comment", {"about": [log, index, leaf], "text": {"fr": "Ici"}})
        wait_equal([self.coord, self.sefrou])
        self.settled(self.sefrou)
        card = self.sefrou.call("show", {"ref": fine})
        self.assertEqual(card["labels"], [])
        self.assertEqual(card["links"], [{"field": "about", "id": leaf, "ref": self.idea}])
        self.assertNotIn("not arrived yet", self.sefrou.commune("show", fine))


if __name__ == "__main__":
    unittest.main()
