/* What was erased stays erased when it rots: a member's erasure is forgotten once it was carried out (core_erased.c), as what is
 * stored of the record says so, and that is what rotted. Before such records are asked for again the logs of their members are
 * looked through for what erases them; whoever has not heard of it would bring the payload back. DESIGN D10, D12. */
#include "proto/core_parts.h"

#include <string.h>

#define RECALL_COUNT 20000 /* records a READ_ERASURES */

/* Of a member who has rotten records here. */
static bool is_to_be_read(const struct core *core, const struct log *log)
{
	for (const struct rot *r = core->rot.list; r; r = r->next) {
		const struct log *rotten = heads_find(&core->heads, &r->log);
		if (rotten && strcmp(rotten->open.member, log->open.member) == 0)
			return true;
	}
	return false;
}

static void recall_next(struct core *core)
{
	struct rot_state *state = &core->rot;

	for (; state->position < core->heads.count; state->position++, state->from = 0) {
		const struct log *log = heads_at(&core->heads, state->position);
		if (log->stored == 0 || !is_to_be_read(core, log))
			continue;
		/* No memory: at the next look. */
		state->is_recalling = core_read(core, READ_ERASURES, 0, &log->open.key, state->from,
					  0, RECALL_COUNT) != NULL;
		return;
	}
	state->is_recalling = false;
	state->is_recalled = true;
}

void recall_begin(struct core *core)
{
	core->rot.is_recalled = false;
	core->rot.position = 0;
	core->rot.from = 0;
	recall_next(core);
}

static void recall_one(struct core *core, const struct record_ref *by, struct bytes payload)
{
	struct change_erasure one;

	if (!erasure_read(&one, by, payload) || !rot_is_near(core, &one.what))
		return;
	core_mark(core, MARK_ERASURE_RECALLED);
	erased_recalled(core, &one);
}

void recall_read(struct core *core, const struct asked *asked, enum err err, struct bytes data)
{
	struct rot_state *state = &core->rot;
	const struct log *log = heads_find(&core->heads, &asked->key);
	struct record_ref by = {.log = log && log->is_copy ? log->copy_of : asked->key};
	struct reader r;
	uint64_t next;

	if (!state->is_recalling)
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
		state->is_recalling = false; /* until the next look nothing is asked for */
	} else {
		state->from = next;
		if (next == 0)
			state->position++;
		recall_next(core);
	}
	rot_pump(core);
}
