/* Publishing, and what was promised about it. The roster's work is in people_roster.c. */
#include "tests/sim/people.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"
#include "tests/sim/people_roster.h"
#include "tests/sim/world.h"

#define KIND_COMMENT 129

static struct request *request_new(struct world *w, enum request_type type, unsigned at)
{
	struct request *r = calloc(1, sizeof(*r));

	assert(r);
	r->id = ++w->people.next_request;
	r->type = type;
	r->node = at;
	r->life = w->nodes[at].life;
	r->at_us = w->clock.now_us;
	r->next = w->people.requests;
	w->people.requests = r;
	return r;
}

struct request *people_request(struct world *w, enum request_type type, unsigned at)
{
	return request_new(w, type, at);
}

void people_release(struct world *w)
{
	struct people *p = &w->people;

	while (p->requests) {
		struct request *next = p->requests->next;
		free(p->requests);
		p->requests = next;
	}
	free(p->writs);
	free(p->standing);
	free(p->entries);
	free(p->rulings);
	free(p->invite_ms);
	free(p->is_invited);
	free(p->tokens);
	writer_release(&p->genesis);
}

/* --- publishing ------------------------------------------------------------------------------ */

static uint64_t writ_new(struct world *w, unsigned at)
{
	struct people *p = &w->people;

	if (p->writ_count == p->writ_capacity) {
		p->writ_capacity = p->writ_capacity ? p->writ_capacity * 2 : 64;
		p->writs = realloc(p->writs, p->writ_capacity * sizeof(*p->writs));
		assert(p->writs);
	}
	p->writs[p->writ_count] = (struct writ){.node = at};
	return p->writ_count++;
}

static void write_payload(struct world *w, struct writer *out, uint64_t writ)
{
	char text[8192];
	size_t size = chance_below(&w->chance, w->params.payload_max);

	for (size_t i = 0; i < size; i++)
		text[i] = (char)('a' + chance_below(&w->chance, 26));
	mp_put_map(out, 2);
	mp_put_cstr(out, "n");
	mp_put_uint(out, writ);
	mp_put_cstr(out, "text");
	mp_put_str(out, bytes_of(text, size));
}

bool people_read_writ(struct bytes payload, uint64_t *position)
{
	struct reader r;

	reader_init(&r, mp_get(payload, "n"));
	*position = mp_uint(&r);
	return r.err == ERR_NONE && mp_get(payload, "text").size > 0;
}

void people_publish(struct world *w, unsigned at)
{
	struct publish_item items[64];
	struct writer payloads[64] = {0};
	struct request *r;
	unsigned count = 1 + (unsigned)chance_below(&w->chance, w->params.publish_max);

	if (!w->nodes[at].core || node_is_stopped(w, &w->nodes[at]))
		return;
	r = request_new(w, REQUEST_PUBLISH, at);
	r->writ_first = w->people.writ_count;
	r->count = count;
	r->wait = chance_hit(&w->chance, 150) ? 1 : 0;
	for (unsigned i = 0; i < count; i++) {
		write_payload(w, &payloads[i], writ_new(w, at));
		items[i] = (struct publish_item){
		    .kind = KIND_COMMENT, .payload = writer_view(&payloads[i])};
	}
	node_publish(w, at, r->id, items, count, r->wait);
	for (unsigned i = 0; i < count; i++)
		writer_release(&payloads[i]);
}

static void on_publish(struct world *w, const struct event *e)
{
	int64_t mean = w->params.publish_ms * 1000;

	(void)e;
	if (w->is_healing)
		return;
	people_publish(w, (unsigned)chance_below(&w->chance, w->node_count));
	clock_set(&w->clock, w->clock.now_us + chance_between(&w->chance, 0, 2 * mean), on_publish,
	    0, 0, 0);
}

void people_begin(struct world *w)
{
	if (w->params.publish_ms)
		clock_set(&w->clock, chance_between(&w->chance, 0, 3000000), on_publish, 0, 0, 0);
	roster_work_begin(w);
}

/* --- answers --------------------------------------------------------------------------------- */

static void read_published(
    struct world *w, struct node *node, const struct request *q, struct bytes data)
{
	struct reader r;

	reader_init(&r, data);
	if (mp_array(&r) != q->count) {
		world_fail(w, "reply", "n%u: a publish is answered with another count", node->at);
		return;
	}
	for (unsigned i = 0; i < q->count; i++) {
		struct writ *writ = &w->people.writs[q->writ_first + i];
		struct bytes leaf;
		mp_array_of(&r, 4);
		writ->index = mp_uint(&r);
		leaf = mp_bin(&r);
		mp_uint(&r);
		mp_uint(&r);
		writ->state = leaf.size == HASH_SIZE ? WRIT_SIGNED : WRIT_DRAFT;
		if (leaf.size == HASH_SIZE)
			memcpy(writ->leaf.b, leaf.data, HASH_SIZE);
		w->people.acknowledged++;
		judge_acknowledged(w, node, q->writ_first + i, q->wait);
	}
	if (reader_end(&r))
		world_fail(w, "reply", "n%u: the answer to a publish cannot be read", node->at);
}

static void refused(
    struct world *w, struct node *node, const struct request *q, const struct act *act)
{
	for (unsigned i = 0; i < q->count; i++)
		w->people.writs[q->writ_first + i].state = WRIT_REFUSED;
	if (act->err == ERR_ROT && node->was_miswritten)
		return;
	if (act->err == ERR_REFUSED || act->err == ERR_FULL || act->err == ERR_FROZEN ||
	    (act->err == ERR_CUT && w->people.standing[node->self].is_cut))
		return;
	world_fail(
	    w, "reply", "n%u: a request ends with %s: %s", node->at, err_name(act->err), act->text);
}

void people_reply(struct world *w, struct node *node, const struct act *act)
{
	struct request **at = &w->people.requests, *q;

	while (*at && (*at)->id != act->id)
		at = &(*at)->next;
	q = *at;
	if (!q) {
		world_fail(w, "reply", "n%u: request %llu is answered twice", node->at,
		    (unsigned long long)act->id);
		return;
	}
	*at = q->next;
	if (q->is_faulty && !act->err)
		world_fail(w, "approvals", "an entry without enough approvals was signed");
	else if (act->err)
		refused(w, node, q, act);
	else if (q->type == REQUEST_PUBLISH)
		read_published(w, node, q, writer_view(&act->data));
	else if (q->has_deed)
		w->deeds[q->deed]++;
	else
		roster_work_done(w, q);
	free(q);
}

void people_crashed(struct world *w, const struct node *node)
{
	struct request **at = &w->people.requests;

	while (*at) {
		struct request *q = *at;
		if (q->node != node->at) {
			at = &q->next;
			continue;
		}
		*at = q->next;
		free(q);
	}
}
