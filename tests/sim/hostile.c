/* Where the hostile layer sits: it takes the place of frame_encode and frame_in_next at link time and passes on what honest
 * nodes say and hear. It decides which lie a frame becomes; the lies are in hostile_lies.c and hostile_records.c. */
#include "tests/sim/hostile.h"

#include "tests/sim/path.h"
#include "tests/sim/world.h"

static struct world *current_world;
static struct node *current;

enum err __real_frame_encode(
    struct frame_out *out, uint8_t type, struct bytes body, struct writer *wire);
enum err __wrap_frame_encode(
    struct frame_out *out, uint8_t type, struct bytes body, struct writer *wire);

void hostile_choose(struct world *w)
{
	const int64_t *s = w->params.strengths;
	unsigned left = w->params.hostiles;

	w->nodes[KEEPER].is_hostile = keeper_means_harm(w);
	for (unsigned i = w->node_count; i-- > 0 && left;) {
		if (w->nodes[i].standing != STANDING_ENROLLED || (i < 2 && keeper_cannot_help(w)))
			continue;
		w->nodes[i].is_hostile = true;
		left--;
	}
	if (s[FAULT_FLOOD] || s[FAULT_MUTATE] || s[FAULT_WITHHOLD] || s[FAULT_CLAIM_ERASED] ||
	    s[FAULT_LIE_HEADS] || s[FAULT_LIE_ROSTER] || s[FAULT_NEXT_ROSTER] ||
	    s[FAULT_OTHER_BRANCH])
		return;
	for (unsigned i = 0; i < w->node_count; i++)
		w->nodes[i].is_hostile = i == KEEPER && keeper_means_harm(w);
}

void hostile_turn(struct world *w, struct node *node)
{
	current_world = w;
	current = node;
}

static struct session *session_of(const struct frame_out *out)
{
	struct core *core = current->core;

	for (size_t i = 0; core && i < core->session_count; i++)
		if (&core->sessions[i]->out == out)
			return core->sessions[i];
	return NULL;
}

static const struct {
	enum fault fault; /* its strength is how many of a thousand frames become one */
	bool (*tell)(struct lie *lie);
	bool is_keepers; /* who tells no other */
} lies[] = {
    {FAULT_KEEP_ROSTER, hostile_keep_roster, true},
    {FAULT_WITHHOLD, hostile_withhold, false},
    {FAULT_CLAIM_ERASED, hostile_claim_erased, false},
    {FAULT_LIE_HEADS, hostile_lie_about_heads, false},
    {FAULT_LIE_ROSTER, hostile_invent_roster, false},
    {FAULT_NEXT_ROSTER, hostile_next_roster, false},
    {FAULT_OTHER_BRANCH, hostile_other_branch, false},
    {FAULT_MUTATE, hostile_mutate, false},
};

static bool becomes_lie(struct lie *lie)
{
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		unsigned often = (unsigned)lie->w->params.strengths[lies[i].fault];
		if (lies[i].is_keepers != (lie->node->self == KEEPER))
			continue;
		/* What the keeper keeps back it never tells. */
		if (!often || (!lies[i].is_keepers && !chance_hit(&lie->w->hostile_chance, often)))
			continue;
		writer_clear(&lie->out);
		if (!lies[i].tell(lie) || lie->out.err || lie->out.size > FRAME_SIZE_MAX)
			continue;
		trace_note(&lie->w->trace, lie->w->clock.now_us, (int)lie->node->at,
		    "lie %s: a frame of type %u", menu[lies[i].fault].name, lie->type);
		return true;
	}
	return false;
}

enum err __wrap_frame_encode(
    struct frame_out *out, uint8_t type, struct bytes body, struct writer *wire)
{
	struct session *s = current ? session_of(out) : NULL;
	struct lie lie = {.w = current_world,
	    .node = current,
	    .session = s,
	    .type = type,
	    .body = body,
	    .out = {0}};
	enum err err;

	if (!s)
		return __real_frame_encode(out, type, body, wire);
	if (current->is_hostile) {
		hostile_remember(&lie);
		if (becomes_lie(&lie))
			lie.body = writer_view(&lie.out);
		else
			lie.type = type;
	}
	err = __real_frame_encode(out, lie.type, lie.body, wire);
	if (!err)
		path_sent(current_world, current, s, lie.type, lie.body);
	writer_release(&lie.out);
	return err;
}

/* --- what it hears --------------------------------------------------------------------------- */

bool __real_frame_in_next(struct frame_in *in, struct bytes *input, struct frame *frame);
bool __wrap_frame_in_next(struct frame_in *in, struct bytes *input, struct frame *frame);

static const struct session *listener_of(const struct frame_in *in)
{
	const struct core *core = current->core;

	for (size_t i = 0; core && i < core->session_count; i++)
		if (&core->sessions[i]->in == in)
			return core->sessions[i];
	return NULL;
}

/* Who signs two histories does not want to know: neither that it runs twice, nor what others hold of its log. */
static bool hears(struct frame *frame)
{
	struct writer *heard = &current->heard;
	struct msg_heads m, rest;
	struct checkpoint head;

	if (frame->type == MSG_TWINS || frame->type == MSG_EVIDENCE)
		return false;
	/* Each of two keepers goes on with its own roster. */
	if (frame->type == MSG_ROSTER && current->self == KEEPER)
		return false;
	if (frame->type != MSG_HEADS || msg_heads_decode(&m, frame->body) || !m.has_yours)
		return true;
	rest = m;
	rest.has_yours = false;
	writer_clear(heard);
	msg_heads_begin(heard, &rest);
	while (msg_heads_next(&m, &head))
		msg_heads_add(heard, &head);
	frame->body = writer_view(heard);
	return true;
}

bool __wrap_frame_in_next(struct frame_in *in, struct bytes *input, struct frame *frame)
{
	while (__real_frame_in_next(in, input, frame)) {
		const struct session *s = current ? listener_of(in) : NULL;
		if (s)
			path_taken(current_world, current, s, frame);
		if (!current || !current->equivocates || hears(frame))
			return true;
	}
	return false;
}
