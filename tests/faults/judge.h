/* Opens a home that a power cut left and says what is wrong with it: records lost that were acknowledged, hashes, roots and
 * heads that do not fit, a head.lock that is ahead or forgotten, answers from views that are not what the truth says. */
#ifndef TESTS_FAULTS_JUDGE_H
#define TESTS_FAULTS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"

struct judge {
	const char *home;
	const char *boot; /* path of a boot id other than that of the recording; NULL: the same */
	struct hash network;
	struct key own; /* log key */
	const uint8_t *store_id;
	uint64_t data_inode, lock_inode; /* as they were where the home was recorded */
	const struct hash *ids;		 /* acknowledged */
	size_t id_count;
	unsigned turn; /* some things are looked at in some images only */
};

/* What is told of the home. */
struct judged {
	char text[240]; /* "" when nothing is wrong */
	bool were_views_kept;
};

void judge_home(const struct judge *j, struct judged *out);

#endif
