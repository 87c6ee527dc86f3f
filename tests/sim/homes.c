/* Copying a home, by mistake or to sign two histories with it. It decides what the copy finds on its machine; whether it may
 * sign there is the core's decision. */
#include "tests/sim/homes.h"

#include "tests/sim/world.h"

unsigned homes_spare(const struct world *w)
{
	const int64_t *s = w->params.strengths;

	return s[FAULT_COPY] || s[FAULT_EQUIVOCATE] || s[FAULT_TWO_ROSTERS] ? 1 : 0;
}

static void pair(struct node *node, struct node *spare, bool equivocates)
{
	node->twin = spare->at;
	spare->twin = node->at;
	node->equivocates = spare->equivocates = equivocates;
	node->is_hostile |= equivocates;
}

void homes_choose(struct world *w)
{
	struct node *spare = &w->nodes[w->node_count - 1];

	if (!homes_spare(w))
		return;
	if (w->params.strengths[FAULT_TWO_ROSTERS]) {
		pair(&w->nodes[KEEPER], spare, true);
		return;
	}
	for (unsigned i = w->node_count; i-- > 1;) {
		struct node *node = &w->nodes[i];
		if (node->standing != STANDING_ENROLLED || (i < 2 && keeper_cannot_help(w)) ||
		    (node->is_hostile && !w->params.strengths[FAULT_EQUIVOCATE]))
			continue;
		pair(node, spare, w->params.strengths[FAULT_EQUIVOCATE] != 0);
		return;
	}
}

static void take_identity(struct world *w, struct node *to, const struct node *from)
{
	to->self = from->at;
	memcpy(to->code, from->code, sizeof(to->code));
	to->member = from->member;
	to->log = from->log;
	to->transport = from->transport;
	to->member_sk = from->member_sk;
	to->log_sk = from->log_sk;
	to->transport_sk = from->transport_sk;
	writer_clear(&to->log_open);
	writer_bytes(&to->log_open, writer_view(&from->log_open));
	memcpy(to->log_open_salt, from->log_open_salt, RECORD_SALT_SIZE);
	to->log_open_time = from->log_open_time;
	memcpy(to->address, from->address, sizeof(to->address));
	memcpy(to->peers, from->peers, sizeof(to->peers));
	to->peer_count = from->peer_count;
	to->is_hostile = from->is_hostile;
	model_release(&to->model);
	model_copy(&to->model, &from->model);
	writer_clear(&to->lock_file);
	writer_bytes(&to->lock_file, writer_view(&from->lock_file));
	for (size_t i = 0; i < NODE_IMAGES_MAX; i++)
		to->images[i].is_taken = false;
	trace_add(
	    &w->trace, w->clock.now_us, (int)to->at, "copied from", from->at, (struct bytes){0});
}

void homes_copy(struct world *w, struct node *from, enum likeness likeness)
{
	struct node *to = &w->nodes[from->twin];

	if (from->twin == from->at || to->core || to->self != to->at)
		return;
	take_identity(w, to, from);
	if (likeness != LIKENESS_MACHINE)
		memcpy(to->machine, from->machine, sizeof(to->machine));
	if (likeness == LIKENESS_FOLDER || likeness == LIKENESS_RUNNING)
		memcpy(to->boot, from->boot, sizeof(to->boot));
	if (likeness == LIKENESS_CLONE || likeness == LIKENESS_RUNNING) {
		/* What D7 says of a disk that was put back holds for both. */
		to->inode = from->inode;
		to->was_rolled = from->was_rolled = from->may_fork = true;
	}
	judge_lock_gone(w, to); /* it does not sign, and shows what is signed */
	node_start(w, to->at);
}

unsigned homes_route(const struct world *w, unsigned from, unsigned target)
{
	const struct node *sender = &w->nodes[from], *wanted = &w->nodes[target];

	if (sender->equivocates)
		return target % 2 == (from == sender->self ? 0 : 1) ? target : w->node_count;
	if (wanted->equivocates && from % 2 == 1 && w->nodes[wanted->twin].core)
		return wanted->twin;
	return target;
}

static void on_copy(struct world *w, const struct event *e)
{
	struct node *from = &w->nodes[e->a];
	int64_t likeness = w->params.strengths[FAULT_COPY];

	if (w->is_healing || from->model.log_count == 0)
		return;
	homes_copy(w, from, from->equivocates ? LIKENESS_CLONE : (enum likeness)likeness);
}

void homes_begin(struct world *w)
{
	unsigned at = w->nodes[w->node_count - 1].twin;

	if (w->options.script && w->params.strengths[FAULT_TWO_ROSTERS])
		return; /* it says when */
	if (homes_spare(w) && at != w->node_count - 1)
		clock_set(&w->clock,
		    chance_between(&w->hostile_chance, 4000, w->params.chaos_ms * 3 / 4) * 1000,
		    on_copy, at, 0, 0);
}
