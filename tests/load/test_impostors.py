#!/usr/bin/env python3
"""Forged and replayed handshakes in mass over sockets (impostors.c), IMPOSTORS of them, at a real node with a member connected:
nobody is let in but the member whose keys they are made of, each is counted under the reason that it was refused for, and
the node keeps no descriptor and little memory of them."""
import os
import subprocess
import time
import unittest

from crowded import RSS_MAX, Memory, Watch, World, rise
from nodes import BUILD, wait_for

IMPOSTORS = int(os.environ.get("IMPOSTORS", "5000"))
HONEST_EVERY = 1000  # impostors.c
SAID_MAX, SAID_S = 64, 10  # proto/limits.h


class Impostors(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.fes, self.safi = self.world.member("fes"), self.world.member("safi")

    def storm(self):
        world, me = self.world, self.fes.me
        keys = (world.network, world.address.key, me.transport, me.log_key, self.safi.me.log_key)
        return subprocess.Popen(
            [os.path.join(BUILD, "load/impostors"), world.address.host, str(world.address.port), str(IMPOSTORS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True), "".join(key.hex() + "\n" for key in keys)

    def test_nobody_comes_in_and_each_is_counted(self):
        world = self.world
        wait_for(lambda: world.node.status()["digest"] == world.honest.status()["digest"], "the members to be in step")
        descriptors, refused, sessions = world.descriptors(), world.refused(), len(world.lines("session with"))
        processor, begun = world.processor(), time.monotonic()
        watch = Watch(world)
        with Memory(world.node.process.pid) as memory:
            process, keys = self.storm()
            self.addCleanup(process.stdout.close)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)  # where a round failed before it was done
            process.stdin.write(keys)
            process.stdin.close()
            while process.poll() is None:
                watch.round()
            seconds = time.monotonic() - begun
            peak = memory.peak()
        words = process.stdout.read().split()
        told = dict(zip(words[::2], map(int, words[1::2])))
        self.assertEqual(process.returncode, 0, told)
        print(f"{IMPOSTORS} impostors in {seconds:.1f} s, {world.processor() - processor:.1f} s of the node's processor, none in; "
              f"{told}; {watch.rows} records meanwhile, acknowledged after {max(watch.acknowledged) * 1000:.0f} ms and arrived "
              f"after {max(watch.arrived) * 1000:.0f} ms at most; {peak >> 10} KiB", flush=True)
        world.settled(descriptors)
        self.assertEqual(told["let_in"], (IMPOSTORS + HONEST_EVERY - 1) // HONEST_EVERY)
        self.assertEqual(len(world.lines("session with")) - sessions, told["let_in"])
        self.assertEqual(sum(told[name] for name in told if name not in ("let_in", "wrong")), IMPOSTORS + told["let_in"])
        rose = rise(refused, world.refused())
        for name in ("stranger", "state", "format", "limit"):
            self.assertEqual(rose.pop(name), told[name], name)
        # A point of low order that was seen before is one that was said again.
        self.assertGreater(rose["key"], 0)
        self.assertGreaterEqual(rose["auth"], told["auth"])
        self.assertEqual(rose.pop("key") + rose.pop("auth"), told["auth"] + told["either"])
        rose.pop("duplicate", None)  # the member itself, come again before its last session was seen to end
        self.assertEqual(rose, {})
        self.assertLess(peak, RSS_MAX)
        self.assertLess(len(world.lines(" closed: ")), SAID_MAX * (seconds / SAID_S + 3))


if __name__ == "__main__":
    unittest.main()
