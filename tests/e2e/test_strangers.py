#!/usr/bin/env python3
"""Whoever has no business here costs little: idle, flooding and slow strangers beside members who are served on."""
import os
import socket
import unittest

import minimsgpack
from nodes import DEADLINE, Folder, wait_equal, wait_for

STRANGERS_MAX = 64  # proto/limits.h


class Strangers(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.coord = self.folder.node("coord")
        self.coord.init()
        self.coord.start()
        self.sefrou = self.folder.node("sefrou")
        self.sefrou.join(self.coord)
        wait_equal([self.coord, self.sefrou])
        host, port = self.coord.ready["address"].split("@")[1].rsplit(":", 1)
        self.where = host, int(port)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.coord.process.pid}/fd"))

    def publish(self, node):
        payload = minimsgpack.encode({"problem": {"fr": "a"}, "solution": {"fr": "b"}, "title": {"fr": "c"}})
        return node.call("publish", {"kind": "practice", "records": [payload]})["rows"][0]

    def test_idle_strangers_displace_each_other_and_members_get_through(self):
        before = self.descriptors()
        strangers = [socket.create_connection(self.where, DEADLINE) for _ in range(300)]
        self.addCleanup(lambda: [s.close() for s in strangers])
        self.assertEqual(self.sefrou.stop(), 0)
        self.sefrou.start()
        row = self.publish(self.sefrou)
        wait_equal([self.coord, self.sefrou])
        self.assertEqual(self.coord.row("show", row["ref"])["id"], row["id"].hex())
        wait_for(lambda: self.descriptors() <= before + STRANGERS_MAX + 8, "strangers to be displaced")
        # Silence is cut off after 2 s, without anybody asking.
        wait_for(lambda: self.descriptors() <= before + 8, "silent strangers to be cut off")

    def test_a_flood_of_connections_leaves_nothing_behind(self):
        before = self.descriptors()
        for _ in range(2000):
            socket.create_connection(self.where, DEADLINE).close()
        row = self.publish(self.sefrou)
        wait_equal([self.coord, self.sefrou])
        self.assertEqual(self.coord.row("show", row["ref"])["id"], row["id"].hex())
        wait_for(lambda: self.descriptors() <= before + 8, "descriptors to be closed")

    def test_a_slow_stranger_does_not_outlive_the_handshake(self):
        with socket.create_connection(self.where, DEADLINE) as stranger:
            stranger.settimeout(0.2)
            ended = False
            sent = 0
            while not ended and sent < 200:
                try:
                    stranger.sendall(b"\0")  # a byte now and then of a message that never is whole
                    sent += 1
                    ended = stranger.recv(1) == b""
                except TimeoutError:
                    pass
                except (BrokenPipeError, ConnectionResetError):
                    ended = True
        self.assertTrue(ended)
        self.assertLess(sent, 60)  # 12 s at 0.2 s a byte

    def test_control_clients_are_bounded(self):
        clients = [self.coord.control() for _ in range(100)]
        self.addCleanup(lambda: [c.close() for c in clients])
        served = 0
        for client in clients:
            try:
                client.call("status")
                served += 1
            except (ConnectionError, BrokenPipeError):
                pass
        self.assertEqual(served, 64)
        for client in clients:
            client.close()
        wait_for(lambda: self.is_served(), "a place for another client")

    def is_served(self):
        try:
            return self.coord.status()["member"] == "coord"
        except (ConnectionError, BrokenPipeError):
            return False


if __name__ == "__main__":
    unittest.main()
