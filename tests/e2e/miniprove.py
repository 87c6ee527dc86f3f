#!/usr/bin/env python3
"""Checks what `commune prove REF` and `commune prove --evidence LOG` print, after section 12 of proto/PROTOCOL.md, in plain Python.

It decides claim by claim what a proof document proves, starting from nothing but the network's id. It refuses to look
anything up: what the document does not show is not proven.

usage: tests/e2e/miniprove.py                       makes a document and tampers with every part of it
       tests/e2e/miniprove.py FILE [NETWORK ID]     checks a document; one line a claim, exit code 3 when one is not proven
"""
import copy
import json
import re
import sys
from base64 import b64decode, b64encode

from minicrypto import Forged
from minirecord import (
    INT_MAX, PRESENT, Checkpoint, Header, LogOpen, Malformed, Record, is_int, need, origin_of, vkey_of,
)  # fmt: skip
from miniroster import Roster
from minitree import check_consistency, check_inclusion

CLAIMS = ("format", "network", "roster", "checkpoint", "log_open", "member", "record", "payload")
REF = re.compile(r"([a-z][a-z0-9-]{0,31})(?:\.([1-9][0-9]{0,9}))?/(0|[1-9][0-9]{0,15})\Z")


def _base64(text, *sizes):
    need(isinstance(text, str), "not base64")
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise Malformed("not base64") from None
    need(b64encode(data).decode() == text and (not sizes or len(data) in sizes), "not base64 of that size")
    return data


def _unique(pairs):
    need(len({name for name, _ in pairs}) == len(pairs), "a name stands twice in one object")
    return dict(pairs)


class Part:
    """One leaf with its place under a checkpoint: the document itself, its log_open, or an entry of the roster."""

    def __init__(self, fields, note=None):
        need(isinstance(fields, dict), "a part is not an object")
        need(is_int(fields.get("index"), 0, INT_MAX), "index is missing")
        self.index = fields["index"]
        self.header = Header(_base64(fields.get("leaf")))
        self.payload = None
        if fields.get("payload") is not None:
            self.payload, self.salt = _base64(fields["payload"]), _base64(fields.get("salt"), 32)
        need(isinstance(fields.get("inclusion"), list), "inclusion is not an array")
        self.inclusion = [_base64(text, 32) for text in fields["inclusion"]]
        self.note = note or fields.get("checkpoint")
        need(isinstance(self.note, str), "checkpoint is missing")

    def record(self):
        need(self.payload is not None, "payload is missing")
        self.header.check_payload(self.salt, self.payload)
        return Record(self.header, PRESENT, self.salt, self.payload)

    def check_signed(self, network, key):
        self.checkpoint = Checkpoint.of_note(network, key, self.note)
        self.checkpoint.verify(network)

    def check_place(self):
        cp = self.checkpoint
        check_inclusion(cp.root, cp.size, self.index, self.header.leaf_hash(), self.inclusion)


EVIDENCE_CLAIMS = ("first", "second", "network", "key", "fork", "log")


