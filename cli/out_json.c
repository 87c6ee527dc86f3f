/* One JSON object a line. Fields of the columns first, in their order, null when absent; then what
 * else the row has. */
#include "cli/out.h"

#include "cli/json_text.h"
#include "proto/json.h"

#include <string.h>

static bool is_column(const struct out *out, struct bytes field)
{
	for (const struct column *c = out->columns; c && c->field; c++)
		if (bytes_equal(bytes_str(c->field), field))
			return true;
	return false;
}

static void put_rest(struct writer *w, const struct out *out, struct bytes row)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, row);
	count = mp_map(&r);
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes field = mp_str(&r);

		if (is_column(out, field)) {
			mp_skip(&r);
			continue;
		}
		writer_str(w, w->size > 1 ? "," : "");
		json_print_str(w, field);
		writer_str(w, ":");
		json_text_value(w, &r, JSON_BIN_HEX);
	}
}

/* The row that says how to go on has that one field only. */
static bool is_cursor(struct bytes row)
{
	struct reader r;

	reader_init(&r, row);
	return mp_map(&r) == 1 && bytes_equal(mp_str(&r), BYTES_STR("cursor"));
}

static void json_begin(struct out *out)
{
	(void)out;
}

static void json_row(struct out *out, struct bytes row)
{
	struct writer w = {0};

	writer_str(&w, "{");
	for (const struct column *c = out->columns; c && c->field && !is_cursor(row); c++) {
		writer_str(&w, w.size > 1 ? "," : "");
		json_print_str(&w, bytes_str(c->field));
		writer_str(&w, ":");
		out_json_field(&w, c, row);
	}
	put_rest(&w, out, row);
	writer_str(&w, "}\n");
	fwrite(w.data, 1, w.size, out->to);
	writer_release(&w);
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
