#!/usr/bin/env python3
"""What a sync costs on the wire: two real daemons through a forwarder that counts every byte, handshakes included.

LOGS is the size of the network (make check: 10,000); the logs are made by a member in plain Python. ROUNDS=2 changes three logs
a second time, so that the cursor of the first sync is used.
"""
import os
import socket
import unittest

import fastpeer
import nodes
from minipeer import Talk
from minisession import Invite
from nodes import HOST, Folder, wait_for
from tcpproxy import Proxy

LOGS = int(os.environ.get("LOGS", "1000"))
EQUAL_MAX = 640
# For each log that changed, beside its records as they are: its head is 138 bytes, its part of WANT 41, its run 7. Around all of them are
# five frames, DIGEST in the last; that the records go packed pays for these. DESIGN.md's bound.
CHANGED_MAX = 200
ROUNDS = int(os.environ.get("ROUNDS", "2"))  # syncs after a change, one after the other
QUIET = 1  # seconds; digests are compared 0.3 s after the last change
nodes.DEADLINE = max(nodes.DEADLINE, 120)


class Bytes(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.proxy = Proxy(HOST)
        self.addCleanup(self.proxy.close)
        # A port that refuses: the coordinator finds no second way to the commune.
        self.nowhere = socket.socket()
        self.addCleanup(self.nowhere.close)
        self.nowhere.bind((HOST, 0))
        self.coord = self.folder.node("coord")
        self.coord.init()
        self.announce(self.coord, self.proxy.port)
        self.proxy.target = (HOST, self.free_port())
        self.coord.start("--listen", f"{HOST}:{self.proxy.target[1]}")
        self.sefrou = self.folder.node("sefrou")
        invite = self.coord.row("invite", "sefrou")["invite"]
        self.sefrou.commune(
            "join", invite, "--member", "sefrou", "--kind", "commune", "--name", "fr=Sefrou", "--no-passphrase",
            "--listen", HOST + ":0"
        )  # fmt: skip
        self.announce(self.sefrou, self.nowhere.getsockname()[1])
        self.sefrou.start()
        wait_for(lambda: self.coord.rows("roster", "pending"), "a request to join")
        self.coord.row("roster", "admit", "sefrou")
        wait_for(lambda: self.sefrou.status()["is_admitted"], "the admission")

    def free_port(self):
        """Nobody else takes ports of this program's own loopback address."""
        with socket.create_server((HOST, 0)) as taken:
            return taken.getsockname()[1]

    def announce(self, node, port):
        with open(os.path.join(node.home, "config"), "a", encoding="utf-8") as config:
            config.write(f"announce = {HOST}:{port}\n")

    def is_equal(self):
        return self.coord.status()["digest"] == self.sefrou.status()["digest"]

    def settle(self, what):
        """Waits until both hold the same and have no more to say; the bytes since the last cut."""
        wait_for(self.is_equal, "equal digests: " + what)
        wait_for(lambda: self.proxy.is_quiet(QUIET), "silence: " + what)
        self.assertTrue(self.is_equal())
        self.assertEqual(self.proxy.connections, 1, what)
        return self.proxy.counted

    def reconnect(self, what):
        self.proxy.cut()
        wait_for(lambda: self.proxy.counted, "a new connection: " + what)
        return self.settle(what)

    def test_what_a_sync_costs(self):
        self.settle("the first sync")
        few = self.reconnect("few logs")
        self.assertLessEqual(few, EQUAL_MAX)

        archive = fastpeer.Archive(bytes.fromhex(self.coord.ready["network"]), "fes", LOGS)
        talk = self.join(archive)
        self.addCleanup(talk.close)
        talk.run(lambda: talk.served >= LOGS, 600)
        wait_for(lambda: self.coord.status()["logs"] == LOGS + 2, "all logs at the coordinator")
        wait_for(lambda: self.sefrou.status()["logs"] == LOGS + 2, "all logs at the commune")
        self.settle("all logs")
        many = self.reconnect("many logs")
        self.assertLessEqual(many, EQUAL_MAX)
        self.assertLessEqual(many - few, 16, "an equal reconnect costs more with more logs")

        for number in range(ROUNDS):
            self.proxy.hold()
            records = self.change(archive, talk, 3)
            self.proxy.release()
            changed = self.settle("three logs changed")
            print(f"bytes: equal at 3 logs {few}, at {LOGS} logs {many}; three changed {changed}, of it records {records}")
            self.assertLessEqual(changed - many, CHANGED_MAX * 3 + records, f"round {number}")

    def join(self, archive):
        invite = Invite(self.coord.row("invite", archive.me.code)["invite"])
        key = self.coord.ready["address"].split("@")[0]
        address = f"{key}@{HOST}:{self.proxy.target[1]}"  # not through the forwarder
        talk = Talk.dial(archive, address, invite.token, cipher_class=fastpeer.Cipher)
        talk.run(lambda: archive.roster_head())
        talk.join(invite.token, "commune", {"fr": "Fès"})
        talk.run(lambda: talk.joined)
        talk.close()
        self.coord.row("roster", "admit", archive.me.code)
        return Talk.dial(archive, address, cipher_class=fastpeer.Cipher)

    def change(self, archive, talk, count):
        """A record more in so many logs, at the coordinator; their bytes as section 2 of PROTOCOL.md writes them."""
        size, heads = 0, []
        for key in list(archive.secrets)[:count]:
            log = archive.logs[key]
            record = fastpeer.record(log.size())
            archive.grow(log, [record])
            size += len(record.encode())
            heads.append([key, *log.head.wire()])
        before = self.coord.status()["digest"]
        talk.send("HEADS", [2, False, archive.arrivals, None, heads])
        served = talk.served + count
        talk.run(lambda: talk.served == served)
        wait_for(lambda: self.coord.status()["digest"] != before, "the changes")
        talk.run(lambda: all(talk.haves.get(head[0]) == head[1] for head in heads))
        return size


if __name__ == "__main__":
    unittest.main()
