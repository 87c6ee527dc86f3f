/* The sticky-error transaction and its cursors. It decides what an LMDB code means, checks every
 * row it hands out and seals every row it takes; it knows no table by name. */
#include "store/txn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/seal.h"

#define CHECK_SIZE 8
#define SIZE_SIZE 4 /* of the value before a tail */

static bool txn_ok(struct txn *t, int code, const char *verb, unsigned table)
{
	if (t->err != ERR_NONE)
		return false;
	if (code == MDB_SUCCESS)
		return true;
	if (code == MDB_NOTFOUND)
		return false;
	txn_fail(t, env_err(code), "cannot %s %s: %s", verb, t->env->tables[table].name,
	    mdb_strerror(code));
	return false;
}

static MDB_txn *idle_take(struct env *env)
{
	MDB_txn *txn = NULL;

	pthread_mutex_lock(&env->mutex);
	if (env->idle_count > 0)
		txn = env->idle[--env->idle_count];
	pthread_mutex_unlock(&env->mutex);
	return txn;
}

static void idle_give(struct env *env, MDB_txn *txn)
{
	mdb_txn_reset(txn);
	pthread_mutex_lock(&env->mutex);
	if (env->idle_count < ENV_IDLE_MAX) {
		env->idle[env->idle_count++] = txn;
		txn = NULL;
	}
	pthread_mutex_unlock(&env->mutex);
	if (txn)
		mdb_txn_abort(txn);
}

void txn_begin(struct txn *t, struct env *env, enum txn_mode mode)
{
	int code;

	*t = (struct txn){.env = env, .mode = mode, .arrivals = atomic_load(&env->arrivals)};
	if (!env->handle) { /* closed, as the last opening failed */
		txn_fail(t, ERR_IO, "the database is not open");
		return;
	}
	if (mode == TXN_WRITE) {
		code = mdb_txn_begin(env->handle, NULL, 0, &t->handle);
	} else {
		t->handle = idle_take(env);
		code = t->handle ? mdb_txn_renew(t->handle)
				 : mdb_txn_begin(env->handle, NULL, MDB_RDONLY, &t->handle);
		if (code && t->handle) {
			mdb_txn_abort(t->handle);
			t->handle = NULL;
		}
	}
	if (code)
		txn_fail(t, code == MDB_PANIC ? ERR_COMMIT : env_err(code),
		    "cannot begin a transaction: %s", mdb_strerror(code));
}

static enum err commit_err(int code)
{
	enum err err = env_err(code);

	return err == ERR_FULL ? ERR_FULL : ERR_COMMIT;
}

enum err txn_end(struct txn *t, struct why *why)
{
	MDB_txn *handle = t->handle;
	int code;

	t->handle = NULL;
	if (handle && t->mode == TXN_READ) {
		idle_give(t->env, handle);
	} else if (handle && t->err != ERR_NONE) {
		mdb_txn_abort(handle);
	} else if (handle) {
		code = mdb_txn_commit(handle);
		if (code)
			txn_fail(t, commit_err(code), "commit failed: %s", mdb_strerror(code));
	}
	if (t->err != ERR_NONE)
		why_set(why, t->err, "%s", t->why.text);
	return t->err;
}

void txn_let_go(struct txn *t)
{
	if (t->handle && t->mode == TXN_READ)
		mdb_txn_reset(t->handle);
}

void txn_fail(struct txn *t, enum err err, const char *format, ...)
{
	va_list args;

	if (t->err != ERR_NONE)
		return;
	if (err == ERR_ROT)
		atomic_store(&t->env->has_rot, true);
	t->err = err;
	t->why.err = err;
	va_start(args, format);
	vsnprintf(t->why.text, sizeof(t->why.text), format, args);
	va_end(args);
}

static void row_check(
    uint8_t out[static CHECK_SIZE], unsigned table, struct bytes key, struct bytes value)
{
	uint8_t prefix[3] = {(uint8_t)table, (uint8_t)(key.size >> 8), (uint8_t)key.size};
	const struct bytes parts[] = {BYTES(prefix), key, value};
	struct hash hash;

	seal_sha256_parts(&hash, parts, 3);
	memcpy(out, hash.b, CHECK_SIZE);
}

