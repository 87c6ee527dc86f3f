/* A node among peers that say anything, for the targets of the core and for their seeds: a
 * coordinator (node 0) that keeps the roster and holds a member's log, made once and put back to
 * the same state before each run. Who connects speaks with the keys of a member that is admitted
 * and whose log the node may or may not hold yet, of one that is not, or of nobody.
 *
 * All keys come from numbers, so what a seed holds is signed for every run. */
#ifndef TESTS_FUZZ_SESSION_WORLD_H
#define TESTS_FUZZ_SESSION_WORLD_H

#include "tests/proto/core_puppet.h"

#include "tests/fuzz/fuzz.h"

#define AUTHOR 2   /* admitted; the node does not hold its log */
#define STRANGER 5 /* not in the roster */
#define AUTHOR_RECORDS 6

struct session_world {
	struct world world;
	struct author author, stranger;
	struct puppet puppet;
	struct kept store; /* of node 0, as every run begins */
	int64_t now;
	uint64_t next_conn, next_request;
	uint8_t starts;
};

static inline void world_admits_author(struct session_world *s)
{
	world_admit_key(&s->world, s->author.person.code, &s->author.person.member, NULL);
}

/* Once: a network of two, the second of which has left a log behind. */
static inline struct session_world *session_world(void)
{
	static struct session_world *s;
	struct node *zero;

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	fuzz_check(s != NULL);
	world_network(&s->world, 2);
	zero = &s->world.nodes[0];
	node_publish(&s->world.nodes[1], 3, 0);
	node_publish(zero, 2, 0);
	world_run(&s->world, 3000);
	author_init(&s->author, &s->world, AUTHOR);
	author_init(&s->stranger, &s->world, STRANGER);
	world_admits_author(s);
	for (uint64_t i = 1; i < AUTHOR_RECORDS; i++)
		author_write(&s->author, 128, i);
	world_run(&s->world, 3000);
	node_stop(&s->world.nodes[1]);
	world_pump(&s->world);
	node_stop(zero);
	kept_copy(&s->store, &zero->store, zero->store.journal_count);
	s->now = s->world.now;
	s->next_conn = s->world.next_conn;
	s->next_request = s->world.next_request;
	s->starts = zero->config.seed[2];
	return s;
}

/* The node runs as if for the first time. */
static inline struct session_world *session_begin(void)
{
	struct session_world *s = session_world();
	struct node *zero = &s->world.nodes[0];

	kept_release(&zero->store);
	kept_copy(&zero->store, &s->store, s->store.journal_count);
	s->world.now = s->now;
	s->world.next_conn = s->next_conn;
	s->world.next_request = s->next_request;
	zero->config.seed[2] = s->starts;
	zero->disk_err = ERR_NONE;
	zero->is_disk_held = false;
	node_start(zero);
	world_pump(&s->world);
	return s;
}

static inline void session_end(struct session_world *s)
{
	struct node *zero = &s->world.nodes[0];

	puppet_release(&s->puppet);
	if (zero->core)
		node_stop(zero);
	for (unsigned i = 0; i < zero->reply_count; i++)
		writer_release(&zero->replies[i].data);
	zero->reply_count = 0;
	for (unsigned i = 0; i < s->world.wire_count; i++) {
		writer_release(&s->world.wires[i].to[0]);
		writer_release(&s->world.wires[i].to[1]);
	}
	memset(s->world.wires, 0, s->world.wire_count * sizeof(s->world.wires[0]));
	s->world.wire_count = 0;
}

/* A new connection in place of the one before. */
static inline void session_connect(struct session_world *s)
{
	puppet_release(&s->puppet);
	puppet_connect(&s->puppet, &s->world.nodes[0]);
}

/* What was received so far is forgotten when there is little room left. */
static inline void session_forget(struct puppet *p)
{
	unsigned half = p->frame_count / 2;

	if (p->frame_count < PUPPET_FRAMES / 2)
		return;
	for (unsigned i = 0; i < half; i++)
		writer_release(&p->frames[i].body);
	memmove(p->frames, p->frames + half, (p->frame_count - half) * sizeof(p->frames[0]));
	p->frame_count -= half;
	memset(p->frames + p->frame_count, 0, half * sizeof(p->frames[0]));
}

/* Whatever was said: nothing of a log that the roster does not admit is stored, what the node signs
 * is a history that grows, and the store holds what the core says it does. */
static inline void session_check(struct session_world *s)
{
	struct node *zero = &s->world.nodes[0];
	struct log_info info;

	for (size_t i = 0; i < zero->store.log_count; i++) {
		const struct kept_log *log = zero->store.logs[i];

		fuzz_check(key_equal(&log->open.key, &s->world.keeper) ||
			   key_equal(&log->open.key, &zero->person.log) ||
			   key_equal(&log->open.key, &s->world.nodes[1].person.log) ||
			   key_equal(&log->open.key, &s->author.person.log));
		fuzz_check(
		    log->head.size == 0 || !checkpoint_verify(&log->head, &s->world.network));
		fuzz_check(log->head.size <= log->count);
	}
	for (size_t i = 0; zero->core && !zero->change_count && core_log(zero->core, i, &info);
	     i++) {
		const struct kept_log *log = kept_find(&zero->store, &info.key);

		fuzz_check(log ? info.stored == log->count : info.stored == 0);
		fuzz_check(!log || info.head.size == log->head.size);
	}
}

#endif
