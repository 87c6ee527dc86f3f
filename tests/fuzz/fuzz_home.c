/* The config of a home, which people edit.
 *
 * covers: proto/home.c */
#include "tests/fuzz/fuzz.h"

#include "proto/home.h"

/* Where a log goes on, its lines are written again and the others stay. */
static void edit(const struct home *home, struct bytes text)
{
	struct writer edited = {0}, want = {0}, got = {0};
	struct home same = {0};
	struct why why = {0};
	char path[HOME_KEY_PATH_SIZE];

	home_edit_log(&edited, text, home);
	fuzz_check(!edited.err && !home_decode(&same, writer_view(&edited), &why));
	home_encode(&want, home);
	home_encode(&got, &same);
	fuzz_check(bytes_equal(writer_view(&want), writer_view(&got)));
	for (uint32_t number = 1; number <= 2; number++) {
		home_key_log(path, number, &home->log);
		fuzz_check(strlen(path) > 4 && strlen(path) < sizeof(path) - 1);
		home_key_transport(path, number, &home->transport);
		fuzz_check(strlen(path) > 4 && strlen(path) < sizeof(path) - 1);
	}
	home_release(&same);
	writer_release(&edited);
	writer_release(&want);
	writer_release(&got);
}

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
		edit(&home, bytes_of(data, size));
	}
	home_release(&home);
	writer_release(&text);
	writer_release(&again);
	return 0;
}
