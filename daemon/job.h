/* Threads that execute what must not run on the loop: reads for peers, queries for people. Jobs
 * start in the order they were pushed and are answered on the loop. */
#ifndef DAEMON_JOB_H
#define DAEMON_JOB_H

#include <uv.h>

/* Embedded first in what a caller allocates. */
struct job {
	void (*run)(struct job *job, void *context); /* on a thread of the pool */
	void (*done)(struct job *job); /* on the loop, once; owns the job from here on */
	struct job *next;
};

struct job_pool;

/* context is handed to every run; the threads bear the name, of at most 15 bytes, in ps and top. NULL without memory or
 * threads. */
struct job_pool *job_pool_new(uv_loop_t *loop, const char *name, unsigned threads, void *context);
void job_push(struct job_pool *pool, struct job *job);
/* Waits for running jobs; those that wait are answered without being run. Its handle then closes on
 * the loop. */
void job_pool_stop(struct job_pool *pool);
/* After the loop has run out of handles. */
void job_pool_free(struct job_pool *pool);

#endif
