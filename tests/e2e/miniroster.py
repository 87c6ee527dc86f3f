#!/usr/bin/env python3
"""The roster after section 4 of proto/PROTOCOL.md and the digest after section 8, in plain Python.

It folds the roster's records, says of each why it counts or is void, decides which logs are admissible, and computes the
digest from heads. It refuses to read sockets and files. One roster log is read: where an epoch entry names the next one, the
caller goes on with the next log's records.

usage: tests/e2e/miniroster.py      plays a roster with void twins of each entry
"""
import sys

import minimsgpack
from minicrypto import Forged, ed25519_check_key, ed25519_public, ed25519_sign, ed25519_verify, sha256
from minirecord import CODE, KIND_ROSTER_ENTRY, PRESENT, LogOpen, Malformed, Record, decode, is_bin, is_int

APPROVAL_LINE = b"open-communes approval v1\n"
MEMBER_KINDS = ("region", "province", "commune", "arrondissement", "coordinator", "observer")
REASONS = ("request", "merged", "breach", "error")
GROUNDS = ("privacy", "court", "copyright", "error", "author")
LANGUAGES = ("ar", "fr", "en", "zgh")
OPEN, CUT, FROZEN = 0, 1, 2


class Void(Exception):
    """Why an entry changes nothing."""


def demand(condition, text):
    if not condition:
        raise Void(text)


def demand_key(key):
    demand(is_bin(key, 32), "a key has 32 bytes")
    try:
        ed25519_check_key(key)
    except Forged as error:
        raise Void(str(error)) from None


def demand_text(value):
    demand(isinstance(value, dict) and value, "text is missing")
    for language, text in value.items():
        demand(language in LANGUAGES, "text has an unknown language")
        demand(isinstance(text, str) and 1 <= len(text.encode()) <= 255, "text has a wrong size")


def demand_code(code):
    demand(isinstance(code, str) and CODE.match(code), "not a code")


def demand_ascii(value, size_max):
    visible = isinstance(value, str) and all("!" <= character <= "~" for character in value)
    demand(visible and 1 <= len(value) <= size_max, "not visible ASCII")


class Member:
    def __init__(self, code, kind, names, key, leaf):
        self.code, self.kind, self.names, self.key, self.leaf = code, kind, names, key, leaf
        self.is_removed = False
        self.retired = {}  # member key -> the logs that its retiring entry or a later one lists
        self.kept = set()  # logs that stay admissible while the member is removed

    def copy(self):
        other = Member(self.code, self.kind, self.names, self.key, self.leaf)
        other.is_removed, other.kept = self.is_removed, set(self.kept)
        other.retired = {key: set(logs) for key, logs in self.retired.items()}
        return other


def approval_message(network, version, entry):
    return APPROVAL_LINE + network + version.to_bytes(8, "big") + sha256(minimsgpack.encode(entry))


