/* Every error of the project, each with the side that is to blame and one line for people.
 *
 * The blame decides the reaction and nothing else does: PEER closes the session and counts, LOG
 * skips that log and goes on with the session, USER is told (exit 2 or 4), LOCAL is retried or
 * reported, FATAL stops acknowledging. */
#ifndef PROTO_ERR_H
#define PROTO_ERR_H

#include <stdarg.h>

#define ERR_MAP(X) \
	X(SHORT, short, PEER, "message ends too early") \
	X(TRAILING, trailing, PEER, "bytes follow the end of a message") \
	X(LIMIT, limit, PEER, "a stated limit is exceeded") \
	X(ENCODING, encoding, PEER, "encoding is not canonical") \
	X(TYPE, type, PEER, "a value has another type than the format says") \
	X(UTF8, utf8, PEER, "text is not valid UTF-8") \
	X(FORMAT, format, PEER, "message does not follow the format") \
	X(STATE, state, PEER, "message is not allowed in this state") \
	X(KEY, key, PEER, "key is not a canonical point of prime order") \
	X(AUTH, auth, PEER, "message is not authentic") \
	X(SIGNATURE, signature, PEER, "signature does not verify") \
	X(PROOF, proof, PEER, "proof does not lead to the root") \
	X(HASH, hash, PEER, "content does not match its hash") \
	X(STRANGER, stranger, PEER, "key is not in the roster") \
	X(NETWORK, network, PEER, "belongs to another network") \
	X(TIMEOUT, timeout, PEER, "deadline has passed") \
	X(QUEUE, queue, PEER, "peer does not take what it asked for") \
	X(DUPLICATE, duplicate, PEER, "a newer session of the same peer took over") \
	X(SELF, self, PEER, "peer is this node itself") \
	X(ADMISSION, admission, LOG, "log is not admissible under the roster") \
	X(FROZEN, frozen, LOG, "log is frozen: its key signed two histories") \
	X(CUT, cut, LOG, "record lies past the cut of its log") \
	X(FORK, fork, LOG, "key signed two histories") \
	X(ERASED, erased, LOG, "payload is erased") \
	X(USAGE, usage, USER, "wrong usage") \
	X(REFUSED, refused, USER, "refused") \
	X(FIELD, field, USER, "bad field") \
	X(UNKNOWN, unknown, USER, "not found") \
	X(AMBIGUOUS, ambiguous, USER, "more than one record fits") \
	X(EXISTS, exists, USER, "exists already") \
	X(PASSPHRASE, passphrase, USER, "passphrase is wrong or missing") \
	X(MEMORY, memory, LOCAL, "out of memory") \
	X(FULL, full, LOCAL, "store is full") \
	X(IO, io, LOCAL, "input or output failed") \
	X(BUSY, busy, LOCAL, "another process holds it") \
	X(CLOSED, closed, LOCAL, "connection is closed") \
	X(VERSION, version, LOCAL, "format version is not known to this program") \
	X(ROT, rot, LOCAL, "stored bytes do not match their hash") \
	X(COMMIT, commit, FATAL, "commit failed in a way that leaves the store in doubt") \
	X(BUG, bug, FATAL, "internal invariant is broken")

enum err {
	ERR_NONE,
#define X(id, word, side, line) ERR_##id,
	ERR_MAP(X)
#undef X
	    ERR_COUNT
};

enum err_blame { BLAME_NONE, BLAME_PEER, BLAME_LOG, BLAME_USER, BLAME_LOCAL, BLAME_FATAL };

/* Lower-case word of the error as counters and NDJSON show it: "proof", "signature", ... */
const char *err_name(enum err err);
/* One line for people, without full stop. Untranslated. */
const char *err_text(enum err err);
enum err_blame err_blame(enum err err);

/* What went wrong, filled once where the facts are known. Callers own it; zero-initialise. */
struct why {
	enum err err;
	char text[240];
};

/* Sets err and a formatted line, unless one is set already (the first cause wins). why may be NULL.
 * Returns err, so that `return why_set(why, ERR_FIELD, "...")` reads well. */
enum err why_set(struct why *why, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
