#!/usr/bin/env python3
"""A node in memory that speaks sections 6 to 8 of proto/PROTOCOL.md, in plain Python.

A Node holds a roster and logs, a Talk is one session of it. It takes nothing unverified: heads by their signature, batches by
consistency proof and root, log.opens by the roster. It refuses to keep anything, to choose peers and to dial again.

second_reader.py tests it and uses it.
"""
import os
import threading
import time

from minicrypto import Forged, ed25519_public, ed25519_sign, x25519_public
from minirecord import (
    NOT_HELD, PRESENT, Checkpoint, LogOpen, Malformed, Record, decode_records, is_bin, is_int, need,
)  # fmt: skip
from miniroster import Roster, bucket_hashes, digest_of
from minisession import Address, Channel, Closed, Wire, third_payload
from minitree import Tree, check_consistency, consistency_path, root_of
from minizstd import BadFrame, compress, content_size, decompress

INT_MAX = 2**53 - 1
RAW_AIM = 262144
HEADS_MAX, WANTS_MAX, RUNS_MAX, RAW_MAX = 4096, 256, 256, 1048576
NEWS_LOGS_MAX, NEWS_RAW_MAX = 8, 8192
NO_SIGNATURE = bytes(64)


def need_place(item, count, name):
    """[log key, index or size, …]"""
    need(isinstance(item, list) and len(item) >= count, f"{name} is malformed")
    need(is_bin(item[0], 32) and is_int(item[1], 0, INT_MAX), f"{name} is malformed")


class Log:
    """Records in order with their tree. `heads` are the signed checkpoints that were seen, by size."""

    def __init__(self, key, opened=None):
        self.key, self.opened = key, opened
        self.records, self.hashes, self.tree, self.heads = [], [], Tree(), {}
        self.head, self.arrival = None, 0

    def size(self):
        return len(self.records)

    def append(self, records):
        for record in records:
            self.records.append(record)
            self.hashes.append(record.header.leaf_hash())
            self.tree.append(self.hashes[-1])

    def take_head(self, checkpoint):
        self.heads[checkpoint.size] = checkpoint
        if checkpoint.size <= self.size() and (self.head is None or self.head.size < checkpoint.size):
            self.head = checkpoint


class Identity:
    """The keys of one node of one member, drawn at random or given as seeds."""

    def __init__(self, network, code, member=None, log=None, transport=None, number=1, opened=None, sign=ed25519_sign):
        member, log = member or os.urandom(32), log or os.urandom(32)
        self.code, self.transport = code, transport or os.urandom(32)
        self.log_key, self.member_key = ed25519_public(log), ed25519_public(member)
        self.sign = lambda data: sign(log, data)
        self.member_seed, self.log_seed = member, log
        self.opened = opened or LogOpen.create(
            network, self.log_key, code, self.member_key, x25519_public(self.transport),
            lambda data: sign(member, data), number, time=int(time.time() * 1000),
        )  # fmt: skip


