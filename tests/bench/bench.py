#!/usr/bin/env python3
"""Figures of a node beside the floors of the machine, from one run: two real daemons, a real disk, views on.

    bench.py [--records N] [--authors N] [--only PART,...] [--json FILE]

Parts: publish, bulk, live, reconnect, start, rpc, many, changed; all of them unless some are named.
Prints one JSON object a line, {"name","value","unit","conditions"} and, where there is one, "target", what is aimed at, and
"of_target", value through target; then a table. Targets that follow a floor are computed from the floor of the same run. It
judges nothing: machines are shared and noisy, what counts is a ratio within one run."""
import argparse
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
os.environ.setdefault("DEADLINE", "600")
import minimsgpack  # noqa: E402
import nodes  # noqa: E402
import reconnect  # noqa: E402
import workload  # noqa: E402

PARTS = ("publish", "bulk", "live", "reconnect", "start", "rpc", "many", "changed")
BATCH = 1000
LIVE = 500
TURN = 50
CHANGED = (1, 10, 126)  # logs that grew while one was away
CHANGED_BY = 3
RESULTS = []


FLOORS = {}
# What DESIGN.md asks for, and of publish_one_p50 twice a commit and an fdatasync of the same run.
TARGETS = {
    "publish_batch": 100000, "publish_batch_rpc": 100000,
    "bulk_1_author": 100000, "bulk_1_author_cpu_sender": 0.5, "bulk_1_author_cpu_receiver": 1.0,
    "bulk_1_author_rss_sender": 40, "bulk_1_author_rss": 60, "bulk_wire": 300,
    "bulk_126_authors": 100000, "bulk_126_authors_cpu_sender": 0.5, "bulk_126_authors_cpu_receiver": 1.0,
    "bulk_126_authors_rss_sender": 40, "bulk_126_authors_rss": 60,
    "disk_truth": 840, "disk_views": 600, "live_p50": 1.5, "live_p99": 3,
    "reconnect_equal_bytes": 640, "reconnect_equal_ms": 5, "reconnect_changed_1": 200, "reconnect_changed_10": 200,
    "reconnect_changed_126": 200, "start_ms": 30, "idle_rss": 10, "idle_cpu": 0.01,
}


