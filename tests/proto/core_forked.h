/* m4 signs with one key twice: two histories that are alike at first, and m4's node is in a test's hands. For a test file
 * to include once: it has the world. */
#ifndef TESTS_PROTO_CORE_FORKED_H
#define TESTS_PROTO_CORE_FORKED_H

#include "tests/proto/core_puppet.h"

static struct world w;
static struct author left, right;
static struct puppet p;

static inline int tear_down(void **state)
{
	(void)state;
	puppet_release(&p);
	author_release(&left);
	author_release(&right);
	world_release(&w);
	return 0;
}

/* A network of three, m4 admitted to it, and both of its histories: `count` records each, the first `alike` the same. */
static inline void begin_forked(unsigned count, unsigned alike)
{
	world_network(&w, 3);
	author_init(&left, &w, 4);
	author_init(&right, &w, 4);
	for (unsigned i = 1; i < count; i++) {
		author_write(&left, 128, i);
		author_write(&right, 128, i < alike ? i : 70 + i);
	}
	world_admit_key(&w, "m4", &left.person.member, NULL);
	world_run(&w, 2000);
}

static inline void tell(const struct author *a, uint64_t size)
{
	struct checkpoint head;

	author_checkpoint(a, size, &head);
	puppet_head(&p, &head);
}

/* The newest WANT of that log, with at most max raw bytes. */
static inline void answer(const struct author *a, uint32_t max)
{
	struct msg_want want;
	struct writer body = {0};

	assert_true(puppet_wanted(&p, &a->person.log, &want));
	author_batch(a, &want, max, &body);
	puppet_send(&p, MSG_BATCH, &body);
	world_pump(&w);
}

/* The node gets one of the histories up to there, from a m4 that comes for that and goes. */
static inline void give(struct node *n, const struct author *a, uint64_t size)
{
	puppet_release(&p);
	puppet_connect(&p, n);
	puppet_hello(&p, a);
	tell(a, size);
	answer(a, 100000);
	assert_int_equal(kept_find(&n->store, &a->person.log)->head.size, size);
	puppet_release(&p);
}

static inline bool is_frozen(const struct node *n)
{
	struct log_info info;

	return node_log(n, &left.person.log, &info) && info.state == LOG_FROZEN;
}

#endif
