/* HEADS: which heads are told to whom, as the answer to a comparison and as news, and what is heard. PROTOCOL.md section 8.
 * Whether one that is heard is wanted core_plan.c decides. */
#include "proto/core_parts.h"

#include <stdlib.h>

#include "proto/broken.h"

/* Chosen heads in frames of at most MSG_HEADS_MAX. */
struct heads_frame {
	struct core *core;
	struct session *s;
	struct msg_heads m;
	const struct log *logs[MSG_HEADS_MAX];
};

static void heads_flush(struct heads_frame *frame, bool more)
{
	struct writer body = {0};

	frame->m.more = more;
	msg_heads_begin(&body, &frame->m);
	for (uint32_t i = 0; i < frame->m.count; i++) {
		struct checkpoint head;
		log_told(frame->logs[i], &head);
		msg_heads_add(&body, &head);
	}
	session_send(frame->core, frame->s, MSG_HEADS, &body);
	writer_release(&body);
	frame->m.count = 0;
}

bool sync_is_told(const struct core *core, const struct session *s, const struct log *log)
{
	return !key_equal(&log->open.key, &s->remote_log) && heads_counts(log) &&
	       log->state != LOG_FROZEN && log_is_tellable(log) &&
	       (!log->is_own || core->own.is_shown);
}

/* Heads that answer a comparison say how far the other side may remember to be. It goes by the digest that it was told
 * last: where that is of an older state, the one that belongs to these heads comes first. */
static void tell_digest_anew(struct core *core, struct session *s)
{
	struct hash digest;

	heads_digest(&core->heads, core->roster_log, &digest);
	if (!hash_equal(&digest, &s->digest_sent))
		sync_send_digest(core, s);
}

static void send_heads(struct core *core, struct session *s, enum heads_reason reason,
    bool (*wanted)(const struct log *, const void *), const void *context)
{
	struct heads_frame *frame = malloc(sizeof(*frame));
	const struct log *theirs = heads_find(&core->heads, &s->remote_log);

	if (!frame)
		return;
	tell_digest_anew(core, s);
	frame->core = core;
	frame->s = s;
	frame->m = (struct msg_heads){.reason = reason, .upto = core->upto};
	if (reason != HEADS_NEW && theirs && theirs->head.size && theirs->state != LOG_FROZEN) {
		frame->m.has_yours = true;
		frame->m.yours = theirs->head;
		frame->m.is_as_told = theirs->head.size == s->hello.own_size &&
				      hash_equal(&theirs->head.root, &s->hello.own_root);
	}
	for (size_t b = 0; b < BUCKET_COUNT; b++) {
		const struct bucket *bucket = &core->heads.buckets[b];
		for (size_t i = 0; i < bucket->count; i++) {
			const struct log *log = bucket->logs[i];
			if (!sync_is_told(core, s, log) || !wanted(log, context))
				continue;
			if (frame->m.count == core->config.bounds.heads_max) {
				core_mark(core, MARK_HEADS_PAGED);
				heads_flush(frame, true);
			}
			frame->logs[frame->m.count++] = log;
		}
	}
	heads_flush(frame, false);
	free(frame);
}

static bool wanted_since(const struct log *log, const void *context)
{
	const uint64_t *since = context;
	return log->head_arrival > *since;
}

static bool wanted_in_buckets(const struct log *log, const void *context)
{
	const bool *differs = context;
	return differs[log->open.key.b[0]];
}

void sync_send_changed(struct core *core, struct session *s, uint64_t since)
{
	send_heads(core, s, HEADS_CHANGED, wanted_since, &since);
}

static void send_evidence_of_frozen(struct core *core, struct session *s, const bool *differs)
{
	if (BROKEN_NO_EVIDENCE || core_reads(core, READ_EVIDENCE, s->conn))
		return; /* it is on its way */
	for (size_t i = 0; i < core->heads.count; i++) {
		const struct log *log = heads_at(&core->heads, i);
		if (log->state == LOG_FROZEN && log->is_admissible && differs[log->open.key.b[0]])
			core_read(core, READ_EVIDENCE, s->conn, &log->open.key, 0, 0, 0);
	}
}

void sync_send_buckets_heads(struct core *core, struct session *s, const bool *differs)
{
	send_heads(core, s, HEADS_BUCKETS, wanted_in_buckets, differs);
	send_evidence_of_frozen(core, s, differs);
}