class Evidence:
    """What `commune prove --evidence` prints: two checkpoints of one key that cannot both be true. Sections 9 and 12."""

    def __init__(self, text, network=None):
        self.fields = json.loads(text, object_pairs_hook=_unique)
        self.known = network

    @staticmethod
    def is_one(text):
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            return False
        return isinstance(fields, dict) and "first" in fields and "second" in fields

    def claims(self):
        result, self.failed = [], None
        for claim in EVIDENCE_CLAIMS:
            reason = self._reason(getattr(self, "_" + claim)) if claim in ("first", "second") or not self.failed else "rests on " + self.failed
            self.failed = self.failed or (claim if reason else None)
            result.append((claim, reason is None, reason))
        return result

    def _reason(self, check):
        try:
            check()
        except (Forged, Malformed) as error:
            return str(error)
        return None

    def _open(self, name):
        note = self.fields.get(name)
        need(isinstance(note, str), f"{name} is missing")
        match = re.match(r"open-communes/([0-9a-f]{64})/([0-9a-f]{64})\n", note)
        need(match, f"{name} has no origin of a log")
        network, key = bytes.fromhex(match[1]), bytes.fromhex(match[2])
        checkpoint = Checkpoint.of_note(network, key, note)
        checkpoint.verify(network)
        return network, checkpoint

    def _first(self):
        self.network, self.a = self._open("first")

    def _second(self):
        self.network_second, self.b = self._open("second")

    def _network(self):
        named = self.fields.get("network")
        need(isinstance(named, str) and re.fullmatch("[0-9a-f]{64}", named), "network is not an id")
        if not self.network == self.network_second == bytes.fromhex(named) == (self.known or self.network):
            raise Forged("not of this network")

    def _key(self):
        if self.a.key != self.b.key:
            raise Forged("of two logs")
        need(self.fields.get("origin") == origin_of(self.network, self.a.key), "origin is not of this log")
        need(self.fields.get("vkey") == vkey_of(self.network, self.a.key), "vkey is not of this log")

    def _fork(self):
        root, proof = self.fields.get("root"), self.fields.get("proof")
        need(isinstance(proof, list), "proof is not an array")
        hashes = [_base64(text, 32) for text in proof]
        if self.a.size == self.b.size:
            need(root is None and not hashes, "a proof that is not needed")
            if self.a.root == self.b.root:
                raise Forged("one history")
            return
        need(self.a.size < self.b.size, "the larger checkpoint comes first")
        root = _base64(root, 32)
        if root == self.a.root:
            raise Forged("one history")
        check_consistency(self.a.size, root, self.b.size, self.b.root, hashes)

    def _log(self):
        if self.fields.get("log_open") is None:
            return
        payload = _base64(self.fields["log_open"])
        opened = LogOpen(Record.create(0, payload, 0))
        opened.verify(self.network, self.a.key)
        need(opened.member == self.fields.get("member"), "the log is another member's")


class Proof:
    """One check after the other; a claim that rests on one not proven is not proven either."""

    def __init__(self, text, network=None):
        self.text, self.known, self.failed = text, network, None

    def claims(self):
        """[(claim, proven, reason)] in the order of CLAIMS."""
        result = []
        for claim in CLAIMS:
            reason = f"rests on {self.failed}" if self.failed else self._reason(getattr(self, "_" + claim))
            if reason and claim != "payload":
                self.failed = self.failed or claim
            result.append((claim, reason is None, reason))
        return result

    def _reason(self, check):
        try:
            check()
        except (Forged, Malformed) as error:
            return str(error)
        return None

    def _format(self):
        try:
            fields = json.loads(self.text, object_pairs_hook=_unique)
        except (ValueError, RecursionError):
            raise Malformed("not JSON") from None
        need(isinstance(fields, dict), "not an object")
        for name in ("network", "ref", "origin", "vkey"):
            need(isinstance(fields.get(name), str), f"{name} is missing")
        need(re.fullmatch("[0-9a-f]{64}", fields["network"]), "network is not an id")
        self.fields, self.network = fields, bytes.fromhex(fields["network"])
        self.record = Part(fields)
        self.first = Part(fields.get("log_open"), self.record.note)
        need(isinstance(fields.get("roster"), list) and fields["roster"], "roster is missing")
        self.entries = [Part(entry) for entry in fields["roster"]]
        indexes = [entry.index for entry in self.entries]
        need(indexes == sorted(set(indexes)), "entries of the roster are not in order")

    def _network(self):
        if self.known and self.known != self.network:
            raise Forged("the proof is of another network")
        genesis = self.entries[0]
        if genesis.index != 0 or genesis.header.leaf_hash() != self.network:
            raise Forged("the first entry is not the genesis of the network")

    def _roster(self):
        self.roster = Roster(self.network)
        for entry in self.entries:
            reason = self.roster.apply(entry.record())
            if reason:
                raise Forged(f"entry {entry.index} is void: {reason}")
            entry.check_signed(self.network, self.roster.keeper)
            entry.check_place()

    def _checkpoint(self):
        """The log key is taken from origin; log_open then shows whose it is."""
        match = re.fullmatch(r"open-communes/([0-9a-f]{64})/([0-9a-f]{64})", self.fields["origin"])
        need(match and match[1] == self.network.hex(), "origin is not of this network")
        self.key = bytes.fromhex(match[2])
        need(self.fields["vkey"] == vkey_of(self.network, self.key), "vkey is not of this log")
        self.record.check_signed(self.network, self.key)
        self.first.check_signed(self.network, self.key)

    def _log_open(self):
        need(self.first.index == 0, "log_open is not leaf 0")
        self.opened = LogOpen(self.first.record())
        self.opened.verify(self.network, self.key)
        self.first.check_place()

    def _member(self):
        self.roster.check_admissible(self.opened, self.key)

    def _record(self):
        self.record.check_place()
        match = REF.match(self.fields["ref"])
        need(match and match[1] == self.opened.member, "ref names another member")
        need(int(match[2] or self.opened.number) == self.opened.number, "ref names another log")
        need(int(match[3]) == self.record.index, "ref names another record")
        if self.key in self.roster.cuts and self.record.index >= self.roster.cuts[self.key][0]:
            raise Forged("the record lies past the cut of its log")

    def _payload(self):
        self.record.record()