class Node:
    def __init__(self, network, identity):
        self.network, self.me = network, identity
        self.store = os.urandom(16)
        self.roster, self.roster_log, self.roster_void = Roster(network), None, []
        self.logs, self.arrivals = {}, 0
        self.cursors = {}  # transport key -> store id and arrival of a node that was equal
        self.pending = {}  # log key -> log.open of logs that are not stored yet, our peers' own
        self.lock = threading.RLock()
        self.own = Log(identity.log_key, identity.opened)
        self.logs[identity.log_key] = self.own
        self.publish([identity.opened.record])

    def publish(self, records):
        """Appends to the own log and signs once."""
        with self.lock:
            start = self.own.size()
            self.own.append(records)
            self.sign(self.own, self.me.sign)
            return start

    def sign(self, log, sign):
        log.take_head(Checkpoint.sign(self.network, log.key, log.size(), log.tree.root(), sign))
        self.arrived(log)

    def arrived(self, log):
        self.arrivals += 1
        log.arrival = self.arrivals

    def take_roster(self, records):
        """Appends to the roster; the genesis names the log key."""
        for record in records:
            reason = self.roster.apply(record)
            if reason:
                self.roster_void.append((self.roster.size - 1, reason))
        if self.roster_log is None:
            self.roster_log = Log(self.roster.keeper)
        self.roster_log.append(records)

    def is_admissible(self, opened, key):
        try:
            self.roster.check_admissible(opened, key)
            return True
        except Forged:
            return False

    def digest(self):
        """Section 8; a node without the roster says zeros."""
        if self.roster_log is None or self.roster_log.head is None:
            return bytes(32)
        head = self.roster_log.head
        return digest_of(self.roster_log.key, head.size, head.root, self.digest_entries())

    def digest_entries(self):
        entries = []
        for log in self.logs.values():
            if log.head and log.opened and self.is_admissible_cached(log):
                entries.append((log.key, *self.roster.state_of(log.key, log.head.size, log.head.root)))
        return entries

    def is_admissible_cached(self, log):
        """The points and the certificate do not change, only the roster does: judged once a roster size."""
        judged = getattr(log, "judged", None)
        if judged is None or judged[0] != self.roster.size:
            log.judged = judged = self.roster.size, self.is_admissible(log.opened, log.key)
        return judged[1]

    def log_of(self, key):
        if self.roster_log is not None and key == self.roster_log.key:
            return self.roster_log
        return self.logs.get(key)

    def head_of(self, log):
        """What is announced of a log: its newest head, or the cut that ends it."""
        cut = self.roster.cuts.get(log.key)
        if cut and log.size() >= cut[0]:
            return Checkpoint(log.key, *cut, NO_SIGNATURE) if cut[0] else None
        return log.head

    def verify_head(self, checkpoint):
        """The signature; the head of a cut log at its cut is the roster's word and has none."""
        cut = self.roster.cuts.get(checkpoint.key)
        if cut == (checkpoint.size, checkpoint.root) and checkpoint.signature == NO_SIGNATURE:
            return
        checkpoint.verify(self.network)

    def roster_head(self):
        return self.roster_log.head if self.roster_log else None


