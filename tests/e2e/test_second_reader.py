#!/usr/bin/env python3
"""A real communed before the second reader: it serves it, and it cuts off every kind of bad peer.

Each probe says which counter of `status` has to rise by one, and finds the digest unchanged and another session served on.
"""
import json
import os
import subprocess
import time
import unittest

import minimsgpack
import miniprove
from admitted import admitted
from minicrypto import sha256, x25519_public
from mininoise import Handshake
from minipeer import Identity, Log, Node, Talk
from minisession import NAMES, Address, Closed, Invite, Wire, prologue_of, third_payload
from minitree import consistency_path, root_of
from minizstd import compress
from nodes import COMMUNE, Folder, wait_for
from second_reader import fetch, records_of

FIRST_WITHIN, ALL_WITHIN = 2, 10  # PROTOCOL.md section 6, seconds


def flipped(data, at):
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


class World:
    """One daemon, a member in Python that misbehaves, and another whose session has to live through it."""

    def __init__(self):
        self.folder = Folder()
        self.coord = self.folder.node("coord")
        self.coord.init()
        self.coord.start()
        wait_for(lambda: self.coord.status()["size"] > 0, "the coordinator's log")
        self.address = Address(self.coord.ready["address"])
        self.network = bytes.fromhex(self.coord.ready["network"])
        self.fes, self.safi = admitted(self.coord, "fes"), admitted(self.coord, "safi")
        for node in (self.fes, self.safi):
            fetch(node, self.coord.ready["address"]).close()
        self.witness = fetch(self.safi, self.coord.ready["address"])
        self.witness.pings = 0

    def witness_answers(self):
        self.witness.pings += 1
        seen = self.witness.trace.count(("<", "PONG"))
        self.witness.send("PING", [self.witness.pings])
        self.witness.run(lambda: self.witness.trace.count(("<", "PONG")) > seen)


def setUpModule():
    global world
    world = World()
    unittest.addModuleCleanup(world.folder.close)


class Probe(unittest.TestCase):
    def refused(self):
        return dict(world.coord.status()["refused"])

    def expect(self, reason, act, within=5, count=1):
        """act() gives the wire that has to be closed; None where the session has to go on."""
        before = world.coord.status()
        wire = act()
        if wire:
            wire.wait_closed(within)
            wire.close()
        changed = lambda: {
            name: number - before["refused"].get(name, 0)
            for name, number in self.refused().items()
            if number != before["refused"].get(name, 0)
        }
        wait_for(changed, f"a counter to rise for {reason}")
        self.assertEqual(changed(), {reason: count})
        after = world.coord.status()
        for name in ("digest", "arrivals", "roster_size", "size"):
            self.assertEqual(after[name], before[name], name)
        world.witness_answers()

    def session(self, node=None):
        """A member's session that has said and heard HELLO, with nothing to fetch."""
        node = node or world.fes
        talk = Talk.dial(node, world.address)
        talk.run(lambda: talk.their_hello)
        while not talk.is_quiet(0.05):
            talk.step()
        return talk


