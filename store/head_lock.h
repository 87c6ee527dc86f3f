/* The file head.lock: read once at start, one slot written and synced for each signed head. What it
 * means is decided in proto/listen.h. */
#ifndef STORE_HEAD_LOCK_H
#define STORE_HEAD_LOCK_H

#include "proto/signing.h"

struct head_lock {
	int fd; /* -1: there is no file, or it is only read */
	struct listen_here here;
	struct writer file; /* its content */
};

/* A missing file is no error: its logs are just never signed. */
enum err head_lock_open(struct head_lock *lock, const char *home, const char *machine_id_path,
    const char *boot_id_path, bool is_writing, struct why *why);
void head_lock_close(struct head_lock *lock);
void head_lock_find(const struct head_lock *lock, const struct key *log, struct listen_lock *out);
/* Durable when it returns. ERR_COMMIT when the write failed; what signing_judge refuses is not written. */
enum err head_lock_write(struct head_lock *lock, const struct signing *asked, struct why *why);
/* Only in memory: another process has written it. */
enum err head_lock_follow(struct head_lock *lock, const struct signing *asked, struct why *why);

#endif
