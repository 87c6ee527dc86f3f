#!/usr/bin/env python3
"""The Merkle tree of RFC 6962, section 2.1, with the proofs of RFC 9162, in plain Python.

It lets a second reader of proto/PROTOCOL.md recompute roots and check proofs without the programs' code, and lets a test's
own author make them. It refuses to know what a leaf says.

usage: tests/e2e/minitree.py      checks tests/vectors/merkle, good cases and tampered ones
"""
import json
import sys
from base64 import b64decode
from pathlib import Path

from minicrypto import Forged, sha256

EMPTY_ROOT = sha256()


def leaf_hash(leaf):
    return sha256(b"\x00", leaf)


def node_hash(left, right):
    return sha256(b"\x01", left, right)


class Tree:
    """The roots of the complete subtrees that a growing list of leaves leaves behind, largest first."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def copy(self):
        other = Tree()
        other.size, other.peaks = self.size, list(self.peaks)
        return other

    def append(self, leaf_digest):
        node, size = leaf_digest, self.size
        while size & 1:
            node = node_hash(self.peaks.pop(), node)
            size >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self):
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            node = node_hash(peak, node)
        return node


def root_of(hashes):
    tree = Tree()
    for digest in hashes:
        tree.append(digest)
    return tree.root()


def _split(count):
    """The largest power of two smaller than count."""
    return 1 << (count - 1).bit_length() - 1


def inclusion_path(hashes, index):
    """RFC 6962, section 2.1.1: PATH(m, D[n])."""
    if len(hashes) == 1:
        return []
    k = _split(len(hashes))
    if index < k:
        return inclusion_path(hashes[:k], index) + [root_of(hashes[k:])]
    return inclusion_path(hashes[k:], index - k) + [root_of(hashes[:k])]


def consistency_path(hashes, old_size):
    """RFC 6962, section 2.1.2: PROOF(m, D[n]); empty for equal sizes."""
    return _subproof(hashes, old_size, True)


def _subproof(hashes, m, is_whole):
    if m == len(hashes):
        return [] if is_whole else [root_of(hashes)]
    k = _split(len(hashes))
    if m <= k:
        return _subproof(hashes[:k], m, is_whole) + [root_of(hashes[k:])]
    return _subproof(hashes[k:], m - k, False) + [root_of(hashes[:k])]


def _need_hashes(proof):
    if any(len(digest) != 32 for digest in proof):
        raise Forged("a hash of a proof has 32 bytes")


def check_inclusion(root, size, index, digest, proof):
    """RFC 9162, section 2.1.3.2."""
    _need_hashes([root, digest, *proof])
    if not 0 <= index < size:
        raise Forged("index is outside of the tree")
    fn, sn, r = index, size - 1, digest
    for p in proof:
        if sn == 0:
            raise Forged("inclusion proof is too long")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or r != root:
        raise Forged("inclusion proof does not lead to the root")


def check_consistency(old_size, old_root, new_size, new_root, proof):
    """RFC 9162, section 2.1.4.2; a tree of size 0 is consistent with every other by an empty proof."""
    _need_hashes([old_root, new_root, *proof])
    if old_size > new_size:
        raise Forged("the older tree is larger")
    if old_size == new_size or old_size == 0:
        same = old_root == (new_root if old_size == new_size else EMPTY_ROOT)
        if proof or not same:
            raise Forged("consistency proof does not lead to the root")
        return
    path = list(proof)
    if old_size & old_size - 1 == 0:
        path.insert(0, old_root)
    if not path:
        raise Forged("consistency proof is too short")
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            raise Forged("consistency proof is too long")
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or fr != old_root or sr != new_root:
        raise Forged("consistency proof does not lead to the root")


# Self-test.


def lets_pass(call, *arguments):
    try:
        call(*arguments)
    except Forged:
        return False
    return True


def case_inclusion(case):
    return lets_pass(
        check_inclusion, b64decode(case["root"]), case["treeSize"], case["leafIdx"], b64decode(case["leafHash"]),
        [b64decode(digest) for digest in case["proof"] or []],
    )  # fmt: skip


def case_consistency(case):
    return lets_pass(
        check_consistency, case["size1"], b64decode(case["root1"]), case["size2"], b64decode(case["root2"]),
        [b64decode(digest) for digest in case["proof"] or []],
    )  # fmt: skip


def expect(what, right):
    if not right:
        raise SystemExit(f"minitree: {what}")
    expect.count += 1


expect.count = 0


def test_own_proofs(count):
    hashes = [leaf_hash(b"%d" % number) for number in range(count)]
    root = root_of(hashes)
    for index in range(count):
        path = inclusion_path(hashes, index)
        expect("own inclusion proof", lets_pass(check_inclusion, root, count, index, hashes[index], path))
        expect("other index", not lets_pass(check_inclusion, root, count, (index + 1) % count, hashes[index], path))
    for old in range(1, count + 1):
        path, old_root = consistency_path(hashes, old), root_of(hashes[:old])
        expect("own consistency proof", lets_pass(check_consistency, old, old_root, count, root, path))
        expect("old root changed", not lets_pass(check_consistency, old, sha256(old_root), count, root, path))
        if path:
            expect("proof cut", not lets_pass(check_consistency, old, old_root, count, root, path[:-1]))


def main():
    folder = Path(__file__).resolve().parents[1] / "vectors" / "merkle"
    read = lambda name: json.loads((folder / name).read_text())
    leaves = [bytes.fromhex(text) for text in read("roots.json")["leaves_hex"]]
    for case in read("roots.json")["roots"]:
        root = root_of([leaf_hash(leaf) for leaf in leaves[: case["size"]]])
        expect(f"root of {case['size']} leaves", root == b64decode(case["root"]))
    generated = read("generated.json")
    leaf = lambda number: sha256(b"leaf/dev-1/%d" % number)[: number % 33]
    for case in generated["roots"]:
        root = root_of([leaf_hash(leaf(number)) for number in range(case["size"])])
        expect(f"generated root of {case['size']}", root == b64decode(case["root"]))
    for case in read("inclusion.json")["inclusion"] + generated["inclusion"]:
        expect(f"inclusion: {case['desc']}", case_inclusion(case) != case.get("wantErr", False))
    for case in read("consistency.json")["consistency"] + generated["consistency"]:
        expect(f"consistency: {case['desc']}", case_consistency(case) != case.get("wantErr", False))
    for count in (2, 3, 7, 8, 13, 20):
        test_own_proofs(count)
    print(f"  PY     minitree: {expect.count} checks passed")


if __name__ == "__main__":
    sys.exit(main())
