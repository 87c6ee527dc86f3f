/* Forks as queries see them: on which of the two histories that a key signed the records held here lie, and the proof that
 * there are two, for somebody who has none of our software. Which branch stays is not decided here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/kinds.h"
#include "proto/msg.h"
#include "store/query_part.h"
#include "store/tree_source.h"

static bool evidence_get(struct query *q, const struct log_row *log, struct msg_evidence *out)
{
	struct bytes body;

	return txn_get(&q->truth, TABLE_EVIDENCE, BYTES(log->key.b), &body) &&
	       msg_evidence_decode(out, body) == ERR_NONE;
}

static bool has_root(struct tree_source *source, const struct log_row *log, uint64_t size,
    const struct hash *expected)
{
	struct hash root;

	return size <= log->frontier.size && tree_source_root(source, size, &root) == ERR_NONE &&
	       hash_equal(&root, expected);
}

/* The checkpoint of the evidence under whose history the held records lie, the own head where they lie under neither, NULL
 * where too little is held to tell. */
static const struct checkpoint *branch_find(
    struct tree_source *source, const struct log_row *log, const struct msg_evidence *m)
{
	if (has_root(source, log, m->a.size, &m->a.root))
		return &m->a;
	if (has_root(source, log, m->b.size, &m->b.root) ||
	    (m->proof_count && has_root(source, log, m->a.size, &m->proof[0])))
		return &m->b;
	return log->frontier.size >= m->a.size && log->head.size ? &log->head : NULL;
}

const char *branch_of(struct query *q, const struct log_row *log)
{
	struct msg_evidence *m;
	struct tree_source *source;
	const struct checkpoint *cp = NULL;
	char hex[2 * HASH_SIZE + 1];

	if (q->branch.log_no == log->log_no)
		return q->branch.text;
	q->branch.log_no = log->log_no;
	q->branch.text[0] = '\0';
	m = malloc(sizeof(*m));
	source = tree_source_new(&q->truth, log);
	if (log_state_is_copy(log->state))
		cp = log->head.size ? &log->head : NULL;
	else if (m && source && evidence_get(q, log, m))
		cp = branch_find(source, log, m);
	if (cp) {
		hex_encode(hex, BYTES(cp->root.b));
		snprintf(q->branch.text, sizeof(q->branch.text), "%llu-%.8s",
		    (unsigned long long)cp->size, hex);
	}
	tree_source_free(source);
	free(m);
	return q->branch.text;
}

void branch_put(struct query *q, struct writer *w, const struct log_row *log)
{
	const char *text = branch_of(q, log);

	mp_put_cstr(w, "branch");
	if (text[0])
		mp_put_cstr(w, text);
	else
		mp_put_nil(w);
}

/* --- the document ------------------------------------------------------------------------------- */

static void put_note(struct query *q, const char *name, const struct checkpoint *cp)
{
	struct writer note = {0};

	checkpoint_note(&note, &q->source->network, cp);
	mp_put_cstr(q->out, name);
	mp_put_str(q->out, writer_view(&note));
	if (note.err != ERR_NONE)
		writer_fail(q->out, note.err);
	writer_release(&note);
}

/* The payload of leaf 0: certified by the member key, wherever it lies. */
static void put_open(struct query *q, const struct log_row *log, struct bytes raw)
{
	struct record record = {.state = RECORD_NOT_HELD};
	struct reader r;
	struct found f;

	reader_init(&r, raw);
	if (raw.size && record_read(&record, &r) != ERR_NONE)
		record.state = RECORD_NOT_HELD;
	if (!raw.size && log->frontier.size && found_at_index(q, log, 0, &f))
		record = f.record;
	mp_put_cstr(q->out, "log_open");
	if (record.state == RECORD_PRESENT && record.header.kind == KIND_LOG_OPEN)
		mp_put_bin(q->out, record.payload.data, record.payload.size);
	else
		mp_put_nil(q->out);
}

static void put_document(struct query *q, const struct log_row *log, const struct msg_evidence *m)
{
	char origin[CHECKPOINT_ORIGIN_SIZE + 1];
	struct writer vkey = {0};

	checkpoint_origin(origin, &q->source->network, &log->key);
	checkpoint_vkey(&vkey, &q->source->network, &log->key);
	mp_put_map(q->out, 10);
	put_note(q, "first", &m->a);
	put_open(q, log, m->open);
	put_name_str(q->out, "member", log_member(log));
	put_name_bin(q->out, "network", q->source->network.b, HASH_SIZE);
	put_name_uint(q->out, "number", log->number);
	put_name_str(q->out, "origin", origin);
	mp_put_cstr(q->out, "proof");
	mp_put_array(q->out, (uint32_t)(m->proof_count ? m->proof_count - 1 : 0));
	for (size_t i = 1; i < m->proof_count; i++)
		mp_put_bin(q->out, m->proof[i].b, HASH_SIZE);
	if (m->proof_count)
		put_name_bin(q->out, "root", m->proof[0].b, HASH_SIZE);
	else
		put_name_nil(q->out, "root");
	put_note(q, "second", &m->b);
	mp_put_cstr(q->out, "vkey");
	mp_put_str(q->out, writer_view(&vkey));
	if (vkey.err != ERR_NONE)
		writer_fail(q->out, vkey.err);
	writer_release(&vkey);
}

void query_prove_evidence(struct query *q)
{
	struct msg_evidence *m;
	struct log_row log;

	if (!ref_log(q, param_str(q, "log"), &log))
		return;
	if (!(m = malloc(sizeof(*m))))
		query_fail(q, ERR_MEMORY, "no memory for evidence");
	else if (!evidence_get(q, &log, m))
		query_fail(q, ERR_UNKNOWN,
		    "the key of this log is not known to have signed two histories");
	else
		put_document(q, &log, m);
	free(m);
}
