/* Are two nodes equal, and where do they differ: DIGEST after a quiet while, BUCKETS when that differs. DESIGN D6. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"

static bool is_idle(const struct core *core, const struct session *s)
{
	return want_list_is_empty(&s->wants) && want_list_is_empty(&s->plan) &&
	       core->heads_under_way == 0;
}

/* Records of others are asked for, or being stored. */
static bool is_taking(const struct core *core, const struct session *s)
{
	if (!want_list_is_empty(&s->wants) || !want_list_is_empty(&s->plan))
		return true;
	for (const struct flight *f = core->flights; f; f = f->next)
		if (f->type == FLIGHT_RECORDS)
			return true;
	return false;
}

void sync_settle_later(const struct core *core, struct session *s)
{
	s->settle_ms = core->now.steady_ms + SETTLE_MS;
}

void sync_touch(struct core *core)
{
	for (size_t i = 0; i < core->session_count; i++) {
		core->sessions[i]->moved_ms = core->now.steady_ms;
		if (core->sessions[i]->in_step)
			sync_settle_later(core, core->sessions[i]);
	}
}

/* It asks for records: what it holds changes with each that comes, and to compare then would have it told again, bucket by
 * bucket, what it has been told and is about to ask for. Not put off for ever: others may lack what it has. */
static bool is_fetching(const struct core *core, struct session *s)
{
	int64_t now = core->now.steady_ms;

	if (!s->served_ms || now - s->served_ms >= SETTLE_MS) {
		s->put_off_ms = 0;
		return false;
	}
	if (!s->put_off_ms)
		s->put_off_ms = now;
	if (now - s->put_off_ms < UNDER_WAY_MS_MAX)
		return true;
	s->put_off_ms = now;
	return false;
}

/* News travels by announcements, and reaches neighbours at different times. */
static bool is_under_way(const struct core *core, struct session *s)
{
	int64_t until = s->moved_ms + UNDER_WAY_MS;

	if (!s->was_equal)
		return false;
	if (!s->apart_ms)
		s->apart_ms = core->now.steady_ms;
	if (until > s->apart_ms + UNDER_WAY_MS_MAX)
		until = s->apart_ms + UNDER_WAY_MS_MAX;
	s->settle_ms = until;
	return core->now.steady_ms < until;
}

void sync_again(struct core *core)
{
	for (size_t i = 0; i < core->session_count; i++) {
		core->sessions[i]->buckets_ms = 0;
		core->sessions[i]->was_equal = false;
		core->sessions[i]->buckets_wait_ms = BUCKETS_AGAIN_MS / 2;
	}
	sync_touch(core);
}

void sync_remember_cursor(struct core *core, struct session *s)
{
	struct change_cursor op = {.peer = s->remote_log, .arrival = s->upto_peer};
	struct cursor *cursor = (struct cursor *)sync_cursor(core, &s->remote_log);
	struct writer ops = {0};

	if (s->upto_peer == 0)
		return; /* it has nothing to tell of */
	memcpy(op.store_id, s->remote_store, STORE_ID_SIZE);
	if (cursor && cursor->arrival == op.arrival &&
	    memcmp(cursor->store_id, op.store_id, STORE_ID_SIZE) == 0)
		return;
	if (!cursor) {
		struct cursor *more =
		    realloc(core->cursors, (core->cursor_count + 1) * sizeof(*more));
		if (!more)
			return;
		core->cursors = more;
		cursor = &core->cursors[core->cursor_count++];
		cursor->peer = s->remote_log;
	}
	cursor->arrival = op.arrival;
	memcpy(cursor->store_id, op.store_id, STORE_ID_SIZE);
	change_put_cursor(&ops, &op);
	core_change(core, FLIGHT_NOTE, &ops);
}

/* For the two digests as they are: what either side learns from an answer changes one of them. */
static bool has_sent_buckets(const struct session *s, const struct hash *digest)
{
	return hash_equal(&s->buckets_at, digest) && hash_equal(&s->buckets_peer, &s->digest_peer);
}

void sync_send_buckets(struct core *core, struct session *s, const struct hash *digest)
{
	struct hash buckets[BUCKET_COUNT];
	struct writer body = {0};

	s->buckets_wait_ms =
	    has_sent_buckets(s, digest) ? s->buckets_wait_ms * 2 : BUCKETS_AGAIN_MS;
	if (s->buckets_wait_ms > BUCKETS_AGAIN_MS_MAX)
		s->buckets_wait_ms = BUCKETS_AGAIN_MS_MAX;
	s->buckets_ms = core->now.steady_ms + s->buckets_wait_ms;
	s->is_unheard = true;
	s->buckets_at = *digest;
	s->buckets_peer = s->digest_peer;
	heads_buckets(&core->heads, buckets);
	msg_buckets_encode(&body, buckets);
	session_send(core, s, MSG_BUCKETS, &body);
	writer_release(&body);
}

