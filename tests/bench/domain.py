#!/usr/bin/env python3
"""Figures of the queries: a daemon whose home holds a whole network, asked over its control socket.

    domain.py [--members N] [--records N] [--json FILE]

Prints one JSON object a line, {"name","value","unit","conditions"}. A page is the median of several askings after a
first one, and list_page_ms is the worst of all combinations of filters, orders and groups; --all prints each. Names that
end in _cpu are processor time of the daemon's threads that do it, queries or indexer: what they would take on a machine
that does nothing else. tests/bench/views.c measures the same without sockets."""
import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
os.environ.setdefault("DEADLINE", "600")
import nodes  # noqa: E402

REPEATS = 7
PAGE = 100
FILTERS = [
    {},
    {"kind": "commitment"},
    {"kind": "progress"},
    {"kinds": ["practice", "workshop"]},
    {"region": "03"},
    {"kind": "commitment", "region": "12", "status": "complete"},
    {"kind": "commitment", "status": "no_evidence"},
    {"kind": "progress", "status": "limited", "latest": True},
    {"theme": "gender"},
    {"kind": "practice", "theme": "integrity", "province": "05.116"},
    {"member": "commune-700"},
    {"member": "commune-700", "kind": "commitment"},
    {"since": "2025-03", "until": "2025-04"},
    {"kind": "practice", "since": "2026-10", "theme": "gender", "latest": True},
    {"about": "commune-7/1"},
]
ORDERS = [
    {},
    {"sort": "time"},
    {"sort": "time,desc"},
    {"sort": "member"},
    {"sort": "title"},
    {"sort": "title,desc", "lang": "ar"},
    {"sort": "status"},
    {"sort": "arrival,desc"},
]
GROUPS = [{"group_by": g} for g in ("member", "region", "province", "theme", "status", "kind", "year", "month")]
RESULTS = []


def report(name, value, unit, conditions):
    row = {"name": name, "value": round(value, 3), "unit": unit, "conditions": conditions}
    RESULTS.append(row)
    print(json.dumps(row), flush=True)


def timed(control, method, params):
    start = time.perf_counter()
    result = control.call(method, params)
    return (time.perf_counter() - start) * 1e3, result


def timed_bytes(control, method, params, size):
    """The same call again: its answer is as long as before, so that its last byte can be waited for without reading
    what it says. Python takes longer to decode a page than the daemon to make it."""
    start = time.perf_counter()
    control.send(method, params)
    while size > 0:
        size -= len(control.socket.recv(min(size, 1 << 20)))
    return (time.perf_counter() - start) * 1e3


