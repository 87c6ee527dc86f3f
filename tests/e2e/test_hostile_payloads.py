#!/usr/bin/env python3
"""A member whose node is not ours signs what no kind allows. It is stored and replicated as it is, and every question that
can be asked of a node is answered: an exit code that is documented, tables without controls, lines of JSON, rectangular CSV
without formulas. The records of others, the digest and the daemon are as if nothing had been.

Of every SHARE payloads of a kind one is signed, another one of each kind; 1 signs all of them. SHOWS says how many of the
records are looked at one by one; below 100 it is half of the lists that are asked for, too.
"""
import csv
import fcntl
import io
import itertools
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import termios
import time
import unittest
from html.parser import HTMLParser

import hostile
import minimsgpack
from admitted import admitted
from minirecord import Record
from nodes import COMMUNE, Folder, wait_equal, wait_for
from second_reader import fetch

SHARE = int(os.environ.get("SHARE", "8"))
SHOWS = int(os.environ.get("SHOWS", "150"))
IS_CHECKED_BUILD = "asan" in COMMUNE
ANONYMOUS_MB_MAX = 1500 if IS_CHECKED_BUILD else 250
DONE, FAILED, USAGE, FOUND, REFUSED = range(5)  # exit codes
TIMES = (0, 1, 1700000000000, 253402300800000, 2**53 - 1)
AUDITED = ("commitment", "milestone", "programme", "evaluation", "practice", "project", "workshop", "event", "training",
           "cooperation", "publication", "claim", "member")  # fmt: skip
FORMATS = ((), ("--json",), ("--csv",), ("--lang", "ar"), ("--lang", "en"), ("--csv", "--bom", "--lang", "fr"))
FILTERS = (
    ("--latest",), ("--count",), ("--sort", "title"), ("--sort", "title,desc", "--lang", "fr"), ("--sort", "status"),
    ("--sort", "time,desc"), ("--sort", "member"), ("--since", "2020"), ("--until", "2024-05"), ("--region", "01"),
    ("--province", "01.571"), ("--theme", "gender"), ("--theme", "=1+1"), ("--status", "complete"), ("--status", "\x1b[2J"),
    ("--as-of", "2024-01-01"), ("--member", "evil"), ("--member", "\u202e"), ("--limit", "7"),
    *(("--group-by", by) for by in ("member", "region", "province", "theme", "status", "kind", "year", "month")),
)  # fmt: skip
# Which label they get.
TOLD = {"good": None, "nothing": "raw", "trailing": "raw", "empty": "unfit", "unknown fields": "unfit", "no map: list": "unfit",
        "many unknown fields": "unfit", "64 KiB of one word": "unfit", "title is 91919191…": "raw"}  # fmt: skip

# Controls of terminals and of direction; what is not drawn at all is left to the terminal.
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
DRAWN = re.compile("\x1b\\[[01]m|\r\n|\u2068|\u2069")  # what our tables write on a terminal themselves


