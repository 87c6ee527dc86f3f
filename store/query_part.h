/* What the queries share: a record that was found, names of records, parameters, and streams of
 * arrivals. */
#ifndef STORE_QUERY_PART_H
#define STORE_QUERY_PART_H

#include "proto/mp.h"
#include "store/query_run.h"
#include "store/view_rows.h"

/* Records whose facets one page looks at, at most: some milliseconds. */
#define QUERY_SCAN_MAX 500000
#define QUERY_ROWS_MAX 1000
/* Bytes of rows that one page aims at; an answer stays far below the largest message. */
#define QUERY_PAGE_AIM (2u << 20)

/* SIZE-ROOT: size and first 8 hex digits of the root of a signed checkpoint. */
#define BRANCH_TEXT_MAX 32

struct query {
	const struct query_source *source;
	struct txn truth;
	struct txn views;
	struct record_walk walk;
	struct bytes params;
	struct writer *out;
	struct log_row log; /* the newest one looked at */
	int64_t as_of;	    /* claimed times from here on do not exist for this query */
	struct {
		uint32_t log_no; /* the newest frozen one looked at, 0 for none */
		char text[BRANCH_TEXT_MAX];
	} branch;
};

/* A record and its log, borrowed from the transaction until another one is found. */
struct found {
	struct log_row log;
	uint64_t index;
	uint64_t arrival;
	struct record record;
	struct hash leaf;
	bool is_past_cut;
};

bool query_ok(const struct query *q);
void query_fail(struct query *q, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Absent, or of another type: empty, `absent`, false. A wrong type fails the query. */
struct bytes param_str(struct query *q, const char *name);
uint64_t param_uint(struct query *q, const char *name, uint64_t absent);
bool param_bool(struct query *q, const char *name);
/* A date YYYY[-MM[-DD]] or ms: the first ms of it, or with is_end the first after it. false when
 * absent. */
bool param_when(struct query *q, const char *name, bool is_end, int64_t *ms);
/* YYYY-MM-DD of the day that ms lies in, UTC. */
#define DAY_TEXT_SIZE 11
void day_text(char out[static DAY_TEXT_SIZE], int64_t ms);
/* The first ms of the day YYYY-MM-DD; false when it is none. */
bool day_ms(const char *text, int64_t *ms);

/* Months since the year 0, of a time that is not negative. */
uint64_t month_of(int64_t ms);

/* false when it is not there. Without payload check where the payload is not handed out. */
bool found_at_arrival(struct query *q, uint64_t arrival, struct found *out);
bool found_at_index(struct query *q, const struct log_row *log, uint64_t index, struct found *out);

/* CODE/INDEX, CODE.N/INDEX or leading digits of the leaf hash → arrivals of what fits. */
#define REF_CANDIDATES_MAX 16
#define REF_TEXT_MAX (CODE_SIZE_MAX + 36)
struct candidates {
	size_t count; /* may be larger than what is listed */
	uint64_t arrivals[REF_CANDIDATES_MAX];
};
/* ERR_USAGE for what is no REF; no candidates when nothing fits. */
enum err ref_find(struct query *q, struct bytes ref, struct candidates *out);
/* Exactly one, or the query fails. */
bool ref_found(struct query *q, struct bytes ref, struct found *out);
void ref_text(char out[static REF_TEXT_MAX], const struct log_row *log, uint64_t index);
/* The only log of CODE, CODE.N or 64 hex digits, or the query fails. */
bool ref_log(struct query *q, struct bytes text, struct log_row *out);
/* The record that a link names, when it is held and is that one. */
bool link_found(struct query *q, const struct record_ref *ref, struct found *out);

/* Name of the member a log belongs to, "roster" for a roster. */
const char *log_member(const struct log_row *log);

/* Under which of the signed checkpoints the records held of a frozen log lie, "" when too few are held to say. */
const char *branch_of(struct query *q, const struct log_row *log);
/* Of a log with two: frozen, or a copy of one of them. */
static inline bool branch_is_of(const struct log_row *log)
{
	return log->state == LOG_FROZEN || log_state_is_copy(log->state);
}
/* "branch": that, or nil. */
void branch_put(struct query *q, struct writer *w, const struct log_row *log);

/* A stream of ascending arrivals, merged from several prefixes of view tables, or all arrivals. */
#define STREAM_PARTS_MAX 512
struct stream;
struct stream *stream_all(struct query *q, uint64_t after);
struct stream *stream_kind(struct query *q, uint16_t kind, uint64_t after);
/* kind < 0: every kind. */
struct stream *stream_member(struct query *q, struct bytes code, int kind, uint64_t after);
struct stream *stream_links(struct query *q, const struct hash *target, uint64_t after);
/* From here on it descends, from the arrival below `before`. */
void stream_turn(struct stream *s, uint64_t before);
bool stream_next(struct stream *s, uint64_t *arrival);
void stream_free(struct stream *s);

/* One row of list, or with `relation` of history. */
struct row_extra {
	struct bytes relation; /* empty: none */
	bool has_payload;
	bool has_pending; /* the label says whether a link leads to what is not held here */
};
void row_put(
    struct query *q, struct writer *out, const struct found *f, const struct row_extra *extra);
/* The title as its author gave it, or nil. kind may be NULL. */
struct kind;
void row_put_title(struct writer *w, struct bytes payload, const struct kind *kind);
/* The same of the value itself. */
void title_put(struct writer *w, struct bytes title);
/* The record that supersedes f: one of its own member, the same answer on every node. */
bool superseding(struct query *q, const struct found *f, struct found *out, bool *is_conflict);
/* The record that f replaces, one of its own member and kind. */
bool version_before(struct query *q, const struct found *f, struct found *out);
/* The record that f supersedes, named by its payload. false when it names none. */
bool supersedes_link(const struct found *f, struct record_ref *out);

void query_resolve(struct query *q);
void query_list(struct query *q);
void query_show(struct query *q);
void query_history(struct query *q);
void query_audit(struct query *q);
void query_search(struct query *q);
void query_watch(struct query *q);
void query_targets(struct query *q);
void query_prove(struct query *q);
void query_prove_consistency(struct query *q);
void query_prove_evidence(struct query *q);
void query_verify(struct query *q);

/* Named values in maps; names ascend. */
static inline void put_name_str(struct writer *w, const char *name, const char *value)
{
	mp_put_cstr(w, name);
	mp_put_cstr(w, value);
}

static inline void put_name_uint(struct writer *w, const char *name, uint64_t value)
{
	mp_put_cstr(w, name);
	mp_put_uint(w, value);
}

static inline void put_name_bin(struct writer *w, const char *name, const void *data, size_t size)
{
	mp_put_cstr(w, name);
	mp_put_bin(w, data, size);
}

static inline void put_name_nil(struct writer *w, const char *name)
{
	mp_put_cstr(w, name);
	mp_put_nil(w);
}

#endif
