/* A signed head is told at records that are stored already, behind the head that is stored here: no record is missing, its
 * signature is. A transfer broke off and whoever had the rest is gone, or a database was put back from between append and
 * signature, so that others know what this node signed. What is stored is held against it, and where the roots are the same
 * the head is taken. DESIGN D6, D7. It refuses to know which of two histories is true: evidence is core_suspect.c's. */
#include "proto/core_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/broken.h"

static bool is_asked(const struct core *core, const struct key *log)
{
	for (const struct asked *a = core->asked; a; a = a->next)
		if (a->is_tail && key_equal(&a->key, log))
			return true;
	return false;
}

/* A head without records is on its way to the disk. */
static bool is_head_in_flight(const struct core *core, const struct log *log)
{
	for (const struct flight *f = core->flights; f; f = f->next)
		if (f->type == FLIGHT_HEAD && f->log == log)
			return true;
	return false;
}

/* Nothing else is about to move the head: the store refuses one that goes back. */
static bool is_at_rest(struct core *core, const struct log *log)
{
	const struct own *own = own_of(core, &log->open.key);

	return log->state != LOG_FROZEN && !is_head_in_flight(core, log) && !log->in_flight &&
	       !log->doomed && !log->fetcher && (!own || (own->phase == OWN_IDLE && !own->current));
}

bool tail_covers(const struct log *log, const struct checkpoint *head)
{
	return head->size > log->head.size && head->size <= log->stored && !checkpoint_is_cut(head);
}

/* Whatever cannot be looked at now is told again: the digests differ. */
enum err tail_told(struct core *core, const struct log *log, const struct checkpoint *head)
{
	struct asked *asked;
	enum err err;

	if (!is_at_rest(core, log) || is_asked(core, &log->open.key) ||
	    core->heads_verified >= plan_verified_max(core))
		return ERR_NONE;
	core->heads_verified++;
	err = checkpoint_verify(head, &core->config.network);
	if (err && !BROKEN_HEAD_UNSIGNED)
		return err;
	asked = core_read(core, READ_ROOT, 0, &log->open.key, 0, head->size, 0);
	if (!asked)
		return ERR_MEMORY;
	asked->is_tail = true;
	asked->evidence = calloc(1, sizeof(*asked->evidence));
	if (asked->evidence)
		asked->evidence->b = *head;
	return ERR_NONE;
}

static void take(struct core *core, struct log *log, const struct checkpoint *head)
{
	struct own *own = own_of(core, &log->open.key);
	struct writer ops = {0};
	struct flight *f;

	if (own && own->lock.size < head->size) {
		own->lock.size = head->size;
		own->lock.root = head->root;
		own_put_lock(own, head->size, &head->root, false, &ops);
	}
	change_put_head(&ops, head);
	if (!(f = core_change(core, FLIGHT_HEAD, &ops)))
		return;
	core_mark(core, MARK_TAIL_TOLD);
	f->log = log;
	f->head = *head;
	if (own) /* nothing is appended before it is here */
		own->phase = OWN_SIGNING;
}

void tail_read(struct core *core, const struct asked *asked, enum err err, struct bytes root)
{
	struct log *log = core->roster_log && key_equal(&core->roster_log->open.key, &asked->key)
			      ? core->roster_log
			      : heads_find(&core->heads, &asked->key);
	const struct checkpoint *head = asked->evidence ? &asked->evidence->b : NULL;
	struct own *own = own_of(core, &asked->key);

	if (err || root.size != HASH_SIZE || !head || !log || !tail_covers(log, head) ||
	    !is_at_rest(core, log))
		return;
	if (memcmp(root.data, head->root.b, HASH_SIZE) == 0) {
		take(core, log, head);
	} else if (own) { /* what was appended here is not what was signed */
		own->has_twin = true;
		core_alarm_raise(core, own_elsewhere_text);
	}
}

void tail_headed(
    struct core *core, struct flight *f, enum err err, const struct change_result *result)
{
	struct log *log = f->log;
	struct own *own = own_of(core, &log->open.key);

	if (own)
		own->phase = OWN_IDLE;
	if (err || f->head.size <= log->head.size)
		return;
	log->head = f->head;
	log->head_arrival = result->arrival;
	if (log == core->roster_log) {
		judge_roster_changed(core);
		return;
	}
	heads_touch(&core->heads, log);
	sync_announce(core, log, 0);
	sync_touch(core);
}
