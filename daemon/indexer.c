/* Follows the truth in batches. Decides when, never what: a view that cannot be written is told
 * once, and the daemon goes on without, because views are rebuilt from the truth at any time. */
#include "daemon/indexer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "daemon/control.h"
#include "daemon/drafts.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "store/views.h"

/* Records a transaction of the views: large enough to share its cost, small enough that readers see
 * progress and a stop does not wait. */
#define BATCH_COUNT 8192

struct indexer {
	struct loop *loop;
	uv_async_t progress;
	uv_thread_t thread;
	uv_mutex_t mutex;
	uv_cond_t wake;
	bool is_dirty;
	bool is_stopping;
	bool is_stuck; /* the thread's: said already */
	uint64_t indexed;
};

/* false when it is time to end. */
static bool wait_for_work(struct indexer *indexer)
{
	bool is_stopping;

	uv_mutex_lock(&indexer->mutex);
	while (!indexer->is_dirty && !indexer->is_stopping)
		uv_cond_wait(&indexer->wake, &indexer->mutex);
	indexer->is_dirty = false;
	is_stopping = indexer->is_stopping;
	uv_mutex_unlock(&indexer->mutex);
	return !is_stopping;
}

static bool is_stopping(struct indexer *indexer)
{
	bool answer;

	uv_mutex_lock(&indexer->mutex);
	answer = indexer->is_stopping;
	uv_mutex_unlock(&indexer->mutex);
	return answer;
}

/* false when the views are beyond help until the next start. */
static bool index_some(struct indexer *indexer, bool *more)
{
	struct loop *loop = indexer->loop;
	struct why why = {0};
	enum err err = views_index(loop->views, loop->store, BATCH_COUNT, more, &why);

	if (!err) {
		indexer->is_stuck = false;
		uv_async_send(&indexer->progress);
		return true;
	}
	if (!indexer->is_stuck)
		log_line(LEVEL_ERROR, "views: %s", why.text);
	indexer->is_stuck =
	    err == ERR_FULL || err == ERR_ROT; /* room may come, records be mended */
	*more = false;
	uv_async_send(&indexer->progress);
	return indexer->is_stuck;
}

static void work(void *arg)
{
	struct indexer *indexer = arg;

	pthread_setname_np(pthread_self(), "indexer");
	while (wait_for_work(indexer)) {
		bool more = true;
		while (more && !is_stopping(indexer))
			if (!index_some(indexer, &more))
				return;
	}
}

static void on_progress(uv_async_t *async)
{
	struct indexer *indexer = async->data;

	indexer->indexed = views_arrival(indexer->loop->views);
	control_wake(indexer->loop->control, indexer->indexed);
	drafts_follow(indexer->loop->drafts);
}

struct indexer *indexer_new(struct loop *loop)
{
	struct indexer *indexer = calloc(1, sizeof(*indexer));

	if (!indexer)
		return NULL;
	indexer->loop = loop;
	indexer->is_dirty = true;
	indexer->indexed = views_arrival(loop->views);
	indexer->progress.data = indexer;
	if (uv_mutex_init(&indexer->mutex) || uv_cond_init(&indexer->wake) ||
	    uv_async_init(&loop->uv, &indexer->progress, on_progress) ||
	    uv_thread_create(&indexer->thread, work, indexer)) {
		free(indexer);
		return NULL;
	}
	return indexer;
}

void indexer_follow(struct indexer *indexer)
{
	uv_mutex_lock(&indexer->mutex);
	indexer->is_dirty = true;
	uv_cond_signal(&indexer->wake);
	uv_mutex_unlock(&indexer->mutex);
}

uint64_t indexer_indexed(const struct indexer *indexer)
{
	return indexer->indexed;
}

void indexer_stop(struct indexer *indexer)
{
	uv_mutex_lock(&indexer->mutex);
	indexer->is_stopping = true;
	uv_cond_signal(&indexer->wake);
	uv_mutex_unlock(&indexer->mutex);
	uv_thread_join(&indexer->thread);
	uv_close((uv_handle_t *)&indexer->progress, NULL);
}

void indexer_free(struct indexer *indexer)
{
	if (!indexer)
		return;
	uv_cond_destroy(&indexer->wake);
	uv_mutex_destroy(&indexer->mutex);
	free(indexer);
}
