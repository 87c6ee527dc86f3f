/* verify: each log's head against its signature and its stored tree; deep: every record against its
 * hashes, and the roster by its rules. Each log has transactions of its own, and a long one several, so that damage in one hides
 * nothing in the others and nothing is held open for long. */
#include "store/query_verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/tree_source.h"

/* Records between two transactions of a deep check. */
#define STRETCH 20000
#define LOGS_MAX 100000

struct verdict {
	bool is_ok;
	char reason[sizeof(((struct why *)0)->text)];
};

static void condemn(struct verdict *v, const char *reason)
{
	if (!v->is_ok)
		return;
	v->is_ok = false;
	snprintf(v->reason, sizeof(v->reason), "%s", reason);
}

/* What keeps anybody from looking is no damage: then the whole answer fails. */
static void condemn_err(struct query *q, struct verdict *v, enum err err, const char *reason)
{
	if (err == ERR_MEMORY || err == ERR_BUSY)
		query_fail(q, err, "%s", reason);
	condemn(v, reason);
}

static void verify_head(
    struct query *q, struct txn *t, const struct log_row *log, struct verdict *v)
{
	struct tree_source *source;
	struct hash root;
	enum err err;

	frontier_root(&log->frontier, &root);
	if (log->head.size == 0)
		return;
	err = log_state_is_copy(log->state) ? ERR_NONE
					    : checkpoint_verify(&log->head, &q->source->network);
	if (err != ERR_NONE)
		condemn_err(q, v, err, "the signature of the head does not verify");
	source = tree_source_new(t, log);
	err = source ? tree_source_root(source, log->head.size, &root) : ERR_MEMORY;
	tree_source_free(source);
	if (err != ERR_NONE)
		condemn_err(q, v, err, t->err != ERR_NONE ? t->why.text : err_text(err));
	else if (!hash_equal(&root, &log->head.root))
		condemn(v, "the stored records do not have the root of the head");
}

/* The nodes that an append completes are those that are stored. */
struct node_check {
	struct txn *t;
	uint32_t log_no;
	struct verdict *verdict;
};

static void check_node(void *context, unsigned level, uint64_t index, const struct hash *hash)
{
	struct node_check *c = context;
	struct row_key key = row_key_node(c->log_no, level, index);
	struct bytes value;

	if (!txn_get(c->t, TABLE_NODES, row_key_view(&key), &value) ||
	    !bytes_equal(value, BYTES(hash->b))) {
		atomic_store(&c->t->env->has_rot, true);
		condemn(c->verdict, "a stored node does not match the records below it");
	}
}

static void verify_stretch(struct query *q, struct txn *t, const struct log_row *log,
    struct frontier *f, struct verdict *v)
{
	struct node_check nodes = {.t = t, .log_no = log->log_no, .verdict = v};
	struct record_walk walk;
	bool is_there;

	record_walk_begin(&walk, t);
	is_there = record_walk_at(&walk, log->log_no, f->size);
	for (unsigned left = STRETCH; is_there && left > 0 && v->is_ok; left--) {
		struct record record;
		struct hash leaf;
		if (!record_walk_record(&walk, &record))
			break;
		tree_leaf_hash(&leaf, record.raw_header);
		frontier_append(f, &leaf, check_node, &nodes);
		if (f->size == log->frontier.size)
			break;
		is_there = record_walk_next(&walk);
	}
	record_walk_end(&walk);
	if (t->err != ERR_NONE)
		condemn_err(q, v, t->err, t->why.text);
	else if (!is_there) {
		atomic_store(&t->env->has_rot, true);
		condemn(v, "records are missing");
	}
}

static void verify_deep(struct query *q, const struct log_row *log, struct verdict *v)
{
	struct frontier f = {0};
	struct hash stored, computed;

	while (f.size < log->frontier.size && v->is_ok) {
		struct txn t;
		txn_begin(&t, &q->source->store->env, TXN_READ);
		verify_stretch(q, &t, log, &f, v);
		txn_end(&t, NULL);
	}
	frontier_root(&log->frontier, &stored);
	frontier_root(&f, &computed);
	if (!hash_equal(&stored, &computed))
		condemn(v, "the records do not have the root that is stored");
}

static void verify_rules(struct query *q, const struct log_row *log, struct verdict *v)
{
	struct why why = {0};

	if (query_verify_roster(q, log, &why) != ERR_NONE)
		condemn_err(q, v, why.err, why.text);
}

static void verify_log(struct query *q, const struct key *key, bool is_deep)
{
	struct verdict v = {.is_ok = true};
	struct log_row log;
	struct txn t;

	txn_begin(&t, &q->source->store->env, TXN_READ);
	memset(&log, 0, sizeof(log));
	if (log_row_get(&t, key, &log))
		verify_head(q, &t, &log, &v);
	else
		condemn_err(
		    q, &v, t.err, t.err != ERR_NONE ? t.why.text : "the log's row is missing");
	txn_end(&t, NULL);
	if (is_deep && v.is_ok)
		verify_deep(q, &log, &v);
	if (is_deep && v.is_ok && log.number == 0)
		verify_rules(q, &log, &v);
	mp_put_map(q->out, 4);
	put_name_bin(q->out, "log", key->b, KEY_SIZE);
	mp_put_cstr(q->out, "ok");
	mp_put_bool(q->out, v.is_ok);
	if (v.is_ok)
		put_name_nil(q->out, "reason");
	else
		put_name_str(q->out, "reason", v.reason);
	put_name_uint(q->out, "size", log.frontier.size);
}

/* Keys of all logs. The table of numbers names them too, so that a damaged row of one is told under
 * its key. */
static void all_keys(struct query *q, struct writer *keys)
{
	struct walk walk;

	walk_begin(&walk, &q->truth, TABLE_NUMBERS);
	for (bool more = walk_first(&walk); more && keys->size < LOGS_MAX * KEY_SIZE;
	     more = walk_next(&walk)) {
		if (walk.value.size == KEY_SIZE)
			writer_bytes(keys, walk.value);
	}
	walk_end(&walk);
}

void query_verify(struct query *q)
{
	bool is_deep = param_bool(q, "deep");
	struct bytes name = param_str(q, "log");
	struct writer keys = {0};
	struct log_row log;

	if (name.size == 0)
		all_keys(q, &keys);
	else if (ref_log(q, name, &log))
		writer_put(&keys, log.key.b, KEY_SIZE);
	if (keys.err != ERR_NONE)
		query_fail(q, keys.err, "no memory for the list of logs");
	mp_put_map(q->out, 1);
	mp_put_cstr(q->out, "rows");
	mp_put_array(q->out, (uint32_t)(keys.size / KEY_SIZE));
	/* What follows runs in transactions of its own. */
	record_walk_end(&q->walk);
	txn_let_go(&q->truth);
	txn_let_go(&q->views);
	for (size_t at = 0; at < keys.size && query_ok(q); at += KEY_SIZE) {
		struct key key;
		memcpy(key.b, keys.data + at, KEY_SIZE);
		verify_log(q, &key, is_deep);
	}
	writer_release(&keys);
}
