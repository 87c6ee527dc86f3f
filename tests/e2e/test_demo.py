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
        [os.path.join(DEMO, "demo"), *words], env={**os.environ, "LC_ALL": "C", "BUILD": os.path.abspath(nodes.BUILD), **env},
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

    def test_it_speaks_the_language_of_the_locale(self):
        for locale, known in ("fr_FR.UTF-8", "il n'y a pas de réseau « foo »"), ("ar", "لا توجد شبكة"), ("de_DE", "there is no"):
            self.assertIn(known, demo(NETWORK="foo", LC_ALL=locale, LANGUAGE="").stderr)
        self.assertIn("there is no", demo(NETWORK="foo", LC_ALL="C", LANGUAGE="fr").stderr)
        self.assertIn("il n'y a", demo(NETWORK="foo", LC_ALL="C.UTF-8", LANGUAGE="fr:en").stderr)

    def test_all_that_it_says_is_said_in_three_languages(self):
        said = set()
        for name in "demo", "story", "nodes.sh":
            with open(os.path.join(DEMO, name), encoding="utf-8") as file:
                for double, single in re.findall(r"""\b(?:say|title|word) (?:"([^"$][^"]*)"|'([^']*)')""", file.read()):
                    said.add(double or single)
        table = {}
        with open(os.path.join(DEMO, "words"), encoding="utf-8") as file:
            for block in file.read().strip().split("\n\n"):
                texts = [line.split(" ", 1) for line in block.split("\n")]
                self.assertEqual([key for key, _ in texts], ["en", "fr", "ar"], block)
                table[texts[0][1]] = [text for _, text in texts]
        self.assertEqual(said, set(table))
        for texts in table.values():
            self.assertEqual(len({text.count("%s") for text in texts}), 1, texts)
            self.assertEqual({text.count("%") - text.count("%s") for text in texts}, {0}, texts)

    def test_questions_are_asked_in_three_languages(self):
        for name in NETWORKS:
            with open(os.path.join(DEMO, name + ".questions"), encoding="utf-8") as file:
                asked = [line.split(" ")[0] for line in file if line[0] == "?"]
            self.assertEqual(asked, ["?en", "?fr", "?ar"] * (len(asked) // 3), name)
            self.assertGreater(len(asked), 12, name)

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
