/* Postings follow the truth: the same rows however many batches it took, nothing of what was erased,
 * and never more than a record is allowed to cost. */
#include "tests/store/sample.h"

#include "store/facet.h"
#include "store/view_words.h"

static struct sample_home home;
static struct store *store;
static struct views *views;
static struct sample_log log_a;

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(seal_init(), ERR_NONE);
	sample_home_make(&home);
	store = sample_open(&home);
	views = views_open(store, home.path, NULL);
	assert_non_null(views);
	sample_log_init(&log_a, "sefrou", 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	views_close(views);
	store_close(store);
	sample_home_remove(&home);
	return 0;
}

static void put_payload(struct writer *w, const char *text)
{
	mp_put_map(w, 1);
	mp_put_cstr(w, "text");
	mp_put_cstr(w, text);
}

/* One record; with rest: not held for now, and what comes later. */
static void publish(const char *text, struct writer *rest)
{
	struct writer payload = {0}, body = {0}, change = {0};
	struct record record;
	struct reader r;

	put_payload(&payload, text);
	sample_record(&body, 60001, log_a.frontier.size, writer_view(&payload));
	if (rest) {
		struct writer whole = body;
		body = (struct writer){0};
		reader_init(&r, writer_view(&whole));
		assert_int_equal(record_read(&record, &r), ERR_NONE);
		record_write_rest(rest, &record);
		record.state = RECORD_NOT_HELD;
		record_write(&body, &record);
		writer_release(&whole);
	}
	if (log_a.frontier.size == 0)
		change_put_log(&change, &log_a.log);
	sample_append_body(&change, &log_a, writer_view(&body), 1, false);
	sample_head(&change, &log_a);
	sample_apply(store, &change, NULL);
	writer_release(&payload);
	writer_release(&body);
	writer_release(&change);
}

static void replace_rest(uint64_t index, struct bytes rest)
{
	struct change_payload op = {.key = log_a.log.key, .index = index, .rest = rest};
	struct writer change = {0};

	change_put_payload(&change, &op);
	sample_apply(store, &change, NULL);
	writer_release(&change);
}

static void erase(uint64_t index)
{
	struct record erased = {.state = RECORD_ERASED};
	struct writer rest = {0};

	memset(erased.erasure.log.b, 3, KEY_SIZE);
	record_write_rest(&rest, &erased);
	replace_rest(index, writer_view(&rest));
	writer_release(&rest);
}

static void index_all(unsigned count)
{
	bool more = true;

	while (more)
		assert_int_equal(views_index(views, store, count, &more, NULL), ERR_NONE);
}

/* What a run says: u8 size of the term ‖ term ‖ u32 span ‖ u16 position ‖ u8 times, of a size that sorts. */
#define SAID_SIZE (WORDS_TERM_MAX + 8)

static void say(
    struct writer *out, uint32_t span, const struct term *term, uint32_t position, uint8_t times)
{
	uint8_t said[SAID_SIZE] = {0};

	memcpy(said, term->b, term->size);
	be32_put(said + WORDS_TERM_MAX, span);
	be16_put(said + WORDS_TERM_MAX + 4, (uint16_t)position);
	said[WORDS_TERM_MAX + 6] = times;
	writer_put(out, said, sizeof(said));
}

static int compare_said(const void *a, const void *b)
{
	return memcmp(a, b, SAID_SIZE);
}

/* Every posting, whatever run it stands in, in order; how many pages they take. */
static unsigned postings_of_all(struct writer *out, bool sorts)
{
	struct page page;
	struct walk walk;
	struct txn t;
	unsigned pages = 0;
	uint8_t times;

	txn_begin(&t, &views->env, TXN_READ);
	walk_begin(&walk, &t, VIEW_WORDS);
	for (bool more = walk_first(&walk); more; more = walk_next(&walk)) {
		if (walk.key.size == RUN_HEAD_SIZE)
			continue;
		assert_true(walk.value.size <= RUN_PAGE_MAX);
		pages++;
		page_open(&page, walk.value);
		while (page_next(&page)) {
			assert_int_not_equal(page.postings.left, 0);
			while (postings_next(&page.postings, &times))
				say(out, be32_get(walk.key.data), &page.term,
				    page.postings.position, times);
			assert_int_equal(page.postings.left, 0);
			assert_ptr_equal(page.postings.at, page.postings.end);
		}
		assert_ptr_equal(page.at, page.end);
	}
	walk_end(&walk);
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
	if (sorts && out->size > 0)
		qsort(out->data, out->size / SAID_SIZE, SAID_SIZE, compare_said);
	return pages;
}

