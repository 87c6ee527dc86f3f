/* Key files. Passphrases are tried only where the costs are those of tests: that costs out of
 * bounds are refused before anything is hashed is asked for, that hashing is slow is not.
 *
 * covers: proto/keyfile.c */
#include "tests/fuzz/fuzz.h"

#include "proto/keyfile.h"
#include "proto/limits.h"
#include "proto/mp.h"

#define PASSPHRASE BYTES_STR("correct horse")

static bool is_cheap(struct bytes in)
{
	struct reader r;
	uint64_t passes, memory;

	reader_init(&r, mp_get(in, "sealed"));
	mp_array_of(&r, 5);
	mp_skip(&r);
	mp_skip(&r);
	passes = mp_uint(&r);
	memory = mp_uint(&r);
	return !r.err && passes <= 2 && memory <= 64;
}

/* Any secret is read back from both kinds of file, by nobody else. */
static void keep(struct bytes in)
{
	struct keyfile_lock lock = {.passphrase = PASSPHRASE,
	    .salt = {in.data[0]},
	    .nonce = {in.data[1]},
	    .cost = {1, PWHASH_MEMORY_KIB_MIN}};
	enum keyfile_purpose purpose = (enum keyfile_purpose)(in.data[0] % 4);
	struct seckey sk, same;
	struct key pk, of_file;

	keyfile_derive(&pk, &sk, purpose, in.data);
	for (unsigned is_sealed = 0; is_sealed < 2; is_sealed++) {
		struct writer file = {0};
		struct why why = {0};

		fuzz_check(!keyfile_encode(&file, purpose, in.data, is_sealed ? &lock : NULL));
		fuzz_check(!keyfile_decode(
		    writer_view(&file), purpose, PASSPHRASE, &of_file, &same, &why));
		fuzz_check(key_equal(&pk, &of_file) && !memcmp(&sk, &same, sizeof(sk)));
		if (is_sealed)
			fuzz_check(keyfile_decode(writer_view(&file), purpose, BYTES_STR("horse"),
				       &of_file, &same, &why) == ERR_PASSPHRASE);
		writer_release(&file);
	}
	lock.cost.memory_kib = in.data[2] % 8;
	fuzz_check(keyfile_encode(&(struct writer){0}, purpose, in.data, &lock) == ERR_LIMIT);
	lock.cost.memory_kib = 8;
	lock.passphrase.size = 0;
	fuzz_check(keyfile_encode(&(struct writer){0}, purpose, in.data, &lock) == ERR_PASSPHRASE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct why why = {0};
	struct keyfile file;
	struct seckey sk;
	struct key pk;

	if (size >= 32 && size < 64)
		keep(in);
	if (keyfile_inspect(in, &file, &why)) {
		fuzz_check(why.err != ERR_NONE);
		why = (struct why){0};
		fuzz_check(keyfile_decode(in, KEYFILE_LOG, PASSPHRASE, &pk, &sk, &why) != ERR_NONE);
		return 0;
	}
	for (unsigned purpose = 0; purpose <= KEYFILE_TRANSPORT; purpose++) {
		bool is_tried = !file.is_sealed || is_cheap(in);
		enum err err = keyfile_decode(in, (enum keyfile_purpose)purpose,
		    is_tried ? PASSPHRASE : (struct bytes){0}, &pk, &sk, &why);

		fuzz_check(
		    err != ERR_NONE || (purpose == file.purpose && key_equal(&pk, &file.key)));
		fuzz_check(purpose == file.purpose || err != ERR_NONE);
		fuzz_check(is_tried || err != ERR_NONE);
	}
	return 0;
}
