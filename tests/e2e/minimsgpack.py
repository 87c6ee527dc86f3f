#!/usr/bin/env python3
"""Canonical MessagePack as proto/PROTOCOL.md section 1 has it, in plain Python.

It exists so that a second reader of the protocol shares no code with the programs. decode takes exactly one value in its
only allowed form and refuses every other encoding; encode writes that form. str is str, bin is bytes, a map is a dict.

usage: tests/e2e/minimsgpack.py      runs its own cases: each value, cut short, lengthened, and what must be refused
"""
import sys

DEPTH_MAX = 8
INT_MAX = 2**53 - 1


class NotCanonical(Exception):
    """Not one value in its only allowed form."""


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        if size > len(self.data) - self.at:
            raise NotCanonical("ends too early")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size, least):
        """An unsigned number whose shorter encodings end below `least`."""
        value = int.from_bytes(self.take(size), "big")
        if value < least:
            raise NotCanonical("not the shortest form")
        return value


def _integer(value):
    if not -INT_MAX <= value <= INT_MAX:
        raise NotCanonical("integer out of range")
    return value


def _signed(r, size, shorter):
    """A negative number below what `shorter` bytes hold; positive ones have unsigned encodings."""
    value = int.from_bytes(r.take(size), "big", signed=True)
    if value >= (-(1 << 8 * shorter - 1) if shorter else -32):
        raise NotCanonical("not the shortest form")
    return _integer(value)


def _text(r, size):
    try:
        return r.take(size).decode("utf-8")
    except UnicodeDecodeError:
        raise NotCanonical("text is not UTF-8") from None


def _array(r, count, depth):
    if depth == DEPTH_MAX:
        raise NotCanonical("too deep")
    if count > len(r.data) - r.at:
        raise NotCanonical("ends too early")
    return [_value(r, depth + 1) for _ in range(count)]


def _map(r, count, depth):
    if depth == DEPTH_MAX:
        raise NotCanonical("too deep")
    if 2 * count > len(r.data) - r.at:
        raise NotCanonical("ends too early")
    result, last = {}, None
    for _ in range(count):
        key = _value(r, depth + 1)
        if not isinstance(key, str):
            raise NotCanonical("a key is not text")
        if last is not None and key.encode() <= last:
            raise NotCanonical("keys are not strictly ascending")
        last = key.encode()
        result[key] = _value(r, depth + 1)
    return result


def _value(r, depth):
    first = r.take(1)[0]
    if first <= 0x7F:
        return first
    if first >= 0xE0:
        return first - 0x100
    if first <= 0x8F:
        return _map(r, first & 0x0F, depth)
    if first <= 0x9F:
        return _array(r, first & 0x0F, depth)
    if first <= 0xBF:
        return _text(r, first & 0x1F)
    match first:
        case 0xC0:
            return None
        case 0xC2 | 0xC3:
            return first == 0xC3
        case 0xC4:
            return r.take(r.number(1, 0))
        case 0xC5:
            return r.take(r.number(2, 1 << 8))
        case 0xC6:
            return r.take(r.number(4, 1 << 16))
        case 0xCC:
            return r.number(1, 1 << 7)
        case 0xCD:
            return r.number(2, 1 << 8)
        case 0xCE:
            return r.number(4, 1 << 16)
        case 0xCF:
            return _integer(r.number(8, 1 << 32))
        case 0xD0:
            return _signed(r, 1, 0)
        case 0xD1:
            return _signed(r, 2, 1)
        case 0xD2:
            return _signed(r, 4, 2)
        case 0xD3:
            return _signed(r, 8, 4)
        case 0xD9:
            return _text(r, r.number(1, 32))
        case 0xDA:
            return _text(r, r.number(2, 1 << 8))
        case 0xDB:
            return _text(r, r.number(4, 1 << 16))
        case 0xDC:
            return _array(r, r.number(2, 16), depth)
        case 0xDD:
            return _array(r, r.number(4, 1 << 16), depth)
        case 0xDE:
            return _map(r, r.number(2, 16), depth)
        case 0xDF:
            return _map(r, r.number(4, 1 << 16), depth)
    raise NotCanonical(f"byte {first:#04x} is not allowed")  # floats, ext and 0xc1


def decode_first(data):
    """The value at the start of data and how many bytes it took."""
    r = _Reader(bytes(data))
    return _value(r, 0), r.at


def decode(data):
    value, size = decode_first(data)
    if size != len(data):
        raise NotCanonical("bytes follow the value")
    return value


def _head(size, fixed_max, fixed, first, widths):
    """The header of a str, bin, array or map: within the first byte, or with 1, 2 or 4 more."""
    if size <= fixed_max:
        return bytes([fixed | size])
    for number, width in enumerate(widths):
        if size < 1 << 8 * width:
            return bytes([first + number]) + size.to_bytes(width, "big")
    raise NotCanonical("too large")


def _encode_int(value):
    _integer(value)
    if -32 <= value <= 127:
        return value.to_bytes(1, "big", signed=value < 0)
    for number, width in enumerate((1, 2, 4, 8)):
        if value >= 0 and value < 1 << 8 * width:
            return bytes([0xCC + number]) + value.to_bytes(width, "big")
        if value < 0 and value >= -(1 << 8 * width - 1):
            return bytes([0xD0 + number]) + value.to_bytes(width, "big", signed=True)
    raise AssertionError("in range, so one width fits")


