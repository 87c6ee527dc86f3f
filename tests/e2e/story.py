"""Plays the example of a network (deploy/networks/NAME/example.ndjson) on daemons, one for each member that speaks in it.

Decides who joins and in which order records are published; what the records say is the example's. The two members that no
roster has, `coordination` and `observatoire`, are the coordinator who makes the network and an observer.
"""
import csv
import json
import os

import nodes

COORDINATOR, OBSERVER = "coordination", "observatoire"


def network_folder(name):
    return os.path.join(nodes.ROOT, "deploy/networks", name)


def example(name):
    with open(os.path.join(network_folder(name), "example.ndjson"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def roster(name):
    with open(os.path.join(network_folder(name), "roster.csv"), newline="", encoding="utf-8") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def with_links(value, refs):
    """The fields with each "@name" replaced by the REF of the record that was published under it."""
    if isinstance(value, dict):
        return {key: with_links(inner, refs) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_links(inner, refs) for inner in value]
    return refs[value[1:]] if isinstance(value, str) and value.startswith("@") else value


class Story:
    """Members by code, and the REF of each named record, once it is played."""

    def __init__(self, folder, name):
        self.name, self.rows, self.refs, self.members = name, example(name), {}, {}
        known = roster(name)
        first = self.members[COORDINATOR] = folder.node(COORDINATOR)
        first.commune(
            "init", "--network", name, "--member", COORDINATOR, "--kind", "coordinator", "--name", "fr=Coordination",
            "--no-passphrase", "--listen", nodes.HOST + ":0"
        )
        first.start()
        for code in dict.fromkeys(row["member"] for row in self.rows if row["member"] != COORDINATOR):
            self.admit(folder, code, known.get(code))

    def admit(self, folder, code, line):
        """line: the member's in roster.csv; None for the observer."""
        first, node = self.members[COORDINATOR], folder.node(code)
        words = ["--kind", "observer", "--name", "fr=Observatoire"]
        if line:
            words = ["--kind", line["kind"], "--territory", line["territory"], "--name", "fr=" + line["name_fr"],
                     "--name", "ar=" + line["name_ar"]]
        elif code != OBSERVER:
            raise AssertionError(f"{code} is not in the roster of {self.name}")
        invite = first.row("invite", code)["invite"]
        node.commune("join", invite, "--member", code, *words, "--no-passphrase", "--listen", nodes.HOST + ":0")
        node.start()
        nodes.wait_for(
            lambda: any(r["code"] == code for r in first.rows("roster", "pending")), f"the request of {code}")
        first.row("roster", "admit", code)
        nodes.wait_for(lambda: node.status()["is_admitted"], f"{code} to know that it is admitted")
        self.members[code] = node

    def play(self):
        """Publishes everything in its order; each member has seen what it links to."""
        nodes.wait_equal(list(self.members.values()))
        speaker = None
        for row in self.rows:
            node = self.members[row["member"]]
            if speaker and node is not speaker:
                nodes.wait_equal(list(self.members.values()))
            speaker = node
            fields = json.dumps(with_links(row["fields"], self.refs), ensure_ascii=False)
            answer = node.row("publish", row["kind"], "--file", "-", stdin=fields)
            if "as" in row:
                self.refs[row["as"]] = answer["ref"]
        nodes.wait_equal(list(self.members.values()))
        return self
