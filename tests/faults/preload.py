"""Nodes of the end-to-end harness with one of the libraries of this folder in front of them, and the file that a library
and its test share."""
import errno
import mmap
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))

from nodes import BUILD, Folder, Node  # noqa: E402

FAULTS = os.path.abspath(os.path.join(BUILD, "faults"))


def quick_folder():
    """A folder in memory where there is one: homes are made and thrown away by the thousand."""
    if "TMPDIR" not in os.environ and os.access("/dev/shm", os.W_OK | os.X_OK):
        os.environ["TMPDIR"] = "/dev/shm"
    return Folder()


class environment:
    """Variables for the processes started inside."""

    def __init__(self, **variables):
        self.variables = variables

    def __enter__(self):
        os.environ.update(self.variables)

    def __exit__(self, *_):
        for name in self.variables:
            del os.environ[name]


class Recording:
    """tests/faults/recording.h"""

    CAPACITY = 1 << 31
    MAGIC = 0x6F6372656331
    START = 4096

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as f:
            f.write(struct.pack("=QQII", self.MAGIC, self.START, 0, 0))
            f.truncate(self.CAPACITY)
        self.file = open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 4096)

    def tail(self):
        return struct.unpack_from("=Q", self.map, 8)[0]

    def is_busy(self):
        return struct.unpack_from("=I", self.map, 16)[0] != 0

    def environment(self, home, **more):
        return environment(LD_PRELOAD=os.path.join(FAULTS, "record.so"), FAULTS_RECORDING=self.path, FAULTS_HOME=home, **more)

    def close(self):
        self.map.close()
        self.file.close()


class Failing:
    """tests/faults/fail.h"""

    CLASSES = ("nothing", "read", "write", "short", "sync", "memory", "net", "name")

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as f:
            f.truncate(4096)
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 4096)

    def arm(self, kind, error, nth, lasting=False):
        """The nth call from now on, and with `lasting` all after it."""
        self.disarm()
        struct.pack_into("=IQQII", self.map, 4, getattr(errno, error), nth, 0, 0, int(lasting))
        struct.pack_into("=I", self.map, 0, self.CLASSES.index(kind))

    def disarm(self):
        struct.pack_into("=I", self.map, 0, 0)

    def fired(self):
        return struct.unpack_from("=I", self.map, 24)[0] != 0

    def calls(self):
        return struct.unpack_from("=Q", self.map, 16)[0]

    def environment(self):
        return environment(LD_PRELOAD=os.path.join(FAULTS, "fail.so"), FAULTS_FAIL=self.path)
