/* search as the control socket gives it: which records hold the words, in which order, and which
 * never answer. */
#include "proto/text.h"
#include "tests/store/two_members.h"

static struct record_ref complaints, guichet, budget;

static void put_text(struct writer *w, const char *field, const char *lang, const char *text)
{
	mp_put_cstr(w, field);
	mp_put_map(w, 1);
	mp_put_cstr(w, lang);
	mp_put_cstr(w, text);
}

static struct record_ref publish(struct author *author, uint16_t kind, const char *title_fr,
    const char *solution_ar, const struct record_ref *supersedes, bool is_withdrawn)
{
	struct record_ref ref;
	struct writer payload = {0};

	mp_put_map(&payload, 3u + (supersedes != NULL) + is_withdrawn);
	put_text(&payload, "solution", "ar", solution_ar);
	if (supersedes) {
		mp_put_cstr(&payload, "supersedes");
		kinds_put_link(&payload, supersedes);
	}
	mp_put_cstr(&payload, "themes");
	mp_put_array(&payload, 1);
	mp_put_cstr(&payload, "transparency");
	put_text(&payload, "title", "fr", title_fr);
	if (is_withdrawn) {
		mp_put_cstr(&payload, "withdrawn");
		mp_put_bool(&payload, true);
	}
	ref = network_publish(&net, author, kind, writer_view(&payload));
	writer_release(&payload);
	return ref;
}

static int set_up(void **state)
{
	two_members(state);
	complaints = publish(&sefrou, KIND_PRACTICE, "Gestion des réclamations",
	    "تدبير شكايات المواطنين داخل الآجال", NULL, false);
	guichet = publish(&agadir, KIND_PRACTICE,
	    "Le guichet unique reçoit les réclamations et répond", "شباك وحيد", NULL, false);
	budget = publish(
	    &agadir, KIND_COMMITMENT, "Budget participatif", "الميزانية التشاركية", NULL, false);
	network_index(&net);
	return 0;
}

/* Parameters: name, value, name, value; NULL ends. Names ascend. */
static void make_params(struct writer *params, const char *const *pairs)
{
	uint32_t count = 0;

	while (pairs[count * 2])
		count++;
	mp_put_map(params, count);
	for (uint32_t i = 0; i < count; i++) {
		mp_put_cstr(params, pairs[2 * i]);
		if (!strcmp(pairs[2 * i], "limit"))
			mp_put_int(params, atoi(pairs[2 * i + 1]));
		else
			mp_put_cstr(params, pairs[2 * i + 1]);
	}
}

static struct bytes str_of(struct bytes map, const char *field)
{
	struct reader r;

	reader_init(&r, mp_get(map, field));
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
}

/* The refs of the rows, a blank between them. */
static const char *refs_of(struct bytes page)
{
	static char refs[400];
	struct reader r;
	uint32_t count;

	refs[0] = 0;
	reader_init(&r, mp_get(page, "rows"));
	count = mp_array(&r);
	for (uint32_t i = 0; i < count; i++) {
		struct bytes ref = str_of(mp_raw(&r), "ref");
		snprintf(refs + strlen(refs), sizeof(refs) - strlen(refs), "%s%.*s", i ? " " : "",
		    (int)ref.size, (const char *)ref.data);
	}
	return refs;
}

static struct bytes row_at(struct bytes page, uint32_t index)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, mp_get(page, "rows"));
	count = mp_array(&r);
	assert_true(index < count);
	while (index-- > 0)
		mp_skip(&r);
	return mp_raw(&r);
}

static struct bytes search_with(const char *const *pairs)
{
	struct writer params = {0};
	struct bytes page;

	make_params(&params, pairs);
	page = network_query(&net, "search", &params, &out);
	writer_release(&params);
	return page;
}

static const char *search(const char *words)
{
	return refs_of(search_with((const char *const[]){"words", words, NULL}));
}

static void words_of_either_language_find_a_record(void **state)
{
	(void)state;
	assert_string_equal(search("reclamation"), "agadir/1 sefrou/1");
	assert_string_equal(search("الشكاية"), "sefrou/1");
	assert_string_equal(search("réclamations الشكاية"), "sefrou/1");
	assert_string_equal(search("شباك"), "agadir/1");
	assert_string_equal(search("réclamations شباك ميزانية"), "");
	assert_string_equal(search("plaintes"), "");
}

