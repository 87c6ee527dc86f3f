/* A message that begins to come and does not end: its length, which is not authentic before it is, may have been altered on the
 * way. */
#include "tests/proto/core_puppet.h"

#include "proto/core_parts.h"

static struct world w;
static struct author author;
static struct puppet p;

static int set_up(void **state)
{
	(void)state;
	world_network(&w, 1);
	author_init(&author, &w, 4);
	world_admit_key(&w, "m4", &author.person.member, NULL);
	puppet_connect(&p, &w.nodes[0]);
	puppet_hello(&p, &author);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	puppet_release(&p);
	author_release(&author);
	world_release(&w);
	return 0;
}

static void ping_bytes(struct writer *out)
{
	struct writer body = {0};

	msg_number_encode(&body, 7);
	assert_ok(frame_encode(&p.out, MSG_PING, writer_view(&body), out));
	writer_release(&body);
}

static unsigned pongs(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < p.frame_count; i++)
		count += p.frames[i].type == MSG_PONG;
	return count;
}

/* What comes after it, PONGs among it, is taken for more of the same. */
static void an_altered_length_stalls_a_session_for_a_minute(void **state)
{
	char reason[MSG_REASON_MAX + 1];
	struct writer out = {0};

	(void)state;
	ping_bytes(&out);
	out.data[0] ^= 0x80;
	puppet_raw(&p, writer_view(&out));
	writer_release(&out);
	world_run(&w, MESSAGE_MS_MAX - 100);
	assert_false(p.is_closed);
	assert_int_equal(node_refused(&w.nodes[0]), 0);
	world_run(&w, 200);
	assert_true(p.is_closed);
	assert_int_equal(core_refused(w.nodes[0].core, ERR_TIMEOUT), 1);
	assert_int_equal(node_refused(&w.nodes[0]), 1);
	assert_ok(msg_bye_decode(reason, writer_view(&puppet_got(&p, MSG_BYE)->body)));
	assert_string_equal(reason, "a message takes too long to come");
}

/* Each message has a minute of its own. */
static void slow_messages_are_waited_for(void **state)
{
	struct writer out = {0};

	(void)state;
	p.stays_silent = true; /* a PONG would come between the bytes of a message */
	for (unsigned i = 0; i < 4; i++)
		ping_bytes(&out);
	for (size_t at = 0, end; at < out.size; at = end) {
		end = at == 0 ? 1 : at + out.size / 4;
		if (end > out.size)
			end = out.size;
		puppet_raw(&p, bytes_of(out.data + at, end - at));
		world_run(&w, MESSAGE_MS_MAX - 10000);
		assert_false(p.is_closed);
	}
	writer_release(&out);
	assert_int_equal(pongs(), 4);
}

/* The rest may lie in the socket. */
static void time_in_which_nothing_is_read_does_not_count(void **state)
{
	struct session *s = w.nodes[0].core->sessions[0];
	struct writer out = {0};

	(void)state;
	p.stays_silent = true;
	ping_bytes(&out);
	puppet_raw(&p, bytes_of(out.data, 5));
	world_pump(&w);
	s->is_paused = true;
	world_run(&w, 3 * MESSAGE_MS_MAX);
	assert_false(p.is_closed);
	batch_resume(w.nodes[0].core);
	assert_false(s->is_paused);
	world_run(&w, 20000);
	puppet_raw(&p, bytes_of(out.data + 5, out.size - 5));
	world_pump(&w);
	writer_release(&out);
	assert_false(p.is_closed);
	assert_int_equal(pongs(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_altered_length_stalls_a_session_for_a_minute),
	    TEST(slow_messages_are_waited_for),
	    TEST(time_in_which_nothing_is_read_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
