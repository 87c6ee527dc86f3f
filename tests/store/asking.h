/* A few records of two members, and what a query answers about them, taken apart. For a test file to include once. */
#ifndef TESTS_STORE_ASKING_H
#define TESTS_STORE_ASKING_H

#include "tests/store/two_members.h"

/* practice 1 (transparency) and 2 of sefrou, its version 2 of 1, a comment on 1 by agadir, a progress of another kind */
static struct record_ref first, second, newer, comment;

static inline void put_text(struct writer *w, const char *field, const char *text)
{
	mp_put_cstr(w, field);
	mp_put_map(w, 1);
	mp_put_cstr(w, "fr");
	mp_put_cstr(w, text);
}

static inline struct record_ref publish_practice(struct author *author, const char *title,
    const char *theme, const struct record_ref *supersedes)
{
	struct record_ref ref;
	struct writer payload = {0};

	mp_put_map(&payload, supersedes ? 3 : 2);
	if (supersedes) {
		mp_put_cstr(&payload, "supersedes");
		kinds_put_link(&payload, supersedes);
	}
	mp_put_cstr(&payload, "themes");
	mp_put_array(&payload, 1);
	mp_put_cstr(&payload, theme);
	put_text(&payload, "title", title);
	ref = network_publish(&net, author, KIND_PRACTICE, writer_view(&payload));
	writer_release(&payload);
	return ref;
}

static inline struct record_ref publish_comment(
    struct author *author, const struct record_ref *about)
{
	struct record_ref ref;
	struct writer payload = {0};

	mp_put_map(&payload, 2);
	mp_put_cstr(&payload, "about");
	kinds_put_link(&payload, about);
	put_text(&payload, "text", "bravo");
	ref = network_publish(&net, author, KIND_COMMENT, writer_view(&payload));
	writer_release(&payload);
	return ref;
}

static inline int set_up(void **state)
{
	two_members(state);
	first = publish_practice(&sefrou, "Guichet unique", "transparency", NULL);
	second = publish_practice(&sefrou, "Budget ouvert", "accountability", NULL);
	comment = publish_comment(&agadir, &first);
	newer = publish_practice(&sefrou, "Guichet unique, revu", "transparency", &first);
	network_index(&net);
	return 0;
}

static inline const char *text_of(struct bytes map, const char *name)
{
	static char text[4][300];
	static unsigned next;
	struct reader r;
	struct bytes value;

	next = (next + 1) % 4;
	reader_init(&r, mp_get(map, name));
	if (mp_peek(&r) != MP_STR)
		return NULL;
	value = mp_str(&r);
	assert_true(value.size < sizeof(text[0]));
	memcpy(text[next], value.data, value.size);
	text[next][value.size] = '\0';
	return text[next];
}

static inline uint64_t uint_of(struct bytes map, const char *name)
{
	struct reader r;
	uint64_t value;

	reader_init(&r, mp_get(map, name));
	value = mp_uint(&r);
	assert_int_equal(reader_end(&r), ERR_NONE);
	return value;
}

static inline bool is_nil(struct bytes map, const char *name)
{
	struct reader r;

	reader_init(&r, mp_get(map, name));
	return mp_peek(&r) == MP_NIL;
}

static inline void expect_bin(struct bytes map, const char *name, const void *data, size_t size)
{
	struct reader r;
	struct bytes value;

	reader_init(&r, mp_get(map, name));
	value = mp_bin(&r);
	assert_int_equal(reader_end(&r), ERR_NONE);
	assert_int_equal(value.size, size);
	assert_memory_equal(value.data, data, size);
}

/* The refs of the rows, joined by spaces. */
static inline const char *refs_of(struct bytes answer)
{
	static struct writer joined;
	struct reader r;
	uint32_t count;

	writer_clear(&joined);
	reader_init(&r, mp_get(answer, "rows"));
	count = mp_array(&r);
	for (uint32_t i = 0; i < count; i++) {
		const char *ref = text_of(mp_raw(&r), "ref");
		writer_printf(&joined, "%s%s", i ? " " : "", ref ? ref : "-");
	}
	assert_int_equal(reader_end(&r), ERR_NONE);
	writer_u8(&joined, 0);
	return (const char *)joined.data;
}

static inline struct bytes row_at(struct bytes answer, uint32_t position)
{
	struct reader r;

	reader_init(&r, mp_get(answer, "rows"));
	assert_true(position < mp_array(&r));
	for (uint32_t i = 0; i < position; i++)
		mp_skip(&r);
	return mp_raw(&r);
}

/* Parameters as a list of names and str values, ended by NULL; names ascend. */
static inline void params_make(struct writer *w, ...)
{
	va_list args;
	uint32_t pairs = 0;

	writer_clear(w);
	va_start(args, w);
	while (va_arg(args, const char *))
		pairs += va_arg(args, const char *) != NULL;
	va_end(args);
	mp_put_map(w, pairs);
	va_start(args, w);
	for (; pairs > 0; pairs--) {
		mp_put_cstr(w, va_arg(args, const char *));
		mp_put_cstr(w, va_arg(args, const char *));
	}
	va_end(args);
}

static inline struct bytes ask(const char *method, const char *name, const char *value)
{
	static struct writer params;

	if (value)
		params_make(&params, name, value, NULL);
	else
		params_make(&params, NULL);
	return network_query(&net, method, &params, &out);
}

static inline void refuse(const char *method, const char *name, const char *value, enum err want)
{
	struct writer params = {0};
	struct why why = {0};

	params_make(&params, name, value, NULL);
	assert_int_equal(network_query_why(&net, method, &params, &out, &why), want);
	assert_int_equal(why.err, want);
	assert_true(why.text[0] != '\0');
	writer_release(&params);
}

static inline const char *hex_of(const struct hash *hash, size_t digits)
{
	static char hex[2 * HASH_SIZE + 1];

	hex_encode(hex, BYTES(hash->b));
	hex[digits] = '\0';
	return hex;
}

#endif
