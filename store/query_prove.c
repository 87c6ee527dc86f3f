/* prove: everything that somebody without our software needs to verify one record, and that a log
 * has only grown. The proofs lead to the head of the log, the newest root that its key signed. */
#include <stdlib.h>
#include <string.h>

#include "proto/kinds.h"
#include "store/query_part.h"
#include "store/tree_source.h"

static void put_inclusion(struct query *q, const struct log_row *log, uint64_t index)
{
	struct tree_source *source = tree_source_new(&q->truth, log);
	struct tree_nodes nodes;
	struct hash proof[TREE_PROOF_MAX];
	size_t count = 0;
	enum err err = ERR_MEMORY;

	if (source) {
		nodes = tree_source_nodes(source);
		err = tree_inclusion_prove(&nodes, index, log->head.size, proof, &count);
	}
	tree_source_free(source);
	if (err != ERR_NONE)
		query_fail(q, err, "cannot prove a record: %s", err_text(err));
	mp_put_cstr(q->out, "inclusion");
	mp_put_array(q->out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		mp_put_bin(q->out, proof[i].b, HASH_SIZE);
}

static void put_checkpoint(struct query *q, const struct log_row *log)
{
	struct writer note = {0};

	checkpoint_note(&note, &q->source->network, &log->head);
	mp_put_cstr(q->out, "checkpoint");
	mp_put_str(q->out, writer_view(&note));
	if (note.err != ERR_NONE)
		writer_fail(q->out, note.err);
	writer_release(&note);
}

static void put_payload(struct query *q, const struct record *record)
{
	if (record->state == RECORD_PRESENT)
		put_name_bin(q->out, "payload", record->payload.data, record->payload.size);
	else
		put_name_nil(q->out, "payload");
}

static void put_salt(struct query *q, const struct record *record)
{
	if (record->state == RECORD_PRESENT)
		put_name_bin(q->out, "salt", record->salt, RECORD_SALT_SIZE);
	else
		put_name_nil(q->out, "salt");
}

/* One record in the head of its log, with the note of that head when asked for. */
static void put_part(struct query *q, const struct found *f, bool has_checkpoint)
{
	mp_put_map(q->out, has_checkpoint ? 6 : 5);
	if (has_checkpoint)
		put_checkpoint(q, &f->log);
	put_inclusion(q, &f->log, f->index);
	put_name_uint(q->out, "index", f->index);
	put_name_bin(q->out, "leaf", f->record.raw_header.data, f->record.raw_header.size);
	put_payload(q, &f->record);
	put_salt(q, &f->record);
}

/* Whether an entry says who decides, or is about this member: what a verifier must apply to know
 * that the member is admitted. */
static bool entry_matters(const struct record *record, const char *member)
{
	static const char *const always[] = {"genesis", "coordinator", "threshold", "epoch"};
	struct bytes type, code;
	struct reader r;
	struct bytes entry;

	if (record->state != RECORD_PRESENT || mp_scan(record->payload) != ERR_NONE)
		return false;
	entry = mp_get(record->payload, "entry");
	reader_init(&r, mp_get(entry, "type"));
	type = mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		if (bytes_equal(type, bytes_str(always[i])))
			return true;
	}
	reader_init(&r, mp_get(entry, "code"));
	code = mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
	return bytes_equal(code, bytes_str(member));
}

static void put_roster(struct query *q, const char *member)
{
	struct writer entries = {0}, *out = q->out;
	struct log_row roster;
	uint32_t count = 0;
	struct found f;

	q->out = &entries;
	if (!log_row_get(&q->truth, &q->source->roster_log, &roster))
		query_fail(q, ERR_UNKNOWN, "the roster is not stored");
	for (uint64_t i = 0; query_ok(q) && i < roster.head.size; i++) {
		if (!found_at_index(q, &roster, i, &f) || !entry_matters(&f.record, member))
			continue;
		put_part(q, &f, true);
		count++;
	}
	q->out = out;
	mp_put_cstr(out, "roster");
	mp_put_array(out, count);
	writer_bytes(out, writer_view(&entries));
	if (entries.err != ERR_NONE)
		writer_fail(out, entries.err);
	writer_release(&entries);
}

