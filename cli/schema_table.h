/* The fields of a kind for people: what `commune publish KIND --set` takes. */
#ifndef CLI_SCHEMA_TABLE_H
#define CLI_SCHEMA_TABLE_H

#include "cli/args.h"
#include "proto/kinds.h"

void schema_table_show(const struct args *args, const struct kind *kind);

#endif
