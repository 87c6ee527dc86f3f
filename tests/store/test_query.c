/* The queries as the control socket gives them: what they find, in which order, and what is refused. */
#include "tests/store/network.h"

static struct network net;
static struct author sefrou, agadir;
static struct pair agadir_key;
static struct writer out;

/* practice 1 (transparency) and 2 of sefrou, its version 2 of 1, a comment on 1 by agadir, a progress of another kind */
static struct record_ref first, second, newer, comment;

static void put_text(struct writer *w, const char *field, const char *text)
{
	mp_put_cstr(w, field);
	mp_put_map(w, 1);
	mp_put_cstr(w, "fr");
	mp_put_cstr(w, text);
}

static struct record_ref publish_practice(struct author *author, const char *title,
    const char *theme, const struct record_ref *supersedes)
{
	struct record_ref ref;
	struct writer payload = {0};

	mp_put_map(&payload, supersedes ? 3 : 2);
	if (supersedes) {
		mp_put_cstr(&payload, "supersedes");
		kinds_put_link(&payload, supersedes);
	}
	mp_put_cstr(&payload, "themes");
	mp_put_array(&payload, 1);
	mp_put_cstr(&payload, theme);
	put_text(&payload, "title", title);
	ref = network_publish(&net, author, KIND_PRACTICE, writer_view(&payload));
	writer_release(&payload);
	return ref;
}

static struct record_ref publish_comment(struct author *author, const struct record_ref *about)
{
	struct record_ref ref;
	struct writer payload = {0};

	mp_put_map(&payload, 2);
	mp_put_cstr(&payload, "about");
	kinds_put_link(&payload, about);
	put_text(&payload, "text", "bravo");
	ref = network_publish(&net, author, KIND_COMMENT, writer_view(&payload));
	writer_release(&payload);
	return ref;
}

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	network_make(&net);
	pair_make(&agadir_key, 9);
	network_admit(&net, "sefrou", &net.commune.pk, "03.231.01.01");
	network_admit(&net, "agadir", &agadir_key.pk, "09.001.01.01");
	network_log(&net, &sefrou, "sefrou", &net.commune, 1);
	network_log(&net, &agadir, "agadir", &agadir_key, 1);
	first = publish_practice(&sefrou, "Guichet unique", "transparency", NULL);
	second = publish_practice(&sefrou, "Budget ouvert", "accountability", NULL);
	comment = publish_comment(&agadir, &first);
	newer = publish_practice(&sefrou, "Guichet unique, revu", "transparency", &first);
	network_index(&net);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	network_remove(&net);
	writer_release(&out);
	return 0;
}

/* --- small readers of answers ---------------------------------------------------------------- */

static const char *text_of(struct bytes map, const char *name)
{
	static char text[4][300];
	static unsigned next;
	struct reader r;
	struct bytes value;

	next = (next + 1) % 4;
	reader_init(&r, mp_get(map, name));
	if (mp_peek(&r) != MP_STR)
		return NULL;
	value = mp_str(&r);
	assert_true(value.size < sizeof(text[0]));
	memcpy(text[next], value.data, value.size);
	text[next][value.size] = '\0';
	return text[next];
}

static uint64_t uint_of(struct bytes map, const char *name)
{
	struct reader r;
	uint64_t value;

	reader_init(&r, mp_get(map, name));
	value = mp_uint(&r);
	assert_int_equal(reader_end(&r), ERR_NONE);
	return value;
}

static bool is_nil(struct bytes map, const char *name)
{
	struct reader r;

	reader_init(&r, mp_get(map, name));
	return mp_peek(&r) == MP_NIL;
}

static void expect_bin(struct bytes map, const char *name, const void *data, size_t size)
{
	struct reader r;
	struct bytes value;

	reader_init(&r, mp_get(map, name));
	value = mp_bin(&r);
	assert_int_equal(reader_end(&r), ERR_NONE);
	assert_int_equal(value.size, size);
	assert_memory_equal(value.data, data, size);
}

/* The refs of the rows, joined by spaces. */
static const char *refs_of(struct bytes answer)
{
	static struct writer joined;
	struct reader r;
	uint32_t count;

	writer_clear(&joined);
	reader_init(&r, mp_get(answer, "rows"));
	count = mp_array(&r);
	for (uint32_t i = 0; i < count; i++) {
		const char *ref = text_of(mp_raw(&r), "ref");
		writer_printf(&joined, "%s%s", i ? " " : "", ref ? ref : "-");
	}
	assert_int_equal(reader_end(&r), ERR_NONE);
	writer_u8(&joined, 0);
	return (const char *)joined.data;
}

static struct bytes row_at(struct bytes answer, uint32_t position)
{
	struct reader r;

	reader_init(&r, mp_get(answer, "rows"));
	assert_true(position < mp_array(&r));
	for (uint32_t i = 0; i < position; i++)
		mp_skip(&r);
	return mp_raw(&r);
}

/* Parameters as a list of names and str values, ended by NULL; names ascend. */
static void params_make(struct writer *w, ...)
{
	va_list args;
	uint32_t pairs = 0;

	writer_clear(w);
	va_start(args, w);
	while (va_arg(args, const char *))
		pairs += va_arg(args, const char *) != NULL;
	va_end(args);
	mp_put_map(w, pairs);
	va_start(args, w);
	for (; pairs > 0; pairs--) {
		mp_put_cstr(w, va_arg(args, const char *));
		mp_put_cstr(w, va_arg(args, const char *));
	}
	va_end(args);
}

static struct bytes ask(const char *method, const char *name, const char *value)
{
	static struct writer params;

	if (value)
		params_make(&params, name, value, NULL);
	else
		params_make(&params, NULL);
	return network_query(&net, method, &params, &out);
}

static void refuse(const char *method, const char *name, const char *value, enum err want)
{
	struct writer params = {0};
	struct why why = {0};

	params_make(&params, name, value, NULL);
	assert_int_equal(network_query_why(&net, method, &params, &out, &why), want);
	assert_int_equal(why.err, want);
	assert_true(why.text[0] != '\0');
	writer_release(&params);
}

static const char *hex_of(const struct hash *hash, size_t digits)
{
	static char hex[2 * HASH_SIZE + 1];

	hex_encode(hex, BYTES(hash->b));
	hex[digits] = '\0';
	return hex;
}

/* --- names ----------------------------------------------------------------------------------- */

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

/* --- list ------------------------------------------------------------------------------------ */

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

/* --- versions -------------------------------------------------------------------------------- */

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
	    TEST(a_record_is_found_by_index_and_by_leading_digits),
	    TEST(what_is_no_name_or_names_nothing_is_refused),
	    TEST(an_ambiguous_name_lists_its_candidates),
	    TEST(targets_say_what_links_lead_to),
	    TEST(resolve_says_for_each_name_what_it_is),
	    TEST(a_record_that_is_not_indexed_yet_is_found),
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
