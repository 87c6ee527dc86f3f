/* Opening and closing an LMDB environment, and the pool of idle readers. It decides flags and
 * sizes; it knows nothing of what the tables hold. */
#include "store/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum err env_err(int code)
{
	switch (code) {
	case MDB_SUCCESS:
		return ERR_NONE;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
		return ERR_FULL;
	case MDB_PAGE_NOTFOUND:
	case MDB_CORRUPTED:
	case MDB_INVALID:
		return ERR_ROT;
	case MDB_VERSION_MISMATCH:
		return ERR_VERSION;
	case MDB_READERS_FULL:
		return ERR_BUSY;
	case MDB_TXN_FULL:
	case ENOMEM:
		return ERR_MEMORY;
	case MDB_BAD_TXN:
	case MDB_BAD_RSLOT:
	case MDB_BAD_VALSIZE:
	case MDB_BAD_DBI:
	case MDB_KEYEXIST:
	case EINVAL:
		return ERR_BUG;
	default:
		return ERR_IO;
	}
}

/* LMDB syncs its file, not the folder that names it: after a power cut a new database would be gone
 * with everything that was acknowledged. */
static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int code;

	if (fd < 0)
		return errno;
	code = fsync(fd) == 0 ? 0 : errno;
	close(fd);
	return code;
}

static int sync_names(const char *path)
{
	char parent[4096 + 4];
	int code = sync_folder(path);

	snprintf(parent, sizeof(parent), "%s/..", path);
	return code ? code : sync_folder(parent);
}

/* All tables are made in one commit. One that is missing afterwards was lost with a bit of LMDB's own pages; made anew it would
 * be empty and look sound. */
static int open_each(struct env *env, MDB_txn *txn)
{
	unsigned flags = 0;
	MDB_stat names;
	MDB_dbi dbi;
	int code = mdb_dbi_open(txn, NULL, 0, &dbi);

	if (!code)
		code = mdb_stat(txn, dbi, &names);
	if (!code && names.ms_entries == 0)
		flags = MDB_CREATE;
	for (unsigned i = 0; i < env->count && !code; i++)
		code = mdb_dbi_open(txn, env->tables[i].name, flags, &env->dbis[i]);
	return code == MDB_NOTFOUND ? MDB_CORRUPTED : code;
}

static int open_tables(struct env *env)
{
	MDB_txn *txn;
	MDB_stat stat;
	int code = mdb_txn_begin(env->handle, NULL, 0, &txn);

	if (code)
		return code;
	code = open_each(env, txn);
	if (!code)
		code = mdb_stat(txn, env->dbis[0], &stat);
	if (code) {
		mdb_txn_abort(txn);
		return code;
	}
	env->page_size = stat.ms_psize;
	return mdb_txn_commit(txn);
}

static int map(struct env *env, const struct env_options *options)
{
	unsigned flags = MDB_NOTLS | (options->is_derived ? MDB_NOSYNC : 0);
	int code = mdb_env_create(&env->handle);

	if (code)
		return code;
	code = mdb_env_set_mapsize(env->handle, (size_t)env->map_size);
	if (!code)
		code = mdb_env_set_maxdbs(env->handle, options->count);
	if (!code)
		code = mdb_env_open(env->handle, options->path, flags, 0600);
	if (code) {
		mdb_env_close(env->handle);
		env->handle = NULL;
	}
	return code;
}

static int open_handle(struct env *env, const struct env_options *options)
{
	int code, dead;

	if (mkdir(options->path, 0700) != 0 && errno != EEXIST)
		return errno;
	/* Where the system grants less address space, less must do. */
	env->map_size = options->map_size;
	while ((code = map(env, options)) == ENOMEM && env->map_size / 2 >= options->map_size_min)
		env->map_size /= 2;
	if (!code)
		code = mdb_reader_check(env->handle, &dead);
	if (!code)
		code = open_tables(env);
	return code ? code : sync_names(options->path);
}

enum err env_open(struct env *env, const struct env_options *options, struct why *why)
{
	int code;

	*env = (struct env){.tables = options->tables, .count = options->count};
	if (options->count > ENV_TABLES_MAX)
		return why_set(why, ERR_BUG, "too many tables");
	pthread_mutex_init(&env->mutex, NULL);
	code = open_handle(env, options);
	if (code) {
		env_close(env);
		return why_set(why, env_err(code), "cannot open the database %s: %s", options->path,
		    mdb_strerror(code));
	}
	return ERR_NONE;
}

void env_close(struct env *env)
{
	while (env->idle_count > 0)
		mdb_txn_abort(env->idle[--env->idle_count]);
	if (env->handle)
		mdb_env_close(env->handle);
	env->handle = NULL;
	pthread_mutex_destroy(&env->mutex);
}

void env_swap(struct env *a, struct env *b)
{
	struct env old = *a;

	a->handle = b->handle;
	a->page_size = b->page_size;
	a->map_size = b->map_size;
	a->idle_count = b->idle_count;
	memcpy(a->dbis, b->dbis, sizeof(a->dbis));
	memcpy(a->idle, b->idle, sizeof(a->idle));
	b->handle = old.handle;
	b->page_size = old.page_size;
	b->map_size = old.map_size;
	b->idle_count = old.idle_count;
	memcpy(b->dbis, old.dbis, sizeof(b->dbis));
	memcpy(b->idle, old.idle, sizeof(b->idle));
}

uint64_t env_grown(struct env *env)
{
	MDB_envinfo info;

	mdb_env_info(env->handle, &info);
	return ((uint64_t)info.me_last_pgno + 1) * env->page_size;
}

/* A sixteenth of what there is, within bounds: 1 MiB lasts for a thousand publishes. */
static uint64_t preallocation(uint64_t grown)
{
	const uint64_t least = 64 << 10, most = 1 << 20;
	uint64_t size = grown / 16 / least * least;

	return size < least ? least : size > most ? most : size;
}

enum err env_preallocate(struct env *env)
{
	static const uint8_t zeros[64 << 10];
	uint64_t grown = env_grown(env);
	uint64_t size = preallocation(grown);
	struct stat file;
	mdb_filehandle_t fd;
	uint64_t at;

	if (mdb_env_get_fd(env->handle, &fd) || fstat(fd, &file))
		return ERR_IO;
	at = (uint64_t)file.st_size > grown ? (uint64_t)file.st_size : grown;
	if (at - grown >= size / 4)
		return ERR_NONE;
	for (uint64_t end = at + size; at < end; at += sizeof(zeros))
		if (pwrite(fd, zeros, sizeof(zeros), (off_t)at) != (ssize_t)sizeof(zeros))
			return ERR_IO;
	return fdatasync(fd) ? ERR_IO : ERR_NONE;
}

/* LMDB keeps its free pages in table 0: transaction id → list of page numbers, count first. */
enum err env_used(struct env *env, uint64_t *out)
{
	uint64_t free_pages = 0;
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_txn *txn;
	int code = mdb_txn_begin(env->handle, NULL, MDB_RDONLY, &txn);

	if (code)
		return env_err(code);
	code = mdb_cursor_open(txn, 0, &cursor);
	if (!code) {
		while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
			size_t count;
			memcpy(&count, value.mv_data, sizeof(count));
			free_pages += count;
		}
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	if (code != MDB_NOTFOUND)
		return env_err(code);
	*out = env_grown(env) - free_pages * env->page_size;
	return ERR_NONE;
}
