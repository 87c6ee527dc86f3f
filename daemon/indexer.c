/* Follows the truth in batches. Decides when, never what: views that cannot be written are told once and tried again every
 * few seconds, and the daemon goes on without, because they are rebuilt from the truth at any time.
 *
 * While records come it gives way: indexing costs several times what fetching does, and a node that
 * first has what others have can show it, and pass it on, the sooner; who publishes is answered the
 * sooner. It goes on as soon as nothing came for a moment and no request to publish many is under
 * way, when somebody waits for what is indexed, and in any case after a while, so that views fall
 * behind but never starve.
 *
 * When all is indexed and something was erased, it has the views scrubbed. */
#include "daemon/indexer.h"

#include <pthread.h>
#include <stdlib.h>
#include <uv.h>

#include "daemon/bell.h"
#include "daemon/control.h"
#include "daemon/disk.h"
#include "daemon/drafts.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "store/views.h"

/* Records a transaction of the views: large enough to share its cost, small enough that readers see
 * progress and a stop does not wait. */
#define BATCH_COUNT 8192
/* What a common one takes of memory meanwhile, roughly. */
#define RECORD_SIZE 1024
/* More than this behind: it is a bulk that comes, not a record that somebody looks for. */
#define BULK_COUNT 1024
#define MS_NS ((uint64_t)1000 * 1000)
/* A scrub writes all views: erasures that follow each other share one. */
#define SCRUB_PAUSE_NS (600 * 1000 * MS_NS)

/* What could not be written may find room again. */
#define RETRY_NS (5 * 1000 * MS_NS)

struct patience {
	uint64_t quiet_ns; /* without a commit: no more are to come */
	uint64_t away_ns;
};

/* Longer than a large commit takes where others use the processor and the disk too: a bulk whose next commit is not there by
 * then is over. */
static const struct patience with_bulk = {150 * MS_NS, 3000 * MS_NS};
/* Longer than from one record to the next where somebody publishes them one by one. */
static const struct patience with_few = {25 * MS_NS, 100 * MS_NS};

struct indexer {
	struct loop *loop;
	struct bell progress;
	uv_thread_t thread;
	uv_mutex_t mutex;
	uv_cond_t wake;
	bool is_dirty;
	bool is_busy;
	bool is_giving_way;
	bool is_held;
	bool is_stopping;
	bool is_stuck;	   /* the thread's: said already */
	uint64_t retry_at; /* the thread's: not before; 0 for none */
	uint64_t scrub_at; /* the thread's: not before */
	uint64_t stored, stored_at;
	uint64_t since;	   /* something waits, or the last batch ended */
	uint64_t wanted;   /* the nearest arrival that somebody waits for, 0 for none */
	uint64_t indexing; /* the views' arrival when the thread last looked */
	uint64_t indexed;
};

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* With the mutex. */
static bool is_wanted(const struct indexer *indexer)
{
	return indexer->wanted > indexer->indexing && indexer->wanted <= indexer->stored;
}

/* With the mutex: the moment to go on, in ns of the clock. */
static uint64_t patient_until(const struct indexer *indexer)
{
	bool is_bulk = indexer->stored > indexer->indexing + BULK_COUNT;
	const struct patience *patience = is_bulk ? &with_bulk : &with_few;
	uint64_t last = indexer->since + patience->away_ns;

	return indexer->is_held ? last : sooner(indexer->stored_at + patience->quiet_ns, last);
}

/* With the mutex. */
static void give_way(struct indexer *indexer)
{
	uint64_t now;

	indexer->indexing = views_arrival(indexer->loop->views);
	indexer->is_giving_way = true;
	while (!indexer->is_stopping && indexer->stored > indexer->indexing &&
	       !is_wanted(indexer) && (now = uv_hrtime()) < patient_until(indexer))
		uv_cond_timedwait(&indexer->wake, &indexer->mutex, patient_until(indexer) - now);
	indexer->is_giving_way = false;
}

static bool is_scrub_due(const struct indexer *indexer)
{
	return views_want_scrub(indexer->loop->views) && uv_hrtime() >= indexer->scrub_at;
}

static bool is_retry_due(const struct indexer *indexer)
{
	return indexer->retry_at && uv_hrtime() >= indexer->retry_at;
}

/* With the mutex. */
static void wait_idle(struct indexer *indexer)
{
	uint64_t now = uv_hrtime();
	uint64_t until = indexer->retry_at ? indexer->retry_at : UINT64_MAX;

	if (views_want_scrub(indexer->loop->views))
		until = sooner(until, indexer->scrub_at);
	if (until == UINT64_MAX)
		uv_cond_wait(&indexer->wake, &indexer->mutex);
	else if (now < until)
		uv_cond_timedwait(&indexer->wake, &indexer->mutex, until - now);
}

