#!/usr/bin/env python3
"""Starting, joining, stopping: what every other end-to-end test relies on."""
import os
import signal
import socket
import subprocess
import unittest

import minimsgpack
from nodes import COMMUNE, COMMUNED, DEADLINE, Folder, Refused, wait_equal, wait_for


class Basic(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)

    def coordinator(self):
        node = self.folder.node("coord")
        node.init()
        return node.start()

    def test_ready_line_names_what_accepts(self):
        coord = self.coordinator()
        self.assertEqual(coord.ready["member"], "coord")
        self.assertEqual(coord.ready["pid"], coord.process.pid)
        self.assertEqual(coord.ready["socket"], os.path.join(coord.home, "run/control.sock"))
        self.assertEqual(coord.ready["network"], coord.status()["network"].hex())
        key, where = coord.ready["address"].split("@")
        self.assertEqual(len(key), 64)
        host, port = where.rsplit(":", 1)
        self.assertNotEqual(port, "0")
        socket.create_connection((host, int(port)), DEADLINE).close()

    def test_systemd_is_told(self):
        path = os.path.join(self.folder.path, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            notify.settimeout(DEADLINE)
            os.environ["NOTIFY_SOCKET"] = path
            self.addCleanup(os.environ.pop, "NOTIFY_SOCKET")
            self.coordinator()
            self.assertEqual(notify.recv(100), b"READY=1")

    def test_signals_end_it_with_0_and_what_was_signed_stays(self):
        coord = self.coordinator()
        before = coord.status()
        self.assertEqual(before["state"], "ready")
        self.assertEqual(coord.stop(signal.SIGTERM), 0)
        self.assertFalse(os.path.exists(coord.ready["socket"]))
        # A new port is a new announcement, so that the log may have grown by that one.
        coord.start()
        wait_for(lambda: coord.status()["state"] == "ready", "the node to sign again")
        self.assertGreaterEqual(coord.status()["size"], before["size"])
        self.assertEqual(coord.stop(signal.SIGINT), 0)

    def test_a_member_joins_and_both_hold_the_same(self):
        coord = self.coordinator()
        sefrou = self.folder.node("sefrou")
        sefrou.join(coord)
        wait_equal([coord, sefrou])
        self.assertEqual(coord.status()["roster_size"], 2)
        self.assertEqual({r["code"]: r["state"] for r in sefrou.rows("roster", "list")}, {"coord": "admitted", "sefrou": "admitted"})
        self.assertEqual(coord.rows("roster", "pending"), [])

    def test_nobody_is_admitted_without_a_request(self):
        coord = self.coordinator()
        coord.commune("roster", "admit", "sefrou", code=4)
        self.assertIn("has not asked to join", coord.stderr)
        self.assertEqual(coord.status()["roster_size"], 1)

    def test_another_fingerprint_is_not_admitted(self):
        coord = self.coordinator()
        sefrou = self.folder.node("sefrou")
        invite = coord.row("invite", "sefrou")["invite"]
        sefrou.commune("join", invite, "--member", "sefrou", "--kind", "commune", "--name", "fr=Sefrou", "--no-passphrase", "--listen", "127.0.0.1:0")
        sefrou.start()
        wait_for(lambda: coord.rows("roster", "pending"), "a request to join")
        right = sefrou.row("id")["fingerprint"]
        wrong = "0" * 32 if right[0] != "0" else "1" * 32
        coord.commune("roster", "admit", "sefrou", "--fingerprint", wrong, code=4)
        self.assertEqual(coord.status()["roster_size"], 1)
        coord.commune("roster", "admit", "sefrou", "--fingerprint", right)
        self.assertEqual(coord.status()["roster_size"], 2)

    def test_two_homes_with_one_invite_both_wait_and_one_is_chosen(self):
        coord = self.coordinator()
        invite = coord.row("invite", "sefrou")["invite"]
        homes = [self.folder.node("one"), self.folder.node("two")]
        for home in homes:
            home.commune("join", invite, "--member", "sefrou", "--kind", "commune", "--name", "fr=Sefrou", "--no-passphrase", "--listen", "127.0.0.1:0")
            home.start()
        wait_for(lambda: len(coord.rows("roster", "pending")) == 2, "two requests to join")
        fingerprints = [home.row("id")["fingerprint"] for home in homes]
        self.assertEqual({r["fingerprint"] for r in coord.rows("roster", "pending")}, set(fingerprints))
        self.assertEqual({r["code"] for r in coord.rows("roster", "pending")}, {"sefrou"})
        coord.commune("roster", "admit", "sefrou", code=4)
        for fingerprint in fingerprints:
            self.assertIn(fingerprint, coord.stderr)
        coord.commune("roster", "admit", "sefrou", "--fingerprint", "0123456789abcdef", code=4)
        self.assertEqual(coord.status()["roster_size"], 1)
        coord.commune("roster", "admit", "sefrou", "--fingerprint", fingerprints[1][:8])
        self.assertEqual(coord.status()["roster_size"], 2)
        self.assertEqual(coord.rows("roster", "pending"), [])
        wait_for(lambda: homes[1].status()["is_admitted"], "the chosen home to know that it is admitted")
        wait_for(lambda: homes[0].status()["alarms"], "the other one to be told")
        self.assertIn("under another key", homes[0].status()["alarms"][0])
        self.assertFalse(homes[0].status()["is_admitted"])

    def test_a_sealed_member_key_is_asked_for_when_it_is_needed(self):
        secret = os.path.join(self.folder.path, "passphrase")
        with open(secret, "w") as f:
            f.write("ouvre-toi\n")
        coord = self.folder.node("coord")
        coord.init("--passphrase-file", secret, is_plain=False)
        coord.start()
        sefrou = self.folder.node("sefrou")
        invite = coord.row("invite", "sefrou")["invite"]
        sefrou.commune("join", invite, "--member", "sefrou", "--kind", "commune", "--name", "fr=Sefrou", "--no-passphrase", "--listen", "127.0.0.1:0")
        sefrou.start()
        wait_for(lambda: coord.rows("roster", "pending"), "a request to join")
        for passphrase in {}, {"passphrase": b"wrong"}:
            with self.assertRaises(Refused) as caught:
                coord.call("roster.admit", {"code": "sefrou", **passphrase})
            self.assertEqual(caught.exception.error["error"], "passphrase")
        self.assertEqual(coord.status()["roster_size"], 1)
        self.assertEqual(coord.stop(), 0)
        coord.start("--passphrase-file", secret)
        wait_for(lambda: coord.status()["state"] == "ready", "the node to sign again")
        self.assertEqual(coord.row("roster", "admit", "sefrou")["roster_size"], 2)

    def test_the_group_reads_and_only_the_owner_writes(self):
        """As root this test becomes somebody else for a moment; anybody else is the owner here, who may write."""
        coord = self.coordinator()
        is_owner = os.geteuid() != 0
        if not is_owner:
            nobody = 65534
            for path in self.folder.path, coord.home, os.path.dirname(coord.ready["socket"]), coord.ready["socket"]:
                os.chown(path, 0, nobody)
                os.chmod(path, 0o770 if path == coord.ready["socket"] else 0o750)
            os.setegid(nobody)
            os.seteuid(nobody)
        try:
            control = coord.control()
        finally:
            if not is_owner:
                os.seteuid(0)
                os.setegid(0)
        self.addCleanup(control.close)
        self.assertEqual(control.call("status")["member"], "coord")
        if is_owner:
            self.assertEqual(control.call("peer.add", {"address": "0" * 64 + "@127.0.0.1:1"}), {})
            return
        for method in "peer.add", "publish", "invite", "roster.admit", "roster.remove", "roster.approve", "stop":
            with self.assertRaises(Refused) as caught:
                control.call(method)
            self.assertEqual(caught.exception.error["error"], "refused")
            self.assertEqual(caught.exception.error["code"], 4)
            self.assertIn("no permission", caught.exception.error["text"])
        self.assertEqual(coord.status()["member"], "coord")

    def test_what_was_acknowledged_is_in_the_next_list(self):
        """Views follow by themselves a moment later; who asks does not have to know of it."""
        coord = self.coordinator()
        control = coord.control()
        for number in range(1, 41):
            text = {"fr": f"la fontaine {number}"}
            record = minimsgpack.encode({"problem": text, "title": text})
            control.call("publish", {"dry_run": False, "kind": "practice", "records": [record], "wait": 0})
            self.assertEqual(len(control.call("list", {"kind": "practice", "limit": 100})["rows"]), number)
            self.assertEqual(len(control.call("search", {"words": f"fontaine {number}", "limit": 100})["rows"]), 1)
        control.close()

    def test_closed_descriptors_are_nobodys(self):
        # The first files to be opened would get their numbers: the database, say, and the log would be written into it.
        coord = self.folder.node("coord")
        coord.init()
        shell = 'exec <&- >&- 2>&-; exec "$0" "$@"'
        process = subprocess.Popen(["bash", "-c", shell, COMMUNED, "--home", coord.home])
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        wait_for(lambda: os.path.exists(os.path.join(coord.home, "run/control.sock")), "the socket")
        for number in range(3):
            self.assertEqual(os.readlink(f"/proc/{process.pid}/fd/{number}"), "/dev/null")
        wait_for(lambda: coord.row("status")["state"] == "ready", "the node to sign")
        command = [COMMUNE, "status", "--home", coord.home]
        done = subprocess.run(["bash", "-c", 'exec >&-; exec "$0" "$@"', *command], stderr=subprocess.PIPE, text=True)
        self.assertEqual((done.returncode, done.stderr), (1, "commune: cannot write the output\n"))

    def test_stop_ends_it(self):
        coord = self.coordinator()
        coord.call("stop")
        self.assertEqual(coord.process.wait(DEADLINE), 0)
        coord.process.stdout.close()
        coord.process = None

    def test_a_second_daemon_on_a_home_is_refused_and_the_first_serves_on(self):
        coord = self.coordinator()
        second = subprocess.run([COMMUNED, "--home", coord.home], capture_output=True, text=True, timeout=DEADLINE)
        self.assertEqual(second.returncode, 1)
        self.assertEqual(second.stdout, "")
        self.assertIn(coord.home, second.stderr)
        self.assertEqual(coord.status()["state"], "ready")

    def test_a_killed_daemon_comes_back(self):
        coord = self.coordinator()
        coord.kill()
        self.assertTrue(os.path.exists(coord.ready["socket"]))
        coord.start()
        wait_for(lambda: coord.status()["state"] == "ready", "the node to sign again")
        self.assertEqual(coord.status()["roster_size"], 1)

    def test_a_removed_member_is_out(self):
        coord = self.coordinator()
        sefrou = self.folder.node("sefrou")
        sefrou.join(coord)
        wait_equal([coord, sefrou])
        coord.call("roster.remove", {"code": "sefrou", "reason": "request"})
        states = {r["code"]: r["state"] for r in coord.rows("roster", "list")}
        self.assertEqual(states, {"coord": "admitted", "sefrou": "removed"})
        coord.commune("roster", "admit", "sefrou", code=4)


class Usage(unittest.TestCase):
    def run_with(self, *words, **more):
        return subprocess.run([COMMUNED, *words], capture_output=True, text=True, timeout=DEADLINE, **more)

    def test_what_cannot_start_says_why(self):
        folder = Folder()
        self.addCleanup(folder.close)
        coord = folder.node("coord")
        coord.init()
        deep = os.path.join(folder.path, "d" * 90)
        os.mkdir(deep)
        cases = [
            (["--hoem", "x"], 2, "unknown option"),
            (["--home"], 2, "without its value"),
            (["stray"], 2, "unexpected argument"),
            (["--home", folder.path + "/nothing"], 2, "no home at"),
            (["--home", deep], 2, "107"),
            (["--home", folder.path], 2, "config"),
            (["--home", coord.home, "--listen", "localhost:1"], 2, "cannot listen on 'localhost:1'"),
            (["--home", coord.home, "--listen", "192.0.2.1:0"], 1, "cannot listen on 192.0.2.1:0"),
            (["--home", coord.home, "--config", "/nowhere/config"], 2, "/nowhere/config"),
            (["--home", coord.home, "--peer", "sefrou.example:7117"], 2, "not KEY@HOST:PORT"),
        ]
        for words, code, says in cases:
            with self.subTest(words=words):
                done = self.run_with(*words)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(says, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_a_damaged_config_is_named_by_its_line(self):
        folder = Folder()
        self.addCleanup(folder.close)
        coord = folder.node("coord")
        coord.init()
        path = os.path.join(coord.home, "config")
        with open(path) as f:
            lines = f.readlines()
        for line, says in (
            ("lissten = 127.0.0.1:1", f"line {len(lines) + 1}: unknown key 'lissten'"),
            ("member = azrou", f"line {len(lines) + 1} repeats 'member'"),
            ("peer = azrou.example:1", "not KEY@HOST:PORT"),
            ("announce = azrou.example", "not HOST:PORT"),
        ):
            with open(path, "w") as f:
                f.writelines(lines + [line + "\n"])
            done = self.run_with("--home", coord.home)
            self.assertEqual(done.returncode, 4)
            self.assertIn(says, done.stderr)
        with open(path, "w") as f:
            f.writelines(line.replace("member = coord", "member = azrou") for line in lines)
        done = self.run_with("--home", coord.home)
        self.assertEqual(done.returncode, 4)
        self.assertIn("log_open does not fit", done.stderr)

    def test_help_and_version(self):
        self.assertIn("--passphrase-file", self.run_with("--help").stdout)
        self.assertRegex(self.run_with("--version").stdout, r"^communed \d+\.\d+")


if __name__ == "__main__":
    unittest.main()
