"""A member in plain Python whose records nobody checked before they were signed, and whose clock says what it is told.

For what a careful node never publishes, and what the others have to do with it. It refuses to listen: it dials the coordinator,
who passes on what it has.
"""
import time

import minimsgpack
import nodes
from minipeer import Identity, Node, Talk
from minirecord import Record
from minisession import Invite


class Unchecked:
    def __init__(self, coordinator, code, kind="commune"):
        self.code, self.coordinator = code, coordinator
        network = bytes.fromhex(coordinator.ready["network"])
        self.node = Node(network, Identity(network, code))
        invite = Invite(coordinator.row("invite", code)["invite"])
        guest = Talk.dial(self.node, invite.addresses[0], invite.token)
        guest.run(self.node.roster_head)
        guest.join(invite.token, kind, {"fr": code})
        guest.run(lambda: guest.joined)
        guest.close()
        coordinator.row("roster", "admit", code)

    def publish(self, kind, fields, claimed=None):
        """The REF of the record. kind: its number. fields: a map, or bytes as they are. claimed: ms since 1970."""
        payload = fields if isinstance(fields, bytes) else minimsgpack.encode(fields)
        index = self.node.publish([Record.create(kind, payload, claimed or int(time.time() * 1000))])
        before = self.coordinator.status()["arrivals"]
        talk = Talk.dial(self.node, self.coordinator.ready["address"])
        talk.run(lambda: talk.served, nodes.DEADLINE)
        nodes.wait_for(lambda: self.coordinator.status()["arrivals"] > before, "a record of " + self.code)
        talk.close()
        return f"{self.code}/{index}"
