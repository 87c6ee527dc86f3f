/* A forked log of which the roster may name a branch: nodes 0 and 2 hold one of them, node 1 the other. */
#ifndef TESTS_PROTO_CORE_NAMED_H
#define TESTS_PROTO_CORE_NAMED_H

#include "tests/proto/core_forked.h"

#include "proto/core_parts.h"

/* Nodes 0 and 2 hold the left branch up to there, node 1 the right one up to 12, and all know of both. */
static inline int set_up_to(uint64_t size)
{
	begin_forked(size < 12 ? 12 : (unsigned)size, 4);
	w.is_blocked[1][0] = true;
	node_stop(&w.nodes[1]);
	node_start(&w.nodes[1]);
	give(&w.nodes[0], &left, size);
	world_run(&w, 2000);
	give(&w.nodes[1], &right, 12);
	w.is_blocked[1][0] = false;
	world_run(&w, 60000);
	for (unsigned i = 0; i < 3; i++)
		assert_true(is_frozen(&w.nodes[i]));
	return 0;
}

static inline int set_up(void **state)
{
	(void)state;
	return set_up_to(6);
}

/* Of several blocks. */
static inline int set_up_long(void **state)
{
	(void)state;
	return set_up_to(400);
}

static inline void name(const struct author *a, uint64_t size, uint8_t bend)
{
	const struct roster *roster = core_roster(w.nodes[0].core);
	const struct hash *replaces = NULL;
	struct ruling ruling = {.type = RULING_NAME_BRANCH, .log = a->person.log, .index = size};
	struct writer entry = {0};
	struct checkpoint head;
	uint64_t request;

	author_checkpoint(a, size, &head);
	ruling.leaf = head.root;
	ruling.leaf.b[9] ^= bend;
	for (size_t i = 0; i < roster_ruling_count(roster); i++)
		if (roster_ruling_at(roster, i)->type == RULING_NAME_BRANCH)
			replaces = &roster_ruling_at(roster, i)->entry_leaf;
	roster_entry_ruling(&entry, &ruling, replaces);
	request = world_append(&w, writer_view(&entry));
	world_pump(&w);
	assert_ok(node_reply(&w.nodes[0], request)->err);
	writer_release(&entry);
}

/* The copy that has the state, NULL for none. */
static inline struct kept_log *copy_of(const struct node *n, enum log_state state)
{
	for (size_t i = 0; i < n->store.log_count; i++)
		if (n->store.logs[i]->state.state == state)
			return n->store.logs[i];
	return NULL;
}

#endif
