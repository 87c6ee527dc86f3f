/* Headers and records as bytes: what a header may say, and whether a payload is the one that its
 * header committed to. What a payload means it does not know; a log is accepted by its headers
 * alone. */
#include "proto/record.h"

#include <string.h>

#include "proto/limits.h"
#include "proto/mp.h"
#include "proto/seal.h"

#define HEADER_FORMAT 1
#define HEADER_ELEMENTS 6

static void read_anchor(struct header *out, struct reader *r)
{
	struct bytes anchor = mp_bin(r);

	if (anchor.size != 0 && anchor.size != HASH_SIZE)
		reader_fail(r, ERR_FORMAT);
	out->has_anchor = r->err == ERR_NONE && anchor.size == HASH_SIZE;
	if (out->has_anchor)
		memcpy(out->anchor.b, anchor.data, HASH_SIZE);
}

enum err header_decode(struct header *out, struct bytes raw)
{
	struct reader r;
	uint64_t format, kind, payload_size;
	enum err err;

	*out = (struct header){0};
	if (raw.size > RECORD_HEADER_MAX)
		return ERR_LIMIT;
	err = mp_scan(raw);
	if (err != ERR_NONE)
		return err;
	reader_init(&r, raw);
	if (mp_array(&r) < HEADER_ELEMENTS)
		reader_fail(&r, ERR_FORMAT);
	format = mp_uint(&r);
	kind = mp_uint(&r);
	if (r.err == ERR_NONE && (format != HEADER_FORMAT || kind > KIND_MAX))
		reader_fail(&r, ERR_FORMAT);
	out->kind = (uint16_t)kind;
	out->time.ms = (int64_t)mp_uint(&r);
	read_anchor(out, &r);
	payload_size = mp_uint(&r);
	if (payload_size > RECORD_PAYLOAD_MAX)
		reader_fail(&r, ERR_LIMIT);
	out->payload_size = (uint32_t)payload_size;
	mp_bin_fixed(&r, out->commitment.b, HASH_SIZE);
	return r.err; /* what follows belongs to later versions and was scanned */
}

void header_encode(struct writer *w, const struct header *header)
{
	mp_put_array(w, HEADER_ELEMENTS);
	mp_put_int(w, HEADER_FORMAT);
	mp_put_uint(w, header->kind);
	mp_put_int(w, header->time.ms);
	mp_put_bin(w, header->anchor.b, header->has_anchor ? HASH_SIZE : 0);
	mp_put_uint(w, header->payload_size);
	mp_put_bin(w, header->commitment.b, HASH_SIZE);
}

void record_commitment(
    struct hash *out, const uint8_t salt[static RECORD_SALT_SIZE], struct bytes payload)
{
	const struct bytes parts[] = {{salt, RECORD_SALT_SIZE}, payload};

	seal_sha256_parts(out, parts, 2);
}

enum err record_read_rest(struct record *out, struct reader *r, uint32_t payload_size)
{
	uint8_t state = reader_u8(r);

	out->salt = NULL;
	out->payload = (struct bytes){0};
	out->erasure = (struct record_ref){0};
	out->state = RECORD_NOT_HELD;
	switch (state) {
	case RECORD_PRESENT:
		out->salt = reader_take(r, RECORD_SALT_SIZE).data;
		out->payload = reader_take(r, payload_size);
		break;
	case RECORD_ERASED:
		reader_copy(r, out->erasure.log.b, KEY_SIZE);
		out->erasure.index = reader_u64(r);
		reader_copy(r, out->erasure.leaf.b, HASH_SIZE);
		break;
	case RECORD_NOT_HELD:
		break;
	default:
		reader_fail(r, ERR_FORMAT);
	}
	if (r->err == ERR_NONE)
		out->state = (enum record_state)state;
	return r->err;
}

enum err record_read(struct record *out, struct reader *r)
{
	uint16_t header_size = reader_u16(r);

	*out = (struct record){.state = RECORD_NOT_HELD};
	if (header_size > RECORD_HEADER_MAX)
		reader_fail(r, ERR_LIMIT);
	out->raw_header = reader_take(r, header_size);
	if (r->err == ERR_NONE)
		reader_fail(r, header_decode(&out->header, out->raw_header));
	if (r->err != ERR_NONE)
		return r->err;
	return record_read_rest(out, r, out->header.payload_size);
}

void record_write_rest(struct writer *w, const struct record *record)
{
	writer_u8(w, (uint8_t)record->state);
	switch (record->state) {
	case RECORD_PRESENT:
		writer_put(w, record->salt, RECORD_SALT_SIZE);
		writer_bytes(w, record->payload);
		break;
	case RECORD_ERASED:
		writer_put(w, record->erasure.log.b, KEY_SIZE);
		writer_u64(w, record->erasure.index);
		writer_put(w, record->erasure.leaf.b, HASH_SIZE);
		break;
	case RECORD_NOT_HELD:
		break;
	}
}

void record_write(struct writer *w, const struct record *record)
{
	if (record->raw_header.size > RECORD_HEADER_MAX)
		writer_fail(w, ERR_LIMIT);
	writer_u16(w, (uint16_t)record->raw_header.size);
	writer_bytes(w, record->raw_header);
	record_write_rest(w, record);
}

enum err record_check(const struct record *record)
{
	struct hash commitment;

	if (record->state == RECORD_ERASED && record->header.kind <= KIND_NETWORK_MAX)
		return ERR_FORMAT; /* the network's own records are never erasable */
	if (record->state != RECORD_PRESENT)
		return ERR_NONE;
	if (record->payload.size != record->header.payload_size)
		return ERR_HASH;
	record_commitment(&commitment, record->salt, record->payload);
	return hash_equal(&commitment, &record->header.commitment) ? ERR_NONE : ERR_HASH;
}

void record_create(struct writer *w, uint16_t kind, struct mtime time, const struct hash *anchor,
    const uint8_t salt[static RECORD_SALT_SIZE], struct bytes payload)
{
	struct header header = {
	    .kind = kind, .time = time, .has_anchor = anchor && !hash_is_zero(anchor)};
	struct record record = {.state = RECORD_PRESENT, .salt = salt, .payload = payload};
	size_t start = w->size;

	if (payload.size > RECORD_PAYLOAD_MAX || time.ms < 0)
		writer_fail(w, ERR_LIMIT);
	if (header.has_anchor)
		header.anchor = *anchor;
	header.payload_size = (uint32_t)payload.size;
	record_commitment(&header.commitment, salt, payload);
	writer_u16(w, 0);
	header_encode(w, &header);
	if (w->err == ERR_NONE)
		be16_put(w->data + start, (uint16_t)(w->size - start - 2));
	record_write_rest(w, &record);
}

struct bytes record_raw_header(struct bytes record)
{
	size_t size = record.size < 2 ? 0 : be16_get(record.data);

	return size <= record.size - 2 && size > 0 ? bytes_of(record.data + 2, size)
						   : (struct bytes){0};
}
