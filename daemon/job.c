/* A queue in front of a few threads, answered through a bell. Decides order only; knows nothing
 * of what jobs do. */
#include "daemon/job.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "daemon/bell.h"

#define THREADS_MAX 4

struct queue {
	struct job *first;
	struct job **last;
};

struct job_pool {
	struct bell answer;
	uv_mutex_t mutex;
	uv_cond_t wake;
	struct queue waiting;
	struct queue finished;
	bool is_stopping;
	unsigned thread_count;
	uv_thread_t threads[THREADS_MAX];
	void *context;
	const char *name;
};

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void queue_put(struct queue *q, struct job *job)
{
	job->next = NULL;
	*q->last = job;
	q->last = &job->next;
}

static struct job *queue_take(struct queue *q)
{
	struct job *job = q->first;

	if (job) {
		q->first = job->next;
		if (!q->first)
			q->last = &q->first;
	}
	return job;
}

static void work(void *arg)
{
	struct job_pool *pool = arg;

	pthread_setname_np(pthread_self(), pool->name);
	uv_mutex_lock(&pool->mutex);
	for (;;) {
		struct job *job;
		while (!pool->waiting.first && !pool->is_stopping)
			uv_cond_wait(&pool->wake, &pool->mutex);
		if (pool->is_stopping)
			break;
		job = queue_take(&pool->waiting);
		uv_mutex_unlock(&pool->mutex);
		job->run(job, pool->context);
		uv_mutex_lock(&pool->mutex);
		queue_put(&pool->finished, job);
		uv_mutex_unlock(&pool->mutex);
		bell_ring(&pool->answer);
		uv_mutex_lock(&pool->mutex);
	}
	uv_mutex_unlock(&pool->mutex);
}

static void on_answer(struct bell *bell)
{
	struct job_pool *pool = bell->data;
	struct job *job, *next;

	uv_mutex_lock(&pool->mutex);
	job = pool->finished.first;
	queue_init(&pool->finished);
	uv_mutex_unlock(&pool->mutex);
	for (; job; job = next) {
		next = job->next;
		job->done(job);
	}
}

struct job_pool *job_pool_new(uv_loop_t *loop, const char *name, unsigned threads, void *context)
{
	struct job_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	queue_init(&pool->waiting);
	queue_init(&pool->finished);
	pool->context = context;
	pool->name = name;
	pool->answer.data = pool;
	if (uv_mutex_init(&pool->mutex) || uv_cond_init(&pool->wake) ||
	    bell_init(&pool->answer, loop, on_answer)) {
		free(pool);
		return NULL;
	}
	for (; pool->thread_count < threads && pool->thread_count < THREADS_MAX;
	     pool->thread_count++)
		if (uv_thread_create(&pool->threads[pool->thread_count], work, pool))
			break;
	return pool->thread_count ? pool : NULL;
}

void job_push(struct job_pool *pool, struct job *job)
{
	/* Only the loop stops a pool, so that it may look without the mutex. */
	if (pool->is_stopping) {
		job->done(job);
		return;
	}
	uv_mutex_lock(&pool->mutex);
	queue_put(&pool->waiting, job);
	uv_mutex_unlock(&pool->mutex);
	uv_cond_signal(&pool->wake);
}

void job_pool_stop(struct job_pool *pool)
{
	struct job *job;

	uv_mutex_lock(&pool->mutex);
	pool->is_stopping = true;
	uv_cond_broadcast(&pool->wake);
	uv_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i < pool->thread_count; i++)
		uv_thread_join(&pool->threads[i]);
	on_answer(&pool->answer);
	while ((job = queue_take(&pool->waiting)))
		job->done(job);
	bell_close(&pool->answer);
}

void job_pool_free(struct job_pool *pool)
{
	if (!pool)
		return;
	uv_cond_destroy(&pool->wake);
	uv_mutex_destroy(&pool->mutex);
	free(pool);
}
