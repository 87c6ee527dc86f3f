/* --set FIELD=VALUE: a record put together on the command line. Paths follow the table of kinds:
 *
 *     title.fr='Guichet unique'   a text by language
 *     cost.amount=250000          a part of a map
 *     themes=digitalisation       an element of a list, once for each
 *     evidence.url=https://…      a part of the last map of a list; a part that is there already begins the next map
 *     evidence[1].url=https://…   a part of the second map; elements count from 0
 *     source.columns.Any. Name=…  a name that the kind leaves free: all that follows, dots too
 */
#ifndef CLI_SET_FIELDS_H
#define CLI_SET_FIELDS_H

#include "proto/kinds.h"

struct set_node;

struct set_fields {
	const struct kind *kind;
	struct set_node *root;
	bool is_table; /* a list without [n] means its element 0, in whatever order columns come */
};

void set_fields_init(struct set_fields *set, const struct kind *kind);
void set_fields_release(struct set_fields *set);
/* One FIELD=VALUE. ERR_FIELD with what to write instead. */
enum err set_fields_add(struct set_fields *set, const char *text, struct why *why);
/* One value under its path. */
enum err set_fields_put(
    struct set_fields *set, struct bytes path, struct bytes value, struct why *why);
/* ERR_FIELD unless the path leads to a value of the kind. */
enum err set_fields_check(struct set_fields *set, struct bytes path, struct why *why);
/* The canonical map: the fields of base (a map, or empty), replaced by those that were set. */
enum err set_fields_encode(const struct set_fields *set, struct bytes base, struct writer *out);

#endif
