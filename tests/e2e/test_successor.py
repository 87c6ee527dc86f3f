#!/usr/bin/env python3
"""A member goes on: in a successor log after its log ended, its lock was lost or its key signed twice, and on another
machine by `commune move`. Real daemons on loopback; a third node tells what others see."""
import os
import shutil
import unittest

import minimsgpack
from nodes import Folder, HOST, wait_equal, wait_for


class Successor(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.alpha, self.sefrou, self.fes = (self.folder.node(code) for code in ("alpha", "sefrou", "fes"))
        self.alpha.init()
        self.alpha.start()
        self.sefrou.join(self.alpha)
        self.fes.join(self.alpha)
        self.nodes = [self.alpha, self.sefrou, self.fes]
        wait_equal(self.nodes)

    def practice(self, node, title, *more):
        return node.row("publish", "practice", "--set", "title.fr=" + title, *more)

    def stop(self, node):
        self.assertEqual(node.stop(), 0)

    def is_ready(self, node):
        wait_for(lambda: node.status()["state"] == "ready", f"{node.code} to sign")

    def titles(self, node):
        return [r["title"] for r in node.rows("list", "practice", "--member", "sefrou")]

    def copy_of(self, node, name):
        """The same home elsewhere, as a backup or another machine has it: other inodes."""
        other = self.folder.node(name)
        shutil.copytree(node.home, other.home, ignore=shutil.ignore_patterns("run", "lock"))
        return other

    # --- successor logs

    def test_a_closed_log_is_followed_by_the_next(self):
        first = self.practice(self.sefrou, "Guichet")
        self.sefrou.commune("log", "open", code=4)
        self.assertIn("communed is running", self.sefrou.stderr)
        self.stop(self.sefrou)
        opened = self.sefrou.row("log", "open")
        self.assertEqual((opened["number"], opened["previous_state"]), (2, "closed"))
        self.sefrou.start()
        self.is_ready(self.sefrou)
        second = self.practice(self.sefrou, "Guichet unique", "--set", f"supersedes={first['ref']}")
        self.assertTrue(second["ref"].startswith("sefrou.2/"), second)
        wait_equal(self.nodes)

        for node in self.nodes:
            logs = node.rows("log", "list", "sefrou")
            self.assertEqual([(r["name"], r["state"], r["admissible"], r["own"]) for r in logs],
                             [("sefrou", "closed", True, False), ("sefrou.2", "open", True, node is self.sefrou)])
            self.assertEqual(logs[0]["size"], opened["previous_size"])
            self.assertEqual(node.row("show", first["ref"])["superseded_by"], second["ref"])
            self.assertEqual(node.row("show", second["ref"])["member"], "sefrou")
            self.assertEqual([r["ref"] for r in node.rows("history", first["ref"])], [first["ref"], second["ref"]])
            self.assertIn("Guichet unique", str(self.titles(node)))
        # Nobody was asked: the roster is as it was.
        self.assertEqual(self.fes.status()["roster_size"], 3)
        self.assertEqual(len(self.fes.rows("roster", "list")[1]["logs"]), 2)

        # The end of the first log is proven like any record; so is the successor's opening.
        proof = self.fes.commune("prove", second["ref"])
        self.fes.commune("check", "-", stdin=proof)

        # And once more: number three names both before it.
        self.stop(self.sefrou)
        self.assertEqual(self.sefrou.row("log", "open")["number"], 3)
        self.sefrou.start()
        self.is_ready(self.sefrou)
        wait_equal(self.nodes)
        self.assertEqual([r["state"] for r in self.fes.rows("log", "list", "sefrou")], ["closed", "closed", "open"])

    def test_after_log_close_nothing_is_published(self):
        ended = self.sefrou.row("log", "close")
        self.assertEqual(self.sefrou.row("show", ended["ref"])["kind"], "log.close")
        self.sefrou.commune("publish", "practice", "--set", "title.fr=x", code=4)
        self.assertIn("commune log open", self.sefrou.stderr)
        self.sefrou.commune("log", "close", code=4)
        self.assertIn("commune log open", self.sefrou.alarms()[0])
        wait_equal(self.nodes)
        self.assertEqual(self.fes.row("log", "list", "sefrou")["state"], "closed")
        self.stop(self.sefrou)
        self.assertEqual(self.sefrou.row("log", "open")["previous_state"], "closed")
        self.sefrou.start()
        self.is_ready(self.sefrou)
        self.assertEqual(self.sefrou.alarms(), [])
        self.practice(self.sefrou, "Suite")
        wait_equal(self.nodes)

    def test_a_lost_lock_makes_drafts_and_a_successor_signs_them(self):
        self.practice(self.sefrou, "Avant")
        wait_equal(self.nodes)
        size = self.sefrou.status()["size"]
        self.stop(self.sefrou)
        os.remove(os.path.join(self.sefrou.home, "head.lock"))
        self.sefrou.start()
        status = self.sefrou.status()
        self.assertEqual(status["state"], "drafts")
        self.assertIn("`commune log open`", self.sefrou.alarms()[0])
        self.assertEqual(self.practice(self.sefrou, "Pendant")["state"], "draft")
        self.sefrou.commune("log", "close", code=4)
        self.stop(self.sefrou)

        opened = self.sefrou.row("log", "open")
        self.assertEqual((opened["previous_state"], opened["previous_size"]), ("open", 0))
        self.assertTrue(opened["reason"])
        self.sefrou.start()
        self.is_ready(self.sefrou)
        wait_for(lambda: self.sefrou.status()["drafts"] == 0, "drafts to be signed")
        wait_equal(self.nodes)
        logs = self.fes.rows("log", "list", "sefrou")
        self.assertEqual([(r["state"], r["size"]) for r in logs][:1], [("open", size)])
        self.assertEqual(len(self.titles(self.fes)), 2)

    def test_a_restored_backup_goes_on_in_a_successor(self):
        """Keys and database, not the lock; and the backup is older than what was signed since."""
        self.practice(self.sefrou, "Un")
        self.stop(self.sefrou)
        backup = os.path.join(self.folder.path, "backup")
        shutil.copytree(self.sefrou.home, backup, ignore=shutil.ignore_patterns("head.lock", "run", "lock"))
        self.sefrou.start()
        self.is_ready(self.sefrou)
        self.practice(self.sefrou, "Deux")
        wait_equal(self.nodes)
        self.sefrou.kill()
        shutil.rmtree(self.sefrou.home)
        shutil.copytree(backup, self.sefrou.home)
        self.assertEqual(self.sefrou.row("log", "open")["previous_state"], "open")
        self.sefrou.start()
        self.is_ready(self.sefrou)
        self.practice(self.sefrou, "Trois")
        wait_equal(self.nodes)
        for node in self.nodes:
            self.assertEqual(sorted(t["fr"] for t in self.titles(node)), ["Deux", "Trois", "Un"])
            self.assertFalse(any("fork" in r for r in [node.status()["refused"]]))

    def test_a_member_key_from_a_stick(self):
        stick = os.path.join(self.folder.path, "stick.key")
        self.stop(self.sefrou)
        os.rename(os.path.join(self.sefrou.home, "keys/member.key"), stick)
        before = self.digest_of(self.sefrou.home)
        self.sefrou.commune("log", "open", code=2)
        self.assertIn("--member-key", self.sefrou.stderr)
        self.sefrou.commune("log", "open", "--member-key", os.path.join(self.fes.home, "keys/member.key"), code=4)
        self.sefrou.commune("log", "open", "--member-key", os.path.join(self.fes.home, "keys/log.key"), code=4)
        self.sefrou.commune("log", "open", "--member-key", stick, "--number", "1", code=2)
        self.assertEqual(self.digest_of(self.sefrou.home), before)
        self.assertEqual(self.sefrou.row("log", "open", "--member-key", stick, "--number", "7")["number"], 7)
        self.sefrou.start()
        self.is_ready(self.sefrou)
        self.assertTrue(self.practice(self.sefrou, "Sept")["ref"].startswith("sefrou.7/"))
        wait_equal(self.nodes)

    def digest_of(self, home):
        found = sorted(os.listdir(os.path.join(home, "keys")))
        for name in ("config", "head.lock"):
            with open(os.path.join(home, name), "rb") as f:
                found.append(f.read())
        return found

    def test_a_forked_log_is_frozen_and_the_member_goes_on(self):
        """The disk image of a virtual machine rolled back while it runs: same boot, same inode, nobody asked."""
        self.practice(self.sefrou, "Commun")
        self.stop(self.sefrou)
        image = os.path.join(self.folder.path, "image")
        shutil.copytree(self.sefrou.home, image)
        self.sefrou.start()
        self.is_ready(self.sefrou)
        self.practice(self.sefrou, "Une histoire")
        wait_equal(self.nodes)
        self.stop(self.sefrou)
        for name in ("truth/data.mdb", "head.lock"):
            with open(os.path.join(image, name), "rb") as old, open(os.path.join(self.sefrou.home, name), "r+b") as now:
                now.write(old.read())
                now.truncate()
        # Alone, it cannot know.
        with open(os.path.join(self.sefrou.home, "config")) as f:
            config = f.read()
        with open(os.path.join(self.sefrou.home, "config"), "w") as f:
            f.write("".join(line for line in config.splitlines(True) if not line.startswith("peer")))
        self.stop(self.alpha)
        self.stop(self.fes)
        self.sefrou.start()
        self.assertEqual(self.practice(self.sefrou, "Une autre")["state"], "signed")
        self.alpha.start()
        self.fes.start("--peer", self.alpha.ready["address"])
        self.sefrou.call("peer.add", {"address": self.alpha.ready["address"]})
        for node in self.nodes:
            wait_for(lambda: node.rows("log", "list", "sefrou")[0]["state"] == "frozen", f"{node.code} to have the proof")
        wait_for(lambda: self.sefrou.status()["state"] == "frozen", "the author to stop")
        self.assertTrue(any("signed two histories" in alarm for alarm in self.sefrou.alarms()))
        self.sefrou.commune("publish", "practice", "--set", "title.fr=x", code=4)
        self.assertIn("commune log open", self.sefrou.stderr)
        self.stop(self.sefrou)

        self.assertEqual(self.sefrou.row("log", "open")["previous_state"], "open")
        self.sefrou.start("--peer", self.alpha.ready["address"])
        self.is_ready(self.sefrou)
        self.practice(self.sefrou, "Suite")
        wait_equal(self.nodes)
        self.assertIn("Suite", str(self.titles(self.fes)))
        self.assertEqual([r["state"] for r in self.fes.rows("log", "list", "sefrou")], ["frozen", "open"])
        # What the member said in either log is audited; where it signed twice it says so.
        for node in self.nodes:
            rows = {r["ref"]: "log-frozen" in r["findings"] for r in node.rows("audit", "sefrou", "--kind", "practice")}
            self.assertEqual({ref.split("/")[0]: is_frozen for ref, is_frozen in rows.items()}, {"sefrou": True, "sefrou.2": False})
        self.fes.commune("check", "-", stdin=self.fes.commune("prove", "--evidence", "sefrou"))

    # --- another member key

    def test_a_member_asks_for_another_key_and_goes_on(self):
        new = os.path.join(self.folder.path, "new.key")
        self.sefrou.commune("roster", "rotate", "sefrou", "--new-key", new, code=2)
        self.sefrou.commune("roster", "rotate", "sefrou", "--new-key", new, "--key", "ab", code=2)
        self.sefrou.commune("roster", "rotate", "sefrou", "--key", "ab", code=2)
        self.sefrou.commune("roster", "rotate", "sefrou", "--key", "ab" * 32, code=4)
        self.fes.commune("roster", "rotate", "sefrou", "--key", self.alpha.row("id")["member_key"], code=4)
        self.assertFalse(os.path.exists(new))
        asked = self.sefrou.row("roster", "rotate", "sefrou", "--new-key", new, "--no-passphrase")
        self.assertEqual(asked["approvals"], 0)
        # The file that is there is the key: asked again, it is the same one.
        self.sefrou.row("roster", "rotate", "sefrou", "--new-key", new)
        wait_equal(self.nodes)
        self.alpha.row("roster", "approve", asked["draft"])
        wait_for(lambda: self.fes.status()["roster_size"] == 4, "the entry to count")
        wait_equal(self.nodes)
        status = self.sefrou.status()
        self.assertEqual((status["state"], status["is_admitted"], self.sefrou.alarms()), ("ready", True, []))
        self.practice(self.sefrou, "Ancien journal")
        wait_equal(self.nodes)

        self.stop(self.sefrou)
        os.replace(new, os.path.join(self.sefrou.home, "keys/member.key"))
        self.sefrou.commune("log", "open", code=4)
        self.assertIn("--rotated", self.sefrou.stderr)
        self.assertEqual(self.sefrou.row("log", "open", "--rotated")["previous_state"], "closed")
        self.sefrou.start()
        self.is_ready(self.sefrou)
        self.practice(self.sefrou, "Nouvelle clé")
        wait_equal(self.nodes)
        self.assertEqual(len(self.titles(self.fes)), 2)
        self.assertTrue(all(r["admissible"] for r in self.fes.rows("log", "list", "sefrou")))

    def test_a_stolen_key_ends_its_logs(self):
        new, stolen = os.path.join(self.folder.path, "new.key"), self.copy_of(self.sefrou, "stolen")
        self.practice(self.sefrou, "Avant")
        wait_equal(self.nodes)
        self.fes.commune("roster", "rotate", "fes", "--new-key", new, "--no-passphrase")
        with open(new, "rb") as f:
            key = minimsgpack.decode(f.read())["key"].hex()
        self.assertEqual(self.alpha.row("roster", "rotate", "sefrou", "--key", key, "--lost")["roster_size"], 4)
        wait_equal(self.nodes)
        self.assertEqual([r["state"] for r in self.fes.rows("log", "list", "sefrou")], ["cut"])
        self.sefrou.commune("publish", "practice", "--set", "title.fr=x", code=4)
        self.assertIn("commune log open", self.sefrou.stderr)
        self.assertIn("commune log open", self.sefrou.alarms()[0])
        self.stop(self.sefrou)
        self.sefrou.row("log", "open", "--member-key", new, "--rotated")
        self.sefrou.start()
        self.is_ready(self.sefrou)
        self.practice(self.sefrou, "Après")
        wait_equal(self.nodes)
        self.assertEqual(len(self.titles(self.fes)), 2)

        # Who has the old key opens a log that nobody takes.
        stolen.row("log", "open")
        stolen.start("--peer", self.alpha.ready["address"])
        wait_for(lambda: "stranger" in self.alpha.status()["refused"], "the thief to be turned away")
        self.assertEqual(len(self.alpha.rows("log", "list", "sefrou")), 2)

    # --- another machine

    def test_a_move_takes_the_log_along(self):
        self.practice(self.sefrou, "Ancien poste")
        wait_equal(self.nodes)
        size = self.sefrou.status()["size"]
        bundle = os.path.join(self.folder.path, "sefrou.move")
        self.sefrou.commune("move", "--to", bundle, code=4)
        self.stop(self.sefrou)
        copied = self.copy_of(self.sefrou, "copied")
        moved = self.sefrou.row("move", "--to", bundle)
        self.assertEqual((moved["member"], moved["size"]), ("sefrou", size))

        # Nobody signs in the old home, not under any order of commands.
        with self.assertRaises(AssertionError) as caught:
            self.sefrou.start()
        self.assertIn("this home was moved", str(caught.exception))
        self.sefrou.commune("move", "--to", bundle + "2", code=4)
        self.sefrou.commune("move", "--to", bundle, code=4)
        # A copied folder is no second way: its lock names another file.
        copied.commune("move", "--to", bundle + "3", code=4)

        laptop = self.folder.node("laptop")
        with open(bundle, "rb") as f:
            content = f.read()
        for bad, code in ((content[:-1], 4), (content[:-32], 4), (content[:40] + b"x" + content[41:], 4)):
            with open(bundle + "-bad", "wb") as f:
                f.write(bad)
            laptop.commune("move", "--from", bundle + "-bad", code=code)
            self.assertFalse(os.path.exists(laptop.home))
        laptop.row("move", "--from", bundle)
        self.assertFalse(os.path.exists(bundle))
        laptop.commune("move", "--from", bundle, code=4)
        laptop.start("--peer", self.alpha.ready["address"])
        self.is_ready(laptop)
        self.assertEqual(laptop.status()["size"], size)
        new = self.practice(laptop, "Nouveau poste")
        self.assertTrue(new["ref"].startswith("sefrou/"), new)
        wait_equal([self.alpha, laptop, self.fes])
        self.assertEqual(sorted(t["fr"] for t in self.titles(self.fes)), ["Ancien poste", "Nouveau poste"])
        self.assertEqual(len(self.fes.rows("log", "list", "sefrou")), 1)
        self.assertEqual(self.fes.rows("log", "list", "sefrou")[0]["state"], "open")

        # The old home is still good for a new log, should the file be lost.
        self.assertEqual(self.sefrou.row("log", "open")["number"], 2)
        self.sefrou.start("--peer", self.alpha.ready["address"])
        self.is_ready(self.sefrou)
        self.practice(self.sefrou, "Deux postes")
        wait_equal([self.alpha, laptop, self.sefrou, self.fes])

    def test_a_move_that_stopped_half_way_goes_on(self):
        self.stop(self.sefrou)
        bundle = os.path.join(self.folder.path, "sefrou.move")
        lock = os.path.join(self.sefrou.home, "head.lock")
        with open(lock, "rb") as f:
            before = f.read()
        self.sefrou.row("move", "--to", bundle)
        with open(bundle, "rb") as f:
            whole = f.read()
        laptop = self.folder.node("laptop")

        # Before the lock was marked: the file is worth nothing, the home signs on.
        with open(lock, "r+b") as f:
            f.write(before)
        with open(bundle, "wb") as f:
            f.write(whole[:-32])
        laptop.commune("move", "--from", bundle, code=4)
        self.sefrou.start()
        self.is_ready(self.sefrou)
        wait_equal(self.nodes)  # what it signs here goes with it only as far as others hold it
        self.stop(self.sefrou)
        os.remove(bundle)

        # After it, and before the end of the file was written: nobody signs until it is.
        self.sefrou.row("move", "--to", bundle)
        with open(bundle, "rb") as f:
            whole = f.read()
        with open(bundle, "wb") as f:
            f.write(whole[:-32])
        laptop.commune("move", "--from", bundle, code=4)
        with self.assertRaises(AssertionError):
            self.sefrou.start()
        self.sefrou.row("move", "--to", bundle)
        with open(bundle, "rb") as f:
            self.assertEqual(f.read(), whole)
        laptop.row("move", "--from", bundle)
        laptop.start("--peer", self.alpha.ready["address"])
        self.is_ready(laptop)
        wait_equal([self.alpha, laptop, self.fes])

    def test_a_file_taken_twice_stops_both(self):
        self.stop(self.sefrou)
        bundle = os.path.join(self.folder.path, "sefrou.move")
        self.sefrou.row("move", "--to", bundle)
        shutil.copy(bundle, bundle + "2")
        one, two = self.folder.node("one"), self.folder.node("two")
        one.row("move", "--from", bundle)
        two.row("move", "--from", bundle + "2")
        one.start("--peer", self.alpha.ready["address"])
        self.is_ready(one)
        two.start("--peer", self.alpha.ready["address"], "--peer", self.fes.ready["address"])
        for node in (one, two):
            wait_for(lambda: any("another running node" in a for a in node.alarms()), f"{node.code} to stop")
            node.commune("publish", "practice", "--set", "title.fr=x", "--wait", "1", code=4)

    def test_the_keeper_moves_with_its_roster(self):
        self.stop(self.alpha)
        bundle = os.path.join(self.folder.path, "alpha.move")
        self.alpha.row("move", "--to", bundle)
        keeper = self.folder.node("keeper")
        keeper.row("move", "--from", bundle)
        keeper.start("--peer", self.fes.ready["address"], "--peer", self.sefrou.ready["address"])
        self.is_ready(keeper)
        wait_equal([keeper, self.sefrou, self.fes])
        invite = keeper.row("invite", "taza")["invite"]
        taza = self.folder.node("taza")
        taza.commune("join", invite, "--member", "taza", "--kind", "commune", "--name", "fr=Taza", "--no-passphrase",
                     "--listen", HOST + ":0")
        taza.start()
        wait_for(lambda: any(r["code"] == "taza" for r in keeper.rows("roster", "pending")), "a request to join")
        keeper.row("roster", "admit", "taza")
        wait_equal([keeper, self.sefrou, self.fes, taza])


if __name__ == "__main__":
    unittest.main()
