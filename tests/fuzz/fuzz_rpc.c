/* The control socket's stream: where a value ends is found the same whatever pieces it comes in,
 * and requests and answers read as they were written.
 *
 * covers: proto/rpc.c */
#include "tests/fuzz/fuzz.h"

#include "proto/mp.h"
#include "proto/rpc.h"

/* Size of the first value when the stream grows by `step` bytes at a time; 0 when it never ends. */
static size_t first_size(struct bytes in, size_t step, enum err *err)
{
	struct rpc_frame frame = {0};
	size_t size = 0;

	*err = ERR_NONE;
	for (size_t have = step < in.size ? step : in.size; !*err && size == 0;) {
		*err = rpc_frame_end(&frame, bytes_of(in.data, have), &size);
		if (have == in.size)
			break;
		have = in.size - have > step ? have + step : in.size;
	}
	return size;
}

static void one_message(struct bytes in)
{
	struct rpc_response response;
	struct rpc_request request;
	struct writer again = {0};
	char method[256];

	if (!rpc_request_decode(&request, in)) {
		fuzz_check(mp_scan(in) == ERR_NONE);
		if (request.method.size < sizeof(method) &&
		    !memchr(request.method.data, 0, request.method.size)) {
			memcpy(method, request.method.data, request.method.size);
			method[request.method.size] = '\0';
			rpc_request_encode(&again, request.id, method, request.params);
			fuzz_same(&again, in);
		}
	}
	if (!rpc_response_decode(&response, in) && !response.is_error) {
		writer_clear(&again);
		rpc_reply_encode(&again, response.id, response.result);
		fuzz_same(&again, in);
	}
	writer_release(&again);
}

/* An error of ours reads back. */
static void one_error(struct bytes in)
{
	struct rpc_response response;
	struct writer message = {0};
	char text[64] = "";

	for (size_t i = 0; i < in.size && i + 1 < sizeof(text); i++)
		text[i] = (char)(in.data[i] & 0x7f);
	rpc_error_encode(&message, 7,
	    &(struct rpc_error){
		.err = (enum err)(1 + in.data[0] % (ERR_COUNT - 1)), .text = text, .hint = text});
	fuzz_check(!rpc_response_decode(&response, writer_view(&message)));
	fuzz_check(response.is_error && bytes_equal(response.error.text_read, bytes_str(text)));
	writer_release(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	enum err err, other;
	size_t end;

	if (size == 0)
		return 0;
	end = first_size(in, size, &err);
	fuzz_check(end <= size);
	fuzz_check(first_size(in, 1, &other) == end && other == err);
	fuzz_check(first_size(in, 7, &other) == end && other == err);
	if (mp_scan(in) == ERR_NONE)
		fuzz_check(err == ERR_NONE && end == size);
	if (end)
		one_message(bytes_of(data, end));
	one_message(in);
	one_error(in);
	return 0;
}