class World:
    """A coordinator and a commune that run communed, and a member in Python that has published everything."""

    def __init__(self):
        self.folder = Folder()
        self.names = []

    def make(self):
        self.coord, self.larache = self.folder.node("coord"), self.folder.node("larache")
        self.coord.init()
        self.coord.start()
        self.larache.join(self.coord)
        self.honest = self.publish_honest()
        wait_equal([self.coord, self.larache])
        self.before = self.words_of_honest()
        self.evil = admitted(self.coord, "evil")
        self.publish_hostile()
        wait_equal([self.coord, self.larache])

    def publish_honest(self):
        """Refs by name. Nothing of Evil is about the quiet ones."""
        def publish(kind, fields):
            return self.larache.row("publish", kind, "--file", "-", stdin=json.dumps(fields))["ref"]

        refs = {name: publish("commitment", {"title": {"fr": f"Engagement {name}"}, "end": "2024-06", "start": "2024"})
                for name in ("quiet", "loud")}  # fmt: skip
        refs["practice"] = publish("practice", {"title": {"fr": "Guichet"}, "problem": {"fr": "a"}, "solution": {"fr": "b"}})
        evidence = [{"title": {"fr": "Procès-verbal"}, "url": "https://larache.example/pv"}]
        for name in ("quiet", "loud"):
            publish("progress", {"about": refs[name], "evidence": evidence, "status": "complete"})
        return refs

    def words_of_honest(self):
        """What is said of the commune that has nothing to do with it."""
        rows = []
        for node in (self.coord, self.larache):
            ref = self.honest["quiet"]
            rows.append(node.rows("audit", ref, "--today", "2026-01-01"))
            rows.append(node.rows("history", ref))
            cards = [node.row("show", row["ref"]) for row in self.honest_rows(node)]
            own = ("ref", "id", "kind", "member", "time", "payload", "superseded_by", "supersedes", "erased", "version", "labels")
            rows.append([{name: card[name] for name in own} for card in cards])
        return rows

    def honest_rows(self, node):
        return [row for row in node.rows("list", "--member", "larache") if row["kind"] != "node.announce"]

    def link(self, ref):
        row = self.coord.call("resolve", {"refs": [ref]})["rows"][0]
        return [row["log"], row["index"], row["leaf"]]

    def links(self):
        """Where links may lead that nobody would let pass."""
        key, me = self.evil.me.log_key, self.evil.own
        first = Record.create(128, minimsgpack.encode({"title": {"fr": "V1"}}))
        at = self.append([("first", first)])
        own = [key, at, first.header.leaf_hash()]
        return {
            "nowhere": [os.urandom(32), 3, os.urandom(32)], "itself": [key, me.size(), bytes(32)], "far": [key, 2**53 - 1, bytes(32)],
            "other's": self.link(self.honest["loud"]), "other's practice": self.link(self.honest["practice"]), "own": own,
            "own by a wrong leaf": [key, at, bytes(32)], "own at a wrong place": [key, at + 1, own[2]],
            "own in a wrong log": [self.link(self.honest["loud"])[0], at, own[2]], "the log's beginning": [key, 0, me.hashes[0]],
            "the roster": [self.evil.roster_log.key, 0, self.evil.roster_log.hashes[0]],
        }  # fmt: skip

    def append(self, named):
        """Records signed, not sent; the index of the first."""
        start = self.evil.publish([record for _, record in named])
        self.names += [name for name, _ in named]
        return start

    def publish_hostile(self):
        fetch(self.evil, self.coord.ready["address"]).close()
        links, named, times = self.links(), [], itertools.cycle(TIMES)
        for turn, (kind, number, fields, required, good) in enumerate(hostile.kinds()):
            good = hostile.with_links(good, links["other's"])
            for at, (name, payload) in enumerate(hostile.payloads(fields, required, good, links)):
                if (at + turn) % SHARE and name not in TOLD:
                    continue
                assert len(payload) <= hostile.PAYLOAD_MAX, (kind, name)
                named.append((f"{kind}: {name}", Record.create(number, payload, next(times))))
        for number in (2, 3, 4, 5, 6, 7, 8, 9, 63, 127, 255, 65535):
            for payload in (b"", b"\x80", hostile.padded({}), bytes(hostile.NESTED_MAPS)[: hostile.PAYLOAD_MAX],
                            hostile.loose({"title": {"fr": "\x1b[31m"}, "target": links["other's"], "ground": "=1"})):  # fmt: skip
                named.append((f"kind {number}", Record.create(number, payload, next(times))))
        self.append(named)
        self.chains(links["other's"])
        self.send()

    def chains(self, target):
        """A commitment with 1,200 versions, two versions of one, and an attestation that is supported by its author alone."""
        def add(kind, fields):
            record = Record.create(kind, minimsgpack.encode(fields), 1700000000000)
            return [self.evil.me.log_key, self.append([(f"chain of {kind}", record)]), record.header.leaf_hash()]

        pledge = add(66, {"end": "99999", "title": {"fr": "=1"}})
        for status in ("complete", "\x1b[2J", "ND", "withdrawn"):
            add(68, {"about": add(67, {"about": pledge, "status": status}), "agrees": True, "role": "coordinator"})
        add(68, {"about": target, "coding": {"completion": "complete"}, "role": "coordinator"})
        for title in ("x", "y"):
            add(66, {"supersedes": pledge, "title": {"fr": title}})
        named, last = [], pledge
        for version in range(1200):
            record = Record.create(66, minimsgpack.encode({"supersedes": last, "title": {"fr": f"v{version}"}}))
            last = [self.evil.me.log_key, self.evil.own.size() + version, record.header.leaf_hash()]
            named.append((f"version {version}", record))
        self.append(named)
        self.last = f"evil/{last[1]}"

    def send(self):
        """Until the coordinator has it all."""
        talk = fetch(self.evil, self.coord.ready["address"])
        try:
            wait_for(lambda: self.coord.status()["digest"] == self.evil.digest(), "the coordinator to have every record")
        finally:
            talk.close()


