"""Homes that `commune` does not make yet, written by hand: a network of several coordinators, one of them its keeper."""
import os
import time
from base64 import b64encode

import minimsgpack
from minicrypto import ed25519_public, ed25519_sign, sha256, x25519_public
from minirecord import LOG_OPEN_LINE, Record
from miniroster import approval_message

ZERO = bytes(32)


class Hand:
    """One member's keys."""

    def __init__(self, code):
        self.code = code
        self.seeds = {name: os.urandom(32) for name in ("member", "log", "transport", "cosigner", "roster")}

    def public(self, name):
        derive = x25519_public if name == "transport" else ed25519_public
        return derive(self.seeds[name])

    def as_coordinator(self):
        return {
            "code": self.code, "cosigner_key": self.public("cosigner"), "kind": "coordinator",
            "member_key": self.public("member"), "names": {"fr": self.code}
        }

    def approve(self, network, version, entry):
        return [self.public("member"), ed25519_sign(self.seeds["member"], approval_message(network, version, entry))]

    def log_open(self, network):
        fields = {
            "key": self.public("log"), "member": self.code, "member_key": self.public("member"), "network": network,
            "number": 1, "previous": [], "transport": self.public("transport")
        }
        message = LOG_OPEN_LINE + minimsgpack.encode(fields)
        return minimsgpack.encode({**fields, "certificate": ed25519_sign(self.seeds["member"], message)})


def network_of(hands, threshold):
    """The genesis of these coordinators, the first being the keeper: (network id, lines of the keeper's config)."""
    entry = {
        "charter": b"", "coordinators": [hand.as_coordinator() for hand in hands], "keeper": hands[0].public("roster"),
        "names": {"fr": "Essai"}, "nonce": os.urandom(32), "recovery": [], "threshold": threshold, "type": "genesis",
        "zone": "Africa/Casablanca"
    }
    approvals = [hand.approve(ZERO, 0, entry) for hand in hands[:threshold]]
    payload = minimsgpack.encode({"approvals": approvals, "entry": entry})
    salt, now = os.urandom(32), int(time.time() * 1000)
    record = Record.create(3, payload, time=now, salt=salt)
    lines = {
        "roster_log": hands[0].public("roster").hex(), "genesis": b64encode(payload).decode(), "genesis_salt": salt.hex(),
        "genesis_time": now
    }
    return record.header.leaf_hash(), lines


def _lock_slot(log, inode):
    """A log of head.lock that was never signed: one slot in use, one empty."""

    def identity(path):
        with open(path) as f:
            return bytes.fromhex(f.read().strip().replace("-", ""))

    try:
        machine = identity("/etc/machine-id")
    except (OSError, ValueError):
        machine = bytes(16)
    boot = identity("/proc/sys/kernel/random/boot_id")
    slot = b"oclock1\n" + (1).to_bytes(8, "big") + log + bytes(8) + ZERO + machine + boot + inode.to_bytes(8, "big")
    slot = slot.ljust(480, b"\0")
    return slot + sha256(slot) + bytes(512)


def home_write(node, hand, network, genesis=None, peers=()):
    os.makedirs(os.path.join(node.home, "keys"))
    salt, now = os.urandom(32), int(time.time() * 1000)
    lines = {
        "format": 1, "network": network.hex(), "member": hand.code, "kind": "coordinator",
        "member_key": hand.public("member").hex(), "log": hand.public("log").hex(),
        "transport_key": hand.public("transport").hex(), "log_open": b64encode(hand.log_open(network)).decode(),
        "log_open_salt": salt.hex(), "log_open_time": now, **(genesis or {}), "listen": "127.0.0.1:0"
    }
    with open(os.path.join(node.home, "config"), "w") as f:
        f.writelines(f"{name} = {value}\n" for name, value in lines.items())
        f.writelines(f"peer = {peer}\n" for peer in peers)
    names = ["member", "log", "transport", "cosigner"] + (["roster"] if genesis else [])
    for name in names:
        purpose = "log" if name == "roster" else name
        file = {"format": 1, "key": hand.public(name), "purpose": purpose, "seed": hand.seeds[name]}
        with open(os.path.join(node.home, "keys", name + ".key"), "wb") as f:
            f.write(minimsgpack.encode(file))
    with open(os.path.join(node.home, "head.lock"), "wb") as f:
        inode = os.fstat(f.fileno()).st_ino
        logs = [hand.public("log")] + ([hand.public("roster")] if genesis else [])
        f.write(b"".join(_lock_slot(log, inode) for log in logs))
