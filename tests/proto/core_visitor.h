/* The coordinator's node and a visitor of it, m4, whose node is in a test's hands. For a test file to include once: it
 * has the world. */
#ifndef TESTS_PROTO_CORE_VISITOR_H
#define TESTS_PROTO_CORE_VISITOR_H

#include "tests/proto/core_puppet.h"

static struct world w;
static struct author author;
static struct puppet p;

static inline int tear_down(void **state)
{
	(void)state;
	puppet_release(&p);
	author_release(&author);
	world_release(&w);
	return 0;
}

/* The author's handshake, HELLO and log.open, whether the node asks for it or not. */
static inline void stranger_comes(
    struct puppet *guest, struct author *a, struct node *n, uint64_t roster_size)
{
	struct msg_hello hello = {.roster_size = roster_size};
	struct writer body = {0};
	struct kept_log *log = kept_find(&a->store, &a->person.log);

	puppet_connect(guest, n);
	puppet_begin(guest, &a->person, &w.network,
	    &(struct msg_intro){.roster_size = roster_size, .log = a->person.log});
	world_pump(&w);
	msg_hello_encode(&body, &hello);
	puppet_send(guest, MSG_HELLO, &body);
	msg_open_encode(&body, &a->person.log, writer_view(&log->records[0].bytes));
	puppet_send(guest, MSG_OPEN, &body);
	world_pump(&w);
	assert_false(guest->is_closed);
}

/* Not in the roster, but its roster is said to be larger. */
static inline void guest_comes(struct puppet *guest, struct author *a, unsigned number)
{
	author_init(a, &w, number);
	stranger_comes(guest, a, &w.nodes[0], 1000);
}

/* m4 in our hands is connected to node 0 as a member. */
static inline void member_connects(void)
{
	author_init(&author, &w, 4);
	world_admit_key(&w, "m4", &author.person.member, NULL);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &author);
	assert_false(p.is_closed);
}

static inline void restart_with(struct node *n, struct core_bounds bounds)
{
	node_stop(n);
	n->config.bounds = bounds;
	node_start(n);
	world_run(&w, 20000);
}

static inline void want_one(const struct key *log, uint64_t from, uint64_t size)
{
	struct msg_want want = {.log = *log, .from = from, .size = size};
	struct writer body = {0};

	msg_want_encode(&body, &want, 1);
	puppet_send(&p, MSG_WANT, &body);
	world_pump(&w);
}

#endif
