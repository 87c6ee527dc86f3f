/* What this machine gives at best: bare loops over the library calls that a node cannot do without.
 * Each benchmark of ours stands beside one of these from the same run. Prints NDJSON lines
 * {"name","value","unit","conditions"}.
 *
 *     floor DIR     DIR lies on the disk that is measured */
#include <fcntl.h>
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RECORD_SIZE 600
#define APPENDS 200000
#define BATCH 4096
#define SINGLES 500

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "floor: %s failed\n", what);
	exit(1);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_size);
	return values[count / 2];
}

static MDB_env *open_env(const char *dir, const char *name, MDB_dbi *dbi)
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

static void put(MDB_txn *txn, MDB_dbi dbi, uint64_t index, const uint8_t *record)
{
	uint8_t key[8];
	MDB_val k = {sizeof(key), key}, v = {RECORD_SIZE, (void *)(uintptr_t)record};

	for (unsigned i = 0; i < 8; i++)
		key[i] = (uint8_t)(index >> (56 - 8 * i));
	must(mdb_put(txn, dbi, &k, &v, MDB_APPEND) == 0, "mdb_put");
}

static void floor_append(const char *dir)
{
	uint8_t record[RECORD_SIZE];
	MDB_dbi dbi;
	MDB_env *env = open_env(dir, "append", &dbi);
	double start = now_ms();

	memset(record, 'x', sizeof(record));
	for (uint64_t i = 0; i < APPENDS;) {
		MDB_txn *txn;
		must(mdb_txn_begin(env, NULL, 0, &txn) == 0, "mdb_txn_begin");
		for (unsigned n = 0; n < BATCH && i < APPENDS; n++, i++) {
			memcpy(record, &i, sizeof(i));
			put(txn, dbi, i, record);
		}
		must(mdb_txn_commit(txn) == 0, "mdb_txn_commit");
	}
	printf("{\"name\":\"floor_lmdb_append\",\"value\":%.0f,\"unit\":\"records/"
	       "s\",\"conditions\":\"%d records of %d "
	       "bytes, durable batches of %d\"}\n",
	    APPENDS / (now_ms() - start) * 1e3, APPENDS, RECORD_SIZE, BATCH);
	mdb_env_close(env);
}

static void floor_commit(const char *dir)
{
	static double times[SINGLES];
	uint8_t record[RECORD_SIZE] = {0};
	MDB_dbi dbi;
	MDB_env *env = open_env(dir, "commit", &dbi);

	for (uint64_t i = 0; i < SINGLES; i++) {
		MDB_txn *txn;
		double start = now_ms();
		must(mdb_txn_begin(env, NULL, 0, &txn) == 0, "mdb_txn_begin");
		put(txn, dbi, i, record);
		must(mdb_txn_commit(txn) == 0, "mdb_txn_commit");
		times[i] = now_ms() - start;
	}
	printf("{\"name\":\"floor_commit\",\"value\":%.3f,\"unit\":\"ms\",\"conditions\":\"median "
	       "of %d durable commits "
	       "of one record\"}\n",
	    median(times, SINGLES), SINGLES);
	mdb_env_close(env);
}

static void floor_fdatasync(const char *dir)
{
	static double times[SINGLES];
	char path[4096];
	uint8_t block[512] = {0};
	int fd;

	snprintf(path, sizeof(path), "%s/fdatasync", dir);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	must(fd >= 0, "open");
	for (unsigned i = 0; i < SINGLES; i++) {
		double start = now_ms();
		block[0]++;
		must(pwrite(fd, block, sizeof(block), 0) == sizeof(block), "pwrite");
		must(fdatasync(fd) == 0, "fdatasync");
		times[i] = now_ms() - start;
	}
	printf("{\"name\":\"floor_fdatasync\",\"value\":%.3f,\"unit\":\"ms\",\"conditions\":"
	       "\"median of %d rewrites of "
	       "one block\"}\n",
	    median(times, SINGLES), SINGLES);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: floor DIR\n");
		return 2;
	}
	floor_append(argv[1]);
	floor_commit(argv[1]);
	floor_fdatasync(argv[1]);
	return 0;
}
