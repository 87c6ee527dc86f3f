/* The config of a home, which people edit.
 *
 * covers: proto/home.c */
#include "tests/fuzz/fuzz.h"

#include "proto/home.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct writer text = {0}, again = {0};
	struct home home = {0}, same = {0};
	struct why why = {0};

	if (home_decode(&home, bytes_of(data, size), &why)) {
		fuzz_check(why.err != ERR_NONE && why.text[0]);
	} else {
		home_encode(&text, &home);
		fuzz_check(!text.err);
		fuzz_check(!home_decode(&same, writer_view(&text), &why));
		home_encode(&again, &same);
		fuzz_check(bytes_equal(writer_view(&text), writer_view(&again)));
		home_release(&same);
	}
	home_release(&home);
	writer_release(&text);
	writer_release(&again);
	return 0;
}
