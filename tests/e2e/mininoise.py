#!/usr/bin/env python3
"""Noise_XK_25519_ChaChaPoly_SHA256 in plain Python, after the Noise specification, revision 34, on minicrypto.

It gives a second reader of proto/PROTOCOL.md the handshake and the transport ciphers of its section 6 without sharing code
with the programs. It refuses to know what the payloads say, what a frame is, and where bytes go.

usage: tests/e2e/mininoise.py      plays tests/vectors/noise as both sides, good sessions and broken ones
"""
import json
import sys
from pathlib import Path

from minicrypto import Forged, aead_open, aead_seal, hkdf, sha256, x25519, x25519_public

NAME = b"Noise_XK_25519_ChaChaPoly_SHA256"  # 32 bytes, so it is the first hash itself
MESSAGE_MAX = 65535


class Cipher:
    """Section 5.1, CipherState. The nonce is a counter; it goes on after a rekey."""

    def __init__(self, key):
        self.key, self.count = key, 0

    @staticmethod
    def _nonce(number):
        return bytes(4) + number.to_bytes(8, "little")

    def seal(self, plaintext, associated=b""):
        sealed = aead_seal(self.key, self._nonce(self.count), plaintext, associated)
        self.count += 1
        return sealed

    def open(self, sealed, associated=b""):
        plaintext = aead_open(self.key, self._nonce(self.count), sealed, associated)
        self.count += 1
        return plaintext

    def rekey(self):
        """Section 4.2, REKEY: the first 32 bytes of zeros sealed with the largest nonce."""
        self.key = aead_seal(self.key, self._nonce(2**64 - 1), bytes(32))[:32]


class Handshake:
    """Section 5.3 for the one pattern XK: <- s … -> e, es / <- e, ee / -> s, se. Messages alternate from the initiator."""

    PATTERN = (("e", "es"), ("e", "ee"), ("s", "se"))

    def __init__(self, initiator, prologue, static, ephemeral, remote_static=None):
        self.initiator, self.step = initiator, 0
        self.secret = {"s": static, "e": ephemeral}
        self.remote = {"s": remote_static, "e": None}
        self.hash = self.chaining = NAME
        self.cipher = None
        self._mix_hash(prologue)
        self._mix_hash(remote_static if initiator else x25519_public(static))

    def _mix_hash(self, data):
        self.hash = sha256(self.hash, data)

    def _mix_key(self, shared):
        self.chaining, key = hkdf(self.chaining, shared, 2)
        self.cipher = Cipher(key)

    def _agree(self, token):
        """es, ee, se name the initiator's key first and the responder's second."""
        mine, theirs = token if self.initiator else token[::-1]
        self._mix_key(x25519(self.secret[mine], self.remote[theirs]))

    def _seal(self, plaintext):
        sealed = self.cipher.seal(plaintext, self.hash) if self.cipher else plaintext
        self._mix_hash(sealed)
        return sealed

    def _open(self, sealed):
        plaintext = self.cipher.open(sealed, self.hash) if self.cipher else sealed
        self._mix_hash(sealed)
        return plaintext

    def is_ours(self):
        """Whether the next message is ours to write."""
        return not self.is_done() and (self.step % 2 == 0) == self.initiator

    def is_done(self):
        return self.step == len(self.PATTERN)

    def write(self, payload):
        assert self.is_ours()
        key, token = self.PATTERN[self.step]
        public = x25519_public(self.secret[key])
        if key == "e":
            self._mix_hash(public)
            message = public
        else:
            message = self._seal(public)
        self._agree(token)
        self.step += 1
        return message + self._seal(payload)

    def read(self, message):
        """The payload. After Forged the handshake is over: a part of it may have been mixed in."""
        assert not self.is_ours() and not self.is_done()
        key, token = self.PATTERN[self.step]
        size = 32 if key == "e" else 48
        if len(message) < size + 16 or len(message) > MESSAGE_MAX:
            raise Forged("handshake message has a wrong size")
        if key == "e":
            self.remote["e"] = message[:32]
            self._mix_hash(message[:32])
        else:
            self.remote["s"] = self._open(message[:48])
        self._agree(token)
        payload = self._open(message[size:])
        self.step += 1
        return payload

    def split(self):
        """(sending, receiving) ciphers for the transport."""
        assert self.is_done()
        first, second = (Cipher(key) for key in hkdf(self.chaining, b"", 2))
        return (first, second) if self.initiator else (second, first)


