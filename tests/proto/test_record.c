/* Headers, records and commitments, each accepted form beside what a hostile peer would send
 * instead. */
#include "tests/unit.h"

#include "proto/limits.h"
#include "proto/mp.h"
#include "proto/record.h"
#include "proto/seal.h"

static const uint8_t salt[RECORD_SALT_SIZE] = {7, 7, 7};

/* A header of six elements that a test bends before it is written. */
struct draft {
	int64_t format, kind, time, payload_size;
	size_t anchor_size, commitment_size;
	uint32_t elements;
};

static const struct draft good = {1, 128, 1700000000000, 3, HASH_SIZE, HASH_SIZE, 6};

static void put_header(struct writer *w, const struct draft *d)
{
	static const uint8_t hash[64] = {0xaa, 0xbb};

	mp_put_array(w, d->elements);
	mp_put_int(w, d->format);
	mp_put_int(w, d->kind);
	mp_put_int(w, d->time);
	mp_put_bin(w, hash, d->anchor_size);
	mp_put_int(w, d->payload_size);
	if (d->elements > 5)
		mp_put_bin(w, hash, d->commitment_size);
	for (uint32_t i = 6; i < d->elements; i++)
		mp_put_bin(w, hash, sizeof(hash));
}

static enum err decode(const struct draft *d, struct header *out)
{
	struct writer w = {0};
	enum err err;

	put_header(&w, d);
	assert_ok(w.err);
	err = header_decode(out, writer_view(&w));
	writer_release(&w);
	return err;
}

static void a_header_is_read_as_written(void **state)
{
	struct header in = {.kind = 128, .time = {1700000000000}, .payload_size = 65536};
	struct header out;
	struct writer w = {0};

	(void)state;
	in.commitment.b[31] = 9;
	for (int i = 0; i < 2; i++) {
		in.has_anchor = i == 1;
		in.anchor.b[0] = i == 1 ? 5 : 0;
		writer_clear(&w);
		header_encode(&w, &in);
		assert_ok(header_decode(&out, writer_view(&w)));
		assert_int_equal(out.kind, 128);
		assert_true(out.time.ms == in.time.ms);
		assert_int_equal(out.has_anchor, in.has_anchor);
		assert_true(hash_equal(&out.anchor, &in.anchor));
		assert_int_equal(out.payload_size, 65536);
		assert_true(hash_equal(&out.commitment, &in.commitment));
	}
	writer_release(&w);
}

static void the_bytes_of_a_header_are_fixed(void **state)
{
	struct header in = {.kind = 66, .time = {1}, .payload_size = 200};
	struct writer w = {0};

	(void)state;
	header_encode(&w, &in);
	assert_bytes(HEX("96 01 42 01 c400 ccc8 c420"
			 "00000000000000000000000000000000"
			 "00000000000000000000000000000000"),
	    writer_view(&w));
	writer_release(&w);
}

static void further_elements_are_kept(void **state)
{
	struct draft d = good;
	struct header out;

	(void)state;
	d.elements = 9;
	assert_ok(decode(&d, &out));
	assert_int_equal(out.payload_size, 3);
}

static void a_bent_header_is_refused(void **state)
{
	static const struct {
		struct draft d;
		enum err err;
	} cases[] = {
	    {{1, 128, 0, 3, HASH_SIZE, HASH_SIZE, 6}, ERR_NONE},
	    {{2, 128, 0, 3, HASH_SIZE, HASH_SIZE, 6}, ERR_FORMAT},
	    {{0, 128, 0, 3, HASH_SIZE, HASH_SIZE, 6}, ERR_FORMAT},
	    {{1, 65535, 0, 3, 0, HASH_SIZE, 6}, ERR_NONE},
	    {{1, 65536, 0, 3, 0, HASH_SIZE, 6}, ERR_FORMAT},
	    {{1, -1, 0, 3, 0, HASH_SIZE, 6}, ERR_TYPE},
	    {{1, 128, MP_INT_MAX, 3, 0, HASH_SIZE, 6}, ERR_NONE},
	    {{1, 128, -1, 3, 0, HASH_SIZE, 6}, ERR_TYPE},
	    {{1, 128, 0, 65536, 0, HASH_SIZE, 6}, ERR_NONE},
	    {{1, 128, 0, 65537, 0, HASH_SIZE, 6}, ERR_LIMIT},
	    {{1, 128, 0, -3, 0, HASH_SIZE, 6}, ERR_TYPE},
	    {{1, 128, 0, 3, 31, HASH_SIZE, 6}, ERR_FORMAT},
	    {{1, 128, 0, 3, 33, HASH_SIZE, 6}, ERR_FORMAT}, {{1, 128, 0, 3, 0, 31, 6}, ERR_FORMAT},
	    {{1, 128, 0, 3, 0, HASH_SIZE, 5}, ERR_FORMAT},
	    {{1, 128, 0, 3, HASH_SIZE, HASH_SIZE, 20}, ERR_NONE},
	    {{1, 128, 0, 3, HASH_SIZE, HASH_SIZE, 21}, ERR_LIMIT}, /* above 1,024 bytes */
	};
	struct header out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_err(cases[i].err, decode(&cases[i].d, &out));
	assert_err(ERR_SHORT, header_decode(&out, (struct bytes){0}));
	assert_err(ERR_TYPE, header_decode(&out, HEX("80")));
	assert_err(ERR_ENCODING, header_decode(&out, HEX("96 cd0001 42 01 c400 01 c400")));
}

