/* Records that go out. One read at a time a session, the next when the network has taken most of
 * the last: what a peer can make this node hold is bounded by the send queue. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"
#include "proto/kinds.h"
#include "proto/mp.h"

static bool is_refused_next(const struct session *s)
{
	const struct serve_list *list = &s->serve;

	return list->first < list->count && list->items[list->first].size == 0;
}

/* Those at the front that cannot be served. */
static void send_refused(struct core *core, struct session *s)
{
	struct batch_writer none = {0};
	struct writer body = {0};

	while (is_refused_next(s) && none.count < BATCH_RUNS_MAX) {
		batch_add(&none, &(struct batch){0});
		s->serve.first++;
	}
	batch_finish(NULL, &body, &none);
	session_send(core, s, MSG_BATCH, &body);
	batch_writer_release(&none);
	writer_release(&body);
}

/* What may be served of a log: 0 when nothing. */
static uint64_t served_size(struct core *core, const struct session *s, const struct key *key)
{
	const struct log *log;

	if (core->roster_log && key_equal(key, &core->roster_log->open.key))
		/* A frozen one as it is held: a newcomer begins with it. */
		return core->roster_log->is_own || core->roster_log->state == LOG_FROZEN
			   ? core->roster_log->head.size
			   : core->roster_log->stored;
	if (s->role != ROLE_MEMBER)
		return 0;
	log = heads_find(&core->heads, key);
	if (!log || !log->is_admissible || log->state == LOG_FROZEN ||
	    (log->is_own && !core->own.is_shown))
		return 0;
	if (log->is_own) /* a tail that is not signed yet is nobody's business */
		return log->head.size;
	return log->cut.is_cut && log->cut.size < log->stored ? log->cut.size : log->stored;
}

static bool serve_push(struct session *s, const struct msg_want *want)
{
	struct serve_list *list = &s->serve;

	if (list->first > 64 && list->first * 2 > list->count) {
		memmove(list->items, list->items + list->first,
		    (list->count - list->first) * sizeof(*list->items));
		list->count -= list->first;
		list->first = 0;
	}
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 8;
		struct msg_want *items = realloc(list->items, capacity * sizeof(*items));
		if (!items)
			return false;
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count++] = *want;
	return true;
}

enum err take_want(struct core *core, struct session *s, struct bytes body)
{
	struct msg_want wants[MSG_WANTS_MAX];
	uint32_t count;
	enum err err = msg_want_decode(wants, &count, body);

	if (err)
		return err;
	if (s->serve.count - s->serve.first + count > 4 * MSG_WANTS_MAX)
		return ERR_LIMIT;
	for (uint32_t i = 0; i < count; i++) {
		bool is_roster =
		    core->roster_log && key_equal(&wants[i].log, &core->roster_log->open.key);
		if (s->role != ROLE_MEMBER && !is_roster)
			return ERR_STATE;
		/* A branch that the roster names may be stored under a key of its own. */
		bool is_named = s->role == ROLE_MEMBER &&
				branch_serves(core, &wants[i].log, wants[i].size, &wants[i].log);
		if (!is_named && wants[i].size > served_size(core, s, &wants[i].log)) {
			core_mark(core, MARK_WANT_REFUSED);
			wants[i].from = wants[i].size = 0;
		}
		if (!serve_push(s, &wants[i]))
			return ERR_MEMORY;
	}
	s->served_ms = core->now.steady_ms;
	serve_pump(core, s);
	return ERR_NONE;
}

/* Those behind the first that may fit the same batch. */
static bool ask_more(struct core *core, const struct serve_list *list)
{
	struct act *act = &core->acts[(core->act_first + core->act_count - 1) % core->act_capacity];
	uint64_t records = 0;

	for (size_t i = list->first; i < list->count && i - list->first < BATCH_RUNS_MAX; i++) {
		const struct msg_want *want = &list->items[i];
		if (want->size == 0 || records > SERVE_JOINED_MAX)
			break;
		records += want->size - want->from;
		if (i > list->first)
			batch_put_want(&act->read.args, &want->log, want->from, want->size);
	}
	return act->read.args.size > 0;
}

