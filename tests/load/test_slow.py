#!/usr/bin/env python3
"""A byte a second: of the first message of a handshake, of the last, and of frames, by strangers, guests and a member. A few
are cut off when their time is over, with the reason counted; of a thousand the oldest make room for each other; and all the while
a member's records arrive."""
import os
import selectors
import socket
import time
import unittest

from crowded import RSS_MAX, Memory, Watch, World, rise

import fastpeer
import flooder
import minisession
from mininoise import Handshake
from minipeer import Identity, Talk
from minisession import Wire, prologue_of, third_payload

SLOW = int(os.environ.get("SLOW", "300"))  # at once, where there are many
SLOW_SECONDS = float(os.environ.get("SLOW_SECONDS", "4"))
FIRST_S, ALL_S, GUEST_S = 2, 10, 60  # PROTOCOL.md section 6
STRANGERS_MAX, MEMBER_SESSIONS_MAX = 64, 8  # proto/limits.h
SLACK_S = 3


class Slow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        flooder.hurry()
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        cls.fes = cls.world.member("fes")
        cls.descriptors = cls.world.descriptors()

    def begin(self, number=0):
        """A connection from an address of its own."""
        sock = socket.socket()
        sock.bind((f"127.203.{number // 250}.{number % 250 + 1}", 0))
        sock.connect((self.world.address.host, self.world.address.port))
        return Wire(sock)

    def first(self, number, static=None):
        wire = self.begin(number)
        handshake = Handshake(True, prologue_of(self.world.network), static or os.urandom(32), os.urandom(32), self.world.address.key)
        return wire, handshake, handshake.write(b"")

    def in_first(self, number):
        wire, _, first = self.first(number)
        return wire, len(first).to_bytes(2, "big") + first

    def in_last(self, number):
        wire, handshake, first = self.first(number)
        wire.send(first)
        handshake.read(wire.receive())
        last = handshake.write(third_payload(1, os.urandom(32)))
        return wire, len(last).to_bytes(2, "big") + last

    def in_frame(self, number):
        """A guest, who says that it knows a larger roster, and its frame."""
        wire, handshake, first = self.first(number)
        wire.send(first)
        handshake.read(wire.receive())
        wire.send(handshake.write(third_payload(2**40, self.fes.me.log_key)))
        channel = minisession.Channel(wire, handshake, fastpeer.Cipher)
        (message,) = channel.seal("PING", [bytes(4000)])
        return wire, len(message).to_bytes(2, "big") + message

    def drip(self, lines, seconds):
        """A byte a second of each; seconds after which each was cut off, none for those that were not."""
        begun, at, ends = time.monotonic(), 0, {}
        selector = selectors.DefaultSelector()
        for line in lines:
            line[0].sock.setblocking(False)
            selector.register(line[0].sock, selectors.EVENT_READ, line)
        while selector.get_map() and time.monotonic() - begun < seconds:
            if time.monotonic() - begun >= at:
                for key in list(selector.get_map().values()):
                    wire, data = key.data
                    try:
                        wire.sock.send(data[at : at + 1])
                    except OSError:
                        pass  # its end is read
                at += 1
            for key, _ in selector.select(0.1):
                wire = key.data[0]
                try:
                    data = wire.sock.recv(65536)
                except OSError:
                    data = b""
                if not data:
                    ends[wire] = time.monotonic() - begun
                    selector.unregister(wire.sock)
        selector.close()
        return [ends.get(line[0]) for line in lines]

    def test_a_few_are_cut_off_in_time(self):
        """Fewer than there are places: each has all the time that there is, and no more."""
        refused = self.world.refused()
        lines = [begin(n + 100 * i) for i, begin in enumerate((self.in_first, self.in_last)) for n in range(20)]
        ends = self.drip(lines, ALL_S + SLACK_S)
        for end in ends[:20]:
            self.assertIsNotNone(end)
            self.assertLess(end, FIRST_S + SLACK_S)
        for end in ends[20:]:
            self.assertIsNotNone(end)
            self.assertGreater(end, FIRST_S)
        for wire, _ in lines:
            wire.close()
        self.assertEqual(rise(refused, self.world.refused()), {"timeout": 40})
        self.world.settled(self.descriptors)

    def test_a_thousand_keep_no_member_out(self):
        world, watch = self.world, Watch(self.world)
        refused, begun, rounds, came = world.refused(), time.monotonic(), 0, 0
        with Memory(world.node.process.pid) as memory:
            while not rounds or time.monotonic() - begun < SLOW_SECONDS:
                lines = []
                for number in range(SLOW):
                    begin = (self.in_first, self.in_last, self.in_frame)[number % 3]
                    try:
                        lines.append(begin(number))
                    except (minisession.Closed, OSError):
                        came += 1  # another took its place meanwhile
                came += len(lines)
                self.drip(lines, 1)
                world.honest.stop()
                world.honest.start()
                watch.settle()
                watch.round()
                for wire, _ in lines:
                    wire.close()
                rounds += 1
            peak = memory.peak()
        rose = rise(refused, world.refused())
        print(f"{came} slow ones in {time.monotonic() - begun:.1f} s, {rose}; {watch.rows} records arrived after "
              f"{max(watch.arrived) * 1000:.0f} ms at most; {peak >> 10} KiB", flush=True)
        self.assertGreaterEqual(rose["timeout"], came - rounds * STRANGERS_MAX)
        self.assertLess(peak, RSS_MAX)
        world.settled(self.descriptors + 2)  # the honest member's own, dialled again

    def test_frames_of_a_member_a_byte_a_second(self):
        """A member may keep a session as long as it says something, but not two under one transport key; and at no time more
        than it may have under many."""
        world, watch, refused = self.world, Watch(self.world), self.world.refused()
        sessions, turned_away = [], 0
        with Memory(world.node.process.pid) as memory:
            for _ in range(3 * MEMBER_SESSIONS_MAX):
                talk = Talk.dial(self.fes, world.address, cipher_class=fastpeer.Cipher)
                try:
                    talk.run(lambda: talk.their_hello)
                except minisession.Closed:
                    turned_away += 1
                    talk.close()
                    continue
                (message, *_) = talk.channel.seal("PUSH", [bytes(50000)])
                sessions.append((talk.channel.wire, len(message).to_bytes(2, "big") + message))
            ends = self.drip(sessions, 8)
            watch.round()
            peak = memory.peak()
        for wire, _ in sessions:
            wire.close()
        self.assertLessEqual(len(sessions), MEMBER_SESSIONS_MAX)
        self.assertLessEqual(sum(end is None for end in ends), 1)
        rose = rise(refused, world.refused())
        self.assertEqual(rose.pop("limit"), turned_away)
        self.assertEqual(set(rose), {"duplicate"})
        self.assertLess(peak, RSS_MAX)
        world.settled(self.descriptors + 2)


if __name__ == "__main__":
    unittest.main()
