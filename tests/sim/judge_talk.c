/* What nodes may leave unsaid, and when they have to be silent: a cursor vouches for everything before it, and where all
 * agree nobody goes on talking. Both are looked at from outside, on disks and links. */
#include "tests/sim/judge.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/world.h"

/* --- cursors --------------------------------------------------------------------------------- */

static bool find_cursor(const struct node *node, const struct key *peer, struct change_cursor *out)
{
	const struct model_rows *rows = &node->model.tables[MODEL_CURSORS];
	struct change op;
	struct reader r;

	for (size_t i = 0; i < rows->count; i++) {
		if (rows->rows[i].key_size != KEY_SIZE ||
		    memcmp(rows->rows[i].key, peer->b, KEY_SIZE) != 0)
			continue;
		reader_init(&r, writer_view(&rows->rows[i].raw));
		if (!change_next(&op, &r) || op.op != CHANGE_CURSOR)
			return false;
		*out = op.cursor;
		return true;
	}
	return false;
}

/* Whether the node may be without what its peer holds of a log: then digests do not ask for it either. */
static bool is_exempt(const struct world *w, const struct node *node, const struct model_log *log)
{
	const struct model_log *own = model_log(&node->model, &log->open.key);

	if (log->state == LOG_FROZEN || (own && own->state == LOG_FROZEN))
		return true;
	for (unsigned i = 0; i < w->node_count; i++)
		if (key_equal(&w->nodes[i].log, &log->open.key))
			return w->people.standing[i].is_cut || judge_is_forked(w, i) ||
			       !people_is_admitted(w, i, people_roster_size(w));
	return true;
}

/* A head of records that had come before: it is announced and found by buckets, a cursor says nothing of it. */
static bool is_late_head(const struct node *node, const struct model_log *log)
{
	return !key_equal(&log->open.key, &node->log) && log->is_head_late;
}

static void check_pair(struct world *w, const struct node *node, const struct node *peer)
{
	struct change_cursor cursor;

	/* Of a disk that was put back whole, or copied, nobody can know that it is another one. */
	if (peer->was_rolled || peer->twin != peer->at || node->is_hostile || peer->is_hostile ||
	    !find_cursor(node, &peer->log, &cursor) ||
	    memcmp(cursor.store_id, peer->model.store_id, STORE_ID_SIZE) != 0)
		return;
	for (size_t i = 0; i < peer->model.log_count; i++) {
		const struct model_log *log = &peer->model.logs[i], *here;
		if (log->head.size == 0 || log->head_arrival > cursor.arrival ||
		    log->open.number == 0 || is_exempt(w, node, log) || is_late_head(peer, log))
			continue;
		here = model_log(&node->model, &log->open.key);
		if (here && here->count >= log->head.size)
			continue;
		world_fail(w, "cursor",
		    "n%u holds %llu of the %llu records of a log that its cursor for n%u covers",
		    node->at, (unsigned long long)(here ? here->count : 0),
		    (unsigned long long)log->head.size, peer->at);
		return;
	}
}

void judge_cursor(struct world *w, const struct node *node, const struct key *key)
{
	for (unsigned i = 0; i < w->node_count; i++)
		if (key_equal(&w->nodes[i].log, key))
			check_pair(w, node, &w->nodes[i]);
}

void judge_cursors_of(struct world *w, const struct node *peer)
{
	for (unsigned i = 0; i < w->node_count; i++)
		if (i != peer->at)
			check_pair(w, &w->nodes[i], peer);
}

/* --- silence --------------------------------------------------------------------------------- */

struct judge_link {
	uint64_t id;
	uint64_t total;
};

/* What the programs wrote, be it still queued: a narrow link goes on for long. */
static uint64_t total_of(const struct conn *c)
{
	uint64_t total = 0;

	for (int e = 0; e < 2; e++) {
		const struct pipe *p = &c->pipes[e];
		total += p->total + (p->bytes.size - p->first - p->flying);
	}
	return total;
}

/* Both sides have nothing to say to each other: neither mean harm, nor are cut off. Whoever else is in the world is no excuse. */
static bool has_to_be_silent(const struct world *w, const struct conn *c)
{
	for (int e = 0; e < 2; e++)
		if (!c->ends[e].is_open || !judge_must_agree(w, c->ends[e].node))
			return false;
	return !c->is_gone && !c->is_hole;
}

/* A frame of buckets takes a narrow link many seconds, and digests that wait behind it are old when they come. */
#define DRAINED_BYTES 1000

bool judge_is_drained(const struct world *w)
{
	for (size_t i = 0; i < w->net.count; i++) {
		const struct conn *c = w->net.conns[i];
		for (int e = 0; has_to_be_silent(w, c) && e < 2; e++)
			if (c->pipes[e].bytes.size - c->pipes[e].first > DRAINED_BYTES)
				return false;
	}
	return true;
}

void judge_hush(struct world *w)
{
	struct judge *j = &w->judge;

	free(j->links);
	j->link_count = 0;
	j->links = calloc(w->net.count + 1, sizeof(*j->links));
	for (size_t i = 0; j->links && i < w->net.count; i++) {
		const struct conn *c = w->net.conns[i];
		if (has_to_be_silent(w, c))
			j->links[j->link_count++] = (struct judge_link){c->id, total_of(c)};
	}
}

/* Payloads that somebody keeps to himself are asked for and told not to be held, each once in a window at most. */
#define MISSING_BYTES 100

uint64_t judge_missing(const struct node *node)
{
	uint64_t count = 0;

	for (size_t l = 0; l < node->model.log_count; l++) {
		const struct model_log *log = &node->model.logs[l];
		/* A cut is as good as a head. */
		uint64_t size = log->state == LOG_CUT ? model_served(log) : log->head.size;
		for (uint64_t i = 0; i < size; i++) {
			const struct blob *b = log->records[i].blob;
			count += b->data[b->header_size] != RECORD_PRESENT;
		}
	}
	return count;
}

/* Each has a part of another history that nobody can prove: they compare for ever, both with their buckets, after 2 s of a session
 * and at intervals that double up to 300 s: thrice in the first window, six BUCKETS. */
#define COMPARED_MAX 6

static bool may_compare(const struct world *w, const struct conn *c)
{
	struct core *a = w->nodes[c->ends[0].node].core, *b = w->nodes[c->ends[1].node].core;
	struct core_status one, other;

	if (!w->judge.has_fork || !a || !b)
		return false;
	core_status(a, &one);
	core_status(b, &other);
	return !hash_equal(&one.digest, &other.digest);
}

void judge_silence(struct world *w, size_t bytes_max)
{
	for (size_t i = 0; i < w->judge.link_count; i++) {
		const struct judge_link *link = &w->judge.links[i];
		const struct conn *c = net_conn(&w->net, link->id);
		uint64_t said = c ? total_of(c) - link->total : 0;
		uint64_t most = c && may_compare(w, c) ? COMPARED_MAX * bytes_max : bytes_max;
		for (int e = 0; c && e < 2; e++)
			most += MISSING_BYTES * judge_missing(&w->nodes[c->ends[e].node]);
		if (c && has_to_be_silent(w, c) && said > most)
			world_fail(w, "silence",
			    "all is settled, and n%u and n%u told each other %llu bytes more",
			    c->ends[0].node, c->ends[1].node, (unsigned long long)said);
	}
}
