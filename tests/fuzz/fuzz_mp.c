/* Canonical MessagePack: the scan against an oracle of msgpack-c, the readers on scanned and on
 * unscanned bytes, and one encoding for one value.
 *
 * covers: proto/mp.c proto/reader.c */
#include "tests/fuzz/fuzz.h"

#include "tests/proto/mp_oracle.h"

/* msgpack-c allocates for what is claimed, so it only sees claims that the input could keep. What
 * is behind the first value does not count. */
static bool claims_fit(struct bytes in)
{
	/* Bytes of a length or of a number, by the low bits of the first byte; ext is never ours. */
	static const uint8_t sizes[32] = {
	    [0x04] = 1, 2, 4, [0x0a] = 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, [0x19] = 1, 2, 4, 2, 4, 2, 4};
	struct reader r;
	uint64_t owed = 1;

	for (reader_init(&r, in); owed > 0 && !r.err; owed--) {
		uint8_t byte = reader_u8(&r);
		uint64_t length = 0;
		unsigned form = byte & 0x1f;
		bool is_ext = (byte >= 0xc7 && byte <= 0xc9) || (byte >= 0xd4 && byte <= 0xd8);

		if (byte < 0x80 || byte >= 0xe0)
			continue;
		if (byte < 0xc0) {
			if (byte < 0xa0)
				owed += (byte < 0x90 ? 2u : 1u) * (byte & 0x0f);
			else
				reader_take(&r, form);
		} else if ((byte >= 0xc4 && byte <= 0xc6) || (byte >= 0xd9 && byte <= 0xdb) ||
			   byte >= 0xdc) {
			for (unsigned i = 0; i < sizes[form]; i++)
				length = length << 8 | reader_u8(&r);
			if (byte >= 0xdc)
				owed += (byte >= 0xde ? 2 : 1) * length;
			else
				reader_take(&r, length);
		} else {
			reader_take(&r, sizes[form]);
		}
		if (owed > in.size + 1 || is_ext)
			return false;
	}
	return r.err == ERR_NONE;
}

/* Writes the value again by what the readers say. */
static void copy(struct reader *r, struct writer *w, unsigned depth)
{
	struct bytes part;
	uint32_t count;

	fuzz_check(depth <= MP_DEPTH_MAX);
	switch (mp_peek(r)) {
	case MP_NIL:
		fuzz_check(mp_nil(r));
		mp_put_nil(w);
		break;
	case MP_BOOL:
		mp_put_bool(w, mp_bool(r));
		break;
	case MP_INT:
		mp_put_int(w, mp_int(r));
		break;
	case MP_STR:
		mp_put_str(w, mp_str(r));
		break;
	case MP_BIN:
		part = mp_bin(r);
		mp_put_bin(w, part.data, part.size);
		break;
	case MP_ARRAY:
		count = mp_array(r);
		mp_put_array(w, count);
		for (uint32_t i = 0; i < count; i++)
			copy(r, w, depth + 1);
		break;
	case MP_MAP:
		count = mp_map(r);
		mp_put_map(w, count);
		for (uint32_t i = 0; i < 2 * count; i++)
			copy(r, w, depth + 1);
		break;
	case MP_NONE:
		fuzz_check(false);
	}
}

static void read_scanned(struct bytes in)
{
	struct writer again = {0};
	struct reader r;

	reader_init(&r, in);
	copy(&r, &again, 0);
	fuzz_check(reader_end(&r) == ERR_NONE);
	fuzz_check(bytes_equal(in, writer_view(&again)));
	reader_init(&r, in);
	fuzz_check(bytes_equal(in, mp_raw(&r)));
	writer_release(&again);
}

/* The first bytes choose what a caller expects; nothing may be read past the end. */
static void read_wildly(struct bytes in)
{
	uint8_t room[40];
	struct reader plan, r;

	reader_init(&plan, bytes_of(in.data, in.size < 16 ? in.size : 16));
	reader_init(&r, in);
	while (reader_left(&plan) > 0) {
		size_t left = reader_left(&r);
		uint8_t step = reader_u8(&plan);

		switch (step % 13) {
		case 0:
			mp_nil(&r);
			break;
		case 1:
			mp_bool(&r);
			break;
		case 2:
			mp_int(&r);
			break;
		case 3:
			mp_uint(&r);
			break;
		case 4:
			fuzz_check(mp_str(&r).size <= left);
			break;
		case 5:
			fuzz_check(mp_bin(&r).size <= left);
			break;
		case 6:
			mp_bin_fixed(&r, room, step % sizeof(room));
			break;
		case 7:
			fuzz_check(mp_array(&r) <= left);
			break;
		case 8:
			fuzz_check(mp_map(&r) <= left);
			break;
		case 9:
			mp_skip(&r);
			break;
		case 10:
			fuzz_check(mp_raw(&r).size <= left);
			break;
		case 11:
			mp_array_of(&r, step % 5);
			break;
		case 12:
			reader_u16(&r);
			reader_u32(&r);
			reader_u64(&r);
			break;
		}
		fuzz_check(reader_left(&r) <= left);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	bool is_canonical = mp_scan(in) == ERR_NONE;

	if (claims_fit(in))
		fuzz_check(is_canonical == oracle(in));
	else
		fuzz_check(!is_canonical);
	if (is_canonical)
		read_scanned(in);
	read_wildly(in);
	mp_get(in, "title");
	return 0;
}
