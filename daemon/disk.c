/* The write thread. While one commit runs, changes gather; the next commit takes them all, so that
 * the cost of a sync is shared by whatever waited for it. */
#include "daemon/disk.h"

#include <pthread.h>
#include <stdlib.h>
#include <uv.h>

#include "daemon/bell.h"
#include "daemon/control.h"
#include "daemon/indexer.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "store/store.h"

/* Changes a commit: bounds what one transaction dirties, all of it in memory, and how long the first of them waits for
 * the last. Half of what may wait (core.c), so that the next ones come in while one is written. */
#define GROUP_COUNT_MAX 256
#define GROUP_SIZE_MAX (4 * 1024 * 1024)

struct item {
	uint64_t change;
	struct writer data;
	enum err err;
	struct why why;
	struct change_result result;
	struct item *next;
};

struct disk {
	struct loop *loop;
	struct bell answer;
	uv_thread_t thread;
	uv_mutex_t mutex;
	uv_cond_t wake;
	struct item *waiting, **waiting_last;
	struct item *finished, **finished_last;
	bool is_stopping;
	uint64_t arrivals;
	size_t unanswered; /* the loop's */
};

/* Each alone, so that one that cannot be stored does not keep the others out. */
static bool apply_singly(struct disk *disk, struct item *first)
{
	for (struct item *item = first; item; item = item->next) {
		struct bytes change = writer_view(&item->data);
		item->why = (struct why){0};
		item->err = store_apply(disk->loop->store, &change, 1, &item->result, &item->why);
		if (err_blame(item->err) == BLAME_FATAL)
			return false;
	}
	return true;
}

/* false after an error that leaves the store in doubt. */
static bool apply_group(struct disk *disk, struct item *first)
{
	struct bytes changes[GROUP_COUNT_MAX] = {{NULL, 0}};
	struct change_result results[GROUP_COUNT_MAX];
	struct why why = {0};
	size_t count = 0;
	enum err err;

	for (struct item *item = first; item; item = item->next) {
		results[count] = (struct change_result){0};
		changes[count++] = writer_view(&item->data);
	}
	err = store_apply(disk->loop->store, changes, count, results, &why);
	if (err && count > 1 && err_blame(err) != BLAME_FATAL)
		return apply_singly(disk, first);
	count = 0;
	for (struct item *item = first; item; item = item->next) {
		item->err = err;
		item->why = why;
		item->result = results[count++];
	}
	return err_blame(err) != BLAME_FATAL;
}

/* What waits, up to the bounds of a commit; *last is its last item. */
static struct item *group_take(struct disk *disk, struct item **last)
{
	struct item *first = disk->waiting;
	struct item *item = first;
	size_t count = 1, size = item->data.size;

	while (item->next && count < GROUP_COUNT_MAX &&
	       size + item->next->data.size <= GROUP_SIZE_MAX) {
		item = item->next;
		size += item->data.size;
		count++;
	}
	disk->waiting = item->next;
	if (!disk->waiting)
		disk->waiting_last = &disk->waiting;
	item->next = NULL;
	*last = item;
	return first;
}

/* With the mutex, which it gives back meanwhile. */
static void preallocate(struct disk *disk)
{
	uv_mutex_unlock(&disk->mutex);
	store_preallocate(disk->loop->store);
	uv_mutex_lock(&disk->mutex);
}

static void work(void *arg)
{
	struct disk *disk = arg;
	bool is_sound = true;

	pthread_setname_np(pthread_self(), "disk");
	uv_mutex_lock(&disk->mutex);
	while (is_sound) {
		struct item *first, *last;
		if (!disk->waiting && !disk->is_stopping)
			preallocate(disk);
		while (!disk->waiting && !disk->is_stopping)
			uv_cond_wait(&disk->wake, &disk->mutex);
		if (!disk->waiting)
			break;
		first = group_take(disk, &last);
		uv_mutex_unlock(&disk->mutex);
		is_sound = apply_group(disk, first);
		uv_mutex_lock(&disk->mutex);
		*disk->finished_last = first;
		disk->finished_last = &last->next;
		uv_mutex_unlock(&disk->mutex);
		bell_ring(&disk->answer);
		uv_mutex_lock(&disk->mutex);
	}
	uv_mutex_unlock(&disk->mutex);
}

