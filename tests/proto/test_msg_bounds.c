/* The bounds that single elements of messages have beyond their types. */
#include "tests/proto/msg_samples.h"

/* The message with element i replaced. */
static enum err with(size_t message, uint32_t i, struct bytes element)
{
	struct writer w = {0}, bent = {0};
	struct elements e;
	enum err err;

	messages[message].put(&w);
	take_apart(&e, writer_view(&w));
	assert_true(i < e.count);
	e.at[i] = element;
	put_together(&bent, &e);
	err = messages[message].read(writer_view(&bent));
	writer_release(&w);
	writer_release(&bent);
	return err;
}

static size_t named(const char *name)
{
	size_t i = 0;

	while (strcmp(messages[i].name, name) != 0)
		i++;
	return i;
}

static struct bytes bin_of(struct writer *w, size_t size)
{
	static const uint8_t zeros[20000];

	assert_true(size <= sizeof(zeros));
	writer_clear(w);
	mp_put_bin(w, zeros, size);
	return writer_view(w);
}

static struct bytes str_of(struct writer *w, size_t size)
{
	static char text[20000];

	memset(text, 'x', sizeof(text));
	writer_clear(w);
	mp_put_str(w, bytes_of(text, size));
	return writer_view(w);
}

static void fixed_bins_have_their_size(void **state)
{
	static const struct {
		const char *name;
		uint32_t element;
		size_t size;
	} bins[] = {{"intro", 1, 32}, {"HELLO", 1, 32}, {"HELLO", 2, 16}, {"HELLO", 4, 32},
	    {"HELLO", 5, 16}, {"HELLO", 8, 32}, {"OPEN_WANT", 0, 32}, {"OPEN", 0, 32},
	    {"ROSTER", 0, 32}, {"PUSH", 0, 32}, {"DIGEST", 0, 32}, {"BUCKETS", 0, 8192},
	    {"JOIN", 0, 16}, {"EVIDENCE", 0, 32}, {"PROOF_WANT", 0, 32}, {"PROOF", 0, 32}};
	struct writer w = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(bins); i++) {
		size_t m = named(bins[i].name);
		expect(bins[i].name, ERR_FORMAT,
		    with(m, bins[i].element, bin_of(&w, bins[i].size - 1)), "a short bin at",
		    bins[i].element);
		expect(bins[i].name, ERR_FORMAT,
		    with(m, bins[i].element, bin_of(&w, bins[i].size + 1)), "a long bin at",
		    bins[i].element);
	}
	writer_release(&w);
}

static void a_hello_is_of_this_version_and_consistent(void **state)
{
	struct msg_hello in = {.roster_size = 1}, out;
	struct writer w = {0};

	(void)state;
	assert_err(ERR_FORMAT, with(named("HELLO"), 0, HEX("00")));
	assert_err(ERR_FORMAT, with(named("HELLO"), 0, HEX("02")));
	assert_err(ERR_FORMAT, with(named("HELLO"), 7, HEX("00"))); /* and a root all the same */
	assert_err(ERR_FORMAT, with(named("HELLO"), 8, HEX("c400")));
	msg_hello_encode(&w, &in); /* the other form of each optional part */
	assert_ok(msg_hello_decode(&out, writer_view(&w)));
	assert_false(out.has_log || out.has_cursor);
	assert_int_equal(out.own_size, 0);
	writer_release(&w);
}

static void an_introduction_is_a_log_or_a_token(void **state)
{
	struct msg_intro in = {.roster_size = 3, .has_token = true, .token = {5}}, out;
	struct writer w = {0};

	(void)state;
	msg_intro_encode(&w, &in);
	assert_ok(msg_intro_decode(&out, writer_view(&w)));
	assert_true(out.has_token && out.token[0] == 5 && out.roster_size == 3);
	assert_err(ERR_FORMAT, with(named("intro"), 1, bin_of(&w, 0)));
	assert_err(ERR_FORMAT, with(named("intro"), 1, bin_of(&w, 17)));
	writer_release(&w);
}

