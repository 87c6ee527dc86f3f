/* Answers of the store to the core's reads, but for runs of records (read_records.c). It decides what is given away; whom it
 * goes to is not its matter. */
#include "store/read_part.h"

#include <stdatomic.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/mp.h"
#include "store/erasures.h"
#include "store/place.h"
#include "store/rot.h"
#include "store/tree_source.h"

bool request_log(struct request *q, const struct key *key, struct log_row *row)
{
	if (log_row_get(&q->t, key, row))
		return true;
	txn_fail(&q->t, ERR_UNKNOWN, "the log is not stored");
	return false;
}

static void read_open(struct request *q)
{
	struct record_walk walk;
	struct record record;
	struct log_row row;

	if (!request_log(q, &q->read->key, &row))
		return;
	record_walk_begin(&walk, &q->t);
	if (!record_walk_at(&walk, row.log_no, 0))
		txn_fail(&q->t, ERR_UNKNOWN, "the log is empty");
	else if (record_walk_record(&walk, &record))
		record_write(q->out, &record);
	record_walk_end(&walk);
}

/* What is to be erased may lie past a cut. */
static void read_record(struct request *q)
{
	struct record_walk walk;
	struct record record;
	struct log_row row;
	bool is_rotten;

	if (!request_log(q, &q->read->key, &row))
		return;
	record_walk_begin(&walk, &q->t);
	if (!record_walk_at(&walk, row.log_no, q->read->from))
		txn_fail(&q->t, ERR_UNKNOWN, "the log does not hold as many records");
	else if (record_walk_served(&walk, &record, &is_rotten))
		record_write(q->out, &record);
	record_walk_end(&walk);
}

static void read_root(struct request *q)
{
	struct tree_source *source;
	struct log_row row;
	struct hash root;
	enum err err;

	if (!request_log(q, &q->read->key, &row))
		return;
	if (q->read->size > row.frontier.size) {
		txn_fail(&q->t, ERR_UNKNOWN, "the log does not hold as many records");
		return;
	}
	source = tree_source_new(&q->t, &row);
	err = source ? tree_source_root(source, q->read->size, &root) : ERR_MEMORY;
	tree_source_free(source);
	if (err != ERR_NONE)
		txn_fail(&q->t, err, "cannot compute a root: %s", err_text(err));
	else
		writer_put(q->out, root.b, HASH_SIZE);
}

/* Also past a cut and of a frozen log: hashes give no record away, and a fork is proven with them. */
static void read_proof(struct request *q)
{
	const struct read *read = q->read;
	struct hash root, proof[TREE_PROOF_MAX];
	struct tree_source *source;
	struct tree_nodes nodes;
	struct log_row row;
	size_t count = 0;
	enum err err;

	if (!request_log(q, &read->key, &row))
		return;
	if (read->from == 0 || read->from >= read->size || read->size > row.frontier.size) {
		txn_fail(&q->t, ERR_UNKNOWN, "the log does not hold as many records");
		return;
	}
	source = tree_source_new(&q->t, &row);
	if (!source) {
		txn_fail(&q->t, ERR_MEMORY, "no memory for a proof");
		return;
	}
	nodes = tree_source_nodes(source);
	err = tree_source_root(source, read->from, &root);
	if (err == ERR_NONE)
		err = tree_consistency_prove(&nodes, read->from, read->size, proof, &count);
	tree_source_free(source);
	if (err != ERR_NONE) {
		txn_fail(&q->t, err, "cannot prove a log: %s", err_text(err));
		return;
	}
	writer_put(q->out, root.b, HASH_SIZE);
	writer_put(q->out, proof, count * sizeof(struct hash));
}

/* The rest of a record, u8 state first; false when it is not stored, or rotted: that is told to
 * ourselves. */
static bool find_rest(
    struct request *q, const struct log_row *row, uint64_t index, struct bytes *rest)
{
	struct record record;
	struct place p;

