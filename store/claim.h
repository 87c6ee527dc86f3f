/* DIR/lock: held by the one process that has the home open. LMDB is silently wrong when opened
 * twice in a process, and head.lock must have one writer. */
#ifndef STORE_CLAIM_H
#define STORE_CLAIM_H

#include "proto/err.h"

/* ERR_BUSY names the process that holds it. fd: released by claim_release. */
enum err claim_take(int *fd, const char *home, struct why *why);
void claim_release(int fd);

#endif