class Talk:
    """One session. `trace` is the list of (direction, message name); `notes` what a test may want to see."""

    def __init__(self, node, channel, is_initiator, their_log=None):
        self.node, self.channel, self.is_initiator = node, channel, is_initiator
        self.their_log, self.their_hello = their_log, None
        self.their_roster, self.their_digest, self.their_upto = 0, None, 0
        self.wants = {}  # log key -> checkpoint that is being fetched, in the order asked, which is that of the answers
        self.asked_from = {}  # log key -> where its next run begins
        self.head_told = None  # in HELLO
        self.later = {}  # log key -> a newer checkpoint, told while an older one was being fetched
        self.skipped = set()  # keys of wanted logs that turned out not to be admissible
        self.judged = False
        self.trace, self.haves, self.joined, self.bye, self.batches = [], {}, [], None, []
        self.payloads_missing, self.answered_buckets, self.sent_buckets, self.served = [], None, None, 0
        self.lock = threading.RLock()

    @classmethod
    def dial(cls, node, address, token=None, timeout=10, cipher_class=None):
        address = address if isinstance(address, Address) else Address(address)
        talk = cls(node, None, True)
        head = node.roster_head()
        payload = third_payload(head.size if head else 0, token or node.me.log_key)
        hello = talk.hello_body(b"", node.cursors.get(address.key))
        talk.channel = Channel.dial(address, node.network, node.me.transport, payload, [("HELLO", hello)], timeout, cipher_class)
        talk.trace.append((">", "HELLO"))
        return talk

    @classmethod
    def accept(cls, node, sock, cipher_class=None):
        channel, third = Channel.accept(Wire(sock), node.network, node.me.transport, cipher_class)
        talk = cls(node, channel, False, third[1])
        talk.their_roster = third[0]
        talk.send("HELLO", talk.hello_body(node.me.log_key))
        return talk

    def hello_body(self, own_key, cursor=None):
        head, own = self.node.roster_head(), self.node.own.head
        self.head_told = own
        return [1, own_key, self.node.store, head.size if head else 0, self.node.digest(), *(cursor or (b"", 0)), own.size,
                own.root, self.node.arrivals]  # fmt: skip

    def remember(self):
        """Both are equal: how far this node is through the arrivals of the other."""
        need(self.node.digest() == self.their_digest, "the digests differ")
        self.node.cursors[self.channel.remote_static] = (self.their_hello[2], self.their_upto)

    def send(self, name, body):
        with self.lock:
            self.trace.append((">", name))
            self.channel.send(name, body)

    # Reading.

    def step(self, timeout=10):
        """Takes one frame; its name."""
        name, body = self.channel.receive(timeout)
        self.trace.append(("<", name))
        with self.node.lock:
            getattr(self, "_on_" + name.lower())(body)
        return name

    def run(self, until, timeout=30):
        """Takes frames until `until()` holds."""
        deadline = time.monotonic() + timeout
        while not until():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"not reached; trace {self.trace[-12:]}")
            self.step(left)

    def serve(self):
        """Takes frames until the other side goes."""
        try:
            while True:
                self.step(60)
        except (Closed, OSError):
            return

    def is_quiet(self, seconds=0.3):
        return not self.wants and not self.channel.wire.is_ready(seconds)

    def _on_hello(self, body):
        need(self.their_hello is None, "HELLO comes twice")
        need(len(body) >= 10 and body[0] == 1 and is_int(body[9], 0, INT_MAX), "HELLO is malformed")
        need(is_bin(body[1], 32 if self.is_initiator else 0), "HELLO names no log")
        need(is_bin(body[2], 16) and is_int(body[3], 0, INT_MAX) and is_bin(body[4], 32), "HELLO is malformed")
        need(is_bin(body[5], 0, 16) and is_int(body[6], 0, INT_MAX), "HELLO has a malformed cursor")
        need(is_int(body[7], 0, INT_MAX) and is_bin(body[8], 32 if body[7] else 0), "HELLO has a malformed head")
        self.their_hello = body
        if self.is_initiator:
            self.their_log = body[1]
        self.their_roster, self.their_digest, self.their_upto = body[3], body[4], body[9]
        self._judge()

    def _their_open(self):
        log = self.node.logs.get(self.their_log)
        return (log.opened if log else None) or self.node.pending.get(self.their_log)

    def _judge(self):
        """Asks for the log.open that is missing, or goes on to what differs."""
        head = self.node.roster_head()
        if self.their_roster > (head.size if head else 0):
            return  # the roster comes first: their ROSTER follows
        if is_bin(self.their_log, 32) and self._their_open() is None:
            self.send("OPEN_WANT", [self.their_log])
            return
        self._greet(is_late=False)

    def _greet(self, is_late):
        """Section 8, steps 2 to 4, or step 6 where the other was not a member yet when it said HELLO."""
        opened = self._their_open()
        if opened:
            need(opened.transport == self.channel.remote_static, "log.open names another transport key")
            self.judged = self.node.is_admissible(opened, self.their_log)
        head = self.node.roster_head()
        mine = head.size if head else 0
        if self.their_digest == self.node.digest():
            return
        if mine > self.their_roster:
            self.send("ROSTER", [head.key, head.wire()])
        elif self.is_member_session() and is_late:
            self.send("DIGEST", [self.node.digest(), self.node.arrivals])
        elif self.is_member_session():
            self.send_heads(0, self.node.logs.values())

    def is_member_session(self):
        """Whether both sides are in the roster as we know it: else only what is marked g may be sent."""
        return self.judged and self.node.is_admissible_cached(self.node.own)

    def send_heads(self, reason, logs):
        theirs = self.node.logs.get(self.their_log)
        yours = theirs.head.wire() if theirs and theirs.head else None
        if yours and yours[:2] == self.their_hello[7:9]:
            yours = []
        known = [self.node.head_of(log) for log in logs if log.head and self.node.is_admissible_cached(log)]
        heads = [[head.key, *head.wire()] for head in known if head]
        for at in range(0, max(len(heads), 1), HEADS_MAX):
            part = heads[at : at + HEADS_MAX]
            more = at + HEADS_MAX < len(heads)
            self.send("HEADS", [reason, more, self.node.arrivals, yours, part])

    def _on_open_want(self, body):
        need(len(body) >= 1 and is_bin(body[0], 32), "OPEN_WANT is malformed")
        log = self.node.logs.get(body[0])
        self.send("OPEN", [body[0], log.opened.record.encode() if log and log.opened else b""])

    def _on_open(self, body):
        need(len(body) >= 2 and is_bin(body[0], 32) and isinstance(body[1], bytes), "OPEN is malformed")
        need(body[0] == self.their_log and body[1], "OPEN answers nothing")
        opened = LogOpen(Record.decode(body[1]))
        opened.verify(self.node.network, body[0])
        self.node.pending[body[0]] = opened
        self._greet(is_late=True)

    def _on_roster(self, body):
        need(len(body) >= 2, "ROSTER is malformed")
        checkpoint = Checkpoint.of_wire(body[0], body[1])
        checkpoint.verify(self.node.network)
        log = self.node.roster_log
        need(log is None or log.key == checkpoint.key, "ROSTER is of another keeper")
        self.their_roster = max(self.their_roster, checkpoint.size)
        self._want([checkpoint])

    def _on_heads(self, body):
        need(len(body) >= 5 and is_int(body[0], 0, 2) and isinstance(body[1], bool), "HEADS is malformed")
        need(is_int(body[2], 0, INT_MAX) and isinstance(body[4], list) and len(body[4]) <= HEADS_MAX, "HEADS is malformed")
        if body[3] == []:
            need(self.head_told, "HEADS means a head that was not told")
        elif body[3] is not None:
            self.node.verify_head(Checkpoint.of_wire(self.node.me.log_key, body[3]))
        if body[0] < 2:
            self.their_upto = body[2]
        wanted = []
        for head in body[4]:
            need(isinstance(head, list) and len(head) >= 4, "HEADS is malformed")
            checkpoint = Checkpoint.of_wire(head[0], head[1:])
            log = self.node.logs.get(checkpoint.key)
            if checkpoint.size > (log.size() if log else 0) and not self._is_early(checkpoint):
                self.node.verify_head(checkpoint)
                wanted.append(checkpoint)
        self._want(wanted)

    def _is_early(self, checkpoint):
        """A cut of a roster that is still on its way: it comes again."""
        known = self.node.roster_log.size() if self.node.roster_log else 0
        is_vouched = self.node.roster.cuts.get(checkpoint.key) == (checkpoint.size, checkpoint.root)
        return checkpoint.signature == NO_SIGNATURE and not is_vouched and self.their_roster > known

    def _want(self, checkpoints):
        """Asks for what leads from what is stored to these verified checkpoints; one at a time of a log."""
        asked = []
        for checkpoint in checkpoints:
            log = self.node.log_of(checkpoint.key)
            size = log.size() if log else 0
            if checkpoint.key in self.wants:
                self.later[checkpoint.key] = checkpoint
            elif checkpoint.size > size:
                self.wants[checkpoint.key] = checkpoint
                self.asked_from[checkpoint.key] = size
                asked.append([checkpoint.key, size, checkpoint.size])
        for at in range(0, len(asked), WANTS_MAX):
            self.send("WANT", asked[at : at + WANTS_MAX])

    def _on_batch(self, body):
        need(len(body) >= 2 and isinstance(body[0], list) and 1 <= len(body[0]) <= RUNS_MAX, "BATCH is malformed")
        need(isinstance(body[1], bytes), "BATCH is malformed")
        for run in body[0]:
            need(isinstance(run, list) and len(run) == 3 and isinstance(run[2], bytes), "BATCH is malformed")
            need(is_int(run[0], 0, 65536) and is_int(run[1], 0, RAW_MAX) and len(run[2]) % 32 == 0, "BATCH is malformed")
            need(run[0] and run[1] or run == [0, 0, b""], "BATCH of nothing is malformed")
        total = sum(run[1] for run in body[0])
        need(total <= RAW_MAX and (total or not body[1]), "BATCH is malformed")
        need(self.wants, "BATCH answers no WANT")
        try:
            raw = decompress(body[1], total) if total else b""
        except BadFrame as error:
            raise Malformed(str(error)) from None
        for count, size, proof in body[0]:
            self._take_run(count, raw[:size], proof)
            raw = raw[size:]

    def _take_run(self, count, raw, proof):
        """What was asked first is answered first."""
        need(self.wants, "BATCH answers no WANT")
        key, checkpoint = next(iter(self.wants.items()))
        start = self.asked_from[key]
        need(start + count <= checkpoint.size, "BATCH brings more than was asked for")
        self.asked_from[key] += count
        if count and key not in self.skipped:
            log = self.node.log_of(key)
            need(start == (log.size() if log else 0), "BATCH comes too late")
            records = decode_records(raw, count)
            self._check_tail(log.tree if log else Tree(), records, checkpoint, proof)
            if self._keep(key, log, records, checkpoint):
                self.batches.append((key, start, count))
            else:
                self.skipped.add(key)
        if count == 0 or self.asked_from[key] == checkpoint.size:
            del self.wants[key]
            if count and key not in self.skipped:
                self._after_commit(key, checkpoint)
            self.skipped.discard(key)
            if key in self.later:
                self._want([self.later.pop(key)])

    def _check_tail(self, tree, records, checkpoint, proof):
        tree = tree.copy()
        for record in records:
            tree.append(record.header.leaf_hash())
        hashes = [proof[at : at + 32] for at in range(0, len(proof), 32)]
        check_consistency(tree.size, tree.root(), checkpoint.size, checkpoint.root, hashes)

    def _keep(self, key, log, records, checkpoint):
        """False when the log is not admissible: that log is skipped and the session goes on."""
        if self.node.roster_log is None or key == self.node.roster_log.key:
            self.node.take_roster(records)
            need(key == self.node.roster_log.key, "the roster is not under the keeper's key")
            self.node.roster_log.take_head(checkpoint)
            return True
        if log is None:
            opened = LogOpen(records[0])
            if not self.node.is_admissible(opened, key):
                return False
            log = self.node.logs[key] = Log(key, opened)
        start = log.size()
        log.append(records)
        log.take_head(checkpoint)
        self.node.arrived(log)
        missing = [[key, start + i] for i, record in enumerate(records) if record.state == NOT_HELD]
        if missing:
            self.payloads_missing += missing
            self.send("PAYLOAD_WANT", missing[:WANTS_MAX])
        return True

    def _after_commit(self, key, checkpoint):
        if key == self.node.roster_log.key:
            if is_bin(self.their_log, 32) and self._their_open() is None:
                self.send("OPEN_WANT", [self.their_log])
            else:
                self._greet(is_late=True)
            return
        self.send("HAVE", [[key, checkpoint.size]])

    def _on_push(self, body):
        need(len(body) >= 5 and is_bin(body[0], 32) and is_int(body[1], 0, INT_MAX), "PUSH is malformed")
        checkpoint = Checkpoint.of_wire(body[0], body[2])
        checkpoint.verify(self.node.network)
        log = self.node.logs.get(checkpoint.key)
        size = log.size() if log else 0
        if size != body[1] or checkpoint.key in self.wants:
            self._want([checkpoint])
            return
        need(checkpoint.size > size and is_int(body[3], 1, INT_MAX), "PUSH is malformed")
        try:
            records = decode_records(decompress(body[4], body[3]), checkpoint.size - size)
        except BadFrame as error:
            raise Malformed(str(error)) from None
        self._check_tail(log.tree if log else Tree(), records, checkpoint, b"")
        if self._keep(checkpoint.key, log, records, checkpoint):
            self.send("HAVE", [[checkpoint.key, checkpoint.size]])

    def _on_news(self, body):
        need(self.trace.count(("<", "NEWS")) == 1, "NEWS comes twice")
        need(len(body) >= 2 and isinstance(body[0], list) and isinstance(body[1], bytes), "NEWS is malformed")
        need(1 <= len(body[0]) <= NEWS_LOGS_MAX and content_size(body[1]) <= NEWS_RAW_MAX, "NEWS is malformed")
        for item in body[0]:
            need_place(item, 4, "NEWS")
            need(is_int(item[2], 1, INT_MAX) and 1 <= item[1] <= min(item[2], NEWS_RAW_MAX), "NEWS is malformed")
            need(is_bin(item[3], 64), "NEWS is malformed")
        try:
            raw = decompress(body[1], content_size(body[1]))
        except BadFrame as error:
            raise Malformed(str(error)) from None
        records = decode_records(raw, sum(item[1] for item in body[0]))
        for key, count, size, signature in (item[:4] for item in body[0]):
            self._take_tail(key, size, signature, records[:count])
            records = records[count:]

    def _take_tail(self, key, size, signature, records):
        """What does not fit, or is not what was signed, is passed over: the digests will differ."""
        log = self.node.logs.get(key)
        held = log.size() if log else 0
        if log is None or key in self.wants or key in self.node.roster.cuts or not size - len(records) <= held < size:
            return
        records = records[len(records) - (size - held) :]
        tree = log.tree.copy()
        for record in records:
            tree.append(record.header.leaf_hash())
        checkpoint = Checkpoint(key, size, tree.root(), signature)
        try:
            checkpoint.verify(self.node.network)
        except Forged:
            return
        self._keep(key, log, records, checkpoint)

    def news_body(self, log, start):
        raw = b"".join(record.encode() for record in log.records[start:])
        return [[[log.key, log.size() - start, log.head.size, log.head.signature]], compress(raw)]

    def _on_have(self, body):
        for item in body:
            need_place(item, 2, "HAVE")
            self.haves[item[0]] = max(item[1], self.haves.get(item[0], 0))

    def _on_want(self, body):
        need(len(body) <= WANTS_MAX, "WANT is too long")
        for item in body:
            need_place(item, 3, "WANT")
            need(is_int(item[2], 1, INT_MAX), "WANT is malformed")
            self._serve(*item[:3])

    def _serve(self, key, start, size):
        log = self.node.log_of(key)
        cut = self.node.roster.cuts.get(key)
        if log is None or size > log.size() or start >= size or (cut and size > cut[0]):
            self.send("BATCH", [[[0, 0, b""]], b""])
            return
        while start < size:
            body, start = self.batch_body(log, start, size)
            self.send("BATCH", body)
            self.served += 1

    def batch_body(self, log, start, size):
        parts, end, total = [], start, 0
        while end < size and (total == 0 or total < RAW_AIM):
            parts.append(log.records[end].encode())
            total += len(parts[-1])
            end += 1
        proof = b"".join(consistency_path(log.hashes[:size], end)) if end < size else b""
        raw = b"".join(parts)
        return [[[end - start, len(raw), proof]], compress(raw)], end

    def push_body(self, log, start):
        raw = b"".join(record.encode() for record in log.records[start:])
        return [log.key, start, log.head.wire(), len(raw), compress(raw)]

    def _on_proof_want(self, body):
        need_place(body, 3, "PROOF_WANT")
        need(is_int(body[2], 1, INT_MAX) and 0 < body[1] < body[2], "PROOF_WANT is malformed")
        self.send("PROOF", self.proof_body(*body[:3]))

    def _on_proof(self, body):
        raise Malformed("PROOF answers no PROOF_WANT")

    def proof_body(self, key, old_size, size):
        """The root of the tree at the old size and the path from there; nothing where the log is not held that far."""
        log = self.node.log_of(key)
        hashes = log.hashes[:size] if log and size <= log.size() else []
        proof = root_of(hashes[:old_size]) + b"".join(consistency_path(hashes, old_size)) if hashes else b""
        return [key, old_size, size, proof]

    def _on_digest(self, body):
        need(len(body) >= 2 and is_bin(body[0], 32) and is_int(body[1], 0, INT_MAX), "DIGEST is malformed")
        self.their_digest, self.their_upto = body[0], body[1]
        if body[0] != self.node.digest() and not self.is_fetching_roster():
            self.send_buckets()

    def is_fetching_roster(self):
        """The roster goes first: its end says DIGEST, from which buckets follow."""
        head = self.node.roster_head()
        return head is None or head.key in self.wants

    def send_buckets(self):
        digest = self.node.digest()
        if self.sent_buckets != digest:
            self.sent_buckets = digest
            self.send("BUCKETS", [b"".join(bucket_hashes(self.node.digest_entries()))])

    def _on_buckets(self, body):
        need(len(body) >= 1 and is_bin(body[0], 8192), "BUCKETS is malformed")
        mine = bucket_hashes(self.node.digest_entries())
        differing = {b for b in range(256) if body[0][32 * b : 32 * b + 32] != mine[b]}
        self.answered_buckets = differing
        if differing:
            self.send_heads(1, [log for log in self.node.logs.values() if log.key[0] in differing])
            self.send_buckets()

    def _on_payload_want(self, body):
        need(len(body) <= WANTS_MAX, "PAYLOAD_WANT is too long")
        answer = []
        for item in body:
            need_place(item, 2, "PAYLOAD_WANT")
            log = self.node.log_of(item[0])
            held = log is not None and item[1] < log.size()
            record = log.records[item[1]] if held else None
            answer.append([*item[:2], record.state if record else NOT_HELD, record.rest() if record else b""])
        self.send("PAYLOADS", answer)

    def _on_payloads(self, body):
        for item in body:
            need_place(item, 4, "PAYLOADS")
            need(item[:2] in self.payloads_missing and isinstance(item[3], bytes), "PAYLOADS answers nothing")
            if item[2] == PRESENT:
                record = self.node.logs[item[0]].records[item[1]]
                record.header.check_payload(item[3][:32], item[3][32:])
                record.state, record.salt, record.payload = PRESENT, item[3][:32], item[3][32:]
                self.payloads_missing.remove(item[:2])

    def _on_joined(self, body):
        need(len(body) >= 2 and body[0] in ("pending", "admitted", "refused"), "JOINED is malformed")
        need(isinstance(body[1], str), "JOINED is malformed")
        self.joined.append(body[:2])

    def _on_join(self, body):
        need(len(body) >= 5 and is_bin(body[0], 16) and isinstance(body[1], bytes), "JOIN is malformed")
        LogOpen(Record.decode(body[1])).verify(self.node.network, LogOpen(Record.decode(body[1])).key)
        self.joined.append(body)
        self.send("JOINED", ["pending", ""])

    def join(self, token, kind, names, territory=""):
        self.send("JOIN", [token, self.node.me.opened.record.encode(), kind, names, territory])

    def _on_evidence(self, body):
        raise Malformed("EVIDENCE is not expected here")

    def _on_twins(self, body):
        raise Malformed("TWINS is not expected here")

    def _on_ping(self, body):
        need(len(body) >= 1 and is_int(body[0], 0, INT_MAX), "PING is malformed")
        self.send("PONG", body[:1])

    def _on_pong(self, body):
        need(len(body) >= 1 and is_int(body[0], 0, INT_MAX), "PONG is malformed")

    def _on_bye(self, body):
        self.bye = body[0] if body else ""

    def close(self):
        self.channel.close()
