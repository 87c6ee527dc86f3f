#!/usr/bin/env python3
"""The primitives that the protocol names, written plainly from their specifications with nothing but hashlib and hmac.

It exists so that a second reader of proto/PROTOCOL.md shares no code with the programs. It decides whether a signature,
a tag or a key agreement is right; it refuses to know anything of records, logs and messages. It is slow and not in constant
time: never use it with a secret that matters.

    Ed25519            RFC 8032, section 5.1
    X25519             RFC 7748, section 5
    ChaCha20-Poly1305  RFC 8439, section 2.8
    HMAC, HKDF         RFC 2104 and section 4.3 of the Noise specification

usage: tests/e2e/minicrypto.py      runs the vectors of these documents and tampered twins of each
"""
import functools
import hashlib
import hmac
import struct
import sys


class Forged(Exception):
    """A tag, a signature or a key that the specification does not let pass."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# Ed25519. The field, the curve -x^2 + y^2 = 1 + d x^2 y^2, and points as (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def point_add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_multiply(scalar, p):
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = point_add(result, p)
        p = point_add(p, p)
        scalar >>= 1
    return result


def point_is_neutral(p):
    return p[0] % P == 0 and (p[1] - p[2]) % P == 0


def point_encode(p):
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def point_decode(data):
    """Section 5.1.3; a coordinate of P or more, or an x that does not exist, is refused."""
    if len(data) != 32:
        raise Forged("a point has 32 bytes")
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        raise Forged("point is not canonical")
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * SQRT_MINUS_1 % P
    if v * x * x % P != u:
        raise Forged("not a point of the curve")
    if x == 0 and sign:
        raise Forged("point is not canonical")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _base():
    y = 4 * pow(5, P - 2, P) % P
    return point_decode(y.to_bytes(32, "little"))


BASE = _base()
BASE_DOUBLED = [BASE]  # 2^i times the base point
for _ in range(254):
    BASE_DOUBLED.append(point_add(BASE_DOUBLED[-1], BASE_DOUBLED[-1]))


def base_multiply(scalar):
    result = NEUTRAL
    for i in range(scalar.bit_length()):
        if scalar >> i & 1:
            result = point_add(result, BASE_DOUBLED[i])
    return result


# What held once for the same bytes holds again; what did not is worked out anew.
@functools.lru_cache(maxsize=4096)

def ed25519_check_key(public):
    """Refuses what is not a canonical point of prime order, as an admissible log's keys must be."""
    point = point_decode(public)
    if point_is_neutral(point) or not point_is_neutral(point_multiply(L, point)):
        raise Forged("point is not of prime order")


def _ed25519_expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little")
    return (scalar & (2**254 - 8)) | 2**254, digest[32:]


def _sha512_scalar(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


def ed25519_public(seed):
    return point_encode(base_multiply(_ed25519_expand(seed)[0]))


def ed25519_sign(seed, message):
    scalar, prefix = _ed25519_expand(seed)
    public = ed25519_public(seed)
    r = _sha512_scalar(prefix, message)
    commitment = point_encode(base_multiply(r))
    s = (r + _sha512_scalar(commitment, public, message) * scalar) % L
    return commitment + s.to_bytes(32, "little")


@functools.lru_cache(maxsize=4096)
def ed25519_verify(public, message, signature):
    """Section 5.1.7, the equation without the cofactor."""
    if len(signature) != 64:
        raise Forged("a signature has 64 bytes")
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        raise Forged("signature is not canonical")
    key = point_decode(public)
    k = _sha512_scalar(signature[:32], public, message)
    minus_key = (P - key[0], key[1], 1, P - key[3])
    if point_encode(point_add(base_multiply(s), point_multiply(k, minus_key))) != signature[:32]:
        raise Forged("signature does not verify")


# X25519.


def x25519(private, public):
    """Section 5, the Montgomery ladder. A result of zeros comes from a point of small order and is refused."""
    scalar = int.from_bytes(private, "little") & (2**254 - 8) | 2**254
    x1 = int.from_bytes(public, "little") & (2**255 - 1)
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for bit in range(254, -1, -1):
        this = scalar >> bit & 1
        if swap ^ this:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = this
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    shared = (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")
    if shared == bytes(32):
        raise Forged("shared secret is zero")
    return shared


def x25519_public(private):
    return x25519(private, (9).to_bytes(32, "little"))


# ChaCha20-Poly1305.

MASK = 0xFFFFFFFF
ROUNDS = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)  # fmt: skip


def chacha20_block(key, counter, nonce):
    start = struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce)
    s = list(start)
    for _ in range(10):
        for a, b, c, d in ROUNDS:
            s[a] = s[a] + s[b] & MASK
            x = s[d] ^ s[a]
            s[d] = (x << 16 | x >> 16) & MASK
            s[c] = s[c] + s[d] & MASK
            x = s[b] ^ s[c]
            s[b] = (x << 12 | x >> 20) & MASK
            s[a] = s[a] + s[b] & MASK
            x = s[d] ^ s[a]
            s[d] = (x << 8 | x >> 24) & MASK
            s[c] = s[c] + s[d] & MASK
            x = s[b] ^ s[c]
            s[b] = (x << 7 | x >> 25) & MASK
    return struct.pack("<16I", *(now + then & MASK for now, then in zip(s, start)))