def check(text, network=None):
    """True when every claim is proven."""
    return all(proven for _, proven, _ in reader_of(text)(text, network).claims())


def reader_of(text):
    return Evidence if Evidence.is_one(text) else Proof


# Self-test: a document of our own, and every part of it changed.


def part_of(network, records, index, key, sign):
    from minitree import inclusion_path, root_of

    hashes = [record.header.leaf_hash() for record in records]
    cp = Checkpoint.sign(network, key, len(hashes), root_of(hashes), sign)
    record = records[index]
    text = lambda data: b64encode(data).decode()
    return {
        "index": index, "leaf": text(record.header.data), "payload": text(record.payload), "salt": text(record.salt),
        "inclusion": [text(digest) for digest in inclusion_path(hashes, index)], "checkpoint": cp.note(network),
    }  # fmt: skip


def example():
    """A document and a twin of its log under a member that the roster does not have."""
    import minimsgpack
    from minicrypto import ed25519_sign
    from miniroster import Hand, open_log

    hand = Hand("a")
    genesis = hand.genesis("a")
    admit = lambda code: hand.entry(
        {"type": "admit", "code": code, "kind": "commune", "member_key": hand.key(code), "names": {"fr": code}}, 1, "a"
    )
    roster = [genesis, admit("fes"), admit("sefrou")]
    signer = lambda word: lambda data: ed25519_sign(hand.seeds[word], data)
    documents = []
    for code in ("sefrou", "safi"):
        opened = open_log(hand, code, code, code + " log")
        records = [opened.record] + [Record.create(128, minimsgpack.encode({"number": n}), n) for n in range(1, 6)]
        part = lambda index: part_of(hand.network, records, index, opened.key, signer(code + " log"))
        documents.append({
            "network": hand.network.hex(), "ref": f"{code}/4", "origin": origin_of(hand.network, opened.key),
            "vkey": vkey_of(hand.network, opened.key), **part(4), "log_open": part(0),
            "roster": [part_of(hand.network, roster, index, hand.key("keeper"), signer("keeper")) for index in (0, 2)],
        })  # fmt: skip
    return documents


