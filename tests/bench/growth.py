#!/usr/bin/env python3
"""How the cost of a node grows: with its records, and with its logs.

    growth.py [--records N,N,...] [--logs N,N,...] [--at-logs N] [--at-records N] [--json FILE]

Each size has two new homes: one filled through the store (tests/bench/grow.c) and indexed by its daemon, and one that
knows nothing but the network and catches up. Prints one JSON object a line, {"name","value","unit","axis","logs",
"records","ratio","expected","is_worse"}, and a table for each axis: every figure, and under it its ratio to the size
before. A figure is given for one record or one log where it grows with them, so that all should stay as they are: what
grows by more than half, or for one record by more than 30%, is marked. It ends with 0 whatever it finds: machines are
shared. All times are those of processors, but for the ones that say ms."""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
os.environ.setdefault("DEADLINE", "600")
import bench  # noqa: E402
import domain  # noqa: E402
import nodes  # noqa: E402
import reconnect  # noqa: E402
import workload  # noqa: E402

PUBLISHED = 5000
ONES = 100
STARTS = 5
# What should be the same at every size, and what is counted for one record or log because it grows with them: the ratio
# that is worse, and how much of it is too little to tell from noise.
CONSTANT, LINEAR = 1.5, 1.3


class Figure:
    def __init__(self, name, unit, expected, floor, by=""):
        self.name, self.unit, self.expected, self.floor, self.by = name, unit, expected, floor, by


def figures():
    """In the order of the table. `by`: the axis along which it grows, counted for one of it."""
    return [
        Figure("index_cpu", "us/record", LINEAR, 1),
        Figure("bulk_cpu", "us/record", LINEAR, 1),
        Figure("bulk_wire", "bytes/record", LINEAR, 1),
        Figure("bulk_peak", "MiB", CONSTANT, 8, "logs"),
        Figure("disk_truth", "bytes/record", LINEAR, 1),
        Figure("disk_views", "bytes/record", LINEAR, 1),
        Figure("publish_cpu", "us/record", LINEAR, 5),
        Figure("publish_one_cpu", "ms", CONSTANT, 0.3),
        Figure("reconnect_bytes", "bytes", CONSTANT, 64),
        Figure("reconnect_cpu", "ms", CONSTANT, 10),
        Figure("list_cpu", "ms", CONSTANT, 0.3),
        Figure("show_cpu", "ms", CONSTANT, 0.1),
        Figure("search_cpu", "ms", CONSTANT, 0.3, "records"),
        Figure("start_cpu", "ms", CONSTANT, 10, "logs"),
        Figure("start_ms", "ms", CONSTANT, 10, "logs"),
        Figure("idle_rss", "MiB", CONSTANT, 1, "logs"),
        Figure("idle_cpu", "ms", CONSTANT, 10),
    ]


