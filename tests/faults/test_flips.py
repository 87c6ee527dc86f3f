#!/usr/bin/env python3
"""Flipped bits in the database of a home (flips.c), BITS of them: whatever changes an answer is found, and mended from an undamaged
copy or said to want the database begun anew. tests/e2e/test_rot.py does the same with daemons and a peer."""
import os
import subprocess
import unittest

from preload import FAULTS, quick_folder

BITS = os.environ.get("BITS", "100")
SEED = os.environ.get("SEED", "1")


class Flips(unittest.TestCase):
    def test_every_flip_that_changes_an_answer_is_found(self):
        folder = quick_folder()
        self.addCleanup(folder.close)
        done = subprocess.run([os.path.join(FAULTS, "flips"), "-n", BITS, "-s", SEED], capture_output=True, text=True,
                              env={**os.environ, "TMPDIR": folder.path})
        print(done.stdout, end="")
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])


if __name__ == "__main__":
    unittest.main()
