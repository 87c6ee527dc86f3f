/* What this member has published already, so that an import repeats nothing: by the identifier in its source, else by
 * content. Versions that a later one supersedes do not count. */
#ifndef CLI_KNOWN_RECORDS_H
#define CLI_KNOWN_RECORDS_H

#include "cli/client.h"
#include "proto/kinds.h"

struct known_record {
	struct hash key;     /* of the source's identifier, or of the content */
	struct hash content; /* of the payload without `supersedes` */
	struct hash id;	     /* leaf hash, by which a new version names it */
	bool is_used;
};

struct known_records {
	struct known_record *slots;
	size_t slot_count;
	size_t count;
	bool is_failed;
};

enum known_verdict { KNOWN_NEW, KNOWN_SAME, KNOWN_CHANGED };

/* Takes the member's own records of these kinds from the daemon, when all that it signed is indexed. The exit code. */
int known_records_load(
    struct known_records *k, struct client *c, const struct kind *const *kinds, size_t count);
/* payload is checked and has no `supersedes`. previous: of a changed one. */
enum known_verdict known_records_judge(
    const struct known_records *k, struct bytes payload, struct hash *previous);
/* Whether two payloads say the same, but for `supersedes`. */
bool known_records_are_same(struct bytes a, struct bytes b);
/* Adds a record; also one that is about to be published, so that a file that holds it twice publishes it once. */
bool known_records_add(struct known_records *k, struct bytes payload, const struct hash *id);
void known_records_release(struct known_records *k);

#endif
