/* Names of records: what finds one, what is none, what several have in common. */
#include "tests/store/asking.h"

static void a_record_is_found_by_index_and_by_leading_digits(void **state)
{
	(void)state;
	assert_string_equal(text_of(ask("show", "ref", "sefrou/1"), "ref"), "sefrou/1");
	assert_string_equal(text_of(ask("show", "ref", "sefrou.1/2"), "ref"), "sefrou/2");
	assert_string_equal(text_of(ask("show", "ref", "roster.0/1"), "ref"), "roster.0/1");
	for (size_t digits = 8; digits <= 64; digits += 7)
		assert_string_equal(
		    text_of(ask("show", "ref", hex_of(&second.leaf, digits)), "ref"), "sefrou/2");
	expect_bin(ask("show", "ref", "sefrou/2"), "id", second.leaf.b, HASH_SIZE);
}

static void what_is_no_name_or_names_nothing_is_refused(void **state)
{
	static const char *const bad[] = {"", "sefrou", "sefrou/", "/1", "sefrou/x", "sefrou/01",
	    "sefrou/-1", "sefrou.x/1", "sefrou.0/1", "Sefrou/1", "abcdef1", "xyzxyzxyz",
	    "sefrou/99999999999999999999"};
	char longer[80];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse("show", "ref", bad[i], ERR_USAGE);
	memset(longer, 'a', 65);
	longer[65] = '\0';
	refuse("show", "ref", longer, ERR_USAGE);
	refuse("show", "ref", "sefrou/4", ERR_UNKNOWN);
	refuse("show", "ref", "sefrou.2/0", ERR_UNKNOWN);
	refuse("show", "ref", "nobody/0", ERR_UNKNOWN);
	refuse("show", "ref", "0123456789abcdef", ERR_UNKNOWN);
	refuse("show", "nothing", "sefrou/1", ERR_USAGE);
}

static void an_ambiguous_name_lists_its_candidates(void **state)
{
	static struct author twin;
	struct writer params = {0};
	struct why why = {0};
	struct bytes row;
	struct reader r;

	(void)state;
	/* The same code and number under another key, as a member admitted again may have it. */
	twin.key = agadir_key;
	sample_log_init(&twin.log, "sefrou", 1);
	twin.log.log.key = agadir_key.pk;
	sample_fill(net.store, &twin.log, 2, 40);
	params_make(&params, "ref", "sefrou/1", NULL);
	assert_int_equal(network_query_why(&net, "show", &params, &out, &why), ERR_AMBIGUOUS);
	assert_non_null(strstr(why.text, hex_of(&first.leaf, 16)));
	writer_clear(&params);
	mp_put_map(&params, 1);
	mp_put_cstr(&params, "refs");
	mp_put_array(&params, 1);
	mp_put_cstr(&params, "sefrou/1");
	row = row_at(network_query(&net, "resolve", &params, &out), 0);
	assert_string_equal(text_of(row, "error"), "ambiguous");
	reader_init(&r, mp_get(row, "candidates"));
	assert_int_equal(mp_array(&r), 2);
	expect_bin(mp_raw(&r), "id", first.leaf.b, HASH_SIZE);
	/* What only one of them has is not ambiguous. */
	assert_string_equal(text_of(ask("show", "ref", "sefrou/2"), "ref"), "sefrou/2");
	writer_release(&params);
}

static void resolve_says_for_each_name_what_it_is(void **state)
{
	struct writer params = {0};
	struct bytes answer;

	(void)state;
	mp_put_map(&params, 1);
	mp_put_cstr(&params, "refs");
	mp_put_array(&params, 3);
	mp_put_cstr(&params, "sefrou/1");
	mp_put_cstr(&params, "sefrou/77");
	mp_put_cstr(&params, "%%%");
	answer = network_query(&net, "resolve", &params, &out);
	expect_bin(row_at(answer, 0), "leaf", first.leaf.b, HASH_SIZE);
	expect_bin(row_at(answer, 0), "log", first.log.b, KEY_SIZE);
	assert_int_equal(uint_of(row_at(answer, 0), "index"), 1);
	assert_int_equal(uint_of(row_at(answer, 0), "kind"), KIND_PRACTICE);
	assert_string_equal(text_of(row_at(answer, 0), "member"), "sefrou");
	assert_string_equal(text_of(row_at(answer, 1), "error"), "unknown");
	assert_string_equal(text_of(row_at(answer, 2), "error"), "usage");
	assert_string_equal(text_of(row_at(answer, 2), "ref"), "%%%");
	writer_release(&params);
	refuse("resolve", "refs", "sefrou/1", ERR_USAGE);
}

static void targets_say_what_links_lead_to(void **state)
{
	struct writer params = {0};
	struct record_ref other_leaf = first, beyond = first, elsewhere = first;
	struct bytes answer;
	struct reader rows;

	(void)state;
	other_leaf.leaf.b[0] ^= 1;
	beyond.index = 99;
	elsewhere.log.b[0] ^= 1;
	mp_put_map(&params, 1);
	mp_put_cstr(&params, "links");
	mp_put_array(&params, 4);
	kinds_put_link(&params, &first);
	kinds_put_link(&params, &other_leaf);
	kinds_put_link(&params, &beyond);
	kinds_put_link(&params, &elsewhere);
	answer = network_query(&net, "targets", &params, &out);
	assert_int_equal(uint_of(row_at(answer, 0), "kind"), KIND_PRACTICE);
	assert_string_equal(text_of(row_at(answer, 0), "member"), "sefrou");
	reader_init(&rows, mp_get(answer, "rows"));
	assert_int_equal(mp_array(&rows), 4);
	mp_skip(&rows);
	for (unsigned i = 1; i < 4; i++)
		mp_nil(&rows);
	assert_int_equal(rows.err, ERR_NONE);
	writer_release(&params);
	refuse("targets", "links", "x", ERR_USAGE);
}

/* Acknowledged and asked for by its id before the indexer has come by. */
static void a_record_that_is_not_indexed_yet_is_found(void **state)
{
	struct record_ref ref;

	(void)state;
	ref = publish_practice(&sefrou, "Nouveau", "gender", NULL);
	assert_string_equal(text_of(ask("show", "ref", hex_of(&ref.leaf, 16)), "ref"), "sefrou/4");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(a_record_is_found_by_index_and_by_leading_digits),
	    TEST(what_is_no_name_or_names_nothing_is_refused),
	    TEST(an_ambiguous_name_lists_its_candidates),
	    TEST(targets_say_what_links_lead_to),
	    TEST(resolve_says_for_each_name_what_it_is),
	    TEST(a_record_that_is_not_indexed_yet_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
