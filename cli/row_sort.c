/* Sorting by named fields: nothing before yes and no, those before numbers, those before texts; texts by their bytes. */
#include "cli/row_sort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err row_sort_add(struct row_sort *s, struct bytes row)
{
	writer_u32(&s->rows, (uint32_t)row.size);
	writer_bytes(&s->rows, row);
	s->count++;
	return s->rows.err;
}

void row_sort_release(struct row_sort *s)
{
	writer_release(&s->rows);
}

struct sorted {
	struct bytes row;
	uint32_t position;
};

/* A text by language stands for its first. */
static struct bytes first_text(struct bytes value)
{
	struct reader r;

	reader_init(&r, value);
	if (mp_peek(&r) == MP_MAP && mp_map(&r) > 0)
		mp_str(&r);
	return mp_peek(&r) == MP_STR ? mp_str(&r) : (struct bytes){0};
}

static int rank(enum mp_type type)
{
	switch (type) {
	case MP_NIL:
	case MP_NONE:
		return 0;
	case MP_BOOL:
		return 1;
	case MP_INT:
		return 2;
	case MP_STR:
	case MP_BIN:
	case MP_ARRAY:
	case MP_MAP:
		return 3;
	}
	return 3;
}

static int compare_values(struct bytes a, struct bytes b)
{
	struct reader ra, rb;
	int order;

	reader_init(&ra, a);
	reader_init(&rb, b);
	order = rank(mp_peek(&ra)) - rank(mp_peek(&rb));
	if (order || rank(mp_peek(&ra)) == 0)
		return order;
	if (mp_peek(&ra) == MP_INT && mp_peek(&rb) == MP_INT) {
		int64_t x = mp_int(&ra), y = mp_int(&rb);
		return (x > y) - (x < y);
	}
	if (mp_peek(&ra) == MP_BOOL && mp_peek(&rb) == MP_BOOL)
		return (int)mp_bool(&ra) - (int)mp_bool(&rb);
	return bytes_compare(first_text(a), first_text(b));
}

static int compare(const void *x, const void *y, void *fields)
{
	const struct sorted *a = x, *b = y;
	const char *at = fields;

	while (*at) {
		bool is_down = *at == '-';
		size_t size = strcspn(at, ",");
		char name[64];
		int order;

		snprintf(name, sizeof(name), "%.*s", (int)(size - is_down), at + is_down);
		order = compare_values(mp_get(a->row, name), mp_get(b->row, name));
		if (order)
			return is_down ? -order : order;
		at += size + (at[size] == ',');
	}
	return a->position < b->position ? -1 : 1;
}

enum err row_sort_each(
    struct row_sort *s, bool (*take)(void *context, struct bytes row), void *context)
{
	struct sorted *all = calloc(s->count ? s->count : 1, sizeof(*all));
	struct reader r;

	if (!all || s->rows.err) {
		free(all);
		return ERR_MEMORY;
	}
	reader_init(&r, writer_view(&s->rows));
	for (uint32_t i = 0; i < s->count; i++) {
		all[i].position = i;
		all[i].row = reader_take(&r, reader_u32(&r));
	}
	qsort_r(all, s->count, sizeof(*all), compare, (void *)s->fields);
	for (uint32_t i = 0; i < s->count && take(context, all[i].row); i++)
		;
	free(all);
	return ERR_NONE;
}
