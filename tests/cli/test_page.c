/* Pages follow each other to the end, and what was stored is waited for before they are asked for. */
#include "tests/cli/stage.h"

#include "cli/index_wait.h"
#include "cli/page.h"

/* 2,500 rows in pages of at most `limit`; the cursor is where to go on. */
#define ROWS 2500

static bool play_pages(const struct rpc_request *request, struct writer *out)
{
	struct reader r;
	struct writer w = {0};
	char text[24];
	int64_t limit;
	int64_t from = 0;

	reader_init(&r, mp_get(request->params, "limit"));
	limit = mp_int(&r);
	reader_init(&r, mp_get(request->params, "cursor"));
	if (mp_peek(&r) == MP_STR) {
		struct bytes cursor = mp_str(&r);

		snprintf(text, sizeof(text), "%.*s", (int)cursor.size, (const char *)cursor.data);
		from = strtoll(text, NULL, 10);
	}
	if (from + limit > ROWS)
		limit = ROWS - from;
	mp_put_map(&w, 2);
	mp_put_cstr(&w, "cursor");
	snprintf(text, sizeof(text), "%lld", (long long)(from + limit));
	if (from + limit < ROWS)
		mp_put_cstr(&w, text);
	else
		mp_put_nil(&w);
	mp_put_cstr(&w, "rows");
	mp_put_array(&w, (uint32_t)limit);
	for (int64_t i = 0; i < limit; i++) {
		mp_put_map(&w, 1);
		mp_put_cstr(&w, "n");
		mp_put_int(&w, from + i);
	}
	rpc_reply_encode(out, request->id, writer_view(&w));
	writer_release(&w);
	return true;
}

struct seen {
	int64_t count;
	int64_t stop_after;
};

static bool see(void *context, struct bytes row)
{
	struct seen *seen = context;
	struct reader r;

	reader_init(&r, mp_get(row, "n"));
	assert_int_equal(mp_int(&r), seen->count);
	seen->count++;
	return seen->count != seen->stop_after;
}

static void pages_follow_each_other(void **state)
{
	struct seen seen = {0};
	struct row params = {0};
	struct writer cursor = {0};
	struct stage s;

	(void)state;
	stage_open(&s, play_pages);
	assert_int_equal(
	    page_each(&s.client, "list", &params, NULL, 0, see, &seen, NULL), EXIT_DONE);
	assert_int_equal(seen.count, ROWS);
	seen = (struct seen){0};
	assert_int_equal(
	    page_each(&s.client, "list", &params, NULL, 1500, see, &seen, &cursor), EXIT_DONE);
	assert_int_equal(seen.count, 1500);
	assert_true(bytes_equal(writer_view(&cursor), BYTES_STR("1500")));
	assert_int_equal(
	    page_each(&s.client, "list", &params, "1500", 1000, see, &seen, &cursor), EXIT_DONE);
	assert_int_equal(seen.count, ROWS);
	assert_int_equal(cursor.size, 4);
	seen = (struct seen){.stop_after = 1200};
	assert_int_equal(
	    page_each(&s.client, "list", &params, NULL, 0, see, &seen, NULL), EXIT_DONE);
	assert_int_equal(seen.count, 1200);
	row_release(&params);
	writer_release(&cursor);
	stage_close(&s);
}

/* Indexes ten records more each time it is asked to wait, of 25 that are stored. */
static bool play_index(const struct rpc_request *request, struct writer *out)
{
	static int64_t indexed;
	struct writer w = {0};
	struct reader r;

	reader_init(&r, mp_get(request->params, "arrival"));
	if (mp_int(&r) == 0)
		indexed = 0;
	else
		indexed = indexed > 15 ? 25 : indexed + 10;
	mp_put_map(&w, 2);
	mp_put_cstr(&w, "arrivals");
	mp_put_int(&w, 25 + indexed); /* more arrive meanwhile */
	mp_put_cstr(&w, "indexed");
	mp_put_int(&w, indexed);
	rpc_reply_encode(out, request->id, writer_view(&w));
	writer_release(&w);
	return true;
}

static void what_was_stored_is_waited_for(void **state)
{
	unsigned long long behind = 99;
	struct stage s;

	(void)state;
	stage_open(&s, play_index);
	assert_int_equal(index_wait(&s.client, 0, &behind), EXIT_DONE);
	assert_int_equal(behind, 25);
	assert_int_equal(index_wait(&s.client, 400, &behind), EXIT_DONE);
	assert_int_equal(behind, 5);
	assert_int_equal(index_wait(&s.client, 10000, &behind), EXIT_DONE);
	assert_int_equal(behind, 0);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pages_follow_each_other),
	    cmocka_unit_test(what_was_stored_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
