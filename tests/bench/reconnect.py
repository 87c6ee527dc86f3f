"""What it costs two nodes to meet again: where nothing changed, and where some logs grew. Bytes are counted on the wire, by a
relay between them; what is left without the records, packed, and without what equal nodes spend is the overhead."""
import os
import socket
import statistics
import subprocess
import threading
import time

import nodes

TIMES = 9
# What equal nodes send one after another: three handshake messages, the last with HELLO, and HELLO back.
EXCHANGE = (50, 50, 270, 142)


class Proxy:
    """Forwards one port to another and counts what passes, both ways."""

    def __init__(self, target):
        self.target = target
        self.bytes = 0
        self.turns = 0  # how often the direction changed
        self.last = None
        self.began = self.ended = None  # of the first connection: accepted, last byte
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                self.began = self.began or time.monotonic()
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            for a, b in ((near, far), (far, near)):
                a.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.pump, args=(a, b, a is near), daemon=True).start()

    def pump(self, source, sink, direction):
        try:
            while data := source.recv(1 << 16):
                self.bytes += len(data)
                self.turns += self.last is not direction
                self.last = direction
                sink.sendall(data)
                self.ended = time.monotonic()
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Meeting:
    """b, which knows a, is started again and again and reaches it through a relay."""

    def __init__(self, bench, report):
        self.bench = bench
        self.report = report
        self.address = bench.a.ready["address"].split("@")[0]
        self.equal_bytes = None

    def meet(self):
        """b begins a session and both come to rest; what passed."""
        a, b = self.bench.a, self.bench.b
        proxy = Proxy(self.bench.port)
        self.bench.set_peer(f"{self.address}@127.0.0.1:{proxy.port}")
        self.bench.start(b)
        control = b.control()
        nodes.wait_for(lambda: control.call("status")["sessions"] >= 1, "a session")
        control.close()
        nodes.wait_equal([a, b])
        last = -1
        while proxy.bytes != last:  # the comparison that follows comes after a quiet while
            last = proxy.bytes
            time.sleep(1)
        b.stop()
        proxy.listener.close()
        return proxy

    def equal(self, name, conditions):
        nodes.wait_equal([self.bench.a, self.bench.b])
        self.bench.b.stop()
        self.meet()  # may have had something to tell still
        proxies = [self.meet() for _ in range(TIMES)]
        self.equal_bytes = statistics.median(proxy.bytes for proxy in proxies)
        self.report(name + "_bytes", self.equal_bytes, "bytes", conditions)
        relay = statistics.median(relay_ms() for _ in range(TIMES))
        self.report(name + "_ms", statistics.median((p.ended - p.began) * 1e3 for p in proxies), "ms",
                    f"from the connection to the last byte, through a relay that takes {relay:.1f} ms for as much by itself")

    def changed(self, name, what, count, packed):
        """After `count` logs grew by records of so many bytes, packed."""
        proxy = self.meet()
        over = proxy.bytes - self.equal_bytes - packed
        self.report(name, over / count, "bytes/log",
                    f"{what}: {proxy.bytes} bytes less {self.equal_bytes:.0f} of equal nodes less {packed} of packed records; "
                    f"{proxy.turns} turns of direction, handshake included")


def grow(home, logs, records):
    """Writes records into logs of a home whose daemon is stopped; (records, their bytes when each log's are packed)."""
    binary = os.path.join(nodes.BUILD, "tests/bench/grow")
    out = subprocess.run([binary, home, str(logs), str(records)], check=True, capture_output=True, text=True).stdout
    return tuple(int(word) for word in out.split())


def relay_ms():
    """The same sizes to and fro between two sockets that do nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = Proxy(server.getsockname()[1])
        with socket.create_connection(("127.0.0.1", proxy.port)) as near:
            far, _ = server.accept()
            with far:
                for turn, size in enumerate(EXCHANGE):
                    source, sink = (far, near) if turn % 2 else (near, far)
                    source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    source.sendall(bytes(size))
                    left = size
                    while left:
                        left -= len(sink.recv(left))
                time.sleep(0.01)
        proxy.listener.close()
        return (proxy.ended - proxy.began) * 1e3
