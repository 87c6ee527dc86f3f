#!/usr/bin/env python3
"""Connection, handshake and frames after sections 5 to 8 of proto/PROTOCOL.md, over a TCP socket, in plain Python.

It decides whether bytes are a handshake and frames of the protocol, and gives their types and bodies. It refuses to know what
a message asks for: that is minipeer's. A test that wants to break a rule reaches for the socket and the ciphers directly.

usage: tests/e2e/minisession.py      two ends over a socket pair, and broken frames between them
"""
import base64
import os
import re
import select
import socket
import sys
import time

import minimsgpack
from minicrypto import Forged, sha256
from minirecord import Malformed, decode, is_bin, is_int, need
from mininoise import Handshake

PROLOGUE = b"open-communes/1"
BODY_MAX = 1048576
PLAIN_MAX = 65519
REKEY_AFTER = 65536
NAMES = {
    1: "HELLO", 2: "OPEN_WANT", 3: "OPEN", 4: "ROSTER", 5: "HEADS", 6: "WANT", 7: "BATCH", 8: "PUSH", 9: "HAVE", 10: "DIGEST",
    11: "BUCKETS", 12: "PAYLOAD_WANT", 13: "PAYLOADS", 14: "JOIN", 15: "JOINED", 16: "EVIDENCE", 17: "TWINS", 18: "PING",
    19: "PONG", 20: "BYE", 21: "PROOF_WANT", 22: "PROOF", 23: "NEWS",
}  # fmt: skip
TYPES = {name: number for number, name in NAMES.items()}


class Closed(Exception):
    """The other side ended the connection."""


class Address:
    """`<transport key, hex>@<host>:<port>`; an IPv6 host stands in brackets."""

    def __init__(self, text):
        match = re.fullmatch(r"([0-9a-f]{64})@(\[[0-9a-fA-F:.]+\]|[^\[\]:@]+):([0-9]{1,5})", text)
        need(match and len(text) <= 320 and 0 < int(match[3]) < 65536, "not an address")
        self.key, self.host, self.port = bytes.fromhex(match[1]), match[2].strip("[]"), int(match[3])


class Invite:
    """`oc1` and base32 of the array [1, network id, code, expires, token, addresses] with four bytes of its hash."""

    def __init__(self, text):
        need(text[:3].lower() == "oc1", "not an invite")
        letters = text[3:].upper()
        try:
            data = base64.b32decode(letters + "=" * (-len(letters) % 8))
        except ValueError:
            raise Malformed("not base32") from None
        need(len(data) > 4 and sha256(data[:-4])[:4] == data[-4:], "invite is damaged")
        body = decode(data[:-4])
        need(isinstance(body, list) and len(body) >= 6 and body[0] == 1, "not an invite")
        need(is_bin(body[1], 32) and is_bin(body[4], 16) and isinstance(body[5], list), "not an invite")
        self.network, self.code, self.expires, self.token = body[1:5]
        self.addresses = [Address(address) for address in body[5]]
        need(1 <= len(self.addresses) <= 4, "not an invite")