static void heads_are_bounded(void **state)
{
	struct msg_heads m = {.reason = HEADS_CHANGED, .count = MSG_HEADS_MAX}, out;
	struct checkpoint next, empty = head;
	struct writer w = {0};
	uint32_t count = 0;

	(void)state;
	msg_heads_begin(&w, &m);
	for (uint32_t i = 0; i < m.count; i++)
		msg_heads_add(&w, &head);
	assert_ok(msg_heads_decode(&out, writer_view(&w)));
	assert_false(out.has_yours);
	while (msg_heads_next(&out, &next))
		count++;
	assert_int_equal(count, MSG_HEADS_MAX);
	assert_ok(out.items.err);
	writer_clear(&w);
	m.count++;
	msg_heads_begin(&w, &m);
	for (uint32_t i = 0; i < m.count; i++)
		msg_heads_add(&w, &head);
	assert_err(ERR_LIMIT, msg_heads_decode(&out, writer_view(&w)));
	assert_err(ERR_FORMAT, with(named("HEADS"), 0, HEX("03")));
	assert_err(ERR_TYPE, with(named("HEADS"), 0, HEX("ff")));
	assert_err(ERR_FORMAT, with(named("HEADS"), 3, HEX("91 01")));
	writer_clear(&w);
	m = (struct msg_heads){.has_yours = true, .is_as_told = true};
	msg_heads_begin(&w, &m);
	assert_ok(msg_heads_decode(&out, writer_view(&w)));
	assert_true(out.has_yours && out.is_as_told && out.yours.size == 0);
	m = (struct msg_heads){.reason = HEADS_CHANGED, .count = MSG_HEADS_MAX};
	writer_clear(&w);
	empty.size = 0; /* a checkpoint of size 0 is never made */
	m.count = 1;
	msg_heads_begin(&w, &m);
	msg_heads_add(&w, &empty);
	assert_ok(msg_heads_decode(&out, writer_view(&w)));
	assert_false(msg_heads_next(&out, &next));
	assert_err(ERR_FORMAT, out.items.err);
	writer_clear(&w);
	msg_roster_encode(&w, &empty);
	assert_err(ERR_FORMAT, msg_roster_decode(&next, writer_view(&w)));
	writer_release(&w);
}

static void lists_are_bounded(void **state)
{
	static struct msg_want wants[MSG_WANTS_MAX + 1], out[MSG_WANTS_MAX];
	static struct msg_payload_want asked[MSG_WANTS_MAX + 1], got[MSG_WANTS_MAX];
	struct msg_have have[3];
	struct writer w = {0};
	struct reader items;
	uint32_t count;

	(void)state;
	for (unsigned i = 0; i <= MSG_WANTS_MAX; i++)
		wants[i].size = 1;
	msg_want_encode(&w, wants, MSG_WANTS_MAX);
	assert_ok(msg_want_decode(out, &count, writer_view(&w)));
	assert_int_equal(count, MSG_WANTS_MAX);
	writer_clear(&w);
	msg_want_encode(&w, wants, MSG_WANTS_MAX + 1);
	assert_err(ERR_LIMIT, msg_want_decode(out, &count, writer_view(&w)));
	writer_clear(&w);
	msg_payload_want_encode(&w, asked, MSG_WANTS_MAX);
	assert_ok(msg_payload_want_decode(got, &count, writer_view(&w)));
	writer_clear(&w);
	msg_payload_want_encode(&w, asked, MSG_WANTS_MAX + 1);
	assert_err(ERR_LIMIT, msg_payload_want_decode(got, &count, writer_view(&w)));
	writer_clear(&w);
	msg_payloads_begin(&w, MSG_WANTS_MAX + 1);
	for (unsigned i = 0; i <= MSG_WANTS_MAX; i++)
		msg_payloads_add(&w, &(struct msg_payload){.state = 2});
	assert_err(ERR_LIMIT, msg_payloads_decode(&items, &count, writer_view(&w)));
	assert_err(ERR_LIMIT,
	    msg_have_decode(have, &count, 1, HEX("92 92 c400 01 92 c400 01"))); /* two, not one */
	writer_release(&w);
}

