/* What moved since a peer's cursor, told with its records at once where that is little: one message, and the digest that
 * confirms it. The cursor says what the peer has, so it needs not be asked. Whether it fits is seen there (core_batch.c), and
 * where it does not, digests differ and the heads themselves are told. DESIGN D6. */
#include "proto/core_parts.h"

#include <stdlib.h>

/* Nothing that the other side could learn of its own log: it told of no less. Where it has more that is to be fetched, and
 * equal digests say when it has been. */
static bool is_own_known(const struct core *core, const struct session *s)
{
	const struct log *log = heads_find(&core->heads, &s->remote_log);

	if (!log || !log->head.size || log->state == LOG_FROZEN)
		return false;
	return log->head.size < s->hello.own_size ||
	       (log->head.size == s->hello.own_size &&
		   hash_equal(&log->head.root, &s->hello.own_root));
}

/* False when there are too many, or one that only the roster vouches for. */
static bool gather(
    const struct core *core, const struct session *s, uint64_t since, struct msg_news *out)
{
	for (size_t i = 0; i < core->heads.count; i++) {
		const struct log *log = heads_at(&core->heads, i);
		struct msg_tail *tail = &out->tails[out->count];
		if (log->head_arrival <= since || !sync_is_told(core, s, log))
			continue;
		if (out->count == NEWS_LOGS_MAX)
			return false;
		log_told(log, &tail->head);
		if (checkpoint_is_cut(&tail->head))
			return false;
		out->count++;
	}
	return true;
}

static bool ask(struct core *core, struct session *s, uint64_t since, const struct msg_news *news)
{
	struct asked *asked;
	struct act *act;

	asked = core_read(core, READ_NEWS, s->conn, NULL, since, 0, NEWS_RAW_MAX);
	if (!asked)
		return false;
	act = &core->acts[(core->act_first + core->act_count - 1) % core->act_capacity];
	for (uint32_t i = 0; i < news->count; i++)
		batch_put_want(
		    &act->read.args, &news->tails[i].head.log, 0, news->tails[i].head.size);
	asked->news = malloc(sizeof(*asked->news));
	if (asked->news)
		*asked->news = *news;
	return true;
}

bool news_begin(struct core *core, struct session *s, uint64_t since)
{
	struct msg_news news = {.count = 0};

	if (!is_own_known(core, s) || !gather(core, s, since, &news))
		return false;
	if (news.count > 0)
		return ask(core, s, since, &news);
	core_mark(core, MARK_NEWS_NONE);
	return true;
}

/* False when they are too many, or one cannot be told any more. */
static bool fill(
    const struct core *core, const struct session *s, struct msg_news *news, struct bytes data)
{
	struct reader r;

	reader_init(&r, data);
	for (uint32_t i = 0; i < news->count; i++) {
		const struct log *log = heads_find(&core->heads, &news->tails[i].head.log);
		if (!log || !sync_is_told(core, s, log))
			return false;
		news->tails[i].count = reader_u32(&r);
	}
	reader_u32(&r); /* the raw size: the frame declares it */
	news->packed = bytes_of(r.at, reader_left(&r));
	return r.err == ERR_NONE;
}

void news_read(struct core *core, struct session *s, const struct asked *asked, enum err err,
    struct bytes data)
{
	struct writer body = {0};

	if (s->role != ROLE_MEMBER || !s->in_step)
		return; /* the roster moved: digests are compared */
	if (err || !asked->news || !fill(core, s, asked->news, data)) {
		core_mark(core, MARK_NEWS_LARGE);
		sync_send_changed(core, s, asked->from);
		return;
	}
	core_mark(core, MARK_NEWS_TOLD);
	s->served_ms = core->now.steady_ms; /* it stores them before it compares */
	msg_news_encode(&body, asked->news);
	session_send(core, s, MSG_NEWS, &body);
	writer_release(&body);
}
