"""A member that floods, in a process of its own: every manner of sending as fast as one processor can, what is valid and what is
not. It comes back whenever it is sent away, and tells at the end what it did. It decides what is sent; what becomes of it is
its test's matter. Sealing and curves are libsodium's, so that the flood is the node's load and not Python's."""
import ctypes
import multiprocessing
import os
import select
import time

import fastpeer
import mininoise
from minicrypto import Forged
from minirecord import Malformed
from minipeer import Talk
from minisession import BODY_MAX, Closed
from minizstd import compress

BURST = 256 * 1024  # bytes between two looks at the clock
AT_LAST = 20  # seconds after its time, on a machine that is busy with other things


def x25519(private, public):
    out = ctypes.create_string_buffer(32)
    if fastpeer._lib.crypto_scalarmult(out, private, public):
        raise Forged("point of low order")
    return out.raw


def x25519_public(private):
    out = ctypes.create_string_buffer(32)
    fastpeer._lib.crypto_scalarmult_base(out, private)
    return out.raw


def hurry():
    mininoise.x25519, mininoise.x25519_public = x25519, x25519_public


# What is sent: (type, body), without end.


def forever(*frames):
    while True:
        yield from frames


def push_of(log, start):
    raw = b"".join(record.encode() for record in log.records[start:])
    return [log.key, start, log.head.wire(), len(raw), compress(raw)]


def pushes(member):
    """Good records, one at a time."""
    log, me = member.own, member.me
    _, secret = fastpeer.key_pair(me.log_seed)
    number = 0
    while True:
        number += 1
        log.append([fastpeer.record(number)])
        log.take_head(fastpeer.Checkpoint.sign(member.network, log.key, log.size(), log.tree.root(), lambda text: fastpeer.sign_with(secret, text)))
        log.heads.clear()
        yield "PUSH", push_of(log, log.size() - 1)


def same_push(member):
    """One good record, again and again."""
    return forever(("PUSH", push_of(member.own, member.own.size() - 1)))


