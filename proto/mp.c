/* Canonical MessagePack. It decides what one value is and whether it is in its only form; what the
 * values mean is decided by the formats above. msgpack-c packs; nothing of a peer reaches its
 * unpacker, which reserves memory for what a header merely claims. */
#include "proto/mp.h"

#include <msgpack/pack.h>
#include <string.h>

#include "proto/text.h"

/* The head of one value: its type and either its number or the size or count that follows. */
struct head {
	enum mp_type type;
	int64_t number;
	uint32_t size; /* bytes of a str or bin, elements of an array, pairs of a map */
};

/* 0xc0 to 0xdf: the type, the bytes that follow the first one, and the smallest value that needs
 * that many. Negative integers: the largest value that needs them. */
struct form {
	enum mp_type type;
	uint8_t width;
	int64_t bound;
};

#define NEGATIVE_FIRST 0x10
#define NEGATIVE_LAST 0x13

static const struct form forms[32] = {
    [0x00] = {MP_NIL, 0, 0},
    [0x01] = {MP_NONE, 0, 0},
    [0x02] = {MP_BOOL, 0, 0},
    [0x03] = {MP_BOOL, 0, 0},
    [0x04] = {MP_BIN, 1, 0},
    [0x05] = {MP_BIN, 2, 0x100},
    [0x06] = {MP_BIN, 4, 0x10000},
    [0x07] = {MP_NONE, 0, 0}, /* ext */
    [0x08] = {MP_NONE, 0, 0},
    [0x09] = {MP_NONE, 0, 0},
    [0x0a] = {MP_NONE, 0, 0}, /* float */
    [0x0b] = {MP_NONE, 0, 0},
    [0x0c] = {MP_INT, 1, 0x80},
    [0x0d] = {MP_INT, 2, 0x100},
    [0x0e] = {MP_INT, 4, 0x10000},
    [0x0f] = {MP_INT, 8, 0x100000000},
    [0x10] = {MP_INT, 1, -0x21},
    [0x11] = {MP_INT, 2, -0x81},
    [0x12] = {MP_INT, 4, -0x8001},
    [0x13] = {MP_INT, 8, -0x80000001LL},
    [0x14] = {MP_NONE, 0, 0}, /* fixext */
    [0x15] = {MP_NONE, 0, 0},
    [0x16] = {MP_NONE, 0, 0},
    [0x17] = {MP_NONE, 0, 0},
    [0x18] = {MP_NONE, 0, 0},
    [0x19] = {MP_STR, 1, 0x20},
    [0x1a] = {MP_STR, 2, 0x100},
    [0x1b] = {MP_STR, 4, 0x10000},
    [0x1c] = {MP_ARRAY, 2, 0x10},
    [0x1d] = {MP_ARRAY, 4, 0x10000},
    [0x1e] = {MP_MAP, 2, 0x10},
    [0x1f] = {MP_MAP, 4, 0x10000},
};

static enum mp_type type_of(uint8_t first)
{
	if (first < 0x80 || first >= 0xe0)
		return MP_INT;
	if (first < 0x90)
		return MP_MAP;
	if (first < 0xa0)
		return MP_ARRAY;
	if (first < 0xc0)
		return MP_STR;
	return forms[first - 0xc0].type;
}

static uint64_t read_wide(struct reader *r, uint8_t width)
{
	switch (width) {
	case 1:
		return reader_u8(r);
	case 2:
		return reader_u16(r);
	case 4:
		return reader_u32(r);
	default:
		return reader_u64(r);
	}
}

static int64_t read_negative(struct reader *r, const struct form *form)
{
	unsigned shift = 64 - 8u * form->width;
	int64_t value = (int64_t)(read_wide(r, form->width) << shift) >> shift;

	if (value > form->bound)
		reader_fail(r, ERR_ENCODING);
	if (value < -MP_INT_MAX)
		reader_fail(r, ERR_LIMIT);
	return value;
}

static int64_t read_positive(struct reader *r, const struct form *form)
{
	uint64_t value = read_wide(r, form->width);

	if (value < (uint64_t)form->bound)
		reader_fail(r, ERR_ENCODING);
	if (value > (uint64_t)MP_INT_MAX)
		reader_fail(r, ERR_LIMIT);
	return (int64_t)value;
}

