/* One LMDB environment: its tables, its idle readers and how full it is.
 *
 * Every row of a table that is not bare ends with 8 bytes of check, the start of SHA-256(u8 table ‖
 * u16 key size ‖ key ‖ value): LMDB has no page checksums, and a flipped bit must be an error,
 * never an answer. Bare tables hold what is proven otherwise, as do the tails of rows that have one:
 * u32 size of the value ‖ value ‖ check ‖ tail.
 *
 * An environment is opened once in a process, never before a fork. Durability is LMDB's default;
 * only a derived environment may give it up. */
#ifndef STORE_ENV_H
#define STORE_ENV_H

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "proto/bytes.h"
#include "proto/err.h"

#define ENV_TABLES_MAX 24
#define ENV_IDLE_MAX 8

struct env_table {
	const char *name;
	bool is_bare;
	bool has_tail;
};

struct env {
	MDB_env *handle;
	const struct env_table *tables;
	unsigned count;
	MDB_dbi dbis[ENV_TABLES_MAX];
	unsigned page_size;
	uint64_t map_size;     /* as granted */
	pthread_mutex_t mutex; /* of the idle readers */
	MDB_txn *idle[ENV_IDLE_MAX];
	unsigned idle_count;
	atomic_uint_fast64_t arrivals; /* the truth's newest record that is durable */
	atomic_bool has_rot;	       /* some transaction came across bytes that do not match */
};

struct env_options {
	const char *path; /* a folder, made when missing */
	const struct env_table *tables;
	unsigned count;
	uint64_t map_size;     /* address space set aside, not disk */
	uint64_t map_size_min; /* what is enough where the system does not grant that */
	bool is_derived; /* may lose its last commits when the machine stops; never the truth */
};

enum err env_open(struct env *env, const struct env_options *options, struct why *why);
/* No transaction is open any more. */
void env_close(struct env *env);
/* Each becomes the other; no transaction is open in either. Their mutexes stay where they are. */
void env_swap(struct env *a, struct env *b);
/* Bytes in use: pages given out less those on the free list. Walks the free list. */
enum err env_used(struct env *env, uint64_t *out);
/* Bytes that the file has grown to; an upper bound of env_used that costs nothing. */
uint64_t env_grown(struct env *env);
/* Zeros behind the last page, durable, where few are left: a page that is written into room the file has already costs no
 * commit of the file system's journal, which takes longer than all else of a small commit. By the thread that writes,
 * between transactions. ERR_IO where it cannot be: nothing is lost by it. */
enum err env_preallocate(struct env *env);
/* What an LMDB code means to us. A failed commit is judged by txn_end. */
enum err env_err(int code);

#endif