/* All postings, the class of each record, and the lengths. */
static void rows_of(struct writer *out)
{
	static uint8_t classes[VIEW_SPAN_SIZE];
	struct word_lengths lengths;
	struct txn t;

	writer_clear(out);
	(void)postings_of_all(out, true);
	txn_begin(&t, &views->env, TXN_READ);
	word_classes_of_span(&t, 0, classes);
	writer_put(out, classes, sizeof(classes));
	word_lengths_get(&t, &lengths);
	writer_put(out, &lengths, sizeof(lengths));
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
}

static size_t run_count(void)
{
	struct writer runs = {0};
	struct txn t;
	size_t count;

	txn_begin(&t, &views->env, TXN_READ);
	runs_list(&t, 0, UINT32_MAX, &runs);
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
	count = runs.size / sizeof(struct run);
	writer_release(&runs);
	return count;
}

static void index_anew(unsigned count)
{
	char command[400];

	views_close(views);
	snprintf(command, sizeof(command), "rm -r '%s/views'", home.path);
	assert_int_equal(system(command), 0);
	views = views_open(store, home.path, NULL);
	assert_non_null(views);
	index_all(count);
}

/* What is there now is what would be made from nothing, in one batch and in many. */
static void assert_as_made_anew(void)
{
	struct writer now = {0}, anew = {0};
	static const unsigned counts[] = {1, 7, 100000};

	rows_of(&now);
	for (size_t i = 0; i < 3; i++) {
		index_anew(counts[i]);
		rows_of(&anew);
		assert_int_equal(now.size, anew.size);
		assert_memory_equal(now.data, anew.data, now.size);
	}
	writer_release(&now);
	writer_release(&anew);
}

struct counting {
	unsigned count;
	uint8_t times;
};

static bool count_postings(void *context, const struct postings *postings)
{
	struct counting *counting = context;
	struct postings p = *postings;

	while (postings_next(&p, &counting->times))
		counting->count++;
	return true;
}

/* How many postings a term has in the first span; how often the last one's record says it. */
static unsigned postings_of(const char *term, uint8_t *times)
{
	struct counting counting = {0};
	struct writer runs = {0};
	struct txn t;

	txn_begin(&t, &views->env, TXN_READ);
	runs_list(&t, 0, 0, &runs);
	for (size_t i = 0; i < runs.size / sizeof(struct run); i++)
		run_find(&t, &((const struct run *)(const void *)runs.data)[i], bytes_str(term),
		    false, count_postings, &counting);
	assert_int_equal(txn_end(&t, NULL), ERR_NONE);
	writer_release(&runs);
	*times = counting.times;
	return counting.count;
}

static int class_of(uint64_t index)
{
	struct txn t;
	int class;

	txn_begin(&t, &views->env, TXN_READ);
	class = word_class_get(&t, index + 1);
	txn_end(&t, NULL);
	return class;
}

static void batches_of_any_size_make_the_same_rows(void **state)
{
	uint8_t times;

	(void)state;
	sample_fill(store, &log_a, 1500, 40);
	publish("record budget budget", NULL);
	index_all(1000);
	assert_int_equal(postings_of("record", &times), 1501);
	assert_int_equal(postings_of("budget", &times), 1);
	assert_int_equal(times, 2);
	assert_int_equal(class_of(1500), view_class_of(3));
	assert_as_made_anew();
}

