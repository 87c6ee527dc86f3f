/* What coordinators decide: admitting, removing. Decides what an entry says and who may approve it
 * here; whether it counts is the roster's business. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/entry.h"
#include "daemon/loop.h"
#include "daemon/methods.h"
#include "daemon/row.h"
#include "proto/kinds.h"
#include "store/store.h"

#define LISTINGS_MAX 256

void entry_free(struct entry *entry)
{
	seal_wipe(&entry->sk, sizeof(entry->sk));
	if (entry->passphrase.data)
		seal_wipe(entry->passphrase.data, entry->passphrase.capacity);
	writer_release(&entry->passphrase);
	writer_release(&entry->requests);
	free(entry);
}

static void entry_fail(struct entry *entry, enum err err, const char *hint)
{
	call_fail_why(entry->call, err, &entry->why, hint);
	entry_free(entry);
}

static void entry_appended(void *context, enum err err, const char *text, struct bytes data)
{
	struct entry *entry = context;
	struct writer w = {0};
	struct reader r;

	if (err) {
		why_set(&entry->why, err, "%s", text && *text ? text : err_text(err));
		entry_fail(entry, err, NULL);
		return;
	}
	reader_init(&r, data);
	mp_array(&r);
	mp_put_map(&w, 2);
	row_str(&w, "code", entry->code);
	row_uint(&w, "roster_size", mp_uint(&r));
	call_reply(entry->call, writer_view(&w));
	writer_release(&w);
	entry_free(entry);
}

static void entry_drafted(void *context, enum err err, const char *text, struct bytes data)
{
	struct entry *entry = context;
	struct loop *loop = entry->call->loop;
	const struct roster *roster = core_roster(loop->core);
	struct writer w = {0};
	struct reader r;
	char ref[CODE_SIZE_MAX + 40];

	if (err) {
		why_set(&entry->why, err, "%s", text && *text ? text : err_text(err));
		entry_fail(entry, err, NULL);
		return;
	}
	reader_init(&r, data);
	mp_array(&r);
	mp_array(&r);
	config_ref(loop->config, mp_uint(&r), ref, sizeof(ref));
	mp_put_map(&w, 5);
	row_uint(&w, "approvals", entry->is_approved);
	row_str(&w, "code", entry->code);
	row_str(&w, "draft", ref);
	row_uint(&w, "roster_size", roster_size(roster));
	row_uint(&w, "threshold", roster_threshold(roster));
	call_reply(entry->call, writer_view(&w));
	writer_release(&w);
	entry_free(entry);
}

void entry_draft(struct entry *entry, struct bytes map, const struct approval *approval)
{
	struct loop *loop = entry->call->loop;
	struct core *core = loop_turn(loop);
	struct publish_item item = {.kind = KIND_ROSTER_DRAFT};
	struct writer payload = {0};
	uint64_t request;

	mp_put_map(&payload, 3);
	mp_put_cstr(&payload, "approvals");
	entry->is_approved = approval != NULL;
	mp_put_array(&payload, entry->is_approved);
	if (approval) {
		mp_put_array(&payload, 2);
		mp_put_bin(&payload, approval->key.b, KEY_SIZE);
		mp_put_bin(&payload, approval->sig.b, SIG_SIZE);
	}
	row_raw(&payload, "entry", map);
	row_uint(&payload, "version", roster_set_version(core_roster(core)));
	item.payload = writer_view(&payload);
	request = payload.err ? 0 : loop_request(loop, entry_drafted, entry);
	if (request) {
		core_publish(core, request, &item, 1, 0);
		loop_act(loop);
	} else {
		entry_fail(entry, ERR_MEMORY, NULL);
	}
	writer_release(&payload);
}

/* Approved by this coordinator; with a threshold of one that is all it needs. */
static void entry_submit(struct entry *entry, struct bytes map)
{
	struct loop *loop = entry->call->loop;
	struct core *core = loop_turn(loop);
	const struct roster *roster = core_roster(core);
	struct approval approval;
	struct writer payload = {0};
	uint64_t request;

	approval_sign(
	    &approval, roster_network(roster), roster_set_version(roster), map, &entry->sk);
	seal_wipe(&entry->sk, sizeof(entry->sk));
	if (roster_threshold(roster) > 1 || !loop->config->home.is_keeper) {
		entry_draft(entry, map, &approval);
		return;
	}
	roster_payload_encode(&payload, map, &approval, 1);
	request = payload.err ? 0 : loop_request(loop, entry_appended, entry);
	if (request) {
		core_roster_append(core, request, writer_view(&payload));
		loop_act(loop);
	} else {
		entry_fail(entry, ERR_MEMORY, NULL);
	}
	writer_release(&payload);
}

static const char *hint_of(enum err err)
{
	if (err == ERR_PASSPHRASE)
		return "start communed with --passphrase-file, or say --passphrase-file here";
	return NULL;
}

static void entry_ready(struct job *job)
{
	struct entry *entry = (struct entry *)job;
	const struct roster *roster = core_roster(loop_turn(entry->call->loop));
	const struct member *self;
	struct writer map = {0};
	enum err err = entry->err;

	self = err ? NULL : roster_member_by_key(roster, &entry->key);
	if (!err && (!self || !self->is_coordinator))
		err = why_set(&entry->why, ERR_REFUSED, "only a coordinator decides on members");
	if (!err)
		err = entry->write(entry, &map, &entry->why);
	if (!err && map.err)
		err = map.err;
	if (err)
		entry_fail(entry, err, hint_of(err));
	else
		entry_submit(entry, writer_view(&map));
	writer_release(&map);
}

