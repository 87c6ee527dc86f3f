#!/usr/bin/env python3
"""The demonstrations: one of them from beginning to end, and of all five that they ask what their example can answer."""
import os
import re
import subprocess
import unittest

import nodes
from story import COORDINATOR, example

DEMO = os.path.join(nodes.ROOT, "deploy/demo")
NETWORKS = ["communes-citoyennes", "ised-bmk", "papc", "remacto", "remagp"]


def demo(*words, **env):
    return subprocess.run(
        [os.path.join(DEMO, "demo"), *words], env={**os.environ, "BUILD": os.path.abspath(nodes.BUILD), **env},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=nodes.DEADLINE * 4)


class Demo(unittest.TestCase):
    def test_a_network_from_init_to_audit(self):
        done = demo(NETWORK="papc", ONCE="1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for line in (
            "4. What every node agrees on", "fes$ commune scores agadir --from 2019 --to 2020", "own_revenue_growth",
            "minimum condition not met", "budget lines do not add up", "Done.",
        ):
            self.assertIn(line, done.stdout)
        digests = re.findall(r"digest ([0-9a-f]{16})…", done.stdout)
        self.assertEqual((len(digests), len(set(digests))), (5, 1))

    def test_no_such_network(self):
        for name in "foo", "papc, remacto", "../networks/papc":
            done = demo(NETWORK=name)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertEqual(
                done.stderr, f"demo: there is no network '{name}': NETWORK is one of {', '.join(NETWORKS)}\n")
        self.assertEqual(demo("--known", NETWORK="remagp").returncode, 0)

    def test_questions_are_about_what_the_example_tells(self):
        for name in NETWORKS:
            rows = example(name)
            named = {row["as"] for row in rows}
            members = {row["member"] for row in rows} | {COORDINATOR}
            with open(os.path.join(DEMO, name + ".questions"), encoding="utf-8") as file:
                lines = [line for line in file.read().splitlines() if line and line[0] not in "#?"]
            self.assertGreater(len(lines), 5, name)
            for line in lines:
                self.assertIn(line.split("$ ")[0], members, f"{name}: {line}")
                self.assertLessEqual(set(re.findall(r"@([a-z0-9_-]+)", line)), named, f"{name}: {line}")


if __name__ == "__main__":
    unittest.main()