class Strangers(Probe):
    def handshake(self, network=None, key=None, static=None):
        wire = Wire.dial(world.address.host, world.address.port)
        static = static or os.urandom(32)
        return wire, Handshake(True, prologue_of(network or world.network), static, os.urandom(32), key or world.address.key)

    def test_another_network(self):
        def act():
            wire, handshake = self.handshake(network=sha256(b"another network"))
            wire.send(handshake.write(b""))
            return wire

        self.expect("auth", act)

    def test_another_responder(self):
        def act():
            wire, handshake = self.handshake(key=x25519_public(os.urandom(32)))
            wire.send(handshake.write(b""))
            return wire

        self.expect("auth", act)

    def test_ephemeral_key_of_small_order(self):
        def act():
            wire = Wire.dial(world.address.host, world.address.port)
            wire.send(bytes(48))
            return wire

        self.expect("auth", act)

    def test_replayed_first_message(self):
        wire, handshake = self.handshake()
        first = handshake.write(b"")
        wire.send(first)
        self.assertEqual(len(wire.receive()), 48)

        def act():
            again = Wire.dial(world.address.host, world.address.port)
            again.send(first)
            return again

        self.expect("auth", act)
        wire.close()

    def test_replayed_third_message(self):
        talk = self.session()
        talk.close()
        recorded = []

        class Recorder(Wire):
            def send(self, *messages):
                recorded.append(messages[0])
                super().send(*messages)

        wire = Recorder(Wire.dial(world.address.host, world.address.port).sock)
        handshake = Handshake(True, prologue_of(world.network), world.fes.me.transport, os.urandom(32), world.address.key)
        wire.send(handshake.write(b""))
        handshake.read(wire.receive())
        wire.send(handshake.write(third_payload(world.fes.roster.size, world.fes.me.log_key)))

        def act():
            again, other = self.handshake()
            again.send(other.write(b""))
            again.receive()
            again.send(recorded[1])
            return again

        self.expect("auth", act)
        wire.close()

    def test_garbage(self):
        for garbage, reason in (
            (b"GET / HTTP/1.1\r\nHost: commune\r\n\r\n", "limit"),
            (b"\x00\x00", "format"),
            (b"\x00\x2f" + bytes(47), "format"),
            (b"\x00\x31" + bytes(49), "limit"),
            (b"\xff\xff" + bytes(100), "limit"),
        ):
            with self.subTest(garbage=garbage[:12]):

                def act(garbage=garbage):
                    wire = Wire.dial(world.address.host, world.address.port)
                    wire.send_raw(garbage)
                    return wire

                self.expect(reason, act)

    def test_silence(self):
        """From the start, after a first byte, after the second message: each for as long as section 6 says."""

        def act():
            quiet, byte = (Wire.dial(world.address.host, world.address.port) for _ in range(2))
            byte.send_raw(b"\x00")
            wire, handshake = self.handshake()
            wire.send(handshake.write(b""))
            handshake.read(wire.receive())
            start = time.monotonic()
            for silent in (quiet, byte):
                silent.wait_closed(FIRST_WITHIN + 1)
                self.assertGreater(time.monotonic() - start, FIRST_WITHIN - 1)
                silent.close()
            wait_for(lambda: self.refused().get("timeout", 0) == timeouts + 2, "two counted")
            wire.wait_closed(ALL_WITHIN - FIRST_WITHIN + 1)
            self.assertGreater(time.monotonic() - start, ALL_WITHIN - 2)
            return wire

        timeouts = self.refused().get("timeout", 0)
        self.expect("timeout", act, count=3)

    def test_damaged_third_message(self):
        def act():
            wire, handshake = self.handshake(static=world.fes.me.transport)
            wire.send(handshake.write(b""))
            handshake.read(wire.receive())
            wire.send(flipped(handshake.write(third_payload(1, world.fes.me.log_key)), 60))
            return wire

        self.expect("auth", act)

    def third(self, payload, static=None):
        wire, handshake = self.handshake(static=static)
        wire.send(handshake.write(b""))
        handshake.read(wire.receive())
        wire.send(handshake.write(payload))
        return wire

    def test_malformed_third_payload(self):
        for payload, reason in (
            (b"\x92\xcc\x01\xc4\x20" + bytes(32), "encoding"),
            (b"", "short"),
            (third_payload(1, world.fes.me.log_key) + b"\x00", "trailing"),
            (minimsgpack.encode([1, bytes(31)]), "format"),
            (minimsgpack.encode([-1, bytes(32)]), "type"),
            (minimsgpack.encode([1]), "format"),
        ):
            with self.subTest(payload=payload[:8]):
                self.expect(reason, lambda payload=payload: self.third(payload, world.fes.me.transport))

    def test_unknown_key_with_a_known_log(self):
        self.expect("stranger", lambda: self.third(third_payload(1, world.fes.me.log_key)))

    def test_unknown_key_with_its_own_log(self):
        """The log.open is in order, its member is not in the roster."""
        stranger = Node(world.network, Identity(world.network, "nobody"))

        def act():
            talk = Talk.dial(stranger, world.address)
            try:
                talk.run(lambda: False, 5)
            except (Closed, OSError):
                pass
            self.assertNotIn(("<", "HEADS"), talk.trace)
            self.assertNotIn(("<", "BATCH"), talk.trace)
            return talk.channel.wire

        self.expect("stranger", act)

    def test_somebody_under_a_member_s_name(self):
        """A log.open with the code of a member and another member key."""
        stranger = Node(world.network, Identity(world.network, "safi"))

        def act():
            talk = Talk.dial(stranger, world.address)
            try:
                talk.run(lambda: False, 5)
            except (Closed, OSError):
                pass
            return talk.channel.wire

        self.expect("stranger", act)

    def test_invalid_token(self):
        stranger = Node(world.network, Identity(world.network, "nobody"))

        def act():
            return Talk.dial(stranger, world.address, os.urandom(16)).channel.wire

        self.expect("stranger", act)

    def test_guest_that_speaks_as_a_member(self):
        invite = Invite(world.coord.row("invite", "tanger")["invite"])
        guest = Node(world.network, Identity(world.network, "tanger"))
        for name, body in (
            ("HEADS", [0, False, 0, None, []]),
            ("HAVE", []),
            ("DIGEST", [bytes(32), 0]),
            ("BUCKETS", [bytes(8192)]),
            ("PAYLOAD_WANT", []),
            ("PUSH", [guest.me.log_key, 0, guest.own.head.wire(), 1, b"x"]),
            ("TWINS", []),
            ("NEWS", [[[guest.me.log_key, 1, 1, bytes(64)]], b"x"]),
        ):
            with self.subTest(name=name):

                def act(name=name, body=body):
                    talk = Talk.dial(guest, world.address, invite.token)
                    talk.run(lambda: talk.their_hello)
                    talk.send(name, body)
                    return talk.channel.wire

                self.expect("state", act)