	place_find(&p, &q->t, row, index, row->frontier.size, q->t.arrivals);
	if (p.state == PLACE_GOOD &&
	    segment_rest(p.segment.rests, p.segment.count, p.position, rest) &&
	    place_is_sound(place_header(&p, p.position), *rest, &record))
		return true;
	atomic_store(&q->t.env->has_rot, true);
	return false;
}

/* One element of PAYLOADS. What is not stored, rotted or lies past a cut is "not held". */
static void put_payload(struct request *q, const struct key *key, uint64_t index)
{
	struct bytes rest = {0};
	struct log_row row;
	bool is_held = log_row_get(&q->t, key, &row) && index < log_row_served(&row) &&
		       find_rest(q, &row, index, &rest);

	mp_put_array(q->out, 4);
	mp_put_bin(q->out, key->b, KEY_SIZE);
	mp_put_uint(q->out, index);
	mp_put_uint(q->out, is_held ? rest.data[0] : (uint64_t)RECORD_NOT_HELD);
	mp_put_bin(q->out, is_held ? rest.data + 1 : NULL, is_held ? rest.size - 1 : 0);
}

/* How many answers fit one frame is not known before they are read: the array's head is written
 * last. */
static void read_payloads(struct request *q)
{
	struct bytes body = writer_view(&q->read->args);
	struct writer answers = {0}, *out = q->out;
	uint32_t count, done = 0;
	struct reader r;

	if (mp_scan(body) != ERR_NONE) {
		txn_fail(
		    &q->t, ERR_FORMAT, "a list of wanted payloads that does not follow the format");
		return;
	}
	reader_init(&r, body);
	count = mp_array(&r);
	q->out = &answers;
	while (done < count && r.err == ERR_NONE && answers.err == ERR_NONE &&
	       answers.size < FRAME_SIZE_MAX - 2 * RECORD_PAYLOAD_MAX) {
		struct key key;
		uint64_t index;
		mp_array_of(&r, 2);
		mp_bin_fixed(&r, key.b, KEY_SIZE);
		index = mp_uint(&r);
		if (r.err != ERR_NONE)
			break;
		put_payload(q, &key, index);
		done++;
	}
	q->out = out;
	if (r.err != ERR_NONE)
		txn_fail(
		    &q->t, ERR_FORMAT, "a list of wanted payloads that does not follow the format");
	mp_put_array(out, done);
	writer_bytes(out, writer_view(&answers));
	if (answers.err != ERR_NONE)
		writer_fail(out, answers.err);
	writer_release(&answers);
}

static bool put_missing(
    struct request *q, struct record_walk *at, const struct log_row *row, uint64_t index)
{
	struct record record;
	struct hash leaf;

	if (!record_walk_at(at, row->log_no, index) || !record_walk_peek(at, &record)) {
		txn_fail(&q->t, ERR_ROT, "record %llu of log %u is missing",
		    (unsigned long long)index, row->log_no);
		return false;
	}
	tree_leaf_hash(&leaf, record.raw_header);
	writer_put(q->out, row->key.b, KEY_SIZE);
	writer_u64(q->out, index);
	writer_put(q->out, leaf.b, HASH_SIZE);
	writer_u16(q->out, record.header.kind);
	writer_u32(q->out, record.header.payload_size);
	writer_put(q->out, record.header.commitment.b, HASH_SIZE);
	return true;
}

/* Begins after (key, from) when a key is given, so that a caller can go through a long list. */
static void read_missing(struct request *q)
{
	struct log_row row = {0};
	struct row_key start = {0};
	struct record_walk at;
	struct walk walk;
	uint32_t count = 0;
	bool more;

	if (!key_is_zero(&q->read->key) && log_row_get(&q->t, &q->read->key, &row))
		start = row_key_log_index(row.log_no, q->read->from + 1);
	record_walk_begin(&at, &q->t);
	walk_begin(&walk, &q->t, TABLE_MISSING);
	more = start.size ? walk_from(&walk, row_key_view(&start)) : walk_first(&walk);
	for (; more && count < q->read->max; more = walk_next(&walk)) {
		uint32_t log_no = walk.key.size == 12 ? be32_get(walk.key.data) : 0;
		if (log_no != row.log_no && !log_row_by_number(&q->t, log_no, &row))
			break;
		if (!put_missing(q, &at, &row, be64_get(walk.key.data + 4)))
			break;
		count++;
	}
	record_walk_end(&at);
	walk_end(&walk);
}

