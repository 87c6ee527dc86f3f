#!/usr/bin/env python3
"""Every call failing in turn. First the store alone (nth.c): each read, write, sync and name, and of allocations every
STRIDEth. Then a real communed that starts, publishes, receives from a peer, answers, stops: one call of one class fails in
it, the first, the second, …, RUNS of each class spread over all that it makes (0: every single one). Whatever fails, it
ends with a message or goes on; nobody hangs and no signal ends it; and the next start has all that was acknowledged."""
import os
import subprocess
import unittest

from preload import FAULTS, quick_folder

STRIDE = os.environ.get("STRIDE", "25")


class Store(unittest.TestCase):
    def test_every_call_of_the_store_may_fail(self):
        folder = quick_folder()
        self.addCleanup(folder.close)
        done = subprocess.run([os.path.join(FAULTS, "nth"), "-s", STRIDE], capture_output=True, text=True,
                              env={**os.environ, "TMPDIR": folder.path})
        print(done.stdout, end="")
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])


if __name__ == "__main__":
    unittest.main()
