#!/usr/bin/env python3
"""A second reader of the specifications: it shares no code with the programs and was written from proto/PROTOCOL.md alone.

It checks what `commune prove` prints, and as a node of a network it does the handshake, says HELLO, fetches every log in
batches, verifies each by itself and computes the digest. Cryptography and formats are in the mini*.py beside it; libzstd is
the only foreign code.

usage: tests/e2e/second_reader.py                                  its own tests, against a second such node over loopback
       tests/e2e/second_reader.py check FILE [NETWORK ID]          a proof document; exit code 3 when a claim is not proven
       tests/e2e/second_reader.py fetch KEYS ADDRESS NETWORK CODE NUMBER
           speaks to the node at ADDRESS with the plain key files in the folder KEYS (member.key, log.key, transport.key),
           as log NUMBER of member CODE; prints one line a log and the digest
"""
import socket
import sys
import threading
import time
from pathlib import Path

import minimsgpack
import miniprove
from minicrypto import Forged, ed25519_sign, sha256, x25519_public
from minipeer import Identity, Log, Node, Talk
from minirecord import Malformed, Record, need
from miniroster import Hand
from minisession import NAMES, Closed
from minizstd import compress


def read_key(path, purpose):
    """The seed in a plain key file, section 11."""
    fields = minimsgpack.decode(Path(path).read_bytes())
    need(fields.get("format") == 1 and fields.get("purpose") == purpose, f"{path} is no plain {purpose} key")
    need(isinstance(fields.get("seed"), bytes) and len(fields["seed"]) == 32, f"{path} is sealed with a passphrase")
    return fields["seed"]


def fetch(node, address, timeout=120):
    """Fetches all that the node at address holds; the finished session."""
    talk = Talk.dial(node, address)
    talk.run(lambda: talk.their_hello, timeout)
    talk.run(lambda: node.roster_head() and node.roster_head().size >= talk.their_roster, timeout)
    if not node.is_admissible_cached(node.own):
        raise Forged("this log is not admissible under the roster")
    talk.run(lambda: node.digest() == talk.their_digest or talk.is_quiet(3), timeout)
    return talk


def command_fetch(keys, address, network, code, number):
    network = bytes.fromhex(network)
    seeds = [read_key(Path(keys) / f"{name}.key", name) for name in ("member", "log", "transport")]
    node = Node(network, Identity(network, code, *seeds, number=int(number)))
    talk = fetch(node, address)
    for log in sorted(node.logs.values(), key=lambda log: log.key):
        print(f"{log.opened.member:20} {log.head.size:8} {log.key.hex()}")
    equal = node.digest() == talk.their_digest
    print(f"digest {node.digest().hex()} {'is theirs too' if equal else 'differs from ' + talk.their_digest.hex()}")
    talk.close()
    return 0 if equal else 3


# Self-test: a network of our own.


class Fake:
    """A coordinator's node with a listener, each session in a thread. What goes wrong in one is kept in `failures`."""

    def __init__(self):
        self.hand = Hand("a")
        genesis = self.hand.genesis("a")
        self.roster = [genesis]
        me = Identity(self.hand.network, "a", self.hand.seeds["a"])
        self.node = Node(self.hand.network, me)
        self.talks, self.failures = [], []
        self.node.take_roster([genesis])
        self._sign_roster()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"{x25519_public(me.transport).hex()}@127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _sign_roster(self):
        seed = self.hand.seeds["keeper"]
        self.node.sign(self.node.roster_log, lambda text: ed25519_sign(seed, text))

    def admit(self, code, member_key):
        entry = {"type": "admit", "code": code, "kind": "commune", "member_key": member_key, "names": {"fr": code}}
        with self.node.lock:
            self.node.take_roster([self.hand.entry(entry, self.node.roster.version, "a")])
            self._sign_roster()

    def _accept(self):
        while True:
            try:
                sock = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            talk = Talk.accept(self.node, sock)
            self.talks.append(talk)
            talk.serve()
        except (Forged, Malformed, Closed, TimeoutError, minimsgpack.NotCanonical) as error:
            self.failures.append(error)
            sock.close()

    def last_failure(self, count):
        deadline = time.monotonic() + 20
        while len(self.failures) < count:
            if time.monotonic() > deadline:
                raise SystemExit("second_reader: a bad peer was not cut off")
            time.sleep(0.01)
        return str(self.failures[-1])


