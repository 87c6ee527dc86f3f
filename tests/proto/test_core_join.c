/* By invite into the network: the request waits, the roster admits, and the session that brought the
 * request becomes a member's without being dialled again. */
#include "tests/proto/core_puppet.h"

#include "proto/core_parts.h"

static struct world w;
static struct core_bounds first_bounds; /* of node 0, where they are set */
static bool knows_two;			/* node 1 does, beside node 0 */
static const uint8_t token[TOKEN_SIZE] = {1, 2, 3, 4};

static int tear_down(void **state)
{
	(void)state;
	world_release(&w);
	first_bounds = (struct core_bounds){0};
	knows_two = false;
	return 0;
}

static void put_record(struct writer *out, const struct person *p)
{
	record_create(out, 0, p->log_open_time, NULL, p->log_open_salt, writer_view(&p->log_open));
}

/* Node 1 comes with a token for `code`, valid until `expires`. */
static void begin(const char *code, int64_t expires_ms, const uint8_t used[static TOKEN_SIZE])
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct change_invite invite = {.is_put = true, .expires = {expires_ms}};
	struct writer join = {0}, record = {0}, names = {0};
	struct msg_join m = {.kind = BYTES_STR("commune"), .territory = BYTES_STR("05.591.01.01")};

	world_init(&w);
	if (first_bounds.day_ms)
		zero->config.bounds = first_bounds;
	node_start(zero);
	world_pump(&w);
	memcpy(invite.token, token, TOKEN_SIZE);
	snprintf(invite.code, sizeof(invite.code), "%s", code);
	core_invite(zero->core, 77, &invite);
	assert_null(node_reply(zero, 77));
	world_pump(&w);
	assert_ok(node_reply(zero, 77)->err);

	put_record(&record, &one->person);
	memcpy(m.token, used, TOKEN_SIZE);
	m.record = writer_view(&record);
	m.names = world_names(&names, "Sefrou");
	msg_join_encode(&join, &m);
	one->config.has_token = true;
	one->config.join = writer_view(&join);
	node_peer(one, zero);
	if (knows_two)
		node_peer(one, &w.nodes[2]);
	node_start(one);
	world_run(&w, 200);
	one->config.join = (struct bytes){0};
	writer_release(&join);
	writer_release(&record);
	writer_release(&names);
}

/* The request as the store holds it; false when none is put. */
static bool has_request(const struct node *n, const char *code)
{
	for (size_t i = 0; i < n->store.row_count; i++) {
		const struct kept_row *row = &n->store.rows[i];
		struct change c;
		struct reader r;
		reader_init(&r, writer_view(&row->raw));
		if (row->op == CHANGE_REQUEST && !row->is_gone && change_next(&c, &r) &&
		    strcmp(c.request.code, code) == 0)
			return true;
	}
	return false;
}

static void a_request_waits_until_the_roster_admits(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];
	struct peer_info peer;
	unsigned wires;

	(void)state;
	begin("m1", WALL_START + 100000, token);
	assert_true(has_request(zero, "m1"));
	assert_true(core_peer(zero->core, 0, &peer));
	assert_true(peer.is_guest && peer.is_connected);
	assert_int_equal(node_status(zero).sessions, 0);
	assert_int_equal(node_status(one).roster_size, 1); /* a guest gets the roster */
	assert_int_equal(node_head(zero, one), 0);
	assert_false(node_status(one).is_admitted);
	wires = w.wire_count;

	world_admit(&w, one);
	world_run(&w, 2000);
	assert_false(has_request(zero, "m1"));
	assert_true(node_status(one).is_admitted);
	assert_int_equal(node_status(one).state, NODE_READY);
	assert_int_equal(node_status(zero).sessions, 1);
	assert_int_equal(node_status(one).sessions, 1);
	assert_int_equal(w.wire_count, wires);
	assert_true(nodes_are_equal(zero, one));
	assert_int_equal(node_head(zero, one), 1);
	assert_int_equal(node_head(one, zero), 1);
	assert_int_equal(node_refused(zero) + node_refused(one), 0);
}

/* Who made the invite admits, and is heard of no more. Others have the entry, and have never heard of the token. */
static void wait_for_another(bool is_admitted)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1], *two = &w.nodes[2];

	knows_two = true;
	begin("m1", WALL_START + 100000, token);
	w.is_blocked[1][0] = true;
	node_peer(two, zero);
	node_start(two);
	node_stop(zero); /* and its session with node 1 */
	node_start(zero);
	world_admit(&w, two);
	if (is_admitted)
		world_admit(&w, one);
	world_run(&w, 120000);
	node_stop(zero);
	world_run(&w, 600000);
}

