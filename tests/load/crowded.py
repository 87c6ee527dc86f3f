"""A node under load, and what is seen of it from outside: its counters, descriptors, memory, and log."""
import os
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))

import minimsgpack  # noqa: E402
from admitted import admitted  # noqa: E402
from minisession import Address  # noqa: E402
from nodes import Folder, Refused, wait_equal, wait_for  # noqa: E402
from second_reader import fetch  # noqa: E402

MIB = 1 << 20
RSS_MAX = 64 * MIB  # FLOOD_RSS_MAX of proto/limits.h


class Memory:
    """Anonymous memory of a process, looked at all the time: the pages of the database are the page cache's. `peak` is the
    largest that was seen, and what the kernel's own peak since the beginning adds to it, where that may be set back."""

    def __init__(self, pid):
        self.path = f"/proc/{pid}/status"
        try:
            with open(f"/proc/{pid}/clear_refs", "w") as f:
                f.write("5")
            self.has_peak = True
        except OSError:
            self.has_peak = False
        self.seen, self.is_over = 0, threading.Event()
        now = self.fields()
        self.files = now["RssFile"] + now["RssShmem"]
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def fields(self):
        with open(self.path) as f:
            return {words[0].rstrip(":"): int(words[1]) << 10 for words in map(str.split, f) if words[0] in
                    ("RssAnon:", "RssFile:", "RssShmem:", "VmHWM:")}  # fmt: skip

    def watch(self):
        while not self.is_over.wait(0.002):
            try:
                self.seen = max(self.seen, self.fields().get("RssAnon", 0))
            except (OSError, KeyError):
                return

    def peak(self):
        """VmHWM counts pages of files as well: what it has beyond those of the beginning, and those of now, was anonymous
        once, or is of files that were let go."""
        now = self.fields()
        files = max(self.files, now["RssFile"] + now["RssShmem"])
        return max(self.seen, now["RssAnon"], now["VmHWM"] - files if self.has_peak else 0)


class World:
    """A node, a member with a daemon of its own beside it, and members in Python whose keys a test has in its hands."""

    def __init__(self):
        self.folder = Folder()
        self.node = self.folder.node("coord")
        self.node.init()
        self.node.start()
        self.honest = self.folder.node("sefrou")
        self.honest.join(self.node)
        wait_equal([self.node, self.honest])
        self.address = Address(self.node.ready["address"])
        self.network = bytes.fromhex(self.node.ready["network"])

    def close(self):
        self.folder.close()

    def member(self, code):
        """A node in Python that is admitted and holds the roster; its own log is stored by the node."""
        member = admitted(self.node, code)
        fetch(member, self.node.ready["address"]).close()
        return member

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.node.process.pid}/fd"))

    def settled(self, before):
        """No descriptor is left of whoever has gone."""
        wait_for(lambda: self.descriptors() <= before, f"descriptors to be {before} again")

    def refused(self):
        return dict(self.node.status()["refused"])

    def lines(self, text):
        with open(self.node.log_path) as f:
            return [line for line in f if text in line]

    def publish(self, node):
        payload = minimsgpack.encode({"problem": {"fr": "a"}, "solution": {"fr": "b"}, "title": {"fr": "c"}})
        return node.call("publish", {"kind": "practice", "records": [payload]})["rows"][0]

    def processor(self):
        """Seconds that the node's processors worked."""
        with open(f"/proc/{self.node.process.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rise(before, after):
    return {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}


class Watch:
    """What an honest member sees meanwhile: how long until a record of either is acknowledged and the other has it."""

    def __init__(self, world):
        self.world, self.rows, self.acknowledged, self.arrived = world, 0, [], []

    def round(self, deadline=30):
        world = self.world
        for author, reader in ((world.honest, world.node), (world.node, world.honest)):
            begun = time.monotonic()
            row = world.publish(author)
            self.acknowledged.append(time.monotonic() - begun)
            assert row["state"] == "signed", f"{author.code}: {row}\n{author.status()}\n{author.log()}{reader.log()}"
            ref = {"ref": row["id"].hex()}
            while not self.has(reader, ref):
                assert time.monotonic() - begun < deadline, f"{row['ref']} did not arrive at {reader.code}"
                time.sleep(0.005)
            self.arrived.append(time.monotonic() - begun)
            self.rows += 1

    def settle(self):
        """Both may sign, and see each other."""
        world = self.world
        wait_for(lambda: any(p["connected"] and p["member"] == "sefrou" for p in world.node.call("peers")["rows"]), "the honest member")
        wait_for(lambda: all(n.status()["state"] == "ready" for n in (world.node, world.honest)), "the members to be ready")

    @staticmethod
    def has(reader, ref):
        try:
            return reader.call("show", ref)["id"].hex() == ref["ref"]
        except Refused:
            return False
