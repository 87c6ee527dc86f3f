/* Opening and closing the views, and deciding whether what lies on disk can be trusted. The answer
 * stands in a small file beside the environment, because a database that was not synced may not
 * even survive being opened. */
#include "store/views.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/view_rows.h"
#include "store/word_cache.h"

#define MAP_SIZE ((uint64_t)1 << 40)
#define MAP_SIZE_MIN ((uint64_t)1 << 30)
/* A query that reads for longer is not waited for: the next attempt may find none. */
#define WAIT_S 2
#define MARK_SIZE (4 + LISTEN_ID_SIZE + STORE_ID_SIZE + 1)

/* mark: u32 format ‖ boot id ‖ store id ‖ u8 clean */
static void mark_encode(uint8_t out[static MARK_SIZE], const struct views *v, bool is_clean)
{
	be32_put(out, VIEW_FORMAT);
	memcpy(out + 4, v->boot, LISTEN_ID_SIZE);
	memcpy(out + 4 + LISTEN_ID_SIZE, v->store_id, STORE_ID_SIZE);
	out[MARK_SIZE - 1] = is_clean ? 1 : 0;
}

static void view_path(const struct views *v, char out[static 4200], const char *name)
{
	snprintf(out, 4200, "%s/%s", v->path, name);
}

static enum err mark_write(const struct views *v, bool is_clean, struct why *why)
{
	uint8_t mark[MARK_SIZE];
	char path[4200], next[4200];
	int fd;
	bool done;

	mark_encode(mark, v, is_clean);
	view_path(v, path, "mark");
	view_path(v, next, "mark.new");
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	done = fd >= 0 && write(fd, mark, sizeof(mark)) == (ssize_t)sizeof(mark) && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	if (done && rename(next, path) == 0)
		return ERR_NONE;
	return why_set(why, ERR_IO, "cannot write %s: %s", path, strerror(errno));
}

/* Of this format and this database, and either closed in order or left by a process that died under
 * a machine that kept running. */
static bool mark_is_trusted(const struct views *v)
{
	uint8_t want[MARK_SIZE], mark[MARK_SIZE];
	char path[4200];
	bool is_read;
	int fd;

	view_path(v, path, "mark");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	is_read = read(fd, mark, sizeof(mark)) == (ssize_t)sizeof(mark);
	close(fd);
	mark_encode(want, v, false);
	if (!is_read || memcmp(mark, want, 4) != 0 ||
	    memcmp(mark + 4 + LISTEN_ID_SIZE, v->store_id, STORE_ID_SIZE) != 0)
		return false;
	return mark[MARK_SIZE - 1] == 1 || memcmp(mark + 4, v->boot, LISTEN_ID_SIZE) == 0;
}

static void forget(const struct views *v)
{
	static const char *const names[] = {"mark", "data.mdb", "lock.mdb"};
	char path[4200];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		view_path(v, path, names[i]);
		unlink(path);
	}
}

static enum err open_env(struct views *v, struct why *why)
{
	struct env_options options = {.path = v->path,
	    .tables = view_tables,
	    .count = VIEW_TABLE_COUNT,
	    .map_size = MAP_SIZE,
	    .map_size_min = MAP_SIZE_MIN,
	    .is_derived = true};
	struct txn t;
	enum err err = env_open(&v->env, &options, why);

	if (err != ERR_NONE)
		return err;
	txn_begin(&t, &v->env, TXN_READ);
	atomic_store(&v->arrival, meta_get_u64(&t, "arrival"));
	v->revisits = meta_get_u64(&t, "revisits");
	v->wants_scrub = meta_get_u64(&t, "scrub") > 0;
	return txn_end(&t, why);
}

static enum err open_views(struct views *v, struct store *s, struct why *why)
{
	enum err err;

	if (mkdir(v->path, 0700) != 0 && errno != EEXIST)
		return why_set(why, ERR_IO, "cannot make %s: %s", v->path, strerror(errno));
	if (!mark_is_trusted(v))
		forget(v);
	views_scrub_forget(v);
	err = mark_write(v, false, why);
	if (err == ERR_NONE)
		err = open_env(v, why);
	if (err == ERR_NONE && atomic_load(&v->arrival) > store_arrivals(s))
		return why_set(why, ERR_ROT, "the views know more than the database");
	return err;
}

/* Views whose opening failed half way. */
static void shut(struct views *v)
{
	if (v->env.handle)
		env_close(&v->env);
}

enum err views_lock(struct views *v, struct why *why)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_S;
	if (pthread_rwlock_timedwrlock(&v->in_use, &until) != 0)
		return why_set(why, ERR_BUSY, "the views are being read");
	return ERR_NONE;
}

enum err views_renew(struct views *v, struct store *s, struct why *why)
{
	enum err err = views_lock(v, why);

	if (err != ERR_NONE)
		return err;
	shut(v);
	word_cache_free(v->word_cache);
	v->word_cache = NULL;
	/* As after a process that died: that needs no room. */
	if (open_env(v, why) != ERR_NONE) {
		shut(v);
		forget(v);
		err = open_views(v, s, why);
	}
	v->is_broken = err != ERR_NONE;
	if (v->is_broken)
		shut(v);
	pthread_rwlock_unlock(&v->in_use);
	return err;
}

struct views *views_open(struct store *s, const char *home, struct why *why)
{
	struct views *v = calloc(1, sizeof(*v));
	struct why first = {0};

	if (!v) {
		why_set(why, ERR_MEMORY, "no memory for the views");
		return NULL;
	}
	pthread_rwlock_init(&v->in_use, NULL);
	memcpy(v->boot, s->lock.here.boot, sizeof(v->boot));
	memcpy(v->store_id, s->id, sizeof(v->store_id));
	snprintf(v->path, sizeof(v->path), "%s/views", home);
	if (open_views(v, s, &first) == ERR_NONE)
		return v;
	/* Nothing is lost by beginning again. */
	shut(v);
	forget(v);
	if (open_views(v, s, why) == ERR_NONE)
		return v;
	shut(v);
	pthread_rwlock_destroy(&v->in_use);
	free(v);
	return NULL;
}

void views_close(struct views *v)
{
	if (!v)
		return;
	if (!v->env.handle || mdb_env_sync(v->env.handle, 1) != 0)
		v->is_failed = true;
	shut(v);
	if (!v->is_failed)
		mark_write(v, true, NULL);
	word_cache_free(v->word_cache);
	pthread_rwlock_destroy(&v->in_use);
	free(v);
}

uint64_t views_arrival(const struct views *v)
{
	return atomic_load(&v->arrival);
}