class BadFrames(Probe):
    def raw(self, plain=None, wire=None):
        def act():
            talk = self.session()
            if plain is not None:
                talk.channel.wire.send(talk.channel.seal_plain(plain))
            else:
                talk.channel.wire.send_raw(wire)
            return talk.channel.wire

        return act

    def test_broken_frames(self):
        for plain, reason in (
            (b"\x12\x00\x00", "format"),
            (b"\x00\x00\x00\x02\x91\x00", "format"),
            (bytes([max(NAMES) + 1]) + b"\x00\x00\x02\x91\x00", "format"),
            (b"\x12\x10\x00\x01\x91", "limit"),
            (b"\x12\xff\xff\xff\x91", "limit"),
            (b"\x12\x00\x00\x03\x91\x00", "format"),
            (b"\x12\x00\x00\x02\x91\x00\x00", "format"),
            (b"\x12\x00\x00\x00", "short"),
        ):
            with self.subTest(plain=plain):
                self.expect(reason, self.raw(plain))

    def test_broken_noise_messages(self):
        for wire, reason in (
            (b"\x00\x00", "format"),
            (b"\x00\x10" + bytes(16), "format"),
            (b"\x00\x20" + bytes(32), "auth"),
        ):
            with self.subTest(wire=wire[:2]):
                self.expect(reason, self.raw(wire=wire))

    def test_bad_tag(self):
        def act():
            talk = self.session()
            talk.channel.wire.send(flipped(talk.channel.seal_plain(b"\x12\x00\x00\x02\x91\x00"), -1))
            return talk.channel.wire

        self.expect("auth", act)

    def test_repeated_noise_message(self):
        def act():
            talk = self.session()
            message = talk.channel.seal_plain(b"\x12\x00\x00\x02\x91\x00")
            talk.channel.wire.send(message, message)
            return talk.channel.wire

        self.expect("auth", act)

    def test_bodies_that_are_not_canonical(self):
        for body, reason in (
            (b"\x91\xcc\x01", "encoding"),
            (b"\x91\xca\x00\x00\x00\x00", "encoding"),
            (b"\x91\xc1", "encoding"),
            (b"\x91" * 9 + b"\x00", "limit"),
            (b"\x91\xcf\x00\x20\x00\x00\x00\x00\x00\x00", "limit"),
            (b"\x91\x00\x00", "trailing"),
            (b"\x92\x00", "short"),
            (b"\xdd\xff\xff\xff\xff", "short"),
            (b"\x80", "type"),
            (b"\x91\xa1x", "type"),
            (b"\x91\xa1\xff", "utf8"),
        ):
            with self.subTest(body=body[:12]):
                self.expect(reason, self.raw(b"\x12" + len(body).to_bytes(3, "big") + body))

    def test_messages_out_of_place(self):
        for name, body, reason in (
            ("HELLO", [1, b"", bytes(16), 1, bytes(32), b"", 0, 0, b"", 0], "state"),
            ("BATCH", [[[1, 1, b""]], b"x"], "state"),
            ("PAYLOADS", [[world.fes.me.log_key, 0, 0, bytes(32)]], "state"),
        ):
            with self.subTest(name=name):

                def act(name=name, body=body):
                    talk = self.session()
                    talk.send(name, body)
                    return talk.channel.wire

                self.expect(reason, act)


