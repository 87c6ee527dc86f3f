#!/usr/bin/env python3
"""Records, checkpoints and log.open after sections 2 and 3 of proto/PROTOCOL.md, in plain Python.

It decides whether bytes are a record, whether a payload belongs to a header, whether a checkpoint is signed and whether a
log.open is what its member certified. It refuses to know the roster: who is a member is miniroster's question.

usage: tests/e2e/minirecord.py      makes each of them and tampers with it
"""
import os
import re
import sys
from base64 import b64decode, b64encode

import minimsgpack
from minicrypto import Forged, ed25519_check_key, ed25519_public, ed25519_sign, ed25519_verify, sha256
from minitree import leaf_hash

INT_MAX = 2**53 - 1
HEADER_MAX, PAYLOAD_MAX, SALT_SIZE = 1024, 65536, 32
PRESENT, ERASED, NOT_HELD = 0, 1, 2
KIND_LOG_OPEN, KIND_ROSTER_ENTRY = 0, 3
LOG_OPEN_LINE = b"open-communes log v1\n"
CODE = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")


class Malformed(Exception):
    """Bytes that do not follow the format."""


def need(condition, text):
    if not condition:
        raise Malformed(text)


def is_int(value, low, high):
    return type(value) is int and low <= value <= high


def is_bin(value, *sizes):
    return type(value) is bytes and len(value) in sizes


def decode(data):
    try:
        return minimsgpack.decode(data)
    except minimsgpack.NotCanonical as error:
        raise Malformed(str(error)) from None


class Header:
    """The permanent part of a record, kept as the bytes that were signed."""

    def __init__(self, data):
        need(len(data) <= HEADER_MAX, "header is too large")
        value = decode(data)
        need(isinstance(value, list) and len(value) >= 6 and value[0] == 1 and is_int(value[0], 1, 1), "not a header")
        _, self.kind, self.time, self.anchor, self.payload_size, self.commitment = value[:6]
        need(is_int(self.kind, 0, 65535), "kind is out of range")
        need(is_int(self.time, 0, INT_MAX), "time is out of range")
        need(is_bin(self.anchor, 0, 32), "anchor has a wrong size")
        need(is_int(self.payload_size, 0, PAYLOAD_MAX), "payload size is out of range")
        need(is_bin(self.commitment, 32), "commitment has a wrong size")
        self.data = bytes(data)

    def leaf_hash(self):
        return leaf_hash(self.data)

    def check_payload(self, salt, payload):
        if len(salt) != SALT_SIZE or len(payload) != self.payload_size or sha256(salt, payload) != self.commitment:
            raise Forged("payload does not match its commitment")


class Record:
    """A header, and its payload as far as the sender holds it."""

    def __init__(self, header, state, salt=b"", payload=b"", erasure=None):
        self.header, self.state, self.salt, self.payload, self.erasure = header, state, salt, payload, erasure

    @classmethod
    def create(cls, kind, payload, time=0, anchor=b"", salt=None):
        salt = os.urandom(SALT_SIZE) if salt is None else salt
        header = [1, kind, time, anchor, len(payload), sha256(salt, payload)]
        return cls(Header(minimsgpack.encode(header)), PRESENT, salt, payload)

    def rest(self):
        if self.state == PRESENT:
            return self.salt + self.payload
        if self.state == ERASED:
            return self.erasure[0] + self.erasure[1].to_bytes(8, "big") + self.erasure[2]
        return b""

    def encode(self):
        return len(self.header.data).to_bytes(2, "big") + self.header.data + bytes([self.state]) + self.rest()

    @classmethod
    def decode_first(cls, data, at=0):
        """The record that starts at `at`, and where it ends. A present payload is held to its commitment."""

        def take(size):
            nonlocal at
            need(size <= len(data) - at, "record ends too early")
            at += size
            return data[at - size : at]

        header = Header(take(int.from_bytes(take(2), "big")))
        state = take(1)[0]
        if state == PRESENT:
            salt, payload = take(SALT_SIZE), take(header.payload_size)
            header.check_payload(salt, payload)
            return cls(header, state, salt, payload), at
        if state == ERASED:
            erasure = take(32), int.from_bytes(take(8), "big"), take(32)
            return cls(header, state, erasure=erasure), at
        need(state == NOT_HELD, "record has an unknown state")
        return cls(header, state), at

    @classmethod
    def decode(cls, data):
        record, end = cls.decode_first(data)
        need(end == len(data), "bytes follow the record")
        return record


def decode_records(raw, count):
    records, at = [], 0
    for _ in range(count):
        record, at = Record.decode_first(raw, at)
        records.append(record)
    need(at == len(raw), "bytes follow the last record")
    return records


# Checkpoints and their notes.


def origin_of(network, key):
    return f"open-communes/{network.hex()}/{key.hex()}"