static void read_form(struct reader *r, struct head *head, unsigned index)
{
	const struct form *form = &forms[index];

	if (form->type == MP_NONE) {
		reader_fail(r, ERR_ENCODING);
	} else if (form->type == MP_BOOL) {
		head->number = index & 1;
	} else if (index >= NEGATIVE_FIRST && index <= NEGATIVE_LAST) {
		head->number = read_negative(r, form);
	} else if (form->type == MP_INT) {
		head->number = read_positive(r, form);
	} else if (form->width > 0) {
		head->size = (uint32_t)read_positive(r, form);
	}
}

/* Reads up to where the body or the elements start. A size or count that the bytes left cannot hold
 * fails here, before anybody believes it. */
static bool read_head(struct reader *r, struct head *head)
{
	uint8_t first = reader_u8(r);
	uint64_t least;

	*head = (struct head){.type = type_of(first)};
	if (first < 0x80)
		head->number = first;
	else if (first < 0xa0)
		head->size = first & 0x0f;
	else if (first < 0xc0)
		head->size = first & 0x1f;
	else if (first < 0xe0)
		read_form(r, head, first - 0xc0u);
	else
		head->number = (int64_t)first - 0x100;
	least = head->type == MP_MAP ? 2 * (uint64_t)head->size : head->size;
	if (least > reader_left(r))
		reader_fail(r, ERR_SHORT);
	return r->err == ERR_NONE;
}

/* True iff the next value has that type and is read; its body is not. */
static bool read_typed(struct reader *r, enum mp_type type, struct head *head)
{
	if (!read_head(r, head))
		return false;
	if (head->type == type)
		return true;
	reader_fail(r, ERR_TYPE);
	return false;
}

/* One open container of the scan. */
struct open {
	uint64_t owed;	  /* elements not yet seen; keys and values count one each */
	struct bytes key; /* the newest key of a map */
	bool is_map;
};

static enum err check_key(struct open *map, const struct head *head, const struct reader *r)
{
	struct bytes key = {r->at, head->size};

	if (head->type != MP_STR)
		return ERR_ENCODING;
	if (map->key.data && bytes_compare(map->key, key) >= 0)
		return ERR_ENCODING;
	map->key = key;
	return ERR_NONE;
}

enum err mp_scan(struct bytes in)
{
	struct open stack[MP_DEPTH_MAX];
	struct reader r;
	struct head head;
	unsigned depth = 0;
	uint64_t owed = 1; /* summed over everything that is open */

	reader_init(&r, in);
	while (owed > 0 && read_head(&r, &head)) {
		struct open *top = depth ? &stack[depth - 1] : NULL;

		if (top && top->is_map && top->owed % 2 == 0)
			reader_fail(&r, check_key(top, &head, &r));
		if (top)
			top->owed--;
		owed--;
		if (head.type == MP_ARRAY || head.type == MP_MAP) {
			uint64_t count = head.type == MP_MAP ? 2 * (uint64_t)head.size : head.size;

			if (depth == MP_DEPTH_MAX) {
				reader_fail(&r, ERR_LIMIT);
				break;
			}
			stack[depth++] =
			    (struct open){.owed = count, .is_map = head.type == MP_MAP};
			owed += count;
			if (owed > reader_left(&r))
				reader_fail(&r, ERR_SHORT);
		} else if (head.type == MP_STR || head.type == MP_BIN) {
			struct bytes body = reader_take(&r, head.size);

			if (head.type == MP_STR && !text_is_utf8(body))
				reader_fail(&r, ERR_UTF8);
		}
		while (depth > 0 && stack[depth - 1].owed == 0)
			depth--;
	}
	return reader_end(&r);
}

enum mp_type mp_peek(const struct reader *r)
{
	return reader_left(r) > 0 ? type_of(*r->at) : MP_NONE;
}

bool mp_nil(struct reader *r)
{
	if (mp_peek(r) != MP_NIL)
		return false;
	reader_u8(r);
	return true;
}

bool mp_bool(struct reader *r)
{
	struct head head;

	return read_typed(r, MP_BOOL, &head) && head.number;
}

int64_t mp_int(struct reader *r)
{
	struct head head;

	return read_typed(r, MP_INT, &head) ? head.number : 0;
}

uint64_t mp_uint(struct reader *r)
{
	int64_t value = mp_int(r);

	if (value >= 0)
		return (uint64_t)value;
	reader_fail(r, ERR_TYPE);
	return 0;
}

static struct bytes read_body(struct reader *r, enum mp_type type)
{
	struct head head;

	return read_typed(r, type, &head) ? reader_take(r, head.size) : (struct bytes){0};
}

