#include "tests/network/shelf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/network/world.h"
#include "tests/one_batch.h"

#define COMMIT_US 4000 /* a transaction and its sync on an office machine */
#define READ_US 500

void shelf_init(struct shelf *s, unsigned logs)
{
	*s = (struct shelf){.logs = calloc(logs, sizeof(*s->logs))};
	assert(s->logs);
	s->last = &s->first;
}

static void forget(struct shelf_change *c)
{
	while (c) {
		struct shelf_change *next = c->next;
		writer_release(&c->data);
		free(c);
		c = next;
	}
}

void shelf_stop(struct shelf *s)
{
	forget(s->first);
	forget(s->group);
	s->first = s->group = NULL;
	s->last = &s->first;
}

void shelf_release(struct shelf *s)
{
	shelf_stop(s);
	free(s->logs);
	free(s->cursors);
	free(s->runs);
}

/* --- changes --------------------------------------------------------------------------------- */

static void put_run(struct shelf *s, unsigned log, uint64_t from)
{
	if (s->run_count == s->run_capacity) {
		s->run_capacity = s->run_capacity ? 2 * s->run_capacity : 16;
		s->runs = realloc(s->runs, s->run_capacity * sizeof(*s->runs));
		assert(s->runs);
	}
	s->runs[s->run_count++] =
	    (struct shelf_run){.log = log, .from = (uint32_t)from, .arrival = s->arrivals + 1};
}

static void put_append(
    struct world *w, struct node *n, const struct change_append *op, struct change_result *result)
{
	unsigned at = ledger_find(&w->ledger, &op->key);
	struct shelf_log *log = &n->shelf.logs[at];

	assert(op->from == log->stored);
	ledger_put(&w->ledger, at, op->from, op->count, op->body);
	put_run(&n->shelf, at, op->from);
	log->stored += op->count;
	n->shelf.arrivals += op->count;
	if (op->reread) {
		struct frontier all;
		ledger_frontier(&w->ledger, at, log->stored, &all);
		frontier_root(&all, &result->reread);
		result->has_reread = true;
	}
}

static void put_head(struct world *w, struct node *n, const struct checkpoint *op)
{
	unsigned at = ledger_find(&w->ledger, &op->log);
	struct shelf_log *log = &n->shelf.logs[at];

	assert(op->size <= log->stored);
	ledger_put_head(&w->ledger, op);
	if (op->size <= log->head)
		return;
	uint32_t old = log->head;
	n->shelf.total += op->size - old;
	log->head = (uint32_t)op->size;
	log->head_arrival = (uint32_t)n->shelf.arrivals;
	node_has(w, n, at, old, log->head);
}

static void put_cursor(struct shelf *s, const struct change_cursor *op)
{
	for (size_t i = 0; i < s->cursor_count; i++)
		if (key_equal(&s->cursors[i].peer, &op->peer)) {
			s->cursors[i] = *op;
			return;
		}
	s->cursors = realloc(s->cursors, (s->cursor_count + 1) * sizeof(*s->cursors));
	assert(s->cursors);
	s->cursors[s->cursor_count++] = *op;
}

/* As the signer of a node would that never saw another history. */
static void sign(const struct world *w, const struct node *n, const struct change_lock *op,
    struct change_result *result)
{
	struct checkpoint head = {.log = op->key, .size = op->size, .root = op->root};

	result->sign_err = checkpoint_sign(
	    &head, &w->ledger.network, key_equal(&op->key, &n->log) ? &n->log_sk : &w->roster_sk);
	result->has_sig = !result->sign_err;
	result->sig = head.sig;
}

/* Of what a node has to remember only this is ever asked for again here. */
static void apply(
    struct world *w, struct node *n, const struct shelf_change *c, struct change_result *result)
{
	struct reader r;
	struct change op;

