/* The methods of the control socket, one table. Each is in control_*.c by what it is about. */
#ifndef DAEMON_METHODS_H
#define DAEMON_METHODS_H

#include "daemon/control.h"

extern const struct method methods[];

/* control_status.c */
void method_status(struct call *call);
void method_id(struct call *call);
void method_peers(struct call *call);
void method_peer_add(struct call *call);
void method_stop(struct call *call);

/* control_roster.c */
void method_invite(struct call *call);
void method_roster_list(struct call *call);
void method_roster_pending(struct call *call);

/* control_entry.c: what coordinators decide */
void method_roster_admit(struct call *call);
void method_roster_remove(struct call *call);

/* control_rotate.c */
void method_roster_rotate(struct call *call);
void method_roster_name_branch(struct call *call);
/* The newest entry about the branches of this log, or NULL. */
struct roster;
struct ruling;
const struct ruling *branch_named(const struct roster *roster, const struct key *log);

/* control_approve.c */
void method_roster_approve(struct call *call);

/* control_log.c */
void method_log_list(struct call *call);
void method_log_close(struct call *call);

/* control_publish.c */
void method_publish(struct call *call);

/* control_query.c; method_query is whatever the store answers by the method's name; method_view_query answers from the
 * views, in which all is that was acknowledged before the call, unless it is many. */
void method_query(struct call *call);
void method_show(struct call *call);
void method_view_query(struct call *call);
void method_watch(struct call *call);
void method_wait(struct call *call);

#endif
