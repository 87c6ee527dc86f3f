#!/usr/bin/env python3
"""A key that signs two histories, before real daemons: the branches lie far apart, every node ends with the proof, keeps what it
held, marks it, and takes no more of it. A member in Python does what communed refuses to do: it signs twice."""
import json
import os
import shutil
import socket
import tempfile
import time
import unittest

import minimsgpack
import miniprove
from admitted import admitted
from minicrypto import ed25519_sign
from minipeer import Identity, Node, Talk
from minirecord import Checkpoint, Record
from minisession import Closed
from nodes import DEADLINE, HOST, Folder, wait_equal, wait_for
from second_reader import fetch

PRACTICE = 128


def practice(title):
    return Record.create(PRACTICE, minimsgpack.encode({"title": {"fr": title}}), 1700000000000)


class TwoFaced(Talk):
    """Serves the log of the node as any member does, and shows how it grew when it is asked."""

    will_prove = True

    def __init__(self, *args):
        super().__init__(*args)
        self.asked, self.evidence = [], []

    def _on_proof_want(self, body):
        self.asked.append(tuple(body[1:3]))
        if self.will_prove:
            super()._on_proof_want(body)
        else:
            self.send("PROOF", [*body[:3], b""])

    def _on_evidence(self, body):
        self.evidence.append(body)

    def _on_twins(self, body):
        pass


class Silent(TwoFaced):
    will_prove = False


