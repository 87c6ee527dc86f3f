/* Homes in a temporary folder and logs with records, for the tests of the store: an author makes
 * changes as the core would, unsigned, since the store verifies no signature. */
#ifndef TESTS_STORE_SAMPLE_H
#define TESTS_STORE_SAMPLE_H

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/change.h"
#include "proto/limits.h"
#include "proto/listen.h"
#include "proto/mp.h"
#include "proto/seal.h"
#include "store/store.h"
#include "store/truth.h"

struct sample_home {
	char path[256];
	char machine[300];
	char boot[300];
	struct store_options options;
};

static inline void sample_write(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static inline void sample_text(const char *path, const char *text)
{
	sample_write(path, text, strlen(text));
}

/* A folder that is there. */
static inline void sample_home_at(struct sample_home *home, const char *path)
{
	memset(home, 0, sizeof(*home));
	assert_true(
	    (size_t)snprintf(home->path, sizeof(home->path), "%s", path) < sizeof(home->path));
	snprintf(home->machine, sizeof(home->machine), "%s/machine-id", home->path);
	snprintf(home->boot, sizeof(home->boot), "%s/boot-id", home->path);
	sample_text(home->machine, "0123456789abcdef0123456789abcdef\n");
	sample_text(home->boot, "00112233-4455-6677-8899-aabbccddeeff\n");
	home->options.machine_id_path = home->machine;
	home->options.boot_id_path = home->boot;
}

static inline void sample_home_make(struct sample_home *home)
{
	const char *tmp = getenv("TMPDIR");
	char path[200];

	snprintf(path, sizeof(path), "%s/store-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(path));
	sample_home_at(home, path);
}

static inline void sample_home_remove(const struct sample_home *home)
{
	char command[400];

	snprintf(command, sizeof(command), "rm -rf '%s'", home->path);
	assert_int_equal(system(command), 0);
}

/* head.lock as init writes it, with the identity that this home has. */
static inline void sample_head_lock(
    const struct sample_home *home, const struct key *logs, size_t count)
{
	struct listen_here here;
	struct writer w = {0};
	struct stat st;
	char path[300];

	snprintf(path, sizeof(path), "%s/head.lock", home->path);
	sample_text(path, "");
	assert_int_equal(stat(path, &st), 0);
	listen_here_parse(&here, BYTES_STR("0123456789abcdef0123456789abcdef\n"),
	    BYTES_STR("00112233-4455-6677-8899-aabbccddeeff\n"), st.st_ino);
	listen_file(&w, logs, count, &here);
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	assert_int_equal(fwrite(w.data, 1, w.size, f), w.size);
	fclose(f);
	writer_release(&w);
}

static inline struct store *sample_open(const struct sample_home *home)
{
	struct why why = {0};
	struct store *s = store_open(home->path, &home->options, &why);

	if (!s)
		fail_msg("store_open: %s: %s", err_name(why.err), why.text);
	return s;
}

#define SAMPLE_NODES_MAX 8192
struct sample_log {
	struct change_log log;
	struct frontier frontier;
	struct change_node nodes[SAMPLE_NODES_MAX];
	uint32_t node_count;
};

static inline void sample_log_init(struct sample_log *log, const char *member, uint8_t number)
{
	memset(log, 0, sizeof(*log));
	snprintf(log->log.member, sizeof(log->log.member), "%s", member);
	memset(log->log.key.b, number, KEY_SIZE);
	log->log.key.b[0] = (uint8_t)(number * 37);
	memset(log->log.member_key.b, number + 100, KEY_SIZE);
	memset(log->log.transport.b, number + 50, KEY_SIZE);
	log->log.number = member[0] ? number : 0;
}

static inline void sample_node(
    void *context, unsigned level, uint64_t index, const struct hash *hash)
{
	struct sample_log *log = context;

	assert_true(log->node_count < SAMPLE_NODES_MAX);
	log->nodes[log->node_count++] =
	    (struct change_node){.level = (uint8_t)level, .index = index, .hash = *hash};
}

/* A payload of a given size that is unlike others. */
static inline void sample_payload(struct writer *w, uint64_t index, size_t size)
{
	char text[64];
	struct writer fill = {0};

	snprintf(text, sizeof(text), "record %llu ", (unsigned long long)index);
	while (fill.size < size)
		writer_str(&fill, text);
	mp_put_map(w, 1);
	mp_put_cstr(w, "text");
	mp_put_str(w, bytes_of(fill.data, size));
	writer_release(&fill);
}

/* Appends the records of body to the tree and writes the APPEND. */
static inline void sample_append_body(
    struct writer *change, struct sample_log *log, struct bytes body, uint32_t count, bool reread)
{
	struct change_append op = {.key = log->log.key,
	    .from = log->frontier.size,
	    .count = count,
	    .reread = reread,
	    .body = body};
	struct reader r;

	reader_init(&r, body);
	log->node_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct record record;
		struct hash leaf;
		assert_int_equal(record_read(&record, &r), ERR_NONE);
		tree_leaf_hash(&leaf, record.raw_header);
		frontier_append(&log->frontier, &leaf, sample_node, log);
	}
	assert_int_equal(reader_end(&r), ERR_NONE);
	op.frontier = log->frontier;
	op.nodes = log->nodes;
	op.node_count = log->node_count;
	change_put_append(change, &op);
	assert_int_equal(change->err, ERR_NONE);
}

static inline void sample_record(
    struct writer *body, uint16_t kind, uint64_t index, struct bytes payload)
{
	uint8_t salt[RECORD_SALT_SIZE];

	memset(salt, (int)(index & 0xff), sizeof(salt));
	salt[0] = (uint8_t)(index >> 8);
	record_create(
	    body, kind, (struct mtime){1700000000000 + (int64_t)index}, NULL, salt, payload);
}

/* count records of payload_size bytes of text. */
static inline void sample_append(
    struct writer *change, struct sample_log *log, uint32_t count, size_t payload_size, bool reread)
{
	struct writer body = {0}, payload = {0};

	for (uint32_t i = 0; i < count; i++) {
		writer_clear(&payload);
		sample_payload(&payload, log->frontier.size + i, payload_size);
		sample_record(&body, 128, log->frontier.size + i, writer_view(&payload));
	}
	sample_append_body(change, log, writer_view(&body), count, reread);
	writer_release(&payload);
	writer_release(&body);
}

static inline void sample_head(struct writer *change, const struct sample_log *log)
{
	struct checkpoint head = {.log = log->log.key, .size = log->frontier.size};

	frontier_root(&log->frontier, &head.root);
	memset(head.sig.b, 7, SIG_SIZE);
	change_put_head(change, &head);
}

static inline enum err sample_apply_why(
    struct store *s, const struct writer *change, struct change_result *result, struct why *why)
{
	struct bytes view = writer_view(change);
	struct change_result ignored;

	return store_apply(s, &view, 1, result ? result : &ignored, why);
}

static inline void sample_apply(
    struct store *s, const struct writer *change, struct change_result *result)
{
	struct why why = {0};

	if (sample_apply_why(s, change, result, &why) != ERR_NONE)
		fail_msg("store_apply: %s: %s", err_name(why.err), why.text);
}

/* A log with count records and a head, in one change. */
static inline void sample_fill(
    struct store *s, struct sample_log *log, uint32_t count, size_t payload_size)
{
	struct writer change = {0};

	if (log->frontier.size == 0)
		change_put_log(&change, &log->log);
	sample_append(&change, log, count, payload_size, false);
	sample_head(&change, log);
	sample_apply(s, &change, NULL);
	writer_release(&change);
}

/* Behind the store's back. */
static inline void sample_meta_put(struct store *s, const char *name, uint64_t value)
{
	struct txn t;

	txn_begin(&t, &s->env, TXN_WRITE);
	meta_put_u64(&t, name, value);
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
}

static inline unsigned sample_flags(struct store *s)
{
	unsigned flags = 0;

	assert_int_equal(mdb_env_get_flags(s->env.handle, &flags), 0);
	return flags;
}

#endif