static void words_phrases_beginnings_and_exclusions_compose(void **state)
{
	(void)state;
	assert_string_equal(search("\"guichet unique\""), "agadir/1");
	assert_string_equal(search("\"unique guichet\""), "");
	assert_string_equal(search("\"reçoit les reclamations\""), "agadir/1");
	assert_string_equal(search("reclamations -guichet"), "sefrou/1");
	assert_string_equal(search("reclamations -budget"), "agadir/1 sefrou/1");
	assert_string_equal(search("reclamations -\"guichet unique\""), "sefrou/1");
	assert_string_equal(search("reclamations -\"unique guichet\""), "agadir/1 sefrou/1");
	assert_string_equal(search("réc*"), "agadir/1 sefrou/1");
	assert_string_equal(search("récr*"), "");
	assert_string_equal(search("الميز*"), "agadir/2");
	assert_string_equal(search("la gestion des"), "sefrou/1");
}

static void filters_compose_with_words(void **state)
{
	(void)state;
	assert_string_equal(refs_of(search_with((const char *const[]){
				"member", "agadir", "words", "reclamations", NULL})),
	    "agadir/1");
	assert_string_equal(refs_of(search_with((const char *const[]){
				"region", "03", "words", "reclamations", NULL})),
	    "sefrou/1");
	assert_string_equal(refs_of(search_with((const char *const[]){
				"kind", "commitment", "words", "reclamations", NULL})),
	    "");
	assert_string_equal(refs_of(search_with((const char *const[]){"kind", "commitment", "theme",
				"transparency", "words", "budget", NULL})),
	    "agadir/2");
	assert_string_equal(
	    refs_of(search_with((const char *const[]){"until", "2010", "words", "budget", NULL})),
	    "");
}

static void the_excerpt_shows_where(void **state)
{
	struct bytes page, row, excerpt;
	struct writer payload = {0};
	struct reader r;
	char text[4000] = "";

	(void)state;
	for (int i = 0; i < 60; i++)
		strcat(text, "avant la ligne\n");
	strcat(text, "voici l’éclairage public");
	for (int i = 0; i < 60; i++)
		strcat(text, " et après");
	mp_put_map(&payload, 2);
	put_text(&payload, "problem", "fr", text);
	put_text(&payload, "title", "fr", "Nuit");
	network_publish(&net, &sefrou, KIND_PRACTICE, writer_view(&payload));
	network_index(&net);
	page = search_with((const char *const[]){"words", "eclairages", NULL});
	assert_string_equal(refs_of(page), "sefrou/2");
	row = row_at(page, 0);
	assert_true(bytes_equal(str_of(row, "lang"), BYTES_STR("fr")));
	excerpt = str_of(row, "excerpt");
	assert_true(text_is_utf8(excerpt));
	assert_in_range(text_width(excerpt), 100, 162);
	assert_memory_equal(excerpt.data, "…ligne avant", 14);
	assert_memory_equal(excerpt.data + excerpt.size - 3, "…", 3);
	reader_init(&r, mp_get(row, "marks"));
	assert_int_equal(mp_array(&r), 1);
	assert_int_equal(mp_array(&r), 2);
	assert_memory_equal(excerpt.data + mp_uint(&r), "éclairage", 10);
	assert_int_equal(mp_uint(&r), 10);
	writer_release(&payload);
}

static void what_is_replaced_or_withdrawn_does_not_answer(void **state)
{
	(void)state;
	publish(&sefrou, KIND_PRACTICE, "Gestion des doléances", "نص", &complaints, false);
	network_index(&net);
	assert_string_equal(search("doléances"), "sefrou/2");
	assert_string_equal(search("réclamations"), "agadir/1");
	publish(&agadir, KIND_PRACTICE, "Le guichet unique", "نص", &guichet, true);
	network_index(&net);
	assert_string_equal(search("guichet"), "");
}