def setUpModule():
    global world
    world = World()
    unittest.addModuleCleanup(world.folder.close)
    world.make()


def run_on_pty(words, width=80):
    """(exit code, what a terminal gets, stderr)"""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = subprocess.Popen(words, stdout=follower, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    os.close(follower)
    parts = []
    try:
        while part := os.read(leader, 65536):
            parts.append(part)
    except OSError:
        pass  # the other end is closed
    os.close(leader)
    error = process.stderr.read()
    process.stderr.close()
    return process.wait(60), b"".join(parts), error


class Page(HTMLParser):
    """What is open, and every name of an element or attribute that was seen."""

    EMPTY = {"meta", "br", "hr", "col", "link", "img", "input", "base", "embed", "wbr"}

    def __init__(self):
        super().__init__()
        self.open, self.names, self.attributes = [], set(), set()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"


class Hostile(unittest.TestCase):
    maxDiff = 4000

    def ask(self, *words, node=None, codes=(DONE,), is_pty=False):
        """One question; what was said, once it is what such an answer may be."""
        command = [COMMUNE, *words, "--home", (node or world.coord).home]
        what = " ".join(map(ascii, words))
        if is_pty:
            code, out, error = run_on_pty(command)
        else:
            done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=120)
            code, out, error = done.returncode, done.stdout, done.stderr
        self.assertIn(code, codes, f"{what}: {error.decode(errors='replace')[-3000:]}")
        text = self.read(out, what)
        self.read(error, what)
        if code != DONE and not out:
            return ""
        if "--json" in words:
            return self.json(text, what)
        if "--csv" in words:
            return self.csv(text, what)
        # A record in full keeps the tabs of its texts.
        self.table(text.replace("\t", "") if words[0] == "show" else text, what, is_pty)
        return text

    def read(self, data, what):
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            self.fail(f"{what} is not UTF-8: {error} {data[max(error.start - 40, 0):error.start + 40]}")

    def json(self, text, what):
        def pairs(items):
            keys = [key for key, _ in items]
            self.assertEqual(len(keys), len(set(keys)), what)
            return dict(items)

        def no_constant(name):
            self.fail(f"{what}: {name}")

        return [json.loads(line, object_pairs_hook=pairs, parse_constant=no_constant) for line in text.split("\n")[:-1]]

    def csv(self, text, what):
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
        self.assertGreaterEqual(len(rows), 1, what)
        for row in rows:
            self.assertEqual(len(row), len(rows[0]), f"{what}: {row}")
            for cell in row:
                is_safe = not cell or cell[0] not in "=+-@\t\r\n＝＋－＠" or re.fullmatch(r"-?\d+", cell)
                self.assertTrue(is_safe, f"{what}: the cell {cell!r:.80} is a formula")
                self.assertIsNone(UNSAFE.search(cell.replace("\r\n", "").replace("\r", "").replace("\t", "")), f"{what}: {cell!r:.200}")
        return rows

    def table(self, text, what, is_pty):
        drawn = DRAWN.sub("", text) if is_pty else text
        found = UNSAFE.search(drawn)
        if found:
            at = found.start()
            self.fail(f"{what} has {found[0]!r}: {drawn[max(at - 80, 0):at + 20]!r}")

    # The questions.

    def test_everything_is_there(self):
        rows = self.ask("list", "--member", "evil", "--json")
        self.assertEqual(len(rows), world.evil.own.size())
        by_index = {int(row["ref"].split("/")[1]): row for row in rows}
        for index, record in enumerate(world.evil.own.records):
            self.assertEqual(by_index[index]["id"], record.header.leaf_hash().hex())

    def test_lists(self):
        kinds = [kind for kind, *_ in hostile.kinds()]
        every = 1 if SHOWS >= 100 else 2
        for number, kind in enumerate(kinds):
            for form in FORMATS[number % (2 * every) :: 2 * every]:
                self.ask("list", kind, *form)
            self.ask("list", kind, is_pty=True)
        for form in FORMATS:
            self.ask("list", *form)
        codes = DONE, USAGE, REFUSED
        for filters, kind, form in zip(FILTERS[::every], itertools.cycle(kinds), itertools.cycle(FORMATS)):
            self.ask("list", *filters, *form, codes=codes)
            self.ask("list", "commitment", *filters, *form, codes=codes)
            self.ask("list", kind, *filters, is_pty=True, codes=codes)

    def test_pages(self):
        rows, cursor = [], None
        while True:
            page = self.ask("list", "progress", "--limit", "97", "--json", *(["--cursor", cursor] if cursor else []))
            cursor = page.pop()["cursor"] if "cursor" in page[-1] else None
            rows += page
            if not cursor:
                break
        self.assertEqual(rows, self.ask("list", "progress", "--json"))

    def samples(self):
        """Hostile records, each kind of hostility with every kind of record in turn."""
        names = list(enumerate(world.names, 1))
        step = max(1, len(names) // SHOWS)
        return [(f"evil/{index}", name) for index, name in names[::step]] + [(world.last, "the last version")]

    def test_each_record(self):
        forms = itertools.cycle(FORMATS)
        for number, (ref, name) in enumerate(self.samples()):
            with self.subTest(name=name):
                self.ask("show", ref, *next(forms))
                self.ask(("history", "diff", "show")[number % 3], ref, *next(forms), codes=(DONE, USAGE, REFUSED))
                if number % 10 == 0:
                    self.ask("show", ref, is_pty=True)
                    self.ask("prove", ref, "--json")

    def test_what_was_signed_is_shown(self):
        for number, (ref, name) in enumerate(self.samples()[::4]):
            with self.subTest(name=name):
                payload = world.coord.call("show", {"ref": ref})["payload"]
                self.assertEqual(payload, world.evil.own.records[int(ref.split("/")[1])].payload)

    def test_what_no_schema_fits_is_labelled(self):
        labels = {int(row["ref"].split("/")[1]): row["labels"] for row in self.ask("list", "--member", "evil", "--json")}
        for index, name in enumerate(world.names, 1):
            kind, _, what = name.partition(": ")
            if what not in TOLD:
                continue
            found = {"raw", "unfit"} & set(labels[index])
            self.assertEqual(found, {TOLD[what]} - {None}, name)
            if kind == "practice":
                card = self.ask("show", f"evil/{index}", "--json")[0]
                self.assertEqual((card["fault"] is not None, card["labels"]), (TOLD[what] == "unfit", labels[index]), name)
                history = self.ask("history", f"evil/{index}", "--json")[0]
                self.assertEqual(history["labels"], labels[index])

    def test_histories(self):
        for ref in (world.honest["loud"], world.last, world.honest["practice"]):
            for form in FORMATS:
                self.ask("history", ref, *form)
            self.ask("history", ref, is_pty=True)
            self.ask("history", ref, "--as-of", "2024-01-01", codes=(DONE, REFUSED))

    def test_differences(self):
        refs = [ref for ref, _ in self.samples()]
        for number, (old, new) in enumerate(zip(refs[::7], refs[3::7])):
            self.ask("diff", old, new, *FORMATS[number % len(FORMATS)], codes=(DONE, USAGE, REFUSED))
        self.ask("diff", world.last)
        self.ask("diff", world.last, is_pty=True)

    def test_audits(self):
        for number, form in enumerate(FORMATS):
            self.ask("audit", "--today", "2026-01-01", *form)
            for kind in AUDITED[number % 3 :: 3]:
                self.ask("audit", "--kind", kind, *form)
        for kind in AUDITED[::3]:
            self.ask("audit", "evil", "--kind", kind, is_pty=True)
        for words in (("evil",), ("--region", "01"), ("--threshold", "0"), ("--threshold", "100"), ("--silent", "0"),
                      ("--as-of", "2024-01-01"), ("--sort", "-days,member"), ("--limit", "9"), ("--fail-on", "any"),
                      ("--finding", "version-conflict"), ("--finding", "claim-parts-differ"), ("--today", "9999-12-31")):  # fmt: skip
            for form in ((), ("--json",), ("--csv",)):
                self.ask("audit", *words, *form, codes=(DONE, FOUND, USAGE))

    def report(self, *words):
        command = [COMMUNE, "report", "--today", "2026-01-01", *words, "--home", world.coord.home]
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=240)
        self.assertEqual(done.returncode, DONE, done.stderr.decode(errors="replace")[-3000:])
        text = self.read(done.stdout, "report")
        drawn = re.sub("[\u2068\u2069]", "", text)
        found = UNSAFE.search(drawn.replace("\r\n", "\n").replace("\t", ""))
        self.assertIsNone(found, found and (found[0], drawn[max(found.start() - 80, 0) : found.start() + 80]))
        return text

    def test_reports(self):
        for lang in ("fr", "ar", "en"):
            page = Page()
            page.feed(self.report("--lang", lang))
            page.close()
            self.assertEqual(page.open, [])
            self.assertFalse(page.names & {"script", "img", "iframe", "object", "embed", "base", "form", "link"}, page.names)
            self.assertFalse([name for name in page.attributes if name.startswith("on")])
        for row in csv.reader(io.StringIO(self.report("--format", "csv"), newline=""), strict=True):
            for cell in row:
                self.assertTrue(not cell or cell[0] not in "=+-@\t\r\n＝＋－＠" or re.fullmatch(r"-?\d+(\.\d+)?", cell), cell)
        self.assertNotIn("<script", self.report("--format", "md"))

    def test_what_follows_from_them(self):
        for member in ("evil", "larache", "\u202e"):
            for form in FORMATS:
                self.ask("scores", member, *form, codes=(DONE, USAGE, REFUSED))
                self.ask("scores", member, "--from", "0000", "--to", "9999", *form, codes=(DONE, USAGE, REFUSED))
        for (ref, name), form in zip(((r, n) for r, n in self.samples() if re.match("workshop|axis|programme", n)), itertools.cycle(FORMATS)):
            self.ask("outcomes", ref, *form, codes=(DONE, USAGE, REFUSED))

    def test_searches(self):
        for words in ("evil", "Fontaine", "x", "ا", "alert", "v11*", '"red"', "\x1b[31m", "\u202e", "=1", "e" + "\u0301" * 90, "漢", "x" * 4000):
            for form in FORMATS:
                self.ask("search", words, *form, codes=(DONE, USAGE, REFUSED))
            self.ask("search", words, is_pty=True, codes=(DONE, USAGE, REFUSED))

    def test_watch(self):
        size = str(world.evil.own.size())
        for form in ((), ("--json",), ("--csv",)):
            self.ask("watch", "--from", "1", "--limit", size, *form)
        self.ask("watch", "--from", "1", "--limit", "500", is_pty=True)

    def test_the_node_itself(self):
        for words in (("status",), ("peers",), ("roster", "list"), ("roster", "pending"), ("id",), ("log", "list"), ("verify", "--deep")):
            for form in ((), ("--json",), ("--csv",)):
                self.ask(*words, *form)

    def test_others_are_as_they_were(self):
        self.assertEqual(world.words_of_honest(), world.before)
        for ref in world.honest.values():
            card = world.coord.row("show", ref)
            self.assertEqual((card["superseded_by"], card["erased"], card["labels"]), (None, None, []))
        row = self.ask("audit", world.honest["loud"], "--json")[0]
        self.assertEqual(row["self_status"], "complete")

    def test_every_node_answers_the_same(self):
        """Also one that builds its views from nothing."""
        def answers(node):
            # the order of arrival is each node's own
            rows = self.ask("list", "--json", node=node)
            listed = sorted(json.dumps({"ref": row["ref"], **row, "arrival": 0}) for row in rows)
            words = ("audit", "--today", "2026-01-01", "--json")
            audited = sorted(json.dumps({"ref": row["ref"], **row}) for row in self.ask(*words, node=node))
            return listed, audited

        def compare(first, second):
            for one, other in zip(first, second):
                self.assertEqual(len(one), len(other))
                different = [(a, b) for a, b in zip(one, other) if a != b]
                self.assertEqual(different[:3], [], f"{len(different)} of {len(one)} rows")

        first = answers(world.coord)
        compare(first, answers(world.larache))
        self.assertEqual(world.larache.stop(), 0)
        shutil.rmtree(os.path.join(world.larache.home, "views"))
        world.larache.start()
        wait_equal([world.coord, world.larache])
        compare(answers(world.coord), answers(world.larache))  # it has announced itself again

    def test_the_daemon_lives_within_its_memory(self):
        for node in (world.coord, world.larache):
            self.assertIsNone(node.process.poll())
            with open(f"/proc/{node.process.pid}/status") as f:
                anonymous = int(re.search(r"RssAnon:\s+(\d+) kB", f.read())[1])
            self.assertLess(anonymous / 1024, ANONYMOUS_MB_MAX)
            self.assertNotIn("Sanitizer", node.log())
            self.assertNotIn("panic", node.log())


if __name__ == "__main__":
    unittest.main()
