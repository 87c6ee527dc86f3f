/* Requests to publish: queued, kept as drafts while this node may not sign, answered when their records are signed here and,
 * if asked, committed by others. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/kinds.h"
#include "proto/mp.h"

/* u16 kind, i64 time, u32 size. */
#define ITEM_HEAD_SIZE 14

void publish_put(struct publish *p, uint16_t kind, struct mtime time, struct bytes payload)
{
	writer_u16(&p->items, kind);
	writer_u64(&p->items, (uint64_t)time.ms);
	writer_u32(&p->items, (uint32_t)payload.size);
	writer_bytes(&p->items, payload);
	p->count++;
}

void publish_enqueue(struct own *own, struct publish *p)
{
	*own->queue_end = p;
	own->queue_end = &p->next;
}

void publish_fail(struct core *core, struct publish *p, enum err err, const char *text)
{
	core_reply(core, p->request, err, text ? text : err_text(err), NULL);
	publish_free(p);
}

static void to_drafts(struct core *core, struct publish *p)
{
	struct writer ops = {0};
	struct reader r;

	reader_init(&r, writer_view(&p->items));
	p->draft_first = core->draft_next;
	while (reader_left(&r)) {
		struct change_draft draft = {.is_put = true, .number = core->draft_next++};
		draft.kind = reader_u16(&r);
		draft.time.ms = (int64_t)reader_u64(&r);
		draft.payload = reader_take(&r, reader_u32(&r));
		change_put_draft(&ops, &draft);
	}
	p->draft_last = core->draft_next - 1;
	struct flight *f = core_change(core, FLIGHT_DRAFTS, &ops);
	if (!f) {
		publish_fail(core, p, ERR_MEMORY, NULL);
		return;
	}
	f->request = p->request;
	f->from = p->draft_first;
	f->frontier.size = p->count;
	f->records = p->items; /* the times, for the reply */
	memset(&p->items, 0, sizeof(p->items));
	publish_free(p);
}

/* By its own last record, or by the roster. */
bool own_is_ended(const struct own *own)
{
	return own->log && (own->log->is_closed || own->log->cut.is_cut);
}

void core_publish(struct core *core, uint64_t request, const struct publish_item *items,
    size_t count, unsigned wait)
{
	struct publish *p = calloc(1, sizeof(*p));
	size_t size = 0;

	if (!p) {
		core_reply(core, request, ERR_MEMORY, err_text(ERR_MEMORY), NULL);
		return;
	}
	p->request = request;
	p->wait = wait;
	for (size_t i = 0; i < count; i++)
		size += items[i].payload.size + ITEM_HEAD_SIZE;
	writer_reserve(&p->items, size);
	for (size_t i = 0; i < count; i++)
		publish_put(p, items[i].kind, core->now.wall, items[i].payload);
	if (p->items.err || count == 0) {
		publish_fail(core, p, count ? ERR_MEMORY : ERR_USAGE, NULL);
		return;
	}
	for (size_t i = 0; i + 1 < count; i++) {
		if (items[i].kind != KIND_LOG_CLOSE)
			continue;
		publish_fail(core, p, ERR_USAGE, "nothing follows the record that closes a log");
		return;
	}
	if (core->own.log && core->own.log->state == LOG_FROZEN) {
		publish_fail(core, p, ERR_FROZEN, own_frozen_text);
	} else if (own_is_ended(&core->own)) {
		publish_fail(core, p, ERR_CUT, OWN_ENDED_TEXT);
	} else if (!listen_may_sign(core, &core->own)) {
		if (items[count - 1].kind == KIND_LOG_CLOSE)
			publish_fail(core, p, ERR_REFUSED,
			    "a log is closed while it may be signed: this one may not be now");
		else if (wait)
			publish_fail(core, p, ERR_REFUSED,
			    "this node may not sign yet: it waits for peers to tell the head of "
			    "its log");
		else
			to_drafts(core, p);
	} else {
		publish_enqueue(&core->own, p);
		own_pump(core);
	}
}

void core_roster_append(struct core *core, uint64_t request, struct bytes payload)
{
	struct publish *p;
	struct why why = {0};

	if (!core->keeper.exists) {
		core_reply(core, request, ERR_REFUSED,
		    "this node does not keep the roster: run it on the keeper's node", NULL);
		return;
	}
	if (roster_check(core->roster, payload, &why)) {
		core_reply(core, request, ERR_REFUSED, why.text, NULL);
		return;
	}
	if (!listen_may_sign(core, &core->keeper) || core->keeper.phase != OWN_IDLE ||
	    core->keeper.queue) {
		core_reply(core, request, ERR_REFUSED,
		    "the roster is not ready to be signed: try again", NULL);
		return;
	}
	if (!(p = calloc(1, sizeof(*p)))) {
		core_reply(core, request, ERR_MEMORY, err_text(ERR_MEMORY), NULL);
		return;
	}
	p->request = request;
	publish_put(p, KIND_ROSTER_ENTRY, core->now.wall, payload);
	publish_enqueue(&core->keeper, p);
	own_pump(core);
}

void publish_fail_current(struct core *core, struct own *own, enum err err, const char *text)
{
	core_mark(core, MARK_ROUND_FAILED);
	while (own->current) {
		struct publish *p = own->current;
		own->current = p->next;
		publish_fail(core, p, err, text);
	}
	own->phase = OWN_IDLE;
	own->retry_ms = core->now.steady_ms + RETRY_MS;
}

