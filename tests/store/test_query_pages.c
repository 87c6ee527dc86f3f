/* Pages of a list: in which order they follow, what a cursor is, and what hostile payloads cannot do to them. */
#include "tests/store/listing.h"

/* Marks the rows of a page by the index of sefrou's record; copies the cursor. */
static bool take_page(struct bytes page, unsigned *seen, char *cursor)
{
	struct bytes next = str_in(page, "cursor");
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(page, "rows"));
	count = mp_array(&r);
	for (uint32_t i = 0; i < count; i++) {
		struct bytes ref = str_in(mp_raw(&r), "ref");
		assert_true(ref.size > 7 && memcmp(ref.data, "sefrou/", 7) == 0);
		seen[atoi((const char *)ref.data + 7)]++;
	}
	memcpy(cursor, next.data ? next.data : (const uint8_t *)"", next.size);
	cursor[next.size] = '\0';
	return next.size > 0;
}

static void pages_lose_no_row_and_repeat_none_while_records_come(void **state)
{
	static const char *const orders[] = {"arrival", "arrival,desc", "time", "time,desc",
	    "title", "title,desc", "member", "status", "status,desc"};
	struct record_ref refs[21];
	char title[16], cursor[200];

	(void)state;
	for (unsigned i = 0; i < 21; i++) {
		snprintf(title, sizeof(title), "titre %u", i * 7 % 21);
		refs[i] = commitment(title, NULL);
	}
	for (unsigned i = 0; i < 21; i += 2)
		(void)progress(&refs[i], i % 3 ? "limited" : "complete", NULL);
	for (unsigned o = 0; o < sizeof(orders) / sizeof(orders[0]); o++) {
		unsigned seen[4000] = {0};
		struct asked asked[] = {{"kind", "commitment"}, {"sort", orders[o]}, {NULL, NULL}};
		struct asked next[] = {
		    {"cursor", cursor}, {"kind", "commitment"}, {"sort", orders[o]}, {NULL, NULL}};
		bool more;
		network_index(&net);
		more = take_page(list(asked, 4), seen, cursor);
		while (more) {
			/* One comes, and two change their status. */
			(void)commitment("titre 0", NULL);
			(void)progress(&refs[1], "substantial", NULL);
			(void)progress(&refs[20], "no_evidence", NULL);
			network_index(&net);
			more = take_page(list(next, 4), seen, cursor);
			if (o == 0 && seen[refs[20].index])
				break; /* in arrival order the new ones follow for ever */
		}
		for (unsigned i = 0; i < 21; i++)
			if (seen[refs[i].index] != 1)
				fail_msg("%s: sefrou/%u came %u times", orders[o],
				    (unsigned)refs[i].index, seen[refs[i].index]);
		for (unsigned i = 0; i < 4000; i++)
			assert_true(seen[i] <= 1);
	}
}

#define REF_SIZE 80

/* Page after page; how many. */
static uint32_t refs_in_order(struct asked *asked, struct asked *with_cursor, char refs[][REF_SIZE])
{
	static char cursor[200];
	struct bytes page = list(asked, 3), next;
	uint32_t count = 0;

	for (bool more = true; more;) {
		struct reader r;

		reader_init(&r, mp_get(page, "rows"));
		for (uint32_t left = mp_array(&r); left > 0; left--) {
			struct bytes ref = str_in(mp_raw(&r), "ref");
			assert_true(count < 100);
			snprintf(
			    refs[count++], REF_SIZE, "%.*s", (int)ref.size, (const char *)ref.data);
		}
		next = str_in(page, "cursor");
		more = next.size > 0;
		snprintf(cursor, sizeof(cursor), "%.*s", (int)next.size, (const char *)next.data);
		with_cursor[strcmp(with_cursor[0].name, "cursor") != 0].value = cursor;
		if (more)
			page = list(with_cursor, 3);
	}
	return count;
}

