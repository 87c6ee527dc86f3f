/* Maps of few fields, sorted when they are looked at. Knows no field. */
#include "cli/row.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void row_release(struct row *row)
{
	writer_release(&row->values);
	writer_release(&row->whole);
	row->count = 0;
}

void row_clear(struct row *row)
{
	writer_clear(&row->values);
	row->count = 0;
}

static struct writer *next(struct row *row, const char *field)
{
	assert(row->count < ROW_FIELDS_MAX);
	row->fields[row->count].name = field;
	row->fields[row->count++].at = row->values.size;
	return &row->values;
}

void row_str(struct row *row, const char *field, struct bytes text)
{
	mp_put_str(next(row, field), text);
}

void row_cstr(struct row *row, const char *field, const char *text)
{
	if (text)
		mp_put_cstr(next(row, field), text);
}

void row_bin(struct row *row, const char *field, const void *data, size_t size)
{
	mp_put_bin(next(row, field), data, size);
}

void row_int(struct row *row, const char *field, int64_t value)
{
	mp_put_int(next(row, field), value);
}

void row_bool(struct row *row, const char *field, bool value)
{
	mp_put_bool(next(row, field), value);
}

void row_raw(struct row *row, const char *field, struct bytes value)
{
	writer_bytes(next(row, field), value);
}

struct bytes row_view(struct row *row)
{
	uint32_t order[ROW_FIELDS_MAX];

	for (uint32_t i = 0; i < row->count; i++) {
		uint32_t at = i;

		for (; at > 0 && strcmp(row->fields[order[at - 1]].name, row->fields[i].name) > 0;
		     at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	writer_clear(&row->whole);
	mp_put_map(&row->whole, row->count);
	for (uint32_t i = 0; i < row->count; i++) {
		uint32_t field = order[i];
		size_t end = field + 1 < row->count ? row->fields[field + 1].at : row->values.size;

		mp_put_cstr(&row->whole, row->fields[field].name);
		writer_put(&row->whole, row->values.data + row->fields[field].at,
		    end - row->fields[field].at);
	}
	if (row->values.err)
		writer_fail(&row->whole, row->values.err);
	return row->whole.err ? (struct bytes){NULL, 0} : writer_view(&row->whole);
}