	reader_init(&r, writer_view(&c->data));
	while (change_next(&op, &r)) {
		if (op.op == CHANGE_APPEND)
			put_append(w, n, &op.append, result);
		else if (op.op == CHANGE_HEAD)
			put_head(w, n, &op.head);
		else if (op.op == CHANGE_LOCK && op.lock.is_signed)
			sign(w, n, &op.lock, result);
		else if (op.op == CHANGE_CURSOR)
			put_cursor(&n->shelf, &op.cursor);
	}
	assert(!r.err);
	result->arrival = n->shelf.arrivals;
}

static void on_committed(struct world *w, const struct event *e);

static void commit(struct world *w, struct node *n)
{
	n->shelf.group = n->shelf.first;
	n->shelf.first = NULL;
	n->shelf.last = &n->shelf.first;
	clock_set(&w->clock, w->clock.now_us + COMMIT_US, on_committed, n->at, n->life, 0);
}

static void on_committed(struct world *w, const struct event *e)
{
	struct node *n = &w->nodes[e->a];

	if (n->life != e->b || !n->core)
		return;
	while (n->shelf.group) {
		struct shelf_change *c = n->shelf.group;
		struct change_result result = {0};
		n->shelf.group = c->next;
		apply(w, n, c, &result);
		node_change_done(w, n, c->id, &result);
		writer_release(&c->data);
		free(c);
	}
	if (n->shelf.first)
		commit(w, n);
}

void shelf_push(struct world *w, struct node *n, uint64_t change, struct writer *data)
{
	struct shelf_change *c = calloc(1, sizeof(*c));
	bool is_idle = !n->shelf.first && !n->shelf.group;

	assert(c);
	c->id = change;
	c->data = *data;
	memset(data, 0, sizeof(*data));
	*n->shelf.last = c;
	n->shelf.last = &c->next;
	if (is_idle)
		commit(w, n);
}

/* --- reads ----------------------------------------------------------------------------------- */

static enum err read_batch(
    const struct world *w, const struct node *n, const struct read *read, struct writer *out)
{
	unsigned at = ledger_find(&w->ledger, &read->key);
	struct batch b = {.key = read->key, .from = read->from, .size = read->size};
	struct bytes records;
	enum err err = ERR_NONE;

	if (read->from >= read->size || read->size > n->shelf.logs[at].stored)
		return ERR_UNKNOWN;
	b.count = (uint32_t)(read->size - read->from);
	for (;;) {
		records = ledger_records(&w->ledger, at, b.from, b.from + b.count);
		if (records.size <= read->max || b.count == 1)
			break;
		b.count = (b.count + 1) / 2;
	}
	if (b.from + b.count < b.size)
		err =
		    ledger_prove(&w->ledger, at, b.from + b.count, b.size, b.proof, &b.proof_count);
	if (!err)
		batch_encode(out, &b, records);
	return err ? err : out->err;
}

/* Index of the first record below size that came behind `since`; 0 where that cannot be said. */
static uint64_t first_behind(const struct shelf *s, unsigned at, uint64_t size, uint64_t since)
{
	uint64_t first = size;

	if (s->run_count == 0 || since + 1 < s->runs[0].arrival)
		return 0;
	for (size_t i = s->run_count; i > 0 && s->runs[i - 1].arrival > since; i--)
		if (s->runs[i - 1].log == at && s->runs[i - 1].from < first)
			first = s->runs[i - 1].from;
	return first;
}

static enum err read_news(
    const struct world *w, const struct node *n, const struct read *read, struct writer *out)
{
	struct writer records = {0}, counts = {0};
	bool is_little = true;
	struct reader logs;
	struct batch run;

	reader_init(&logs, writer_view(&read->args));
	while (is_little && batch_next_want(&logs, &run)) {
		unsigned at = ledger_find(&w->ledger, &run.key);
		run.from = first_behind(&n->shelf, at, run.size, read->from);
		is_little = run.from > 0 && run.from < run.size;
		if (is_little)
			writer_bytes(&records, ledger_records(&w->ledger, at, run.from, run.size));
		writer_u32(&counts, (uint32_t)(run.size - run.from));
		is_little = is_little && records.size <= read->max;
	}
	if (is_little) {
		writer_bytes(out, writer_view(&counts));
		batch_pack(out, writer_view(&records));
	}
	writer_release(&records);
	writer_release(&counts);
	return out->err;
}

