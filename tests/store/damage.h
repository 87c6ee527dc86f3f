/* A byte that is not what was written, in a row of a store that is open. */
#ifndef TESTS_STORE_DAMAGE_H
#define TESTS_STORE_DAMAGE_H

#include "tests/store/sample.h"

#include "tests/unit.h"

#include "store/layout.h"
#include "store/truth.h"

/* Changes one byte of a stored row, check and all, past everything that would keep it right. */
static inline void damage(struct store *s, enum truth_table table, struct row_key key, size_t at)
{
	MDB_val k = {key.size, key.b}, v;
	MDB_txn *txn;
	uint8_t *copy;

	assert_int_equal(mdb_txn_begin(s->env.handle, NULL, 0, &txn), 0);
	assert_int_equal(mdb_get(txn, s->env.dbis[table], &k, &v), 0);
	assert_true(at < v.mv_size);
	copy = malloc(v.mv_size);
	memcpy(copy, v.mv_data, v.mv_size);
	copy[at] ^= 4;
	v.mv_data = copy;
	assert_int_equal(mdb_put(txn, s->env.dbis[table], &k, &v, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	free(copy);
}

/* Changes one byte of the rests behind the headers of a segment. */
static inline void damage_rests(struct store *s, struct row_key key, size_t at)
{
	MDB_val k = {key.size, key.b}, v;
	MDB_txn *txn;
	size_t headers;

	assert_int_equal(mdb_txn_begin(s->env.handle, NULL, MDB_RDONLY, &txn), 0);
	assert_int_equal(mdb_get(txn, s->env.dbis[TABLE_SEGMENTS], &k, &v), 0);
	headers = be32_get(v.mv_data);
	mdb_txn_abort(txn);
	damage(s, TABLE_SEGMENTS, key, 4 + headers + 8 + at);
}

/* The key of the last segment that begins at or before an arrival. */
static inline struct row_key segment_before(struct store *s, uint64_t arrival)
{
	struct row_key key = row_key_u64(arrival);
	struct walk walk;
	struct txn t;

	txn_begin(&t, &s->env, TXN_READ);
	walk_begin(&walk, &t, TABLE_SEGMENTS);
	walk.is_blind = true;
	assert_true(walk_upto(&walk, row_key_view(&key)));
	memcpy(key.b, walk.key.data, walk.key.size);
	walk_end(&walk);
	txn_end(&t, NULL);
	return key;
}

#endif