static void who_was_admitted_is_let_in_by_others_than_the_inviter(void **state)
{
	struct node *one = &w.nodes[1], *two = &w.nodes[2];

	(void)state;
	wait_for_another(true);
	assert_true(node_status(one).is_admitted);
	assert_true(nodes_are_equal(one, two));
	assert_int_equal(node_head(two, one), node_head(one, one));
}

static void who_was_not_admitted_is_not(void **state)
{
	struct node *one = &w.nodes[1], *two = &w.nodes[2];

	(void)state;
	wait_for_another(false);
	assert_false(node_status(one).is_admitted);
	assert_int_equal(node_status(one).roster_size, 1);
	assert_int_equal(node_head(two, one), 0);
}

static unsigned position(const struct puppet *p, enum msg_type type)
{
	for (unsigned i = p->frame_count; i > 0; i--)
		if (p->frames[i - 1].type == type)
			return i;
	return 0;
}

/* Who is admitted gets the roster before anything is said under it. */
static void the_roster_goes_first(void **state)
{
	struct change_invite invite = {.is_put = true, .expires = {WALL_START + 100000}};
	struct msg_join m = {.kind = BYTES_STR("commune")};
	struct msg_hello hello = {.roster_size = 1};
	struct writer record = {0}, names = {0}, body = {0};
	struct author author;
	struct puppet p;

	(void)state;
	world_network(&w, 1);
	memcpy(invite.token, token, TOKEN_SIZE);
	core_invite(w.nodes[0].core, 77, &invite);
	world_pump(&w);
	author_init(&author, &w, 4);
	put_record(&record, &author.person);
	puppet_connect(&p, &w.nodes[0]);
	puppet_begin(&p, &author.person, &w.network,
	    &(struct msg_intro){.roster_size = 1, .has_token = true, .token = {1, 2, 3, 4}});
	world_pump(&w);
	msg_hello_encode(&body, &hello);
	puppet_send(&p, MSG_HELLO, &body);
	memcpy(m.token, token, TOKEN_SIZE);
	m.record = writer_view(&record);
	m.names = world_names(&names, "Sefrou");
	msg_join_encode(&body, &m);
	puppet_send(&p, MSG_JOIN, &body);
	world_pump(&w);
	assert_non_null(puppet_got(&p, MSG_JOINED));
	world_admit_key(&w, "m4", &author.person.member, NULL);
	world_run(&w, 1000);
	assert_true(position(&p, MSG_ROSTER) > 0);
	assert_int_equal(position(&p, MSG_DIGEST), 0); /* it has not shown that it caught up */
	puppet_release(&p);
	author_release(&author);
	writer_release(&record);
	writer_release(&names);
}

static void an_invite_survives_the_node_that_made_it(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	begin("m1", WALL_START + 100000, token);
	node_stop(zero);
	node_start(zero);
	world_run(&w, 20000);
	assert_true(has_request(zero, "m1"));
	world_admit(&w, one);
	world_run(&w, 20000);
	assert_true(nodes_are_equal(zero, one));
	assert_true(node_status(one).is_admitted);
}

static void an_invite_without_a_code_admits_any_request(void **state)
{
	(void)state;
	begin("", WALL_START + 100000, token);
	assert_true(has_request(&w.nodes[0], "m1"));
}

/* More codes ask in a day than are taken: the request waits with who makes it. */
static void a_request_beyond_the_pace_is_filed_tomorrow(void **state)
{
	struct node *zero = &w.nodes[0];

	(void)state;
	core_bounds_defaults(&first_bounds);
	first_bounds.day_joins = 0;
	first_bounds.day_ms = 300000;
	begin("", WALL_START + 10000000, token);
	assert_false(has_request(zero, "m1"));
	assert_null(core_alarm(w.nodes[1].core, 0)); /* nothing was refused */
	assert_non_null(core_alarm(zero->core, 0));
	zero->core->config.bounds.day_joins = 1;
	world_run(&w, 400000);
	assert_true(has_request(zero, "m1"));
	assert_null(core_alarm(zero->core, 0));
}