class Wire:
    """A socket with deadlines: exact reads of `u16 size ‖ message`."""

    def __init__(self, sock, timeout=10):
        self.sock, self.timeout, self.buffer = sock, timeout, b""

    @classmethod
    def dial(cls, host, port, timeout=10):
        sock = socket.create_connection((host, port), timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(sock, timeout)

    def send_raw(self, data):
        try:
            self.sock.settimeout(self.timeout)
            self.sock.sendall(data)
        except (ConnectionError, BrokenPipeError) as error:
            raise Closed(str(error)) from None

    def send(self, *messages):
        self.send_raw(b"".join(len(message).to_bytes(2, "big") + message for message in messages))

    def is_ready(self, wait):
        """Whether something can be read within `wait` seconds, be it the end."""
        return bool(self.buffer) or bool(select.select([self.sock], [], [], wait)[0])

    def _take(self, size, deadline):
        while len(self.buffer) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                raise TimeoutError("nothing came in time")
            try:
                data = self.sock.recv(65536)
            except ConnectionError as error:
                raise Closed(str(error)) from None
            if not data:
                raise Closed("end of the connection")
            self.buffer += data
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def receive(self, timeout=None):
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        size = int.from_bytes(self._take(2, deadline), "big")
        return self._take(size, deadline)

    def wait_closed(self, timeout):
        """Seconds until the other side has closed; whatever it still says is read over."""
        start = time.monotonic()
        while True:
            left = start + timeout - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                raise TimeoutError(f"not closed within {timeout} s")
            try:
                if not self.sock.recv(65536):
                    return time.monotonic() - start
            except ConnectionError:
                return time.monotonic() - start

    def close(self):
        self.sock.close()


def prologue_of(network):
    return PROLOGUE + network


def third_payload(roster_size, key_or_token):
    return minimsgpack.encode([roster_size, key_or_token])


class Channel:
    """The transport after the handshake: frames out, frames in."""

    def __init__(self, wire, handshake, cipher_class=None):
        self.wire = wire
        self.remote_static = handshake.remote["s"]
        self.sending, self.receiving = handshake.split()
        if cipher_class:
            self.sending, self.receiving = cipher_class(self.sending.key), cipher_class(self.receiving.key)
        self.sent = self.received = 0
        self.kept = b""

    @classmethod
    def dial(cls, address, network, static, payload, first=(), timeout=10, cipher_class=None):
        """Initiator; `first` are the frames that travel with message 3."""
        wire = Wire.dial(address.host, address.port, timeout)
        handshake = Handshake(True, prologue_of(network), static, os.urandom(32), address.key)
        wire.send(handshake.write(b""))
        need(handshake.read(wire.receive()) == b"", "message 2 bears a payload")
        third = handshake.write(payload)
        channel = cls(wire, handshake, cipher_class)
        sealed = [message for kind, body in first for message in channel.seal(kind, body)]
        wire.send(third, *sealed)
        return channel

    @classmethod
    def accept(cls, wire, network, static, cipher_class=None):
        """Responder; gives the channel and message 3's [roster size, log key or token]."""
        handshake = Handshake(False, prologue_of(network), static, os.urandom(32))
        need(handshake.read(wire.receive(2)) == b"", "message 1 bears a payload")
        wire.send(handshake.write(b""))
        third = decode(handshake.read(wire.receive()))
        need(isinstance(third, list) and len(third) >= 2 and is_int(third[0], 0, 2**53 - 1), "message 3 is malformed")
        need(is_bin(third[1], 16, 32), "message 3 is malformed")
        return cls(wire, handshake, cipher_class), third

    def seal_plain(self, plaintext):
        """One Noise message of this direction, rekeyed when due."""
        message = self.sending.seal(plaintext)
        self.sent += 1
        if self.sent % REKEY_AFTER == 0:
            self.sending.rekey()
        return message

    def seal(self, kind, body):
        """The Noise messages of one frame."""
        data = body if isinstance(body, bytes) else minimsgpack.encode(body)
        kind = kind if isinstance(kind, int) else TYPES[kind]
        assert len(data) <= BODY_MAX
        plain = bytes([kind]) + len(data).to_bytes(3, "big") + data
        return [self.seal_plain(plain[at : at + PLAIN_MAX]) for at in range(0, len(plain), PLAIN_MAX)]

    def send(self, kind, body):
        self.wire.send(*self.seal(kind, body))

    def _open(self, timeout):
        message = self.wire.receive(timeout)
        need(len(message) >= 17, "Noise message is too short")
        plain = self.receiving.open(message)
        self.received += 1
        if self.received % REKEY_AFTER == 0:
            self.receiving.rekey()
        return plain

    def receive(self, timeout=10):
        """(type name, body) of the next frame."""
        plain = self._open(timeout)
        need(len(plain) >= 4, "frame ends within its head")
        kind, size = plain[0], int.from_bytes(plain[1:4], "big")
        need(kind in NAMES and size <= BODY_MAX, "unknown type or too large a frame")
        body, left = [plain[4:]], size - len(plain) + 4
        while left > 0:
            need(len(plain) == PLAIN_MAX, "a message before the last is not full")
            plain = self._open(self.wire.timeout)
            body.append(plain)
            left -= len(plain)
        need(left == 0, "frame is longer than it says")
        value = decode(b"".join(body))
        need(isinstance(value, list), "body is not an array")
        return NAMES[kind], value

    def close(self):
        self.wire.close()


# Self-test.


def pair():
    from minicrypto import x25519_public

    network, static, remote = sha256(b"n"), sha256(b"i"), sha256(b"r")
    a, b = (Handshake(True, prologue_of(network), static, os.urandom(32), x25519_public(remote)),
            Handshake(False, prologue_of(network), remote, os.urandom(32)))  # fmt: skip
    for writer, reader in ((a, b), (b, a), (a, b)):
        reader.read(writer.write(b""))
    ends = socket.socketpair()
    return Channel(Wire(ends[0]), a), Channel(Wire(ends[1]), b)


def must_fail(error, break_it):
    a, b = pair()
    break_it(a)
    try:
        b.receive(1)
    except error:
        must_fail.count += 1
        return
    raise SystemExit("minisession: let pass what it must not")


must_fail.count = 0


def main():
    global REKEY_AFTER
    a, b = pair()
    REKEY_AFTER = 3
    for number in range(8):
        a.send("PING", [number])
        assert b.receive() == ("PING", [number])
        b.send("PONG", [number])
        assert a.receive() == ("PONG", [number])
    REKEY_AFTER = 65536
    a, b = pair()
    long = [bytes(PLAIN_MAX - 8)]
    assert len(a.seal("BUCKETS", long)) == 1 and len(a.seal("BUCKETS", [long[0] + b"1"])) == 2
    a, b = pair()
    a.send("BUCKETS", [bytes(70000)])
    assert b.receive() == ("BUCKETS", [bytes(70000)])
    plain = lambda data: lambda end: end.wire.send(end.seal_plain(data))
    must_fail(Malformed, plain(b"\x12\x00\x00"))
    must_fail(Malformed, plain(b"\x00\x00\x00\x01\x90"))
    must_fail(Malformed, plain(bytes([max(NAMES) + 1]) + b"\x00\x00\x01\x90"))
    must_fail(Malformed, plain(b"\x12\x10\x00\x01\x90"))
    must_fail(Malformed, plain(b"\x12\x00\x00\x02\x90"))
    must_fail(Malformed, plain(b"\x12\x00\x00\x01\x90\x90"))
    must_fail(Malformed, plain(b"\x12\x00\x00\x02\x81\x00"))
    must_fail(Malformed, plain(b"\x12\x00\x00\x02\xcc\x01"))
    must_fail(Malformed, lambda end: end.wire.send(bytes(16)))
    must_fail(Malformed, lambda end: end.wire.send(b""))
    must_fail(Forged, lambda end: end.wire.send(bytes(17)))
    must_fail(Closed, lambda end: end.close())
    for bad in ("ab@h:1", "0" * 64 + "@h:0", "0" * 64 + "@h", "0" * 64 + "@[::1:7117", "A" * 64 + "@h:1"):
        try:
            Address(bad)
            raise SystemExit(f"minisession: took {bad}")
        except Malformed:
            must_fail.count += 1
    assert Address("0" * 64 + "@[::1]:7117").host == "::1"
    print(f"  PY     minisession: {must_fail.count} broken frames and addresses refused")


if __name__ == "__main__":
    sys.exit(main())
