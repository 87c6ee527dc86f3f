#!/usr/bin/env python3
"""One zstd frame in, its content out, through the system's libzstd: the only foreign code of the second reader.

It decides whether bytes are exactly one frame that declares the size it has to have; it refuses to unpack anything else.

usage: tests/e2e/minizstd.py      packs and unpacks, and unpacks what must be refused
"""
import ctypes
import sys

_lib = ctypes.CDLL("libzstd.so.1")
_size, _data = ctypes.c_size_t, ctypes.c_char_p
_lib.ZSTD_getFrameContentSize.argtypes, _lib.ZSTD_getFrameContentSize.restype = [_data, _size], ctypes.c_ulonglong
_lib.ZSTD_findFrameCompressedSize.argtypes, _lib.ZSTD_findFrameCompressedSize.restype = [_data, _size], _size
_lib.ZSTD_decompress.argtypes, _lib.ZSTD_decompress.restype = [_data, _size, _data, _size], _size
_lib.ZSTD_compress.argtypes, _lib.ZSTD_compress.restype = [_data, _size, _data, _size, ctypes.c_int], _size
_lib.ZSTD_compressBound.argtypes, _lib.ZSTD_compressBound.restype = [_size], _size
_lib.ZSTD_isError.argtypes, _lib.ZSTD_isError.restype = [_size], ctypes.c_uint

RAW_MAX = 1048576


class BadFrame(Exception):
    """Not one zstd frame of the size that was said."""


def compress(data, level=1):
    out = ctypes.create_string_buffer(_lib.ZSTD_compressBound(len(data)))
    size = _lib.ZSTD_compress(out, len(out), data, len(data), level)
    if _lib.ZSTD_isError(size):
        raise BadFrame("cannot be packed")
    return out.raw[:size]


def decompress(frame, raw_size):
    if not 0 < raw_size <= RAW_MAX:
        raise BadFrame("raw size is out of bounds")
    if _lib.ZSTD_getFrameContentSize(frame, len(frame)) != raw_size:
        raise BadFrame("frame does not declare the raw size")
    if _lib.ZSTD_findFrameCompressedSize(frame, len(frame)) != len(frame):
        raise BadFrame("not exactly one frame")
    out = ctypes.create_string_buffer(raw_size)
    if _lib.ZSTD_decompress(out, raw_size, frame, len(frame)) != raw_size:
        raise BadFrame("frame does not unpack to its size")
    return out.raw


def content_size(frame):
    """What it declares; more than anything may be where it declares nothing."""
    return _lib.ZSTD_getFrameContentSize(frame, len(frame))


def refuses(frame, raw_size):
    try:
        decompress(frame, raw_size)
    except BadFrame:
        return True
    return False


def main():
    data = b"commune " * 1000
    frame = compress(data)
    assert decompress(frame, len(data)) == data
    assert content_size(frame) == len(data) and content_size(frame[:3]) > 2**32
    assert refuses(frame, len(data) + 1) and refuses(frame, len(data) - 1) and refuses(frame, 0)
    assert refuses(frame + b"\x00", len(data)) and refuses(frame + frame, len(data))
    assert refuses(frame[:-1], len(data)) and refuses(b"\x00" + frame[1:], len(data)) and refuses(b"", 8)
    large = bytes(RAW_MAX + 1)
    assert refuses(compress(large), len(large)) and decompress(compress(large[1:]), RAW_MAX) == large[1:]
    print("  PY     minizstd: 10 checks passed")


if __name__ == "__main__":
    sys.exit(main())