/* Takes size and tail off; false when the row is too short to have them. */
static bool tail_split(struct bytes *value, struct bytes *tail)
{
	size_t size;

	if (value->size < SIZE_SIZE + CHECK_SIZE)
		return false;
	size = be32_get(value->data);
	*value = bytes_of(value->data + SIZE_SIZE, value->size - SIZE_SIZE);
	if (size > value->size - CHECK_SIZE)
		return false;
	size += CHECK_SIZE;
	*tail = bytes_of(value->data + size, value->size - size);
	value->size = size;
	return true;
}

/* Takes the check off a stored row; false and an empty value when it does not match. */
static bool row_matches(struct txn *t, unsigned table, struct bytes key, MDB_val stored,
    struct bytes *value, struct bytes *tail)
{
	const struct env_table *kind = &t->env->tables[table];
	uint8_t check[CHECK_SIZE];

	*value = bytes_of(stored.mv_data, stored.mv_size);
	*tail = (struct bytes){0};
	if (kind->is_bare)
		return true;
	if ((!kind->has_tail || tail_split(value, tail)) && value->size >= CHECK_SIZE) {
		value->size -= CHECK_SIZE;
		row_check(check, table, key, *value);
		if (memcmp(check, value->data + value->size, CHECK_SIZE) == 0)
			return true;
	}
	*value = (struct bytes){0};
	return false;
}

static bool row_open(struct txn *t, unsigned table, struct bytes key, MDB_val stored,
    struct bytes *value, struct bytes *tail)
{
	if (row_matches(t, table, key, stored, value, tail))
		return true;
	txn_fail(t, ERR_ROT, "a row of %s does not match its check", t->env->tables[table].name);
	return false;
}

static MDB_val val_of(struct bytes in)
{
	return (MDB_val){in.size, (void *)(uintptr_t)in.data};
}

bool txn_get(struct txn *t, unsigned table, struct bytes key, struct bytes *value)
{
	MDB_val k = val_of(key), v;
	struct bytes tail;

	*value = (struct bytes){0};
	if (t->err != ERR_NONE)
		return false;
	if (!txn_ok(t, mdb_get(t->handle, t->env->dbis[table], &k, &v), "read", table))
		return false;
	return row_open(t, table, key, v, value, &tail);
}

static MDB_val reserved(struct txn *t, unsigned table, struct bytes value, struct bytes tail)
{
	const struct env_table *kind = &t->env->tables[table];
	size_t around = (kind->is_bare ? 0u : CHECK_SIZE) + (kind->has_tail ? SIZE_SIZE : 0u);

	return (MDB_val){value.size + around + tail.size, NULL};
}

static uint8_t *fill_part(uint8_t *at, struct bytes part)
{
	if (part.size)
		memcpy(at, part.data, part.size);
	return at + part.size;
}

static void fill(struct txn *t, unsigned table, struct bytes key, struct bytes value,
    struct bytes tail, const MDB_val *reserved)
{
	const struct env_table *kind = &t->env->tables[table];
	uint8_t *at = reserved->mv_data;

	if (kind->has_tail) {
		be32_put(at, (uint32_t)value.size);
		at += SIZE_SIZE;
	}
	at = fill_part(at, value);
	if (kind->is_bare)
		return;
	row_check(at, table, key, value);
	fill_part(at + CHECK_SIZE, tail);
}

static void put(struct txn *t, unsigned table, struct bytes key, struct bytes value,
    struct bytes tail, unsigned flags)
{
	MDB_val k = val_of(key), v = reserved(t, table, value, tail);

	if (t->err == ERR_NONE &&
	    txn_ok(t, mdb_put(t->handle, t->env->dbis[table], &k, &v, flags | MDB_RESERVE), "write",
		table))
		fill(t, table, key, value, tail, &v);
}

void txn_put(struct txn *t, unsigned table, struct bytes key, struct bytes value)
{
	put(t, table, key, value, (struct bytes){0}, 0);
}

void txn_put_tailed(struct txn *t, unsigned table, struct bytes key, struct bytes value,
    struct bytes tail, bool is_last)
{
	put(t, table, key, value, tail, is_last ? MDB_APPEND : 0);
}