void serve_pump(struct core *core, struct session *s)
{
	struct serve_list *list = &s->serve;

	if (s->reading || s->queued > core->config.bounds.send_queue_max / 4 ||
	    s->phase != SESSION_RUNNING)
		return;
	while (is_refused_next(s) && s->phase == SESSION_RUNNING)
		send_refused(core, s);
	if (list->first == list->count || s->phase != SESSION_RUNNING)
		return;
	const struct msg_want *want = &list->items[list->first];
	struct asked *asked = core_read(core, READ_BATCH, s->conn, &want->log, want->from,
	    want->size, core->config.bounds.batch_raw_max);
	if (!asked)
		return;
	s->reading = asked->id;
	asked->is_joined = !s->is_one_by_one && ask_more(core, list);
}

/* How far each of what was asked for has come. */
static void count_runs(struct serve_list *list, struct batch_reader *r)
{
	struct batch run;

	while (list->first < list->count && batch_next(r, &run)) {
		struct msg_want *want = &list->items[list->first];
		want->from += run.count;
		if (want->from >= want->size || run.count == 0)
			list->first++;
	}
}

static void batch_read(
    struct core *core, struct session *s, bool is_joined, enum err err, struct bytes data)
{
	struct msg_want *want = &s->serve.items[s->serve.first];
	struct writer body = {0};
	struct batch_reader r;

	s->reading = 0;
	s->is_one_by_one = err && is_joined;
	if (s->is_one_by_one) {
		core_mark(core, MARK_READ_APART);
	} else if (err || batch_open(&r, data)) {
		core_mark(core, MARK_READ_FAILED);
		if (err)
			core_say(core, true, "records cannot be read: %s", err_text(err));
		core_count(core, err ? err : ERR_BUG);
		want->from = want->size = 0;
	} else {
		writer_bytes(&body, data);
		session_send(core, s, MSG_BATCH, &body);
		writer_release(&body);
		count_runs(&s->serve, &r);
	}
	serve_pump(core, s);
}

/* --- payloads -------------------------------------------------------------------------------- */

/* One page of what is missing here, behind the last one that this session asked for. */
static void ask_missing_page(struct core *core, struct session *s)
{
	s->is_asking_missing = core_read(core, READ_MISSING, s->conn, &s->missing_key,
				   s->missing_index, 0, MSG_WANTS_MAX) != NULL;
}

/* Goes through all of it once a session, again when there is more, and now and then while this peer lacked some: it asks
 * others as well, and does not tell when it has been given. */
void serve_ask_missing(struct core *core, struct session *s)
{
	if (BROKEN_MISSING_IGNORED || s->is_asking_missing || s->role != ROLE_MEMBER ||
	    s->missing_asked == core->bare_count + 1)
		return;
	if (s->missing_asked)
		s->missing_wait_ms = 0; /* there is more than before */
	s->missing_asked = core->bare_count + 1;
	s->missing_again_ms = 0;
	s->is_missing_left = false;
	s->missing_key = (struct key){{0}};
	s->missing_index = 0;
	ask_missing_page(core, s);
}

static void missing_round_over(const struct core *core, struct session *s)
{
	s->is_asking_missing = false;
	if (!s->is_missing_left)
		return;
	s->missing_wait_ms = s->missing_wait_ms ? 2 * s->missing_wait_ms : MISSING_AGAIN_MS;
	if (s->missing_wait_ms > MISSING_AGAIN_MS_MAX)
		s->missing_wait_ms = MISSING_AGAIN_MS_MAX;
	s->missing_again_ms = core->now.steady_ms + s->missing_wait_ms;
}

void serve_tick(struct core *core, struct session *s)
{
	if (!s->missing_again_ms || s->missing_again_ms > core->now.steady_ms)
		return;
	s->missing_again_ms = 0;
	s->missing_asked = 0;
	serve_ask_missing(core, s);
}

static void missing_release(struct session *s)
{
	free(s->missing);
	s->missing = NULL;
	s->missing_count = 0;
}

