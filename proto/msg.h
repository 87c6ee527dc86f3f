/* The messages of a session: one struct, one encoder and one decoder each. PROTOCOL.md section 8
 * has the table. Decoded structs borrow from the body. Decoding checks form and bounds, never
 * meaning. */
#ifndef PROTO_MSG_H
#define PROTO_MSG_H

#include "proto/change.h"

#define MSG_MAP(X) \
	X(HELLO, 1, true) \
	X(OPEN_WANT, 2, true) \
	X(OPEN, 3, true) \
	X(ROSTER, 4, true) \
	X(HEADS, 5, false) \
	X(WANT, 6, true) \
	X(BATCH, 7, true) \
	X(PUSH, 8, false) \
	X(HAVE, 9, false) \
	X(DIGEST, 10, false) \
	X(BUCKETS, 11, false) \
	X(PAYLOAD_WANT, 12, false) \
	X(PAYLOADS, 13, false) \
	X(JOIN, 14, true) \
	X(JOINED, 15, true) \
	X(EVIDENCE, 16, true) \
	X(TWINS, 17, false) \
	X(PING, 18, true) \
	X(PONG, 19, true) \
	X(BYE, 20, true) \
	X(PROOF_WANT, 21, true) \
	X(PROOF, 22, true) \
	X(NEWS, 23, false)

enum msg_type {
#define X(name, number, guest) MSG_##name = number,
	MSG_MAP(X)
#undef X
	    MSG_TYPE_END
};

const char *msg_name(uint8_t type);
bool msg_is_for_guests(uint8_t type);

#define MSG_HEADS_MAX 4096
#define MSG_WANTS_MAX 256
#define MSG_REASON_MAX 200
/* A request to join is kept until a coordinator has looked at it: a log.open follows at most
 * LOG_PREVIOUS_MAX logs, a name has four languages. */
#define MSG_OPEN_MAX 4096
#define MSG_NAMES_MAX 2048
/* With elements of later versions: it is stored as it came. */
#define MSG_JOIN_MAX 8192
#define PROTOCOL_VERSION 1

/* Payload of the third handshake message. */
struct msg_intro {
	uint64_t roster_size;
	bool has_token;
	struct key log;
	uint8_t token[TOKEN_SIZE];
};
void msg_intro_encode(struct writer *w, const struct msg_intro *m);
enum err msg_intro_decode(struct msg_intro *out, struct bytes body);

struct msg_hello {
	bool has_log;
	struct key log;
	uint8_t store_id[16];
	uint64_t roster_size;
	struct hash digest;
	bool has_cursor;
	uint8_t cursor_store[16];
	uint64_t cursor_arrival;
	uint64_t own_size; /* head of the sender's own log, 0 for none that it shows */
	struct hash own_root;
	uint64_t upto; /* as in DIGEST */
};
void msg_hello_encode(struct writer *w, const struct msg_hello *m);
enum err msg_hello_decode(struct msg_hello *out, struct bytes body);

/* OPEN_WANT: a key. OPEN: a key and a record or nothing. */
void msg_open_want_encode(struct writer *w, const struct key *log);
enum err msg_open_want_decode(struct key *out, struct bytes body);
void msg_open_encode(struct writer *w, const struct key *log, struct bytes record);
enum err msg_open_decode(struct key *log, struct bytes *record, struct bytes body);

void msg_roster_encode(struct writer *w, const struct checkpoint *head);
enum err msg_roster_decode(struct checkpoint *out, struct bytes body);

enum heads_reason { HEADS_CHANGED, HEADS_BUCKETS, HEADS_NEW };
struct msg_heads {
	enum heads_reason reason;
	bool more;
	uint64_t upto;
	bool has_yours;
	bool is_as_told;	 /* yours is the head that the receiver's HELLO told */
	struct checkpoint yours; /* else; the log key is the receiver's, known */
	uint32_t count;
	struct reader items; /* decode: count heads, read with msg_heads_next */
};
/* Begins a HEADS body for `count` heads, each added with msg_heads_add. */
void msg_heads_begin(struct writer *w, const struct msg_heads *m);
void msg_heads_add(struct writer *w, const struct checkpoint *head);
enum err msg_heads_decode(struct msg_heads *out, struct bytes body);
bool msg_heads_next(struct msg_heads *m, struct checkpoint *out);

struct msg_want {
	struct key log;
	uint64_t from;
	uint64_t size;
};
void msg_want_encode(struct writer *w, const struct msg_want *wants, uint32_t count);
/* out has room for MSG_WANTS_MAX. */
enum err msg_want_decode(struct msg_want *out, uint32_t *count, struct bytes body);