class Cell:
    """One size."""

    def __init__(self, folder, logs, records):
        self.folder = os.path.join(folder, f"{logs}-{records}")
        os.mkdir(self.folder)
        self.logs, self.records = logs, records
        self.pair = bench.Bench(self.folder, records, 0)
        self.a, self.b = self.pair.a, self.pair.b
        self.total = 0
        self.values = {}

    def set(self, name, value):
        self.values[name] = value

    def run(self):
        try:
            self.fill()
            self.bulk()
            self.publish()
            self.query()
            self.reconnect()
            self.start_and_idle()
        finally:
            for node in (self.a, self.b):
                if node.process:
                    node.stop()
            shutil.rmtree(self.folder, ignore_errors=True)
        return self.values

    def fill(self):
        self.pair.prepare()
        self.a.stop()
        grow = os.path.join(nodes.BUILD, "tests/bench/grow")
        subprocess.run([grow, self.a.home, str(self.logs), str(self.records)], check=True, stdout=subprocess.DEVNULL)
        self.pair.start(self.a)
        nodes.wait_for(lambda: (s := self.a.status())["indexed"] == s["arrivals"], "the views")
        self.total = self.a.status()["arrivals"]
        self.set("index_cpu", domain.cpu_ms(self.a.process.pid, "indexer") * 1e3 / self.total)

    def cpu(self):
        """Of both, in ms."""
        return sum(task_ms(node.process.pid) for node in (self.a, self.b) if node.process)

    def bulk(self):
        digest = self.a.status()["digest"]
        before, wire = self.cpu(), self.pair.peer_bytes()
        self.pair.start(self.b)
        peak = 0
        control = self.b.control()
        while True:
            now = control.call("status")
            peak = max(peak, bench.memory_kib(self.b.process.pid, "RssAnon"))
            if now["indexed"] == now["arrivals"] and now["arrivals"] >= self.total and now["digest"] == digest:
                break
            if now["arrivals"] >= self.total and now["digest"] == self.a.status()["digest"]:
                digest = now["digest"]
            time.sleep(0.02)
        control.close()
        self.set("bulk_cpu", (self.cpu() - before) * 1e3 / self.total)
        self.set("bulk_wire", (self.pair.peer_bytes() - wire) / self.total)
        self.set("bulk_peak", peak / 1024)
        for name in ("truth", "views"):
            self.set("disk_" + name, bench.file_bytes(os.path.join(self.b.home, name)) / self.total)

    def publish(self):
        """Of author and reader together, indexed by both."""
        before = self.cpu()
        self.pair.publish(self.a, [workload.payload(i, 1) for i in range(PUBLISHED)])
        nodes.wait_equal([self.a, self.b])
        self.set("publish_cpu", (self.cpu() - before) * 1e3 / PUBLISHED)
        control = self.a.control()
        before = self.cpu()
        for i in range(ONES):
            control.call("publish", {"dry_run": False, "kind": "practice", "records": [workload.payload(i, 2)], "wait": 0})
        nodes.wait_equal([self.a, self.b])
        self.set("publish_one_cpu", (self.cpu() - before) / ONES)
        control.close()

    def query(self):
        control = self.a.control()
        control.next_id = 1 << 16
        pid = self.a.process.pid
        for name, method, params in (
            ("list_cpu", "list", {"kind": "practice", "sort": "arrival,desc", "limit": 100}),
            ("show_cpu", "show", {"ref": "commune-0/1"}),
            ("search_cpu", "search", {"words": "budget quartier", "limit": 20}),
        ):
            self.set(name, domain.page(control, pid, method, params)[1])
        control.close()

    def reconnect(self):
        """Equal nodes, through a proxy that counts; the handshake is part of it."""
        key = self.a.ready["address"].split("@")[0]
        nodes.wait_equal([self.a, self.b])
        self.b.stop()
        proxy = reconnect.Proxy(self.pair.port)
        self.pair.set_peer(f"{key}@127.0.0.1:{proxy.port}")
        self.pair.start(self.b)
        before = self.cpu()
        nodes.wait_for(lambda: self.b.status()["sessions"] >= 1, "a session")
        time.sleep(0.3)
        self.set("reconnect_cpu", self.cpu() - before)
        self.set("reconnect_bytes", proxy.bytes)
        self.b.stop()
        proxy.listener.close()

    def start_and_idle(self):
        times, spent = [], []
        for i in range(STARTS):
            begin = time.monotonic()
            self.b.start()
            self.b.call("show", {"ref": "commune-0/1"})
            times.append((time.monotonic() - begin) * 1e3)
            spent.append(task_ms(self.b.process.pid))
            if i + 1 < STARTS:
                self.b.stop()
        self.set("start_ms", min(times))
        self.set("start_cpu", statistics.median(spent))
        time.sleep(1)
        before = task_ms(self.b.process.pid)
        time.sleep(5)
        self.set("idle_cpu", (task_ms(self.b.process.pid) - before) * 12)
        self.set("idle_rss", bench.memory_kib(self.b.process.pid, "RssAnon") / 1024)


