/* The fields of a kind for people: what `commune publish KIND --set` takes. */
#ifndef CLI_SCHEMA_TABLE_H
#define CLI_SCHEMA_TABLE_H

#include "cli/args.h"
#include "proto/kinds.h"

/* What a field holds, in words: "one of: …; may be given again". */
void schema_table_holds(struct writer *w, const struct field *field);
void schema_table_show(const struct args *args, const struct kind *kind);

#endif
