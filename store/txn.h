/* A transaction that remembers its first error, so that callers stay linear: begin, get and put,
 * end once.
 *
 *     struct txn t;
 *     txn_begin(&t, env, TXN_WRITE);
 *     txn_put(&t, TABLE_LOGS, key, value);
 *     return txn_end(&t, why);
 *
 * After an error every call does nothing and says "not there". Values and keys that are handed out
 * are borrowed from the map: valid until the transaction ends or writes next. No transaction
 * crosses a callback. */
#ifndef STORE_TXN_H
#define STORE_TXN_H

#include "store/env.h"

enum txn_mode { TXN_READ, TXN_WRITE };

struct txn {
	struct env *env;
	MDB_txn *handle;
	enum txn_mode mode;
	uint64_t arrivals; /* of the truth: the snapshot has at least these records */
	enum err err;
	struct why why;
};

void txn_begin(struct txn *t, struct env *env, enum txn_mode mode);
/* Commits a write without an error, aborts everything else. Any commit error but a full disk or map
 * is ERR_COMMIT: the environment is in doubt and nothing may be acknowledged any more. */
enum err txn_end(struct txn *t, struct why *why);
/* Gives the snapshot of a read up before its end: nothing is read after, and no cursor is open. */
void txn_let_go(struct txn *t);
/* Remembers err unless one is remembered. */
void txn_fail(struct txn *t, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool txn_get(struct txn *t, unsigned table, struct bytes key, struct bytes *value);
void txn_put(struct txn *t, unsigned table, struct bytes key, struct bytes value);
/* A row of a table whose rows have tails. is_last: the key is larger than every key of the table, and pages are filled
 * to the brim. */
void txn_put_tailed(struct txn *t, unsigned table, struct bytes key, struct bytes value,
    struct bytes tail, bool is_last);
/* Of a key that is not there: nothing happens. */
void txn_del(struct txn *t, unsigned table, struct bytes key);
void txn_clear(struct txn *t, unsigned table);
uint64_t txn_rows(struct txn *t, unsigned table);

/* A position in a table. Each step says whether there is a row, then key, value and tail are set. */
struct walk {
	struct txn *t;
	MDB_cursor *cursor;
	unsigned table;
	struct bytes key;
	struct bytes value;
	struct bytes
	    tail; /* also of a row that is rotten, as far as it can be told from the value */
	bool
	    is_blind; /* set it after walk_begin: a row that does not match its check is told, not failed */
	bool is_rotten; /* the row at hand does not match; its value is empty */
};

void walk_begin(struct walk *w, struct txn *t, unsigned table);
void walk_end(struct walk *w);
bool walk_first(struct walk *w);
bool walk_last(struct walk *w);
bool walk_next(struct walk *w);
bool walk_prev(struct walk *w);
bool walk_from(struct walk *w, struct bytes key); /* the first row at or after key */
bool walk_upto(struct walk *w, struct bytes key); /* the last row at or before key */
/* As txn_put, and the walk stands at the row then: cheaper where keys that follow each other are written. */
void walk_put(struct walk *w, struct bytes key, struct bytes value);
/* Takes the row at hand out of the table; the walk goes on with walk_next. */
void walk_del(struct walk *w);
bool walk_has_prefix(const struct walk *w, struct bytes prefix);

#endif
