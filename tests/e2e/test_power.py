#!/usr/bin/env python3
"""What the real daemon has left of its power: two processes, both confined, the log key in one of them alone."""
import os
import re
import shutil
import signal
import socket
import subprocess
import unittest

from nodes import BUILD, DEADLINE, ROOT, Folder, wait_for

UNIT = os.path.join(ROOT, "deploy/systemd/communed.service")
EXPOSURE_MAX = 1.5
# Sanitizers need files of their own: daemon/sandbox.h.
IS_CONFINED = os.path.basename(os.path.abspath(BUILD)) not in ("asan", "tsan", "fuzz", "coverage")
ALARM = "this node runs with more power than it should"


def fields(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def children(pid):
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and fields(entry)["PPid"] == str(pid):
                found.append(int(entry))
        except (FileNotFoundError, ProcessLookupError, KeyError):
            pass
    return found


class Power(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)

    def coordinator(self, *options):
        node = self.folder.node("coord")
        node.init()
        return node.start(*options)

    def signer(self, node):
        (pid,) = children(node.process.pid)
        self.assertEqual(fields(pid)["Name"], "signer")
        return pid

    def gone(self, node):
        process, node.process = node.process, None
        process.stdout.close()
        return process.wait(DEADLINE)

    def test_both_processes_are_confined(self):
        coord = self.coordinator()
        for pid in (coord.process.pid, self.signer(coord)):
            status = fields(pid)
            if IS_CONFINED:
                self.assertEqual((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"))
            self.assertEqual(status["Threads"] == "1", pid != coord.process.pid)
        # All threads are, those that name resolution started too.
        for task in os.listdir(f"/proc/{coord.process.pid}/task"):
            if IS_CONFINED:
                self.assertEqual(fields(f"{coord.process.pid}/task/{task}")["Seccomp"], "2")
        self.assertEqual([a for a in coord.status()["alarms"] if ALARM in a], [] if IS_CONFINED else [f"{ALARM}: this build has no sandbox"])

    def test_the_signer_alone_has_the_lock_open(self):
        coord = self.coordinator()
        lock = os.path.join(coord.home, "head.lock")

        def has_lock(pid):
            return any(os.readlink(f"/proc/{pid}/fd/{fd}") == lock for fd in os.listdir(f"/proc/{pid}/fd"))

        self.assertTrue(has_lock(self.signer(coord)))
        self.assertFalse(has_lock(coord.process.pid))

    def test_without_a_sandbox_status_says_so(self):
        coord = self.coordinator("--no-sandbox")
        self.assertIn(f"{ALARM}: --no-sandbox", coord.status()["alarms"])
        self.assertEqual(fields(coord.process.pid)["Seccomp"], "0")
        self.assertIn(ALARM, coord.log())

    def test_a_node_without_its_signer_stops_and_starts_again(self):
        coord = self.coordinator()
        wait_for(lambda: coord.status()["state"] == "ready", "the node to sign")
        before = coord.status()["size"]
        os.kill(self.signer(coord), signal.SIGKILL)
        self.assertEqual(self.gone(coord), 1)
        self.assertIn("the signer has ended: nothing can be signed", coord.log())
        coord.start()
        wait_for(lambda: coord.status()["state"] == "ready" and coord.status()["size"] >= before, "the node to sign again")
        self.assertEqual(coord.stop(signal.SIGTERM), 0)

    def test_a_signer_does_not_outlive_its_node(self):
        coord = self.coordinator()
        pid = self.signer(coord)
        coord.process.kill()
        self.gone(coord)
        wait_for(lambda: not os.path.exists(f"/proc/{pid}") or fields(pid)["State"][0] == "Z", "the signer to end")

    def test_names_are_resolved_from_inside(self):
        # localhost is 127.0.0.1, where nobody listens: the name was found when the connection is refused.
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        coord = self.coordinator("--peer", f"{'11' * 32}@localhost:{port}", "--peer", f"{'22' * 32}@no-such-name.invalid:{port}")

        def reason(host):
            return next((p["reason"] for p in coord.rows("peers") if host in p["address"]), "")

        wait_for(lambda: "refused" in reason("localhost"), "localhost to be dialled")
        wait_for(lambda: reason("no-such-name"), "the other name not to be found")
        self.assertNotIn("refused", reason("no-such-name"))

    def test_the_unit_may_build_its_home(self):
        """A home is built beside where it will stand: in a folder that the service may write. soak_unit.py starts it."""
        with open(UNIT) as f:
            text = f.read()
        state = re.search(r"^StateDirectory=(\S+)$", text, re.M).group(1)
        homes = re.findall(r"--home (\S+)", text) + [os.path.dirname(re.search(r"^ConditionPathExists=(\S+)$", text, re.M).group(1))]
        self.assertEqual(len(homes), 3)
        self.assertEqual({os.path.dirname(home) for home in homes}, {f"/var/lib/{state}"})

    def test_the_unit_leaves_little(self):
        self.assertIsNotNone(shutil.which("systemd-analyze"), "deploy/deps check installs systemd")
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT], capture_output=True, text=True, timeout=DEADLINE)
        self.assertEqual(done.returncode, 0, done.stderr)
        exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout).group(1))
        self.assertLessEqual(exposure, EXPOSURE_MAX)
        loose = os.path.join(self.folder.path, "communed.service")
        with open(UNIT) as f, open(loose, "w") as out:
            out.writelines(line for line in f if not line.startswith(("SystemCallFilter", "CapabilityBoundingSet", "RestrictNamespaces")))
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", loose], capture_output=True, text=True, timeout=DEADLINE)
        self.assertGreater(float(re.search(r": ([\d.]+) ", done.stdout.splitlines()[-1]).group(1)), EXPOSURE_MAX)


if __name__ == "__main__":
    unittest.main()