/* It has not said a word since it was last asked: its line may be dead, which PING finds out, not 8 KiB of hashes again and
 * again. */
static bool is_silent(const struct core *core, struct session *s)
{
	if (!s->is_unheard)
		return false;
	core_mark(core, MARK_BUCKETS_UNHEARD);
	s->settle_ms = core->now.steady_ms + BUCKETS_AGAIN_MS;
	return true;
}

/* At once when either digest is new, again and again at growing intervals while nothing moves: what one answer left out
 * (a head that could not be shown yet, a log that was fetched elsewhere) comes with a later one. */
static void look_closer(struct core *core, struct session *s, const struct hash *digest)
{
	if (is_silent(core, s))
		return;
	/* Two nodes may differ all day long, by what one of them takes of a member in a day say. */
	if (has_sent_buckets(s, digest) && core->now.steady_ms >= s->buckets_ms) {
		core_mark(core, MARK_BUCKETS_AGAIN);
		s->is_missing_apart = true;
		serve_ask_missing(core, s);
		sync_tell_roster(core, s); /* of one size they may be two */
	}
	if (!has_sent_buckets(s, digest) || core->now.steady_ms >= s->buckets_ms)
		sync_send_buckets(core, s, digest);
	s->settle_ms = s->buckets_ms;
}

/* Quiet for a while: say what we have, and look closer where the other has something else. */
void sync_settle(struct core *core, struct session *s)
{
	struct hash digest;

	s->settle_ms = 0;
	if (!is_idle(core, s) || is_fetching(core, s)) {
		sync_settle_later(core, s);
		return;
	}
	heads_digest(&core->heads, core->roster_log, &digest);
	if (BROKEN_CURSOR_EARLY)
		sync_remember_cursor(core, s);
	if (!hash_equal(&digest, &s->digest_sent)) {
		sync_send_digest(core, s);
		s->is_digest_due = true; /* what changed here is on its way there */
	}
	if (!s->has_digest_peer)
		return;
	if (hash_equal(&digest, &s->digest_peer)) {
		sync_known_equal(core, s);
		sync_remember_cursor(core, s);
		if (s->is_missing_apart) /* it may not have had the records then */
			s->missing_asked = 0;
		s->is_missing_apart = false;
		serve_ask_missing(core, s);
		rot_pump(core);
	} else if (s->is_digest_due) {
		s->is_digest_due = false;
		sync_settle_later(core, s);
	} else if (!is_under_way(core, s)) {
		look_closer(core, s, &digest);
	}
}

enum err take_digest(struct core *core, struct session *s, struct bytes body)
{
	struct hash digest;
	enum err err = msg_digest_decode(&s->digest_peer, &s->upto_peer, body);

	if (err)
		return err;
	s->has_digest_peer = true;
	s->is_digest_due = false;
	s->moved_ms = core->now.steady_ms;
	heads_digest(&core->heads, core->roster_log, &digest);
	if (!s->in_step) {
		s->in_step = true;
		if (!hash_equal(&digest, &s->digest_peer) &&
		    s->remote_roster <= core_roster_size(core))
			sync_send_buckets(core, s, &digest);
	}
	if (hash_equal(&digest, &s->digest_peer)) {
		sync_known_equal(core, s);
		/* The other one waits for the same word from here before it looks closer. */
		if (!hash_equal(&digest, &s->digest_sent) && is_idle(core, s))
			sync_send_digest(core, s);
	}
	sync_settle_later(core, s);
	return ERR_NONE;
}

enum err take_buckets(struct core *core, struct session *s, struct bytes body)
{
	struct hash theirs[BUCKET_COUNT], ours[BUCKET_COUNT], digest;
	bool differs[BUCKET_COUNT];
	bool any = false;
	enum err err = msg_buckets_decode(theirs, body);

	if (err || s->queued > core->config.bounds.send_queue_max / 4)
		return err; /* it has enough to read, and will ask again */
	heads_buckets(&core->heads, ours);
	for (size_t b = 0; b < BUCKET_COUNT; b++)
		any |= differs[b] = !hash_equal(&theirs[b], &ours[b]);
	s->in_step = true;
	if (!any) { /* the digests differ by the roster alone, or the one that was told last was not read */
		sync_tell_roster(core, s);
		sync_send_digest(core, s);
		sync_settle_later(
		    core, s); /* it may be the first time that both are known to be equal */
		return ERR_NONE;
	}
	sync_send_buckets_heads(core, s, differs);
	heads_digest(&core->heads, core->roster_log, &digest);
	/* Whoever still fetches compares again when that is over. An own record that is being stored keeps nobody waiting. */
	if (is_taking(core, s))
		sync_settle_later(core, s);
	else if (!has_sent_buckets(s, &digest))
		sync_send_buckets(core, s, &digest);
	return ERR_NONE;
}
