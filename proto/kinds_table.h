/* The table of kinds as data, for the files that read it (kinds*.c). Others use proto/kinds.h. */
#ifndef PROTO_KINDS_TABLE_H
#define PROTO_KINDS_TABLE_H

#include "proto/kinds.h"

extern const struct kind kinds_table[];
extern const size_t kinds_count;
extern const char *const unknown_words[]; /* ND, NR, NA */

#define WORD_SIZE_MAX 64
#define URL_SIZE_MAX 2048
#define DATE_YEAR_MIN 1900
#define DATE_YEAR_MAX 2199

/* Each pair of values that a rule is about: `a` and `b` raw, empty where there is none, `path` leading to the
 * map that a belongs to. */
struct rule_pair {
	struct bytes a, b;
	struct bytes b_name; /* what is left of the dotted path of b below its map */
};
struct path;
void rule_each(const struct rule *rule, struct bytes map, struct path *path,
    void (*visit)(void *context, const struct rule_pair *pair), void *context);

/* Where in a payload a check is: a dotted path that grows and shrinks with it. */
struct path {
	char text[FAULT_PATH_MAX];
	size_t size;
};
size_t path_push(struct path *p, const char *separator, struct bytes name); /* the size to pop to */
size_t path_push_index(struct path *p, uint32_t index);
void path_pop(struct path *p, size_t size);

/* One fault, formatted; the first error also goes into the sink's why. */
void fault_report(const struct fault_sink *sink, const struct path *path, bool is_warning,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A field of a list by name; NULL. */
const struct field *field_by_name(const struct field *fields, struct bytes name);
/* Likewise among a kind's own and the common ones. */
const struct field *kind_own_field(const struct kind *kind, struct bytes name);
bool date_is_valid(struct bytes date);
bool lang_is_valid(struct bytes tag); /* BCP 47 by its form */
bool member_is_valid(struct bytes code);
bool territory_is_valid(struct bytes code);
bool currency_is_valid(struct bytes code); /* ISO 4217 */
extern const char currency_codes[];	   /* all of them, a space behind each */
bool word_is_in(struct bytes word, const char *const *words);

#endif