static void item_free(struct item *item)
{
	writer_release(&item->data);
	free(item);
}

static void item_answer(struct disk *disk, const struct item *item)
{
	struct loop *loop = disk->loop;

	if (loop->is_stopping)
		return;
	if (err_blame(item->err) == BLAME_FATAL) {
		loop_fatal(loop, item->why.text[0] ? item->why.text : err_text(item->err));
		return;
	}
	if (item->err)
		log_line(LEVEL_WARNING, "not stored: %s",
		    item->why.text[0] ? item->why.text : err_text(item->err));
	else
		disk->arrivals = item->result.arrival;
	core_change_done(loop_turn(loop), item->change, item->err, &item->result);
}

static void on_answer(struct bell *bell)
{
	struct disk *disk = bell->data;
	struct item *item, *next;

	uv_mutex_lock(&disk->mutex);
	item = disk->finished;
	disk->finished = NULL;
	disk->finished_last = &disk->finished;
	uv_mutex_unlock(&disk->mutex);
	for (; item; item = next) {
		next = item->next;
		disk->unanswered--;
		heap_moved(&disk->loop->commits, item->data.size);
		item_answer(disk, item);
		item_free(item);
	}
	/* Who waits for a record is let go before others are told of it. */
	if (disk->loop->control)
		control_wake(disk->loop->control, PARK_STORED, disk->arrivals);
	loop_act(disk->loop);
	indexer_follow(disk->loop->indexer, disk->arrivals);
}

struct disk *disk_new(struct loop *loop)
{
	struct disk *disk = calloc(1, sizeof(*disk));

	if (!disk)
		return NULL;
	disk->loop = loop;
	disk->waiting_last = &disk->waiting;
	disk->finished_last = &disk->finished;
	disk->arrivals = store_arrivals(loop->store);
	disk->answer.data = disk;
	if (uv_mutex_init(&disk->mutex) || uv_cond_init(&disk->wake) ||
	    bell_init(&disk->answer, &loop->uv, on_answer) ||
	    uv_thread_create(&disk->thread, work, disk)) {
		free(disk);
		return NULL;
	}
	return disk;
}

void disk_push(struct disk *disk, uint64_t change, struct writer *data)
{
	struct item *item = calloc(1, sizeof(*item));

	if (!item) {
		/* The core counts on an answer to every change; without memory for one there is
		 * none. */
		loop_fatal(disk->loop, "out of memory");
		return;
	}
	disk->unanswered++;
	item->change = change;
	item->data = *data;
	*data = (struct writer){0};
	uv_mutex_lock(&disk->mutex);
	*disk->waiting_last = item;
	disk->waiting_last = &item->next;
	uv_mutex_unlock(&disk->mutex);
	uv_cond_signal(&disk->wake); /* who wakes up finds the mutex free */
}

bool disk_is_idle(const struct disk *disk)
{
	return disk->unanswered == 0;
}

uint64_t disk_arrivals(const struct disk *disk)
{
	return disk->arrivals;
}

void disk_stop(struct disk *disk)
{
	uv_mutex_lock(&disk->mutex);
	disk->is_stopping = true;
	uv_cond_signal(&disk->wake);
	uv_mutex_unlock(&disk->mutex);
	uv_thread_join(&disk->thread);
	bell_close(&disk->answer);
}

void disk_free(struct disk *disk)
{
	struct item *item, *next;

	if (!disk)
		return;
	for (item = disk->finished; item; item = next) {
		next = item->next;
		item_free(item);
	}
	for (item = disk->waiting; item; item = next) {
		next = item->next;
		item_free(item);
	}
	uv_cond_destroy(&disk->wake);
	uv_mutex_destroy(&disk->mutex);
	free(disk);
}
