/* TCP: listeners, connections and dials as the core asks for them. Knows bytes and addresses,
 * nothing of what is said. Every event becomes one input of the core. */
#ifndef DAEMON_NET_H
#define DAEMON_NET_H

#include <uv.h>

#include "proto/core.h"

struct loop;
struct net;

struct net *net_new(struct loop *loop);
/* Binds and listens on ADDR:PORT, with ADDR a literal IPv4 or [IPv6]; connections wait until the
 * loop runs. */
enum err net_listen(struct net *net, const char *where, struct why *why);
/* The port resolved; false past the last listener. is_wildcard: it listens on every address of its
 * family. */
bool net_listener(
    const struct net *net, unsigned position, char out[static CORE_ADDRESS_MAX], bool *is_wildcard);

/* Takes data. */
void net_send(struct net *net, uint64_t conn, struct writer *data);
/* Once what was sent is written, or after a while when the other side does not read. */
void net_close(struct net *net, uint64_t conn);
void net_pause(struct net *net, uint64_t conn);
void net_resume(struct net *net, uint64_t conn);
/* Ends with core_connected or core_dial_failed. where: host:port. */
void net_dial(struct net *net, uint64_t dial, const char *where);

/* Closes everything; handles close on the loop. */
void net_stop(struct net *net);
void net_free(struct net *net);

#endif
