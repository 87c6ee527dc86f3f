/* The head.lock of a home that is being made: it names the logs that the node will sign, none of
 * them signed yet. */
#ifndef CLI_NEW_LOCK_H
#define CLI_NEW_LOCK_H

#include "proto/bytes.h"
#include "proto/err.h"

/* Creates and syncs path. ERR_EXISTS, ERR_IO. */
enum err new_lock_write(const char *path, const struct key *logs, size_t count, struct why *why);

#endif
