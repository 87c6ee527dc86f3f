/* What erased records said, out of the file: rows go with the batch that learns of it, but LMDB keeps the bytes of a page that
 * it freed until it needs the page again. So the views are written anew without their free pages, and the copy takes
 * their place while queries go on. It decides how; the indexer decides when. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/facet.h"
#include "store/view_rows.h"

#define FOLDER "scrub"
#define PATH_SIZE (sizeof(((struct views *)0)->path) + 32)

static void path_of(char out[static PATH_SIZE], const struct views *v, const char *name)
{
	snprintf(out, PATH_SIZE, "%s/%s", v->path, name);
}

void views_scrub_forget(const struct views *v)
{
	static const char *const names[] = {FOLDER "/data.mdb", FOLDER "/lock.mdb"};
	char path[PATH_SIZE];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(path, v, names[i]);
		unlink(path);
	}
	path_of(path, v, FOLDER);
	rmdir(path);
}

/* --- words that no record has any more ------------------------------------------------------- */

static void use_term(uint8_t *used, uint32_t count, uint32_t number)
{
	if (number <= count)
		used[number] = 1;
}

/* Themes and statuses that facets name, and the themes of sets; used has a byte for each number. */
static void find_used(struct txn *t, uint8_t *used, uint32_t count)
{
	struct walk walk;

	walk_begin(&walk, t, VIEW_FACETS);
	for (bool more = walk_first(&walk); more; more = walk_next(&walk)) {
		for (size_t at = 0; at + FACET_SIZE <= walk.value.size; at += FACET_SIZE) {
			struct facet row;

			facet_decode(&row, walk.value.data + at);
			use_term(used, count, row.own_status);
			use_term(used, count, row.status);
			if (row.themes == 0 || row.themes > count || used[row.themes])
				continue;
			use_term(used, count, row.themes);
			struct bytes set = term_word(t, row.themes);
			for (size_t i = 0; i + 4 <= set.size; i += 4)
				use_term(used, count, be32_get(set.data + i));
		}
	}
	walk_end(&walk);
}

static void drop_terms(struct txn *t)
{
	uint32_t count = (uint32_t)meta_get_u64(t, "terms");
	uint8_t *used = calloc((size_t)count + 1, 1);
	struct walk walk;

	if (!used) {
		txn_fail(t, ERR_MEMORY, "no memory for the words of the views");
		return;
	}
	find_used(t, used, count);
	walk_begin(&walk, t, VIEW_TERMS);
	for (bool more = walk_first(&walk); more && t->err == ERR_NONE; more = walk_next(&walk)) {
		uint32_t number = walk.value.size == 4 ? be32_get(walk.value.data) : 0;
		struct row_key key = row_key_u32(number);

		if (walk.key.size == 0 || walk.key.data[0] == TERM_MEMBER ||
		    (number <= count && used[number]))
			continue;
		txn_del(t, VIEW_TERM_NUMBERS, row_key_view(&key));
		walk_del(&walk);
	}
	walk_end(&walk);
	free(used);
}

/* --- the copy -------------------------------------------------------------------------------- */

static enum err copy(struct views *v, struct why *why)
{
	char folder[PATH_SIZE];
	int code;

	views_scrub_forget(v);
	path_of(folder, v, FOLDER);
	if (mkdir(folder, 0700) && errno != EEXIST)
		return why_set(why, ERR_IO, "cannot make %s: %s", folder, strerror(errno));
	code = mdb_env_copy2(v->env.handle, folder, MDB_CP_COMPACT);
	return code ? why_set(why, env_err(code), "cannot copy the views to %s: %s", folder,
			  mdb_strerror(code))
		    : ERR_NONE;
}

static enum err open_copy(struct views *v, struct env *fresh, struct why *why)
{
	char folder[PATH_SIZE];
	struct env_options options = {.path = folder,
	    .tables = view_tables,
	    .count = VIEW_TABLE_COUNT,
	    .map_size = v->env.map_size,
	    .map_size_min = v->env.map_size / 2,
	    .is_derived = true};
	struct txn t;
	enum err err;

	path_of(folder, v, FOLDER);
	err = env_open(fresh, &options, why);
	if (err != ERR_NONE)
		return err;
	txn_begin(&t, fresh, TXN_WRITE);
	meta_put_u64(&t, "scrub", 0);
	err = txn_end(&t, why);
	if (err != ERR_NONE)
		env_close(fresh);
	return err;
}

/* Files first: what is open goes by its descriptor. */
static enum err rename_files(const struct views *v, struct why *why)
{
	static const char *const names[] = {"data.mdb", "lock.mdb"};
	char from[PATH_SIZE], to[PATH_SIZE];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(from, sizeof(from), "%s/" FOLDER "/%s", v->path, names[i]);
		path_of(to, v, names[i]);
		if (rename(from, to))
			return why_set(why, ERR_IO, "cannot rename %s: %s", from, strerror(errno));
	}
	return ERR_NONE;
}

static enum err take_place(struct views *v, struct env *fresh, struct why *why)
{
	enum err err = views_lock(v, why);

	if (err != ERR_NONE)
		return err;
	err = rename_files(v, why);
	if (err == ERR_NONE)
		env_swap(&v->env, fresh);
	pthread_rwlock_unlock(&v->in_use);
	return err;
}

enum err views_scrub(struct views *v, struct store *s, struct why *why)
{
	struct env fresh;
	struct txn t;
	uint64_t used = 0;
	enum err err = env_used(&v->env, &used);

	if (err == ERR_NONE && store_disk_free(s) < STORE_FLOOR + used)
		return why_set(why, ERR_FULL, "no room is left on the disk to scrub the views");
	txn_begin(&t, &v->env, TXN_WRITE);
	drop_terms(&t);
	err = txn_end(&t, why);
	if (err == ERR_NONE)
		err = copy(v, why);
	if (err == ERR_NONE)
		err = open_copy(v, &fresh, why);
	if (err == ERR_NONE) {
		err = take_place(v, &fresh, why);
		env_close(&fresh); /* the old one, or the copy that nobody takes */
	}
	views_scrub_forget(v);
	if (err == ERR_NONE)
		v->wants_scrub = false;
	return err;
}

bool views_want_scrub(const struct views *v)
{
	return v->wants_scrub;
}
