#!/usr/bin/env python3
"""Two of three coordinators decide: drafts, approvals, and the keeper's node that counts them."""
import unittest

from handmade import Hand, home_write, network_of
from nodes import Folder, Refused, wait_equal, wait_for


class Approve(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        hands = [Hand("alpha"), Hand("beta"), Hand("gamma")]
        network, genesis = network_of(hands, 2)
        self.alpha, self.beta, self.gamma = self.nodes = [self.folder.node(hand.code) for hand in hands]
        home_write(self.alpha, hands[0], network, genesis)
        self.alpha.start()
        for node, hand in (self.beta, hands[1]), (self.gamma, hands[2]):
            home_write(node, hand, network, peers=[self.alpha.ready["address"]])
            node.start()
        wait_equal(self.nodes)
        self.assertEqual(self.alpha.status()["roster_size"], 1)

    def request(self, code):
        """A commune asks to join through alpha."""
        node = self.folder.node(code)
        invite = self.alpha.row("invite", code)["invite"]
        node.commune(
            "join", invite, "--member", code, "--kind", "commune", "--name", "fr=" + code, "--no-passphrase", "--listen",
            "127.0.0.1:0"
        )
        node.start()
        wait_for(lambda: any(r["code"] == code for r in self.alpha.rows("roster", "pending")), "a request to join")
        return node

    def state(self, node, code):
        return {r["code"]: r["state"] for r in node.rows("roster", "list")}.get(code)

    def test_one_approval_is_a_draft_and_two_are_an_entry(self):
        sefrou = self.request("sefrou")
        draft = self.alpha.call("roster.admit", {"code": "sefrou"})
        self.assertEqual((draft["approvals"], draft["threshold"], draft["roster_size"]), (1, 2, 1))
        wait_equal(self.nodes)
        self.assertIsNone(self.state(self.alpha, "sefrou"))
        self.beta.row("roster", "approve", draft["draft"])
        wait_for(lambda: self.state(self.alpha, "sefrou") == "admitted", "the entry to count")
        wait_equal(self.nodes + [sefrou])
        self.assertTrue(sefrou.status()["is_admitted"])

        # And out again, proposed by one who is not the keeper.
        draft = self.beta.call("roster.remove", {"code": "sefrou", "reason": "request"})
        wait_equal(self.nodes)
        self.assertEqual(self.state(self.alpha, "sefrou"), "admitted")
        self.gamma.row("roster", "approve", draft["draft"])
        wait_for(lambda: self.state(self.beta, "sefrou") == "removed", "the removal to count")

    def test_approving_twice_is_one_approval(self):
        self.request("sefrou")
        draft = self.alpha.call("roster.admit", {"code": "sefrou"})
        self.alpha.call("roster.approve", {"ref": draft["draft"]})
        wait_equal(self.nodes)
        self.assertEqual(self.alpha.status()["roster_size"], 1)
        self.assertIsNone(self.state(self.alpha, "sefrou"))
        wait_equal([self.alpha, self.gamma])
        self.gamma.row("roster", "approve", draft["draft"])
        wait_for(lambda: self.state(self.gamma, "sefrou") == "admitted", "the entry to count")

    def test_only_drafts_are_approved_and_only_by_coordinators(self):
        sefrou = self.request("sefrou")
        with self.assertRaises(Refused) as caught:
            self.beta.call("roster.approve", {"ref": "beta/0"})
        self.assertEqual(caught.exception.error["error"], "refused")
        with self.assertRaises(Refused) as caught:
            self.beta.call("roster.approve", {"ref": "beta/99"})
        self.assertEqual(caught.exception.error["error"], "unknown")
        draft = self.alpha.call("roster.admit", {"code": "sefrou"})
        self.beta.call("wait", {"arrival": self.alpha.status()["arrivals"], "timeout_ms": 5000})
        wait_equal(self.nodes)
        self.beta.row("roster", "approve", draft["draft"])
        wait_equal(self.nodes + [sefrou])
        with self.assertRaises(Refused) as caught:
            sefrou.call("roster.approve", {"ref": draft["draft"]})
        self.assertEqual(caught.exception.error["error"], "refused")

    def test_approvals_wait_for_the_keeper_to_come_back(self):
        self.request("sefrou")
        draft = self.alpha.call("roster.admit", {"code": "sefrou"})
        wait_equal(self.nodes)
        self.assertEqual(self.alpha.stop(), 0)
        self.beta.row("roster", "approve", draft["draft"])
        self.alpha.start("--peer", self.beta.ready["address"])
        wait_for(lambda: self.state(self.alpha, "sefrou") == "admitted", "the entry to count")


if __name__ == "__main__":
    unittest.main()
