/* Reading the JSON test vectors under tests/vectors. A vector file that is missing or malformed
 * fails the test. */
#ifndef TESTS_PROTO_VECTORS_H
#define TESTS_PROTO_VECTORS_H

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "proto/bytes.h"

/* JSON_DECODE_INT_AS_REAL lets integers above 2^63 through; vectors_u64 turns them back. */
static inline json_t *vectors_load(const char *path)
{
	json_error_t error;
	json_t *root = json_load_file(path, JSON_DECODE_INT_AS_REAL, &error);

	if (!root)
		fail_msg("%s: line %d: %s", path, error.line, error.text);
	return root;
}

static inline json_t *vectors_get(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		fail_msg("vector without \"%s\"", key);
	return value;
}

static inline const char *vectors_str(json_t *object, const char *key)
{
	const char *text = json_string_value(vectors_get(object, key));

	assert_non_null(text);
	return text;
}

static inline uint64_t vectors_u64(json_t *object, const char *key)
{
	double value = json_number_value(vectors_get(object, key));

	return value >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)value;
}

/* Owned by the caller, who frees data. */
struct vectors_blob {
	uint8_t *data;
	size_t size;
};

static inline struct bytes vectors_view(const struct vectors_blob *blob)
{
	return (struct bytes){blob->data, blob->size};
}

static inline struct vectors_blob vectors_hex_text(const char *text)
{
	size_t size = strlen(text) / 2;
	struct vectors_blob blob = {malloc(size + 1), size};

	assert_non_null(blob.data);
	assert_true(hex_decode(blob.data, size, text, strlen(text)));
	return blob;
}

static inline struct vectors_blob vectors_hex(json_t *object, const char *key)
{
	return vectors_hex_text(vectors_str(object, key));
}

static inline struct vectors_blob vectors_base64_text(const char *text)
{
	size_t size = strlen(text);
	struct vectors_blob blob = {malloc(3 * (size / 4) + 1), 0};

	assert_non_null(blob.data);
	assert_true(base64_decode(blob.data, &blob.size, text, size));
	return blob;
}

/* False when the base64 holds anything but 32 bytes, as some vectors that must be refused do. */
static inline bool vectors_hash_text(struct hash *out, const char *text)
{
	struct vectors_blob blob = vectors_base64_text(text);
	bool fits = blob.size == HASH_SIZE;

	if (fits)
		memcpy(out->b, blob.data, HASH_SIZE);
	free(blob.data);
	return fits;
}

#endif
