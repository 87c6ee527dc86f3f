/* Which of the two histories under one key stays, by an entry of the roster. Decides what the entry says; nothing is merged,
 * nobody's copy changes: both are what the key signed. DESIGN D8. */
#include <string.h>

#include "daemon/entry.h"
#include "daemon/loop.h"
#include "daemon/methods.h"
#include "proto/roster.h"

const struct ruling *branch_named(const struct roster *roster, const struct key *log)
{
	const struct ruling *found = NULL;

	for (size_t i = 0; i < roster_ruling_count(roster); i++) {
		const struct ruling *ruling = roster_ruling_at(roster, i);
		if (ruling->type == RULING_NAME_BRANCH && key_equal(&ruling->log, log))
			found = ruling;
	}
	return found;
}

static bool is_frozen(const struct core *core, const struct entry *entry)
{
	struct log_info log;

	for (size_t i = 0; core_log(core, i, &log); i++)
		if (key_equal(&log.key, &entry->branch.log))
			return log.state == LOG_FROZEN && strcmp(log.member, entry->code) == 0;
	return false;
}

static enum err branch_write(struct entry *entry, struct writer *out, struct why *why)
{
	const struct core *core = entry->call->loop->core;
	const struct ruling *before = branch_named(core_roster(core), &entry->branch.log);

	if (!is_frozen(core, entry))
		return why_set(why, ERR_REFUSED, "%s has no frozen log of this key", entry->code);
	if (before && before->index == entry->branch.index &&
	    hash_equal(&before->leaf, &entry->branch.leaf))
		return why_set(why, ERR_EXISTS, "the roster names this branch already");
	roster_entry_ruling(out, &entry->branch, before ? &before->entry_leaf : NULL);
	return ERR_NONE;
}

void method_roster_name_branch(struct call *call)
{
	enum err err = ERR_NONE;
	struct bytes log = call_bin(call, "log", &err);
	struct bytes root = call_bin(call, "root", &err);
	int64_t size = call_int(call, "size", 0, &err);
	struct entry *entry;

	if (err || log.size != KEY_SIZE || root.size != HASH_SIZE || size < 1) {
		call_fail(call, ERR_FIELD, "a branch is log, size and root", NULL);
		return;
	}
	entry = entry_new(call);
	if (!entry)
		return;
	entry->branch = (struct ruling){.type = RULING_NAME_BRANCH, .index = (uint64_t)size};
	memcpy(entry->branch.log.b, log.data, KEY_SIZE);
	memcpy(entry->branch.leaf.b, root.data, HASH_SIZE);
	entry->write = branch_write;
	entry_start(entry);
}
