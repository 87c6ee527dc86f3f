/* log.open, the certificate of every log.
 *
 * covers: proto/log_open.c */
#include "tests/fuzz/fuzz.h"

#include "proto/log_open.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hash network = {{7}};
	struct writer again = {0};
	struct log_open open, copy;
	struct seckey sk;
	struct key pk;
	enum err err;

	if (log_open_decode(&open, bytes_of(data, size)))
		return 0;
	fuzz_check(code_is_valid(bytes_str(open.member)) && open.number >= 1);
	fuzz_check(open.previous_count <= LOG_PREVIOUS_MAX);
	err = log_open_verify(&open, &network);
	fuzz_check(err == ERR_NONE || err == ERR_NETWORK || err == ERR_KEY ||
		   err == ERR_SIGNATURE || err == ERR_LIMIT);
	/* Certified by a key of ours it is the same, but for keys that no version knows. */
	copy = open;
	seal_sign_keypair(&pk, &sk, (const uint8_t[32]){3});
	copy.member_key = pk;
	copy.network = network;
	log_open_encode(&again, &copy, &sk);
	fuzz_check(again.size <= size);
	fuzz_check(!log_open_decode(&open, writer_view(&again)));
	fuzz_check(open.number == copy.number && open.previous_count == copy.previous_count);
	err = log_open_verify(&open, &network);
	fuzz_check(err == (seal_is_valid_point(&open.key) ? ERR_NONE : ERR_KEY));
	writer_release(&again);
	return 0;
}
