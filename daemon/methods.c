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
    {"roster.approve", true, method_roster_approve},
    {"publish", true, method_publish},
    {"resolve", false, method_query},
    {"list", false, method_query},
    {"show", false, method_query},
    {"history", false, method_query},
    {"audit", false, method_query},
    {"prove", false, method_query},
    {"prove.consistency", false, method_query},
    {"verify", false, method_query},
    {"watch", false, method_watch},
    {"wait", false, method_wait},
    {NULL, false, NULL},
};