static void a_better_match_comes_first_and_pages_go_on(void **state)
{
	struct bytes page, cursor;
	char text[40], seen[400] = "";
	unsigned pages = 0;

	(void)state;
	for (int i = 0; i < 7; i++)
		publish(&sefrou, KIND_PRACTICE, "Éclairage", "نص", NULL, false);
	publish(&agadir, KIND_COMMITMENT, "Éclairage éclairage", "نص", NULL, false);
	network_index(&net);
	page = search_with((const char *const[]){"limit", "3", "words", "éclairage", NULL});
	assert_string_equal(refs_of(page), "agadir/3 sefrou/8 sefrou/7");
	for (;; pages++) {
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s%s", pages ? " " : "",
		    refs_of(page));
		cursor = str_of(page, "cursor");
		if (cursor.size == 0)
			break;
		snprintf(text, sizeof(text), "%.*s", (int)cursor.size, (const char *)cursor.data);
		page = search_with((const char *const[]){
		    "cursor", text, "limit", "3", "words", "éclairage", NULL});
	}
	assert_int_equal(pages, 2);
	assert_string_equal(
	    seen, "agadir/3 sefrou/8 sefrou/7 sefrou/6 sefrou/5 sefrou/4 sefrou/3 sefrou/2");
}

static void put_words(struct writer *text, uint64_t *draw, unsigned count)
{
	static const char *const words[] = {"budget", "marche", "ecole", "forum", "conseil",
	    "quartier", "atelier", "dossier", "agent", "plainte", "jeunesse", "voirie"};

	for (unsigned i = 0; i < count; i++) {
		uint64_t even;
		*draw ^= *draw << 13;
		*draw ^= *draw >> 7;
		*draw ^= *draw << 17;
		even = *draw >> 40;
		writer_printf(text, "%s ", words[(even * even >> 24) * 12 >> 24]);
	}
}

/* Records of any length over few words: most stand in every third of them, some in a few. */
static void publish_many(unsigned count)
{
	struct writer change = {0}, payload = {0}, text = {0};
	uint64_t draw = 88172645463325252u;

	for (unsigned i = 0; i < count; i++) {
		writer_clear(&text);
		put_words(&text, &draw, 2 + (unsigned)(draw >> 20) % (i % 7 ? 12 : 60));
		writer_clear(&payload);
		mp_put_map(&payload, 2);
		mp_put_cstr(&payload, "solution");
		mp_put_map(&payload, 1);
		mp_put_cstr(&payload, "fr");
		mp_put_str(&payload, writer_view(&text));
		writer_clear(&text);
		put_words(&text, &draw, i % 3);
		mp_put_cstr(&payload, "title");
		mp_put_map(&payload, 1);
		mp_put_cstr(&payload, "fr");
		mp_put_str(&payload, writer_view(&text));
		author_append(&change, &agadir.log, KIND_PRACTICE, writer_view(&payload));
	}
	author_head(&net, &change, &agadir.log, &agadir.key.sk);
	sample_apply(net.store, &change, NULL);
	writer_release(&change);
	writer_release(&payload);
	writer_release(&text);
}

/* The refs and scores of all pages of this size, each behind the one before. */
static unsigned pages_of(const char *words, const char *limit, struct writer *said)
{
	char cursor[64] = "";
	unsigned rows = 0;

	writer_clear(said);
	do {
		struct bytes page = search_with((const char *const[]){
				 "cursor", cursor, "limit", limit, "words", words, NULL}),
			     next = str_of(page, "cursor");
		struct reader r, score;

		snprintf(cursor, sizeof(cursor), "%.*s", (int)next.size, (const char *)next.data);
		reader_init(&r, mp_get(page, "rows"));
		for (uint32_t left = mp_array(&r); left > 0; left--, rows++) {
			struct bytes row = mp_raw(&r), ref = str_of(row, "ref");
			reader_init(&score, mp_get(row, "score"));
			writer_printf(said, "%.*s %llu\n", (int)ref.size, (const char *)ref.data,
			    (unsigned long long)mp_uint(&score));
		}
	} while (cursor[0]);
	return rows;
}

/* A page that holds everything rules nothing out; small ones show the same rows in the same order. */
static void what_is_ruled_out_unread_would_not_have_been_shown(void **state)
{
	static const char *const words[] = {"budget", "budget marche", "forum ecole budget",
	    "budget -marche", "marche marche ecole", "bud* ecole", "dossier agent", "voirie",
	    "plainte -budget"};
	struct writer whole = {0}, pages = {0};

	(void)state;
	publish_many(900);
	network_index(&net);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		unsigned rows = pages_of(words[i], "1000", &whole);

		assert_true(rows > 3);
		assert_int_equal(pages_of(words[i], "3", &pages), rows);
		assert_int_equal(pages.size, whole.size);
		assert_memory_equal(pages.data, whole.data, whole.size);
	}
	writer_release(&whole);
	writer_release(&pages);
}

