/* What was erased stays erased when it rots: a member's erasure is forgotten once it was carried out (core_erased.c), as what is
 * stored of the record says so, and that is what rotted; of a branch that the roster names nothing was stored when it came.
 * Before such records are asked for the logs of their members are looked through for what erases them; whoever has not heard of it would bring the payload back. DESIGN D10, D12. */
#include "proto/core_parts.h"

#include <string.h>

#define RECALL_COUNT 20000 /* records a READ_ERASURES */

static bool is_of(const struct core *core, const struct key *key, const struct log *log)
{
	const struct log *of = heads_find(&core->heads, key);

	return of && strcmp(of->open.member, log->open.member) == 0;
}

/* Of a member of whom something is fetched. */
static bool is_to_be_read(const struct core *core, const struct log *log)
{
	for (const struct rot *r = core->rot.list; r; r = r->next)
		if (is_of(core, &r->log, log))
			return true;
	for (size_t i = 0; i < core->branch_count; i++)
		if (core->branches[i].phase == BRANCH_WANTED &&
		    is_of(core, &core->branches[i].named.log, log))
			return true;
	return false;
}

static void recall_end(struct core *core, bool is_known)
{
	core->recall.is_reading = false;
	core->rot.is_recalled |= is_known;
	branch_recalled(core, is_known);
}

static void recall_next(struct core *core)
{
	struct recall *recall = &core->recall;

	if (recall->is_again) {
		recall->is_again = false;
		recall->position = 0;
		recall->from = 0;
	}
	for (; recall->position < core->heads.count; recall->position++, recall->from = 0) {
		const struct log *log = heads_at(&core->heads, recall->position);
		if (log->stored == 0 || !is_to_be_read(core, log))
			continue;
		if (!core_read(
			core, READ_ERASURES, 0, &log->open.key, recall->from, 0, RECALL_COUNT))
			recall_end(core, false); /* no memory: later */
		return;
	}
	recall_end(core, true);
}

void recall_begin(struct core *core)
{
	core->recall.is_again = true;
	if (core->recall.is_reading)
		return;
	core->recall.is_reading = true;
	recall_next(core);
}

static void recall_one(struct core *core, const struct record_ref *by, struct bytes payload)
{
	struct change_erasure one;

	if (!erasure_read(&one, by, payload))
		return;
	if (rot_is_near(core, &one.what))
		core_mark(core, MARK_ERASURE_RECALLED);
	else if (!branch_is_awaited(core, &one.what.log))
		return;
	erased_recalled(core, &one);
}

/* Where something cannot be read nothing is asked for until the next look, or for a moment. */
void recall_read(struct core *core, const struct asked *asked, enum err err, struct bytes data)
{
	struct record_ref by = {.log = asked->key};
	struct reader r;
	uint64_t next;

	if (!core->recall.is_reading)
		return;
	reader_init(&r, data);
	next = reader_u64(&r);
	while (!err && r.err == ERR_NONE && reader_left(&r)) {
		by.index = reader_u64(&r);
		reader_copy(&r, by.leaf.b, HASH_SIZE);
		struct bytes payload = reader_take(&r, reader_u32(&r));
		if (r.err == ERR_NONE)
			recall_one(core, &by, payload);
	}
	if (err || r.err) {
		recall_end(core, false);
	} else {
		core->recall.from = next;
		if (next == 0)
			core->recall.position++;
		recall_next(core);
	}
	rot_pump(core);
}
