/* Borrowed byte ranges and the two fixed sizes that everything is named by: hashes and public keys.
 */
#ifndef PROTO_BYTES_H
#define PROTO_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_SIZE 32
#define KEY_SIZE 32
#define SIG_SIZE 64

/* Never owns. Valid as long as what it points into. */
struct bytes {
	const uint8_t *data;
	size_t size;
};

struct hash {
	uint8_t b[HASH_SIZE];
};

/* A public key: Ed25519 (member, log, cosigner) or X25519 (transport). */
struct key {
	uint8_t b[KEY_SIZE];
};

struct sig {
	uint8_t b[SIG_SIZE];
};

/* Milliseconds since 1970 UTC; a struct so that a duration cannot pass for a time. */
struct mtime {
	int64_t ms;
};

#define BYTES(array) ((struct bytes){(array), sizeof(array)})
#define BYTES_STR(literal) ((struct bytes){(const uint8_t *)("" literal), sizeof(literal) - 1})

/* Here, as are reading and writing numbers, so that compilers see them where many rows are looked at. */
static inline struct bytes bytes_of(const void *data, size_t size)
{
	return (struct bytes){(const uint8_t *)data, size};
}

static inline struct bytes bytes_str(const char *text)
{
	return bytes_of(text, strlen(text));
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Order of unsigned bytes, the shorter first when one is a prefix. */
static inline int bytes_compare(struct bytes a, struct bytes b)
{
	size_t shared = a.size < b.size ? a.size : b.size;
	int order = shared ? memcmp(a.data, b.data, shared) : 0;

	if (order != 0)
		return order;
	return (a.size > b.size) - (a.size < b.size);
}

bool hash_equal(const struct hash *a, const struct hash *b);
bool hash_is_zero(const struct hash *a);
bool key_equal(const struct key *a, const struct key *b);
int key_compare(const struct key *a, const struct key *b);
bool key_is_zero(const struct key *a);

/* Lower-case hex; out holds 2 * in.size + 1. */
void hex_encode(char *out, struct bytes in);
/* Accepts lower and upper case; false unless text is exactly 2 * size hex digits. */
bool hex_decode(uint8_t *out, size_t size, const char *text, size_t text_size);

/* Padded base64 (RFC 4648 section 4); out holds 4 * ((size + 2) / 3) + 1. Decode refuses
 * non-canonical trailing bits; out holds 3 * (text_size / 4). */
#define BASE64_SIZE(size) (4 * (((size) + 2) / 3) + 1)
void base64_encode(char *out, struct bytes in);
bool base64_decode(uint8_t *out, size_t *size, const char *text, size_t text_size);

/* ASCII decimal of at most 64 bits without sign or leading zeros; false for anything else. */
bool decimal_decode(uint64_t *out, struct bytes text);

static inline uint16_t be16_get(const uint8_t at[static 2])
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t be32_get(const uint8_t at[static 4])
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t be64_get(const uint8_t at[static 8])
{
	return (uint64_t)be32_get(at) << 32 | be32_get(at + 4);
}

void be16_put(uint8_t at[static 2], uint16_t value);
void be32_put(uint8_t at[static 4], uint32_t value);
void be64_put(uint8_t at[static 8], uint64_t value);

#endif
