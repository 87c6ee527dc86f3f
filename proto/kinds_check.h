/* A check in progress, shared by kinds_check.c (maps and lists) and kinds_value.c (single values).
 * Each check_put_* takes one value off the input and writes one to the output, good or bad, so that
 * reading goes on after a fault. */
#ifndef PROTO_KINDS_CHECK_H
#define PROTO_KINDS_CHECK_H

#include "proto/kinds_table.h"
#include "proto/mp.h"

struct check {
	struct reader in;
	struct writer *out;
	const struct fault_sink *sink;
	struct path path;
	bool is_bad;
	bool stops; /* at the first fault: the rest is left unread */
};

#define BAD(c, ...) \
	do { \
		(c)->is_bad = true; \
		fault_report((c)->sink, &(c)->path, false, __VA_ARGS__); \
	} while (0)

/* Whether a value of that type is next; otherwise says what it is to be and skips it, writing
 * nothing. */
bool check_expect(struct check *c, enum mp_type type, const char *what);
void check_put_text(struct check *c, struct bytes text, const struct field *field);
/* STR, DATE, WORD, URL, LANG, MEMBER and TERRITORY. */
void check_put_str(struct check *c, const struct field *field);
void check_put_int(struct check *c, const struct field *field);
/* str, or a whole number as JSON has it. */
void check_put_decimal(struct check *c, const struct field *field);
void check_put_link(struct check *c);
/* The rules between fields, over a map as it was read. */
void check_rules(struct check *c, const struct kind *kind, struct bytes map);
/* bin, or 64 hex digits as JSON has them. */
void check_put_hash(struct check *c);

#endif
