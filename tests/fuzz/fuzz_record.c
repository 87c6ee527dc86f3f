/* Headers and records.
 *
 * covers: proto/record.c */
#include "tests/fuzz/fuzz.h"

#include "proto/record.h"

static void one_header(struct bytes in)
{
	struct writer again = {0};
	struct header header;

	if (header_decode(&header, in))
		return;
	fuzz_check(in.size <= RECORD_HEADER_MAX && header.payload_size <= RECORD_PAYLOAD_MAX);
	header_encode(&again, &header);
	/* Elements of later versions are kept by keeping the bytes, not by the struct. */
	fuzz_check(
	    again.size > in.size || again.size < in.size || bytes_equal(writer_view(&again), in));
	writer_release(&again);
}

static void one_rest(struct bytes in)
{
	struct writer again = {0};
	struct record record;
	struct reader r;
	uint32_t size;

	reader_init(&r, in);
	size = reader_u16(&r);
	in = reader_rest(&r);
	if (record_read_rest(&record, &r, size))
		return;
	record_write_rest(&again, &record);
	fuzz_check(bytes_equal(writer_view(&again), bytes_of(in.data, in.size - reader_left(&r))));
	writer_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size), at;
	struct writer again = {0};
	struct record record;
	struct reader r;

	one_header(in);
	one_rest(in);
	reader_init(&r, in);
	for (at = in; reader_left(&r) > 0 && !record_read(&record, &r); at = reader_rest(&r)) {
		enum err err = record_check(&record);
		bool has_payload = record.state == RECORD_PRESENT;
		bool is_kept = record.header.kind <= KIND_NETWORK_MAX;

		fuzz_check((err == ERR_FORMAT) == (record.state == RECORD_ERASED && is_kept));
		fuzz_check(
		    err == ERR_NONE || err == ERR_FORMAT || (err == ERR_HASH && has_payload));
		fuzz_check(!has_payload || record.payload.size == record.header.payload_size);
		writer_clear(&again);
		record_write(&again, &record);
		fuzz_check(
		    bytes_equal(writer_view(&again), bytes_of(at.data, at.size - reader_left(&r))));
		one_header(record.raw_header);
	}
	writer_release(&again);
	return 0;
}