def key_id_of(origin, key):
    return sha256(origin.encode(), b"\n\x01", key)[:4]


def vkey_of(network, key):
    origin = origin_of(network, key)
    return f"{origin}+{key_id_of(origin, key).hex()}+{b64encode(bytes([1]) + key).decode()}"


class Checkpoint:
    """[size, root, signature] beside the log key that it belongs to."""

    def __init__(self, key, size, root, signature):
        self.key, self.size, self.root, self.signature = key, size, root, signature

    @classmethod
    def of_wire(cls, key, value):
        need(is_bin(key, 32), "log key has a wrong size")
        need(isinstance(value, list) and len(value) >= 3, "not a checkpoint")
        need(is_int(value[0], 1, INT_MAX), "a checkpoint has at least one record")
        need(is_bin(value[1], 32) and is_bin(value[2], 64), "not a checkpoint")
        return cls(key, *value[:3])

    def wire(self):
        return [self.size, self.root, self.signature]

    def text(self, network):
        return f"{origin_of(network, self.key)}\n{self.size}\n{b64encode(self.root).decode()}\n".encode()

    @classmethod
    def sign(cls, network, key, size, root, sign):
        checkpoint = cls(key, size, root, None)
        checkpoint.signature = sign(checkpoint.text(network))
        return checkpoint

    def verify(self, network):
        ed25519_verify(self.key, self.text(network), self.signature)

    def note(self, network):
        origin = origin_of(network, self.key)
        blob = b64encode(key_id_of(origin, self.key) + self.signature).decode()
        return f"{self.text(network).decode()}\n\u2014 {origin} {blob}\n"

    @classmethod
    def of_note(cls, network, key, note):
        """The checkpoint of a signed note; lines of signatures by others are left aside, as signed-note asks."""
        origin = origin_of(network, key)
        text, empty, lines = note.rpartition("\n\n")
        need(empty and lines.endswith("\n"), "not a signed note")
        body = text.split("\n")
        need(len(body) == 3 and body[0] == origin, "checkpoint has another origin")
        need(re.fullmatch(r"[1-9][0-9]{0,15}", body[1]) and int(body[1]) <= INT_MAX, "size is not a number")
        root = _base64(body[2], 32)
        for line in lines[:-1].split("\n"):
            parts = line.split(" ")
            need(len(parts) == 3 and parts[0] == "\u2014", "not a line of a signature")
            blob = _base64(parts[2])
            if parts[1] == origin and blob[:4] == key_id_of(origin, key):
                need(len(blob) == 68, "signature has a wrong size")
                return cls(key, int(body[1]), root, blob[4:])
        raise Forged("the note bears no signature of its log")


def _base64(text, size=None):
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise Malformed("not base64") from None
    need(b64encode(data).decode() == text and size in (None, len(data)), "not base64 of that size")
    return data


# log.open.


class LogOpen:
    """Leaf 0 of a log: what its member certified."""

    SIZES = {"certificate": 64, "key": 32, "member_key": 32, "network": 32, "transport": 32}

    def __init__(self, record):
        need(record.header.kind == KIND_LOG_OPEN, "leaf 0 is not a log.open")
        need(record.state == PRESENT, "log.open is not held")
        record.header.check_payload(record.salt, record.payload)
        self.record = record
        fields = decode(record.payload)
        need(isinstance(fields, dict), "log.open is not a map")
        for name, size in self.SIZES.items():
            need(is_bin(fields.get(name), size), f"{name} has a wrong size")
        need(isinstance(fields.get("member"), str) and CODE.match(fields["member"]), "member is not a code")
        need(is_int(fields.get("number"), 1, 2**32 - 1), "number is out of range")
        previous = fields.get("previous")
        need(isinstance(previous, list) and len(previous) <= 16, "previous is not a list of logs")
        for log in previous:
            need(isinstance(log, list) and len(log) >= 3, "previous names no log")
            need(is_bin(log[0], 32) and is_int(log[1], 0, INT_MAX) and is_bin(log[2], 32), "previous names no log")
        self.key, self.member, self.member_key = fields["key"], fields["member"], fields["member_key"]
        self.network, self.number, self.transport = fields["network"], fields["number"], fields["transport"]
        self.certificate = fields["certificate"]
        self.signed = LOG_OPEN_LINE + minimsgpack.encode({k: v for k, v in fields.items() if k != "certificate"})

    def verify(self, network, key):
        """All that section 3 asks of an admissible log but the roster."""
        if self.network != network:
            raise Forged("log.open is of another network")
        if self.key != key:
            raise Forged("log.open is of another log")
        ed25519_check_key(self.key)
        ed25519_check_key(self.member_key)
        ed25519_verify(self.member_key, self.signed, self.certificate)

    @classmethod
    def create(cls, network, key, member, member_key, transport, sign, number=1, previous=(), time=0):
        fields = {
            "key": key, "member": member, "member_key": member_key, "network": network, "number": number,
            "previous": list(previous), "transport": transport,
        }  # fmt: skip
        fields["certificate"] = sign(LOG_OPEN_LINE + minimsgpack.encode(fields))
        return cls(Record.create(KIND_LOG_OPEN, minimsgpack.encode(fields), time))