class Forks(unittest.TestCase):
    """mallory signs twice."""

    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.alpha = self.folder.node("alpha")
        self.alpha.init()
        self.alpha.start()
        self.alpha.address = self.alpha.ready["address"]
        wait_for(lambda: self.alpha.status()["size"] > 0, "the coordinator's log")
        self.network = bytes.fromhex(self.alpha.ready["network"])

    def join(self, code):
        node = self.folder.node(code)
        node.join(self.alpha)
        return node

    def mallory(self):
        """A member in Python, admitted, and her other face: the same keys and log.open, another history to come."""
        one = admitted(self.alpha, "mallory")
        me = one.me
        other = Node(self.network, Identity(self.network, "mallory", me.member_seed, me.log_seed, me.transport, opened=me.opened))
        return one, other

    def edit(self, node, *more):
        """Its config without peers and announced addresses, with a port of its own and these lines; its address."""
        path = os.path.join(node.home, "config")
        with socket.create_server((HOST, 0)) as free:
            where = f"{HOST}:{free.getsockname()[1]}"
        with open(path) as f:
            kept = [line for line in f if not line.startswith(("peer", "announce", "listen"))]
        with open(path, "w") as f:
            f.writelines([*kept, *(line + "\n" for line in (f"listen = {where}", *more))])
        node.address = node.ready["address"].split("@")[0] + "@" + where

    def line(self, codes):
        """Nodes that reach their neighbours only: each is told one address, and announces one that nobody can dial."""
        nodes = [self.alpha, *(self.join(code) for code in codes)]
        wait_equal(nodes)
        for node in nodes:
            self.assertEqual(node.stop(), 0)
            self.edit(node, "announce = 127.0.0.1:1")
        for node, previous in zip(nodes, [None, *nodes]):
            node.start(*(["--peer", previous.address] if previous else []))
            if previous:
                wait_equal([previous, node])
        wait_for(lambda: all(n.status()["digest"] == self.alpha.status()["digest"] for n in nodes), "one network")
        return nodes[1:]

    def give(self, face, node, kind=TwoFaced):
        """Has that node take all that this face holds; the session stays."""
        talk = kind.dial(face, node.address)
        talk.run(lambda: talk.their_hello)
        talk.run(lambda: face.roster_head() and face.roster_head().size >= talk.their_roster)
        talk.run(lambda: self.log_on(node)["size"] == face.own.size() or not talk.is_quiet(0.05) or talk.bye)
        self.listen(talk, lambda: self.log_on(node)["size"] == face.own.size())
        return talk

    def listen(self, talk, until):
        """Answers until it is so, or the other side goes."""
        deadline = time.monotonic() + DEADLINE
        try:
            while not until() and not talk.bye:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"listened for {DEADLINE} s; trace {talk.trace[-12:]}")
                if talk.channel.wire.is_ready(0.05):
                    talk.step()
        except (Closed, OSError):
            pass

    def log_on(self, node):
        rows = node.rows("log", "list", "mallory")
        return rows[0] if rows else {"size": 0, "state": "unknown"}

    def states(self, nodes):
        return [self.log_on(node)["state"] for node in nodes]

    def evidence_of(self, node, folder):
        path = os.path.join(folder, node.code + ".json")
        text = node.commune("prove", "--evidence", "mallory")
        with open(path, "w") as f:
            f.write(text)
        return path, json.loads(text)

    def test_branches_of_two_sizes_end_in_evidence_everywhere(self):
        one, other = self.mallory()
        bravo, charlie, delta = self.line(["bravo", "charlie", "delta"])
        nodes = [self.alpha, bravo, charlie, delta]
        for node, count in (self.alpha, 1), (bravo, 2), (charlie, 2), (delta, 1):
            self.assertEqual(sum(p["connected"] for p in node.rows("peers")), count)
        one.publish([practice("Commun")])
        other.publish(one.own.records[1:])
        self.give(one, self.alpha).close()
        wait_for(lambda: self.log_on(delta)["size"] == 2, "what both have in common")
        # The line is cut in the middle, and each side is told something else.
        self.assertEqual(charlie.stop(), 0)
        one.publish([practice("A gauche")])
        self.give(one, self.alpha).close()
        wait_for(lambda: self.log_on(bravo)["size"] == 3, "the left branch on bravo")
        other.publish([practice(f"A droite {n}") for n in range(4)])
        self.give(other, delta).close()
        self.assertEqual(self.states([self.alpha, bravo, delta]), ["open"] * 3)

        # Two honest nodes meet: nobody but them can tell.
        charlie.start("--peer", bravo.address)
        wait_for(lambda: self.log_on(charlie)["size"] == 3, "the left branch on charlie")
        self.assertEqual(delta.stop(), 0)
        delta.start("--peer", charlie.address)
        for node in nodes:
            wait_for(lambda: self.log_on(node)["state"] == "frozen", f"{node.code} to have the proof")
        wait_equal(nodes)

        # Each keeps the branch it held, readable and marked.
        with tempfile.TemporaryDirectory() as folder:
            documents = [self.evidence_of(node, folder) for node in nodes]
            for path, document in documents:
                claims = [json.loads(line) for line in bravo.commune("check", path, "--json").splitlines()]
                self.assertTrue(all(c["proven"] for c in claims), claims)
                self.assertEqual([c["claim"] for c in claims], ["first", "second", "network", "key", "fork", "log"])
                self.assertEqual(bravo.commune("check", path, "--network", self.network.hex()).count("yes"), 6)
                bravo.commune("check", path, "--network", "00" * 32, code=3)
                self.assertTrue(miniprove.check(json.dumps(document), self.network))
                self.assertIsNotNone(document["root"])
                for what, twin in miniprove.evidence_twins(document):
                    with open(path + ".twin", "w") as f:
                        json.dump(twin, f)
                    bravo.commune("check", path + ".twin", code=3)
                    self.assertFalse(miniprove.check(json.dumps(twin)), what)
        self.assertEqual([self.log_on(n)["stored"] for n in nodes], [3, 3, 3, 6])
        left, right = (n.rows("list", "practice", "--member", "mallory") for n in (self.alpha, delta))
        self.assertEqual([r["title"]["fr"] for r in left], ["Commun", "A gauche"])
        self.assertEqual(len(right), 5)
        self.assertEqual({tuple(r["labels"]) for r in left + right}, {("frozen",)})
        self.assertEqual(len({r["branch"] for r in left}), 1)
        self.assertEqual(len({r["branch"] for r in left + right}), 2)
        self.assertEqual(self.alpha.row("show", "mallory/2")["branch"], left[0]["branch"])
        self.assertEqual(delta.rows("history", "mallory/2")[0]["branch"], right[0]["branch"])
        self.assertIn("  frozen\n", self.alpha.commune("list", "practice", "--lang", "en"))
        rows = delta.rows("audit", "mallory", "--kind", "practice")
        self.assertTrue(rows and all("log-frozen" in r["findings"] and r["branch"] == right[0]["branch"] for r in rows), rows)
        delta.commune("audit", "--kind", "practice", "--fail-on", "log-frozen", code=3)
        bravo.commune("audit", "--kind", "practice", "--finding", "log-frozen")

        # The coordinators name one; an entry like any other, the same everywhere.
        delta.commune("roster", "name-branch", "mallory", left[0]["branch"], code=4)
        self.alpha.commune("roster", "name-branch", "mallory", "7-00000000", code=2)
        self.assertIn(right[0]["branch"], self.alpha.stderr)
        self.alpha.commune("roster", "name-branch", "bravo", left[0]["branch"], code=4)
        for branch, titles in (right[0]["branch"], [f"A droite {n}" for n in range(4)]), (left[0]["branch"], ["A gauche"]):
            self.alpha.row("roster", "name-branch", "mallory", branch)
            for node in nodes:
                wait_for(lambda: self.log_on(node)["stays"] == branch, f"{node.code} to know which branch stays")
                wait_for(lambda: self.log_on(node)["stays_held"], f"{node.code} to have it")
                self.assert_stays(node, branch, titles)
        self.assertEqual([self.log_on(n)["stored"] for n in nodes], [3, 3, 3, 6])
        self.assertEqual([len(n.rows("list", "practice", "--member", "mallory")) for n in nodes], [6] * 4)
        self.alpha.commune("roster", "name-branch", "mallory", left[0]["branch"], code=4)
        wait_equal(nodes)

        # Neither branch grows, nothing of it is asked for again, and the log has no sessions.
        digests = {n.status()["digest"] for n in nodes}
        other.publish([practice("Encore")])
        try:
            talk = self.give_nothing(other, delta)
            self.assertNotIn(("<", "WANT"), talk.trace)
            self.assertTrue(talk.evidence)
        except Closed:
            pass
        self.assertEqual({n.status()["digest"] for n in nodes}, digests)

        # Over a restart, and to one who comes when it is over.
        for node in nodes:
            self.assertEqual(node.stop(), 0)
        self.edit(self.alpha)
        self.alpha.start()
        for node, towards in (bravo, self.alpha), (charlie, bravo), (delta, charlie):
            node.start("--peer", towards.address)
        self.assertEqual(self.states(nodes), ["frozen"] * 4)
        late = self.join("echo")
        wait_for(lambda: self.log_on(late)["state"] == "frozen", "the late comer to have the proof")
        wait_equal([*nodes, late])
        self.assertEqual(self.log_on(late)["stored"], 0)
        wait_for(lambda: self.log_on(late)["stays_held"], "the late comer to have the branch that stays")
        self.assert_stays(late, left[0]["branch"], ["A gauche"])
        self.assertEqual([r["title"]["fr"] for r in late.rows("list", "practice", "--member", "mallory")], ["Commun", "A gauche"])
        late.commune("check", "-", stdin=late.commune("prove", "--evidence", "mallory"))
        late.commune("prove", "--evidence", "alpha", code=4)
        # Bravo holds it as his own, delta as a copy beside the other one, echo as a copy alone.
        for node in bravo, delta, late:
            self.rot(node, b"A gauche")
            self.assert_stays(node, left[0]["branch"], ["A gauche"])

    def rot(self, node, text):
        """Bits of it flip on the disk of a node that holds the branch that stays: fetched again, be the log frozen."""
        self.assertEqual(node.stop(), 0)
        with open(os.path.join(node.home, "truth", "data.mdb"), "r+b") as f:
            data = f.read()
            self.assertIn(text, data)
            f.seek(0)
            f.write(data.replace(text, bytes([text[0] ^ 4]) + text[1:]))
        node.start("--peer", self.alpha.address)
        wait_for(lambda: node.call("verify", {"deep": True}) and node.status()["rot_mended"] > 0, "the rot to be mended")
        wait_for(lambda: node.alarms() == [], "no alarm")

    def assert_stays(self, node, branch, titles):
        """Records of the branch that stays are found under their places, the others by their ids, marked, and all of it verifies."""
        wait_for(lambda: node.row("show", "mallory/2")["branch"] == branch, f"{node.code} to show it")
        for index, title in enumerate(titles, 2):
            row = node.row("show", f"mallory/{index}")
            self.assertEqual((row["title"]["fr"], row["branch"]), (title, branch))
        rows = node.rows("list", "practice", "--member", "mallory")
        staying = [r for r in rows if r["branch"] == branch and r["title"]["fr"] != "Commun"]
        self.assertEqual([r["title"]["fr"] for r in staying], titles)
        held = node.row("show", "mallory/1")
        for row in rows:
            is_copy = held["labels"] == ["stays"] or (row in staying and held["branch"] != branch)
            self.assertEqual(row["labels"], ["stays"] if is_copy else ["frozen"])
            self.assertEqual(node.row("show", row["id"])["branch"], row["branch"])
        node.commune("verify", "--deep")

    def give_nothing(self, face, node):
        talk = TwoFaced.dial(face, node.address)
        try:
            talk.run(lambda: talk.bye or talk.evidence, 10)
        except (Closed, OSError):
            pass
        return talk

    def keeper_signs(self, key):
        """With the roster's key, as it lies in the keeper's home."""
        folder = os.path.join(self.alpha.home, "keys")
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as f:
                value = minimsgpack.decode(f.read())
            if value.get("key") == key:
                return lambda message: ed25519_sign(value["seed"], message)
        raise AssertionError("the keeper has no such key")

    def test_who_comes_after_the_roster_forked_begins_with_it(self):
        one, _ = self.mallory()
        bravo, charlie = self.join("bravo"), self.join("charlie")
        one.publish([practice("Avant")])
        self.give(one, self.alpha).close()
        wait_equal([self.alpha, bravo, charlie])
        self.assertEqual(charlie.stop(), 0)
        for name in "truth", "views":
            shutil.rmtree(os.path.join(charlie.home, name))

        talk = TwoFaced.dial(one, self.alpha.address)
        talk.run(lambda: talk.their_hello)
        talk.run(lambda: one.roster_head() and one.roster_head().size >= talk.their_roster)
        head = one.roster_head()
        other = Checkpoint.sign(self.network, head.key, head.size, b"\x77" * 32, self.keeper_signs(head.key))
        talk.send("ROSTER", [head.key, other.wire()])
        alarm = "the roster is frozen: its keeper's key signed two histories"
        for node in self.alpha, bravo:
            self.listen(talk, lambda: alarm in node.status()["alarms"])
            self.assertIn(alarm, node.status()["alarms"])
        talk.close()

        charlie.start()
        wait_for(lambda: alarm in charlie.status()["alarms"], "the newcomer to know that the roster is frozen")
        wait_equal([self.alpha, bravo, charlie])
        self.assertEqual(charlie.rows("roster", "list"), self.alpha.rows("roster", "list"))
        charlie.commune("publish", "practice", "--set", "title.fr=Apres")
        wait_equal([self.alpha, bravo, charlie])
        self.assertEqual(len(bravo.rows("list", "practice")), 2)
        self.assertEqual(charlie.stop(), 0)
        charlie.start()
        wait_equal([self.alpha, bravo, charlie])
        self.assertIn(alarm, charlie.status()["alarms"])

    def test_who_cannot_show_it_is_blamed_and_nothing_is_frozen(self):
        one, other = self.mallory()
        one.publish([practice("Une")])
        self.give(one, self.alpha).close()
        other.publish([practice("Autre"), practice("Autre encore")])
        talk = Silent.dial(other, self.alpha.address)
        self.listen(talk, lambda: False)
        self.assertEqual(talk.asked, [(2, 3)])
        self.assertEqual(self.log_on(self.alpha)["state"], "open")
        self.assertEqual(self.alpha.status()["refused"].get("proof"), 1)
        self.alpha.commune("prove", "--evidence", "mallory", code=4)
        # Whoever shows it is not blamed: both its checkpoints do the rest.
        self.assertEqual(self.alpha.stop(), 0)
        self.alpha.address = self.alpha.start().ready["address"]
        talk = TwoFaced.dial(other, self.alpha.address)
        self.listen(talk, lambda: self.log_on(self.alpha)["state"] == "frozen")
        self.assertEqual(talk.asked, [(2, 3)])
        self.assertEqual(self.log_on(self.alpha)["state"], "frozen")
        self.assertNotIn("proof", self.alpha.status()["refused"])


if __name__ == "__main__":
    unittest.main()