def no_proof(log, size):
    return b""


def same_history(log, size):
    """Every word of it is true: the smaller head lies in the tree of the larger one, so nothing was signed twice."""
    return root_of(log.hashes[:size]) + b"".join(consistency_path(log.hashes, size))


def bent_path(log, size):
    return flipped(same_history(log, size), -1)


def another_root(log, size):
    """It would be another history, if only the path led from there to the head."""
    return flipped(same_history(log, size), 0)


def with_proof(body, proof):
    """The BATCH of one run, with another proof."""
    return [[[*body[0][0][:2], proof]], body[1]]


class Bent(Talk):
    """Whatever it is asked for comes with a hash too many."""

    def _serve(self, key, start, size):
        body, _ = self.batch_body(self.node.log_of(key), start, size)
        self.send("BATCH", with_proof(body, bytes(32)))


class BadData(Probe):
    """A member has records that the daemon does not; whatever it says about them is a lie."""

    def ahead(self, count=3, node=None):
        """fes, or node, as it would be with more records, without telling: (log, size that the daemon has)."""
        node = node or world.fes
        log = Log(node.me.log_key, node.me.opened)
        log.append(node.own.records + records_of(count))
        node.sign(log, node.me.sign)
        return log, node.own.size()

    def test_heads_with_a_bad_signature(self):
        log, _ = self.ahead()
        for size, root, signature in (
            (log.size(), log.tree.root(), flipped(log.head.signature, 3)),
            (log.size() + 1, log.tree.root(), log.head.signature),
            (log.size(), flipped(log.tree.root(), 0), log.head.signature),
        ):
            with self.subTest(size=size):

                def act(head=(size, root, signature)):
                    talk = self.session()
                    talk.send("HEADS", [2, False, 1, None, [[log.key, *head]]])
                    return talk.channel.wire

                self.expect("signature", act)

    def test_head_of_nobody_s_log(self):
        """The signature is in order; the log is not admissible: it is skipped, the session goes on."""
        nobody = Node(world.network, Identity(world.network, "nobody"))

        def act():
            self.talk = self.session()
            self.talk.node.logs[nobody.me.log_key] = nobody.own
            self.talk.send("HEADS", [2, False, 1, None, [[nobody.me.log_key, *nobody.own.head.wire()]]])
            self.talk.run(lambda: self.talk.served)

        self.expect("admission", act)
        del self.talk.node.logs[nobody.me.log_key]
        self.talk.send("PING", [7])
        self.talk.run(lambda: ("<", "PONG") in self.talk.trace)
        self.talk.close()

    def prove(self, talk, log, size, proof):
        """Is asked how the head that the daemon has belongs to the one that was told, PROTOCOL.md section 9, and says this."""
        while True:
            name, body = talk.channel.receive()
            self.assertNotIn(name, ("EVIDENCE", "BYE"))
            if name == "PROOF_WANT":
                break
        self.assertEqual(body, [log.key, size, log.size()])
        talk.send("PROOF", [*body, proof(log, size)])

    def batch(self, node, change, proof=None):
        """Announces a head, is asked, and answers with a changed BATCH; and with that proof where one is asked for."""
        log, size = self.ahead(node=node)

        def act():
            talk = self.session(node)
            talk.send("HEADS", [2, False, 1, None, [[log.key, *log.head.wire()]]])
            while True:
                name, body = talk.channel.receive()
                if name == "WANT":
                    break
            self.assertEqual(body, [[log.key, size, log.size()]])
            talk.send("BATCH", change(log, size, talk.batch_body(log, size, log.size())[0]))
            if proof:
                self.prove(talk, log, size, proof)
            return talk.channel.wire

        return act

    def test_bad_batches(self):
        other = records_of(9)[8]

        def with_raw(body, raw):
            return [[[body[0][0][0], len(raw), body[0][0][2]]], compress(raw)]

        def run(body, **changed):
            count, size, proof = body[0][0]
            return [[[changed.get("count", count), changed.get("size", size), proof]], body[1]]

        def bad_payload(log, size, body):
            raw = b"".join(record.encode() for record in log.records[size:])
            return with_raw(body, flipped(raw, -1))

        def other_record(log, size, body):
            return with_raw(body, b"".join(record.encode() for record in [*log.records[size:-1], other]))

        def too_few(log, size, body):
            return with_raw(body, b"".join(record.encode() for record in log.records[size:-1]))

        def part_without_proof(log, size, body):
            raw = log.records[size].encode()
            return [[[1, len(raw), b""]], compress(raw)]

        def part_with_bad_proof(log, size, body):
            raw = log.records[size].encode()
            proof = b"".join(consistency_path(log.hashes, size + 1))
            return [[[1, len(raw), flipped(proof, 5)]], compress(raw)]

        # What does not continue what is held may be another branch: the proof is asked for, and these are none.
        cases = (
            ("a payload is changed", bad_payload, "hash", None),
            ("another record", other_record, "proof", no_proof),
            ("a record less", too_few, "short", None),
            ("a part, no proof", part_without_proof, "proof", same_history),
            ("a part, bad proof", part_with_bad_proof, "proof", bent_path),
            ("a proof too many", lambda log, size, body: with_proof(body, bytes(32)), "proof", another_root),
            ("half a hash", lambda log, size, body: with_proof(body, bytes(16)), "format", None),
            ("raw size", lambda log, size, body: run(body, size=body[0][0][1] + 1), "format", None),
            ("raw size out of bounds", lambda log, size, body: run(body, size=1048577), "limit", None),
            ("a frame and more", lambda log, size, body: [body[0], body[1] + b"\x00"], "trailing", None),
            ("no frame", lambda log, size, body: [body[0], b"commune"], "format", None),
            ("more than was asked for", lambda log, size, body: run(body, count=body[0][0][0] + 1), "state", None),
            ("no run", lambda log, size, body: [[], body[1]], "format", None),
            ("a frame of nothing", lambda log, size, body: [[[0, 0, b""]], body[1]], "format", None),
            ("more runs than wants", lambda log, size, body: [[[0, 0, b""]] * 2, b""], "state", None),
        )
        for number, (name, change, reason, proof) in enumerate(cases):
            with self.subTest(name=name):
                # Each lies about its own log: who failed to prove a log is not asked for it again for a while.
                liar = admitted(world.coord, f"liar-{number}")
                fetch(liar, world.coord.ready["address"]).close()
                self.expect(reason, self.batch(liar, change, proof))

    def test_a_bad_first_batch(self):
        """No head of the log is held that it could contradict: there is nothing to be proven, the session ends."""
        liar = admitted(world.coord, "first-liar")

        def act():
            talk = Bent.dial(liar, world.address)
            try:
                talk.run(lambda: False, 5)
            except (Closed, OSError):
                pass
            self.assertNotIn(("<", "PROOF_WANT"), talk.trace)
            return talk.channel.wire

        self.expect("proof", act)

    def test_a_log_whose_proof_failed_is_not_asked_again_at_once(self):
        liar = admitted(world.coord, "liar")
        fetch(liar, world.coord.ready["address"]).close()
        self.expect("proof", self.batch(liar, lambda log, size, body: with_proof(body, bytes(32)), no_proof))
        log, _ = self.ahead(node=liar)
        talk = self.session(liar)
        talk.send("HEADS", [2, False, 1, None, [[log.key, *log.head.wire()]]])
        talk.send("PING", [7])
        answers = []
        while "PONG" not in answers:
            answers.append(talk.channel.receive()[0])
        self.assertNotIn("WANT", answers)
        talk.close()

    def test_bad_pushes(self):
        pusher = admitted(world.coord, "pusher")
        fetch(pusher, world.coord.ready["address"]).close()
        log, size = self.ahead(1, pusher)
        record = log.records[-1].encode()
        other = records_of(9)[8].encode()
        cp = log.head.wire()
        bad_signature = [*cp[:2], flipped(cp[2], 0)]
        for name, body, reason, proof in (
            ("signature", [log.key, size, bad_signature, len(record), compress(record)], "signature", None),
            ("hash", [log.key, size, cp, len(record), compress(flipped(record, -1))], "hash", None),
            ("proof", [log.key, size, cp, len(other), compress(other)], "proof", no_proof),
            ("same history", [log.key, size, cp, len(other), compress(other)], "proof", same_history),
            ("size", [log.key, size, [size, *cp[1:]], len(record), compress(record)], "format", None),
        ):
            with self.subTest(name=name):

                def act(body=body, proof=proof):
                    talk = self.session(pusher)
                    talk.send("PUSH", body)
                    if proof:
                        self.prove(talk, log, size, proof)
                    return talk.channel.wire

                self.expect(reason, act)

    def test_bad_news(self):
        teller = admitted(world.coord, "teller")
        fetch(teller, world.coord.ready["address"]).close()
        log, size = self.ahead(2, teller)
        records = [record.encode() for record in log.records[size:]]
        frame, tail = compress(b"".join(records)), [log.key, 2, log.size(), log.head.signature]
        for name, body, reason in (
            ("hash", [[tail], compress(b"".join(records[:1]) + flipped(records[1], -1))], "hash"),
            ("too few", [[tail], compress(records[0])], "short"),
            ("too many", [[[log.key, 1, *tail[2:]]], frame], "trailing"),
            ("none", [[], frame], "format"),
            ("more than there are", [[[log.key, size + 3, *tail[2:]]], frame], "format"),
            ("nine logs", [[tail] * 9, frame], "limit"),
            ("too large", [[tail], compress(bytes(8193))], "limit"),
            ("no frame", [[tail], b"records"], "format"),
        ):
            with self.subTest(name=name):

                def act(body=body):
                    talk = self.session(teller)
                    talk.send("NEWS", body)
                    return talk.channel.wire

                self.expect(reason, act)

        # Whose fault a signature is that does not hold is not said by it: the session goes on. Once is enough, though.
        before = world.coord.status()
        talk = self.session(teller)
        talk.send("NEWS", [[[*tail[:3], flipped(tail[3], 5)]], frame])
        talk.send("PING", [9])
        talk.run(lambda: ("<", "PONG") in talk.trace)
        self.assertNotIn(("<", "WANT"), talk.trace)
        after = world.coord.status()
        self.assertEqual([after[name] for name in ("digest", "arrivals", "refused")],
                         [before[name] for name in ("digest", "arrivals", "refused")])  # fmt: skip

        def again():
            talk.send("NEWS", [[tail], frame])
            return talk.channel.wire

        self.expect("state", again)

    def test_want_of_what_is_not_there(self):
        """An answer of nothing, and the session goes on."""
        before = world.coord.status()
        talk = self.session()
        log = world.coord.status()["log"]
        for want in ([sha256(b"no log"), 0, 5], [log, 0, 10**6], [log, 10**6, 10**6 + 1]):
            talk.send("WANT", [want])
            while True:
                name, body = talk.channel.receive()
                if name == "BATCH":
                    break
            self.assertEqual(body[:2], [[[0, 0, b""]], b""])
        talk.send("PING", [1])
        talk.run(lambda: ("<", "PONG") in talk.trace)
        talk.close()
        self.assertEqual(world.coord.status()["digest"], before["digest"])

    def test_bad_wants(self):
        for body, reason in (
            ([[bytes(31), 0, 1]], "format"),
            ([[bytes(32), 5, 5]], "format"),
            ([[bytes(32), 0, 1]] * 257, "limit"),
            ([[bytes(32), 0]], "format"),
            ([7], "type"),
        ):
            with self.subTest(body=str(body)[:30]):

                def act(body=body):
                    talk = self.session()
                    talk.send("WANT", body)
                    return talk.channel.wire

                self.expect(reason, act)

    def test_bad_roster_head(self):
        """Beyond the roster that the daemon has: it does not look at what is no larger."""

        def act():
            talk = self.session()
            head = world.fes.roster_head()
            self.assertEqual(head.size, world.coord.status()["roster_size"])
            talk.send("ROSTER", [head.key, [head.size + 1, head.root, head.signature]])
            return talk.channel.wire

        self.expect("signature", act)


