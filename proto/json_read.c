/* JSON that is in order, straight from its bytes to canonical MessagePack: no tree, no copy of a text that has no escapes,
 * and members moved only where they do not ascend already. It decides nothing about what is wrong: whatever it does
 * not take is read again by json_tree.c, which finds the words for it. */
#include "proto/json_read.h"

#include <stdlib.h>

#include "proto/mp.h"
#include "proto/text.h"

struct source {
	const uint8_t *at;
	const uint8_t *end;
	struct writer *out;
	struct writer unescaped;
	unsigned depth;
};

static bool read_value(struct source *s);

static void skip_space(struct source *s)
{
	while (
	    s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
		s->at++;
}

/* The byte that comes next when it is that one. */
static bool take(struct source *s, char byte)
{
	skip_space(s);
	if (s->at == s->end || *s->at != (uint8_t)byte)
		return false;
	s->at++;
	return true;
}

/* --- strings --------------------------------------------------------------------------------- */

static bool has_control(struct bytes text)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] < 0x20)
			return true;
	return false;
}

static bool is_sound(struct bytes raw)
{
	return text_is_plain(raw, false) || (!has_control(raw) && text_is_utf8(raw));
}

static bool read_hex4(struct source *s, uint32_t *unit)
{
	uint8_t two[2];

	if (s->end - s->at < 4 || !hex_decode(two, sizeof(two), (const char *)s->at, 4))
		return false;
	*unit = be16_get(two);
	s->at += 4;
	return true;
}

