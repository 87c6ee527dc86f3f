#!/usr/bin/env python3
"""The second reader's own tests: each of its parts against published vectors, its own cases and their tampered twins."""
import subprocess
import sys
import unittest
from pathlib import Path

PARTS = sorted(Path(__file__).parent.glob("mini*.py")) + [Path(__file__).parent / "second_reader.py"]
IMPORTED = {"minipeer.py"}  # second_reader.py tests it


class Parts(unittest.TestCase):
    def test_each_part_passes_its_own_cases(self):
        tested = 0
        for part in PARTS:
            if part.name in IMPORTED:
                continue
            with self.subTest(part=part.name):
                done = subprocess.run([sys.executable, part], capture_output=True, text=True, timeout=120)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn(part.stem + ": ", done.stdout)
                tested += 1
        self.assertGreaterEqual(tested, 8)


if __name__ == "__main__":
    unittest.main()