struct bytes mp_str(struct reader *r)
{
	return read_body(r, MP_STR);
}

struct bytes mp_bin(struct reader *r)
{
	return read_body(r, MP_BIN);
}

void mp_bin_fixed(struct reader *r, void *out, size_t size)
{
	struct bytes body = mp_bin(r);

	if (r->err == ERR_NONE && body.size != size)
		reader_fail(r, ERR_FORMAT);
	if (r->err != ERR_NONE)
		memset(out, 0, size);
	else if (size > 0)
		memcpy(out, body.data, size);
}

uint32_t mp_array(struct reader *r)
{
	struct head head;

	return read_typed(r, MP_ARRAY, &head) ? head.size : 0;
}

void mp_array_of(struct reader *r, uint32_t count)
{
	uint32_t found = mp_array(r);

	if (r->err == ERR_NONE && found != count)
		reader_fail(r, ERR_FORMAT);
}

uint32_t mp_map(struct reader *r)
{
	struct head head;

	return read_typed(r, MP_MAP, &head) ? head.size : 0;
}

void mp_skip(struct reader *r)
{
	struct head head;
	uint64_t owed = 1;

	while (owed > 0 && read_head(r, &head)) {
		owed--;
		if (head.type == MP_ARRAY)
			owed += head.size;
		else if (head.type == MP_MAP)
			owed += 2 * (uint64_t)head.size;
		else
			reader_take(r, head.size);
		if (owed > reader_left(r))
			reader_fail(r, ERR_SHORT);
	}
}

struct bytes mp_raw(struct reader *r)
{
	const uint8_t *start = r->at;

	mp_skip(r);
	if (r->err != ERR_NONE)
		return (struct bytes){0};
	return (struct bytes){start, (size_t)(r->at - start)};
}

struct bytes mp_get(struct bytes map, const char *key)
{
	struct bytes wanted = bytes_str(key);
	struct reader r;
	uint32_t pairs;

	reader_init(&r, map);
	pairs = mp_map(&r);
	for (uint32_t i = 0; i < pairs && r.err == ERR_NONE; i++) {
		int order = bytes_compare(mp_str(&r), wanted);

		if (order == 0)
			return mp_raw(&r);
		if (order > 0)
			break; /* keys ascend */
		mp_skip(&r);
	}
	return (struct bytes){0};
}

static int pack_into(void *writer, const char *data, size_t size)
{
	struct writer *w = writer;

	writer_put(w, data, size);
	return w->err == ERR_NONE ? 0 : -1;
}

static msgpack_packer packer(struct writer *w)
{
	return (msgpack_packer){.data = w, .callback = pack_into};
}

void mp_put_nil(struct writer *w)
{
	msgpack_packer p = packer(w);

	msgpack_pack_nil(&p);
}

void mp_put_bool(struct writer *w, bool value)
{
	msgpack_packer p = packer(w);

	if (value)
		msgpack_pack_true(&p);
	else
		msgpack_pack_false(&p);
}

void mp_put_int(struct writer *w, int64_t value)
{
	msgpack_packer p = packer(w);

	if (value > MP_INT_MAX || value < -MP_INT_MAX)
		writer_fail(w, ERR_LIMIT);
	msgpack_pack_int64(&p, value);
}

void mp_put_uint(struct writer *w, uint64_t value)
{
	msgpack_packer p = packer(w);

	if (value > (uint64_t)MP_INT_MAX)
		writer_fail(w, ERR_LIMIT);
	msgpack_pack_uint64(&p, value);
}

void mp_put_str(struct writer *w, struct bytes text)
{
	msgpack_packer p = packer(w);

	if (text.size > UINT32_MAX)
		writer_fail(w, ERR_LIMIT);
	msgpack_pack_str(&p, text.size);
	writer_put(w, text.data, text.size);
}

void mp_put_bin(struct writer *w, const void *data, size_t size)
{
	msgpack_packer p = packer(w);

	if (size > UINT32_MAX)
		writer_fail(w, ERR_LIMIT);
	msgpack_pack_bin(&p, size);
	writer_put(w, data, size);
}

void mp_put_array(struct writer *w, uint32_t count)
{
	msgpack_packer p = packer(w);

	msgpack_pack_array(&p, count);
}

void mp_put_map(struct writer *w, uint32_t pairs)
{
	msgpack_packer p = packer(w);

	msgpack_pack_map(&p, pairs);
}
