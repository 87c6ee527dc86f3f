/* One JSON object a line. Fields of the columns first, in their order, null when absent; then what
 * else the row has. */
#include "cli/out.h"

#include "cli/json_text.h"
#include "proto/json.h"

#include <stdlib.h>
#include <string.h>

struct out_field {
	struct bytes name, value;
	bool is_written;
};

/* How many the row has; 0 where there is no memory for them. */
static uint32_t read_fields(struct out *out, struct bytes row)
{
	struct out_field *fields = out->fields;
	struct reader r;
	uint32_t count;

	reader_init(&r, row);
	count = mp_map(&r);
	if (count > out->field_capacity) {
		fields = realloc(out->fields, count * sizeof(*fields));
		if (!fields)
			return 0;
		out->fields = fields;
		out->field_capacity = count;
	}
	for (uint32_t i = 0; i < count; i++) {
		fields[i].name = mp_str(&r);
		fields[i].value = mp_raw(&r);
		fields[i].is_written = false;
	}
	return r.err ? 0 : count;
}

static bool is_named(struct bytes name, const char *field)
{
	return name.size > 0 && name.data[0] == (uint8_t)field[0] &&
	       bytes_equal(bytes_str(field), name);
}

/* Empty where the row has none. */
static struct bytes take_field(struct out *out, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!is_named(out->fields[i].name, name))
			continue;
		out->fields[i].is_written = true;
		return out->fields[i].value;
	}
	return (struct bytes){NULL, 0};
}

static void put_name(struct writer *w, struct bytes name)
{
	if (w->size > 1)
		writer_u8(w, ',');
	json_print_str(w, name);
	writer_u8(w, ':');
}

/* The row that says how to go on has that one field only. */
static bool is_cursor(const struct out *out, uint32_t count)
{
	return count == 1 && bytes_equal(out->fields[0].name, BYTES_STR("cursor"));
}

static void json_begin(struct out *out)
{
	(void)out;
}

static void json_row(struct out *out, struct bytes row)
{
	struct writer *w = &out->cells;
	uint32_t count = read_fields(out, row);
	bool is_last = is_cursor(out, count);
	struct reader r;

	writer_clear(w);
	writer_u8(w, '{');
	for (const struct column *c = out->columns; c && c->field && !is_last; c++) {
		put_name(w, bytes_str(c->field));
		out_json_value(w, c, take_field(out, count, c->field), row);
	}
	for (uint32_t i = 0; i < count; i++) {
		if (out->fields[i].is_written)
			continue;
		put_name(w, out->fields[i].name);
		reader_init(&r, out->fields[i].value);
		json_text_value(w, &r, JSON_BIN_HEX);
	}
	writer_str(w, "}\n");
	if (!w->err)
		fwrite(w->data, 1, w->size, out->to);
}

static void json_flush(struct out *out)
{
	(void)out;
}

static void json_end(struct out *out)
{
	(void)out;
}

const struct out_format out_json = {json_begin, json_row, json_flush, json_end};