static void a_want_asks_for_something(void **state)
{
	struct msg_want wants[] = {{key, 5, 5}}, out[MSG_WANTS_MAX];
	struct writer w = {0};
	uint32_t count;

	(void)state;
	msg_want_encode(&w, wants, 1);
	assert_err(ERR_FORMAT, msg_want_decode(out, &count, writer_view(&w)));
	wants[0].from = 6;
	writer_clear(&w);
	msg_want_encode(&w, wants, 1);
	assert_err(ERR_FORMAT, msg_want_decode(out, &count, writer_view(&w)));
	writer_release(&w);
	assert_err(ERR_FORMAT, with(named("PUSH"), 1, HEX("cd012c"))); /* from 300 to 300 */
	assert_err(ERR_FORMAT, with(named("PUSH"), 3, HEX("cf0000000100000000")));
}

static enum err news_refused(const struct msg_news *m)
{
	struct msg_news out;
	struct writer w = {0};
	enum err err;

	msg_news_encode(&w, m);
	err = msg_news_decode(&out, writer_view(&w));
	writer_release(&w);
	return err;
}

static void news_are_little(void **state)
{
	struct msg_news m = {.count = 1, .packed = news_of(NEWS_RAW_MAX)};

	(void)state;
	for (unsigned i = 0; i < NEWS_LOGS_MAX; i++)
		m.tails[i] = (struct msg_tail){.head = head, .count = 1};
	m.count = NEWS_LOGS_MAX;
	assert_ok(news_refused(&m));
	m.packed = news_of(NEWS_RAW_MAX + 1);
	assert_err(ERR_LIMIT, news_refused(&m));
	m.packed = bytes_of(m.packed.data, 1);
	assert_err(ERR_FORMAT, news_refused(&m)); /* no frame */
	m.packed = (struct bytes){0};
	assert_err(ERR_FORMAT, news_refused(&m));
	m.packed = news_of(9);
	m.count = 0;
	assert_err(ERR_FORMAT, news_refused(&m));
	m.count = 1;
	m.tails[0].count = 0;
	assert_err(ERR_FORMAT, news_refused(&m));
	m.tails[0].count = (uint32_t)head.size + 1; /* more than there are */
	assert_err(ERR_FORMAT, news_refused(&m));
	m.tails[0].head.size = m.tails[0].count = NEWS_RAW_MAX + 1;
	assert_err(ERR_LIMIT, news_refused(&m));
	assert_err(ERR_LIMIT, with(named("NEWS"), 0, HEX("99 01 01 01 01 01 01 01 01 01")));
}

static void a_payload_has_one_of_three_states(void **state)
{
	struct msg_payload m = {.state = 3}, out;
	struct writer w = {0};
	struct reader items;
	uint32_t count;

	(void)state;
	for (m.state = 0; m.state <= 3; m.state++) {
		writer_clear(&w);
		msg_payloads_begin(&w, 1);
		msg_payloads_add(&w, &m);
		assert_ok(msg_payloads_decode(&items, &count, writer_view(&w)));
		assert_err(m.state < 3 ? ERR_NONE : ERR_FORMAT, msg_payloads_next(&items, &out));
	}
	writer_release(&w);
}

static void a_request_to_join_is_small(void **state)
{
	struct writer w = {0}, names = {0};

	(void)state;
	assert_err(ERR_LIMIT, with(named("JOIN"), 1, bin_of(&w, MSG_OPEN_MAX + 1)));
	mp_put_map(&names, 1);
	mp_put_cstr(&names, "fr");
	str_of(&w, MSG_NAMES_MAX);
	writer_bytes(&names, writer_view(&w));
	assert_err(ERR_LIMIT, with(named("JOIN"), 3, writer_view(&names)));
	assert_err(ERR_LIMIT, with(named("JOIN"), 4, str_of(&w, ROSTER_TERRITORY_MAX + 1)));
	assert_err(ERR_FORMAT, with(named("JOINED"), 0, str_of(&w, 7)));
	assert_err(ERR_LIMIT, with(named("JOINED"), 1, str_of(&w, MSG_REASON_MAX + 1)));
	writer_release(&names);
	writer_release(&w);
}