def evidence_example(a, b, is_fork=True):
    """A key signs a records of one history and b of another, or of the same."""
    import minimsgpack
    from minicrypto import ed25519_sign
    from miniroster import Hand, open_log
    from minitree import consistency_path, root_of

    hand = Hand("a")
    hand.genesis("a")
    opened = open_log(hand, "sefrou", "sefrou", "sefrou log")
    history = lambda word, count: [opened.record.header.leaf_hash()] + [
        Record.create(128, minimsgpack.encode({"word": word, "number": n}), n, salt=bytes(32)).header.leaf_hash() for n in range(1, count)]
    left, right = history("left", a), history("right" if is_fork else "left", b)
    sign = lambda data: ed25519_sign(hand.seeds["sefrou log"], data)
    note = lambda hashes: Checkpoint.sign(hand.network, opened.key, len(hashes), root_of(hashes), sign).note(hand.network)
    text = lambda data: b64encode(data).decode()
    return {
        "network": hand.network.hex(), "member": "sefrou", "number": 1, "origin": origin_of(hand.network, opened.key),
        "vkey": vkey_of(hand.network, opened.key), "first": note(left), "second": note(right),
        "root": text(root_of(right[:a])) if a < b else None,
        "proof": [text(digest) for digest in consistency_path(right, a)] if a < b else [],
        "log_open": text(opened.record.payload),
    }  # fmt: skip


def refuse_evidence_twins(document):
    count = 0
    for claim, proven, reason in Evidence(json.dumps(document)).claims():
        if not proven:
            raise Forged(f"{claim}: {reason}")
    for what, twin in evidence_twins(document):
        assert not check(json.dumps(twin)), f"tampered {what} is taken"
        count += 1
    return count


def _set(document, path, change):
    document = copy.deepcopy(document)
    at = document
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = change(at[path[-1]])
    return document