def cpu_ms(pid, name="queries"):
    """Of the threads of that name; a machine that is shared makes pages slow to come, not dear to make."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/comm") as f:
            if f.read().strip() != name:
                continue
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            total += int(f.read().split()[0])
    return total / 1e6


def page(control, pid, method, params):
    """Medians of the wall time and of the processor time of one asking, in ms, and the answer."""
    number = control.send(method, params)
    _, error, result = control.take()
    assert error is None, error
    size = len(nodes.minimsgpack.encode([1, number, None, result]))
    times, spent = [], []
    for _ in range(REPEATS):
        before = cpu_ms(pid)
        times.append(timed_bytes(control, method, params, size))
        spent.append(cpu_ms(pid) - before)
    return statistics.median(times), statistics.median(spent), result


def lists(control, pid, size, is_all):
    """Every filter in every order, grouped every way and counted."""
    worst, dearest, count = (0, ""), (0, ""), 0
    for filters in FILTERS:
        for shape in ORDERS + GROUPS + [{"count": True}]:
            params = {**filters, **shape, "limit": PAGE}
            ms, cpu, _ = page(control, pid, "list", params)
            count += 1
            if is_all:
                print(f"{ms:9.3f} {cpu:9.3f}  {json.dumps(params)}", flush=True)
            worst = max(worst, (ms, json.dumps(params)))
            dearest = max(dearest, (cpu, json.dumps(params)))
    report("list_page_ms", worst[0], "ms", f"{size}; worst of {count} combinations, pages of {PAGE}: {worst[1]}")
    report("list_page_cpu", dearest[0], "ms", f"the dearest one: {dearest[1]}")


def second_pages(control, pid, size):
    """A page in the middle of a long walk."""
    cursor = None
    for _ in range(5):
        params = {"sort": "title", "limit": PAGE, **({"cursor": cursor} if cursor else {})}
        cursor = control.call("list", params)["cursor"]
    ms, cpu, _ = page(control, pid, "list", {"sort": "title", "limit": PAGE, "cursor": cursor})
    report("list_next_ms", ms, "ms", f"{size}; the sixth page of all records by title")
    report("list_next_cpu", cpu, "ms", "the same")


def shows(control, pid, size, members):
    draw = random.Random(1)
    times = []
    before = cpu_ms(pid)
    for _ in range(300):
        ref = f"commune-{draw.randrange(members)}/{draw.randrange(60)}"
        try:
            times.append(timed(control, "show", {"ref": ref})[0])
        except nodes.Refused:
            continue
    times.sort()
    report("show_ms", times[int(len(times) * 0.99)], "ms", f"{size}; 99 of 100 of {len(times)} records, cold")
    report("show_cpu", (cpu_ms(pid) - before) / len(times), "ms", "one of them")


def audit(control, pid, size, name, filters):
    total, spent, rows, pages, cursor = 0, 0, 0, 0, None
    while True:
        params = {"limit": 1000, "today": "2026-11-21", **filters, **({"cursor": cursor} if cursor else {})}
        ms, cpu, result = page(control, pid, "audit", params)
        total, spent, pages = total + ms, spent + cpu, pages + 1
        rows += len(result["rows"])
        cursor = result["cursor"]
        if not cursor:
            break
    conditions = f"{size}; all {rows} rows of {filters.get('kind', 'everything')} over the socket, in {pages} pages"
    report(f"{name}_ms", total, "ms", conditions)
    report(f"{name}_cpu", spent, "ms", "the same")


def indexing(node, size):
    shutil.rmtree(os.path.join(node.home, "views"))
    start = time.monotonic()
    node.start()
    control = node.control()
    control.next_id = 1 << 16  # numbers of the same length from here on
    read = 0
    while True:
        status = control.call("status")
        if status["indexed"] == status["arrivals"]:
            break
        # The logs stay readable meanwhile.
        assert control.call("show", {"ref": f"commune-{read % 50}/3"})["payload"]
        read += 1
        time.sleep(0.01)
    seconds = time.monotonic() - start
    report("index_rate", status["arrivals"] / seconds, "records/s",
           f"{size}; views deleted, from the start of the daemon on, {read} records shown meanwhile")
    report("index_cpu", status["arrivals"] / cpu_ms(node.process.pid, "indexer") * 1e3, "records/s",
           f"{size}; of processor time of the indexer")
    views = sum(os.stat(os.path.join(d, f)).st_blocks * 512 for d, _, names in os.walk(os.path.join(node.home, "views"))
                for f in names)
    report("domain_views", views / status["arrivals"], "bytes/record", size)
    return control


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=1500)
    parser.add_argument("--records", type=int, default=200000)
    parser.add_argument("--json", help="write the rows there too")
    parser.add_argument("--all", action="store_true", help="print every list")
    parser.add_argument("--dir", default=None, help="a folder on the disk to measure")
    args = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="oc-domain-", dir=args.dir or os.environ.get("TMPDIR", "/tmp"))
    node = nodes.Node(folder, "coord")
    size = f"{args.members} members, {args.members * 5} commitments, {args.records} records"
    try:
        node.init()
        node.start()
        node.stop()
        world = os.path.join(nodes.BUILD, "tests/bench/world")
        start = time.monotonic()
        subprocess.run([world, node.home, str(args.members), str(args.records)], check=True, stdout=subprocess.DEVNULL)
        print(f"made {size} in {time.monotonic() - start:.1f} s", file=sys.stderr, flush=True)
        control = indexing(node, size)
        pid = node.process.pid
        shows(control, pid, size, args.members)
        audit(control, pid, size, "audit_commitments", {"kind": "commitment"})
        audit(control, pid, size, "audit", {})
        second_pages(control, pid, size)
        lists(control, pid, size, args.all)
        control.close()
    finally:
        if node.process:
            node.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if args.json:
        with open(args.json, "w") as f:
            f.writelines(json.dumps(row) + "\n" for row in RESULTS)


if __name__ == "__main__":
    main()
