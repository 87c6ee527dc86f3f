#!/usr/bin/env python3
"""A disk that is full, of which the home of a node is one: a small tmpfs, a small ext4 on a loop device, and, where nothing can be
mounted, writes that find no room (fail.c). Others' records stop first, and the node says "full"; then own ones are refused; then
something else takes the last byte. All the while what is stored is served, nothing acknowledged is lost, and when there is
room again the node catches up."""
import os
import subprocess
import unittest

from preload import Failing, FAULTS, quick_folder

import minimsgpack
from nodes import Refused, wait_equal, wait_for
from test_kill import ids_of

MIB = 1 << 20
SIZE = 44 * MIB


def mount(kind, folder):
    """A file system of SIZE bytes; what is in the way, or nothing."""
    os.mkdir(os.path.join(folder, "disk"))
    target = os.path.join(folder, "disk")
    if kind == "tmpfs":
        words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", target]
    else:
        image = os.path.join(folder, "disk.img")
        with open(image, "wb") as f:
            f.truncate(SIZE + 8 * MIB)
        made = subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-J", "size=4", image], capture_output=True, text=True)
        if made.returncode:
            return made.stderr.strip()
        words = ["mount", "-o", "loop", image, target]
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except OSError as error:
        return str(error)
    return done.stderr.strip() if done.returncode else None


class Full(unittest.TestCase):
    def setUp(self):
        self.folder = quick_folder()
        self.addCleanup(self.folder.close)
        self.acknowledged = set()
        self.number = 0
        self.author = self.folder.node("coord")
        self.author.init()
        self.author.start()

    def publish(self, node, count, size):
        """Ids of records of about `size` bytes that do not compress."""
        records = []
        for _ in range(count):
            self.number += 1
            text = f"{self.number} " + os.urandom(size // 2).hex()
            records.append(minimsgpack.encode({"title": {"fr": f"n {self.number}"}, "problem": {"fr": text}}))
        params = {"dry_run": False, "kind": "practice", "records": records, "wait": 0}
        rows = node.call("publish", params)["rows"]
        self.acknowledged.update(row["id"] for row in rows if row["state"] == "signed")
        return rows

    def left(self):
        disk = os.statvfs(self.disk)
        return disk.f_bavail * disk.f_frsize

    def eat(self, leave):
        """Something else on the disk, that leaves this much."""
        with open(os.path.join(self.disk, "ballast"), "ab") as f:
            while self.left() > leave:
                try:
                    f.write(b"\0" * min(MIB, max(4096, self.left() - leave)))
                    f.flush()
                except OSError:
                    break

    def is_alive(self):
        return self.node.process is not None and self.node.process.poll() is None

    def restart(self):
        if self.node.process:
            if self.is_alive():
                self.assertEqual(self.node.stop(), 0)
            else:
                self.node.process.wait()
                self.node.process.stdout.close()
                self.node.process = None
        self.node.start()

    def assert_serves(self):
        """Reading needs no room."""
        held = ids_of(self.node)
        for name in sorted(held)[:20]:
            self.assertEqual(self.node.call("show", {"ref": name.hex()})["id"], name)
        return held

    def assert_whole(self):
        wait_equal([self.author, self.node])
        self.assertEqual(self.acknowledged - ids_of(self.node), set())
        self.assertTrue(all(row["ok"] for row in self.node.call("verify", {"deep": True})["rows"]))
        self.assertEqual(self.node.status()["state"], "ready")

    def begin(self, disk):
        self.disk = disk
        self.node = self.folder.node("azrou")
        self.node.home = os.path.join(disk, "azrou")
        self.node.join(self.author)
        self.publish(self.author, 20, 3000)
        self.publish(self.node, 20, 3000)
        wait_equal([self.author, self.node])

    def others_stop(self):
        """Records of others find no room, own ones and what is stored go on."""
        self.eat(18 * MIB)
        for _ in range(14):
            self.publish(self.author, 90, 8000)
        wait_for(lambda: self.node.status()["state"] == "full", "the node to be full")
        status = self.node.status()
        self.assertTrue(any("full" in alarm or "room" in alarm for alarm in status["alarms"]), status["alarms"])
        self.assertEqual(self.publish(self.node, 3, 3000)[0]["state"], "signed")
        self.assert_serves()

    def own_stop(self):
        """Nobody's records fit any more; a refusal says so, and is no end."""
        self.eat(4 * MIB + 100000)
        with self.assertRaises(Refused) as refused:
            for _ in range(10):
                self.publish(self.node, 90, 8000)
        self.assertIn(refused.exception.error["error"], ("full", "busy"))
        self.assert_serves()

    def try_publishing(self):
        """Goes on whatever happens."""
        try:
            self.publish(self.node, 2, 3000)
        except (Refused, OSError):
            pass

    def nothing_is_left(self):
        """Something else takes the last byte. The node may go on or end, saying why, but not by a signal."""
        self.eat(0)
        for _ in range(5):
            self.try_publishing()
        if self.is_alive():
            self.assert_serves()
        else:
            self.assertEqual(self.node.process.wait(), 1, self.node.log())
            self.assertIn("stopped for the sake of what is stored", self.node.log())

    def unmount(self, disk):
        """The signer of a node that was killed takes a moment to notice."""
        if self.node.process:
            self.node.process.kill()
            self.node.process.wait()
            self.node.process.stdout.close()
            self.node.process = None
        wait_for(lambda: subprocess.run(["umount", disk], capture_output=True).returncode == 0, "the disk to be given up")

    def on_disk(self, kind):
        wrong = mount(kind, self.folder.path)
        if wrong:
            print(f"{kind} cannot be mounted here ({wrong}): only what fail.c imitates was tried")
            return
        disk = os.path.join(self.folder.path, "disk")
        try:
            self.begin(disk)
            self.others_stop()
            self.own_stop()
            self.nothing_is_left()
            os.unlink(os.path.join(disk, "ballast"))
            self.restart()
            self.assert_whole()
        finally:
            self.unmount(disk)

    def test_a_full_tmpfs(self):
        self.on_disk("tmpfs")

    def test_a_full_ext4(self):
        self.on_disk("ext4")

    def test_room_comes_back_to_a_running_node(self):
        """Without a restart: others' records are asked for again."""
        wrong = mount("tmpfs", self.folder.path)
        if wrong:
            print(f"tmpfs cannot be mounted here ({wrong})")
            return
        disk = os.path.join(self.folder.path, "disk")
        try:
            self.begin(disk)
            self.others_stop()
            os.unlink(os.path.join(disk, "ballast"))
            self.assert_whole()
        finally:
            self.unmount(disk)

    def test_writes_that_find_no_room(self):
        """Nothing to mount: every write of a file fails from some call on, until there is room again."""
        failing = Failing(os.path.join(self.folder.path, "fail"))
        disk = os.path.join(self.folder.path, "home")
        os.mkdir(disk)
        self.begin(disk)
        self.assertEqual(self.node.stop(), 0)
        for nth in (1, 3, 9, 30):
            with failing.environment():
                self.node.start("--no-sandbox")
            failing.arm("write", "ENOSPC", nth, lasting=True)
            wait_for(lambda: self.try_publishing() or failing.fired(), "a write to fail")
            self.publish(self.author, 1, 3000)
            try:
                self.assert_serves()
            except OSError:  # where it was the commit of records that failed, it ends
                wait_for(lambda: not self.is_alive(), "the node to end")
            failing.disarm()
            self.restart()
            self.assert_whole()
            self.assertEqual(self.node.stop(), 0)


if __name__ == "__main__":
    unittest.main()