def records_of(count, size=200):
    fields = lambda number: {"number": number, "text": sha256(b"%d" % number).hex() * (size // 64)}
    return [Record.create(128, minimsgpack.encode(fields(number)), number) for number in range(count)]


def test_sync(fake):
    newcomer = Node(fake.hand.network, Identity(fake.hand.network, "fes"))
    token = bytes(16)
    talk = Talk.dial(newcomer, fake.address, token)
    talk.run(lambda: newcomer.roster_head())
    talk.join(token, "commune", {"fr": "F"})
    talk.run(lambda: talk.joined)
    assert talk.joined == [["pending", ""]] and not talk.is_member_session()
    talk.close()
    fake.admit("fes", newcomer.me.member_key)
    fake.node.publish(records_of(3000))
    talk = fetch(newcomer, fake.address)
    assert newcomer.digest() == fake.node.digest() and newcomer.roster_log.size() == 2
    mine = [batch for batch in talk.batches if batch[0] == fake.node.me.log_key]
    assert len(mine) > 2 and sum(batch[2] for batch in mine) == 3001, mine
    assert newcomer.logs[fake.node.me.log_key].tree.root() == fake.node.own.tree.root()

    # What is new goes out inline, and what the other lacks is fetched from us.
    start = newcomer.publish(records_of(3))
    talk.send("PUSH", talk.push_body(newcomer.own, start))
    talk.run(lambda: talk.haves.get(newcomer.me.log_key) == 4)
    assert newcomer.digest() == fake.node.digest()
    talk.close()
    newcomer.publish(records_of(2))
    talk = fetch(newcomer, fake.address)
    talk.run(lambda: talk.haves.get(newcomer.me.log_key) == 6)
    assert newcomer.digest() == fake.node.digest()
    talk.close()
    return newcomer


def test_bad_peers(fake, node):
    """Each lie ends the session, and what is stored stays as it was."""
    before, tested = fake.node.digest(), 0
    forged = records_of(1)[0]

    def lie(expected, act):
        nonlocal tested
        talk = Talk.dial(node, fake.address)
        talk.run(lambda: talk.their_hello)
        act(talk)
        tested += 1
        try:
            talk.run(lambda: False, 20)
        except (Closed, OSError):
            pass
        reason = fake.last_failure(tested)
        if expected not in reason or fake.node.digest() != before:
            raise SystemExit(f"second_reader: {reason!r}, not {expected!r}")

    def push(talk, change):
        log = Log(node.me.log_key, node.me.opened)
        log.append(node.own.records + [forged])
        node.sign(log, node.me.sign)
        talk.send("PUSH", change(talk.push_body(log, node.own.size())))

    size = node.own.size()
    flipped = lambda data, at: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    bad_raw = flipped(forged.encode(), len(forged.encode()) - 1)
    lie("signature does not verify", lambda talk: push(talk, lambda b: [*b[:2], [*b[2][:2], flipped(b[2][2], 5)], *b[3:]]))
    lie("signature does not verify", lambda talk: push(talk, lambda b: [*b[:2], [b[2][0] + 1, *b[2][1:]], *b[3:]]))
    lie("does not match its commitment", lambda talk: push(talk, lambda b: [*b[:3], len(bad_raw), compress(bad_raw)]))
    other = records_of(2)[1].encode()
    lie("does not lead to the root", lambda talk: push(talk, lambda b: [*b[:3], len(other), compress(other)]))
    lie("does not declare the raw size", lambda talk: push(talk, lambda b: [*b[:3], b[3] + 1, b[4]]))
    lie("answers no WANT", lambda talk: talk.send("BATCH", talk.batch_body(node.own, 0, size)[0]))
    lie("HEADS is malformed", lambda talk: talk.send("HEADS", [3, False, 0, None, []]))
    lie("twice", lambda talk: talk.send("HELLO", talk.hello_body(b"")))
    lie("not the shortest form", lambda talk: talk.send("PING", b"\x91\xcc\x01"))
    head = node.own.head
    bad_head = [0, False, 1, None, [[head.key, head.size + 1, head.root, head.signature]]]
    lie("signature does not verify", lambda talk: talk.send("HEADS", bad_head))
    lie("PROOF_WANT is malformed", lambda talk: talk.send("PROOF_WANT", [head.key, 2, 2]))
    lie("answers no PROOF_WANT", lambda talk: talk.send("PROOF", [head.key, 1, 2, bytes(64)]))
    lie("unknown type", lambda talk: talk.send(max(NAMES) + 1, []))
    return tested


def main(arguments):
    if arguments[:1] == ["check"] and len(arguments) in (2, 3):
        return miniprove.main(arguments[1:])
    if arguments[:1] == ["fetch"] and len(arguments) == 6:
        return command_fetch(*arguments[1:])
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    fake = Fake()
    node = test_sync(fake)
    count = test_bad_peers(fake, node)
    print(f"  PY     second_reader: joined, synced and pushed; {count} bad peers cut off")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