/* The newest first is read from the end: of everything, of a kind, of a member, and of what is about a record. */
static void the_newest_first_is_the_same_backwards(void **state)
{
	static const char *const filters[][2] = {
	    {"about", "sefrou/1"}, {"kind", "progress"}, {"member", "agadir"}, {"region", ""}};
	static char rising[100][REF_SIZE], falling[100][REF_SIZE];
	struct record_ref pledge, report;

	(void)state;
	pledge = commitment("Budget", NULL);
	for (unsigned i = 0; i < 8; i++) {
		report = progress(&pledge, i % 2 ? "limited" : "complete", NULL);
		(void)attestation(&agadir, i % 3 ? &report : &pledge, "limited");
	}
	network_index(&net);
	for (unsigned i = 0; i < 4; i++) {
		bool has_filter = filters[i][1][0] != '\0';
		struct asked up[3] = {{filters[i][0], filters[i][1]}, {NULL, NULL}};
		struct asked up_next[3] = {{"cursor", NULL}, {filters[i][0], filters[i][1]}};
		struct asked down[3] = {
		    {filters[i][0], filters[i][1]}, {"sort", "arrival,desc"}, {NULL, NULL}};
		struct asked down_next[4] = {{"cursor", NULL}, {filters[i][0], filters[i][1]},
		    {"sort", "arrival,desc"}, {NULL, NULL}};
		uint32_t count;
		if (strcmp(filters[i][0], "about") == 0) { /* names ascend */
			up_next[0] = up_next[1];
			up_next[1] = (struct asked){"cursor", NULL};
			down_next[0] = up_next[0];
			down_next[1] = up_next[1];
		}
		if (!has_filter) {
			up[0] = up_next[1] = (struct asked){NULL, NULL};
			down[0] = (struct asked){"sort", "arrival,desc"};
			down[1] = down_next[2] = (struct asked){NULL, NULL};
			down_next[1] = down[0];
		}
		count = refs_in_order(up, up_next, rising);
		assert_true(count >= 8);
		assert_int_equal(refs_in_order(down, down_next, falling), count);
		for (uint32_t j = 0; j < count; j++)
			assert_string_equal(rising[j], falling[count - 1 - j]);
	}
}

static void a_cursor_is_taken_only_as_it_was_given(void **state)
{
	struct asked first[] = {{"sort", "title"}, {NULL, NULL}};
	struct asked next[] = {{"cursor", NULL}, {"sort", "title"}, {NULL, NULL}};
	static const char *const bad[] = {"x", "00", "12",
	    "ffffffffffffffffffffffffffffffffffffffff", "0104000000000000000000000000000000000000"};
	char cursor[200], spoilt[200];
	unsigned seen[10] = {0};
	struct why why = {0};

	(void)state;
	(void)seen;
	for (unsigned i = 0; i < 5; i++)
		(void)commitment("t", NULL);
	network_index(&net);
	(void)first;
	snprintf(cursor, sizeof(cursor), "%.*s", 150,
	    (const char *)str_in(list(first, 2), "cursor").data);
	cursor[strspn(cursor, "0123456789abcdef")] = '\0';
	next[0].value = cursor;
	list(next, 2);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		next[0].value = bad[i];
		why = (struct why){0};
		assert_int_equal(list_why(next, 2, &why), ERR_USAGE);
		assert_non_null(strstr(why.text, "cursor"));
	}
	/* Version, order, direction, how far the first page saw, length. */
	for (unsigned at = 0; at < 8; at += 2) {
		memcpy(spoilt, cursor, sizeof(spoilt));
		memcpy(spoilt + at, "7f", 2);
		next[0].value = spoilt;
		assert_int_equal(list_why(next, 2, &why), ERR_USAGE);
	}
	memcpy(spoilt, cursor, sizeof(spoilt));
	spoilt[strlen(spoilt) - 1] = '\0';
	next[0].value = spoilt;
	assert_int_equal(list_why(next, 2, &why), ERR_USAGE);
}

static void publish_raw(uint16_t kind, const struct writer *payload)
{
	(void)network_publish(&net, &agadir, kind, writer_view(payload));
}

