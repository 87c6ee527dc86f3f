"""A forwarder on loopback that counts what two nodes say to each other: TCP payload, both directions together.

It decides nothing about the bytes. `cut` ends the connections, `hold` also refuses new ones until `release`.
"""
import select
import socket
import threading
import time


class Proxy:
    def __init__(self, host):
        self.host, self.target = host, None
        self.lock = threading.Lock()
        self.pairs, self.counted, self.connections, self.last = [], 0, 0, time.monotonic()
        self.listener = socket.create_server((host, 0))
        self.port = self.listener.getsockname()[1]
        self.wake = socket.socketpair()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.is_over = self.is_held = False
        self.thread.start()

    def _run(self):
        while not self.is_over:
            with self.lock:
                ways = {a: b for pair in self.pairs for a, b in (pair, pair[::-1])}
            ready = select.select([*ways, self.listener, self.wake[1]], [], [])[0]
            for sock in ready:
                if sock is self.wake[1]:
                    sock.recv(100)
                elif sock is self.listener:
                    self._accept()
                else:
                    self._forward(sock, ways[sock])

    def _accept(self):
        with self.lock:
            near = self.listener.accept()[0]
            if self.is_held:
                near.close()
                return
            far = socket.create_connection(self.target)
            for sock in (near, far):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.pairs.append((near, far))
            self.connections += 1

    def _forward(self, sock, other):
        try:
            data = sock.recv(1 << 16)
            if data:
                other.sendall(data)
        except OSError:
            data = b""
        with self.lock:
            self.counted += len(data)
            self.last = time.monotonic()
            if not data:
                self._drop(sock)

    def _drop(self, sock):
        for pair in [pair for pair in self.pairs if sock in pair]:
            self.pairs.remove(pair)
            for end in pair:
                end.close()

    def _changed(self):
        self.wake[0].send(b"x")

    def cut(self):
        """Ends every connection and counts from zero."""
        with self.lock:
            for near, _ in list(self.pairs):
                self._drop(near)
            self.counted, self.connections = 0, 0
        self._changed()

    def hold(self):
        self.is_held = True
        self.cut()

    def release(self):
        self.is_held = False

    def is_quiet(self, seconds):
        """Whether one connection stands and nothing was said on it for so long."""
        with self.lock:
            return len(self.pairs) == 1 and time.monotonic() - self.last > seconds

    def close(self):
        self.is_over = True
        self._changed()
        self.thread.join()
        for sock in [self.listener, *self.wake, *(end for pair in self.pairs for end in pair)]:
            sock.close()
