/* The disk beneath a recording: what of each file was synced, what was written since, which names are durable and which
 * are not, up to one place in the recording. It knows what a power cut may leave, and writes one such home.
 *
 * A file's content is durable up to the begin of its last finished sync. A name (made, renamed, removed) is durable when
 * its folder was synced; of names that are not, the first few survive, as a journal keeps their order. */
#ifndef TESTS_FAULTS_REPLAY_H
#define TESTS_FAULTS_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/faults/chance.h"
#include "tests/faults/recording.h"

#define REPLAY_FILES_MAX 512
#define REPLAY_NAMES_MAX 64
#define REPLAY_PATH_MAX 64

struct replay_write {
	const struct event *event;
	bool is_durable; /* by itself, though not what was written before it */
};

struct replay_file {
	uint64_t inode;
	uint8_t *data; /* durable */
	size_t size, room;
	struct replay_write *writes; /* since then, in order */
	size_t write_count, write_room;
};

struct replay_name {
	char path[REPLAY_PATH_MAX];
	int file; /* REPLAY_FOLDER: a folder */
};
#define REPLAY_FOLDER (-1)

struct replay {
	const struct recording *recording;
	uint64_t end;
	uint64_t at; /* the next event to come */
	struct replay_file files[REPLAY_FILES_MAX];
	int file_count;
	struct replay_name names[REPLAY_NAMES_MAX]; /* durable */
	int name_count;
	const struct event **renames; /* events about names that are not durable, in order */
	size_t rename_count, rename_room;
};

const struct event *replay_event(const struct replay *r, uint64_t at);
const char *event_path(const struct event *e);
const char *event_path2(const struct event *e);

/* The home as it was when the recording began, all of it durable; `snapshot` is a copy of it. */
void replay_begin(struct replay *r, const struct recording *recording, const char *snapshot);
/* All events before `at` are done. */
void replay_until(struct replay *r, uint64_t at);

/* What the process that was recorded knew files by, of those that lie in an image. */
struct replay_inodes {
	uint64_t data; /* truth/data.mdb */
	uint64_t lock; /* head.lock */
};

/* One home that a power cut could leave here, the event at r->at being under way, in `folder`. */
void replay_image(const struct replay *r, const char *folder, struct chance *chance,
    struct replay_inodes *inodes);

#endif