def wants(member):
    """Everything that the node holds, again and again; it has more by now than the member knows."""
    sizes = {log.key: log.head.size for log in member.logs.values() if log.head} | member.larger
    return forever(("WANT", [[key, 0, size] for key, size in sizes.items()] * (200 // len(sizes))))


def one_want(member):
    """All of the largest log, a WANT at a time."""
    key, size = max(member.larger.items(), key=lambda item: item[1])
    return forever(("WANT", [[key, 0, size]]))


def buckets(member):
    return forever(("BUCKETS", [os.urandom(8192)]))


def digests(member):
    return forever(*(("DIGEST", [os.urandom(32), n]) for n in range(64)))


def heads(member):
    known = [[log.key, *log.head.wire()] for log in member.logs.values() if log.head]
    return forever(("HEADS", [1, False, member.arrivals, None, (known * 4096)[:4096]]))


def own_heads(member):
    """What the node signed itself, and what it holds of others, as it was before."""
    old = [[log.key, *head.wire()] for log in member.logs.values() for head in log.heads.values()]
    return forever(("HEADS", [1, False, member.arrivals, None, old]))


def visits(member):
    """Comes, says what it knows of the node's log, and goes."""
    while True:
        yield None, None


def forged_heads(member):
    return forever(("HEADS", [1, False, 1, None, [[os.urandom(32), 5, os.urandom(32), os.urandom(64)] for _ in range(4096)]]))


def pings(member):
    return forever(*(("PING", [n]) for n in range(64)))


def payload_wants(member):
    return forever(("PAYLOAD_WANT", [[log.key, 0] for log in member.logs.values() if log.head] * 60))


def open_wants(member):
    return forever(*(("OPEN_WANT", [log.key]) for log in member.logs.values()))


def proof_wants(member):
    log = max((log for log in member.logs.values() if log.head), key=lambda log: log.head.size)
    return forever(("PROOF_WANT", [log.key, 1, max(2, log.head.size)]))


def garbage(member):
    while True:
        for kind in range(1, 23):
            yield kind, os.urandom(4096)


def evidence(member):
    head = member.own.head
    other = [head.size, os.urandom(32), os.urandom(64)]
    return forever(("EVIDENCE", [member.own.key, head.wire(), other, b"", b""]))


class Plain(bytes):
    """What stands in a Noise message, its frame's head included."""


def oversized(member):
    """A frame that says that it is larger than any."""
    return forever((None, Plain(bytes([8]) + (BODY_MAX + 1).to_bytes(3, "big") + bytes(60000))))


def declared(size):
    """A zstd frame that says that it holds so much, and one block of zeros that is repeated."""
    block = (0b010 | 131072 << 3).to_bytes(3, "little") + b"\0"  # RLE, not the last
    last = (0b011 | 131072 << 3).to_bytes(3, "little") + b"\0"
    count = min(max(size // 131072, 1), 60000)
    return b"\x28\xb5\x2f\xfd" + b"\xe0" + size.to_bytes(8, "little") + block * (count - 1) + last


def undeclared(count):
    """A frame that says nothing of its size and has a window of 2 GiB, of so many blocks of 128 KiB."""
    block = (0b010 | 131072 << 3).to_bytes(3, "little") + b"\0"
    return b"\x28\xb5\x2f\xfd" + b"\x00" + bytes([21 << 3]) + block * (count - 1) + b"\x03\x00\x10\x00"


def bombs(member):
    """8 GiB in 250 kB, in every way to say it."""
    me, size = member.own, member.own.size()
    head = [size + 1000, os.urandom(32), os.urandom(64)]
    signed = me.head.wire()
    bodies = []
    for raw, frame in (
        (8 << 30, declared(8 << 30)), (1 << 20, declared(8 << 30)), (1 << 20, declared(1 << 20)), (1 << 20, undeclared(60000)),
        (8 << 30, undeclared(60000)), (0, undeclared(60000)), (1 << 32, compress(bytes(1 << 20))), (2**53 - 1, compress(bytes(100))),
        (100, compress(bytes(1 << 20))), (1 << 20, compress(bytes(1 << 20))), (1 << 20, compress(bytes((1 << 20) + 1))),
    ):  # fmt: skip
        bodies += [("PUSH", [me.key, size, head, raw, frame]), ("PUSH", [me.key, size - 1, signed, raw, frame]),
                   ("BATCH", [[[1000, raw, b""]], frame]), ("NEWS", [[[me.key, 1, size + 1, bytes(64)]], frame])]  # fmt: skip
    return forever(*bodies)


MANNERS = {
    manner.__name__: manner for manner in (
        pushes, same_push, wants, one_want, buckets, digests, heads, own_heads, visits, forged_heads, pings, payload_wants, open_wants, proof_wants, garbage,
        evidence, oversized, bombs
    )
}  # fmt: skip


class Flood:
    """One manner, for so many seconds, and until something was sent. `is_deaf`: it reads nothing of what it asked for.
    `is_unwanted`: it is sent away at least once."""

    def __init__(self, member, address, manner, seconds, is_deaf, is_unwanted):
        self.member, self.address, self.frames = member, address, MANNERS[manner](member)
        self.until, self.is_deaf = time.monotonic() + seconds, is_deaf
        self.is_unwanted, self.at_last = is_unwanted, self.until + AT_LAST
        self.told = {"sessions": 0, "refused": 0, "frames": 0, "bytes": 0, "read": 0, "ended": 0}

    def is_over(self):
        now, told = time.monotonic(), self.told
        is_enough = told["ended"] > 0 if self.is_unwanted else told["bytes"] > 0
        return now >= self.until and (is_enough or now >= self.at_last)

    def meet(self):
        """A session that the node takes for a member's."""
        talk = Talk.dial(self.member, self.address, cipher_class=fastpeer.Cipher)
        talk.run(lambda: talk.their_hello, 10)
        return talk

    def fill(self, channel):
        """The next bytes to send."""
        parts, size = [], 0
        while size < BURST:
            kind, body = next(self.frames)
            if body is None:
                raise Closed("it goes by itself")
            messages = [channel.seal_plain(body)] if isinstance(body, Plain) else channel.seal(kind, body)
            for message in messages:
                parts += [len(message).to_bytes(2, "big"), message]
                size += len(message) + 2
            self.told["frames"] += 1
        return b"".join(parts)

    def flood(self, talk):
        sock = talk.channel.wire.sock
        sock.setblocking(False)
        data = memoryview(b"")
        while not self.is_over():
            if not data:
                data = memoryview(self.fill(talk.channel))
            readable, writable, _ = select.select([] if self.is_deaf else [sock], [sock], [], 0.1)
            if readable:
                heard = len(sock.recv(1 << 20))
                if not heard:
                    return
                self.told["read"] += heard
            if writable:
                sent = sock.send(data)
                self.told["bytes"] += sent
                data = data[sent:]

    def run(self):
        while not self.is_over():
            talk = None
            try:
                talk = self.meet()
                self.told["sessions"] += 1
                self.flood(talk)
                self.told["ended"] += not self.is_over()
            except (Closed, ConnectionError):
                self.told["ended"] += 1
            except (OSError, Malformed, Forged, TimeoutError):
                self.told["refused"] += 1
            finally:
                if talk:
                    talk.close()
        return self.told


def work(pipe, *arguments):
    hurry()
    pipe.send(Flood(*arguments).run())
    pipe.close()


def start(member, address, manner, seconds, is_deaf=False, is_unwanted=False):
    """The process, and the end of a pipe that says what it did."""
    here, there = multiprocessing.Pipe(False)
    process = multiprocessing.get_context("fork").Process(target=work, args=(there, member, address, manner, seconds, is_deaf, is_unwanted))
    process.start()
    there.close()
    return process, here
