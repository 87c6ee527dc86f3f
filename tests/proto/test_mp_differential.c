/* The scan against an oracle that shares no code with it: msgpack-c unpacks and packs again,
 * utf8proc judges text. Over random canonical values and over damaged ones both must say the same.
 */
#include "tests/proto/mp_oracle.h"

#include "tests/unit.h"

#define VALUES 20000
#define DAMAGES 10

static const char *const words[] = {"", "a", "aa", "b", "title", "\u0641\u0627\u0633", "F\u00e8s",
    "\U0001f37a", "a longer text that needs more than thirty-one bytes"};

static int64_t random_integer(uint64_t *seed)
{
	int64_t value = (int64_t)(unit_random(seed) & (uint64_t)MP_INT_MAX);

	value >>= unit_random(seed) % 53;
	return unit_random(seed) & 1 ? value : -value;
}

static void put_random(struct writer *w, uint64_t *seed, unsigned depth)
{
	static const uint8_t blob[300];
	uint64_t pick = unit_random(seed) % (depth < MP_DEPTH_MAX ? 10 : 6);
	uint32_t count = (uint32_t)(unit_random(seed) % 5);

	if (pick == 0)
		mp_put_nil(w);
	else if (pick == 1)
		mp_put_bool(w, unit_random(seed) & 1);
	else if (pick <= 3)
		mp_put_int(w, random_integer(seed));
	else if (pick == 4)
		mp_put_cstr(w, words[unit_random(seed) % 9]);
	else if (pick == 5)
		mp_put_bin(w, blob, unit_random(seed) % 300);
	else if (pick <= 7) {
		mp_put_array(w, count * 5);
		for (uint32_t i = 0; i < count * 5; i++)
			put_random(w, seed, i < 3 ? depth + 1 : MP_DEPTH_MAX);
	} else {
		static const char *const keys[] = {"", "a", "aa", "b", "\u0641"};

		mp_put_map(w, count);
		for (uint32_t i = 0; i < count; i++) {
			mp_put_cstr(w, keys[i]);
			put_random(w, seed, depth + 1);
		}
	}
}

/* The readers walk a value and meet the same things as msgpack-c. */
static void compare_readers(struct reader *r, const msgpack_object *o)
{
	if (o->type == MSGPACK_OBJECT_NIL)
		assert_true(mp_nil(r));
	else if (o->type == MSGPACK_OBJECT_BOOLEAN)
		assert_int_equal(mp_bool(r), o->via.boolean);
	else if (o->type == MSGPACK_OBJECT_POSITIVE_INTEGER)
		assert_true(mp_uint(r) == o->via.u64);
	else if (o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		assert_true(mp_int(r) == o->via.i64);
	else if (o->type == MSGPACK_OBJECT_STR)
		assert_bytes(bytes_of(o->via.str.ptr, o->via.str.size), mp_str(r));
	else if (o->type == MSGPACK_OBJECT_BIN)
		assert_bytes(bytes_of(o->via.bin.ptr, o->via.bin.size), mp_bin(r));
	else if (o->type == MSGPACK_OBJECT_ARRAY) {
		assert_int_equal(mp_array(r), o->via.array.size);
		for (uint32_t i = 0; i < o->via.array.size; i++)
			compare_readers(r, &o->via.array.ptr[i]);
	} else {
		assert_int_equal(o->type, MSGPACK_OBJECT_MAP);
		assert_int_equal(mp_map(r), o->via.map.size);
		for (uint32_t i = 0; i < o->via.map.size; i++) {
			compare_readers(r, &o->via.map.ptr[i].key);
			compare_readers(r, &o->via.map.ptr[i].val);
		}
	}
}

static void random_values_read_as_msgpack_c_reads_them(void **state)
{
	uint64_t seed = 20240607;

	(void)state;
	for (int i = 0; i < VALUES; i++) {
		struct writer w = {0};
		msgpack_unpacked unpacked;
		struct reader r, skipper;
		size_t offset = 0;

		put_random(&w, &seed, 0);
		assert_ok(mp_scan(writer_view(&w)));
		assert_true(oracle(writer_view(&w)));
		msgpack_unpacked_init(&unpacked);
		assert_int_equal(
		    msgpack_unpack_next(&unpacked, (const char *)w.data, w.size, &offset),
		    MSGPACK_UNPACK_SUCCESS);
		reader_init(&r, writer_view(&w));
		compare_readers(&r, &unpacked.data);
		assert_ok(reader_end(&r));
		reader_init(&skipper, writer_view(&w));
		mp_skip(&skipper);
		assert_ok(reader_end(&skipper));
		msgpack_unpacked_destroy(&unpacked);
		writer_release(&w);
	}
}

/* Sets, swaps, drops or doubles a byte, or cuts the end. */
static void damage(struct writer *w, uint64_t *seed)
{
	static const uint8_t telling[] = {0x00, 0x80, 0x90, 0xa0, 0xc0, 0xc1, 0xc4, 0xca, 0xcc,
	    0xcf, 0xd0, 0xd3, 0xd4, 0xd9, 0xdc, 0xde, 0xff};
	size_t at = unit_random(seed) % w->size;

	switch (unit_random(seed) % 5) {
	case 0:
		w->data[at] = (uint8_t)unit_random(seed);
		break;
	case 1:
		w->data[at] = telling[unit_random(seed) % sizeof(telling)];
		break;
	case 2:
		memmove(w->data + at, w->data + at + 1, w->size - at - 1);
		w->size--;
		break;
	case 3:
		writer_u8(w, 0);
		memmove(w->data + at + 1, w->data + at, w->size - at - 1);
		break;
	case 4:
		w->size = at;
		break;
	}
}

static void damaged_values_are_judged_as_the_oracle_judges_them(void **state)
{
	unsigned accepted = 0, refused = 0;

	(void)state;
	for (uint64_t run = 1; run <= VALUES; run++) {
		uint64_t seed = run * 0x9e3779b97f4a7c15u;
		struct writer w = {0};

		put_random(&w, &seed, 0);
		for (int i = 0; i < DAMAGES && w.size > 0; i++) {
			struct bytes in;
			enum err err;

			damage(&w, &seed);
			in = writer_view(&w);
			err = mp_scan(in);
			/* What claims 32-bit counts the oracle would allocate for. */
			if (memchr(in.data, 0xdd, in.size) || memchr(in.data, 0xdf, in.size))
				continue;
			if ((err == ERR_NONE) != oracle(in)) {
				unit_print_bytes("value", in);
				fail_msg("run %d: scan says %s", (int)run, err_name(err));
			}
			accepted += err == ERR_NONE;
			refused += err != ERR_NONE;
		}
		writer_release(&w);
	}
	assert_true(accepted > VALUES / 10);
	assert_true(refused > VALUES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_values_read_as_msgpack_c_reads_them),
	    cmocka_unit_test(damaged_values_are_judged_as_the_oracle_judges_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
