/* JSON out. Decides what bytes look like, proto/json everything else; knows no field. */
#include "cli/json_text.h"

#include "proto/json.h"

static void put_bin(struct writer *w, struct bytes in, enum json_bin bin)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *at;

	if (bin == JSON_BIN_BASE64) {
		json_print_bin(w, in);
		return;
	}
	writer_u8(w, '"');
	at = writer_grow(w, 2 * in.size);
	for (size_t i = 0; at && i < in.size; i++) {
		at[2 * i] = (uint8_t)digits[in.data[i] >> 4];
		at[2 * i + 1] = (uint8_t)digits[in.data[i] & 15];
	}
	writer_u8(w, '"');
}

static void put_value(struct writer *w, struct reader *r, enum json_bin bin, unsigned depth);

bool json_text_link(struct reader *r, struct record_ref *out)
{
	struct reader copy = *r;

	if (mp_array(&copy) != 3 || mp_peek(&copy) != MP_BIN)
		return false;
	mp_bin_fixed(&copy, out->log.b, KEY_SIZE);
	if (mp_peek(&copy) != MP_INT)
		return false;
	out->index = mp_uint(&copy);
	if (mp_peek(&copy) != MP_BIN)
		return false;
	mp_bin_fixed(&copy, out->leaf.b, HASH_SIZE);
	if (copy.err)
		return false;
	*r = copy;
	return true;
}

static void put_array(struct writer *w, struct reader *r, enum json_bin bin, unsigned depth)
{
	struct record_ref link;
	uint32_t count;

	if (bin == JSON_BIN_LINKS && json_text_link(r, &link)) {
		put_bin(w, bytes_of(link.leaf.b, HASH_SIZE), bin);
		return;
	}
	count = mp_array(r);
	writer_u8(w, '[');
	for (uint32_t i = 0; i < count && !r->err; i++) {
		if (i)
			writer_u8(w, ',');
		put_value(w, r, bin, depth + 1);
	}
	writer_u8(w, ']');
}

static void put_map(struct writer *w, struct reader *r, enum json_bin bin, unsigned depth)
{
	uint32_t count = mp_map(r);

	writer_u8(w, '{');
	for (uint32_t i = 0; i < count && !r->err; i++) {
		if (i)
			writer_u8(w, ',');
		json_print_str(w, mp_str(r));
		writer_u8(w, ':');
		put_value(w, r, bin, depth + 1);
	}
	writer_u8(w, '}');
}

static void put_value(struct writer *w, struct reader *r, enum json_bin bin, unsigned depth)
{
	enum mp_type type = depth > MP_DEPTH_MAX + 4 ? MP_NONE : mp_peek(r);

	switch (type) {
	case MP_BOOL:
		writer_str(w, mp_bool(r) ? "true" : "false");
		return;
	case MP_INT:
		writer_decimal(w, mp_int(r));
		return;
	case MP_STR:
		json_print_str(w, mp_str(r));
		return;
	case MP_BIN:
		put_bin(w, mp_bin(r), bin);
		return;
	case MP_ARRAY:
		put_array(w, r, bin, depth);
		return;
	case MP_MAP:
		put_map(w, r, bin, depth);
		return;
	case MP_NIL:
		mp_nil(r);
		break;
	case MP_NONE:
		reader_fail(r, ERR_FORMAT);
		break;
	}
	writer_str(w, "null");
}

void json_text_value(struct writer *w, struct reader *r, enum json_bin bin)
{
	put_value(w, r, bin, 0);
}
