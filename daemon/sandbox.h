/* What is left to a process of the daemon once it has what it needs. The node reads peers' bytes: it keeps its database, its
 * sockets, the member key's file (sealed or not, only a coordinator's decisions open it) and what resolving a name and
 * telling the date take; log keys, transport keys and head.lock are gone from its sight, and so is every program. The
 * signer keeps its socket and head.lock. */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include "proto/err.h"

#define SANDBOX_GAP_SIZE 200
/* The alarm, %s being the gap. */
#define SANDBOX_ALARM "this node runs with more power than it should: %s"

/* Built for a sanitizer or for coverage, whose runtimes need files and calls of their own: nothing is taken away. */
#ifdef WITHOUT_SANDBOX
#define SANDBOX_IS_BUILT 0
#else
#define SANDBOX_IS_BUILT 1
#endif

/* Before the first thread. passphrase: "" without. gap: what this kernel could not take away, "" for nothing: the node runs
 * all the same, and says so. */
void sandbox_node(const char *home, const char *passphrase, char gap[static SANDBOX_GAP_SIZE]);
void sandbox_signer(char gap[static SANDBOX_GAP_SIZE]);

#endif
