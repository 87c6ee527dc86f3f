/* head.lock from the outside, while no daemon holds the home: a new one, another log in it, its end.
 * What its content means is decided in proto/listen.h. */
#ifndef CLI_NEW_LOCK_H
#define CLI_NEW_LOCK_H

#include "proto/err.h"
#include "proto/listen.h"

/* Creates and syncs the head.lock of a new home for these logs, none of them ever signed.
 * ERR_EXISTS, ERR_IO. */
enum err new_lock_write(const char *path, const struct key *logs, size_t count, struct why *why);
/* The same for logs that were signed elsewhere; where it lies is filled in. */
enum err new_lock_take(
    const char *path, const struct listen_slot *slots, size_t count, struct why *why);
/* One more log, never signed, in a file that may be missing. ERR_IO. */
enum err new_lock_add(const char *path, const struct key *log, struct why *why);

/* What the file says of a log, and whether it may be signed as far as that alone can tell. A
 * missing file names no log. ERR_IO. */
enum err new_lock_judge(const char *path, const struct key *log, struct listen_lock *lock,
    struct core_lock *verdict, struct why *why, struct why *reason);
/* Marks these logs as moved, durably. Those that the file does not name are passed over. */
enum err new_lock_move(const char *path, const struct key *logs, size_t count, struct why *why);

#endif