static void an_invite_for_another_code_is_refused(void **state)
{
	(void)state;
	begin("fes", WALL_START + 100000, token);
	assert_false(has_request(&w.nodes[0], "m1"));
	assert_string_equal(core_alarm(w.nodes[1].core, 0),
	    "the request to join was refused: ask the coordinator for another invite");
}

/* The invite was used, its code is taken: whoever comes with it again asks for nothing. */
static void an_admitted_code_takes_no_other_key(void **state)
{
	struct node *zero = &w.nodes[0];
	struct person other;

	(void)state;
	begin("m1", WALL_START + 1000000, token);
	assert_true(has_request(zero, "m1"));
	person_init(&other, &w.network, 9, 1);
	world_admit_key(&w, "m1", &other.member, NULL);
	world_run(&w, 2000); /* the roster reaches it in the session that it has */
	assert_string_equal(core_alarm(w.nodes[1].core, 0),
	    "the request to join was refused: this code is admitted under another key");
	world_run(&w, GUEST_MS_MAX + 20000); /* shown out, and back with the same token */
	assert_false(has_request(zero, "m1"));
	assert_int_equal(node_status(zero).sessions, 0);
	assert_string_equal(core_alarm(w.nodes[1].core, 0),
	    "the request to join was refused: this code is admitted under another key");
	writer_release(&other.log_open);
}

static void an_expired_token_opens_nothing(void **state)
{
	(void)state;
	begin("m1", WALL_START + 1000, token);
	assert_false(has_request(&w.nodes[0], "m1"));
	assert_int_equal(core_refused(w.nodes[0].core, ERR_STRANGER), 1);
	assert_int_equal(node_status(&w.nodes[1]).roster_size, 0);
	assert_memory_equal(core_alarm(w.nodes[1].core, 0), "the invite is not taken any more", 32);
}

/* The request was filed in time: only its answer is late. */
static void a_request_outlives_its_invite(void **state)
{
	struct node *zero = &w.nodes[0], *one = &w.nodes[1];

	(void)state;
	begin("m1", WALL_START + 10000, token);
	assert_true(has_request(zero, "m1"));
	world_run(&w, GUEST_MS_MAX + 20000); /* shown out, and not let in again */
	assert_null(core_alarm(one->core, 0));
	world_admit(&w, one);
	world_run(&w, 3600000);
	assert_true(node_status(one).is_admitted);
	assert_null(core_alarm(one->core, 0));
}

static void an_unknown_token_opens_nothing(void **state)
{
	const uint8_t other[TOKEN_SIZE] = {1, 2, 3, 5};

	(void)state;
	begin("m1", WALL_START + 100000, other);
	assert_false(has_request(&w.nodes[0], "m1"));
	assert_int_equal(core_refused(w.nodes[0].core, ERR_STRANGER), 1);
	assert_int_equal(node_status(&w.nodes[1]).roster_size, 0);
}

static void a_guest_is_shown_out_after_a_minute(void **state)
{
	struct node *zero = &w.nodes[0];
	struct peer_info peer;

	(void)state;
	begin("m1", WALL_START + 1000000, token);
	assert_true(core_peer(zero->core, 0, &peer) && peer.is_connected);
	world_run(&w, GUEST_MS_MAX - 300);
	assert_true(core_peer(zero->core, 0, &peer) && peer.is_connected);
	world_run(&w, 200);
	assert_false(core_peer(zero->core, 0, &peer));
	assert_int_equal(node_refused(zero), 0); /* nobody's fault */
	world_run(&w, 20000);			 /* and comes again */
	assert_true(core_peer(zero->core, 0, &peer) && peer.is_guest);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_request_waits_until_the_roster_admits),
	    TEST(the_roster_goes_first),
	    TEST(who_was_admitted_is_let_in_by_others_than_the_inviter),
	    TEST(who_was_not_admitted_is_not),
	    TEST(an_invite_survives_the_node_that_made_it),
	    TEST(an_invite_without_a_code_admits_any_request),
	    TEST(a_request_beyond_the_pace_is_filed_tomorrow),
	    TEST(an_invite_for_another_code_is_refused),
	    TEST(an_admitted_code_takes_no_other_key),
	    TEST(an_expired_token_opens_nothing),
	    TEST(a_request_outlives_its_invite),
	    TEST(an_unknown_token_opens_nothing),
	    TEST(a_guest_is_shown_out_after_a_minute),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
