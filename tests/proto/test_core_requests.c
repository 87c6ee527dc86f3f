/* Who asks to join: once in a session, and nobody becomes somebody else by it. Several homes under
 * one code all wait, none takes another's place, and one invite lets a few of them wait and no more. */
#include "tests/proto/core_visitor.h"

#include "proto/core_parts.h"

static const uint8_t token[TOKEN_SIZE] = {1, 2, 3, 4};

/* code "" for any. */
static void invite(const char *code, uint8_t first)
{
	struct change_invite invite = {.is_put = true, .expires = {WALL_START + 10000000}};

	memcpy(invite.token, token, TOKEN_SIZE);
	invite.token[0] = first;
	snprintf(invite.code, sizeof(invite.code), "%s", code);
	core_invite(w.nodes[0].core, 77, &invite);
	world_pump(&w);
}

static void begin(void)
{
	world_network(&w, 1);
	invite("azrou", 1);
}

/* The log.open of a home that was made as `code`'s. */
static void put_open(struct writer *out, const char *code, const struct person *home)
{
	struct log_open open = {.network = w.network,
	    .number = 1,
	    .key = home->log,
	    .member_key = home->member,
	    .transport = home->transport};
	const uint8_t salt[RECORD_SALT_SIZE] = {8};
	struct writer payload = {0};

	snprintf(open.member, sizeof(open.member), "%s", code);
	log_open_encode(&payload, &open, &home->member_sk);
	record_create(out, 0, (struct mtime){WALL_START}, NULL, salt, writer_view(&payload));
	writer_release(&payload);
}

/* JOIN with the invite whose token begins so. */
static void send_join(
    struct puppet *by, const struct person *home, const char *code, uint8_t first, const char *name)
{
	struct msg_join m = {.token = {first, 2, 3, 4}, .kind = BYTES_STR("commune")};
	struct writer record = {0}, names = {0}, body = {0};

	put_open(&record, code, home);
	m.record = writer_view(&record);
	m.names = world_names(&names, name);
	msg_join_encode(&body, &m);
	puppet_send(by, MSG_JOIN, &body);
	world_pump(&w);
	writer_release(&record);
	writer_release(&names);
}

/* Home `number` comes with the invite whose token begins so, asks under that name, and leaves.
 * What it was answered. */
static const char *ask(unsigned number, uint8_t first, const char *name)
{
	static char state[MSG_REASON_MAX];
	struct msg_intro intro = {.roster_size = 1, .has_token = true, .token = {first, 2, 3, 4}};
	struct msg_hello hello = {.roster_size = 1};
	struct writer body = {0};
	struct bytes answer, reason;

	author_init(&author, &w, number);
	puppet_connect(&p, &w.nodes[0]);
	puppet_begin(&p, &author.person, &w.network, &intro);
	world_pump(&w);
	msg_hello_encode(&body, &hello);
	puppet_send(&p, MSG_HELLO, &body);
	send_join(&p, &author.person, "azrou", first, name);
	assert_non_null(puppet_got(&p, MSG_JOINED));
	assert_ok(
	    msg_joined_decode(&answer, &reason, writer_view(&puppet_got(&p, MSG_JOINED)->body)));
	snprintf(state, sizeof(state), "%.*s%s%.*s", (int)answer.size, (const char *)answer.data,
	    reason.size ? ": " : "", (int)reason.size, (const char *)reason.data);
	puppet_release(&p);
	author_release(&author);
	return state;
}

/* The first letter of each name that waits, the oldest request first. */
static const char *waiting(void)
{
	static char letters[40];
	const struct kept *k = &w.nodes[0].store;
	size_t count = 0;

	for (size_t i = 0; i < k->row_count; i++) {
		struct change c;
		struct reader r;
		struct msg_join m;
		if (k->rows[i].op != CHANGE_REQUEST || k->rows[i].is_gone)
			continue;
		reader_init(&r, writer_view(&k->rows[i].raw));
		assert_true(change_next(&c, &r));
		assert_string_equal(c.request.code, "azrou");
		assert_ok(msg_join_decode(&m, c.request.join));
		struct reader name;
		reader_init(&name, mp_get(m.names, "fr"));
		letters[count++] = (char)mp_str(&name).data[0];
	}
	letters[count] = '\0';
	return letters;
}

static void homes_with_one_invite_all_wait(void **state)
{
	(void)state;
	begin();
	assert_string_equal(ask(4, 1, "First"), "pending");
	assert_string_equal(ask(5, 1, "Second"), "pending");
	assert_string_equal(waiting(), "FS");
}

