/* Sort keys of texts. It decides which letters count as the same; it knows no language, so that a
 * list sorts alike on every node. */
#include "proto/text_order.h"

#include <string.h>
#include <utf8proc.h>

#include "proto/text.h"

#define TATWEEL 0x640u
#define PARTS_MAX 18 /* the longest compatibility decomposition */

struct order_key {
	uint8_t *out;
	size_t size, size_max;
	bool is_full;
	bool has_gap; /* between words */
};

static void put_bytes(struct order_key *k, const uint8_t *bytes, size_t size)
{
	size_t gap = k->has_gap && k->size > 0 ? 1 : 0;

	if (k->size + gap + size > k->size_max) {
		k->is_full = true;
		return;
	}
	if (gap)
		k->out[k->size++] = ' ';
	k->has_gap = false;
	memcpy(k->out + k->size, bytes, size);
	k->size += size;
}

static bool is_word_letter(uint32_t letter)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)letter);

	return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
	       (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

static void put_letter(struct order_key *k, uint32_t letter)
{
	utf8proc_int32_t parts[PARTS_MAX];
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t count, size;
	int bound = 0;

	if (letter == TATWEEL)
		return;
	count = utf8proc_decompose_char((utf8proc_int32_t)letter, parts, PARTS_MAX,
	    UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK |
		UTF8PROC_IGNORE,
	    &bound);
	for (utf8proc_ssize_t i = 0; i < count && i < PARTS_MAX && !k->is_full; i++) {
		if (!is_word_letter((uint32_t)parts[i])) {
			k->has_gap = true;
			continue;
		}
		size = utf8proc_encode_char(parts[i], bytes);
		put_bytes(k, bytes, (size_t)size);
	}
}

size_t text_order_key(uint8_t *out, size_t size_max, struct bytes text)
{
	struct order_key k = {.out = out, .size_max = size_max};
	uint32_t letter;

	memset(out, 0, size_max);
	while (!k.is_full && text_next(&text, &letter)) {
		uint8_t plain = (uint8_t)letter;
		if (letter >= 'A' && letter <= 'Z')
			plain = (uint8_t)(letter + 'a' - 'A');
		if (letter < 0x80 &&
		    ((plain >= 'a' && plain <= 'z') || (plain >= '0' && plain <= '9')))
			put_bytes(&k, &plain, 1);
		else if (letter < 0x80)
			k.has_gap = true;
		else
			put_letter(&k, letter);
	}
	return k.size;
}