# Self-test.


def refuses(error, call, *arguments):
    try:
        call(*arguments)
    except error:
        refuses.count += 1
        return
    raise SystemExit(f"minirecord: {getattr(call, '__name__', call)} let pass what it must not")


refuses.count = 0


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_record():
    record = Record.create(128, minimsgpack.encode({"title": {"fr": "Fontaine"}}), 1700000000000)
    wire = record.encode()
    again = Record.decode(wire)
    assert again.header.leaf_hash() == record.header.leaf_hash() and again.payload == record.payload
    refuses(Malformed, Record.decode, wire + b"\x00")
    refuses(Malformed, Record.decode, wire[:-1])
    refuses(Forged, Record.decode, flip(wire, len(wire) - 1))
    refuses(Forged, Record.decode, flip(wire, 2 + len(record.header.data) + 1))
    for state in (ERASED, NOT_HELD):
        other = Record(record.header, state, erasure=(bytes(32), 7, bytes(32)))
        assert Record.decode(other.encode()).state == state
        refuses(Malformed, Record.decode, other.encode() + b"\x00")
    refuses(Malformed, Record.decode, wire[:2] + record.header.data + b"\x03")
    fields = [1, 128, 0, b"", 0, bytes(32)]
    assert Header(minimsgpack.encode(fields + ["later"])).kind == 128
    for at, bad in ((0, 2), (0, True), (1, 65536), (1, -1), (2, -1), (3, bytes(31)), (4, 65537), (5, bytes(31))):
        refuses(Malformed, Header, minimsgpack.encode(fields[:at] + [bad] + fields[at + 1 :]))
    refuses(Malformed, Header, minimsgpack.encode(fields[:5]))
    refuses(Malformed, Header, minimsgpack.encode(fields + [bytes(1024)]))


def test_checkpoint():
    seed, network, root = sha256(b"log"), sha256(b"network"), sha256(b"root")
    key = ed25519_public(seed)
    cp = Checkpoint.sign(network, key, 7, root, lambda text: ed25519_sign(seed, text))
    cp.verify(network)
    note = cp.note(network)
    back = Checkpoint.of_note(network, key, note)
    back.verify(network)
    assert (back.size, back.root, back.signature) == (7, root, cp.signature)
    assert vkey_of(network, key).count("+") >= 2
    refuses(Forged, Checkpoint(key, 8, root, cp.signature).verify, network)
    refuses(Forged, Checkpoint(key, 7, network, cp.signature).verify, network)
    refuses(Forged, cp.verify, root)
    for old, new in (("\n7\n", "\n07\n"), ("\n7\n", "\n0\n"), ("\n\n", "\nextension\n\n"), ("\u2014", "-"), ("open-c", "Open-c")):
        refuses((Malformed, Forged), Checkpoint.of_note, network, key, note.replace(old, new, 1))
    refuses(Malformed, Checkpoint.of_note, network, key, note[:-1])
    refuses(Forged, Checkpoint.of_note, network, key, note.replace(note.split(" ")[-1], b64encode(bytes(68)).decode() + "\n"))
    refuses(Malformed, Checkpoint.of_wire, key, [0, root, cp.signature])


def test_log_open():
    member, log, network = sha256(b"member"), sha256(b"key"), sha256(b"network")
    key = ed25519_public(log)
    opened = LogOpen.create(
        network, key, "sefrou", ed25519_public(member), bytes(32), lambda data: ed25519_sign(member, data)
    )
    opened.verify(network, key)
    refuses(Forged, opened.verify, key, key)
    refuses(Forged, opened.verify, network, network)
    fields = minimsgpack.decode(opened.record.payload)
    opened = LogOpen(Record.create(0, minimsgpack.encode({**fields, "member": "fes"})))
    refuses(Forged, opened.verify, network, key)
    for name, bad in (("number", 0), ("member", "Sefrou"), ("key", bytes(31)), ("previous", [[]] * 17), ("transport", "")):
        refuses(Malformed, LogOpen, Record.create(0, minimsgpack.encode({**fields, name: bad})))
    refuses(Malformed, LogOpen, Record.create(1, opened.record.payload))
    refuses(Malformed, LogOpen, Record(opened.record.header, NOT_HELD))


def main():
    test_record()
    test_checkpoint()
    test_log_open()
    print(f"  PY     minirecord: {refuses.count} tampered cases refused")


if __name__ == "__main__":
    sys.exit(main())