static void what_is_erased_leaves_the_rows(void **state)
{
	uint8_t times;

	(void)state;
	sample_fill(store, &log_a, 900, 40);
	publish("record unique", NULL);
	publish("record later", NULL);
	index_all(100);
	assert_int_equal(postings_of("uniqu", &times), 1);
	assert_int_equal(postings_of("record", &times), 902);
	erase(900);
	erase(3);
	erase(850);
	index_all(100);
	assert_int_equal(postings_of("uniqu", &times), 0);
	assert_int_equal(postings_of("record", &times), 899);
	assert_as_made_anew();
	publish("record again", NULL); /* and appending goes on */
	index_all(100);
	assert_int_equal(postings_of("record", &times), 900);
	assert_as_made_anew();
}

static void payloads_that_come_late_stand_in_their_place(void **state)
{
	struct writer first = {0}, second = {0};
	uint8_t times;

	(void)state;
	publish("record", NULL);
	publish("record tardif", &first);
	publish("record tardif encore", &second);
	sample_fill(store, &log_a, 700, 40);
	index_all(100);
	assert_int_equal(postings_of("record", &times), 701);
	assert_int_equal(postings_of("tardif", &times), 0);
	replace_rest(2, writer_view(&second));
	replace_rest(1, writer_view(&first));
	index_all(100);
	assert_int_equal(postings_of("record", &times), 703);
	assert_int_equal(postings_of("tardif", &times), 2);
	assert_as_made_anew();
	/* Came and went before the views followed. */
	writer_clear(&first);
	publish("record fugace", &first);
	replace_rest(703, writer_view(&first));
	erase(703);
	index_all(100);
	assert_int_equal(postings_of("fugac", &times), 0);
	assert_as_made_anew();
	writer_release(&first);
	writer_release(&second);
}

static void a_record_has_a_bounded_number_of_terms(void **state)
{
	struct writer text = {0};
	struct writer said = {0};

	(void)state;
	for (int i = 0; i < 5000; i++)
		writer_printf(&text, "w%dx ", i);
	writer_u8(&text, 0);
	publish((const char *)text.data, NULL);
	index_all(100);
	(void)postings_of_all(&said, false);
	assert_int_equal(said.size / SAID_SIZE, RECORD_TERMS_MAX);
	writer_release(&said);
	writer_release(&text);
}

/* One by one, as people publish: what search has to look through stays little. */
static void runs_of_one_size_are_merged(void **state)
{
	uint8_t times;

	(void)state;
	for (unsigned i = 0; i < 600; i++) {
		publish(i % 2 ? "impair" : "pair", NULL);
		index_all(1);
	}
	assert_int_equal(postings_of("impair", &times), 300);
	assert_int_equal(run_count(), 1 + 1 + 3); /* 512, 64, and 3 × 8 */
	assert_as_made_anew();
}

/* A word that stands everywhere goes on from page to page. */
static void long_lists_go_over_pages(void **state)
{
	struct writer said = {0};
	uint8_t times;
	unsigned pages;

	(void)state;
	sample_fill(store, &log_a, 9000, 20);
	index_all(100000);
	assert_int_equal(postings_of("record", &times), 9000);
	pages = postings_of_all(&said, false);
	assert_true(pages >= 9);
	assert_int_equal(run_count(), 1);
	erase(8999);
	erase(0);
	index_all(100);
	assert_int_equal(postings_of("record", &times), 8998);
	assert_as_made_anew();
	writer_release(&said);
}

static void lengths_fall_into_the_nearest_class(void **state)
{
	(void)state;
	assert_int_equal(view_class_of(0), 0);
	assert_int_equal(view_class_of(4), 0);
	assert_int_equal(view_class_of(5), 1);
	assert_int_equal(view_class_of(60), 7);
	assert_int_equal(view_class_of(1500), 14);
	assert_int_equal(view_class_of(1501), 15);
	assert_int_equal(view_class_of(60000), 15);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(batches_of_any_size_make_the_same_rows),
	    TEST(what_is_erased_leaves_the_rows),
	    TEST(payloads_that_come_late_stand_in_their_place),
	    TEST(a_record_has_a_bounded_number_of_terms),
	    TEST(runs_of_one_size_are_merged),
	    TEST(long_lists_go_over_pages),
	    cmocka_unit_test(lengths_fall_into_the_nearest_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