static void nothing_of_an_erased_record_is_found(void **state)
{
	struct record erased = {.state = RECORD_ERASED, .erasure = budget};
	struct change_payload op = {.key = complaints.log, .index = complaints.index};
	struct writer change = {0}, rest = {0};

	(void)state;
	assert_string_equal(search("شكايات"), "sefrou/1");
	record_write_rest(&rest, &erased);
	op.rest = writer_view(&rest);
	change_put_payload(&change, &op);
	sample_apply(net.store, &change, NULL);
	/* Before the views follow, and after. */
	assert_string_equal(search("شكايات"), "");
	network_index(&net);
	assert_string_equal(search("شكايات"), "");
	assert_string_equal(search("réclamations"), "agadir/1");
	writer_release(&change);
	writer_release(&rest);
}

static void hostile_payloads_are_found_by_what_can_be_read(void **state)
{
	struct writer payload = {0};
	char *title = malloc(60000);

	(void)state;
	assert_non_null(title);
	memset(title, 'z', 59999);
	title[59999] = 0;
	memcpy(title, "immense ", 8);
	mp_put_map(&payload, 3);
	mp_put_cstr(&payload, "a");
	for (int i = 0; i < 6; i++)
		mp_put_array(&payload, 1);
	mp_put_cstr(&payload, "profond");
	mp_put_cstr(&payload, "title");
	mp_put_cstr(&payload, title);
	mp_put_cstr(&payload, "x");
	mp_put_cstr(&payload, "\xe2\x80\xaerenversé \x1b[31m");
	network_publish(&net, &sefrou, KIND_PRACTICE, writer_view(&payload));
	network_publish(&net, &sefrou, KIND_PRACTICE, BYTES_STR("\xc1 profond immense \xff\xfe"));
	network_publish(&net, &sefrou, 60000, writer_view(&payload));
	network_index(&net);
	assert_string_equal(search("profond"), "sefrou/4 sefrou/2");
	assert_string_equal(search("immense"), "sefrou/4 sefrou/2");
	assert_string_equal(search("renverse"), "sefrou/4 sefrou/2");
	free(title);
	writer_release(&payload);
}

static void refused(const char *const *pairs, const char *text)
{
	struct writer params = {0};
	struct why why = {0};

	make_params(&params, pairs);
	assert_int_equal(network_query_why(&net, "search", &params, &out, &why), ERR_USAGE);
	if (!strstr(why.text, text))
		fail_msg("%s: %s", text, why.text);
	writer_release(&params);
}

static void what_cannot_be_searched_for_is_refused(void **state)
{
	(void)state;
	refused((const char *const[]){"words", "", NULL}, "no word to search for");
	refused((const char *const[]){NULL}, "no word to search for");
	refused((const char *const[]){"words", "la des من", NULL}, "no word to search for");
	refused((const char *const[]){"words", "-budget", NULL}, "no word to search for");
	refused((const char *const[]){"words", "\xd9\x90 * - \"\"", NULL}, "no word to search for");
	refused((const char *const[]){"words",
		    "b1 b2 b3 b4 b5 b6 b7 b8 b9 b10 b11 b12 b13 b14 b15 "
		    "b16 b17",
		    NULL},
	    "more than 16 words");
	refused((const char *const[]){"words", "\"aa bb\" \"aa bb\" \"aa bb\" \"aa bb\" \"aa bb\"",
		    NULL},
	    "more than 4 phrases");
	refused((const char *const[]){"cursor", "5.0", "words", "budget", NULL}, "cursor");
	refused((const char *const[]){"cursor", "5.x", "words", "budget", NULL}, "cursor");
	refused((const char *const[]){"kind", "practise", "words", "budget", NULL}, "practice");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(words_of_either_language_find_a_record),
	    TEST(words_phrases_beginnings_and_exclusions_compose),
	    TEST(filters_compose_with_words),
	    TEST(the_excerpt_shows_where),
	    TEST(what_is_replaced_or_withdrawn_does_not_answer),
	    TEST(a_better_match_comes_first_and_pages_go_on),
	    TEST(what_is_ruled_out_unread_would_not_have_been_shown),
	    TEST(nothing_of_an_erased_record_is_found),
	    TEST(hostile_payloads_are_found_by_what_can_be_read),
	    TEST(what_cannot_be_searched_for_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