/* The own log's newest head is stored with what is published next; its records are stored before it is signed. */
static void take_own_head(const struct query *q, struct log_row *log)
{
	const struct checkpoint *own = &q->source->own_head;

	if (own->size > log->head.size && own->size <= log->frontier.size &&
	    key_equal(&own->log, &log->key))
		log->head = *own;
}

static bool is_covered(struct query *q, struct found *f)
{
	take_own_head(q, &f->log);
	if (f->index < f->log.head.size)
		return true;
	query_fail(q, ERR_REFUSED,
	    "no checkpoint of its log covers this record yet: it arrives with the next one");
	return false;
}

void query_prove(struct query *q)
{
	char origin[CHECKPOINT_ORIGIN_SIZE + 1], ref[REF_TEXT_MAX];
	struct writer vkey = {0};
	struct found f, open;

	if (!ref_found(q, param_str(q, "ref"), &f) || !is_covered(q, &f) ||
	    !found_at_index(q, &f.log, 0, &open))
		return;
	open.log = f.log; /* both are proven in the same head */
	ref_text(ref, &f.log, f.index);
	checkpoint_origin(origin, &q->source->network, &f.log.key);
	checkpoint_vkey(&vkey, &q->source->network, &f.log.key);
	mp_put_map(q->out, 12);
	put_checkpoint(q, &f.log);
	put_inclusion(q, &f.log, f.index);
	put_name_uint(q->out, "index", f.index);
	put_name_bin(q->out, "leaf", f.record.raw_header.data, f.record.raw_header.size);
	mp_put_cstr(q->out, "log_open");
	put_part(q, &open, false);
	put_name_bin(q->out, "network", q->source->network.b, HASH_SIZE);
	put_name_str(q->out, "origin", origin);
	put_payload(q, &f.record);
	put_name_str(q->out, "ref", ref);
	put_roster(q, f.log.member);
	put_salt(q, &f.record);
	mp_put_cstr(q->out, "vkey");
	mp_put_str(q->out, writer_view(&vkey));
	if (vkey.err != ERR_NONE)
		writer_fail(q->out, vkey.err);
	writer_release(&vkey);
}

static void put_side(struct query *q, const char *name, uint64_t size, const struct hash *root)
{
	mp_put_cstr(q->out, name);
	mp_put_map(q->out, 2);
	put_name_bin(q->out, "root", root->b, HASH_SIZE);
	put_name_uint(q->out, "size", size);
}

struct growth {
	uint64_t a, b;
	struct hash root_a, root_b;
	struct hash proof[TREE_PROOF_MAX];
	size_t count;
};

static enum err prove_growth(struct tree_source *source, struct growth *g)
{
	struct tree_nodes nodes = tree_source_nodes(source);
	enum err err = tree_consistency_prove(&nodes, g->a, g->b, g->proof, &g->count);

	if (err == ERR_NONE)
		err = tree_source_root(source, g->a, &g->root_a);
	if (err == ERR_NONE)
		err = tree_source_root(source, g->b, &g->root_b);
	return err;
}

void query_prove_consistency(struct query *q)
{
	struct growth g = {.a = param_uint(q, "a", 0), .b = param_uint(q, "b", 0)};
	char origin[CHECKPOINT_ORIGIN_SIZE + 1];
	struct tree_source *source;
	struct log_row log;
	enum err err;

	if (!ref_log(q, param_str(q, "log"), &log))
		return;
	if (g.a > g.b || g.b > log.frontier.size) {
		query_fail(q, ERR_USAGE,
		    "the log holds %llu records: sizes are 0 <= A <= B <= %llu",
		    (unsigned long long)log.frontier.size, (unsigned long long)log.frontier.size);
		return;
	}
	source = tree_source_new(&q->truth, &log);
	err = source ? prove_growth(source, &g) : ERR_MEMORY;
	tree_source_free(source);
	if (err != ERR_NONE) {
		query_fail(q, err, "cannot prove the growth of a log: %s", err_text(err));
		return;
	}
	checkpoint_origin(origin, &q->source->network, &log.key);
	mp_put_map(q->out, 4);
	put_side(q, "new", g.b, &g.root_b);
	put_side(q, "old", g.a, &g.root_a);
	put_name_str(q->out, "origin", origin);
	mp_put_cstr(q->out, "proof");
	mp_put_array(q->out, (uint32_t)g.count);
	for (size_t i = 0; i < g.count; i++)
		mp_put_bin(q->out, g.proof[i].b, HASH_SIZE);
}