def encode(value, depth=0):
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return _encode_int(value)
    if isinstance(value, str):
        data = value.encode("utf-8")
        return _head(len(data), 31, 0xA0, 0xD9, (1, 2, 4)) + data
    if isinstance(value, (bytes, bytearray)):
        return _head(len(value), -1, 0, 0xC4, (1, 2, 4)) + bytes(value)
    if depth == DEPTH_MAX:
        raise NotCanonical("too deep")
    if isinstance(value, (list, tuple)):
        return _head(len(value), 15, 0x90, 0xDC, (2, 4)) + b"".join(encode(item, depth + 1) for item in value)
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        pairs = sorted((key.encode(), key) for key in value)
        body = b"".join(encode(key) + encode(value[key], depth + 1) for _, key in pairs)
        return _head(len(value), 15, 0x80, 0xDE, (2, 4)) + body
    raise NotCanonical(f"no encoding for {type(value).__name__}")


# Self-test.

GOOD = (
    ("c0", None), ("c2", False), ("c3", True),
    ("00", 0), ("7f", 127), ("cc80", 128), ("ccff", 255), ("cd0100", 256), ("cdffff", 65535), ("ce00010000", 65536),
    ("ceffffffff", 2**32 - 1), ("cf0000000100000000", 2**32), ("cf001fffffffffffff", INT_MAX),
    ("ff", -1), ("e0", -32), ("d0df", -33), ("d080", -128), ("d1ff7f", -129), ("d18000", -32768),
    ("d2ffff7fff", -32769), ("d280000000", -(2**31)), ("d3ffffffff7fffffff", -(2**31) - 1), ("d3ffe0000000000001", -INT_MAX),
    ("a0", ""), ("a2c3a9", "é"), ("bf" + "61" * 31, "a" * 31), ("d920" + "61" * 32, "a" * 32), ("d9ff" + "61" * 255, "a" * 255),
    ("da0100" + "61" * 256, "a" * 256), ("db00010000" + "61" * 65536, "a" * 65536),
    ("c400", b""), ("c4ff" + "00" * 255, bytes(255)), ("c50100" + "00" * 256, bytes(256)), ("c600010000" + "00" * 65536, bytes(65536)),
    ("90", []), ("93010203", [1, 2, 3]), ("9f" + "c0" * 15, [None] * 15), ("dc0010" + "c0" * 16, [None] * 16),
    ("dd00010000" + "c0" * 65536, [None] * 65536),
    ("80", {}), ("82a16101a16202", {"a": 1, "b": 2}), ("82a16202a3656565c0", {"b": 2, "eee": None}),
    ("91" * 8 + "c0", [[[[[[[[None]]]]]]]]), ("91" * 7 + "80", [[[[[[[{}]]]]]]]),
)  # fmt: skip
BAD = (
    "", "c1", "c0c0", "cc7f", "cc00", "cd00ff", "ce0000ffff", "cf00000000ffffffff", "cf0020000000000000", "cfffffffffffffffff",
    "d0e0", "d000", "d07f", "d1ff80", "d10001", "d2ffff8000", "d3ffffffff80000000", "d3ffe0000000000000", "d30000000000000001",
    "d91f" + "61" * 31, "da00ff" + "61" * 255, "db0000ffff" + "61" * 65535, "c500ff" + "00" * 255, "c60000ffff" + "00" * 65535,
    "dc000f" + "c0" * 15, "dd0000ffff" + "c0" * 65535, "de000f", "df0000ffff", "dd7fffffff", "df7fffffff", "dbffffffff", "c6ffffffff",
    "a261", "92c0", "81a161", "ca00000000", "cb0000000000000000", "d40000", "d50000", "c70000", "c80000", "c90000",
    "a1ff", "a2c080", "a3eda080", "a4f4908080", "a1c3", "8101c0", "81c40161c0", "82a162c0a161c0", "82a161c0a161c0", "82a26161c0a161c0",
    "91" * 9 + "c0", "91" * 8 + "80", "91" * 8 + "90", "91" * 20000,
)  # fmt: skip


def must_refuse(data):
    try:
        value = decode(data)
    except NotCanonical:
        return
    raise AssertionError(f"took {data[:30].hex()} for {str(value)[:60]}")


def main():
    count = 0
    for text, value in GOOD:
        data = bytes.fromhex(text)
        assert decode(data) == value and type(decode(data)) is type(value), text[:40]
        assert encode(value) == data, text[:40]
        assert decode_first(data + b"\xc1") == (value, len(data)), text[:40]
        for end in {0, 1, len(data) // 2, len(data) - 1} - {len(data)}:
            must_refuse(data[:end])
        must_refuse(data + b"\xc0")
        count += 1
    for text in BAD:
        must_refuse(bytes.fromhex(text))
        count += 1
    for value in (INT_MAX + 1, -INT_MAX - 1, 1.5, {1: 2}, [[[[[[[[[]]]]]]]]], object()):
        try:
            encode(value)
        except NotCanonical:
            count += 1
            continue
        raise AssertionError(f"encoded {value!r}")
    print(f"  PY     minimsgpack: {count} checks passed")


if __name__ == "__main__":
    sys.exit(main())
