/* What this machine gives at best: bare loops over the library calls that a node cannot do without.
 * Each benchmark of ours stands beside one of these from the same run. Prints NDJSON lines
 * {"name","value","unit","conditions"}.
 *
 *     floor DIR     DIR lies on the disk that is measured */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bare.h"

#define APPENDS 200000
#define BATCH 4096
#define SINGLES 500

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

static void floor_append(const char *dir)
{
	uint8_t record[RECORD_SIZE];
	MDB_dbi dbi;
	MDB_env *env = env_create(dir, "append", &dbi);
	double start = now_ms();

	memset(record, 'x', sizeof(record));
	for (uint64_t i = 0; i < APPENDS;) {
		MDB_txn *txn;
		must(mdb_txn_begin(env, NULL, 0, &txn) == 0, "mdb_txn_begin");
		for (unsigned n = 0; n < BATCH && i < APPENDS; n++, i++) {
			memcpy(record, &i, sizeof(i));
			append(txn, dbi, i, record);
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
	MDB_env *env = env_create(dir, "commit", &dbi);

	for (uint64_t i = 0; i < SINGLES; i++) {
		MDB_txn *txn;
		double start = now_ms();
		must(mdb_txn_begin(env, NULL, 0, &txn) == 0, "mdb_txn_begin");
		append(txn, dbi, i, record);
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
