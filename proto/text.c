/* Decides what is valid UTF-8, what text may be published and how hostile text is shown. Languages
 * and the folding of letters for search are not known here. */
#include "proto/text.h"

#include <string.h>

/* Bytes of the valid sequence at `at`, 0 when there is none. Unicode 15, table 3-7. */
static size_t sequence_size(const uint8_t *at, size_t left)
{
	uint8_t first = at[0];
	uint8_t low = 0x80, high = 0xbf;
	size_t size;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (left < size)
		return 0;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

bool text_is_utf8(struct bytes text)
{
	const uint8_t *at = text.data;
	size_t left = text.size;

	while (left > 0) {
		size_t size;
		uint64_t eight;

		if (left >= 8) {
			memcpy(&eight, at, 8);
			if (!(eight & 0x8080808080808080u)) {
				at += 8;
				left -= 8;
				continue;
			}
		}
		size = sequence_size(at, left);
		if (size == 0)
			return false;
		at += size;
		left -= size;
	}
	return true;
}
