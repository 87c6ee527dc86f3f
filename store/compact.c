/* Compaction: copy, compare, rename. It decides when the copy may take the place of the original, and takes
 * care that the database stays the same one: its store id is bound to the inode of its file. */
#include "store/compact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/layout.h"
#include "store/truth.h"

#define FOLDER "compact"
#define PATH_SIZE (4096 + 32)

static void path_of(char out[static PATH_SIZE], const char *truth, const char *name)
{
	snprintf(out, PATH_SIZE, "%.4095s/%s", truth, name);
}

void compact_forget(const char *truth_path)
{
	static const char *const names[] = {FOLDER "/data.mdb", FOLDER "/lock.mdb"};
	char path[PATH_SIZE];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(path, truth_path, names[i]);
		unlink(path);
	}
	path_of(path, truth_path, FOLDER);
	rmdir(path);
}

static enum err sync_path(const char *path, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int code = fd < 0 || fsync(fd) ? errno : 0;

	if (fd >= 0)
		close(fd);
	return code ? why_set(why, ERR_IO, "cannot sync %s: %s", path, strerror(code)) : ERR_NONE;
}

static enum err stat_file(const char *path, uint64_t *size, uint64_t *inode, struct why *why)
{
	struct stat st;

	if (stat(path, &st))
		return why_set(why, ERR_IO, "cannot look at %s: %s", path, strerror(errno));
	*size = (uint64_t)st.st_size;
	if (inode)
		*inode = (uint64_t)st.st_ino;
	return ERR_NONE;
}

static void compare_table(struct txn *old, struct txn *new, unsigned table)
{
	struct walk a, b;
	bool more_a, more_b;

	walk_begin(&a, old, table);
	walk_begin(&b, new, table);
	more_a = walk_first(&a);
	more_b = walk_first(&b);
	while (more_a && more_b && bytes_equal(a.key, b.key) && bytes_equal(a.value, b.value) &&
	       bytes_equal(a.tail, b.tail)) {
		more_a = walk_next(&a);
		more_b = walk_next(&b);
	}
	if (more_a || more_b)
		txn_fail(new, ERR_ROT, "the copy differs from the original in %s",
		    old->env->tables[table].name);
	walk_end(&a);
	walk_end(&b);
}

static enum err compare(struct env *from, struct env *to, struct why *why)
{
	struct txn old, new;
	enum err err, other;

	txn_begin(&old, from, TXN_READ);
	txn_begin(&new, to, TXN_READ);
	for (unsigned table = 0; table < TRUTH_TABLE_COUNT; table++)
		compare_table(&old, &new, table);
	err = txn_end(&old, why);
	other = txn_end(&new, why);
	return err != ERR_NONE ? err : other;
}

/* The copy compared, and told which file it will be. */
static enum err finish_copy(struct store *s, const char *folder, const char *file, struct why *why)
{
	struct env_options options = {.path = folder,
	    .tables = truth_tables,
	    .count = TRUTH_TABLE_COUNT,
	    .map_size = s->env.map_size,
	    .map_size_min = s->env.map_size / 2};
	uint64_t size, inode = 0;
	struct env copy;
	struct txn t;
	enum err err = stat_file(file, &size, &inode, why);

	if (err != ERR_NONE || (err = env_open(&copy, &options, why)) != ERR_NONE)
		return err;
	err = compare(&s->env, &copy, why);
	if (err == ERR_NONE) {
		txn_begin(&t, &copy, TXN_WRITE);
		meta_put_u64(&t, "inode", inode);
		err = txn_end(&t, why);
	}
	env_close(&copy);
	return err;
}

static enum err copy_truth(struct store *s, const char *folder, const char *file, struct why *why)
{
	int code;

	if (mkdir(folder, 0700))
		return why_set(why, ERR_IO, "cannot make %s: %s", folder, strerror(errno));
	code = mdb_env_copy2(s->env.handle, folder, MDB_CP_COMPACT);
	if (code)
		return why_set(why, env_err(code), "cannot copy the database to %s: %s", folder,
		    mdb_strerror(code));
	return finish_copy(s, folder, file, why);
}

static enum err take_place(struct store *s, const char *folder, const char *file, struct why *why)
{
	char target[PATH_SIZE];
	enum err err = sync_path(file, why);

	path_of(target, s->truth_path, "data.mdb");
	if (err == ERR_NONE)
		err = sync_path(folder, why);
	env_close(&s->env);
	if (err == ERR_NONE && rename(file, target))
		err = why_set(why, ERR_IO, "cannot rename %s: %s", file, strerror(errno));
	return err == ERR_NONE ? sync_path(s->truth_path, why) : err;
}

enum err store_compact(const char *home, const struct store_options *options,
    struct compact_sizes *out, struct why *why)
{
	struct why cause = {0};
	struct store *s = store_open(home, options, &cause);
	char folder[PATH_SIZE], file[PATH_SIZE], target[PATH_SIZE];
	enum err err;

	if (!s)
		return why_set(why, cause.err ? cause.err : ERR_IO, "%s", cause.text);
	path_of(folder, s->truth_path, FOLDER);
	path_of(file, s->truth_path, FOLDER "/data.mdb");
	path_of(target, s->truth_path, "data.mdb");
	err = stat_file(target, &out->before, NULL, why);
	if (err == ERR_NONE)
		err = copy_truth(s, folder, file, why);
	if (err == ERR_NONE)
		err = take_place(s, folder, file, why);
	compact_forget(s->truth_path);
	if (err == ERR_NONE)
		err = stat_file(target, &out->after, NULL, why);
	store_close(s);
	return err;
}