void sync_was_told(struct session *s, const struct checkpoint *head)
{
	s->told[s->told_next].log = head->log;
	s->told[s->told_next].size = head->size;
	s->told_next = (s->told_next + 1) % TOLD_MAX;
}

/* Neighbours hear of a head from several sides, and often before this node can tell them. */
static bool has_told(const struct session *s, const struct log *log)
{
	for (size_t i = 0; i < TOLD_MAX; i++)
		if (s->told[i].size >= log->head.size && key_equal(&s->told[i].log, &log->open.key))
			return true;
	return false;
}

/* What the other side has of this node's log. */
static enum err take_yours(const struct core *core, const struct session *s, struct msg_heads *m)
{
	m->yours.log = core->config.log;
	if (m->is_as_told) {
		m->yours = s->head_told;
		return s->head_told.size ? ERR_NONE : ERR_FORMAT;
	}
	if (!m->has_yours || BROKEN_YOURS_UNSIGNED)
		return ERR_NONE;
	return checkpoint_verify(&m->yours, &core->config.network);
}

enum err take_heads(struct core *core, struct session *s, struct bytes body)
{
	struct msg_heads m;
	struct checkpoint head;
	enum err err = msg_heads_decode(&m, body);

	if (err)
		return err;
	while (msg_heads_next(&m, &head)) {
		sync_was_told(s, &head);
		err = sync_consider(core, s, &head, m.reason == HEADS_NEW);
		if (!err && m.reason == HEADS_BUCKETS)
			err = suspect_told(core, s, &head);
		if (err)
			return err;
	}
	if (m.items.err)
		return m.items.err;
	if (m.reason != HEADS_NEW && !m.more) {
		if ((err = take_yours(core, s, &m)))
			return err;
		listen_heard(core, s, m.has_yours ? &m.yours : NULL);
		/* Digests may never be equal, and who had the records from somebody else told him of it. A smaller one is
		 * compared first. */
		if (m.has_yours && core->own.log && core->own.log->state == LOG_OPEN &&
		    m.yours.size == core->own.log->head.size)
			own_have(core, s, &core->own.key, m.yours.size);
		s->upto_peer = m.upto;
	}
	sync_pump(core, s);
	sync_touch(core);
	return ERR_NONE;
}

static void announce_to(struct core *core, struct session *s, struct log *log)
{
	if (has_told(s, log))
		return;
	for (size_t i = 0; i < s->announce_count; i++)
		if (s->announce[i] == log)
			return;
	if (s->announce_count == s->announce_capacity) {
		size_t capacity = s->announce_capacity ? s->announce_capacity * 2 : 16;
		struct log **logs = realloc(s->announce, capacity * sizeof(struct log *));
		if (!logs)
			return; /* the digest will tell */
		s->announce = logs;
		s->announce_capacity = capacity;
	}
	if (s->announce_count == 0)
		s->announce_ms = core->now.steady_ms + ANNOUNCE_MS;
	s->announce[s->announce_count++] = log;
}

void sync_announce(struct core *core, struct log *log, uint64_t except_conn)
{
	for (size_t i = 0; log_is_tellable(log) && i < core->session_count; i++) {
		struct session *s = core->sessions[i];
		if (s->role == ROLE_MEMBER && s->in_step && s->conn != except_conn &&
		    s->phase == SESSION_RUNNING && !key_equal(&s->remote_log, &log->open.key))
			announce_to(core, s, log);
	}
}

void sync_announce_flush(struct core *core, struct session *s)
{
	struct msg_heads m = {.reason = HEADS_NEW, .upto = core->upto};
	struct writer body = {0};
	size_t most = core->config.bounds.heads_max, kept = 0;

	for (size_t i = 0; i < s->announce_count; i++) /* it may have told meanwhile */
		if (!has_told(s, s->announce[i]))
			s->announce[kept++] = s->announce[i];
	s->announce_count = kept;
	if (kept == 0)
		return;
	size_t first = kept > most ? kept - most : 0;
	if (first)
		core_mark(core, MARK_NEWS_PAGED);
	m.count = (uint32_t)(kept - first);
	msg_heads_begin(&body, &m);
	for (size_t i = first; i < s->announce_count; i++) {
		struct checkpoint head;
		log_told(s->announce[i], &head);
		msg_heads_add(&body, &head);
	}
	s->announce_count = first; /* more than a frame holds: the next turn */
	s->announce_ms = first ? core->now.steady_ms + ANNOUNCE_MS : 0;
	session_send(core, s, MSG_HEADS, &body);
	writer_release(&body);
}