static void a_home_that_comes_again_asks_once(void **state)
{
	(void)state;
	begin();
	assert_string_equal(ask(4, 1, "First"), "pending");
	assert_string_equal(ask(5, 1, "Second"), "pending");
	assert_string_equal(ask(4, 1, "Amended"), "pending");
	assert_string_equal(waiting(), "AS");
}

static void those_who_came_first_stay(void **state)
{
	(void)state;
	begin();
	assert_int_equal(INVITE_HOMES_MAX, 4);
	for (unsigned i = 0; i < INVITE_HOMES_MAX; i++)
		assert_string_equal(
		    ask(4 + i, 1, (const char *[]){"A", "B", "C", "D"}[i]), "pending");
	assert_string_equal(ask(9, 1, "E"), "refused: too many ask with this invite");
	assert_string_equal(ask(4, 1, "A"), "pending");
	assert_string_equal(waiting(), "ABCD");
	invite("azrou", 7); /* another one is not used up */
	assert_string_equal(ask(9, 7, "E"), "pending");
	assert_string_equal(waiting(), "ABCDE");
}

static void the_bound_survives_a_restart(void **state)
{
	struct node *zero = &w.nodes[0];

	(void)state;
	begin();
	for (unsigned i = 0; i < INVITE_HOMES_MAX; i++)
		assert_string_equal(ask(4 + i, 1, "Many"), "pending");
	node_stop(zero);
	node_start(zero);
	world_run(&w, 3000);
	assert_string_equal(ask(9, 1, "E"), "refused: too many ask with this invite");
	assert_string_equal(ask(5, 1, "New"), "pending");
	assert_string_equal(waiting(), "MNMM");
}

/* A removed member asks again with another key: what was asked before its admission is over. */
static void an_admission_ends_all_requests_of_its_code(void **state)
{
	struct author home;

	(void)state;
	begin();
	assert_string_equal(ask(4, 1, "First"), "pending");
	assert_string_equal(ask(5, 1, "Second"), "pending");
	author_init(&home, &w, 5);
	world_admit_key(&w, "azrou", &home.person.member, NULL);
	assert_string_equal(waiting(), "");
	assert_string_equal(ask(4, 1, "First"), "refused: admitted under another key");
	assert_string_equal(ask(5, 1, "Second"), "admitted");
	world_remove(&w, "azrou", NULL);
	assert_string_equal(ask(6, 1, "Third"), "pending");
	assert_string_equal(waiting(), "T");
	author_release(&home);
}

/* As `code`, by the keys of m4. */
static void ask_to_join(const char *code)
{
	send_join(&p, &author.person, code, 1, "Sefrou");
}

static unsigned count_requests(void)
{
	unsigned count = 0;

	for (size_t i = 0; i < w.nodes[0].store.row_count; i++)
		count += w.nodes[0].store.rows[i].op == CHANGE_REQUEST &&
			 !w.nodes[0].store.rows[i].is_gone;
	return count;
}

static void a_member_becomes_nobody_else_by_asking_to_join(void **state)
{
	struct peer_info peer = {0};

	(void)state;
	world_network(&w, 2);
	invite("", 1);
	member_connects();
	ask_to_join("m0");
	assert_true(core_peer(w.nodes[0].core, 1, &peer));
	assert_string_equal(peer.member, "m4");
	assert_int_equal(count_requests(), 0);
	assert_non_null(puppet_got(&p, MSG_JOINED));
	assert_false(p.is_closed);
}

static void a_guest_asks_to_join_once(void **state)
{
	(void)state;
	world_network(&w, 2);
	invite("", 1);
	guest_comes(&p, &author, 4);
	ask_to_join("m7");
	assert_int_equal(count_requests(), 1);
	assert_false(p.is_closed);
	ask_to_join("m8");
	assert_bye(&p, ERR_STATE);
	assert_int_equal(count_requests(), 1);
}

static void an_answer_that_was_not_asked_for_alarms_nobody(void **state)
{
	struct writer body = {0};

	(void)state;
	world_network(&w, 2);
	guest_comes(&p, &author, 4);
	msg_joined_encode(&body, "refused", "because");
	puppet_send(&p, MSG_JOINED, &body);
	world_pump(&w);
	assert_null(core_alarm(w.nodes[0].core, 0));
	assert_false(p.is_closed);
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(homes_with_one_invite_all_wait),
	    TEST(a_home_that_comes_again_asks_once),
	    TEST(those_who_came_first_stay),
	    TEST(the_bound_survives_a_restart),
	    TEST(an_admission_ends_all_requests_of_its_code),
	    TEST(a_member_becomes_nobody_else_by_asking_to_join),
	    TEST(a_guest_asks_to_join_once),
	    TEST(an_answer_that_was_not_asked_for_alarms_nobody),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
