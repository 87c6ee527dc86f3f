"""Real nodes for end-to-end tests: homes made by `commune`, daemons on loopback with ports of their own.

Waiting is for events: a line on stdout, an answer on the control socket, the end of a process; each with a deadline.
"""
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import minimsgpack

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
COMMUNE = os.path.join(BUILD, "commune")
COMMUNED = os.path.join(BUILD, "communed")
DEADLINE = float(os.environ.get("DEADLINE", "30"))
# A loopback address of this program's own: a port that it gave back is not dialled by the nodes of another program, which
# would count there as a stranger.
HOST = f"127.{64 + (os.getpid() >> 16)}.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"


class Refused(Exception):
    """The daemon answered a call with an error."""

    def __init__(self, error):
        super().__init__(f"{error['error']}: {error['text']}")
        self.error = error


class Control:
    """One connection to a control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(path)
        self.buffer = b""
        self.next_id = 0

    def close(self):
        self.socket.close()

    def send(self, method, params):
        self.next_id += 1
        self.socket.sendall(minimsgpack.encode([0, self.next_id, method, [params]]))
        return self.next_id

    def take(self):
        """The next answer: (id, error, result)."""
        while True:
            try:
                (_, number, error, result), size = minimsgpack.decode_first(self.buffer)
                self.buffer = self.buffer[size:]
                return number, error, result
            except minimsgpack.NotCanonical:
                pass  # cut short: answers are small enough to try again with each read
            data = self.socket.recv(1 << 20)
            if not data:
                raise ConnectionError("the daemon closed the control socket")
            self.buffer += data

    def call(self, method, params=None):
        number = self.send(method, params or {})
        answered, error, result = self.take()
        assert answered == number, "an answer to another call"
        if error is not None:
            raise Refused(error)
        return result


class Node:
    """A home and, between start and stop, its daemon."""

    def __init__(self, folder, code):
        self.code = code
        self.home = os.path.join(folder, code)
        self.log_path = os.path.join(folder, code + ".log")
        self.process = None
        self.ready = None

    # --- the command line

    def commune(self, *words, stdin=None, code=0):
        """Runs `commune` on this home; its stdout. Fails unless it ends with `code`."""
        done = subprocess.run(
            [COMMUNE, *words, "--home", self.home], input=stdin, capture_output=True, text=True, timeout=DEADLINE * 4
        )
        if done.returncode != code:
            raise AssertionError(
                f"commune {' '.join(words)} ended with {done.returncode}, not {code}\n{done.stdout}{done.stderr}{self.log()}"
            )
        self.stderr = done.stderr
        return done.stdout

    def rows(self, *words, **more):
        return [json.loads(line) for line in self.commune(*words, "--json", **more).splitlines()]

    def row(self, *words, **more):
        rows = self.rows(*words, **more)
        assert len(rows) == 1, f"{len(rows)} rows of {words}"
        return rows[0]

    def init(self, *more, is_plain=True):
        """is_plain False: `more` says how the member key is kept."""
        plain = ["--no-passphrase"] if is_plain else []
        return self.row(
            "init", "--network", os.path.join(ROOT, "deploy/networks/remacto/network.json"), "--member", self.code,
            "--kind", "coordinator", "--name", "fr=" + self.code, "--listen", HOST + ":0", *plain, *more
        )

    def join(self, coordinator, kind="commune"):
        """Asks and is admitted, both daemons running at the end."""
        invite = coordinator.row("invite", self.code)["invite"]
        self.commune(
            "join", invite, "--member", self.code, "--kind", kind, "--name", "fr=" + self.code, "--no-passphrase",
            "--listen", HOST + ":0"
        )
        self.start()
        wait_for(lambda: any(r["code"] == self.code for r in coordinator.rows("roster", "pending")), "a request to join")
        coordinator.row("roster", "admit", self.code)
        wait_for(lambda: self.status()["is_admitted"], f"{self.code} to know that it is admitted")

    # --- the daemon

    def start(self, *more):
        assert self.process is None
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [COMMUNED, "--home", self.home, *more], stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL
        )
        log.close()
        line = read_line(self.process.stdout)
        if not line.startswith("ready "):
            self.process.kill()
            self.process.wait()
            self.process = None
            raise AssertionError(f"communed said {line!r} instead of ready\n{self.log()}")
        self.ready = json.loads(line[len("ready "):])
        return self

    def stop(self, number=signal.SIGTERM):
        """Ends the daemon and gives its exit code."""
        process, self.process = self.process, None
        process.send_signal(number)
        code = process.wait(DEADLINE)
        process.stdout.close()
        return code

    def kill(self):
        assert self.stop(signal.SIGKILL) == -signal.SIGKILL

    def control(self):
        return Control(self.ready["socket"])

    def call(self, method, params=None):
        control = self.control()
        try:
            return control.call(method, params)
        finally:
            control.close()

    def status(self):
        return self.call("status")

    def alarms(self):
        """What status warns of, but for what a build with sanitizers says of itself."""
        return [alarm for alarm in self.status()["alarms"] if not alarm.endswith("this build has no sandbox")]

    def log(self):
        try:
            with open(self.log_path) as f:
                return "".join(f"  {self.code}: {line}" for line in f.readlines()[-60:])
        except FileNotFoundError:
            return ""


def read_line(pipe):
    """One line of a pipe, or what there is of it at its end."""
    deadline = time.monotonic() + DEADLINE
    data = b""
    while not data.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise TimeoutError(f"no line within {DEADLINE} s, only {data!r}")
        byte = os.read(pipe.fileno(), 1)
        if not byte:
            break
        data += byte
    return data.decode()


def wait_for(is_so, what):
    """Asks again until it is so. The pause only spares the processor."""
    deadline = time.monotonic() + DEADLINE
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {DEADLINE} s for {what}")
        time.sleep(0.01)


def wait_equal(nodes):
    """Until all have the same digest, and every view holds what its store has."""

    def is_equal():
        statuses = [n.status() for n in nodes]
        return len({s["digest"] for s in statuses}) == 1 and all(s["indexed"] == s["arrivals"] for s in statuses)

    wait_for(is_equal, "equal digests of " + ", ".join(n.code for n in nodes))


class Folder:
    """A temporary folder and the nodes in it; at the end every daemon is gone. Kept when KEEP is set."""

    def __init__(self):
        # Short: a socket path holds 107 bytes.
        self.path = tempfile.mkdtemp(prefix="oc-", dir=os.environ.get("TMPDIR", "/tmp"))
        self.nodes = []

    def node(self, code):
        node = Node(self.path, code)
        self.nodes.append(node)
        return node

    def close(self):
        for node in self.nodes:
            if node.process:
                node.process.kill()
                node.process.wait()
                node.process.stdout.close()
        if "KEEP" not in os.environ:
            shutil.rmtree(self.path)
