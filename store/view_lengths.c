/* How long the texts of each record are: in classes, one byte a record, so that postings need not say it. */
#include <string.h>

#include "store/view_words.h"

const uint16_t view_class_length[VIEW_LENGTH_CLASSES] = {
    3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450, 680, 1000, 2000};

uint8_t view_class_of(uint32_t words)
{
	uint8_t found = 0;

	while (found + 1 < VIEW_LENGTH_CLASSES &&
	       words > (view_class_length[found] + view_class_length[found + 1]) / 2u)
		found++;
	return found;
}

void word_lengths_get(struct txn *t, struct word_lengths *out)
{
	struct bytes value;

	*out = (struct word_lengths){{0}};
	if (!txn_get(t, VIEW_META, BYTES_STR("lengths"), &value) ||
	    value.size != 8 * VIEW_LENGTH_CLASSES)
		return;
	for (int i = 0; i < VIEW_LENGTH_CLASSES; i++)
		out->count[i] = be64_get(value.data + 8 * i);
}

void word_lengths_put(struct txn *t, const struct word_lengths *lengths)
{
	uint8_t value[8 * VIEW_LENGTH_CLASSES];

	for (int i = 0; i < VIEW_LENGTH_CLASSES; i++)
		be64_put(value + 8 * i, lengths->count[i]);
	txn_put(t, VIEW_META, BYTES_STR("lengths"), BYTES(value));
}

/* --- of each record -------------------------------------------------------------------------- */

static void part_load(struct word_classes *c, struct txn *t, uint64_t number)
{
	struct row_key key = row_key_u64(number);
	struct bytes value;

	c->number = number;
	c->is_loaded = true;
	memset(c->part, 0, sizeof(c->part));
	if (txn_get(t, VIEW_CLASSES, row_key_view(&key), &value) && value.size == sizeof(c->part))
		memcpy(c->part, value.data, sizeof(c->part));
}

void word_classes_end(struct word_classes *c, struct txn *t)
{
	struct row_key key = row_key_u64(c->number);

	if (c->is_changed)
		txn_put(t, VIEW_CLASSES, row_key_view(&key), BYTES(c->part));
	c->is_changed = false;
}

int word_classes_set(struct word_classes *c, struct txn *t, uint64_t arrival, int class)
{
	uint8_t *at = &c->part[arrival % WORD_CLASSES_PART];
	int before;

	if (!c->is_loaded || c->number != arrival / WORD_CLASSES_PART) {
		word_classes_end(c, t);
		part_load(c, t, arrival / WORD_CLASSES_PART);
	}
	before = *at - 1;
	if (before != class) {
		*at = (uint8_t)(class + 1);
		c->is_changed = true;
	}
	return before;
}

int word_class_get(struct txn *t, uint64_t arrival)
{
	struct row_key key = row_key_u64(arrival / WORD_CLASSES_PART);
	struct bytes value;

	if (!txn_get(t, VIEW_CLASSES, row_key_view(&key), &value) ||
	    value.size != WORD_CLASSES_PART)
		return -1;
	return value.data[arrival % WORD_CLASSES_PART] - 1;
}

void word_classes_of_span(struct txn *t, uint32_t span, uint8_t out[static VIEW_SPAN_SIZE])
{
	uint64_t first = (uint64_t)span << VIEW_SPAN_BITS, end = first + VIEW_SPAN_SIZE;

	memset(out, 0, VIEW_SPAN_SIZE);
	for (uint64_t at = first; at < end;) {
		uint64_t number = at / WORD_CLASSES_PART, next = (number + 1) * WORD_CLASSES_PART;
		struct row_key key = row_key_u64(number);
		struct bytes value;

		if (next > end)
			next = end;
		if (txn_get(t, VIEW_CLASSES, row_key_view(&key), &value) &&
		    value.size == WORD_CLASSES_PART)
			memcpy(out + (at - first), value.data + at % WORD_CLASSES_PART, next - at);
		at = next;
	}
}
