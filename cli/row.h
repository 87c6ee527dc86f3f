/* Builds one canonical map, a field after the other in any order: rows of a command's own making,
 * and the parameters of a request. Field names are borrowed. */
#ifndef CLI_ROW_H
#define CLI_ROW_H

#include "proto/mp.h"

#define ROW_FIELDS_MAX 32

struct row {
	struct writer values;
	struct {
		const char *name;
		size_t at;
	} fields[ROW_FIELDS_MAX];
	uint32_t count;
	struct writer whole;
};

void row_release(struct row *row);
/* Forgets the fields, keeps the memory. */
void row_clear(struct row *row);
void row_str(struct row *row, const char *field, struct bytes text);
/* Nothing when text is NULL. */
void row_cstr(struct row *row, const char *field, const char *text);
void row_bin(struct row *row, const char *field, const void *data, size_t size);
void row_int(struct row *row, const char *field, int64_t value);
void row_bool(struct row *row, const char *field, bool value);
/* value is one whole MessagePack value. */
void row_raw(struct row *row, const char *field, struct bytes value);
/* The map, valid until row changes; empty when memory is out. */
struct bytes row_view(struct row *row);

#endif
