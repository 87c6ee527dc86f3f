/* Who may call what. */
#include "daemon/methods.h"

const struct method methods[] = {
    {"status", false, method_status},
    {"id", false, method_id},
    {"peers", false, method_peers},
    {"peer.add", true, method_peer_add},
    {"stop", true, method_stop},
    {"invite", true, method_invite},
    {"roster.list", false, method_roster_list},
    {"roster.pending", false, method_roster_pending},
    {"roster.admit", true, method_roster_admit},
    {"roster.remove", true, method_roster_remove},
    {NULL, false, NULL},
};
