/* Logs lie in 256 buckets by the first byte of their key, sorted within: the order that the digest
 * wants is the order that look-ups use, and a change rehashes one bucket. */
#include "proto/heads.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"
#include "proto/seal.h"

void heads_init(struct heads *heads)
{
	memset(heads, 0, sizeof(*heads));
	for (size_t b = 0; b < BUCKET_COUNT; b++)
		heads->buckets[b].is_dirty = true;
	heads->is_dirty = true;
}

void heads_release(struct heads *heads)
{
	for (size_t b = 0; b < BUCKET_COUNT; b++) {
		struct bucket *bucket = &heads->buckets[b];
		for (size_t i = 0; i < bucket->count; i++)
			log_free(bucket->logs[i]);
		free(bucket->logs);
	}
	memset(heads, 0, sizeof(*heads));
}

/* Position of key, or where it would go. */
static size_t bucket_search(const struct bucket *bucket, const struct key *key, bool *found)
{
	size_t low = 0, high = bucket->count;
	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = key_compare(&bucket->logs[middle]->open.key, key);
		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct log *heads_find(const struct heads *heads, const struct key *key)
{
	bool found;
	const struct bucket *bucket = &heads->buckets[key->b[0]];
	size_t at = bucket_search(bucket, key, &found);
	return found ? bucket->logs[at] : NULL;
}

static bool bucket_reserve(struct bucket *bucket)
{
	if (bucket->count < bucket->capacity)
		return true;
	size_t capacity = bucket->capacity ? bucket->capacity * 2 : 4;
	struct log **logs = realloc(bucket->logs, capacity * sizeof(struct log *));
	if (!logs)
		return false;
	bucket->logs = logs;
	bucket->capacity = capacity;
	return true;
}

struct log *heads_add(struct heads *heads, const struct change_log *open)
{
	bool found;
	struct bucket *bucket = &heads->buckets[open->key.b[0]];
	size_t at = bucket_search(bucket, &open->key, &found);
	if (found || !bucket_reserve(bucket))
		return NULL;
	struct log *log = log_new(open);
	if (!log)
		return NULL;
	memmove(
	    bucket->logs + at + 1, bucket->logs + at, (bucket->count - at) * sizeof(struct log *));
	bucket->logs[at] = log;
	bucket->count++;
	for (size_t b = open->key.b[0] + 1u; b < BUCKET_COUNT; b++)
		heads->buckets[b].first++;
	heads->count++;
	heads_touch(heads, log);
	return log;
}

void heads_touch(struct heads *heads, const struct log *log)
{
	heads->buckets[log->open.key.b[0]].is_dirty = true;
	heads->is_dirty = true;
}

bool heads_counts(const struct log *log)
{
	struct checkpoint head;

	log_told(log, &head);
	return log->is_admissible && (head.size > 0 || log->state == LOG_FROZEN);
}

bool log_reaches_cut(const struct log *log)
{
	return log->cut.is_cut && log->stored >= log->cut.size && log->cut_check != CUT_ELSEWHERE;
}

bool log_is_tellable(const struct log *log)
{
	if (!log->cut.is_cut || log->stored < log->cut.size)
		return true;
	return log->cut_check == CUT_HELD ||
	       (log->cut_check == CUT_ELSEWHERE && log->head.size <= log->cut.size);
}

void log_told(const struct log *log, struct checkpoint *out)
{
	*out = log->head;
	if (!log_reaches_cut(log))
		return;
	*out = (struct checkpoint){.log = log->open.key, .size = log->cut.size};
	out->root = log->cut.root;
}

/* key ‖ u64 size ‖ root ‖ state */
#define DIGEST_ROW_SIZE (KEY_SIZE + 8 + HASH_SIZE + 1)

static void log_digest_row(const struct log *log, uint8_t out[static DIGEST_ROW_SIZE])
{
	enum log_state state = log->state;
	struct checkpoint head = {0};

	if (state != LOG_FROZEN) {
		state = log->cut.is_cut ? LOG_CUT : LOG_OPEN;
		log_told(log, &head);
	}
	memcpy(out, log->open.key.b, KEY_SIZE);
	be64_put(out + KEY_SIZE, head.size);
	memcpy(out + KEY_SIZE + 8, head.root.b, HASH_SIZE);
	out[DIGEST_ROW_SIZE - 1] = (uint8_t)state;
}

static void bucket_rehash(struct bucket *bucket)
{
	uint8_t stack[32 * DIGEST_ROW_SIZE] = {0};
	uint8_t *rows = bucket->count <= 32 ? stack : malloc(bucket->count * DIGEST_ROW_SIZE);
	size_t count = 0;
	if (!rows)
		return; /* stays dirty: asked again, and until then the old hash stands */
	for (size_t i = 0; i < bucket->count; i++)
		if (heads_counts(bucket->logs[i]) &&
		    !(BROKEN_DIGEST_FROZEN && bucket->logs[i]->state == LOG_FROZEN))
			log_digest_row(bucket->logs[i], rows + DIGEST_ROW_SIZE * count++);
	seal_sha256(&bucket->hash, bytes_of(rows, count * DIGEST_ROW_SIZE));
	bucket->is_dirty = false;
	if (rows != stack)
		free(rows);
}

static void heads_rehash(struct heads *heads)
{
	if (heads->is_dirty)
		heads->has_digest = false;
	for (size_t b = 0; heads->is_dirty && b < BUCKET_COUNT; b++)
		if (heads->buckets[b].is_dirty)
			bucket_rehash(&heads->buckets[b]);
	heads->is_dirty = false;
}

void heads_buckets(struct heads *heads, struct hash out[static BUCKET_COUNT])
{
	heads_rehash(heads);
	for (size_t b = 0; b < BUCKET_COUNT; b++)
		out[b] = heads->buckets[b].hash;
}

static void digest_rehash(struct heads *heads)
{
	uint8_t in[HEADS_ROSTER_SIZE + BUCKET_COUNT * HASH_SIZE];

	memcpy(in, heads->roster, HEADS_ROSTER_SIZE);
	for (size_t b = 0; b < BUCKET_COUNT; b++)
		memcpy(in + HEADS_ROSTER_SIZE + b * HASH_SIZE, heads->buckets[b].hash.b, HASH_SIZE);
	seal_sha256(&heads->digest, BYTES(in));
	heads->has_digest = true;
}

/* 8 KiB are hashed for a digest, and it is asked for far more often than it changes. */
void heads_digest(struct heads *heads, const struct log *roster, struct hash *out)
{
	uint8_t told[HEADS_ROSTER_SIZE] = {0};

	heads_rehash(heads);
	if (roster && roster->head.size > 0) {
		memcpy(told, roster->open.key.b, KEY_SIZE);
		if (roster->state != LOG_FROZEN) {
			be64_put(told + KEY_SIZE, roster->head.size);
			memcpy(told + KEY_SIZE + 8, roster->head.root.b, HASH_SIZE);
		}
	}
	if (!heads->has_digest || memcmp(heads->roster, told, HEADS_ROSTER_SIZE) != 0) {
		memcpy(heads->roster, told, HEADS_ROSTER_SIZE);
		digest_rehash(heads);
	}
	*out = heads->digest;
}

struct log *heads_at(const struct heads *heads, size_t position)
{
	if (position >= heads->count)
		return NULL;
	size_t low = 0, high = BUCKET_COUNT - 1; /* the last bucket that begins no later */
	while (low < high) {
		size_t middle = (low + high + 1) / 2;
		if (heads->buckets[middle].first <= position)
			low = middle;
		else
			high = middle - 1;
	}
	return heads->buckets[low].logs[position - heads->buckets[low].first];
}

struct log *log_new(const struct change_log *open)
{
	struct log *log = calloc(1, sizeof(*log));
	if (log) {
		log->open = *open;
		log->head.log = open->key;
	}
	return log;
}

void log_free(struct log *log)
{
	if (!log)
		return;
	free(log->peaks);
	free(log->ahead);
	free(log);
}

void log_frontier(const struct log *log, struct frontier *out)
{
	if (log->ahead) {
		*out = *log->ahead;
		return;
	}
	memset(out, 0, sizeof(*out));
	out->size = log->stored;
	if (log->stored)
		memcpy(out->hashes, log->peaks, frontier_count(log->stored) * sizeof(struct hash));
}

enum err log_set_stored(struct log *log, const struct frontier *frontier)
{
	unsigned count = frontier_count(frontier->size);
	struct hash *peaks = NULL;
	if (count) {
		peaks = realloc(log->peaks, count * sizeof(struct hash));
		if (!peaks)
			return ERR_MEMORY;
		memcpy(peaks, frontier->hashes, count * sizeof(struct hash));
	} else {
		free(log->peaks);
	}
	log->peaks = peaks;
	log->stored = frontier->size;
	return ERR_NONE;
}

enum err log_advance(struct log *log, const struct frontier *frontier)
{
	if (!log->ahead && !(log->ahead = malloc(sizeof(*log->ahead))))
		return ERR_MEMORY;
	*log->ahead = *frontier;
	log->in_flight++;
	return ERR_NONE;
}

enum err log_settle(struct log *log, const struct frontier *frontier, bool committed)
{
	enum err err = committed ? log_set_stored(log, frontier) : ERR_NONE;
	log->in_flight--;
	log->doomed = committed ? 0 : log->in_flight;
	if (!committed || log->in_flight == 0) {
		free(log->ahead);
		log->ahead = NULL;
	}
	return err;
}
