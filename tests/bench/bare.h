/* What programs of bare library calls have in common. An error ends them. */
#ifndef TESTS_BENCH_BARE_H
#define TESTS_BENCH_BARE_H

#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define RECORD_SIZE 600

static inline double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static inline void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s failed\n", what);
	exit(1);
}

/* A new environment in dir/name, with one table. */
static inline MDB_env *env_create(const char *dir, const char *name, MDB_dbi *dbi)
{
	char path[4096];
	MDB_env *env;
	MDB_txn *txn;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	must(mkdir(path, 0700) == 0, "mkdir");
	must(mdb_env_create(&env) == 0, "mdb_env_create");
	mdb_env_set_mapsize(env, (size_t)8 << 30);
	must(mdb_env_open(env, path, 0, 0600) == 0, "mdb_env_open");
	must(mdb_txn_begin(env, NULL, 0, &txn) == 0, "mdb_txn_begin");
	must(mdb_dbi_open(txn, NULL, 0, dbi) == 0, "mdb_dbi_open");
	must(mdb_txn_commit(txn) == 0, "mdb_txn_commit");
	return env;
}

static inline void append(MDB_txn *txn, MDB_dbi dbi, uint64_t index, const uint8_t *record)
{
	uint8_t key[8];
	MDB_val k = {sizeof(key), key}, v = {RECORD_SIZE, (void *)(uintptr_t)record};

	for (unsigned i = 0; i < 8; i++)
		key[i] = (uint8_t)(index >> (56 - 8 * i));
	must(mdb_put(txn, dbi, &k, &v, MDB_APPEND) == 0, "mdb_put");
}

#endif