void txn_del(struct txn *t, unsigned table, struct bytes key)
{
	MDB_val k = val_of(key);

	if (t->err == ERR_NONE)
		txn_ok(t, mdb_del(t->handle, t->env->dbis[table], &k, NULL), "delete from", table);
}

void txn_clear(struct txn *t, unsigned table)
{
	if (t->err == ERR_NONE)
		txn_ok(t, mdb_drop(t->handle, t->env->dbis[table], 0), "clear", table);
}

uint64_t txn_rows(struct txn *t, unsigned table)
{
	MDB_stat stat;

	if (t->err != ERR_NONE ||
	    !txn_ok(t, mdb_stat(t->handle, t->env->dbis[table], &stat), "count", table))
		return 0;
	return stat.ms_entries;
}

void walk_begin(struct walk *w, struct txn *t, unsigned table)
{
	*w = (struct walk){.t = t, .table = table};
	if (t->err == ERR_NONE)
		txn_ok(
		    t, mdb_cursor_open(t->handle, t->env->dbis[table], &w->cursor), "walk", table);
}

void walk_end(struct walk *w)
{
	if (w->cursor)
		mdb_cursor_close(w->cursor);
	w->cursor = NULL;
}

/* Moves without looking at the value: large rows are checked only where they are wanted. */
static bool walk_move(struct walk *w, struct bytes key, MDB_cursor_op op, MDB_val *stored)
{
	MDB_val k = val_of(key);

	w->key = w->value = w->tail = (struct bytes){0};
	if (w->t->err != ERR_NONE || !w->cursor)
		return false;
	if (!txn_ok(w->t, mdb_cursor_get(w->cursor, &k, stored, op), "walk", w->table))
		return false;
	w->key = bytes_of(k.mv_data, k.mv_size);
	return true;
}

static bool walk_open(struct walk *w, MDB_val stored)
{
	if (!w->is_blind)
		return row_open(w->t, w->table, w->key, stored, &w->value, &w->tail);
	w->is_rotten = !row_matches(w->t, w->table, w->key, stored, &w->value, &w->tail);
	if (w->is_rotten)
		atomic_store(&w->t->env->has_rot, true);
	return true;
}

static bool walk_step(struct walk *w, struct bytes key, MDB_cursor_op op)
{
	MDB_val stored;

	return walk_move(w, key, op, &stored) && walk_open(w, stored);
}

bool walk_first(struct walk *w)
{
	return walk_step(w, (struct bytes){0}, MDB_FIRST);
}

bool walk_last(struct walk *w)
{
	return walk_step(w, (struct bytes){0}, MDB_LAST);
}

bool walk_next(struct walk *w)
{
	return walk_step(w, (struct bytes){0}, MDB_NEXT);
}

bool walk_prev(struct walk *w)
{
	return walk_step(w, (struct bytes){0}, MDB_PREV);
}

bool walk_from(struct walk *w, struct bytes key)
{
	return walk_step(w, key, MDB_SET_RANGE);
}

bool walk_upto(struct walk *w, struct bytes key)
{
	MDB_val stored;

	if (!walk_move(w, key, MDB_SET_RANGE, &stored))
		return walk_last(w);
	if (bytes_compare(w->key, key) != 0)
		return walk_prev(w);
	return walk_open(w, stored);
}

void walk_put(struct walk *w, struct bytes key, struct bytes value)
{
	const struct bytes none = {0};
	MDB_val k = val_of(key), v = reserved(w->t, w->table, value, none);

	if (w->t->err == ERR_NONE &&
	    txn_ok(w->t, mdb_cursor_put(w->cursor, &k, &v, MDB_RESERVE), "write", w->table))
		fill(w->t, w->table, key, value, none, &v);
}

void walk_del(struct walk *w)
{
	if (w->t->err == ERR_NONE)
		txn_ok(w->t, mdb_cursor_del(w->cursor, 0), "delete from", w->table);
}

bool walk_has_prefix(const struct walk *w, struct bytes prefix)
{
	return w->key.size >= prefix.size && memcmp(w->key.data, prefix.data, prefix.size) == 0;
}