class Roster:
    def __init__(self, network):
        self.network = network
        self.size = 0
        self.version = 0
        self.members, self.coordinators, self.threshold = {}, [], 0
        self.uses = {}  # key -> what it is for; a retired key stays
        self.cuts = {}  # log key -> (size, root)
        self.in_force = {}  # subject -> leaf hash
        self.keeper, self.epoch = None, 0

    def apply(self, record):
        """Takes the next leaf; None when it counts, else why it is void."""
        before = self._state()
        try:
            self._apply(record)
            reason = None
        except Void as void:
            self.__dict__.update(before)
            reason = str(void)
        if self.size == 0 and reason:
            raise Forged(f"genesis is void: {reason}")
        self.size += 1
        return reason

    def _state(self):
        """A copy that the entry cannot touch: a void entry changes nothing."""
        state = dict(self.__dict__)
        for name in ("uses", "cuts", "in_force"):
            state[name] = dict(state[name])
        state["coordinators"] = list(self.coordinators)
        state["members"] = {code: member.copy() for code, member in self.members.items()}
        return state

    def _apply(self, record):
        leaf = record.header.leaf_hash()
        if self.size == 0 and leaf != self.network:
            raise Forged("genesis is not the one of the network")
        demand(record.header.kind == KIND_ROSTER_ENTRY and record.state == PRESENT, "not a roster entry")
        try:
            payload = decode(record.payload)
        except Malformed as error:
            raise Void(str(error)) from None
        demand(isinstance(payload, dict) and isinstance(payload.get("entry"), dict), "no entry")
        entry, kind = payload["entry"], payload["entry"].get("type")
        demand((kind == "genesis") == (self.size == 0), "genesis is the first entry and no other")
        handler = getattr(self, "_do_" + str(kind).replace("-", "_"), None)
        demand(isinstance(kind, str) and "_" not in kind and handler, "unknown type")
        old_keys, old_threshold, old_version = self._quorum()
        signers = self._signers(payload.get("approvals"), entry, old_version)
        handler(entry, leaf)
        if kind == "genesis":
            old_keys, old_threshold, _ = self._quorum()
        demand(len(signers & old_keys) >= old_threshold, "not enough approvals")
        if kind in ("genesis", "coordinator", "threshold"):
            new_keys, new_threshold, _ = self._quorum()
            demand(len(signers & new_keys) >= new_threshold, "not enough approvals of the new coordinators")
            self.version += 1

    def _quorum(self):
        return {self.members[code].key for code in self.coordinators}, self.threshold, self.version

    def _signers(self, approvals, entry, version):
        demand(isinstance(approvals, list) and len(approvals) <= 64, "approvals are malformed")
        network = self.network if self.size else bytes(32)
        message, seen, good = approval_message(network, version, entry), set(), set()
        for approval in approvals:
            shaped = isinstance(approval, list) and len(approval) >= 2
            demand(shaped and is_bin(approval[0], 32) and is_bin(approval[1], 64), "approvals are malformed")
            demand(approval[0] not in seen, "a key approves twice")
            seen.add(approval[0])
            try:
                ed25519_verify(approval[0], message, approval[1])
                good.add(approval[0])
            except Forged:
                continue
        return good

    def _use(self, key, use):
        demand_key(key)
        demand(key not in self.uses, "key has a use already")
        self.uses[key] = use

    def _take_force(self, subject, entry, leaf, is_first=False):
        replaces = entry.get("replaces")
        demand(replaces is None or is_bin(replaces, 32), "replaces is not a leaf hash")
        demand(replaces == self.in_force.get(subject), "replaces does not name the entry in force")
        demand(not is_first or replaces is None, "replaces names an entry")
        self.in_force[subject] = leaf

    def _coordinator_in(self, fields, leaf):
        demand(isinstance(fields, dict), "not a coordinator")
        code, key = fields.get("code"), fields.get("member_key")
        demand_code(code)
        demand(code not in self.coordinators, "is a coordinator already")
        demand(fields.get("kind") in MEMBER_KINDS, "unknown kind of member")
        demand_text(fields.get("names"))
        member = self.members.get(code)
        if member and not member.is_removed:
            demand(member.key == key, "not the current key of the member")
        else:
            self._use(key, "member")
            self._put_member(code, fields["kind"], fields["names"], key, leaf)
            self.in_force["member", code] = leaf
        self._use(fields.get("cosigner_key"), "cosigner")
        self.coordinators.append(code)

    def _put_member(self, code, kind, names, key, leaf):
        old, new = self.members.get(code), Member(code, kind, names, key, leaf)
        if old:
            new.retired = old.retired
        self.members[code] = new

    def _set_threshold(self, threshold):
        count = len(self.coordinators)
        demand(1 <= count <= 32, "number of coordinators is out of range")
        demand(is_int(threshold, count // 2 + 1, count), "threshold is not more than half of the coordinators")
        self.threshold = threshold

    def _do_genesis(self, entry, leaf):
        demand_text(entry.get("names"))
        demand(is_bin(entry.get("charter"), 0, 32) and is_bin(entry.get("nonce"), 32), "charter or nonce is malformed")
        demand_ascii(entry.get("zone"), 64)
        coordinators, recovery = entry.get("coordinators"), entry.get("recovery")
        demand(isinstance(coordinators, list) and isinstance(recovery, list), "coordinators or recovery is no list")
        demand(len(recovery) <= 16, "too many recovery keys")
        for fields in coordinators:
            self._coordinator_in(fields, leaf)
        for key in recovery:
            self._use(key, "recovery")
        self._use(entry.get("keeper"), "keeper")
        self.keeper = entry["keeper"]
        if entry["charter"]:
            self.in_force["charter"] = leaf
        self._set_threshold(entry.get("threshold"))

    def _territory(self, entry):
        for name in ("territory", "territory_vintage"):
            if name in entry:
                demand_ascii(entry[name], 32)

    def _do_admit(self, entry, leaf):
        code = entry.get("code")
        demand_code(code)
        demand(code not in self.members or self.members[code].is_removed, "is a member already")
        demand(entry.get("kind") in MEMBER_KINDS, "unknown kind of member")
        demand_text(entry.get("names"))
        self._territory(entry)
        self._take_force(("member", code), entry, leaf)
        self._use(entry.get("member_key"), "member")
        self._put_member(code, entry["kind"], entry["names"], entry["member_key"], leaf)

    def _live_member(self, entry, leaf):
        code = entry.get("code")
        demand(isinstance(code, str) and code in self.members, "is no member")
        member = self.members[code]
        demand(not member.is_removed, "is no member")
        self._take_force(("member", code), entry, leaf)
        member.leaf = leaf
        return member

    def _do_amend(self, entry, leaf):
        member = self._live_member(entry, leaf)
        demand(any(name in entry for name in ("kind", "names", "territory", "territory_vintage")), "changes nothing")
        if "kind" in entry:
            demand(entry["kind"] in MEMBER_KINDS, "unknown kind of member")
            member.kind = entry["kind"]
        if "names" in entry:
            demand_text(entry["names"])
            member.names = entry["names"]
        self._territory(entry)

    def _retire_key(self, member, logs):
        demand(isinstance(logs, list), "logs is no list")
        seen = set()
        for log in logs:
            demand(isinstance(log, list) and len(log) >= 2 and is_bin(log[0], 32), "not a listing of a log")
            cut = None
            if log[1] == "cut":
                demand(len(log) >= 4 and is_int(log[2], 0, 2**53 - 1) and is_bin(log[3], 32), "cut is malformed")
                cut = log[2], log[3]
            else:
                demand(log[1] == "open", "a log is open or cut")
            if log[0] in seen:
                continue
            seen.add(log[0])
            demand(self.cuts.get(log[0], cut) == cut, "a cut neither moves nor is lifted")
            if cut:
                self.cuts[log[0]] = cut
        member.retired[member.key] = set()
        for listed in member.retired.values():
            listed |= seen
        return seen

    def _do_rotate(self, entry, leaf):
        member = self._live_member(entry, leaf)
        self._retire_key(member, entry.get("logs"))
        self._use(entry.get("member_key"), "member")
        member.key = entry["member_key"]

    def _do_remove(self, entry, leaf):
        member = self._live_member(entry, leaf)
        demand(member.code not in self.coordinators, "is a coordinator")
        demand(entry.get("reason") in REASONS, "unknown reason")
        before = {log for logs in member.retired.values() for log in logs if log in self.cuts}
        member.kept = before | self._retire_key(member, entry.get("logs"))
        member.is_removed = True

    def _do_coordinator(self, entry, leaf):
        add, remove = entry.get("add"), entry.get("remove")
        demand(isinstance(add, list) and isinstance(remove, list), "add or remove is no list")
        for code in remove:
            demand(code in self.coordinators, "is no coordinator")
            self.coordinators.remove(code)
        for fields in add:
            self._coordinator_in(fields, leaf)
        self._set_threshold(entry.get("threshold"))

    def _do_threshold(self, entry, leaf):
        self._set_threshold(entry.get("threshold"))

    def _do_charter(self, entry, leaf):
        demand(is_bin(entry.get("charter"), 0, 32), "charter is malformed")
        self._take_force("charter", entry, leaf)

    def _about_record(self, subject, entry, leaf):
        demand(entry.get("ground") in GROUNDS, "unknown ground")
        demand(is_int(entry.get("index"), 0, 2**53 - 1), "index is out of range")
        demand(is_bin(entry.get("leaf"), 32) and is_bin(entry.get("log"), 32), "names no record")
        self._take_force((subject, entry["log"], entry["index"]), entry, leaf)

    def _do_erase(self, entry, leaf):
        self._about_record("erase", entry, leaf)

    def _do_dispute(self, entry, leaf):
        self._about_record("dispute", entry, leaf)

    def _do_name_branch(self, entry, leaf):
        demand(is_bin(entry.get("log"), 32) and is_bin(entry.get("root"), 32), "names no branch")
        demand(is_int(entry.get("size"), 1, 2**53 - 1), "names no branch")
        self._take_force(("branch", entry["log"]), entry, leaf)

    def _do_epoch(self, entry, leaf):
        previous = entry.get("previous")
        demand(is_int(entry.get("epoch"), self.epoch + 1, 2**53 - 1), "epoch is not higher")
        demand(isinstance(previous, list) and len(previous) >= 3 and previous[0] == self.keeper, "not the roster before")
        self._use(entry.get("keeper"), "keeper")
        self.epoch, self.keeper = entry["epoch"], entry["keeper"]

    # What follows from it.

    def check_admissible(self, opened, key):
        """Raises Forged with the reason when the log of this log.open is not admissible."""
        opened.verify(self.network, key)
        if self.uses.get(key) == "keeper":
            raise Forged("log key is the keeper's")
        member = self.members.get(opened.member)
        if member is None:
            raise Forged("member is not in the roster")
        if member.is_removed and key not in member.kept:
            raise Forged("member is removed and the log is not listed")
        is_current = opened.member_key == member.key and not member.is_removed
        if not is_current and key not in member.retired.get(opened.member_key, ()):
            raise Forged("member key is not current and the log is not listed")

    def state_of(self, key, size, root, is_frozen=False):
        """(size, root, state) as the digest has them."""
        if is_frozen:
            return 0, bytes(32), FROZEN
        if key in self.cuts:
            cut = self.cuts[key]
            return (size, root, CUT) if size < cut[0] else (*cut, CUT)
        return size, root, OPEN


def bucket_hashes(entries):
    """256 bucket hashes of [(log key, size, root, state)]; a log without a head is left out by the caller."""
    buckets = [[] for _ in range(256)]
    for key, size, root, state in sorted(entries):
        buckets[key[0]].append(key + size.to_bytes(8, "big") + root + bytes([state]))
    return [sha256(*parts) for parts in buckets]


def digest_of(roster_key, roster_size, roster_root, entries):
    return sha256(roster_key, roster_size.to_bytes(8, "big"), roster_root, *bucket_hashes(entries))


# Self-test.


class Hand:
    """A coordinator's hand: keys from words, entries with approvals."""

    def __init__(self, *words):
        self.seeds = {word: sha256(word.encode()) for word in words}
        self.network = bytes(32)

    def key(self, word):
        return ed25519_public(self.seeds.setdefault(word, sha256(word.encode())))

    def entry(self, fields, version, *signers):
        message = approval_message(self.network, version, fields)
        approvals = [[self.key(word), ed25519_sign(self.seeds[word], message)] for word in signers]
        return Record.create(KIND_ROSTER_ENTRY, minimsgpack.encode({"approvals": approvals, "entry": fields}))

    def coordinator(self, code):
        return {
            "code": code, "cosigner_key": self.key(code + " cosigner"), "kind": "coordinator",
            "member_key": self.key(code), "names": {"fr": code},
        }  # fmt: skip

    def genesis(self, *codes, threshold=None, **changes):
        fields = {
            "type": "genesis", "charter": b"", "coordinators": [self.coordinator(code) for code in codes],
            "keeper": self.key("keeper"), "names": {"fr": "R\u00e9seau"}, "nonce": bytes(32), "recovery": [],
            "threshold": threshold or len(codes) // 2 + 1, "zone": "Africa/Casablanca", **changes,
        }  # fmt: skip
        record = self.entry(fields, 0, *codes)
        self.network = record.header.leaf_hash()
        return record


def expect(what, got, want):
    if (got is None) != (want is None) or (want and want not in got):
        raise SystemExit(f"miniroster: {what}: {got!r}, not {want!r}")
    expect.count += 1


expect.count = 0


def reason(call, *arguments):
    try:
        call(*arguments)
    except Forged as error:
        return str(error)
    return None


def open_log(hand, code, key_word, log_word):
    sign = lambda data: ed25519_sign(hand.seeds[key_word], data)
    return LogOpen.create(hand.network, hand.key(log_word), code, hand.key(key_word), bytes(32), sign)


def test_entries(hand, roster):
    admit = {"type": "admit", "code": "fes", "kind": "commune", "member_key": hand.key("fes"), "names": {"fr": "F\u00e8s"}}
    take = lambda fields, *signers: roster.apply(hand.entry(fields, roster.version, *(signers or ("a", "b"))))
    expect("one approval", take(admit, "a"), "not enough")
    expect("a stranger approves", take(admit, "a", "stranger"), "not enough")
    expect("old version", roster.apply(hand.entry(admit, 0, "a", "b")), "not enough")
    expect("a kind that is none", take({**admit, "kind": "city"}), "kind")
    expect("text without a language", take({**admit, "names": {}}), "text")
    expect("replaces nobody", take({**admit, "replaces": bytes(32)}), "replaces")
    expect("a used key", take({**admit, "member_key": hand.key("a")}), "use already")
    expect("a key of small order", take({**admit, "member_key": bytes(32)}), "prime order")
    record = hand.entry(admit, roster.version, "a", "b")
    expect("admit", roster.apply(record), None)
    expect("twice", take(admit), "already")
    fes = open_log(hand, "fes", "fes", "fes log")
    expect("admissible", reason(roster.check_admissible, fes, fes.key), None)
    other = open_log(hand, "fes", "sefrou", "sefrou log")
    expect("another key", reason(roster.check_admissible, other, other.key), "not current")
    other = open_log(hand, "sefrou", "sefrou", "sefrou log")
    expect("no member", reason(roster.check_admissible, other, other.key), "not in the roster")
    keeper = open_log(hand, "fes", "fes", "keeper")
    expect("keeper's key", reason(roster.check_admissible, keeper, keeper.key), "keeper")
    return record.header.leaf_hash(), fes


def test_ends(hand, roster, leaf, fes):
    take = lambda fields: roster.apply(hand.entry(fields, roster.version, "a", "b"))
    cut = [fes.key, "cut", 3, bytes(32)]
    rotate = {"type": "rotate", "code": "fes", "logs": [cut], "member_key": hand.key("fes 2"), "replaces": leaf}
    second = hand.entry(rotate, roster.version, "a", "b")
    expect("rotate", roster.apply(second), None)
    leaf = second.header.leaf_hash()
    expect("listed", reason(roster.check_admissible, fes, fes.key), None)
    unlisted = open_log(hand, "fes", "fes", "fes log 2")
    expect("not listed", reason(roster.check_admissible, unlisted, unlisted.key), "not listed")
    assert roster.state_of(fes.key, 9, b"r" * 32) == (3, bytes(32), CUT) and roster.state_of(fes.key, 2, b"r" * 32)[0] == 2
    remove = {"type": "remove", "code": "fes", "logs": [], "reason": "request", "replaces": leaf}
    expect("lifted cut", take({**remove, "logs": [[fes.key, "open"]]}), "neither")
    expect("no reason", take({**remove, "reason": "none"}), "reason")
    expect("a coordinator", take({**remove, "code": "a", "replaces": roster.in_force["member", "a"]}), "coordinator")
    expect("remove", take(remove), None)
    expect("cut before", reason(roster.check_admissible, fes, fes.key), None)
    newer = open_log(hand, "fes", "fes 2", "fes log 3")
    expect("removed", reason(roster.check_admissible, newer, newer.key), "removed")
    back = {"type": "admit", "code": "fes", "kind": "commune", "names": {"fr": "F"}, "replaces": roster.in_force["member", "fes"]}
    expect("a retired key", take({**back, "member_key": hand.key("fes")}), "use already")
    expect("readmitted", take({**back, "member_key": hand.key("fes 3")}), None)
    expect("still kept", reason(roster.check_admissible, fes, fes.key), None)


def test_coordinators(hand, roster):
    grow = {"type": "coordinator", "add": [hand.coordinator("d"), hand.coordinator("e")], "remove": [], "threshold": 3}
    expect("old m only", roster.apply(hand.entry(grow, roster.version, "a", "b")), "new coordinators")
    expect("low threshold", roster.apply(hand.entry({**grow, "threshold": 2}, roster.version, "a", "b", "d")), "half")
    expect("grown", roster.apply(hand.entry(grow, roster.version, "a", "b", "d")), None)
    expect("two are too few now", roster.apply(hand.entry({"type": "threshold", "threshold": 4}, 2, "a", "b")), "not enough")
    expect("threshold", roster.apply(hand.entry({"type": "threshold", "threshold": 4}, 2, "a", "b", "c", "d")), None)
    assert roster.version == 3 and roster.threshold == 4
    erase = {"type": "erase", "ground": "court", "index": 1, "leaf": bytes(32), "log": hand.key("fes log")}
    expect("erase", roster.apply(hand.entry(erase, 3, "a", "b", "c", "e")), None)
    expect("erase again", roster.apply(hand.entry(erase, 3, "a", "b", "c", "e")), "replaces")


def main():
    hand = Hand("a", "b", "c")
    for changes in ({"threshold": 1}, {"names": {"es": "Red"}}, {"zone": "a b"}, {"recovery": [hand.key("keeper")]}):
        record = hand.genesis("a", "b", **changes)
        expect("bad genesis", reason(Roster(hand.network).apply, record), "genesis is void")
        hand.network = bytes(32)
    record = hand.genesis("a", "b", "c")
    expect("another network", reason(Roster(bytes(32)).apply, record), "not the one")
    roster = Roster(hand.network)
    expect("genesis", roster.apply(record), None)
    expect("genesis again", roster.apply(record), "first entry")
    test_ends(hand, roster, *test_entries(hand, roster))
    test_coordinators(hand, roster)
    entries = [(hand.key(str(number)), number, bytes(32), OPEN) for number in range(1, 4)]
    one = digest_of(hand.network, 1, bytes(32), entries)
    assert one == digest_of(hand.network, 1, bytes(32), entries[::-1]) != digest_of(hand.network, 2, bytes(32), entries)
    assert one != digest_of(hand.network, 1, bytes(32), entries[:2])
    print(f"  PY     miniroster: {expect.count} cases passed")


if __name__ == "__main__":
    sys.exit(main())
