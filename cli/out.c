/* What a field looks like: for a person, for a spreadsheet, for a program. The formats decide where
 * it stands. */
#include "cli/out.h"

#include "cli/json_text.h"
#include "cli/lang.h"
#include "cli/network_words.h"
#include "cli/said.h"
#include "cli/word.h"
#include "proto/kinds.h"
#include "proto/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define TERMINAL_WIDTH_DEFAULT 80
#define STDOUT_BUFFER_SIZE (64 * 1024)

void out_init_to(
    struct out *out, const struct out_format *format, const struct column *columns, FILE *to)
{
	memset(out, 0, sizeof(*out));
	out->format = format;
	out->columns = columns;
	out->to = to;
	out->format->begin(out);
}

void out_init(struct out *out, const struct args *args)
{
	out_init_columns(out, args, args->command->columns);
}

void out_name_source(struct out *out, struct bytes network)
{
	char hex[2 * HASH_SIZE + 1];
	time_t now = time(NULL);
	struct tm day;

	if (network.size != HASH_SIZE)
		return;
	hex_encode(hex, network);
	snprintf(out->source, sizeof(out->source), "open-communes/%s", hex);
	if (localtime_r(&now, &day))
		strftime(out->exported, sizeof(out->exported), "%Y-%m-%d", &day);
}

void out_init_columns(struct out *out, const struct args *args, const struct column *columns)
{
	const struct out_format *format =
	    args->command->flags & COMMAND_CARD ? &out_card : &out_table;
	struct winsize size;

	memset(out, 0, sizeof(*out));
	if (args->output == OUTPUT_JSON)
		format = &out_json;
	else if (args->output == OUTPUT_CSV)
		format = &out_csv;
	out->format = format;
	out->columns = columns;
	out->to = stdout;
	out->has_bom = args_has(args, "--bom");
	out->is_tty = isatty(STDOUT_FILENO);
	if (!out->is_tty)
		setvbuf(stdout, NULL, _IOFBF, STDOUT_BUFFER_SIZE);
	network_words_use(args);
	if (out->is_tty) {
		bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;

		out->terminal_width = is_known ? size.ws_col : TERMINAL_WIDTH_DEFAULT;
	}
	out->format->begin(out);
}

void out_row(struct out *out, struct bytes row)
{
	out->format->row(out, row);
	out->row_count++;
}

void out_flush(struct out *out)
{
	out->format->flush(out);
	fflush(out->to);
}

void out_end(struct out *out)
{
	out->format->end(out);
	fflush(out->to);
	out_release(out);
}

void out_release(struct out *out)
{
	writer_release(&out->cells);
	free(out->fields);
}

static void put_time(struct writer *w, int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	char text[64];
	struct tm tm;

	if (!localtime_r(&s, &tm) || !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		writer_printf(w, "%lld", (long long)ms);
	else
		writer_str(w, text);
}

static void put_bin(struct writer *w, struct bytes in, enum shape shape)
{
	char *text = malloc(2 * in.size + BASE64_SIZE(in.size));

	if (!text) {
		writer_fail(w, ERR_MEMORY);
		return;
	}
	if (shape == SHAPE_BASE64)
		base64_encode(text, in);
	else
		hex_encode(text, in);
	writer_str(w, text);
	free(text);
}

static enum json_bin bin_of(enum shape shape)
{
	return shape == SHAPE_BASE64 ? JSON_BIN_BASE64 : JSON_BIN_HEX;
}

/* A payload is stored as bytes; what is a canonical map is shown as one. */
static bool is_payload(const struct column *column, struct bytes content)
{
	return column->shape == SHAPE_NESTED && mp_scan(content) == ERR_NONE;
}

static struct bytes field_of(const struct column *column, struct bytes row, enum mp_type *type)
{
	struct bytes value = mp_get(row, column->field);
	struct reader r;

	reader_init(&r, value);
	*type = mp_peek(&r);
	return value;
}

/* What the network's own records hold is no form: three values may look like a link there and be none. */
static enum json_bin bin_of_payload(struct bytes row)
{
	const struct kind *kind;
	struct reader r;

	reader_init(&r, mp_get(row, "kind"));
	kind = mp_peek(&r) == MP_STR ? kind_by_name(mp_str(&r)) : NULL;
	return kind && kind->is_published ? JSON_BIN_LINKS : JSON_BIN_HEX;
}

void out_json_value(
    struct writer *w, const struct column *column, struct bytes value, struct bytes row)
{
	enum json_bin bin = bin_of(column->shape);
	struct reader r;

	reader_init(&r, value);
	if (mp_peek(&r) == MP_BIN) {
		struct bytes content = mp_bin(&r);

		reader_init(&r, value);
		if (is_payload(column, content)) {
			reader_init(&r, content);
			bin = bin_of_payload(row);
		}
	}
	json_text_value(w, &r, bin);
}

void out_plain(struct writer *w, const struct column *column, struct bytes row)
{
	enum mp_type type;
	struct bytes value = field_of(column, row, &type);
	struct reader r;

	reader_init(&r, value);
	switch (type) {
	case MP_NIL:
	case MP_NONE:
		return;
	case MP_STR:
		writer_bytes(w, mp_str(&r));
		return;
	case MP_BIN: {
		struct bytes content = mp_bin(&r);

		if (is_payload(column, content))
			break;
		put_bin(w, content, column->shape);
		return;
	}
	case MP_MAP:
		if (column->shape != SHAPE_TEXT)
			break;
		writer_bytes(w, lang_pick(value));
		return;
	case MP_BOOL:
	case MP_INT:
	case MP_ARRAY:
		break;
	}
	out_json_value(w, column, value, row);
}

/* A word, or a sentence of the node such as an alarm. */
static void put_said(struct writer *w, struct bytes text)
{
	char sentence[SAID_SIZE];
	char buffer[SAID_SIZE];

	if (text.size >= sizeof(sentence) || !memchr(text.data, ' ', text.size)) {
		word_put(w, text);
		return;
	}
	memcpy(sentence, text.data, text.size);
	sentence[text.size] = '\0';
	writer_str(w, said(buffer, sentence));
}

/* Lists of words and of texts read better without brackets. */
static void put_list(struct writer *w, const struct column *column, struct bytes value)
{
	/* What has commas of its own is told apart by more than one. */
	const char *between = memmem(value.data, value.size, ", ", 2) ? _("; ") : _(", ");
	struct reader r;
	uint32_t count;

	reader_init(&r, value);
	count = mp_array(&r);
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes item = mp_raw(&r);
		struct reader one;

		if (i)
			writer_str(w, between);
		reader_init(&one, item);
		if (mp_peek(&one) == MP_STR)
			put_said(w, mp_str(&one));
		else
			json_text_value(w, &one, bin_of(column->shape));
	}
}