static void created(struct writer *w, struct record *out, const char *payload)
{
	struct hash anchor = {{1}};
	struct reader r;

	record_create(w, 128, (struct mtime){42}, &anchor, salt, bytes_str(payload));
	assert_ok(w->err);
	reader_init(&r, writer_view(w));
	assert_ok(record_read(out, &r));
	assert_ok(reader_end(&r));
}

static void a_created_record_is_read_and_matches(void **state)
{
	struct writer w = {0}, again = {0};
	struct record record;

	(void)state;
	created(&w, &record, "\x80");
	assert_int_equal(record.state, RECORD_PRESENT);
	assert_int_equal(record.header.kind, 128);
	assert_true(record.header.time.ms == 42);
	assert_true(record.header.has_anchor);
	assert_text("\x80", record.payload);
	assert_bytes(BYTES(salt), bytes_of(record.salt, RECORD_SALT_SIZE));
	assert_ok(record_check(&record));
	record_write(&again, &record);
	assert_bytes(writer_view(&w), writer_view(&again));
	writer_release(&w);
	writer_release(&again);
}

static void a_commitment_is_sha256_of_salt_and_payload(void **state)
{
	struct hash out;

	(void)state;
	record_commitment(
	    &out, (const uint8_t *)"0123456789abcdef0123456789abcdef", BYTES_STR("payload"));
	/* printf 0123456789abcdef0123456789abcdefpayload | sha256sum */
	assert_bytes(
	    HEX("0e202063cac37be4906029fc1b3b73efbfc7016b4481c0cfc71bb5afea50d760"), BYTES(out.b));
}

static void another_payload_or_salt_does_not_match(void **state)
{
	struct writer w = {0};
	struct record record;

	(void)state;
	created(&w, &record, "\x81\xa1xy");
	w.data[w.size - 1] ^= 1;
	assert_err(ERR_HASH, record_check(&record));
	w.data[w.size - 1] ^= 1;
	assert_ok(record_check(&record));
	w.data[w.size - 4 - RECORD_SALT_SIZE] ^= 0x80;
	assert_err(ERR_HASH, record_check(&record));
	w.data[w.size - 4 - RECORD_SALT_SIZE] ^= 0x80;
	record.payload.size--;
	assert_err(ERR_HASH, record_check(&record));
	writer_release(&w);
}

static void erased_and_missing_payloads_are_read(void **state)
{
	struct writer w = {0}, bent = {0};
	struct record record, out;
	struct reader r;

	(void)state;
	created(&w, &record, "\x80");
	record.state = RECORD_ERASED;
	record.erasure = (struct record_ref){{{1}}, 77, {{2}}};
	record_write(&bent, &record);
	reader_init(&r, writer_view(&bent));
	assert_ok(record_read(&out, &r));
	assert_int_equal(out.state, RECORD_ERASED);
	assert_true(out.erasure.index == 77);
	assert_int_equal(out.erasure.log.b[0], 1);
	assert_int_equal(out.erasure.leaf.b[0], 2);
	assert_int_equal(out.payload.size, 0);
	assert_ok(record_check(&out));
	out.header.kind = 3;
	assert_err(ERR_FORMAT, record_check(&out));

	writer_clear(&bent);
	record.state = RECORD_NOT_HELD;
	record_write(&bent, &record);
	reader_init(&r, writer_view(&bent));
	assert_ok(record_read(&out, &r));
	assert_int_equal(out.state, RECORD_NOT_HELD);
	assert_ok(record_check(&out));
	bent.data[bent.size - 1] = 3;
	reader_init(&r, writer_view(&bent));
	assert_err(ERR_FORMAT, record_read(&out, &r));
	writer_release(&w);
	writer_release(&bent);
}

static void every_cut_of_a_record_is_short(void **state)
{
	struct writer w = {0};
	struct record record;
	struct reader r;

	(void)state;
	created(&w, &record, "\x81\xa1xy");
	for (size_t size = 0; size < w.size; size++) {
		reader_init(&r, bytes_of(w.data, size));
		assert_err(ERR_SHORT, record_read(&record, &r));
		assert_null(record.payload.data);
	}
	w.data[0] = 0x04; /* a header of more than 1,024 bytes */
	reader_init(&r, writer_view(&w));
	assert_err(ERR_LIMIT, record_read(&record, &r));
	writer_release(&w);
}

static void a_record_is_not_created_beyond_its_bounds(void **state)
{
	static const uint8_t large[RECORD_PAYLOAD_MAX + 1];
	struct writer w = {0};

	(void)state;
	record_create(&w, 1, (struct mtime){0}, NULL, salt, bytes_of(large, RECORD_PAYLOAD_MAX));
	assert_ok(w.err);
	writer_clear(&w);
	record_create(&w, 1, (struct mtime){0}, NULL, salt, BYTES(large));
	assert_err(ERR_LIMIT, w.err);
	writer_clear(&w);
	record_create(&w, 1, (struct mtime){-1}, NULL, salt, BYTES_STR("\x80"));
	assert_err(ERR_LIMIT, w.err);
	writer_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_header_is_read_as_written),
	    cmocka_unit_test(the_bytes_of_a_header_are_fixed),
	    cmocka_unit_test(further_elements_are_kept),
	    cmocka_unit_test(a_bent_header_is_refused),
	    cmocka_unit_test(a_created_record_is_read_and_matches),
	    cmocka_unit_test(a_commitment_is_sha256_of_salt_and_payload),
	    cmocka_unit_test(another_payload_or_salt_does_not_match),
	    cmocka_unit_test(erased_and_missing_payloads_are_read),
	    cmocka_unit_test(every_cut_of_a_record_is_short),
	    cmocka_unit_test(a_record_is_not_created_beyond_its_bounds),
	};

	assert_ok(seal_init());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