/* Off the loop: reads the requests, opens the member key. */
static void entry_prepare(struct job *job, void *context)
{
	struct entry *entry = (struct entry *)job;
	struct loop *loop = entry->call->loop;

	(void)context;
	entry->err = store_requests(loop->store, &entry->requests, &entry->why);
	if (!entry->err)
		entry->err = config_member_key(loop->config, writer_view(&entry->passphrase),
		    &entry->key, &entry->sk, &entry->why);
}

void entry_start(struct entry *entry)
{
	entry->job = (struct job){entry_prepare, entry_ready, NULL};
	entry->err = ERR_CLOSED;
	job_push(entry->call->loop->queries, &entry->job);
}

struct entry *entry_new(struct call *call)
{
	enum err err = ERR_NONE;
	struct bytes code = call_str(call, "code", &err);
	struct bytes passphrase = call_bin(call, "passphrase", &err);
	struct entry *entry;

	if (err || !code_is_valid(code)) {
		call_fail(call, ERR_FIELD,
		    "bad code: it is a small letter, then at most 31 small letters, digits or "
		    "dashes",
		    NULL);
		return NULL;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry) {
		call_fail(call, ERR_MEMORY, NULL, NULL);
		return NULL;
	}
	entry->call = call;
	memcpy(entry->code, code.data, code.size);
	writer_bytes(&entry->passphrase, passphrase);
	return entry;
}

/* --- admit ------------------------------------------------------------------------------------ */

static enum err admit_write(struct entry *entry, struct writer *out, struct why *why)
{
	const struct roster *roster = core_roster(entry->call->loop->core);
	const struct member *member = roster_member(roster, entry->code);
	struct join_request request;
	enum err err;

	if (member && member->is_admitted)
		return why_set(why, ERR_EXISTS, "%s is a member already", entry->code);
	err = join_request_find(
	    &request, writer_view(&entry->requests), entry->code, entry->fingerprint, why);
	if (err)
		return err;
	roster_entry_admit(out, entry->code, request.kind, &request.open.member_key, request.names,
	    request.territory, member ? &member->entry_leaf : NULL);
	return ERR_NONE;
}

void method_roster_admit(struct call *call)
{
	enum err err = ERR_NONE;
	struct bytes fingerprint = call_str(call, "fingerprint", &err);
	struct entry *entry;

	if (err || fingerprint.size > HOME_FINGERPRINT_SIZE ||
	    (fingerprint.size && fingerprint.size < 8)) {
		call_fail(call, ERR_FIELD, "bad fingerprint: it is 8 to 32 hex digits", NULL);
		return;
	}
	entry = entry_new(call);
	if (!entry)
		return;
	if (fingerprint.size)
		memcpy(entry->fingerprint, fingerprint.data, fingerprint.size);
	entry->write = admit_write;
	entry_start(entry);
}

/* --- remove ----------------------------------------------------------------------------------- */

/* Every log of the member ends where this node knows its head. */
static unsigned listings_take(struct log_listing *out, const struct core *core, const char *code)
{
	struct log_info log;
	unsigned count = 0;

	for (size_t i = 0; core_log(core, i, &log) && count < LISTINGS_MAX; i++)
		if (strcmp(log.member, code) == 0 && log.head.size > 0 && log.is_admissible)
			out[count++] =
			    (struct log_listing){log.key, LOG_IS_CUT, log.head.size, log.head.root};
	return count;
}

static enum err remove_write(struct entry *entry, struct writer *out, struct why *why)
{
	const struct core *core = entry->call->loop->core;
	const struct member *member = roster_member(core_roster(core), entry->code);
	struct log_listing *listings;
	unsigned count;

	if (!member || !member->is_admitted)
		return why_set(why, ERR_UNKNOWN, "%s is no member", entry->code);
	if (member->is_coordinator)
		return why_set(why, ERR_REFUSED,
		    "%s is a coordinator: the set of coordinators changes first", entry->code);
	listings = calloc(LISTINGS_MAX, sizeof(*listings));
	if (!listings)
		return why_set(why, ERR_MEMORY, "out of memory");
	count = listings_take(listings, core, entry->code);
	roster_entry_remove(out, entry->code, entry->reason, listings, count, &member->entry_leaf);
	free(listings);
	return ERR_NONE;
}

void method_roster_remove(struct call *call)
{
	static const char *const reasons[] = {"request", "merged", "breach", "error"};
	enum err err = ERR_NONE;
	struct bytes reason = call_str(call, "reason", &err);
	struct entry *entry;

	for (size_t i = 0; !err && i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (!bytes_equal(reason, bytes_str(reasons[i])))
			continue;
		entry = entry_new(call);
		if (!entry)
			return;
		snprintf(entry->reason, sizeof(entry->reason), "%s", reasons[i]);
		entry->write = remove_write;
		entry_start(entry);
		return;
	}
	call_fail(call, ERR_FIELD, "bad reason: it is request, merged, breach or error", NULL);
}
