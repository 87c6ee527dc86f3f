/* msgpack-rpc: values are found in a stream however it is cut, and what is no request is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "proto/mp.h"
#include "proto/rpc.h"

/* {"a": [1, "xy", bin 3, nil, -7, 70000]} */
static void params_put(struct writer *w)
{
	mp_put_map(w, 1);
	mp_put_cstr(w, "a");
	mp_put_array(w, 6);
	mp_put_int(w, 1);
	mp_put_cstr(w, "xy");
	mp_put_bin(w, "abc", 3);
	mp_put_nil(w);
	mp_put_int(w, -7);
	mp_put_int(w, 70000);
}

static void finds_the_end_byte_by_byte(void **state)
{
	struct writer params = {0}, w = {0};
	struct rpc_frame frame = {0};
	size_t size, first;

	(void)state;
	params_put(&params);
	rpc_request_encode(&w, 7, "list", writer_view(&params));
	first = w.size;
	rpc_request_encode(&w, 8, "show", writer_view(&params));
	for (size_t n = 0; n < first; n++) {
		assert_int_equal(rpc_frame_end(&frame, bytes_of(w.data, n), &size), ERR_NONE);
		assert_int_equal(size, 0);
	}
	assert_int_equal(rpc_frame_end(&frame, bytes_of(w.data, first), &size), ERR_NONE);
	assert_int_equal(size, first);
	frame = (struct rpc_frame){0};
	assert_int_equal(rpc_frame_end(&frame, writer_view(&w), &size), ERR_NONE);
	assert_int_equal(size, first);
	writer_release(&params);
	writer_release(&w);
}

static void refuses_what_is_too_large_before_it_is_there(void **state)
{
	static const uint8_t bin[] = {0xc6, 0x00, 0x80, 0x00, 0x01};
	static const uint8_t array[] = {0xdd, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t map[] = {0xdf, 0x00, 0x40, 0x00, 0x01};
	static const uint8_t fits[] = {0xc6, 0x00, 0x7f, 0xff, 0xfb};
	struct rpc_frame frame = {0};
	size_t size;

	(void)state;
	assert_int_equal(rpc_frame_end(&frame, BYTES(bin), &size), ERR_LIMIT);
	frame = (struct rpc_frame){0};
	assert_int_equal(rpc_frame_end(&frame, BYTES(array), &size), ERR_LIMIT);
	frame = (struct rpc_frame){0};
	assert_int_equal(rpc_frame_end(&frame, BYTES(map), &size), ERR_LIMIT);
	frame = (struct rpc_frame){0};
	assert_int_equal(rpc_frame_end(&frame, BYTES(fits), &size), ERR_NONE);
	assert_int_equal(size, 0);
}

static void refuses_bytes_of_no_type_of_ours(void **state)
{
	static const uint8_t bytes[] = {
	    0xc1, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8};
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		const uint8_t in[] = {0x91, bytes[i], 0, 0, 0, 0, 0, 0, 0, 0};
		struct rpc_frame frame = {0};
		assert_int_equal(rpc_frame_end(&frame, BYTES(in), &size), ERR_ENCODING);
	}
}

static void request_reads_back(void **state)
{
	struct writer params = {0}, w = {0};
	struct rpc_request request;

	(void)state;
	params_put(&params);
	rpc_request_encode(&w, UINT32_MAX, "peer.add", writer_view(&params));
	assert_int_equal(rpc_request_decode(&request, writer_view(&w)), ERR_NONE);
	assert_int_equal(request.id, UINT32_MAX);
	assert_true(bytes_equal(request.method, BYTES_STR("peer.add")));
	assert_true(bytes_equal(request.params, writer_view(&params)));
	w.data[1] = 0x01; /* a response */
	assert_int_equal(rpc_request_decode(&request, writer_view(&w)), ERR_FORMAT);
	w.data[1] = 0x00;
	assert_int_equal(rpc_request_decode(&request, bytes_of(w.data, w.size - 1)), ERR_SHORT);
	writer_clear(&w);
	rpc_request_encode(&w, 1, "list", BYTES_STR("\xc0")); /* nil for a map */
	assert_int_equal(rpc_request_decode(&request, writer_view(&w)), ERR_FORMAT);
	writer_clear(&w);
	rpc_request_encode(&w, 1, "list", BYTES_STR("\x81\x01\x01")); /* a key that is no string */
	assert_int_equal(rpc_request_decode(&request, writer_view(&w)), ERR_ENCODING);
	writer_release(&params);
	writer_release(&w);
}

static void error_reads_back_with_its_exit_code(void **state)
{
	static const struct rpc_error fields = {.err = ERR_FIELD,
	    .text = "bad title",
	    .hint = "say it",
	    .fields = {(const uint8_t *)"\x91\x80", 2}};
	struct rpc_response response;
	struct writer w = {0};

	(void)state;
	rpc_error_encode(&w, 3, &fields);
	assert_int_equal(rpc_response_decode(&response, writer_view(&w)), ERR_NONE);
	assert_true(response.is_error);
	assert_int_equal(response.id, 3);
	assert_int_equal(response.error.err, ERR_FIELD);
	assert_int_equal(response.error.code, 4);
	assert_true(bytes_equal(response.error.name_read, BYTES_STR("field")));
	assert_true(bytes_equal(response.error.text_read, BYTES_STR("bad title")));
	assert_true(bytes_equal(response.error.hint_read, BYTES_STR("say it")));
	assert_int_equal(response.error.fields.size, 2);
	w.data[w.size - 1] = 0x01; /* error and result at once */
	assert_int_equal(rpc_response_decode(&response, writer_view(&w)), ERR_FORMAT);
	writer_clear(&w);
	rpc_error_encode(&w, 3, &(struct rpc_error){.err = ERR_IO, .text = "caf\xc3"});
	assert_int_equal(rpc_response_decode(&response, writer_view(&w)), ERR_NONE);
	assert_true(bytes_equal(response.error.text_read, BYTES_STR("caf?")));
	writer_release(&w);
	assert_int_equal(rpc_exit_code(ERR_USAGE), 2);
	assert_int_equal(rpc_exit_code(ERR_UNKNOWN), 4);
	assert_int_equal(rpc_exit_code(ERR_CUT), 4);
	assert_int_equal(rpc_exit_code(ERR_IO), 1);
	assert_int_equal(rpc_exit_code(ERR_NONE), 0);
}

static void reply_reads_back(void **state)
{
	struct rpc_response response;
	struct writer result = {0}, w = {0};

	(void)state;
	params_put(&result);
	rpc_reply_encode(&w, 9, writer_view(&result));
	assert_int_equal(rpc_response_decode(&response, writer_view(&w)), ERR_NONE);
	assert_false(response.is_error);
	assert_true(bytes_equal(response.result, writer_view(&result)));
	w.data[1] = 0x00; /* a request */
	assert_int_equal(rpc_response_decode(&response, writer_view(&w)), ERR_FORMAT);
	writer_release(&result);
	writer_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_the_end_byte_by_byte),
	    cmocka_unit_test(refuses_what_is_too_large_before_it_is_there),
	    cmocka_unit_test(refuses_bytes_of_no_type_of_ours),
	    cmocka_unit_test(request_reads_back),
	    cmocka_unit_test(error_reads_back_with_its_exit_code),
	    cmocka_unit_test(reply_reads_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