/* What follows \u: one letter, of two units where the first says so. */
static bool read_letter(struct source *s, uint32_t *letter)
{
	uint32_t low;

	if (!read_hex4(s, letter) || (*letter >= 0xdc00 && *letter < 0xe000))
		return false;
	if (*letter < 0xd800 || *letter >= 0xe000)
		return true;
	if (s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u')
		return false;
	s->at += 2;
	if (!read_hex4(s, &low) || low < 0xdc00 || low >= 0xe000)
		return false;
	*letter = 0x10000 + ((*letter - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

static bool read_escape(struct source *s)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *name;
	uint32_t letter;

	if (s->at == s->end)
		return false;
	if (*s->at == 'u') {
		s->at++;
		if (!read_letter(s, &letter))
			return false;
		text_put(&s->unescaped, letter);
		return true;
	}
	name = memchr(names, *s->at, sizeof(names) - 1);
	if (!name)
		return false;
	writer_u8(&s->unescaped, (uint8_t)values[name - names]);
	s->at++;
	return true;
}

/* The rest of a string that has an escape. */
static bool read_escaped(struct source *s, struct bytes *text)
{
	writer_clear(&s->unescaped);
	for (;;) {
		const uint8_t *start = s->at;
		struct bytes run;

		while (s->at < s->end && *s->at != '"' && *s->at != '\\')
			s->at++;
		run = bytes_of(start, (size_t)(s->at - start));
		if (s->at == s->end || !is_sound(run))
			return false;
		writer_bytes(&s->unescaped, run);
		if (*s->at++ == '"')
			break;
		if (!read_escape(s))
			return false;
	}
	*text = writer_view(&s->unescaped);
	return s->unescaped.err == ERR_NONE;
}

/* After the opening quote. Borrowed until the next string is read. */
static bool read_string(struct source *s, struct bytes *text)
{
	const uint8_t *quote = s->at < s->end ? memchr(s->at, '"', (size_t)(s->end - s->at)) : NULL;

	if (!quote)
		return false;
	*text = bytes_of(s->at, (size_t)(quote - s->at));
	if (text->size > 0 && memchr(text->data, '\\', text->size))
		return read_escaped(s, text);
	s->at = quote + 1;
	return is_sound(*text);
}

/* --- containers ------------------------------------------------------------------------------ */

#define HEAD_SIZE_MAX 5

/* Puts the head of a container, of which one byte was kept free at start, in front of what it holds. */
static void put_head(
    struct writer *out, size_t start, uint32_t count, void (*put)(struct writer *, uint32_t))
{
	uint8_t head[HEAD_SIZE_MAX];
	size_t body = out->size, size;

	put(out, count);
	if (out->err != ERR_NONE)
		return;
	size = out->size - body;
	memcpy(head, out->data + body, size);
	if (size > 1)
		memmove(out->data + start + size, out->data + start + 1, body - start - 1);
	memcpy(out->data + start, head, size);
	out->size--;
}

struct member {
	struct bytes key;
	struct bytes whole; /* with its key */
};

static int compare_members(const void *a, const void *b)
{
	const struct member *left = a, *right = b;

	return bytes_compare(left->key, right->key);
}

/* False where a name stands twice. */
static bool sort_members(struct member *members, uint32_t count, struct bytes body)
{
	struct reader r;

	reader_init(&r, body);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *start = r.at;

		members[i].key = mp_str(&r);
		mp_skip(&r);
		members[i].whole = bytes_of(start, (size_t)(r.at - start));
	}
	qsort(members, count, sizeof(*members), compare_members);
	for (uint32_t i = 1; i < count; i++)
		if (bytes_equal(members[i - 1].key, members[i].key))
			return false;
	return true;
}

/* Writes the members that stand at start in the order of their names. */
static bool put_in_order(struct writer *out, size_t start, uint32_t count)
{
	struct bytes body = bytes_of(out->data + start, out->size - start);
	struct member *members = malloc(count * sizeof(*members));
	struct writer sorted = {0};
	bool is_done = members && sort_members(members, count, body);

	for (uint32_t i = 0; is_done && i < count; i++)
		writer_bytes(&sorted, members[i].whole);
	is_done = is_done && sorted.err == ERR_NONE;
	if (is_done)
		memcpy(out->data + start, sorted.data, body.size);
	writer_release(&sorted);
	free(members);
	return is_done;
}

/* One member; is_ascending: its name comes after that of the last one, of which *last is where it was written. */
static bool read_member(struct source *s, size_t *last, bool *is_ascending)
{
	size_t here = s->out->size;
	struct bytes name;
	struct reader r;

	/* jansson takes no NUL in a name. */
	if (!take(s, '"') || !read_string(s, &name) ||
	    (name.size && memchr(name.data, 0, name.size)))
		return false;
	mp_put_str(s->out, name);
	if (s->out->err != ERR_NONE)
		return false;
	if (*last < here) {
		reader_init(&r, bytes_of(s->out->data + *last, here - *last));
		*is_ascending = *is_ascending && bytes_compare(mp_str(&r), name) < 0;
	}
	*last = here;
	return take(s, ':') && read_value(s);
}

static bool read_object(struct source *s)
{
	size_t start = s->out->size, last = SIZE_MAX;
	bool is_ascending = true;
	uint32_t count = 0;

	writer_u8(s->out, 0);
	if (!take(s, '}')) {
		do {
			if (!read_member(s, &last, &is_ascending))
				return false;
			count++;
		} while (take(s, ','));
		if (!take(s, '}'))
			return false;
	}
	if (!is_ascending && !put_in_order(s->out, start + 1, count))
		return false;
	put_head(s->out, start, count, mp_put_map);
	return true;
}

static bool read_array(struct source *s)
{
	size_t start = s->out->size;
	uint32_t count = 0;

	writer_u8(s->out, 0);
	if (!take(s, ']')) {
		do {
			if (!read_value(s))
				return false;
			count++;
		} while (take(s, ','));
		if (!take(s, ']'))
			return false;
	}
	put_head(s->out, start, count, mp_put_array);
	return true;
}

/* --- values ---------------------------------------------------------------------------------- */

static bool is_digit(const struct source *s)
{
	return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

/* Whole numbers alone, without a zero in front. What follows a number that is none of ours ends no value. */
static bool read_number(struct source *s)
{
	bool is_negative = *s->at == '-';
	int64_t value = 0;
	size_t digits = 0;

	s->at += is_negative;
	if (is_digit(s) && *s->at == '0') {
		s->at++;
		digits = 1;
	}
	for (; value <= MP_INT_MAX && is_digit(s) && (digits == 0 || value > 0); digits++)
		value = value * 10 + (*s->at++ - '0');
	if (digits == 0 || value > MP_INT_MAX)
		return false;
	mp_put_int(s->out, is_negative ? -value : value);
	return true;
}

static bool read_word(struct source *s, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(s->end - s->at) < size || memcmp(s->at, word, size) != 0)
		return false;
	s->at += size;
	return true;
}

static bool read_nested(struct source *s, bool (*read)(struct source *))
{
	bool is_read;

	if (s->depth == MP_DEPTH_MAX)
		return false;
	s->at++;
	s->depth++;
	is_read = read(s);
	s->depth--;
	return is_read;
}

/* Recursion is bounded by MP_DEPTH_MAX. */
static bool read_value(struct source *s)
{
	struct bytes text;

	skip_space(s);
	if (s->at == s->end)
		return false;
	switch (*s->at) {
	case '{':
		return read_nested(s, read_object);
	case '[':
		return read_nested(s, read_array);
	case '"':
		s->at++;
		if (!read_string(s, &text))
			return false;
		mp_put_str(s->out, text);
		return true;
	case 't':
		mp_put_bool(s->out, true);
		return read_word(s, "true");
	case 'f':
		mp_put_bool(s->out, false);
		return read_word(s, "false");
	case 'n':
		mp_put_nil(s->out);
		return read_word(s, "null");
	default:
		return (*s->at == '-' || is_digit(s)) && read_number(s);
	}
}

bool json_read(struct writer *out, struct bytes text)
{
	struct source s = {.at = text.data, .end = text.data, .out = out};
	size_t before = out->size;
	bool is_read;

	if (text.size > 0)
		s.end += text.size;
	is_read = read_value(&s);
	skip_space(&s);
	is_read = is_read && s.at == s.end && out->err == ERR_NONE;
	writer_release(&s.unescaped);
	if (!is_read)
		out->size = before;
	return is_read;
}