/* false when it is time to end. */
static bool wait_for_work(struct indexer *indexer)
{
	bool is_stopping;

	uv_mutex_lock(&indexer->mutex);
	indexer->is_busy = false;
	while (!indexer->is_dirty && !indexer->is_stopping && !is_scrub_due(indexer) &&
	       !is_retry_due(indexer))
		wait_idle(indexer);
	indexer->is_busy = true;
	give_way(indexer);
	indexer->is_dirty = false;
	is_stopping = indexer->is_stopping;
	uv_mutex_unlock(&indexer->mutex);
	return !is_stopping;
}

static void batch_done(struct indexer *indexer, bool more)
{
	uv_mutex_lock(&indexer->mutex);
	indexer->is_dirty = indexer->is_dirty || more;
	indexer->since = uv_hrtime();
	uv_mutex_unlock(&indexer->mutex);
}

/* Whether there is more to do at once. */
static bool index_some(struct indexer *indexer)
{
	struct loop *loop = indexer->loop;
	struct why why = {0};
	bool more = false;
	enum err err = views_index(loop->views, loop->store, BATCH_COUNT, &more, &why);

	if (err && !indexer->is_stuck)
		log_line(LEVEL_ERROR, "views: %s", why.text);
	indexer->is_stuck = err != ERR_NONE;
	/* Records that rotted are mended first, and come as what changed. */
	indexer->retry_at = err && err != ERR_ROT ? uv_hrtime() + RETRY_NS : 0;
	bell_ring(&indexer->progress);
	return more && !err;
}

/* What cannot be done now is tried again after the pause. */
static void scrub(struct indexer *indexer)
{
	struct why why = {0};

	if (views_scrub(indexer->loop->views, indexer->loop->store, &why))
		log_line(
		    LEVEL_WARNING, "views: erased words stay in free pages for now: %s", why.text);
	indexer->scrub_at = uv_hrtime() + SCRUB_PAUSE_NS;
}

static void work(void *arg)
{
	struct indexer *indexer = arg;

	pthread_setname_np(pthread_self(), "indexer");
	while (wait_for_work(indexer)) {
		bool more = index_some(indexer);
		batch_done(indexer, more);
		if (!more && is_scrub_due(indexer))
			scrub(indexer);
	}
}

static void on_progress(struct bell *bell)
{
	struct indexer *indexer = bell->data;

	uint64_t indexed = views_arrival(indexer->loop->views);

	heap_moved(&indexer->loop->heap, (size_t)(indexed - indexer->indexed) * RECORD_SIZE);
	indexer->indexed = indexed;
	if (indexed == disk_arrivals(indexer->loop->disk))
		heap_rest(&indexer->loop->heap);
	control_wake(indexer->loop->control, PARK_INDEXED, indexer->indexed);
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
	    bell_init(&indexer->progress, &loop->uv, on_progress) ||
	    uv_thread_create(&indexer->thread, work, indexer)) {
		free(indexer);
		return NULL;
	}
	return indexer;
}

void indexer_follow(struct indexer *indexer, uint64_t stored)
{
	uint64_t now = uv_hrtime();
	bool is_to_wake;

	uv_mutex_lock(&indexer->mutex);
	if (stored != indexer->stored) {
		indexer->stored = stored;
		indexer->stored_at = now;
	}
	if (!indexer->is_dirty && !indexer->is_busy)
		indexer->since = now;
	indexer->is_dirty = true;
	/* What came only makes one that gives way wait longer, unless somebody waits for it. */
	is_to_wake = !indexer->is_giving_way || is_wanted(indexer);
	uv_mutex_unlock(&indexer->mutex);
	if (is_to_wake)
		uv_cond_signal(&indexer->wake);
}

void indexer_want(struct indexer *indexer, uint64_t arrival)
{
	uv_mutex_lock(&indexer->mutex);
	if (indexer->wanted <= indexer->indexed || arrival < indexer->wanted)
		indexer->wanted = arrival;
	uv_mutex_unlock(&indexer->mutex);
	uv_cond_signal(&indexer->wake);
}

void indexer_hold(struct indexer *indexer, bool is_held)
{
	uv_mutex_lock(&indexer->mutex);
	if (indexer->is_held && !is_held)
		indexer->stored_at = uv_hrtime(); /* more may follow at once */
	indexer->is_held = is_held;
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
	bell_close(&indexer->progress);
}

void indexer_free(struct indexer *indexer)
{
	if (!indexer)
		return;
	uv_cond_destroy(&indexer->wake);
	uv_mutex_destroy(&indexer->mutex);
	free(indexer);
}