def task_ms(pid):
    """Processor time of all threads that are, finer than ticks."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            total += int(f.read().split()[0])
    return total / 1e6


def grown(figure, axis, sizes, cells):
    """Ratio of each size to the one before and whether that is worse than it should be. What may grow along the axis is
    held against the growth of the size: a part that is there at any size makes it grow by less."""
    out = [(None, False)]
    for i in range(1, len(cells)):
        old, new = cells[i - 1][figure.name], cells[i][figure.name]
        ratio = new / old if old > 0 else 1
        bound = figure.expected * (sizes[i] / sizes[i - 1] if figure.by == axis else 1)
        out.append((ratio, ratio > bound and new - old > figure.floor))
    return out


def table(axis, sizes, cells, fixed):
    print(f"\nalong {axis}, with {fixed}: * is more than it should be")
    print(f"{'':<16} {'':<13}" + "".join(f"{size:>12,}" for size in sizes))
    marks = 0
    for figure in figures():
        ratios = grown(figure, axis, sizes, cells)
        values = "".join(f"{cell[figure.name]:>12,.{0 if figure.unit == 'bytes' else 2}f}" for cell in cells)
        print(f"{figure.name:<16} {figure.unit:<13}{values}")
        told = "".join(" " * 12 if r is None else f"{'*' if bad else ''}x {r:.2f}".rjust(12) for r, bad in ratios)
        note = f"may grow with {axis}" if figure.by == axis else ""
        print(f"{'':<16} {'':<13}{told}  {note}".rstrip())
        marks += sum(bad for _, bad in ratios)
    return marks


def rows_of(axis, sizes, cells, keys):
    for figure in figures():
        for (ratio, bad), cell, (logs, records) in zip(grown(figure, axis, sizes, cells), cells, keys):
            yield {
                "name": figure.name, "value": round(cell[figure.name], 3), "unit": figure.unit, "axis": axis, "logs": logs,
                "records": records, "ratio": None if ratio is None else round(ratio, 3),
                "expected": "grows with " + axis if figure.by == axis else "stays", "is_worse": bad,
            }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    numbers = lambda text: [int(n) for n in text.split(",") if n]  # noqa: E731
    parser.add_argument("--records", type=numbers, default=[1000, 10000, 100000, 1000000])
    parser.add_argument("--logs", type=numbers, default=[1, 126, 1503, 10000])
    parser.add_argument("--at-logs", type=int, default=126, help="logs while records grow")
    parser.add_argument("--at-records", type=int, default=100000, help="records while logs grow")
    parser.add_argument("--json", help="write the rows there too")
    parser.add_argument("--dir", default=None, help="a folder on the disk to measure")
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="oc-growth-", dir=args.dir or os.environ.get("TMPDIR", "/tmp"))
    along_records = [(args.at_logs, n) for n in args.records]
    along_logs = [(n, args.at_records) for n in args.logs]
    measured, begun, rows = {}, time.monotonic(), []
    try:
        for key in along_records + along_logs:
            if key not in measured:
                start = time.monotonic()
                measured[key] = Cell(folder, *key).run()
                print(f"{key[0]} logs, {key[1]} records: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    axes = (
        ("records", args.records, along_records, f"{args.at_logs:,} logs"),
        ("logs", args.logs, along_logs, f"{args.at_records:,} records"),
    )
    for axis, sizes, keys, _ in axes:
        rows += rows_of(axis, sizes, [measured[k] for k in keys], keys)
    for row in rows:
        print(json.dumps(row))
    if args.json:
        with open(args.json, "w") as f:
            f.writelines(json.dumps(row) + "\n" for row in rows)
    marks = sum(table(axis, sizes, [measured[k] for k in keys], fixed) for axis, sizes, keys, fixed in axes if sizes)
    print(f"\n{marks} marks, {len(measured)} sizes in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
