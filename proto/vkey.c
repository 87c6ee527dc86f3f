/* Verifier keys as text. It decides what a key name is and which key types this program knows; it
 * does not know whom to trust. */
#include "proto/vkey.h"

#include <string.h>

#include "proto/seal.h"
#include "proto/text.h"

#define ID_HEX_SIZE 8
#define BLOB_SIZE (1 + KEY_SIZE)

/* Unicode's White_Space above ASCII as UTF-8: U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028,
 * U+2029, U+202F, U+205F, U+3000. In valid UTF-8 they match whole characters only. */
static const char *const spaces[] = {"\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80",
    "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9",
    "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

bool vkey_is_name(struct bytes name)
{
	if (name.size == 0 || !text_is_utf8(name))
		return false;
	for (size_t i = 0; i < name.size; i++) {
		if (name.data[i] <= ' ' || name.data[i] == '+')
			return false;
	}
	for (size_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++) {
		if (memmem(name.data, name.size, spaces[i], strlen(spaces[i])))
			return false;
	}
	return true;
}

void vkey_init(struct vkey *vk, struct bytes name, enum vkey_type type, const struct key *key)
{
	const uint8_t newline_type[2] = {'\n', (uint8_t)type};
	const struct bytes parts[] = {name, BYTES(newline_type), BYTES(key->b)};
	struct hash hash;

	seal_sha256_parts(&hash, parts, 3);
	*vk = (struct vkey){.name = name, .type = type, .id = be32_get(hash.b), .key = *key};
}

/* The part before the next plus sign; moves text behind it. */
static bool cut(struct bytes *text, struct bytes *part)
{
	const uint8_t *plus = text->size ? memchr(text->data, '+', text->size) : NULL;

	if (!plus)
		return false;
	*part = bytes_of(text->data, (size_t)(plus - text->data));
	*text = bytes_of(plus + 1, text->size - part->size - 1);
	return true;
}

/* One key has one text: the id is hex in lower case. */
static bool is_lower(struct bytes hex)
{
	for (size_t i = 0; i < hex.size; i++)
		if (hex.data[i] >= 'A' && hex.data[i] <= 'F')
			return false;
	return true;
}

enum err vkey_decode(struct vkey *vk, struct bytes text)
{
	uint8_t blob[BASE64_SIZE(BLOB_SIZE)], id[ID_HEX_SIZE / 2];
	struct bytes name, hex;
	struct key key;
	size_t size;

	if (!cut(&text, &name) || !cut(&text, &hex) || !vkey_is_name(name))
		return ERR_FORMAT;
	if (!is_lower(hex) || !hex_decode(id, sizeof(id), (const char *)hex.data, hex.size))
		return ERR_FORMAT;
	if (text.size != BASE64_SIZE(BLOB_SIZE) - 1 ||
	    !base64_decode(blob, &size, (const char *)text.data, text.size) || size != BLOB_SIZE)
		return ERR_FORMAT;
	if (blob[0] != VKEY_ED25519 && blob[0] != VKEY_COSIGNATURE)
		return ERR_VERSION;
	memcpy(key.b, blob + 1, KEY_SIZE);
	vkey_init(vk, name, (enum vkey_type)blob[0], &key);
	if (vk->id != be32_get(id))
		return ERR_HASH;
	return seal_is_valid_point(&key) ? ERR_NONE : ERR_KEY;
}

void vkey_encode(struct writer *w, const struct vkey *vk)
{
	uint8_t blob[BLOB_SIZE] = {(uint8_t)vk->type};
	char base64[BASE64_SIZE(BLOB_SIZE)];

	memcpy(blob + 1, vk->key.b, KEY_SIZE);
	base64_encode(base64, BYTES(blob));
	writer_bytes(w, vk->name);
	writer_printf(w, "+%08x+%s", vk->id, base64);
}
