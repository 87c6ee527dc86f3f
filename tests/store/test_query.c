/* The queries as the control socket gives them: what they find, in which order, and what is refused. */
#include "tests/store/asking.h"

static void lists_are_filtered_and_in_arrival_order(void **state)
{
	static const struct {
		const char *name, *value, *want;
	} cases[] = {
	    {"kind", "practice", "sefrou/1 sefrou/2 sefrou/3"},
	    {"kind", "comment", "agadir/1"},
	    {"kind", "commitment", ""},
	    {"member", "sefrou", "sefrou/0 sefrou/1 sefrou/2 sefrou/3"},
	    {"member", "nobody", ""},
	    {"region", "03", "sefrou/0 sefrou/1 sefrou/2 sefrou/3"},
	    {"region", "9", "agadir/0 agadir/1"},
	    {"region", "MA-09", "agadir/0 agadir/1"},
	    {"region", "agadir", "agadir/0 agadir/1"},
	    {"theme", "transparency", "sefrou/1 sefrou/3"},
	    {"theme", "integrity", ""},
	    {"about", "sefrou/1", "agadir/1 sefrou/3"},
	    {"about", "sefrou/2", ""},
	    {"since", "2023",
		"roster.0/0 roster.0/1 roster.0/2 sefrou/0 agadir/0 sefrou/1 sefrou/2 agadir/1 "
		"sefrou/3"},
	    {"since", "2023-11-15", ""},
	    {"until", "2023-11-13", ""},
	    {"until", "2023-11",
		"roster.0/0 roster.0/1 roster.0/2 sefrou/0 agadir/0 sefrou/1 sefrou/2 agadir/1 "
		"sefrou/3"},
	    {"cursor", "6", "sefrou/2 agadir/1 sefrou/3"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *refs = refs_of(ask("list", cases[i].name, cases[i].value));
		if (strcmp(refs, cases[i].want) != 0)
			fail_msg("%s=%s: %s", cases[i].name, cases[i].value, refs);
	}
}

static void a_row_says_what_a_table_shows(void **state)
{
	struct bytes row, old;
	struct reader r;

	(void)state;
	row = row_at(ask("list", "kind", "practice"), 1);
	assert_string_equal(text_of(row, "kind"), "practice");
	assert_string_equal(text_of(row, "member"), "sefrou");
	assert_string_equal(text_of(row, "state"), "present");
	assert_int_equal(uint_of(row, "arrival"), 7);
	assert_int_equal(uint_of(row, "time"), 1700000000002);
	assert_true(is_nil(row, "superseded_by"));
	assert_true(is_nil(row, "status"));
	reader_init(&r, mp_get(mp_get(row, "title"), "fr"));
	assert_true(bytes_equal(mp_str(&r), BYTES_STR("Budget ouvert")));
	expect_bin(row, "id", second.leaf.b, HASH_SIZE);
	old = row_at(ask("list", "kind", "practice"), 0);
	assert_string_equal(text_of(old, "superseded_by"), "sefrou/3");
}

static void pages_meet_without_gap_or_overlap(void **state)
{
	struct writer params = {0};
	struct writer joined = {0};
	char cursor[24] = "";
	unsigned pages = 0;

	(void)state;
	do {
		struct bytes answer;
		const char *next;
		writer_clear(&params);
		mp_put_map(&params, cursor[0] ? 2 : 1);
		if (cursor[0]) {
			mp_put_cstr(&params, "cursor");
			mp_put_cstr(&params, cursor);
		}
		mp_put_cstr(&params, "limit");
		mp_put_uint(&params, 3);
		answer = network_query(&net, "list", &params, &out);
		writer_printf(&joined, "%s|", refs_of(answer));
		next = text_of(answer, "cursor");
		snprintf(cursor, sizeof(cursor), "%s", next ? next : "");
		assert_true(++pages < 9);
	} while (cursor[0]);
	writer_u8(&joined, 0);
	assert_string_equal((char *)joined.data,
	    "roster.0/0 roster.0/1 roster.0/2|sefrou/0 agadir/0 sefrou/1|"
	    "sefrou/2 agadir/1 sefrou/3|");
	writer_release(&joined);
	writer_release(&params);
}

static void latest_leaves_out_what_was_superseded(void **state)
{
	struct writer params = {0};

	(void)state;
	mp_put_map(&params, 2);
	mp_put_cstr(&params, "kind");
	mp_put_cstr(&params, "practice");
	mp_put_cstr(&params, "latest");
	mp_put_bool(&params, true);
	assert_string_equal(
	    refs_of(network_query(&net, "list", &params, &out)), "sefrou/2 sefrou/3");
	writer_release(&params);
}

static void bad_parameters_are_named(void **state)
{
	(void)state;
	refuse("list", "kind", "practise", ERR_USAGE);
	refuse("list", "limit", "3", ERR_USAGE);
	refuse("list", "cursor", "x", ERR_USAGE);
	refuse("list", "region", "north", ERR_USAGE);
	refuse("list", "region", "13", ERR_USAGE);
	refuse("list", "theme", "transparenc", ERR_USAGE);
	refuse("list", "since", "2023-13", ERR_USAGE);
	refuse("list", "since", "yesterday", ERR_USAGE);
	refuse("list", "about", "sefrou/99", ERR_UNKNOWN);
	refuse("frobnicate", "a", "b", ERR_USAGE);
}

static void only_the_member_itself_supersedes(void **state)
{
	(void)state;
	publish_practice(&agadir, "Intrus", "gender", &second);
	network_index(&net);
	assert_true(is_nil(ask("show", "ref", "sefrou/2"), "superseded_by"));
	assert_string_equal(text_of(ask("show", "ref", "sefrou/1"), "superseded_by"), "sefrou/3");
}

static void two_versions_of_one_are_a_visible_conflict(void **state)
{
	struct record_ref other =
	    publish_practice(&sefrou, "Guichet unique, autrement", "gender", &first);
	const char *winner =
	    memcmp(other.leaf.b, newer.leaf.b, HASH_SIZE) < 0 ? "sefrou/4" : "sefrou/3";
	struct bytes card;
	struct reader r;

	(void)state;
	network_index(&net);
	card = ask("show", "ref", "sefrou/1");
	assert_string_equal(text_of(card, "superseded_by"), winner);
	reader_init(&r, mp_get(card, "labels"));
	assert_int_equal(mp_array(&r), 1);
	assert_true(bytes_equal(mp_str(&r), BYTES_STR("conflict")));
}

static void show_has_every_field(void **state)
{
	static const char *const names[] = {"ref", "id", "kind", "version", "member", "time",
	    "anchor", "not_before", "not_after", "arrival", "supersedes", "superseded_by", "erased",
	    "payload"};
	struct bytes card;

	(void)state;
	card = ask("show", "ref", "sefrou/3");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(mp_get(card, names[i]).size > 0);
	assert_int_equal(uint_of(card, "version"), 2);
	assert_string_equal(text_of(card, "supersedes"), "sefrou/1");
	assert_true(is_nil(card, "superseded_by"));
	assert_true(is_nil(card, "erased"));
	card = ask("show", "ref", "sefrou/1");
	assert_int_equal(uint_of(card, "version"), 1);
	assert_true(is_nil(card, "supersedes"));
}

static void history_tells_versions_and_what_was_said(void **state)
{
	struct bytes answer;

	(void)state;
	answer = ask("history", "ref", "sefrou/3");
	assert_string_equal(refs_of(answer), "sefrou/1 agadir/1 sefrou/3");
	assert_string_equal(text_of(row_at(answer, 0), "relation"), "version");
	assert_string_equal(text_of(row_at(answer, 1), "relation"), "about");
	assert_string_equal(text_of(row_at(answer, 2), "relation"), "version");
	assert_string_equal(refs_of(ask("history", "ref", "sefrou/2")), "sefrou/2");
}

static void an_erased_record_is_shown_without_its_payload(void **state)
{
	struct record erased = {.state = RECORD_ERASED, .erasure = comment};
	struct change_payload op = {.key = first.log, .index = first.index};
	struct writer change = {0}, rest = {0};
	struct bytes card;

	(void)state;
	record_write_rest(&rest, &erased);
	op.rest = writer_view(&rest);
	change_put_payload(&change, &op);
	sample_apply(net.store, &change, NULL);
	network_index(&net);
	card = ask("show", "ref", "sefrou/1");
	assert_true(is_nil(card, "payload"));
	assert_true(is_nil(card, "title"));
	assert_string_equal(text_of(card, "state"), "erased");
	assert_string_equal(text_of(mp_get(card, "erased"), "ref"), "agadir/1");
	writer_release(&change);
	writer_release(&rest);
}

static void a_payload_of_any_bytes_is_listed_and_shown(void **state)
{
	static const uint8_t garbage[] = {0xff, 0xc1, 0x00, 0x9f};
	struct writer deep = {0};
	struct bytes row;

	(void)state;
	network_publish(&net, &sefrou, KIND_PRACTICE, BYTES(garbage));
	/* A title that is itself as deep as a payload may be. */
	mp_put_map(&deep, 1);
	mp_put_cstr(&deep, "title");
	for (int i = 0; i < 7; i++)
		mp_put_array(&deep, 1);
	mp_put_int(&deep, 1);
	network_publish(&net, &sefrou, 9999, writer_view(&deep));
	network_index(&net);
	row = ask("show", "ref", "sefrou/4");
	expect_bin(row, "payload", garbage, sizeof(garbage));
	assert_true(is_nil(row, "title"));
	row = row_at(ask("list", "cursor", "10"), 0);
	assert_string_equal(text_of(row, "ref"), "sefrou/5");
	assert_string_equal(text_of(row, "kind"), "9999");
	assert_true(is_nil(row, "title"));
	writer_release(&deep);
}

static void records_past_a_cut_are_labelled(void **state)
{
	struct change_state cut = {.key = sefrou.log.log.key, .state = LOG_CUT, .cut_size = 2};
	struct writer change = {0};
	struct bytes answer;
	struct reader r;

	(void)state;
	change_put_state(&change, &cut);
	sample_apply(net.store, &change, NULL);
	answer = ask("list", "kind", "practice");
	reader_init(&r, mp_get(row_at(answer, 0), "labels"));
	assert_int_equal(mp_array(&r), 0);
	reader_init(&r, mp_get(row_at(answer, 1), "labels"));
	assert_int_equal(mp_array(&r), 1);
	assert_true(bytes_equal(mp_str(&r), BYTES_STR("past_cut")));
	/* And a version past the cut supersedes nothing. */
	assert_true(is_nil(row_at(answer, 0), "superseded_by"));
	writer_release(&change);
}

static void watch_goes_on_from_an_arrival(void **state)
{
	struct writer params = {0};
	struct bytes answer;

	(void)state;
	mp_put_map(&params, 2);
	mp_put_cstr(&params, "from");
	mp_put_uint(&params, 7);
	mp_put_cstr(&params, "limit");
	mp_put_uint(&params, 2);
	answer = network_query(&net, "watch", &params, &out);
	assert_string_equal(refs_of(answer), "sefrou/2 agadir/1");
	assert_int_equal(uint_of(answer, "next"), 9);
	answer = ask("watch", NULL, NULL);
	assert_string_equal(refs_of(answer), "");
	assert_int_equal(uint_of(answer, "next"), 10);
	writer_release(&params);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(lists_are_filtered_and_in_arrival_order),
	    TEST(a_row_says_what_a_table_shows),
	    TEST(pages_meet_without_gap_or_overlap),
	    TEST(latest_leaves_out_what_was_superseded),
	    TEST(bad_parameters_are_named),
	    TEST(only_the_member_itself_supersedes),
	    TEST(two_versions_of_one_are_a_visible_conflict),
	    TEST(show_has_every_field),
	    TEST(history_tells_versions_and_what_was_said),
	    TEST(an_erased_record_is_shown_without_its_payload),
	    TEST(a_payload_of_any_bytes_is_listed_and_shown),
	    TEST(records_past_a_cut_are_labelled),
	    TEST(watch_goes_on_from_an_arrival),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