static enum err read_tree(
    const struct world *w, const struct node *n, const struct read *read, struct writer *out)
{
	unsigned at = ledger_find(&w->ledger, &read->key);
	struct frontier all;
	struct hash root;

	if (n->shelf.logs[at].stored == 0 || read->size > n->shelf.logs[at].stored)
		return ERR_UNKNOWN;
	if (read->type == READ_OPEN) {
		writer_bytes(out, ledger_records(&w->ledger, at, 0, 1));
		return out->err;
	}
	ledger_frontier(&w->ledger, at, read->size, &all);
	frontier_root(&all, &root);
	writer_bytes(out, BYTES(root.b));
	return out->err;
}

/* Nothing is ever forked, drafted, damaged or without its payload here. */
static enum err answer(
    const struct world *w, const struct node *n, const struct read *read, struct writer *out)
{
	if (read->type == READ_BATCH)
		return read_batch(w, n, read, out);
	if (read->type == READ_NEWS)
		return read_news(w, n, read, out);
	if (read->type == READ_OPEN || read->type == READ_ROOT)
		return read_tree(w, n, read, out);
	if (read->type == READ_ROT) {
		writer_u64(out, 0);
		writer_u8(out, 0);
		return out->err;
	}
	return read->type == READ_MISSING || read->type == READ_DRAFTS ? ERR_NONE : ERR_UNKNOWN;
}

struct pending_read {
	uint64_t id;
	struct read read;
};

static void on_read(struct world *w, const struct event *e)
{
	struct pending_read *p = (struct pending_read *)(uintptr_t)e->c;
	struct node *n = &w->nodes[e->a];
	struct writer out = {0};
	enum err err;

	if (n->life == e->b && n->core) {
		err = answer(w, n, &p->read, &out);
		node_read_done(w, n, p->id, err, writer_view(&out));
	}
	writer_release(&out);
	writer_release(&p->read.args);
	free(p);
}

void shelf_read(struct world *w, struct node *n, uint64_t id, struct read *read)
{
	struct pending_read *p = malloc(sizeof(*p));

	assert(p);
	*p = (struct pending_read){id, *read};
	memset(read, 0, sizeof(*read));
	clock_set(&w->clock, w->clock.now_us + READ_US, on_read, n->at, n->life, (uintptr_t)p);
}

/* --- the dump -------------------------------------------------------------------------------- */

static void dump_addresses(const struct world *w, unsigned at, struct writer *out)
{
	const struct ledger_log *log = &w->ledger.logs[at];
	const struct node *of = &w->nodes[at - 1];
	struct change_addresses op = {.key = log->open.key};

	if (!of->is_outbound_only)
		op.addresses[op.count++] = bytes_str(of->address);
	change_put_addresses(out, &op);
}

static void dump_log(
    const struct world *w, unsigned at, const struct shelf_log *held, struct writer *out)
{
	const struct ledger_log *log = &w->ledger.logs[at];
	struct change_tree tree = {.key = log->open.key, .head_arrival = held->head_arrival};

	change_put_log(out, &log->open);
	ledger_frontier(&w->ledger, at, held->stored, &tree.frontier);
	if (at == ROSTER)
		change_put_append(
		    out, &(struct change_append){.key = log->open.key,
			     .count = held->stored,
			     .frontier = tree.frontier,
			     .body = ledger_records(&w->ledger, at, 0, held->stored)});
	change_put_tree(out, &tree);
	if (held->head)
		change_put_head(out, ledger_head(&w->ledger, at, held->head));
	if (at != ROSTER && log->announced && held->stored >= log->announced)
		dump_addresses(w, at, out);
}

void shelf_dump(const struct world *w, const struct node *n, struct writer *out)
{
	for (unsigned at = 0; at < w->ledger.count; at++)
		if (n->shelf.logs[at].stored)
			dump_log(w, at, &n->shelf.logs[at], out);
	for (size_t i = 0; i < n->shelf.cursor_count; i++)
		change_put_cursor(out, &n->shelf.cursors[i]);
	assert(!out->err);
}