# Self-test.


class Session:
    """Both sides of a vector, each message going where it belongs."""

    def __init__(self, vector):
        get = lambda name: bytes.fromhex(vector[name])
        self.sides = (
            Handshake(True, get("init_prologue"), get("init_static"), get("init_ephemeral"), get("init_remote_static")),
            Handshake(False, get("resp_prologue"), get("resp_static"), get("resp_ephemeral")),
        )
        self.ciphers = None

    def write(self, number, payload):
        side = number % 2
        if number < 3:
            return self.sides[side].write(payload)
        return self._transport()[side][0].seal(payload)

    def read(self, number, message):
        side = 1 - number % 2
        if number < 3:
            return self.sides[side].read(message)
        return self._transport()[side][1].open(message)

    def _transport(self):
        if not self.ciphers:
            self.ciphers = [side.split() for side in self.sides]
        return self.ciphers


def play(vector, upto):
    """A session after the first `upto` messages, each of which must come out as the vector has it."""
    session = Session(vector)
    for number, message in enumerate(vector["messages"][:upto]):
        payload, want = bytes.fromhex(message["payload"]), bytes.fromhex(message["ciphertext"])
        if session.write(number, payload) != want:
            raise SystemExit(f"mininoise: message {number} is not the vector's")
        if session.read(number, want) != payload:
            raise SystemExit(f"mininoise: payload {number} is not the vector's")
    return session


def must_reject(base, case):
    number = case["message"]
    session = play(base, number + (1 if case.get("replay") else 0))
    if case.get("replay"):
        message = bytes.fromhex(base["messages"][number]["ciphertext"])
    else:
        message = bytes.fromhex(case["mutated"])
        session.write(number, bytes.fromhex(base["messages"][number]["payload"]))
    try:
        session.read(number, message)
    except Forged:
        return
    raise SystemExit(f"mininoise: let pass: {case['desc']}")


def rekey_stays_in_step():
    a, b = Cipher(bytes(range(32))), Cipher(bytes(range(32)))
    b.open(a.seal(b"before"))
    a.rekey()
    sealed = a.seal(b"after")
    try:
        b.open(sealed)
        raise SystemExit("mininoise: a rekey changed nothing")
    except Forged:
        b.rekey()
    if b.open(sealed) != b"after" or a.count != 2:
        raise SystemExit("mininoise: a rekey lost the counter")


def main():
    folder = Path(__file__).resolve().parents[1] / "vectors" / "noise"
    vectors = json.loads((folder / "xk.json").read_text())["vectors"]
    for vector in vectors:
        session = play(vector, len(vector["messages"]))
        initiator, responder = session.sides
        if initiator.hash != responder.hash:
            raise SystemExit("mininoise: the sides disagree on the handshake hash")
        if initiator.hash.hex() != vector.get("handshake_hash", initiator.hash.hex()):
            raise SystemExit("mininoise: handshake hash is not the vector's")
        if responder.remote["s"] != x25519_public(bytes.fromhex(vector["init_static"])):
            raise SystemExit("mininoise: the responder does not know the initiator")
    negative = json.loads((folder / "xk_negative.json").read_text())
    for case in negative["cases"]:
        must_reject(negative["base"], case)
    rekey_stays_in_step()
    print(f"  PY     mininoise: {len(vectors)} sessions played, {len(negative['cases'])} broken ones rejected")


if __name__ == "__main__":
    sys.exit(main())
