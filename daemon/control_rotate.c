/* Another member key for a member. A coordinator writes the entry; the member itself writes the same
 * entry without an approval, as a draft in its own log, and coordinators approve it. Which of the
 * old key's logs live on is said in the entry. */
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/entry.h"
#include "daemon/loop.h"
#include "daemon/methods.h"
#include "daemon/row.h"
#include "proto/kinds.h"

#define LISTINGS_MAX 256

/* A cut stays where it is; the others go on, or end where this node knows their heads. */
static unsigned listings_take(
    struct log_listing *out, const struct core *core, const char *code, bool is_lost)
{
	struct log_info log;
	unsigned count = 0;

	for (size_t i = 0; core_log(core, i, &log) && count < LISTINGS_MAX; i++) {
		struct log_listing line = {.key = log.key, .end = LOG_STAYS_OPEN};

		if (strcmp(log.member, code) != 0 || !log.is_admissible || log.number == 0 ||
		    (is_lost && log.head.size == 0))
			continue;
		if (log.cut.is_cut || is_lost) {
			line.end = LOG_IS_CUT;
			line.size = log.cut.is_cut ? log.cut.size : log.head.size;
			line.root = log.cut.is_cut ? log.cut.root : log.head.root;
		}
		out[count++] = line;
	}
	return count;
}

static enum err rotate_write(struct entry *entry, struct writer *out, struct why *why)
{
	const struct core *core = entry->call->loop->core;
	const struct member *member = roster_member(core_roster(core), entry->code);
	struct log_listing *listings;
	unsigned count;

	if (!member || !member->is_admitted)
		return why_set(why, ERR_UNKNOWN, "%s is no member", entry->code);
	if (key_equal(&member->key, &entry->new_key))
		return why_set(why, ERR_REFUSED, "%s has this member key already", entry->code);
	if (!seal_is_valid_point(&entry->new_key))
		return why_set(why, ERR_FIELD, "bad key: it cannot be a member key");
	listings = calloc(LISTINGS_MAX, sizeof(*listings));
	if (!listings)
		return why_set(why, ERR_MEMORY, "out of memory");
	count = listings_take(listings, core, entry->code, entry->is_lost);
	roster_entry_rotate(
	    out, entry->code, &entry->new_key, listings, count, &member->entry_leaf);
	free(listings);
	return ERR_NONE;
}

/* --- asked for by the member ------------------------------------------------------------------ */

static void ask(struct entry *entry)
{
	struct core *core = loop_turn(entry->call->loop);
	struct writer map = {0};
	struct core_status status;
	enum err err = rotate_write(entry, &map, &entry->why);

	core_status(core, &status);
	if (!err && status.state == NODE_DRAFTS)
		err = why_set(&entry->why, ERR_REFUSED,
		    "this node may not sign now: a coordinator can enter the key with --key");
	if (!err && map.err)
		err = why_set(&entry->why, map.err, "%s", err_text(map.err));
	if (err) {
		call_fail_why(entry->call, err, &entry->why, NULL);
		entry_free(entry);
	} else {
		entry_draft(entry, writer_view(&map), NULL);
	}
	writer_release(&map);
}

void method_roster_rotate(struct call *call)
{
	enum err err = ERR_NONE;
	struct bytes key = call_bin(call, "member_key", &err);
	bool is_lost = call_bool(call, "lost", &err);
	const char *self_code = call->loop->config->home.member;
	const struct member *self = roster_member(core_roster(loop_turn(call->loop)), self_code);
	struct entry *entry;

	if (err || key.size != KEY_SIZE) {
		call_fail(call, ERR_FIELD, "bad key: it is 64 hex digits", NULL);
		return;
	}
	entry = entry_new(call);
	if (!entry)
		return;
	memcpy(entry->new_key.b, key.data, KEY_SIZE);
	entry->is_lost = is_lost;
	entry->write = rotate_write;
	if (strcmp(entry->code, self_code) == 0 && !(self && self->is_coordinator))
		ask(entry);
	else
		entry_start(entry);
}