struct msg_push {
	uint64_t from;
	struct checkpoint head;
	uint32_t raw_size;
	struct bytes packed;
};
void msg_push_encode(struct writer *w, const struct msg_push *m);
enum err msg_push_decode(struct msg_push *out, struct bytes body);

/* The last records of a log, up to a head whose root is not told: who has the others computes it. */
struct msg_tail {
	struct checkpoint head; /* decoded: root all zeros */
	uint32_t count;		/* 1 to size */
};
struct msg_news {
	struct msg_tail tails[NEWS_LOGS_MAX];
	uint32_t count;
	uint32_t raw_size; /* decode: as the frame declares it, at most NEWS_RAW_MAX */
	struct bytes packed;
};
void msg_news_encode(struct writer *w, const struct msg_news *m);
enum err msg_news_decode(struct msg_news *out, struct bytes body);

struct msg_have {
	struct key log;
	uint64_t size;
};
void msg_have_encode(struct writer *w, const struct msg_have *m);
/* Only the first is given; the others follow with the same call on the rest. */
enum err msg_have_decode(struct msg_have *out, uint32_t *count, uint32_t max, struct bytes body);

void msg_digest_encode(struct writer *w, const struct hash *digest, uint64_t upto);
enum err msg_digest_decode(struct hash *digest, uint64_t *upto, struct bytes body);

void msg_buckets_encode(struct writer *w, const struct hash buckets[static BUCKET_COUNT]);
enum err msg_buckets_decode(struct hash out[static BUCKET_COUNT], struct bytes body);

struct msg_payload_want {
	struct key log;
	uint64_t index;
};
void msg_payload_want_encode(
    struct writer *w, const struct msg_payload_want *items, uint32_t count);
enum err msg_payload_want_decode(struct msg_payload_want *out, uint32_t *count, struct bytes body);

struct msg_payload {
	struct key log;
	uint64_t index;
	uint8_t state;
	struct bytes rest; /* what follows the state, PROTOCOL.md section 2 */
};
void msg_payloads_begin(struct writer *w, uint32_t count);
void msg_payloads_add(struct writer *w, const struct msg_payload *m);
enum err msg_payloads_decode(struct reader *items, uint32_t *count, struct bytes body);
enum err msg_payloads_next(struct reader *items, struct msg_payload *out);

struct msg_join {
	uint8_t token[TOKEN_SIZE];
	struct bytes record; /* log.open with its payload */
	struct bytes kind;
	struct bytes names; /* canonical map */
	struct bytes territory;
};
void msg_join_encode(struct writer *w, const struct msg_join *m);
enum err msg_join_decode(struct msg_join *out, struct bytes body);

void msg_joined_encode(struct writer *w, const char *state, const char *reason);
enum err msg_joined_decode(struct bytes *state, struct bytes *reason, struct bytes body);

struct msg_evidence {
	struct key log;
	struct checkpoint a;
	struct checkpoint b;
	struct hash proof[TREE_PROOF_MAX + 1];
	size_t proof_count;
	struct bytes open; /* the record of its log.open, or nothing */
};
void msg_evidence_encode(struct writer *w, const struct msg_evidence *m);
enum err msg_evidence_decode(struct msg_evidence *out, struct bytes body);
/* ERR_NONE iff it proves that the key signed two histories. PROTOCOL.md section 9. */
enum err msg_evidence_verify(const struct msg_evidence *m, const struct hash *network);

/* How two sizes of the asked side's own tree of a log belong together. */
struct msg_proof_want {
	struct key log;
	uint64_t from, size; /* 0 < from < size */
};
void msg_proof_want_encode(struct writer *w, const struct msg_proof_want *m);
enum err msg_proof_want_decode(struct msg_proof_want *out, struct bytes body);

struct msg_proof {
	struct msg_proof_want of;
	/* the root at `from`, and the consistency proof from there; none: not shown */
	struct hash proof[TREE_PROOF_MAX + 1];
	size_t proof_count;
};
void msg_proof_encode(struct writer *w, const struct msg_proof *m);
enum err msg_proof_decode(struct msg_proof *out, struct bytes body);

void msg_number_encode(struct writer *w, uint64_t number); /* PING, PONG */
enum err msg_number_decode(uint64_t *number, struct bytes body);
void msg_empty_encode(struct writer *w); /* TWINS */
enum err msg_empty_decode(struct bytes body);
void msg_bye_encode(struct writer *w, const char *reason);
enum err msg_bye_decode(char out[static MSG_REASON_MAX + 1], struct bytes body);

#endif
