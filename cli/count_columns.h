/* Columns of answers that count: one number, or one a group. */
#ifndef CLI_COUNT_COLUMNS_H
#define CLI_COUNT_COLUMNS_H

#include "cli/out.h"

extern const struct column count_columns[];

/* What groups are made by decides their columns. NULL for a field that makes no groups. */
const struct column *count_columns_by(const char *field);

#endif
