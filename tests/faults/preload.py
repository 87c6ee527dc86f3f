"""Nodes of the end-to-end harness with one of the libraries of this folder in front of them, and the file that a library
and its test share."""
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
