/* A segment: records of one log that arrived together, stored as one row under the arrival of the first: their headers,
 * with a check, and behind them as the row's tail what each has beside its header. Bulk appends make few large rows
 * instead of many small ones, which is what makes LMDB fast and its pages full; single records make small rows.
 *
 * headers: u32 log number ‖ u64 first index ‖ u32 count ‖ count × u16 header size ‖ headers
 * rests:   count × u32 end ‖ rests (u8 state ‖ rest, PROTOCOL.md section 2)
 *
 * A row without headers keeps rests whose headers rotted, until those come again. */
#ifndef STORE_SEGMENT_H
#define STORE_SEGMENT_H

#include "store/layout.h"

#define SEGMENT_RAW_AIM \
	(128u * 1024u) /* raw bytes of a large segment: 1.5% of it are lost to page ends */
#define SEGMENT_RAW_MIN (32u * 1024u) /* below, each record gets a row of its own */

/* One record of a batch body, cut in two. Borrows. */
struct piece {
	struct bytes header;
	struct bytes rest; /* u8 state ‖ rest */
};

/* How many of `count` records, `raw` bytes in all, the next segment takes. */
uint32_t segment_take(const struct piece *pieces, uint32_t count, size_t raw);

struct segment {
	uint64_t arrival;
	uint32_t log_no;
	uint64_t first;
	uint32_t count;
	struct bytes raw; /* all of what is said about headers, as stored */
	struct bytes sizes;
	struct bytes headers;
	struct bytes rests;
};

/* The bytes that it appends. */
size_t segment_encode_headers(
    struct writer *w, uint32_t log_no, uint64_t first, const struct piece *pieces, uint32_t count);
void segment_encode_rests(struct writer *w, const struct piece *pieces, uint32_t count);
/* Borrows; false when the headers do not follow the format. */
bool segment_decode(
    struct segment *out, uint64_t arrival, struct bytes headers, struct bytes rests);
/* A row that w holds, headers and behind them rests. is_last: no row stands under a higher arrival. Voids what was
 * borrowed from the table. */
void segment_put(
    struct txn *t, const struct writer *w, uint64_t arrival, size_t header_size, bool is_last);
/* Rest at a position below count; false when they are damaged. */
bool segment_rest(struct bytes rests, uint32_t count, uint32_t position, struct bytes *out);
/* The rests again, with another one at position. */
bool segment_replace_rest(
    struct writer *w, struct bytes rests, uint32_t count, uint32_t position, struct bytes rest);

/* Records of one log in order, or all records by arrival. */
struct record_walk {
	struct txn *t;
	struct walk rows;
	uint32_t log_no; /* whose records are walked: a copy shares segments of another log */
	struct segment segment;
	uint32_t position;
	size_t header_at; /* of position, in segment.headers */
};

void record_walk_begin(struct record_walk *w, struct txn *t);
void record_walk_end(struct record_walk *w);
/* false when the index is not stored, or the transaction failed. */
bool record_walk_at(struct record_walk *w, uint32_t log_no, uint64_t index);
bool record_walk_arrival(struct record_walk *w, uint64_t arrival);
/* The next index of the same log. */
bool record_walk_next(struct record_walk *w);
/* The next arrival, whatever its log. */
bool record_walk_next_arrival(struct record_walk *w);
uint64_t record_walk_index(const struct record_walk *w);
uint64_t record_walk_arrival_of(const struct record_walk *w);
/* Header as stored; borrowed. */
struct bytes record_walk_header(struct record_walk *w);
/* The whole record, its payload held against its commitment: ERR_ROT. Borrowed. */
bool record_walk_record(struct record_walk *w, struct record *out);
/* The same without the SHA-256 over the payload, for callers that hand out no payload. */
bool record_walk_peek(struct record_walk *w, struct record *out);

/* The same, with a payload that does not match taken for one that is not held: others get the header,
 * and the payload elsewhere. */
bool record_walk_served(struct record_walk *w, struct record *out, bool *is_rotten);

#endif