static void put_hostile(void)
{
	static char long_title[64000];
	struct writer w = {0};

	for (unsigned i = 0; i < 20000; i++) /* nesting */
		writer_u8(&w, 0x91);
	publish_raw(KIND_COMMITMENT, &w);
	writer_clear(&w);
	mp_put_map(&w, 1); /* invalid UTF-8 */
	mp_put_cstr(&w, "title");
	mp_put_cstr(&w, "\xff\xfe\xc0");
	publish_raw(KIND_PRACTICE, &w);
	writer_clear(&w);
	memset(long_title, 'A', sizeof(long_title) - 1);
	mp_put_map(&w, 3);
	mp_put_cstr(&w, "status");
	mp_put_cstr(&w, long_title + 62000);
	mp_put_cstr(&w, "themes");
	mp_put_array(&w, 3);
	mp_put_cstr(&w, long_title + 63900);
	mp_put_int(&w, MP_INT_MAX);
	mp_put_cstr(&w, "\xe2\x80\xae<script>");
	mp_put_cstr(&w, "title");
	mp_put_cstr(&w, long_title + 2000);
	publish_raw(KIND_PROGRESS, &w);
	writer_clear(&w);
	mp_put_map(&w, 4); /* everything of another type */
	mp_put_cstr(&w, "about");
	mp_put_int(&w, -MP_INT_MAX);
	mp_put_cstr(&w, "supersedes");
	mp_put_map(&w, 0);
	mp_put_cstr(&w, "territory");
	mp_put_cstr(&w, "99.999.99.99");
	mp_put_cstr(&w, "withdrawn");
	mp_put_cstr(&w, "yes");
	publish_raw(KIND_ATTESTATION, &w);
	writer_clear(&w);
	mp_put_map(&w, 3);
	mp_put_cstr(&w, "end");
	mp_put_cstr(&w, "99999-12-31");
	mp_put_cstr(&w, "themes");
	mp_put_map(&w, 1);
	mp_put_cstr(&w, "a");
	mp_put_cstr(&w, "b");
	mp_put_cstr(&w, "title");
	mp_put_array(&w, 0);
	publish_raw(KIND_COMMITMENT, &w);
	publish_raw(60000, &w);
	writer_clear(&w);
	publish_raw(KIND_WORKSHOP, &w); /* no bytes at all */
	writer_release(&w);
}

static void hostile_payloads_break_no_list(void **state)
{
	static const struct asked cases[][3] = {{{NULL, NULL}}, {{"group_by", "member"}},
	    {{"group_by", "region"}}, {{"group_by", "province"}}, {{"group_by", "theme"}},
	    {{"group_by", "status"}}, {{"group_by", "kind"}}, {{"group_by", "year"}},
	    {{"group_by", "month"}}, {{"sort", "title"}}, {{"sort", "title,desc"}},
	    {{"sort", "status"}}, {{"sort", "time,desc"}}, {{"sort", "member"}},
	    {{"as_of", "9999"}, {"sort", "status"}}, {{"status", "withdrawn"}}, {{"region", "09"}},
	    {{"theme", "gender"}}};

	(void)state;
	put_hostile();
	network_index(&net);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		list(cases[i], 1000);
	assert_string_equal(statuses("commitment"), "agadir/1= agadir/5=");
	assert_string_equal(statuses("attestation"), "agadir/4=");
}

/* Claimed times have no end within the format. */
static void the_last_time_that_can_be_claimed_has_a_year(void **state)
{
	static const struct asked asked[] = {
	    {"group_by", "year"}, {"member", "agadir"}, {"sort", "year,desc"}, {NULL, NULL}};
	uint8_t salt[RECORD_SALT_SIZE] = {0};
	struct writer change = {0}, body = {0};
	struct reader r;

	(void)state;
	record_create(
	    &body, KIND_COMMENT, (struct mtime){MP_INT_MAX}, NULL, salt, BYTES_STR("\x80"));
	sample_append_body(&change, &agadir.log, writer_view(&body), 1, false);
	author_head(&net, &change, &agadir.log, &agadir.key.sk);
	sample_apply(net.store, &change, NULL);
	network_index(&net);
	reader_init(&r, mp_get(list(asked, 1), "rows"));
	assert_int_equal(mp_array(&r), 1);
	assert_true(bytes_equal(str_in(mp_raw(&r), "year"), BYTES_STR("287396")));
	writer_release(&change);
	writer_release(&body);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, two_members, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(pages_lose_no_row_and_repeat_none_while_records_come),
	    TEST(the_newest_first_is_the_same_backwards),
	    TEST(a_cursor_is_taken_only_as_it_was_given),
	    TEST(hostile_payloads_break_no_list),
	    TEST(the_last_time_that_can_be_claimed_has_a_year),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