def chacha20(key, counter, nonce, data):
    blocks = (len(data) + 63) // 64
    stream = b"".join(chacha20_block(key, counter + i, nonce) for i in range(blocks))[: len(data)]
    mixed = int.from_bytes(data, "little") ^ int.from_bytes(stream, "little")
    return mixed.to_bytes(len(data), "little")


def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    s = int.from_bytes(key[16:], "little")
    total = 0
    for at in range(0, len(data), 16):
        total = (total + int.from_bytes(data[at : at + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return (total + s & (1 << 128) - 1).to_bytes(16, "little")


def _aead_tag(key, nonce, ciphertext, associated):
    one_time = chacha20_block(key, 0, nonce)[:32]
    pad = lambda data: data + bytes(-len(data) % 16)
    sizes = struct.pack("<QQ", len(associated), len(ciphertext))
    return poly1305(one_time, pad(associated) + pad(ciphertext) + sizes)


def aead_seal(key, nonce, plaintext, associated=b""):
    ciphertext = chacha20(key, 1, nonce, plaintext)
    return ciphertext + _aead_tag(key, nonce, ciphertext, associated)


def aead_open(key, nonce, sealed, associated=b""):
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if len(sealed) < 16 or not hmac.compare_digest(tag, _aead_tag(key, nonce, ciphertext, associated)):
        raise Forged("message is not authentic")
    return chacha20(key, 1, nonce, ciphertext)


# HMAC and HKDF.


def hmac_sha256(key, data):
    """RFC 2104, written out: the key is padded to the block of 64 bytes and mixed in twice."""
    block = (sha256(key) if len(key) > 64 else key).ljust(64, b"\x00")
    inner = sha256(bytes(byte ^ 0x36 for byte in block), data)
    return sha256(bytes(byte ^ 0x5C for byte in block), inner)


def hkdf(chaining_key, material, outputs):
    """Noise section 4.3: two or three outputs of 32 bytes."""
    secret = hmac_sha256(chaining_key, material)
    previous, result = b"", []
    for number in range(1, outputs + 1):
        previous = hmac_sha256(secret, previous + bytes([number]))
        result.append(previous)
    return result


# Self-test.


def expect_equal(what, got, want):
    want = bytes.fromhex(want) if isinstance(want, str) else want
    if got != want:
        raise SystemExit(f"minicrypto: {what}: got {got.hex()}, want {want.hex()}")
    expect_equal.count += 1


expect_equal.count = 0


def expect_forged(what, call, *arguments):
    try:
        call(*arguments)
    except Forged:
        expect_equal.count += 1
        return
    raise SystemExit(f"minicrypto: {what}: was let pass")


def flipped(data, bit):
    out = bytearray(data)
    out[bit // 8] ^= 1 << bit % 8
    return bytes(out)


# RFC 8032, section 7.1: seed, public key, message, signature.
ED25519_VECTORS = (
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
)


def test_ed25519():
    for number, (seed, public, message, signature) in enumerate(ED25519_VECTORS, 1):
        seed, public, message, signature = map(bytes.fromhex, (seed, public, message, signature))
        expect_equal(f"Ed25519 public key {number}", ed25519_public(seed), public)
        expect_equal(f"Ed25519 signature {number}", ed25519_sign(seed, message), signature)
        ed25519_verify(public, message, signature)
        ed25519_check_key(public)
        for bit in (0, 255, 256, 500):
            expect_forged("Ed25519 flipped signature", ed25519_verify, public, message, flipped(signature, bit))
        expect_forged("Ed25519 other message", ed25519_verify, public, message + b"\x00", signature)
        expect_forged("Ed25519 short signature", ed25519_verify, public, message, signature[:63])
        s = int.from_bytes(signature[32:], "little") + L
        expect_forged("Ed25519 S + L", ed25519_verify, public, message, signature[:32] + s.to_bytes(32, "little"))
    expect_forged("Ed25519 neutral element", ed25519_check_key, (1).to_bytes(32, "little"))
    expect_forged("Ed25519 point of order 2", ed25519_check_key, (P - 1).to_bytes(32, "little"))
    expect_forged("Ed25519 point of order 4", ed25519_check_key, bytes(32))
    expect_forged("Ed25519 y not below P", ed25519_check_key, (P + 1).to_bytes(32, "little"))
    mixed = point_add(point_decode(bytes.fromhex(ED25519_VECTORS[0][1])), point_decode(bytes(32)))
    expect_forged("Ed25519 point of mixed order", ed25519_check_key, point_encode(mixed))
    expect_forged("Ed25519 not on the curve", ed25519_check_key, (2).to_bytes(32, "little"))


def test_x25519():
    # RFC 7748, section 5.2, then the shared secret of section 6.1.
    for scalar, point, result in (
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        (
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
    ):
        expect_equal("X25519", x25519(bytes.fromhex(scalar), bytes.fromhex(point)), result)
    k = u = (9).to_bytes(32, "little")
    for _ in range(1000):
        k, u = x25519(k, u), k
    expect_equal("X25519 1,000 times", k, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")
    alice = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    bob = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    expect_equal("X25519 public key", x25519_public(alice), public)
    expect_equal("X25519 shared by Bob", x25519(bob, x25519_public(alice)), shared)
    expect_equal("X25519 shared by Alice", x25519(alice, x25519_public(bob)), shared)
    for low in (bytes(32), (1).to_bytes(32, "little"), P.to_bytes(32, "little"), (P - 1).to_bytes(32, "little")):
        expect_forged("X25519 point of small order", x25519, bob, low)


def test_chacha20_poly1305():
    # RFC 8439, sections 2.3.2, 2.5.2 and 2.8.2.
    key, nonce = bytes(range(32)), bytes.fromhex("000000090000004a00000000")
    expect_equal(
        "ChaCha20 block",
        chacha20_block(key, 1, nonce),
        "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
        "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e",
    )
    key = bytes.fromhex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b")
    tag = "a8061dc1305136c6c22b8baf0c0127a9"
    expect_equal("Poly1305", poly1305(key, b"Cryptographic Forum Research Group"), tag)

    key, nonce = bytes(range(0x80, 0xA0)), bytes.fromhex("070000004041424344454647")
    associated = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    text = (
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
        b"sunscreen would be it."
    )
    sealed = aead_seal(key, nonce, text, associated)
    expect_equal(
        "ChaCha20-Poly1305",
        sealed,
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
        "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
        "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
        "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691",
    )
    expect_equal("ChaCha20-Poly1305 opened", aead_open(key, nonce, sealed, associated), text)
    expect_equal("ChaCha20-Poly1305 of nothing", aead_open(key, nonce, aead_seal(key, nonce, b"")), b"")
    for bit in (0, 8 * len(text) - 1, 8 * len(text), 8 * len(sealed) - 1):
        expect_forged("flipped ciphertext", aead_open, key, nonce, flipped(sealed, bit), associated)
    expect_forged("other associated data", aead_open, key, nonce, sealed, associated[:-1])
    expect_forged("other nonce", aead_open, key, flipped(nonce, 0), sealed, associated)
    expect_forged("shorter than a tag", aead_open, key, nonce, sealed[:15], associated)


def test_hkdf():
    # RFC 4231, cases 1 and 6; RFC 5869, case 3, which is Noise's HKDF with an empty chaining key.
    expect_equal(
        "HMAC-SHA256",
        hmac_sha256(b"\x0b" * 20, b"Hi There"),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    )
    expect_equal(
        "HMAC-SHA256 with a long key",
        hmac_sha256(b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First"),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    )
    expect_equal(
        "HKDF",
        b"".join(hkdf(b"", b"\x0b" * 22, 2))[:42],
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    )
    expect_equal("HKDF, three outputs", b"".join(hkdf(b"k", b"m", 3)[:2]), b"".join(hkdf(b"k", b"m", 2)))


def main():
    for test in (test_ed25519, test_x25519, test_chacha20_poly1305, test_hkdf):
        test()
    print(f"  PY     minicrypto: {expect_equal.count} checks passed")


if __name__ == "__main__":
    sys.exit(main())
