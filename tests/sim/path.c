/* What somebody on the path does, and the check that nobody believes it. */
#include "tests/sim/path.h"

#include <assert.h>
#include <stdlib.h>

#include "tests/sim/world.h"

#define PAST_MAX 4096
#define TAKE_MAX 400

static bool is_watched(const struct world *w)
{
	return w->params.strengths[FAULT_TAMPER] != 0;
}

void path_release(struct pipe *p)
{
	writer_release(&p->past);
	free(p->frames);
}

void path_saw(struct world *w, struct pipe *p, struct bytes data)
{
	size_t room = p->past.size < PAST_MAX ? PAST_MAX - p->past.size : 0;

	if (is_watched(w))
		writer_put(&p->past, data.data, data.size < room ? data.size : room);
}

/* --- what he does ---------------------------------------------------------------------------- */

static void bend(struct world *w, struct pipe *p)
{
	size_t left = p->bytes.size - p->first;

	if (left)
		p->bytes.data[p->first + chance_below(&w->chance, left)] ^=
		    (uint8_t)(1u << chance_below(&w->chance, 8));
}

static void drop(struct world *w, struct pipe *p)
{
	size_t queued = p->bytes.size - p->first - p->flying;
	size_t most = queued < TAKE_MAX ? queued : TAKE_MAX;

	p->bytes.size -= (size_t)chance_below(&w->chance, most + 1);
}

/* Something that was said on the same connection, whole messages with some luck, or nothing that anybody said. */
static void add(struct world *w, struct conn *c, int end)
{
	const struct writer *past = &c->pipes[chance_hit(&w->chance, 800) ? end : !end].past;
	size_t from = (size_t)chance_below(&w->chance, past->size);
	size_t size = (size_t)chance_below(&w->chance, past->size - from + 1);
	uint8_t noise[64];

	if (chance_hit(&w->chance, 300)) /* the newest that came whole */
		from = past->size > 60 ? past->size - 60 : 0, size = past->size - from;
	if (chance_hit(&w->chance, 200)) {
		chance_bytes(&w->chance, noise, sizeof(noise));
		writer_put(&c->pipes[end].bytes, noise, sizeof(noise));
	} else if (size) {
		writer_put(&c->pipes[end].bytes, past->data + from, size);
	}
	net_pump(w, c, end);
}

/* All that the dialler said so far, on a connection of his own. */
static void repeat(struct world *w, const struct conn *c)
{
	net_stranger(w, c->ends[0].node, c->ends[1].node, writer_view(&c->pipes[0].past));
}

void path_tamper(struct world *w)
{
	struct conn *c = w->net.count ? w->net.conns[chance_below(&w->chance, w->net.count)] : NULL;
	int end = (int)chance_below(&w->chance, 2);

	if (!c || c->is_gone || !c->ends[end].is_open || c->is_stranger)
		return;
	switch (chance_below(&w->chance, 4)) {
	case 0:
		bend(w, &c->pipes[end]);
		return;
	case 1:
		drop(w, &c->pipes[end]);
		return;
	case 2:
		add(w, c, end);
		return;
	default:
		repeat(w, c);
		return;
	}
}

/* --- what is believed ------------------------------------------------------------------------ */

static struct mix name_frame(uint8_t type, struct bytes body)
{
	struct mix mix = {0};

	mix_number(&mix, type);
	mix_bytes(&mix, body);
	return mix;
}

static struct pipe *pipe_of(
    const struct world *w, const struct node *node, const struct session *s, bool is_ours)
{
	struct conn *c = net_conn(&w->net, s->conn);
	int end = s->is_initiator ? 0 : 1;

	if (!c || c->ends[end].node != node->at)
		return NULL;
	return &c->pipes[is_ours ? end : !end];
}

void path_sent(struct world *w, const struct node *node, const struct session *s, uint8_t type,
    struct bytes body)
{
	struct pipe *p = is_watched(w) ? pipe_of(w, node, s, true) : NULL;

	if (!p)
		return;
	if (p->frame_count == p->frame_capacity) {
		p->frame_capacity = p->frame_capacity ? 2 * p->frame_capacity : 16;
		p->frames = realloc(p->frames, p->frame_capacity * sizeof(*p->frames));
		assert(p->frames);
	}
	p->frames[p->frame_count++] = name_frame(type, body);
}

void path_taken(
    struct world *w, const struct node *node, const struct session *s, const struct frame *frame)
{
	struct pipe *p = is_watched(w) ? pipe_of(w, node, s, false) : NULL;
	struct mix mix;

	if (frame->type == MSG_HELLO)
		judge_heard(w, node->at, s->conn);
	if (!p)
		return;
	mix = name_frame(frame->type, frame->body);
	if (p->frame_taken < p->frame_count && p->frames[p->frame_taken].a == mix.a &&
	    p->frames[p->frame_taken].b == mix.b)
		p->frame_taken++;
	else
		world_fail(w, "path", "n%u takes a frame of type %u that nobody sent in its place",
		    node->at, frame->type);
}
