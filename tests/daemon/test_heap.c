/* What is given back and when: one sort of work rests by itself, whatever the other does. */
#include "tests/unit.h"

#include "daemon/heap.h"

#define MIB ((size_t)1024 * 1024)

static uv_loop_t loop;
static struct heap commits, all;
static uv_timer_t busy, end;

static void on_busy(uv_timer_t *timer)
{
	(void)timer;
	heap_moved(&all, 4096);
}

static void on_end(uv_timer_t *timer)
{
	(void)timer;
	uv_stop(&loop);
}

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_true(heap_init(&commits, &loop, 100) && heap_init(&all, &loop, 60000));
	uv_timer_init(&loop, &busy);
	uv_timer_init(&loop, &end);
	uv_timer_start(&busy, on_busy, 0, 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	uv_close((uv_handle_t *)&busy, NULL);
	uv_close((uv_handle_t *)&end, NULL);
	heap_stop(&commits);
	heap_stop(&all);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	return 0;
}

static void run(uint64_t ms)
{
	uv_timer_start(&end, on_end, ms, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void what_commits_left_is_given_back_while_views_are_made(void **state)
{
	(void)state;
	heap_moved(&all, 8 * MIB);
	heap_moved(&commits, 8 * MIB);
	while (commits.moved)
		run(50);
	assert_true(all.moved >= 8 * MIB);
	assert_false(uv_is_active((uv_handle_t *)&commits.quiet));
}

static void a_little_is_not_worth_the_look(void **state)
{
	(void)state;
	heap_moved(&commits, MIB - 1);
	assert_false(uv_is_active((uv_handle_t *)&commits.quiet));
	heap_moved(&commits, 1);
	assert_true(uv_is_active((uv_handle_t *)&commits.quiet));
}

static void whoever_says_so_gives_back_at_once(void **state)
{
	(void)state;
	heap_moved(&all, 8 * MIB);
	heap_rest(&all);
	assert_int_equal(all.moved, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(what_commits_left_is_given_back_while_views_are_made),
	    TEST(a_little_is_not_worth_the_look),
	    TEST(whoever_says_so_gives_back_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