def flip_base64(text):
    data = bytearray(b64decode(text))
    data[len(data) // 2] ^= 1
    return b64encode(bytes(data)).decode()


def flip_note(note):
    head, _, blob = note[:-1].rpartition(" ")
    data = bytearray(b64decode(blob))
    data[40] ^= 1
    return f"{head} {b64encode(bytes(data)).decode()}\n"


def evidence_twins(document):
    """(what, tampered document) for any sound evidence; none of them proves anything."""
    yield "first", _set(document, ["first"], flip_note)
    yield "second", _set(document, ["second"], flip_note)
    yield "first", _set(document, ["first"], lambda note: note.replace("\n", "\n1", 1))
    yield "network", _set(document, ["network"], lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"))
    yield "origin", _set(document, ["origin"], lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"))
    yield "vkey", _set(document, ["vkey"], lambda text: text[:-3] + "AAA")
    yield "one history", {**document, "second": document["first"], "root": None, "proof": []}
    yield "other way round", {**document, "first": document["second"], "second": document["first"], "x": 1} if document["root"] else {
        **document, "root": b64encode(bytes(32)).decode()}  # fmt: skip
    yield "proof", _set(document, ["proof"], lambda hashes: [*hashes, b64encode(bytes(32)).decode()])
    if document["root"]:
        yield "root", _set(document, ["root"], flip_base64)
        yield "no root", {**document, "root": None}
        yield "proof", _set(document, ["proof"], lambda hashes: hashes[1:])
    if document["log_open"]:
        yield "log_open", _set(document, ["log_open"], flip_base64)
        yield "member", _set(document, ["member"], lambda code: "x" + code)


def _flip_first(hashes):
    return [flip_base64(hashes[0])] + hashes[1:]


def _set_leaf(document, at):
    """Another header with the same payload: only the last bit of the commitment differs."""

    def change(text):
        data = b64decode(text)
        return b64encode(data[:-1] + bytes([data[-1] ^ 1])).decode()

    return _set(document, [*at, "leaf"], change)


def _twins_of_part(document, at, part, claim):
    """Of one leaf under its checkpoint; `claim` is what it carries."""
    is_record = not at
    if part["payload"]:
        yield "payload", _set(document, [*at, "payload"], flip_base64), "payload" if is_record else claim
        yield "salt", _set(document, [*at, "salt"], flip_base64), "payload" if is_record else claim
    if part["inclusion"]:
        yield "inclusion", _set(document, [*at, "inclusion"], _flip_first), claim
        yield "inclusion", _set(document, [*at, "inclusion"], lambda hashes: hashes[1:]), claim
    if at == ["log_open"]:
        return
    more = b64encode(bytes(32)).decode()
    yield "inclusion", _set(document, [*at, "inclusion"], lambda hashes: [*hashes, more]), claim
    yield "signature", _set(document, [*at, "checkpoint"], flip_note), "checkpoint" if is_record else claim
    larger = lambda note: note.replace("\n", "\n1", 1)
    yield "size", _set(document, [*at, "checkpoint"], larger), "checkpoint" if is_record else claim


def twins(document):
    """(what, tampered document, the first claim that must fail) for any sound document."""
    entries = document["roster"]
    yield "network", _set(document, ["network"], lambda text: text[:-1] + ("0" if text[-1] != "0" else "1")), "network"
    yield "network", _set(document, ["network"], lambda text: text[:-1]), "format"
    yield "ref", _set(document, ["ref"], lambda ref: ref + "1"), "record"
    yield "ref", _set(document, ["ref"], lambda ref: "x" + ref), "record"
    yield "origin", _set(document, ["origin"], lambda text: text[:-1] + ("0" if text[-1] != "0" else "1")), "checkpoint"
    yield "vkey", _set(document, ["vkey"], lambda text: text[:-3] + "AAA"), "checkpoint"
    yield "no genesis", _set(document, ["roster"], lambda entries: entries[1:]), "network" if entries[1:] else "format"
    yield "order", _set(document, ["roster"], lambda entries: [*entries, entries[0]]), "format"
    yield "leaf", _set_leaf(document, []), "record"
    yield "leaf", _set_leaf(document, ["log_open"]), "log_open"
    yield "leaf", _set_leaf(document, ["roster", 0]), "network"
    yield "index", _set(document, ["index"], lambda index: index + 1), "record"
    yield "index", _set(document, ["log_open", "index"], lambda index: index + 1), "log_open"
    last = len(entries) - 1
    yield "index", _set(document, ["roster", last, "index"], lambda index: index + 1), "roster" if last else "network"
    yield from _twins_of_part(document, [], document, "record")
    yield from _twins_of_part(document, ["log_open"], document["log_open"], "log_open")
    for number, entry in enumerate(entries):
        yield from _twins_of_part(document, ["roster", number], entry, "roster")


def refuse_twins(document, network=None):
    """Checks a sound document and its twins; gives the number of twins."""
    text, count = json.dumps(document), 0
    for claim, proven, reason in Proof(text, network).claims():
        if not proven:
            raise Forged(f"{claim}: {reason}")
    for what, twin, claim in twins(document):
        first = next((claim for claim, proven, _ in Proof(json.dumps(twin), network).claims() if not proven), None)
        if first != claim and not (network and claim == "network"):
            raise AssertionError(f"tampered {what} fails at {first}, not at {claim}")
        count += 1
    return count


def main(arguments):
    if arguments:
        with open(arguments[0], encoding="utf-8") as file:
            text = file.read()
        network = bytes.fromhex(arguments[1]) if arguments[1:] else None
        claims = reader_of(text)(text, network).claims()
        for claim, proven, reason in claims:
            print(f"{claim:10} {'proven' if proven else 'NOT PROVEN: ' + reason}")
        return 0 if all(proven for _, proven, _ in claims) else 3
    sound, stranger = example()
    count = refuse_twins(sound)
    assert [claim for claim, proven, _ in Proof(json.dumps(stranger)).claims() if not proven][0] == "member"
    assert not check(json.dumps(sound), bytes(32)) and check(json.dumps(sound), bytes.fromhex(sound["network"]))
    assert not check(json.dumps(sound)[:-1]) and not check("[]") and not check(json.dumps(sound).replace("{", '{"ref":"a/1",', 1))
    count += refuse_evidence_twins(evidence_example(3, 3)) + refuse_evidence_twins(evidence_example(3, 5))
    assert not check(json.dumps(evidence_example(3, 5, is_fork=False))), "two heads of one history are evidence"
    lost = {**sound, "payload": None, "salt": None}
    assert [claim for claim, proven, _ in Proof(json.dumps(lost)).claims() if not proven] == ["payload"]
    print(f"  PY     miniprove: {count + 7} tampered documents refused")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