static void a_proof_is_whole_hashes_and_bounded(void **state)
{
	struct msg_evidence out;
	struct writer w = {0}, body = {0};

	(void)state;
	assert_err(ERR_FORMAT, with(named("EVIDENCE"), 3, bin_of(&w, 31)));
	assert_err(
	    ERR_LIMIT, with(named("EVIDENCE"), 3, bin_of(&w, (TREE_PROOF_MAX + 2) * HASH_SIZE)));
	assert_err(ERR_FORMAT, with(named("PROOF"), 3, bin_of(&w, 31)));
	assert_err(
	    ERR_LIMIT, with(named("PROOF"), 3, bin_of(&w, (TREE_PROOF_MAX + 2) * HASH_SIZE)));
	assert_err(ERR_FORMAT, with(named("PROOF_WANT"), 1, HEX("09"))); /* from 9 to 9 */
	assert_err(ERR_FORMAT, with(named("PROOF_WANT"), 1, HEX("00")));
	assert_err(ERR_FORMAT, with(named("PROOF"), 2, HEX("03")));
	struct msg_evidence in = {.log = key, .a = head, .b = head, .open = BYTES_STR("open")};
	in.proof_count = TREE_PROOF_MAX + 1;
	msg_evidence_encode(&body, &in);
	assert_ok(msg_evidence_decode(&out, writer_view(&body)));
	assert_int_equal(out.proof_count, TREE_PROOF_MAX + 1);
	assert_text("open", out.open);
	writer_release(&w);
	writer_release(&body);
}

static void a_goodbye_is_short_and_harmless(void **state)
{
	char reason[MSG_REASON_MAX + 1], room[MSG_REASON_MAX + 2];
	struct writer w = {0};

	(void)state;
	memset(room, 'x', sizeof(room));
	room[MSG_REASON_MAX] = '\0';
	msg_bye_encode(&w, room);
	assert_ok(msg_bye_decode(reason, writer_view(&w)));
	assert_string_equal(reason, room);
	assert_err(ERR_LIMIT, with(named("BYE"), 0, str_of(&w, MSG_REASON_MAX + 1)));
	writer_clear(&w);
	msg_bye_encode(&w, "\x1b[2J red\n\xc3\xa9");
	assert_ok(msg_bye_decode(reason, writer_view(&w)));
	assert_string_equal(reason, "?[2J red???");
	writer_release(&w);
}

static void an_empty_body_is_an_empty_array(void **state)
{
	(void)state;
	assert_ok(msg_empty_decode(HEX("90")));
	assert_ok(msg_empty_decode(HEX("91 c0"))); /* grown */
	assert_err(ERR_SHORT, msg_empty_decode((struct bytes){0}));
	assert_err(ERR_TYPE, msg_empty_decode(HEX("80")));
	assert_err(ERR_TRAILING, msg_empty_decode(HEX("9090")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fixed_bins_have_their_size),
	    cmocka_unit_test(a_hello_is_of_this_version_and_consistent),
	    cmocka_unit_test(an_introduction_is_a_log_or_a_token),
	    cmocka_unit_test(heads_are_bounded),
	    cmocka_unit_test(lists_are_bounded),
	    cmocka_unit_test(a_want_asks_for_something),
	    cmocka_unit_test(news_are_little),
	    cmocka_unit_test(a_payload_has_one_of_three_states),
	    cmocka_unit_test(a_request_to_join_is_small),
	    cmocka_unit_test(a_proof_is_whole_hashes_and_bounded),
	    cmocka_unit_test(a_goodbye_is_short_and_harmless),
	    cmocka_unit_test(an_empty_body_is_an_empty_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
