#!/usr/bin/env python3
"""What is published on one node is held by all, whatever is cut, stopped or killed in between."""
import json
import os
import socket
import threading
import time
import unittest

import minimsgpack
from nodes import DEADLINE, Folder, Refused, wait_equal, wait_for


def practice(number):
    """The payload of a practice, as a client sends it."""
    text = {"fr": f"Pratique {number}"}
    return minimsgpack.encode({"problem": {"fr": "Attente"}, "solution": {"fr": "Guichet"}, "title": text})


class Publisher(threading.Thread):
    """Publishes one record after the other and keeps what was acknowledged, until the daemon goes away."""

    def __init__(self, node):
        super().__init__()
        self.node = node
        self.control = node.control()
        self.acknowledged = []
        self.enough = threading.Event()

    def run(self):
        try:
            while True:
                answer = self.control.call("publish", {"kind": "practice", "records": [practice(len(self.acknowledged))]})
                self.acknowledged += [row["id"] for row in answer["rows"] if row["state"] == "signed"]
                if len(self.acknowledged) >= 50:
                    self.enough.set()
        except (ConnectionError, OSError):
            self.control.close()


class Replicate(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.coord = self.folder.node("coord")
        self.coord.init()
        self.coord.start()

    def member(self, code):
        node = self.folder.node(code)
        node.join(self.coord)
        return node

    def publish(self, node, count, **more):
        return node.call("publish", {"kind": "practice", "records": [practice(i) for i in range(count)], **more})["rows"]

    def test_records_of_each_are_read_on_the_other(self):
        sefrou = self.member("sefrou")
        mine, = self.publish(self.coord, 1)
        theirs, = self.publish(sefrou, 1)
        wait_equal([self.coord, sefrou])
        for node, row in (sefrou, mine), (self.coord, theirs):
            shown = node.row("show", row["ref"])
            self.assertEqual(shown["id"], row["id"].hex())
            self.assertEqual(shown["payload"]["title"], {"fr": "Pratique 0"})

    def test_wait_answers_when_peers_have_it(self):
        sefrou = self.member("sefrou")
        row, = self.publish(self.coord, 1, wait=1)
        # Committed there; shown as soon as the view has it.
        sefrou.call("wait", {"arrival": sefrou.status()["arrivals"], "timeout_ms": int(DEADLINE * 1000)})
        self.assertEqual(sefrou.row("show", row["ref"])["id"], row["id"].hex())

    def test_show_waits_for_what_has_not_arrived(self):
        sefrou = self.member("sefrou")
        size = self.coord.status()["size"]
        asked = threading.Thread(target=lambda: rows.append(sefrou.row("show", f"coord/{size}", "--timeout", "60")))
        rows = []
        asked.start()
        self.publish(sefrou, 2)  # what else arrives is not what is waited for
        self.assertTrue(asked.is_alive())
        row, = self.publish(self.coord, 1)
        asked.join()
        self.assertEqual(rows[0]["id"], row["id"].hex())
        # With its time over the answer is what it is without waiting.
        missing = f"coord/{size + 9}"
        at_once = sefrou.commune("show", missing, code=4)
        begun = time.monotonic()
        self.assertEqual(sefrou.commune("show", missing, "--timeout", "1", code=4), at_once)
        self.assertGreaterEqual(time.monotonic() - begun, 1)
        with self.assertRaises(Refused):
            sefrou.call("show", {"ref": f"coord/{size}", "wait_ms": 600001})

    def test_a_question_holds_what_was_published_before_it(self):
        # The indexer gives way while thousands are published; who lists them next is not shown a part.
        before = len(self.coord.commune("list", "practice", "--json").splitlines())
        with open(os.path.join(self.coord.home, "many.ndjson"), "w", encoding="utf-8") as file:
            for i in range(20000):
                file.write(json.dumps({"title": {"fr": f"Guichet {i}"}}) + "\n")
        rows = self.coord.commune("publish", "practice", "--ndjson", file.name, "--json").splitlines()
        last = json.loads(rows[-1])
        listed = self.coord.commune("list", "practice", "--json").splitlines()
        self.assertEqual(len(listed), before + 20000)
        self.assertEqual(json.loads(listed[-1])["id"], last["id"])

    def test_wait_for_nobody_ends_with_what_is_true(self):
        before = self.coord.status()["size"]
        row, = self.publish(self.coord, 1, wait=1, timeout_ms=50)
        self.assertEqual((row["state"], row["held"]), ("signed", 0))
        self.assertEqual(self.coord.status()["size"], before + 1)
        # The command prints what is durable, then says what is not.
        command = ["publish", "practice", "--set", "title.fr=Guichet", "--wait", "1", "--timeout", "1", "--json"]
        rows = [json.loads(line) for line in self.coord.commune(*command, code=1).splitlines()]
        self.assertEqual([(row["state"], row["held"]) for row in rows], [("signed", 0)])
        said = json.loads(self.coord.stderr)
        self.assertEqual(said["error"], "timeout")
        self.assertIn("do not publish it again", said["hint"])
        self.assertEqual(self.coord.status()["size"], before + 2)

    def test_a_link_that_leads_nowhere_is_said(self):
        first, = self.publish(self.coord, 1)
        log = self.coord.status()["log"]
        links = [log, 2, first["id"]], [log, 2, bytes(32)]
        for link, warn in zip(links, ([], ["about"])):
            comment = minimsgpack.encode({"about": link, "text": {"fr": "Bien"}})
            row, = self.coord.call("publish", {"kind": "comment", "records": [comment]})["rows"]
            self.assertEqual(row["state"], "signed")
            self.assertEqual(row["warn"], warn)

    def test_members_reach_each_other_through_the_coordinator(self):
        sefrou, azrou = self.member("sefrou"), self.member("azrou")
        self.publish(sefrou, 20)
        self.publish(azrou, 20)
        wait_equal([self.coord, sefrou, azrou])
        self.assertEqual(len(azrou.rows("list", "practice")), 40)
        self.assertEqual(len(azrou.rows("list", "practice", "--member", "sefrou")), 20)

    def test_what_was_missed_is_fetched_after_a_restart(self):
        sefrou = self.member("sefrou")
        self.assertEqual(sefrou.stop(), 0)
        self.publish(self.coord, 3000)
        sefrou.start()
        self.publish(sefrou, 100)
        wait_equal([self.coord, sefrou])
        self.assertEqual(sefrou.status()["arrivals"], self.coord.status()["arrivals"])

    def test_the_author_killed_keeps_what_was_acknowledged(self):
        sefrou = self.member("sefrou")
        acknowledged = []
        for _ in range(5):
            publisher = Publisher(sefrou)
            publisher.start()
            self.assertTrue(publisher.enough.wait(DEADLINE))
            sefrou.kill()
            publisher.join(DEADLINE)
            acknowledged += publisher.acknowledged
            sefrou.start()
        wait_equal([self.coord, sefrou])
        for node in self.coord, sefrou:
            held = {bytes.fromhex(row["id"]) for row in node.rows("list", "practice")}
            self.assertEqual(set(acknowledged) - held, set())
            self.assertTrue(all(row["ok"] for row in node.rows("verify")))

    def test_a_reader_killed_in_the_middle_catches_up(self):
        sefrou = self.member("sefrou")
        publisher = Publisher(self.coord)
        publisher.start()
        for _ in range(5):
            before = sefrou.status()["arrivals"]
            wait_for(lambda: sefrou.status()["arrivals"] > before + 20, "records to come in")
            sefrou.kill()
            sefrou.start()
        publisher.control.socket.shutdown(socket.SHUT_RDWR)
        publisher.join(DEADLINE)
        wait_equal([self.coord, sefrou])
        held = {bytes.fromhex(row["id"]) for row in sefrou.rows("list", "practice")}
        self.assertEqual(set(publisher.acknowledged) - held, set())

    def test_one_bad_record_refuses_all_and_names_each(self):
        size = self.coord.status()["size"]
        bad = minimsgpack.encode({"titel": {"fr": "x"}})
        with self.assertRaises(Refused) as caught:
            self.coord.call("publish", {"kind": "practice", "records": [practice(0), bad, practice(1), bad]})
        self.assertEqual(caught.exception.error["error"], "field")
        self.assertEqual(caught.exception.error["code"], 4)
        self.assertEqual({f["row"] for f in caught.exception.error["fields"]}, {1, 3})
        self.assertEqual(self.coord.status()["size"], size)

    def test_what_cannot_be_published_is_said(self):
        for params, word in (
            ({"kind": "practise", "records": [practice(0)]}, "usage"),
            ({"kind": "roster.entry", "records": [practice(0)]}, "refused"),
            ({"kind": "practice", "records": []}, "usage"),
            ({"kind": "practice", "records": [7]}, "usage"),
            ({"kind": "practice", "records": [practice(0)], "wait": -1}, "usage"),
            ({"kind": "practice", "records": [b"\xc1"]}, "field"),
        ):
            with self.subTest(params=params), self.assertRaises(Refused) as caught:
                self.coord.call("publish", params)
            self.assertEqual(caught.exception.error["error"], word)

    def test_a_dry_run_signs_nothing(self):
        size = self.coord.status()["size"]
        row, = self.publish(self.coord, 1, dry_run=True)
        self.assertEqual(row["state"], "checked")
        self.assertIsNone(row["id"])
        self.assertIsNone(row["size"])
        self.assertEqual(self.coord.status()["size"], size)

    def test_strangers_are_cut_off_and_counted_and_others_served_on(self):
        sefrou = self.member("sefrou")
        wait_equal([self.coord, sefrou])
        digest = self.coord.status()["digest"]
        host, port = self.coord.ready["address"].split("@")[1].rsplit(":", 1)
        for garbage in b"GET / HTTP/1.1\r\n\r\n" * 8, b"\x00\x30" + os.urandom(48), b"\xff\xff" + bytes(65535):
            with socket.create_connection((host, int(port)), DEADLINE) as stranger:
                stranger.settimeout(DEADLINE)
                stranger.sendall(garbage)
                try:
                    while stranger.recv(1000):
                        pass
                except ConnectionResetError:
                    pass
        refused = self.coord.status()["refused"]
        self.assertGreaterEqual(sum(refused.values()), 3, refused)
        self.assertEqual(self.coord.status()["digest"], digest)
        row, = self.publish(sefrou, 1)
        wait_equal([self.coord, sefrou])
        self.assertEqual(self.coord.row("show", row["ref"])["id"], row["id"].hex())

    def test_watch_gives_what_comes(self):
        sefrou = self.member("sefrou")
        wait_equal([self.coord, sefrou])
        first = sefrou.status()["arrivals"] + 1
        control = sefrou.control()
        control.send("watch", {"from": first, "limit": 10, "wait_ms": int(DEADLINE * 1000)})
        row, = self.publish(self.coord, 1)
        _, error, result = control.take()
        self.assertIsNone(error)
        self.assertEqual([r["id"] for r in result["rows"]], [row["id"]])
        self.assertEqual(result["rows"][0]["arrival"], first)
        control.close()


if __name__ == "__main__":
    unittest.main()
