"""A member whose node is the second reader's, let into the network by a node of ours."""
from minipeer import Identity, Node, Talk
from minisession import Invite


def admitted(by, code):
    """Invited by this coordinator's node, asked, admitted: the member's node, which holds the roster of before."""
    network = bytes.fromhex(by.ready["network"])
    invite = Invite(by.row("invite", code)["invite"])
    member = Node(network, Identity(network, code))
    talk = Talk.dial(member, invite.addresses[0], invite.token)
    talk.run(lambda: member.roster_head())
    talk.join(invite.token, "commune", {"fr": code})
    talk.run(lambda: talk.joined)
    assert talk.joined == [["pending", ""]], talk.joined
    talk.close()
    by.row("roster", "admit", code)
    return member