static void reply_published(struct core *core, struct publish *p, uint64_t size)
{
	struct writer data = {0};
	struct reader r;

	reader_init(&r, writer_view(&p->names));
	writer_reserve(&data, p->names.size + p->count * 16);
	mp_put_array(&data, (uint32_t)p->count);
	while (reader_left(&r)) {
		mp_put_array(&data, 4);
		mp_put_uint(&data, reader_u64(&r));
		mp_put_bin(&data, reader_take(&r, HASH_SIZE).data, HASH_SIZE);
		mp_put_uint(&data, size);
		mp_put_uint(&data, reader_u64(&r));
	}
	core_reply(core, p->request, data.err, "", &data);
	writer_release(&data);
}

unsigned core_holders(const struct core *core, uint64_t size)
{
	unsigned count = 0;
	for (size_t i = 0; i < core->holder_count; i++)
		count += core->holders[i].size >= size;
	return count;
}

static void finish_waiting(struct core *core)
{
	for (struct publish **at = &core->own.waiting; *at;) {
		struct publish *p = *at;
		uint64_t end = p->first_index + p->count;
		if (core_holders(core, end) < p->wait) {
			core_mark(core, MARK_HOLDERS_WAIT);
			at = &p->next;
			continue;
		}
		*at = p->next;
		reply_published(core, p, end);
		publish_free(p);
	}
}

void publish_acknowledge(struct core *core, struct own *own)
{
	while (own->current) {
		struct publish *p = own->current;
		struct writer data = {0};
		own->current = p->next;
		p->next = NULL;
		if (own == &core->keeper) {
			mp_put_array(&data, 1);
			mp_put_uint(&data, own->log->head.size);
			core_reply(core, p->request, ERR_NONE, "", &data);
			publish_free(p);
			continue;
		}
		if (p->draft_first) {
			core_mark(core, MARK_DRAFTS_SIGNED);
			core->drafts -= p->count;
		}
		p->next = own->waiting;
		own->waiting = p;
	}
	finish_waiting(core);
}

static void wait_over(struct publish *list, uint64_t request)
{
	for (struct publish *p = list; p; p = p->next)
		if (p->request == request)
			p->wait = 0;
}

void core_wait_over(struct core *core, uint64_t request)
{
	wait_over(core->own.queue, request);
	wait_over(core->own.current, request);
	wait_over(core->own.waiting, request);
	finish_waiting(core);
}

void own_have(struct core *core, struct session *s, const struct key *log, uint64_t size)
{
	struct holder *holder = NULL;

	if (!key_equal(log, &core->own.key) || strcmp(s->member, core->config.member) == 0)
		return;
	for (size_t i = 0; i < core->holder_count; i++)
		if (strcmp(core->holders[i].member, s->member) == 0)
			holder = &core->holders[i];
	if (!holder) {
		struct holder *more =
		    realloc(core->holders, (core->holder_count + 1) * sizeof(*more));
		if (!more)
			return;
		core->holders = more;
		holder = &more[core->holder_count++];
		*holder = (struct holder){.size = 0};
		memcpy(holder->member, s->member, sizeof(holder->member));
	}
	if (size > holder->size && core->own.log && size <= core->own.log->head.size)
		holder->size = size;
	finish_waiting(core);
}

void own_agreed(struct core *core, struct session *s)
{
	const struct log *log = core->own.log;

	if (log && heads_counts(log) && log->state == LOG_OPEN && !log->cut.is_cut)
		own_have(core, s, &core->own.key, log->head.size);
}

void publish_drafts_done(struct core *core, struct flight *f, enum err err)
{
	struct writer data = {0};
	struct reader r;

	core_mark(core, err ? MARK_DRAFTS_FAILED : MARK_DRAFTS_KEPT);
	if (err) {
		core_reply(core, f->request, err, err_text(err), NULL);
		return;
	}
	core->drafts += f->frontier.size;
	mp_put_array(&data, (uint32_t)f->frontier.size);
	reader_init(&r, writer_view(&f->records));
	for (uint64_t n = f->from; n < f->from + f->frontier.size; n++) {
		reader_u16(&r);
		uint64_t time = reader_u64(&r);
		reader_take(&r, reader_u32(&r));
		mp_put_array(&data, 4);
		mp_put_uint(&data, n);
		mp_put_bin(&data, "", 0);
		mp_put_uint(&data, 0);
		mp_put_uint(&data, time);
	}
	core_reply(core, f->request, data.err, "", &data);
	writer_release(&data);
}

void own_drafts_read(struct core *core, enum err err, struct bytes data)
{
	struct reader r;
	struct change op;

	core->is_reading_drafts = false;
	reader_init(&r, data);
	while (!err && change_next(&op, &r)) {
		struct publish *p = op.op == CHANGE_DRAFT ? calloc(1, sizeof(*p)) : NULL;
		if (!p)
			break;
		publish_put(p, op.draft.kind, op.draft.time, op.draft.payload);
		p->draft_first = p->draft_last = op.draft.number;
		publish_enqueue(&core->own, p);
	}
	if (!core->own.queue)
		core->drafts = 0;
	own_pump(core);
}