static void missing_read(struct core *core, struct session *s, struct bytes data)
{
	struct msg_payload_want wants[MSG_WANTS_MAX];
	struct writer body = {0};
	struct reader r;
	uint32_t count = 0;

	reader_init(&r, data);
	missing_release(s);
	s->is_asking_missing = false;
	s->missing = calloc(MSG_WANTS_MAX, sizeof(*s->missing));
	if (!s->missing)
		return;
	while (count < MSG_WANTS_MAX && reader_left(&r)) {
		struct missing *m = &s->missing[count];
		reader_copy(&r, m->log.b, KEY_SIZE);
		m->index = reader_u64(&r);
		reader_copy(&r, m->leaf.b, HASH_SIZE);
		m->kind = reader_u16(&r);
		m->size = reader_u32(&r);
		reader_copy(&r, m->commitment.b, HASH_SIZE);
		if (r.err)
			break;
		wants[count].log = m->log;
		wants[count++].index = m->index;
	}
	if (count == 0) {
		missing_release(s);
		missing_round_over(core, s);
		return;
	}
	core_mark(core, MARK_PAYLOAD_MISSED);
	s->is_asking_missing = true;
	s->missing_count = count;
	msg_payload_want_encode(&body, wants, count);
	session_send(core, s, MSG_PAYLOAD_WANT, &body);
	writer_release(&body);
}

/* How many of the wants at the front are alike: of served records, or of others. */
static uint32_t count_alike(struct core *core, const struct session *s,
    const struct msg_payload_want *wants, uint32_t count, bool *are_served)
{
	uint32_t alike = 0;

	for (; alike < count; alike++) {
		bool is_served = wants[alike].index < served_size(core, s, &wants[alike].log);
		if (alike == 0)
			*are_served = is_served;
		else if (is_served != *are_served)
			break;
	}
	return alike;
}

static void send_not_held(
    struct core *core, struct session *s, const struct msg_payload_want *wants, uint32_t count)
{
	struct writer body = {0};

	core_mark(core, MARK_NOT_HELD);
	msg_payloads_begin(&body, count);
	for (uint32_t i = 0; i < count; i++)
		msg_payloads_add(&body,
		    &(struct msg_payload){
			.log = wants[i].log, .index = wants[i].index, .state = RECORD_NOT_HELD});
	session_send(core, s, MSG_PAYLOADS, &body);
	writer_release(&body);
}

/* The other side may hold more of a log than this one, behind a cut say, or of one that is frozen:
 * no fault of its. */
enum err take_payload_want(struct core *core, struct session *s, struct bytes body)
{
	struct msg_payload_want wants[MSG_WANTS_MAX];
	bool are_served = true;
	uint32_t count;
	enum err err = msg_payload_want_decode(wants, &count, body);

	if (err)
		return err;
	count = count_alike(core, s, wants, count, &are_served);
	if (!are_served) {
		send_not_held(core, s, wants, count);
		return ERR_NONE;
	}
	if (core_reads(core, READ_PAYLOADS, s->conn) >= UNANSWERED_MAX)
		return ERR_LIMIT;
	struct asked *asked = core_read(core, READ_PAYLOADS, s->conn, NULL, 0, 0, 0);
	if (!asked)
		return ERR_MEMORY;
	struct act *act = &core->acts[(core->act_first + core->act_count - 1) % core->act_capacity];
	msg_payload_want_encode(&act->read.args, wants, count);
	return act->read.args.err;
}

static const struct missing *missing_find(const struct session *s, const struct msg_payload *m)
{
	for (uint32_t i = 0; i < s->missing_count; i++)
		if (s->missing[i].index == m->index && key_equal(&s->missing[i].log, &m->log))
			return &s->missing[i];
	return NULL;
}

static void put_erasure(
    const struct missing *wanted, struct bytes payload, struct writer *ops, struct writer *erasures)
{
	struct record_ref by = {wanted->log, wanted->index, wanted->leaf};
	struct change_erasure erasure;

	if (!erasure_read(&erasure, &by, payload))
		return;
	change_put_erasure(ops, &erasure);
	writer_put(erasures, &erasure, sizeof(erasure));
}

/* A payload that fits what the header promised becomes an operation. */
static enum err take_payload(struct core *core, const struct missing *wanted,
    const struct msg_payload *m, struct writer *ops, struct writer *erasures)
{
	struct record record = {0};
	struct writer rest = {0};
	struct reader r;
	enum err err;

	writer_u8(&rest, m->state);
	writer_bytes(&rest, m->rest);
	if ((err = rest.err))
		return err;
	reader_init(&r, writer_view(&rest));
	if (!(err = record_read_rest(&record, &r, wanted->size)))
		err = reader_end(&r);
	record.header.kind = KIND_MAX; /* the claim of an erasure is harmless */
	record.header.payload_size = wanted->size;
	record.header.commitment = wanted->commitment;
	if (!err)
		err = record_check(&record);
	if (!err && record.state == RECORD_PRESENT)
		change_put_payload(
		    ops, &(struct change_payload){
			     .key = m->log, .index = m->index, .rest = writer_view(&rest)});
	if (!err && record.state == RECORD_ERASED)
		erased_claimed(core,
		    &(struct change_erasure){
			.what = {wanted->log, wanted->index, wanted->leaf}, .by = record.erasure},
		    wanted->kind, ops);
	if (!err && record.state == RECORD_PRESENT && wanted->kind == KIND_ERASURE)
		put_erasure(wanted, record.payload, ops, erasures);
	writer_release(&rest);
	return err;
}

