#!/usr/bin/env python3
"""The systemd unit under systemd itself: a system of its own is started in namespaces over a throwaway copy of this one, the
commands of the unit's first comment are typed there, and the service is started, asked, killed and stopped. Wants root and
the right to mount, as a virtual machine has."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNIT = os.path.join(ROOT, "deploy/systemd/communed.service")
HOME = "/var/lib/communed/home"
MEMBER = "--member coordination --kind coordinator --name fr=Coordination"

# What a container gives to its first process: /dev of its own, /sys to read, the tree below overlaid by memory.
BOOT = r"""
set -e
mount --make-rprivate /
mount -t tmpfs none $T
mkdir $T/up $T/work $T/root
mount -t overlay overlay -o lowerdir=/,upperdir=$T/up,workdir=$T/work $T/root
cd $T/root
mount -t proc proc proc
mount --rbind /sys sys
mount -o remount,bind,ro sys
mount -t tmpfs none run
mount -t tmpfs -o mode=755 none dev
for n in 'null 3' 'zero 5' 'full 7' 'random 8' 'urandom 9'; do mknod -m 666 dev/${n% *} c 1 ${n#* }; done
mknod -m 666 dev/tty c 5 0
mkdir dev/pts dev/shm dev/mqueue dev/hugepages
mount -t devpts devpts dev/pts
mount -t tmpfs -o mode=1777 none dev/shm
mount -t mqueue mqueue dev/mqueue
ln -s pts/ptmx dev/ptmx
mkdir -p srv/source
mount --bind "$SOURCE" srv/source
ip link set lo up
mkdir -p old
pivot_root . old
umount -l /old
exec env container=$NAME /lib/systemd/systemd --system --unit=basic.target --log-target=journal
"""


class Unit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="unit-")
        cls.boot = subprocess.Popen(
            ["unshare", "--kill-child", "--mount", "--pid", "--fork", "--cgroup", "--uts", "--ipc", "--net", "bash", "-c", BOOT],
            env={**os.environ, "T": cls.folder, "SOURCE": ROOT, "NAME": "communed-test"}, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        cls.first = None
        until = time.monotonic() + 60
        while time.monotonic() < until and cls.boot.poll() is None:
            cls.first = cls.first or cls.child()
            if cls.first and cls.run_there("test -S /run/systemd/private && systemctl is-active basic.target").returncode == 0:
                return
            time.sleep(0.3)
        cls.tearDownClass()
        raise RuntimeError(f"systemd did not start: {cls.boot.stderr.read()}")

    @classmethod
    def tearDownClass(cls):
        if cls.boot.poll() is None:
            os.killpg(cls.boot.pid, signal.SIGKILL)
        cls.boot.wait()
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def child(cls):
        """systemd, as it is called here: the child of unshare."""
        with open(f"/proc/{cls.boot.pid}/task/{cls.boot.pid}/children") as f:
            pids = f.read().split()
        return int(pids[0]) if pids else None

    @classmethod
    def run_there(cls, command):
        return subprocess.run(["nsenter", "-t", str(cls.first), "-m", "-p", "-u", "-i", "-n", "-C", "bash", "-c", command],
                              capture_output=True, text=True, timeout=120)

    def there(self, command):
        done = self.run_there(command)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def refused(self, command, words):
        done = self.run_there(command)
        self.assertNotEqual(done.returncode, 0, command)
        self.assertIn(words, done.stderr)

    def commune(self, rest, user="communed"):
        return f"runuser -u {user} -- commune --home {HOME} {rest}"

    def main_pid(self):
        return self.there("systemctl show -p MainPID --value communed").strip()

    def test_service(self):
        with open(UNIT) as f:
            typed = re.findall(r"^#     (.*)", f.read(), re.M)
        self.assertGreater(len(typed), 3)
        self.there("cd /srv/source && make -s install")
        for command in typed:
            # Who founds a network needs no invite.
            founding = re.sub(r" join .*", f" init --network remacto {MEMBER} --no-passphrase", command)
            self.there(f"cd /srv/source && {founding}")
        self.assertIn("active (running)", self.there("systemctl status communed"))
        self.there(self.commune("publish practice --set title.fr=Guichet"))

        self.there("useradd officer && usermod -aG communed officer && useradd stranger")
        self.assertIn("Guichet", self.there(self.commune("list practice", "officer")))
        self.refused(self.commune("publish practice --set title.fr=Non", "officer"), "only the owner of the home may write")
        self.refused(self.commune("list practice", "stranger"), "no permission")

        killed = self.main_pid()
        self.there(f"kill -9 {killed}")
        self.there(f"for i in $(seq 100); do systemctl is-active -q communed && break; sleep 0.2; done; systemctl is-active communed")
        self.assertNotEqual(self.main_pid(), killed)
        self.assertIn("Guichet", self.there(self.commune("list practice")))
        self.assertNotIn('"error"', self.there(self.commune("status --json")))
        self.there("systemctl stop communed")
        self.assertIn("Deactivated successfully", self.there("journalctl -u communed --no-pager"))


if __name__ == "__main__":
    sys.exit(unittest.main())
