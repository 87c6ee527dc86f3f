/* A coordinator approves what another one has drafted: a record of its own log, which the keeper's node counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/job.h"
#include "daemon/loop.h"
#include "daemon/methods.h"
#include "daemon/row.h"
#include "daemon/source.h"
#include "proto/kinds.h"

struct approve {
	struct job job;
	struct call *call;
	struct query_source source;
	char today[TODAY_SIZE + 1];
	struct writer shown; /* the draft as `show` answers it */
	struct bytes draft;  /* its payload, in shown */
	struct writer passphrase;
	struct key key;
	struct seckey sk;
	enum err err;
	struct why why;
};

static void approve_free(struct approve *a)
{
	seal_wipe(&a->sk, sizeof(a->sk));
	if (a->passphrase.data)
		seal_wipe(a->passphrase.data, a->passphrase.capacity);
	writer_release(&a->passphrase);
	writer_release(&a->shown);
	free(a);
}

static void approve_fail(struct approve *a, enum err err)
{
	call_fail_why(a->call, err, &a->why, NULL);
	approve_free(a);
}

static enum err draft_read(struct approve *a)
{
	struct bytes shown = writer_view(&a->shown);
	struct reader kind, payload;

	reader_init(&kind, mp_get(shown, "kind"));
	reader_init(&payload, mp_get(shown, "payload"));
	if (!bytes_equal(mp_str(&kind), BYTES_STR("roster.draft")))
		return why_set(&a->why, ERR_REFUSED, "this record is no draft of a roster entry");
	a->draft = mp_bin(&payload);
	if (payload.err || mp_scan(a->draft) || mp_get(a->draft, "entry").size == 0)
		return why_set(&a->why, ERR_REFUSED, "this draft cannot be read");
	return ERR_NONE;
}

static void approve_run(struct job *job, void *context)
{
	struct approve *a = (struct approve *)job;

	(void)context;
	a->err = query_run(&a->source, "show", a->call->params, &a->shown, &a->why);
	if (!a->err)
		a->err = draft_read(a);
	if (!a->err)
		a->err = config_member_key(
		    a->call->loop->config, writer_view(&a->passphrase), &a->key, &a->sk, &a->why);
}

static void approved(void *context, enum err err, const char *text, struct bytes data)
{
	struct approve *a = context;
	struct loop *loop = a->call->loop;
	struct writer w = {0};
	struct reader r;
	char ref[CODE_SIZE_MAX + 40];

	if (err) {
		why_set(&a->why, err, "%s", text && *text ? text : err_text(err));
		approve_fail(a, err);
		return;
	}
	reader_init(&r, data);
	mp_array(&r);
	mp_array(&r);
	config_ref(loop->config, mp_uint(&r), ref, sizeof(ref));
	mp_put_map(&w, 2);
	row_str(&w, "ref", ref);
	row_uint(&w, "roster_size", roster_size(core_roster(loop->core)));
	call_reply(a->call, writer_view(&w));
	writer_release(&w);
	approve_free(a);
}

static void put_approval(struct writer *w, const struct approve *a, uint64_t version)
{
	const struct roster *roster = core_roster(a->call->loop->core);
	struct bytes entry = mp_get(a->draft, "entry");
	struct approval approval;
	struct hash hash;

	approval_sign(&approval, roster_network(roster), version, entry, &a->sk);
	seal_sha256(&hash, entry);
	mp_put_map(w, 4);
	row_bin(w, "entry", hash.b, HASH_SIZE);
	row_bin(w, "key", approval.key.b, KEY_SIZE);
	row_bin(w, "signature", approval.sig.b, SIG_SIZE);
	row_uint(w, "version", version);
}

static enum err approve_check(struct approve *a, const struct roster *roster)
{
	const struct member *self = roster_member_by_key(roster, &a->key);
	struct reader r;

	if (!self || !self->is_coordinator)
		return why_set(&a->why, ERR_REFUSED, "only a coordinator approves entries");
	reader_init(&r, mp_get(a->draft, "version"));
	if (mp_uint(&r) != roster_set_version(roster) || r.err)
		return why_set(&a->why, ERR_REFUSED,
		    "the coordinators have changed since this draft: it needs a new one");
	return ERR_NONE;
}

static void approve_done(struct job *job)
{
	struct approve *a = (struct approve *)job;
	struct loop *loop = a->call->loop;
	struct core *core = loop_turn(loop);
	const struct roster *roster = core_roster(core);
	struct publish_item item = {.kind = KIND_ROSTER_APPROVAL};
	struct writer payload = {0};
	enum err err = a->err ? a->err : approve_check(a, roster);
	uint64_t request = 0;

	if (!err) {
		put_approval(&payload, a, roster_set_version(roster));
		request = payload.err ? 0 : loop_request(loop, approved, a);
		err = request ? ERR_NONE : ERR_MEMORY;
	}
	if (err) {
		approve_fail(a, err);
	} else {
		item.payload = writer_view(&payload);
		core_publish(core, request, &item, 1, 0);
		loop_act(loop);
	}
	writer_release(&payload);
}

void method_roster_approve(struct call *call)
{
	enum err err = ERR_NONE;
	struct bytes passphrase = call_bin(call, "passphrase", &err);
	struct approve *a = err ? NULL : calloc(1, sizeof(*a));

	if (!a) {
		call_fail(call, err ? ERR_USAGE : ERR_MEMORY, NULL, NULL);
		return;
	}
	a->job = (struct job){approve_run, approve_done, NULL};
	a->call = call;
	a->err = ERR_CLOSED;
	writer_bytes(&a->passphrase, passphrase);
	source_init(&a->source, a->today, call->loop);
	job_push(call->loop->queries, &a->job);
}