/* Counters by name, as those of what was refused; nothing for none. */
static void put_counters(struct writer *w, struct bytes value)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, value);
	count = mp_map(&r);
	for (uint32_t i = 0; i < count && !r.err; i++) {
		struct bytes name = mp_str(&r);

		writer_printf(w, "%s%.*s %lld", i ? _(", ") : "", (int)name.size,
		    (const char *)name.data, (long long)mp_int(&r));
	}
}

/* Short texts by name, as shares of groups. */
static void put_pairs(struct writer *w, struct bytes value)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, value);
	count = mp_map(&r);
	for (uint32_t i = 0; i < count && !r.err; i++) {
		writer_str(w, i ? _(", ") : "");
		word_put(w, mp_str(&r));
		writer_str(w, " ");
		writer_bytes(w, mp_str(&r));
	}
}

static bool is_pairs(const struct column *column, struct bytes value)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, value);
	count = column->shape == SHAPE_PAIRS && mp_peek(&r) == MP_MAP ? mp_map(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		mp_str(&r);
		mp_str(&r);
	}
	return column->shape == SHAPE_PAIRS && !r.err;
}

static bool is_counters(const struct column *column, struct bytes value)
{
	struct reader r;
	uint32_t count;

	reader_init(&r, value);
	count = column->shape == SHAPE_NESTED && mp_peek(&r) == MP_MAP ? mp_map(&r) : 0;
	for (uint32_t i = 0; i < count && !r.err; i++) {
		mp_str(&r);
		mp_int(&r);
	}
	return column->shape == SHAPE_NESTED && !r.err;
}

/* A column may be named after its vocabulary: one word may stand in several. */
static void put_word(struct writer *w, const struct column *column, struct bytes word)
{
	char vocabulary[40];

	snprintf(vocabulary, sizeof(vocabulary), "%ss", column->field);
	word_put_in(w, vocabulary, word);
}

void out_text(struct writer *w, const struct column *column, struct bytes row)
{
	enum mp_type type;
	struct bytes value = field_of(column, row, &type);
	struct writer text = {0};
	struct reader r;

	reader_init(&r, value);
	if (type == MP_INT && column->shape == SHAPE_TIME)
		put_time(&text, mp_int(&r));
	else if (type == MP_STR && column->shape == SHAPE_SAID)
		put_said(&text, mp_str(&r));
	else if (type == MP_STR && column->shape == SHAPE_WORD)
		put_word(&text, column, mp_str(&r));
	else if (type == MP_ARRAY)
		put_list(&text, column, value);
	else if (type == MP_MAP && is_pairs(column, value))
		put_pairs(&text, value);
	else if (type == MP_MAP && is_counters(column, value))
		put_counters(&text, value);
	else if (type == MP_BOOL)
		writer_str(&text, mp_bool(&r) ? _("yes") : _("no"));
	else
		out_plain(&text, column, row);
	text_sanitize_terminal(w, writer_view(&text));
	writer_release(&text);
}

void out_marked(struct writer *w, const struct column *column, struct bytes row)
{
	enum mp_type type;
	struct bytes text = {0};
	struct reader r, marks;
	uint32_t count;
	size_t done = 0;

	reader_init(&r, field_of(column, row, &type));
	if (type == MP_STR)
		text = mp_str(&r);
	reader_init(&marks, mp_get(row, "marks"));
	count = mp_peek(&marks) == MP_ARRAY ? mp_array(&marks) : 0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t pair = mp_array(&marks);
		uint64_t at = mp_uint(&marks), size = mp_uint(&marks);

		if (marks.err || pair != 2 || at < done || at > text.size || size > text.size - at)
			break;
		text_sanitize_terminal(w, bytes_of(text.data + done, (size_t)at - done));
		writer_u8(w, OUT_MARK);
		text_sanitize_terminal(w, bytes_of(text.data + at, (size_t)size));
		writer_u8(w, OUT_UNMARK);
		done = (size_t)(at + size);
	}
	text_sanitize_terminal(w, bytes_of(text.data + done, text.size - done));
}