def practice(number):
    text = f"Le conseil publie le registre {number} des demandes d'accès, avec les délais et les réponses. " * 4
    return minimsgpack.encode({"solution": {"fr": text}, "title": {"fr": f"Registre {number} {sha256(b'%d' % number).hex()}"}})


class Service(unittest.TestCase):
    """What an honest node gets."""

    def publish(self, first, count):
        records = [practice(number) for number in range(first, first + count)]
        rows = world.coord.call("publish", {"kind": "practice", "records": records})["rows"]
        self.assertEqual([row["state"] for row in rows], ["signed"] * count)
        return rows

    def test_a_log_comes_in_batches_and_every_byte_is_verified(self):
        for first in (0, 1000, 2000):
            self.publish(first, 1000)
        node = admitted(world.coord, "larache")
        talk = fetch(node, world.coord.ready["address"])
        key = bytes(world.coord.status()["log"])
        batches = [batch for batch in talk.batches if batch[0] == key]
        self.assertGreaterEqual(len(batches), 3)
        self.assertEqual([start for _, start, _ in batches], [sum(b[2] for b in batches[:i]) for i in range(len(batches))])
        log = node.logs[key]
        self.assertGreaterEqual(log.size(), 3001)
        held = {record.payload for record in log.records}
        self.assertTrue(all(practice(number) in held for number in range(3000)))
        self.assertEqual(node.digest(), world.coord.status()["digest"])

        # New records come inline, and our own go the other way.
        self.publish(3000, 2)
        talk.run(lambda: node.digest() == world.coord.status()["digest"])
        self.assertIn(("<", "PUSH"), talk.trace)
        start = node.publish(records_of(2))
        talk.send("PUSH", talk.push_body(node.own, start))
        talk.run(lambda: talk.haves.get(node.me.log_key) == 3)
        self.assertEqual(node.digest(), world.coord.status()["digest"])
        talk.close()

    def test_what_a_cursor_leaves_open_comes_at_once(self):
        node, address = admitted(world.coord, "settat"), world.coord.ready["address"]
        talk = fetch(node, address)
        talk.run(lambda: node.digest() == talk.their_digest)
        talk.remember()
        talk.close()
        self.publish(9100, 2)
        talk = Talk.dial(node, address)
        talk.run(lambda: node.digest() == talk.their_digest and talk.their_hello)
        self.assertEqual([name for way, name in talk.trace if way == "<"], ["HELLO", "NEWS"])
        self.assertEqual(node.digest(), world.coord.status()["digest"])
        talk.remember()
        talk.close()

        # And the other way.
        talk = Talk.dial(node, address)
        talk.run(lambda: talk.their_hello)
        start = node.publish(records_of(2))
        talk.send("NEWS", talk.news_body(node.own, start))
        wait_for(lambda: world.coord.status()["digest"] == node.digest(), "the records that were told")
        while not talk.is_quiet(1):
            talk.step()
        self.assertFalse({("<", "WANT"), ("<", "HAVE")} & set(talk.trace))
        talk.close()

    def test_a_proof_holds_for_two_readers_and_no_tampered_one_does(self):
        row = self.publish(9000, 1)[0]
        document = json.loads(world.coord.commune("prove", row["ref"], "--json"))
        network = world.network
        self.assertEqual(miniprove.Proof(json.dumps(document), network).claims(), [(c, True, None) for c in miniprove.CLAIMS])
        self.assertEqual(miniprove.b64decode(document["payload"]), practice(9000))
        self.assertFalse(miniprove.check(json.dumps(document), sha256(network)))
        tampered = 0
        for what, twin, claim in [(None, document, None), *miniprove.twins(document)]:
            done = subprocess.run([COMMUNE, "check", "-", "--json"], input=json.dumps(twin), capture_output=True, text=True)
            claims = miniprove.Proof(json.dumps(twin)).claims()
            failed = [name for name, proven, _ in claims if not proven]
            self.assertEqual((done.returncode, failed[:1]), (3, [claim]) if what else (0, []), what)
            tampered += 1
        self.assertGreater(tampered, 30)

    def test_a_proof_of_a_member_that_the_keeper_admitted(self):
        document = world.coord.commune("prove", "fes/0", "--json")
        self.assertTrue(miniprove.check(document, world.network))
        entries = [entry["index"] for entry in json.loads(document)["roster"]]
        self.assertEqual(entries[0], 0)
        self.assertEqual(len(entries), 2)
        self.assertGreater(miniprove.refuse_twins(json.loads(document), world.network), 30)


