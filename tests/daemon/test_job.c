/* Jobs run off the loop, in order, and each is answered once, also those that a stop finds waiting. */
#include "tests/unit.h"

#include <stdlib.h>

#include "daemon/job.h"

#define COUNT 200

struct numbered {
	struct job job;
	unsigned number;
	bool was_run;
};

static struct {
	uv_loop_t loop;
	struct job_pool *pool;
	unsigned run; /* touched by the one thread of the pool */
	unsigned done;
	unsigned not_run;
	bool is_in_order;
	uv_sem_t started;
	uv_sem_t go;
} bench;

static void run_in_order(struct job *job, void *context)
{
	struct numbered *n = (struct numbered *)job;

	assert_ptr_equal(context, &bench);
	bench.is_in_order &= n->number == bench.run++;
	n->was_run = true;
}

static void done(struct job *job)
{
	struct numbered *n = (struct numbered *)job;

	bench.done++;
	bench.not_run += !n->was_run;
	free(n);
	if (bench.done == COUNT)
		uv_stop(&bench.loop);
}

static void push(void (*run)(struct job *, void *), unsigned number)
{
	struct numbered *n = calloc(1, sizeof(*n));

	n->job.run = run;
	n->job.done = done;
	n->number = number;
	job_push(bench.pool, &n->job);
}

static int set_up(void **state)
{
	(void)state;
	memset(&bench, 0, sizeof(bench));
	bench.is_in_order = true;
	assert_int_equal(uv_sem_init(&bench.started, 0), 0);
	assert_int_equal(uv_sem_init(&bench.go, 0), 0);
	assert_int_equal(uv_loop_init(&bench.loop), 0);
	bench.pool = job_pool_new(&bench.loop, "test", 1, &bench);
	assert_non_null(bench.pool);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	uv_run(&bench.loop, UV_RUN_DEFAULT);
	job_pool_free(bench.pool);
	assert_int_equal(uv_loop_close(&bench.loop), 0);
	uv_sem_destroy(&bench.started);
	uv_sem_destroy(&bench.go);
	return 0;
}

static void jobs_run_in_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT; i++)
		push(run_in_order, i);
	uv_run(&bench.loop, UV_RUN_DEFAULT);
	assert_int_equal(bench.done, COUNT);
	assert_int_equal(bench.not_run, 0);
	assert_true(bench.is_in_order);
	job_pool_stop(bench.pool);
}

static void run_when_told(struct job *job, void *context)
{
	(void)context;
	uv_sem_post(&bench.started);
	uv_sem_wait(&bench.go);
	((struct numbered *)job)->was_run = true;
}

static void a_stop_answers_those_that_wait(void **state)
{
	(void)state;
	push(run_when_told, 0);
	for (unsigned i = 1; i < 10; i++)
		push(run_in_order, i);
	uv_sem_wait(&bench.started);
	uv_sem_post(&bench.go);
	job_pool_stop(bench.pool);
	assert_int_equal(bench.done, 10);
	push(run_in_order, 10); /* too late: answered at once */
	assert_int_equal(bench.done, 11);
	assert_true(bench.not_run >= 1);
	assert_int_equal(bench.not_run + bench.run + 1, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(jobs_run_in_order, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_stop_answers_those_that_wait, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
