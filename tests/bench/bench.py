#!/usr/bin/env python3
"""Figures of a node beside the floors of the machine, from one run: two real daemons, a real disk, views on.

    bench.py [--records N] [--authors N] [--json FILE]

Prints one JSON object a line, {"name","value","unit","conditions"}, and a table at the end. It judges nothing: machines
are shared and noisy, what counts is a ratio within one run."""
import argparse
import json
import os
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
import workload  # noqa: E402

BATCH = 1000
LIVE = 500
RESULTS = []


def report(name, value, unit, conditions):
    row = {"name": name, "value": round(value, 3), "unit": unit, "conditions": conditions}
    RESULTS.append(row)
    print(json.dumps(row), flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def file_bytes(path):
    return sum(os.stat(os.path.join(d, f)).st_blocks * 512 for d, _, names in os.walk(path) for f in names)


def cpu_s(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_kib(pid, field):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    return 0


class Proxy:
    """Forwards one port to another and counts what passes, both ways."""

    def __init__(self, target):
        self.target = target
        self.bytes = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            for a, b in ((near, far), (far, near)):
                a.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    def pump(self, source, sink):
        try:
            while data := source.recv(1 << 16):
                self.bytes += len(data)
                sink.sendall(data)
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


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

    def batch_publish(self):
        """As a member does it: one file, one command."""
        path = os.path.join(self.folder, "records.ndjson")
        with open(path, "w", encoding="utf-8") as f:
            for i in range(self.records):
                f.write(json.dumps(minimsgpack.decode(workload.payload(i)), ensure_ascii=False) + "\n")
        before = cpu_s(self.a.process.pid)
        start = time.monotonic()
        subprocess.run(
            [nodes.COMMUNE, "publish", "practice", "--ndjson", path, "--json", "--yes", "--home", self.a.home],
            check=True, stdout=subprocess.DEVNULL
        )
        seconds = time.monotonic() - start
        report("publish_batch", self.records / seconds, "records/s",
               f"{self.records} records of 600 bytes, commune publish --ndjson, checked twice, durable, views on")
        report("publish_batch_cpu", cpu_s(self.a.process.pid) - before, "s", "of the daemon, for all of them")

    def catch_up(self, name, conditions, records):
        """b starts with none of the records and is timed from its start until it can show the newest."""
        target = self.a.status()
        nodes.wait_for(lambda: self.a.status()["indexed"] == self.a.status()["arrivals"], "the author's views")
        cpu_a = cpu_s(self.a.process.pid)
        before = self.peer_bytes()
        self.start(self.b)
        control, author = self.b.control(), self.a.control()
        start = time.monotonic()
        while True:
            now = control.call("status")
            # The receiver's own announcement may follow: what counts is all that the author held.
            if now["arrivals"] >= target["arrivals"] and now["indexed"] == now["arrivals"]:
                if author.call("status")["digest"] == now["digest"]:
                    break
            time.sleep(0.002)
        seconds = time.monotonic() - start
        control.close()
        author.close()
        report(name, records / seconds, "records/s", conditions)
        report(name + "_cpu", cpu_s(self.a.process.pid) - cpu_a + cpu_s(self.b.process.pid), "s",
               "sender and receiver together")
        report(name + "_rss", memory_kib(self.b.process.pid, "RssAnon") / 1024, "MiB", "receiver beyond the map")
        return self.peer_bytes() - before

    def peer_bytes(self):
        rows = self.a.call("peers")["rows"]
        return sum(row["bytes_out"] + row["bytes_in"] for row in rows)

    def bulk(self):
        wire = self.catch_up("bulk_1_author", f"{self.records} records of 1 author into an empty node, verified, "
                             "durable, indexed", self.records)
        report("bulk_wire", wire / self.records, "bytes/record", "both directions, of bulk_1_author")
        shown = self.b.call("list", {"kind": "practice", "limit": 1})
        assert shown["rows"], "a record can be read"
        total = self.records
        report("disk_truth", file_bytes(os.path.join(self.b.home, "truth")) / total, "bytes/record", "receiver")
        report("disk_views", file_bytes(os.path.join(self.b.home, "views")) / total, "bytes/record", "receiver")

    def live(self):
        pub, sub = self.a.control(), self.b.control()
        times, ones = [], []
        arrival = sub.call("status")["arrivals"]
        for i in range(LIVE):
            sub.send("watch", {"from": arrival + 1, "limit": 1, "wait_ms": 10000})
            start = time.monotonic()
            pub.call("publish", {"dry_run": False, "kind": "practice", "records": [workload.payload(i, 7)], "wait": 0})
            ones.append((time.monotonic() - start) * 1e3)
            _, error, result = sub.take()
            times.append((time.monotonic() - start) * 1e3)
            assert error is None and result["rows"], result
            arrival = result["rows"][-1]["arrival"]
        pub.close()
        sub.close()
        times.sort()
        conditions = f"{LIVE} records one by one, durable on both, readable at the other"
        report("live_p50", times[len(times) // 2], "ms", conditions)
        report("live_p99", times[int(len(times) * 0.99)], "ms", conditions)
        report("publish_one_p50", statistics.median(ones), "ms", "the same records, acknowledged by their own node")

    def reconnect(self, name, conditions):
        """b, equal, comes back through a counting proxy."""
        key = self.a.ready["address"].split("@")[0]
        nodes.wait_equal([self.a, self.b])
        self.b.stop()
        sizes, times = [], []
        for _ in range(5):
            proxy = Proxy(self.port)
            self.set_peer(f"{key}@127.0.0.1:{proxy.port}")
            self.start(self.b)
            start = time.monotonic()
            control = self.b.control()
            nodes.wait_for(lambda: control.call("status")["sessions"] >= 1, "a session")
            times.append((time.monotonic() - start) * 1e3)
            control.close()
            time.sleep(0.2)
            sizes.append(proxy.bytes)
            self.b.stop()
            proxy.listener.close()
        report(name + "_bytes", statistics.median(sizes), "bytes", conditions)
        report(name + "_ms", statistics.median(times), "ms", "from the ready line to a session, polled")

    def set_peer(self, address):
        path = os.path.join(self.b.home, "config")
        with open(path) as f:
            lines = [line for line in f if not line.startswith(("peer", "listen"))]
        with open(path, "w") as f:
            f.writelines(lines + [f"listen = 127.0.0.1:{self.b_port}\n", f"peer = {address}\n"])

    def reconnect_changed(self, count):
        key = self.a.ready["address"].split("@")[0]
        size = sum(len(workload.payload(i, 9)) for i in range(count))
        self.publish(self.a, [workload.payload(i, 9) for i in range(count)])
        proxy = Proxy(self.port)
        self.set_peer(f"{key}@127.0.0.1:{proxy.port}")
        self.start(self.b)
        nodes.wait_equal([self.a, self.b])
        time.sleep(1)
        report("reconnect_changed_bytes", proxy.bytes, "bytes",
               f"1 log grew by {count} records of {size} bytes, in all")
        self.b.stop()
        proxy.listener.close()

    def start_and_idle(self):
        times = []
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

    def many_authors(self):
        """Each author has a home and publishes its share; then b comes back."""
        share = self.records // self.authors
        for n in range(self.authors):
            author = nodes.Node(self.folder, f"c{n}")
            author.join(self.a)
            self.publish(author, [workload.payload(i, n + 10) for i in range(share)])
            nodes.wait_equal([self.a, author])
            author.stop()
            shutil.rmtree(author.home)
        self.catch_up("bulk_126_authors", f"{share * self.authors} records of {self.authors} authors", share * self.authors)


def floors(folder):
    binary = os.path.join(nodes.BUILD, "tests/bench/floor")
    disk = os.path.join(folder, "floor")
    os.mkdir(disk)
    out = subprocess.run([binary, disk], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        row = json.loads(line)
        report(row["name"], row["value"], row["unit"], row["conditions"])
    shutil.rmtree(disk)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=100000)
    parser.add_argument("--authors", type=int, default=126)
    parser.add_argument("--json", help="write the rows there too")
    parser.add_argument("--dir", default=None, help="a folder on the disk to measure")
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="oc-bench-", dir=args.dir or os.environ.get("TMPDIR", "/tmp"))
    bench = Bench(folder, args.records, args.authors)
    try:
        floors(folder)
        bench.prepare()
        bench.batch_publish()
        bench.bulk()
        bench.live()
        bench.reconnect("reconnect_equal", "handshake included, both directions, 2 logs")
        bench.reconnect_changed(3)
        bench.start_and_idle()
        if args.authors:
            bench.many_authors()
    finally:
        for node in (bench.a, bench.b):
            if node.process:
                node.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if args.json:
        with open(args.json, "w") as f:
            f.writelines(json.dumps(row) + "\n" for row in RESULTS)
    width = max(len(row["name"]) for row in RESULTS)
    print()
    for row in RESULTS:
        print(f"{row['name']:<{width}}  {row['value']:>14,.3f}  {row['unit']:<13} {row['conditions']}")


if __name__ == "__main__":
    main()