/* Answers come in the order of what was asked, as many as fit a frame. */
static void missing_answered(struct core *core, struct session *s, uint32_t count)
{
	if (count == 0 || count > s->missing_count) {
		s->is_missing_left = true;
		missing_round_over(core, s);
	} else {
		s->missing_key = s->missing[count - 1].log;
		s->missing_index = s->missing[count - 1].index;
		ask_missing_page(core, s);
	}
	missing_release(s);
}

enum err take_payloads(struct core *core, struct session *s, struct bytes body)
{
	struct reader items;
	struct writer ops = {0}, erasures = {0};
	struct flight *f = NULL;
	struct msg_payload m;
	uint32_t count;
	enum err err = msg_payloads_decode(&items, &count, body);

	for (uint32_t i = 0; !err && i < count; i++) {
		const struct missing *wanted = NULL;
		if (!(err = msg_payloads_next(&items, &m)) && !(wanted = missing_find(s, &m)))
			err = ERR_STATE;
		if (!err)
			err = take_payload(core, wanted, &m, &ops, &erasures);
		s->is_missing_left |= m.state != RECORD_PRESENT;
	}
	if (!err && ops.size && !(f = core_change(core, FLIGHT_NOTE, &ops)))
		err = ERR_MEMORY;
	if (f) {
		f->erasures = erasures;
		memset(&erasures, 0, sizeof(erasures));
	}
	writer_release(&erasures);
	writer_release(&ops);
	if (!err)
		missing_answered(core, s, count);
	return err;
}

enum err take_have(struct core *core, struct session *s, struct bytes body)
{
	/* Mostly one: a key is the least that an item has. */
	size_t fits = body.size / KEY_SIZE + 1;
	uint32_t most = fits < MSG_HEADS_MAX ? (uint32_t)fits : MSG_HEADS_MAX;
	struct msg_have *items = calloc(most, sizeof(*items));
	uint32_t count = 0;
	enum err err = items ? msg_have_decode(items, &count, most, body) : ERR_MEMORY;

	for (uint32_t i = 0; !err && i < count; i++)
		own_have(core, s, &items[i].log, items[i].size);
	free(items);
	return err;
}

void serve_done(struct core *core, const struct asked *asked, enum err err, struct bytes data)
{
	struct session *s = session_find(core, asked->conn);
	struct writer body = {0};

	if (!s || s->phase != SESSION_RUNNING)
		return;
	switch (asked->type) {
	case READ_BATCH:
		if (s->reading == asked->id)
			batch_read(core, s, asked->is_joined, err, data);
		break;
	case READ_OPEN:
		msg_open_encode(&body, &asked->key, err ? (struct bytes){0} : data);
		session_send(core, s, MSG_OPEN, &body);
		break;
	case READ_PAYLOADS:
		if (err) /* who waits for an answer asks for nothing else */
			msg_payloads_begin(&body, 0);
		else
			writer_bytes(&body, data);
		session_send(core, s, MSG_PAYLOADS, &body);
		break;
	case READ_MISSING:
		s->is_missing_left |= err != ERR_NONE; /* what there is cannot be said now: later */
		missing_read(core, s, err ? (struct bytes){0} : data);
		break;
	case READ_EVIDENCE:
		if (!err) {
			writer_bytes(&body, data);
			session_send(core, s, MSG_EVIDENCE, &body);
		}
		if (s->role == ROLE_UNKNOWN)
			session_close(core, s, ERR_FROZEN, NULL);
		break;
	case READ_NEWS:
		news_read(core, s, asked, err, data);
		break;
	case READ_PUSH:
	case READ_RECORD:
	case READ_ROOT:
	case READ_PROOF:
	case READ_DRAFTS:
	case READ_ROT:
	case READ_SPAN:
	case READ_ERASURES:
		break;
	}
	writer_release(&body);
}
