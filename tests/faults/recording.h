/* What record.c writes and images.c reads: one file, mapped by both, that holds in order what a process did to the files of
 * a home. `tail` is how far it is filled: whoever stands outside reads it to say "by now". */
#ifndef TESTS_FAULTS_RECORDING_H
#define TESTS_FAULTS_RECORDING_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#define RECORDING_CAPACITY ((uint64_t)1 << 31)
#define RECORDING_MAGIC 0x6f6372656331u

struct recording {
	uint64_t magic;
	_Atomic uint64_t tail; /* offset of the next event */
	_Atomic uint32_t busy; /* something is being done that is not told yet: no moment to kill */
	uint32_t has_mutex;
	pthread_mutex_t mutex; /* shared by all processes that record */
};

#define RECORDING_START 4096

enum event_type {
	EVENT_OPEN = 1,	  /* path names inode */
	EVENT_CREATE,	  /* the same, and it was not there before */
	EVENT_WRITE,	  /* data at offset */
	EVENT_WRITE_SYNC, /* the same, durable by itself (O_DSYNC) when it is done */
	EVENT_TRUNCATE,	  /* size: offset */
	EVENT_SYNC_BEGIN, /* of a file */
	EVENT_SYNC_END,	  /* offset: where its BEGIN stands */
	EVENT_FOLDER_BEGIN,
	EVENT_FOLDER_END,
	EVENT_RENAME, /* path to path2 */
	EVENT_UNLINK,
	EVENT_MKDIR,
	EVENT_RMDIR,
};

/* Followed by path, path2 (both with their zero) and data; the next event begins at a multiple of 8. */
struct event {
	uint32_t type;
	uint32_t path_size;
	uint32_t path2_size;
	uint32_t data_size;
	uint64_t inode;
	uint64_t offset;
};

static inline uint64_t event_size(const struct event *e)
{
	uint64_t size = sizeof(*e) + e->path_size + e->path2_size + e->data_size;

	return (size + 7) & ~(uint64_t)7;
}

#endif
