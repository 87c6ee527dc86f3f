/* The file by which a home moves: config, keys and what head.lock says, but not the database, which
 * the new home fetches from its peers.
 *
 *     8 "ocmove1\n" ‖ u64 size ‖ map of that size ‖ SHA-256 of everything before
 *
 * The map is {"files": [[name, content]…], "locks": [slot of head.lock…]}. Without the hash at its
 * end the file is worth nothing: `move` writes it when the old home can no longer sign. */
#ifndef CLI_MOVED_HOME_H
#define CLI_MOVED_HOME_H

#include "proto/listen.h"
#include "proto/mp.h"

#define MOVED_FILES_MAX 8
#define MOVED_LOCKS_MAX 2
#define MOVED_SIZE_MAX (1024u * 1024)

struct moved_home {
	unsigned file_count;
	struct {
		char name[48];
		struct bytes content;
	} files[MOVED_FILES_MAX];
	unsigned lock_count;
	struct listen_slot locks[MOVED_LOCKS_MAX];
};

/* Without the hash. */
void moved_home_encode(struct writer *w, const struct moved_home *m);
/* Appends it. */
void moved_home_finish(struct writer *w);
/* Borrows from in. is_finished: the hash is there and fits. ERR_FORMAT, ERR_HASH for a wrong one. */
enum err moved_home_decode(struct moved_home *m, bool *is_finished, struct bytes in);

#endif
