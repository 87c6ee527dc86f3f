"""A member with thousands of logs for tests of size: minipeer with the signing and sealing done by libsodium.

It only makes data quickly. Nothing here verifies: what a test believes is verified by the plain primitives or by the daemon.
"""
import ctypes
import hashlib

import minimsgpack
from minicrypto import Forged
from minipeer import Identity, Log, Node
from minirecord import Checkpoint, LogOpen, Record

_lib = ctypes.CDLL("libsodium.so.23")
if _lib.sodium_init() < 0:
    raise OSError("libsodium does not start")


def key_pair(seed):
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    _lib.crypto_sign_seed_keypair(public, secret, seed)
    return public.raw, secret.raw


def sign_with(secret, message):
    signature = ctypes.create_string_buffer(64)
    _lib.crypto_sign_detached(signature, None, message, ctypes.c_ulonglong(len(message)), secret)
    return signature.raw


class Cipher:
    """What mininoise.Cipher is, through libsodium."""

    def __init__(self, key):
        self.key, self.count = key, 0

    def seal(self, plaintext):
        sealed = ctypes.create_string_buffer(len(plaintext) + 16)
        nonce = bytes(4) + self.count.to_bytes(8, "little")
        _lib.crypto_aead_chacha20poly1305_ietf_encrypt(
            sealed, None, plaintext, ctypes.c_ulonglong(len(plaintext)), None, ctypes.c_ulonglong(0), None, nonce, self.key
        )
        self.count += 1
        return sealed.raw

    def open(self, sealed):
        plaintext = ctypes.create_string_buffer(max(len(sealed) - 16, 1))
        nonce = bytes(4) + self.count.to_bytes(8, "little")
        failed = _lib.crypto_aead_chacha20poly1305_ietf_decrypt(
            plaintext, None, None, sealed, ctypes.c_ulonglong(len(sealed)), None, ctypes.c_ulonglong(0), nonce, self.key
        )
        if failed:
            raise Forged("message is not authentic")
        self.count += 1
        return plaintext.raw[: len(sealed) - 16]

    def rekey(self):
        nonce, count = b"\xff" * 8, self.count
        self.count = int.from_bytes(nonce, "little")
        self.key, self.count = self.seal(bytes(32))[:32], count


class Archive(Node):
    """Logs 2 to `count` of one member, each with its log.open alone, all of one node."""

    def __init__(self, network, code, count):
        super().__init__(network, Identity(network, code))
        member = key_pair(self.me.member_seed)
        transport = self.me.opened.transport
        self.secrets = {}
        for number in range(2, count + 1):
            key, secret = key_pair(hashlib.sha256(b"%d" % number + self.me.log_seed).digest())
            opened = LogOpen.create(
                network, key, code, member[0], transport, lambda data: sign_with(member[1], data), number
            )
            self.secrets[key] = secret
            log = self.logs[key] = Log(key, opened)
            self.grow(log, [opened.record])

    def grow(self, log, records):
        log.append(records)
        sign = lambda text: sign_with(self.secrets[log.key], text)
        log.take_head(Checkpoint.sign(self.network, log.key, log.size(), log.tree.root(), sign))
        self.arrived(log)

    def is_admissible_cached(self, log):
        """Its own logs are admissible once the member is; the others it judges as ever."""
        return log.key in self.secrets or super().is_admissible_cached(log)


def record(number):
    fields = {"solution": {"fr": f"Une réponse en {number} jours, publiée avec ses motifs."}, "title": {"fr": f"Registre {number}"}}
    return Record.create(128, minimsgpack.encode(fields), 1700000000000 + number)