class Ends(Probe):
    def test_a_removed_member(self):
        """Its log ends at the cut: it is admissible up to there, and what follows is skipped, whoever offers it."""
        node = admitted(world.coord, "meknes")
        talk = fetch(node, world.address)
        start = node.publish(records_of(5))
        talk.send("PUSH", talk.push_body(node.own, start))
        talk.run(lambda: talk.haves.get(node.me.log_key) == 6)
        world.coord.row("roster", "remove", "meknes", "--reason", "request")
        size = world.coord.status()["roster_size"]
        # The digest has the log at its cut, as the second reader computes it.
        world.witness.run(lambda: world.safi.roster.size == size)
        self.assertEqual(world.safi.roster_void, [])
        self.assertEqual(world.safi.roster.cuts[node.me.log_key], (6, node.own.tree.root()))
        world.witness.run(lambda: world.safi.digest() == world.coord.status()["digest"])

        start = node.publish(records_of(7)[5:])
        self.expect("cut", lambda: talk.send("PUSH", talk.push_body(node.own, start)))
        talk.close()
        before = world.coord.status()
        talk = self.session()
        talk.send("HEADS", [2, False, 1, None, [[node.me.log_key, *node.own.head.wire()]]])
        talk.send("PING", [3])
        talk.run(lambda: ("<", "PONG") in talk.trace)
        self.assertNotIn(("<", "WANT"), talk.trace)
        self.assertEqual(world.coord.status()["digest"], before["digest"])
        talk.close()

        # A newcomer gets the log up to its cut, which needs no signature any more.
        newcomer = admitted(world.coord, "asilah")
        fetch(newcomer, world.address).close()
        self.assertEqual(newcomer.logs[node.me.log_key].size(), 6)
        self.assertEqual(newcomer.digest(), world.coord.status()["digest"])

        # A log that the entry does not list is a stranger's.
        later = Node(world.network, Identity(world.network, "meknes", node.me.member_seed, number=2))
        self.expect("stranger", lambda: self.dial_and_wait(later))

    def dial_and_wait(self, node):
        talk = Talk.dial(node, world.address)
        try:
            talk.run(lambda: False, 5)
        except (Closed, OSError):
            pass
        return talk.channel.wire


if __name__ == "__main__":
    unittest.main()
