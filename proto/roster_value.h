/* Values of roster entries, read through the reader; only the files of the roster include it. */
#ifndef PROTO_ROSTER_VALUE_H
#define PROTO_ROSTER_VALUE_H

#include "proto/roster_entry.h"

/* Position of a text in a list, or count. */
unsigned value_word_of(const char *const *words, unsigned count, struct bytes text);
/* ERR_FORMAT when the str is none of them; then 0. */
unsigned value_word(struct reader *r, const char *const *words, unsigned count);
enum member_kind value_kind(struct reader *r);
enum erasure_ground value_ground(struct reader *r);
void value_code(struct reader *r, char out[static CODE_SIZE_MAX + 1]);
/* Visible ASCII of at most `max` bytes. */
struct bytes value_label(struct reader *r, size_t max);
struct bytes value_names(struct reader *r);
void value_hash(struct reader *r, struct hash *out);
void value_key(struct reader *r, struct key *out);
/* bin 32, or bin 0 which leaves out as it is. */
void value_optional_hash(struct reader *r, struct hash *out);

enum list { LIST_LOGS, LIST_COORDINATORS, LIST_CODES, LIST_KEYS };

/* Reads all of a list and gives its elements as bytes, after the array's head. */
struct bytes value_list(struct reader *r, enum list list, unsigned max, unsigned *count);

#endif