static void read_evidence(struct request *q)
{
	struct bytes value;

	if (txn_get(&q->t, TABLE_EVIDENCE, BYTES(q->read->key.b), &value))
		writer_bytes(q->out, value);
	else
		txn_fail(&q->t, ERR_UNKNOWN, "no evidence about this log");
}

static void read_drafts(struct request *q)
{
	struct walk walk;
	uint32_t count = 0;

	walk_begin(&walk, &q->t, TABLE_DRAFTS);
	for (bool more = walk_first(&walk); more && count < q->read->max; more = walk_next(&walk)) {
		writer_bytes(q->out, walk.value);
		count++;
	}
	walk_end(&walk);
}

static void read_by_row(struct request *q,
    void (*look)(struct txn *, const struct log_row *, const struct read *, struct writer *))
{
	struct log_row row;

	if (!request_log(q, &q->read->key, &row))
		return;
	if (q->read->from > row.frontier.size)
		txn_fail(&q->t, ERR_UNKNOWN, "the log does not hold as many records");
	else
		look(&q->t, &row, q->read, q->out);
}

static void read_span(struct request *q)
{
	struct tree_source *source;
	struct tree_nodes nodes;
	struct frontier at = {0};
	struct log_row row;
	struct hash root;
	enum err err;

	if (!request_log(q, &q->read->key, &row))
		return;
	if (q->read->from > q->read->size || q->read->size > row.frontier.size) {
		txn_fail(&q->t, ERR_UNKNOWN, "the log does not hold as many records");
		return;
	}
	source = tree_source_new(&q->t, &row);
	if (!source) {
		txn_fail(&q->t, ERR_MEMORY, "no memory for a span of a log");
		return;
	}
	nodes = tree_source_nodes(source);
	err = tree_frontier_at(&nodes, q->read->from, &at);
	if (err == ERR_NONE)
		err = tree_source_root(source, q->read->size, &root);
	tree_source_free(source);
	if (err != ERR_NONE) {
		txn_fail(&q->t, err, "cannot compute a root: %s", err_text(err));
		return;
	}
	for (unsigned i = 0; i < frontier_count(at.size); i++)
		writer_put(q->out, at.hashes[i].b, HASH_SIZE);
	writer_put(q->out, root.b, HASH_SIZE);
}

static void dispatch(struct request *q)
{
	switch (q->read->type) {
	case READ_BATCH:
		read_batch(q);
		return;
	case READ_PUSH:
		read_push(q);
		return;
	case READ_NEWS:
		read_news(q);
		return;
	case READ_OPEN:
		read_open(q);
		return;
	case READ_RECORD:
		read_record(q);
		return;
	case READ_ROOT:
		read_root(q);
		return;
	case READ_PROOF:
		read_proof(q);
		return;
	case READ_PAYLOADS:
		read_payloads(q);
		return;
	case READ_MISSING:
		read_missing(q);
		return;
	case READ_EVIDENCE:
		read_evidence(q);
		return;
	case READ_DRAFTS:
		read_drafts(q);
		return;
	case READ_ROT:
		read_by_row(q, rot_read);
		return;
	case READ_ERASURES:
		read_by_row(q, erasures_read);
		return;
	case READ_SPAN:
		read_span(q);
		return;
	}
	txn_fail(&q->t, ERR_BUG, "a read of an unknown type");
}

enum err store_read(struct store *s, const struct read *read, struct writer *out, struct why *why)
{
	struct request q = {.store = s, .read = read, .out = out};

	txn_begin(&q.t, &s->env, TXN_READ);
	if (q.t.err == ERR_NONE)
		dispatch(&q);
	if (out->err != ERR_NONE)
		txn_fail(&q.t, out->err, "no memory for an answer");
	return txn_end(&q.t, why);
}