def report(name, value, unit, conditions):
    row = {"name": name, "value": round(value, 3), "unit": unit, "conditions": conditions}
    if name.startswith("floor_"):
        FLOORS[name] = value
    target = TARGETS.get(name)
    if name in ("publish_one_p50", "publish_one_alone_p50"):
        target = 2 * (FLOORS["floor_commit"] + FLOORS["floor_fdatasync"])
    if target:
        row["target"] = round(target, 3)
        row["of_target"] = round(value / target, 2)
    if FLOORS and name in ("bulk_1_author", "bulk_126_authors", "publish_batch_rpc"):
        row["of_floor"] = round(value / FLOORS["floor_lmdb_append"], 3)
    if name in ("live_p50", "live_p99"):
        row["of_floor"] = round(value / FLOORS["floor_" + name], 3)
    RESULTS.append(row)
    print(json.dumps(row), flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def file_bytes(path):
    return sum(os.stat(os.path.join(d, f)).st_blocks * 512 for d, _, names in os.walk(path) for f in names)


def cpu_s(pid):
    """Processor time of all threads that are, finer than ticks."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            total += int(f.read().split()[0])
    return total / 1e9


def memory_kib(pid, field):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    return 0


class Bench:
    def __init__(self, folder, records, authors):
        self.folder = folder
        self.records = records
        self.authors = authors
        self.a = nodes.Node(folder, "a")
        self.b = nodes.Node(folder, "b")
        self.port = free_port()
        self.b_port = free_port()  # one that changed would be announced anew at each start

    def start(self, node, *more):
        port = self.port if node is self.a else self.b_port if node is self.b else 0
        return node.start("--listen", f"127.0.0.1:{port}", *more)

    def prepare(self):
        """A network of two; b is admitted and stopped."""
        self.a.init()
        self.start(self.a)
        self.b.join(self.a)
        nodes.wait_equal([self.a, self.b])
        self.b.stop()

    def publish(self, node, payloads):
        """Pipelined batches over the control socket; seconds until all are acknowledged."""
        control = node.control()
        batches = [payloads[i : i + BATCH] for i in range(0, len(payloads), BATCH)]
        requests = [{"dry_run": False, "kind": "practice", "records": batch, "wait": 0} for batch in batches]
        start = time.monotonic()
        waiting = 0
        for request in requests:
            control.send("publish", request)
            waiting += 1
            if waiting >= 8:
                self.taken(control)
                waiting -= 1
        for _ in range(waiting):
            self.taken(control)
        seconds = time.monotonic() - start
        control.close()
        return seconds

    @staticmethod
    def taken(control):
        _, error, _ = control.take()
        if error is not None:
            raise nodes.Refused(error)

    def two(self, only):
        """Whatever two nodes with a log each have to show."""
        self.prepare()
        if "publish" in only:
            self.batch_publish()
        else:
            self.publish(self.a, [workload.payload(i) for i in range(self.records)])
        if "bulk" in only:
            self.bulk()
        elif set(only) & {"live", "reconnect", "start"}:
            self.start(self.b)
            nodes.wait_equal([self.a, self.b])
        if "live" in only:
            self.live()
        if "reconnect" in only:
            meeting = reconnect.Meeting(self, report)
            meeting.equal("reconnect_equal", "handshake included, both directions, 2 logs")
        if "start" in only:
            self.start_and_idle()
        self.a.stop()
        if "rpc" in only:
            self.batch_publish_rpc()

    def many(self, only):
        self.fill()
        if "many" in only:
            self.many_authors()
        if "changed" in only:
            self.changed()

    def batch_publish(self):
        """As a member does it: one file, one command."""
        path = os.path.join(self.folder, "records.ndjson")
        with open(path, "w", encoding="utf-8") as f:
            for i in range(self.records):
                f.write(json.dumps(minimsgpack.decode(workload.payload(i)), ensure_ascii=False) + "\n")
        before = cpu_s(self.a.process.pid)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        subprocess.run(
            [nodes.COMMUNE, "publish", "practice", "--ndjson", path, "--json", "--yes", "--home", self.a.home],
            check=True, stdout=subprocess.DEVNULL
        )
        seconds = time.monotonic() - start
        spent = cpu_s(self.a.process.pid) - before
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        report("publish_batch", self.records / seconds, "records/s",
               f"{self.records} records of 600 bytes, commune publish --ndjson, all checked before the first is sent, "
               "durable, views on")
        report("publish_batch_cpu", spent, "s", "of the daemon, for all of them")
        report("publish_batch_cpu_command", after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime, "s",
               "of the command: JSON, checks, rows of the answer")

    def batch_publish_rpc(self):
        """As a program does it: batches of 1,000 over the control socket, made before."""
        lone = nodes.Node(self.folder, "lone")
        lone.init()
        lone.start()
        payloads = [workload.payload(i, 3) for i in range(self.records)]
        asks = [
            minimsgpack.encode([0, n, "publish", [{
                "dry_run": False, "kind": "practice", "records": payloads[at : at + BATCH], "wait": 0}]])
            for n, at in enumerate(range(0, len(payloads), BATCH))
        ]
        before = cpu_s(lone.process.pid)
        begun = time.monotonic()
        seconds = pipeline(lone, asks)
        report("publish_batch_rpc", len(payloads) / seconds, "records/s",
               f"{len(payloads)} records of 600 bytes in batches of {BATCH} over the control socket, 8 under way, durable, "
               "views on")
        report("publish_batch_rpc_cpu", cpu_s(lone.process.pid) - before, "s", "of the daemon, until all are acknowledged")
        wait_indexed(lone)
        report("publish_batch_rpc_indexed", len(payloads) / (time.monotonic() - begun), "records/s",
               "until views hold the last of them too")
        lone.stop()
        shutil.rmtree(lone.home)

    def catch_up(self, name, conditions, records):
        """The reader starts with none of the records and is timed until it can show the newest; then until it has indexed
        them too."""
        author, node = self.a, self.b
        wait_indexed(author)
        os.sync()  # what was written to prepare this is not what is measured
        target = author.status()["arrivals"]
        last = author.call("watch", {"from": target, "limit": 1})["rows"][-1]["ref"]
        cpu, wire = cpu_s(author.process.pid), peer_bytes(author)
        start = time.monotonic()
        self.start(node)
        ready = time.monotonic()
        control = node.control()
        rss = rss_sender = 0
        while control.call("status")["arrivals"] < target:
            rss = max(rss, memory_kib(node.process.pid, "RssAnon"))
            rss_sender = max(rss_sender, memory_kib(author.process.pid, "RssAnon"))
            time.sleep(0.004)
        control.call("show", {"ref": last})
        seconds = time.monotonic() - start
        spent, received = cpu_s(author.process.pid) - cpu, cpu_s(node.process.pid)
        report(name, records / seconds, "records/s", conditions + f", from the start of its process; it was ready after {(ready - start) * 1e3:.0f} ms")
        report(name + "_cpu", spent + received, "s", "sender and receiver together, until the last record can be shown")
        report(name + "_cpu_sender", spent, "s", "until then")
        report(name + "_cpu_receiver", received, "s", "until then, indexing of the moment included")
        wire = peer_bytes(author) - wire
        while (now := control.call("status"))["indexed"] < now["arrivals"]:
            rss = max(rss, memory_kib(node.process.pid, "RssAnon"))
            time.sleep(0.01)
        report(name + "_indexed", records / (time.monotonic() - start), "records/s", "until views hold the last of them too")
        report(name + "_cpu_indexed", cpu_s(node.process.pid), "s", "of the receiver, with all of its indexing")
        report(name + "_rss_sender", rss_sender / 1024, "MiB", "sender beyond the map, at most")
        report(name + "_rss", rss / 1024, "MiB", "receiver beyond the map, at most")
        control.close()
        return wire

    def peer_bytes(self):
        return peer_bytes(self.a)

    def bulk(self):
        wire = self.catch_up("bulk_1_author", f"{self.records} records of 1 author into an empty node, verified, durable, "
                             "readable by show", self.records)
        report("bulk_wire", wire / self.records, "bytes/record", "both directions, of bulk_1_author")
        shown = self.b.call("list", {"kind": "practice", "limit": 1})
        assert shown["rows"], "a record can be read"
        total = self.records
        report("disk_truth", file_bytes(os.path.join(self.b.home, "truth")) / total, "bytes/record", "receiver")
        report("disk_views", file_bytes(os.path.join(self.b.home, "views")) / total, "bytes/record", "receiver")

    def live(self):
        """One by one. Readable at the other: `show` waits there, or is asked again and again; in its views: `watch` is told.
        Acknowledged by their own node: by themselves, when nobody asks, and when nobody else is there. Beside it what the
        machine needs for the same commits and ways, before and after."""
        wait_indexed(self.b)
        os.sync()  # what the bulk before left to be written is not what is measured
        pub, sub = self.a.control(), self.b.control()
        bare, shown, polled = [], [], []
        for _ in range(LIVE // TURN):  # in turns, as what else runs on the machine changes from second to second
            bare += [float(line) for line in run_bare("floor_live", self.folder, str(TURN))]
            shown += self.live_shown(pub, sub)
            polled += self.live_polled(pub, sub)
        for name, times, conditions in (
            ("floor_live", bare, f"{LIVE} records one by one in turns with live: a commit and an fdatasync here, over TCP, a "
             "commit there, three processes and nothing else"),
            ("live", shown, f"{LIVE} records one by one, durable on both, from the request to publish until the other's show, "
             "which waits for it, has it"),
            ("live_polled", polled, "the same, show is asked again every 0.1 ms"),
        ):
            report(name + "_p50", statistics.median(times), "ms", conditions)
            report(name + "_p99", percentile(times, 99), "ms", "the same")
        watched = []
        arrival = sub.call("status")["arrivals"]
        for i in range(LIVE):
            sub.send("watch", {"from": arrival + 1, "limit": 1, "wait_ms": 10000})
            start = time.monotonic()
            pub.call("publish", one_record(i, 7))
            _, error, result = sub.take()
            watched.append((time.monotonic() - start) * 1e3)
            assert error is None and result["rows"], result
            arrival = result["rows"][-1]["arrival"]
        report("live_watch_p50", statistics.median(watched), "ms", "the same records, in the other's views and told by watch")
        report("live_watch_p99", percentile(watched, 99), "ms", "the same")
        sub.close()
        self.publish_one(pub, "publish_one", "records one by one, acknowledged by their own node, the other takes them too")
        self.b.stop()
        self.publish_one(pub, "publish_one_alone", "the same without the other")
        pub.close()
        self.start(self.b)
        nodes.wait_equal([self.a, self.b])

    def publish_one(self, pub, name, conditions):
        asks = [minimsgpack.encode([0, 5, "publish", [one_record(i, 9)]]) for i in range(LIVE)]
        ones = []
        for ask in asks:
            start = time.monotonic()
            answer = ask_once(pub.socket, ask)
            ones.append((time.monotonic() - start) * 1e3)
            assert answer.startswith(DONE), answer
        report(name + "_p50", statistics.median(ones), "ms", f"{LIVE} {conditions}")
        report(name + "_p99", percentile(ones, 99), "ms", "the same")

    def live_asks(self, pub, author, wait_ms):
        """Requests to publish a record each, and what is asked of the other to see it."""
        size = pub.call("status")["size"]
        return [
            (minimsgpack.encode([0, 5, "publish", [one_record(i, author)]]),
             minimsgpack.encode([0, 5, "show", [{"ref": f"{self.a.code}/{size + i}", "wait_ms": wait_ms}]]))
            for i in range(TURN)
        ]

    def live_shown(self, pub, sub):
        times = []
        for ask, show in self.live_asks(pub, 8, 60000):
            sub.socket.sendall(show)
            start = time.monotonic()
            pub.socket.sendall(ask)
            shown = sub.socket.recv(1 << 16)
            times.append((time.monotonic() - start) * 1e3)
            _, error, _ = pub.take()
            assert error is None and shown.startswith(DONE), (error, shown)
        return times

    def live_polled(self, pub, sub):
        times = []
        for ask, show in self.live_asks(pub, 10, 0):
            start = time.monotonic()
            pub.socket.sendall(ask)
            while not ask_once(sub.socket, show).startswith(DONE):
                time.sleep(1e-4)  # who asks without a pause takes a core that the two nodes need
            times.append((time.monotonic() - start) * 1e3)
            _, error, _ = pub.take()
            assert error is None, error
        return times

    def set_peer(self, address):
        path = os.path.join(self.b.home, "config")
        with open(path) as f:
            lines = [line for line in f if not line.startswith(("peer", "listen"))]
        with open(path, "w") as f:
            f.writelines(lines + [f"listen = 127.0.0.1:{self.b_port}\n", f"peer = {address}\n"])

    def start_and_idle(self):
        times = []
        if self.b.process:
            self.b.stop()
        for _ in range(5):
            begin = time.monotonic()
            self.b.start()
            self.b.call("list", {"kind": "practice", "limit": 1})
            times.append((time.monotonic() - begin) * 1e3)
            if len(times) < 5:
                self.b.stop()
        report("start_ms", statistics.median(times), "ms", f"process start to a record read, {self.records} records")
        pid = self.b.process.pid
        before = cpu_s(pid)
        time.sleep(20)
        report("idle_rss", memory_kib(pid, "RssAnon") / 1024, "MiB", "beyond the page cache")
        report("idle_cpu", (cpu_s(pid) - before) * 3, "s/minute", "over 20 s")
        self.b.stop()

    def fill(self):
        """Logs and records written by tests/bench/grow, every head signed by its author."""
        self.prepare()
        self.a.stop()
        reconnect.grow(self.a.home, self.authors, self.records)
        self.start(self.a)

    def many_authors(self):
        self.catch_up("bulk_126_authors", f"{self.records} records of {self.authors} authors", self.records)

    def changed(self):
        """Of what both hold some logs grew while b was away: by overhead alone, records packed and equal nodes taken off."""
        meeting = reconnect.Meeting(self, report)
        if not self.b.process:
            self.start(self.b)
        meeting.equal("reconnect_equal_many", f"{self.authors + 2} logs")
        for count in CHANGED:
            self.a.stop()
            _, packed = reconnect.grow(self.a.home, count, count * CHANGED_BY)
            self.start(self.a)
            wait_indexed(self.a)
            meeting.changed(f"reconnect_changed_{count}", f"{count} logs grew by {CHANGED_BY} records each", count, packed)


def wait_indexed(node):
    nodes.wait_for(lambda: (s := node.status())["indexed"] == s["arrivals"], f"the views of {node.code}")


def peer_bytes(node):
    return sum(row["bytes_out"] + row["bytes_in"] for row in node.call("peers")["rows"])


def one_record(number, author):
    return {"dry_run": False, "kind": "practice", "records": [workload.payload(number, author)], "wait": 0}


def percentile(values, percent):
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


# What the answer to request 5 begins with when it is no error.
DONE = b"\x94\x01\x05\xc0"


def ask_once(sock, ask):
    """One request and its answer, as bytes: reading them takes Python longer than the daemon needs to answer. A small answer
    is written, and so read, in one piece."""
    sock.sendall(ask)
    return sock.recv(1 << 16)


def pipeline(node, asks):
    """Seconds until all requests are answered, 8 under way. Only the heads of answers are looked for:
    [1, id, nil, ...]; reading them whole would take longer than making them."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(nodes.DEADLINE)
        sock.connect(node.ready["socket"])
        window = threading.Semaphore(8)

        def send():
            for ask in asks:
                window.acquire()
                sock.sendall(ask)

        start = time.monotonic()
        threading.Thread(target=send, daemon=True).start()
        heads = [b"\x94\x01" + minimsgpack.encode(number) + b"\xc0" for number in range(len(asks))]
        seen = b""
        while heads:
            data = sock.recv(1 << 20)
            assert data, "the daemon closed the control socket"
            seen = seen[-16:] + data
            for head in [head for head in heads[:64] if head in seen]:
                heads.remove(head)
                window.release()
        return time.monotonic() - start


def run_bare(program, folder, *args):
    """The lines that a program of bare library calls prints."""
    disk = tempfile.mkdtemp(dir=folder)
    command = [os.path.join(nodes.BUILD, "tests/bench", program), disk, *args]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    shutil.rmtree(disk)
    return out.splitlines()


def floors(folder):
    for row in map(json.loads, run_bare("floor", folder)):
        report(row["name"], row["value"], row["unit"], row["conditions"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=100000)
    parser.add_argument("--authors", type=int, default=126)
    parser.add_argument("--only", type=lambda text: text.split(","), default=PARTS, help="some of " + ", ".join(PARTS))
    parser.add_argument("--json", help="write the rows there too")
    parser.add_argument("--dir", default=None, help="a folder on the disk to measure")
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="oc-bench-", dir=args.dir or os.environ.get("TMPDIR", "/tmp"))
    begun = time.monotonic()
    benches = []
    try:
        floors(folder)
        if set(args.only) & set(PARTS[:6]):
            benches.append(Bench(folder, args.records, args.authors))
            benches[0].two(args.only)
        if args.authors and set(args.only) & set(PARTS[6:]):
            os.mkdir(os.path.join(folder, "many"))
            benches.append(Bench(os.path.join(folder, "many"), args.records, args.authors))
            benches[-1].many(args.only)
    finally:
        for bench in benches:
            for node in (bench.a, bench.b):
                if node.process:
                    node.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if args.json:
        with open(args.json, "w") as f:
            f.writelines(json.dumps(row) + "\n" for row in RESULTS)
    width = max(len(row["name"]) for row in RESULTS)
    print(f"\n{'':<{width}}  {'value':>14}  {'unit':<13} {'target':>12} {'value/target':>13} {'value/floor':>12}")
    for row in RESULTS:
        target = f"{row['target']:,.3f}" if "target" in row else ""
        print(f"{row['name']:<{width}}  {row['value']:>14,.3f}  {row['unit']:<13} {target:>12} "
              f"{row.get('of_target', ''):>13} {row.get('of_floor', ''):>12}  {row['conditions']}")
    print(f"{time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
