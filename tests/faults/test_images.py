#!/usr/bin/env python3
"""Crash images: the writes and syncs of a real communed are recorded while records are published on it and replicated into
it, it is stopped, killed and started again; this process keeps what was acknowledged, and by when. Then power is cut at
IMAGES places of the recording: nothing acknowledged may be missing, nothing may be damaged, and views may be wrong at no time.
One control is the same with syncs swallowed, another believes views that it may not believe; both have to break.

IMAGES and SEED set how many and which ones."""
import os
import random
import shutil
import signal
import subprocess
import unittest

from preload import FAULTS, Recording, quick_folder

import minimsgpack
from nodes import COMMUNED, wait_equal, wait_for

IMAGES = int(os.environ.get("IMAGES", "500"))
SEED = int(os.environ.get("SEED", "1"))


class World:
    """A node that is recorded, one that it replicates, and what both were promised."""

    def __init__(self, folder, seed):
        self.folder = folder
        self.chance = random.Random(seed)
        self.recorded = folder.node("coord")
        self.other = folder.node("azrou")
        self.acknowledged = []
        self.number = 0

    def begin(self):
        self.recorded.init()
        self.recorded.start()
        self.other.join(self.recorded)
        wait_equal([self.recorded, self.other])
        self.recorded.stop()
        self.snapshot = os.path.join(self.folder.path, "snapshot")
        shutil.copytree(self.recorded.home, self.snapshot, ignore=shutil.ignore_patterns("run"))
        self.recording = Recording(os.path.join(self.folder.path, "recording"))

    def start(self, **more):
        address = self.recorded.ready["address"].rsplit("@")[-1]
        with self.recording.environment(self.recorded.home, **more):
            # What is preloaded takes system calls that the sandbox does not give.
            self.recorded.start("--listen", address, "--no-sandbox")

    def publish(self, node, count, wait=0):
        """Records, each with a size of its own; acknowledged by now."""
        records = []
        for _ in range(count):
            self.number += 1
            text = f"commune {node.code} {self.number} " + "x" * self.chance.randrange(20, 900)
            records.append(minimsgpack.encode({"title": {"fr": f"commune {self.number}"}, "problem": {"fr": text}}))
        params = {"dry_run": False, "kind": "practice", "records": records, "wait": wait}
        rows = node.call("publish", params)["rows"]
        place = self.recording.tail()
        self.acknowledged += [(place, row["id"]) for row in rows if row["state"] == "signed"]

    def stretch(self, rounds):
        """What comes from outside counts as promised once the recorded node has said HAVE. Who lists has the views follow."""
        wait_for(lambda: any(row["connected"] for row in self.other.call("peers")["rows"]), "the nodes to be connected")
        for _ in range(rounds):
            self.publish(self.recorded, self.chance.choice((1, 1, 2, 5, 30)))
            self.recorded.call("list", {"kind": "practice", "limit": 1})
            self.publish(self.other, self.chance.choice((1, 1, 3, 20)), wait=1)
            self.recorded.call("list", {"kind": "practice", "limit": 1})

    def stop(self):
        assert self.recorded.stop() == 0

    def compact(self):
        with self.recording.environment(self.recorded.home):
            done = subprocess.run([COMMUNED, "--home", self.recorded.home, "--compact"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def admit(self):
        """The roster grows too: the recorded node is its keeper. The third node goes again, so that what the other one hears of
        as held elsewhere is held by the recorded one."""
        third = self.folder.node("sefrou")
        third.join(self.recorded)
        third.stop()

    def kill(self):
        """At a moment when whatever was done is told."""
        process = self.recorded.process
        while True:
            process.send_signal(signal.SIGSTOP)
            wait_for(lambda: self.is_stopped(process.pid), "all threads to stop")
            if not self.recording.is_busy():
                break
            process.send_signal(signal.SIGCONT)
        self.recorded.kill()

    @staticmethod
    def is_stopped(pid):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/stat") as f:
                if f.read().rsplit(")", 1)[1].split()[0] != "T":
                    return False
        return True

    def images(self, count, *options):
        """images.c over all of it: exit code and output."""
        listing = os.path.join(self.folder.path, "acknowledged")
        with open(listing, "w") as f:
            f.writelines(f"{place} {name.hex()}\n" for place, name in self.acknowledged)
        done = subprocess.run(
            [os.path.join(FAULTS, "images"), "-n", str(count), "-s", str(SEED), *options, self.recording.path, self.snapshot, listing,
             self.folder.path, self.network, self.log, self.store_id],
            capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def identify(self):
        status = self.recorded.status()
        self.network, self.log, self.store_id = (status[name].hex() for name in ("network", "log", "store_id"))


class Images(unittest.TestCase):
    def setUp(self):
        self.folder = quick_folder()
        self.addCleanup(self.folder.close)
        self.world = World(self.folder, SEED)
        self.world.begin()
        self.addCleanup(self.world.recording.close)

    def test_a_power_cut_loses_nothing_acknowledged(self):
        world = self.world
        world.start()
        world.identify()
        world.stretch(10)
        world.admit()
        world.stop()
        world.start()
        world.stretch(8)
        world.kill()
        world.start()
        world.stretch(3)
        for _ in range(4):  # closed in order, and not
            world.stop()
            world.start()
            world.stretch(1)
        world.stop()
        world.compact()
        world.start()
        world.stretch(3)
        world.stop()
        code, output = world.images(IMAGES)
        print(output, end="")
        self.assertEqual(code, 0)

    def test_views_that_lost_writes_answer_wrongly_when_believed(self):
        world = self.world
        world.start()
        world.identify()
        world.stretch(12)
        world.stop()
        code, output = world.images(max(100, IMAGES // 20), "-v")
        print(output, end="")
        self.assertEqual(code, 0)

    def test_the_control_breaks(self):
        world = self.world
        world.start(FAULTS_SWALLOW_SYNCS="1")
        world.identify()
        world.stretch(12)
        world.stop()
        code, output = world.images(max(100, IMAGES // 20), "-c")
        print(output, end="")
        self.assertEqual(code, 0)


if __name__ == "__main__":
    unittest.main()
