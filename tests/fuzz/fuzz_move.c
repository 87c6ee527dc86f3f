/* The file of a move: what is read names nothing outside a home, and is written as it came.
 *
 * covers: cli/moved_home.c */
#include "tests/fuzz/fuzz.h"

#include "cli/moved_home.h"

static void check_name(const char *name)
{
	fuzz_check(strlen(name) > 0 && !strstr(name, "..") && name[0] != '/');
	fuzz_check(strcmp(name, "config") == 0 || strcmp(name, "network.json") == 0 ||
		   strncmp(name, "keys/", 5) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct writer whole = {0}, again = {0};
	struct moved_home m, same;
	bool is_finished = false, is_same = false;
	enum err err = moved_home_decode(&m, &is_finished, bytes_of(data, size));

	if (err) {
		fuzz_check(err == ERR_FORMAT || err == ERR_HASH);
		/* A file that was cut before its hash has a meaning too. */
		writer_put(&whole, data, size);
		moved_home_finish(&whole);
		err = moved_home_decode(&m, &is_finished, writer_view(&whole));
		fuzz_check(!err || err == ERR_FORMAT || err == ERR_HASH);
	}
	if (!err) {
		fuzz_check(m.file_count <= MOVED_FILES_MAX && m.lock_count <= MOVED_LOCKS_MAX);
		for (unsigned i = 0; i < m.file_count; i++)
			check_name(m.files[i].name);
		moved_home_encode(&again, &m);
		if (is_finished)
			moved_home_finish(&again);
		fuzz_check(!again.err);
		fuzz_check(!moved_home_decode(&same, &is_same, writer_view(&again)));
		fuzz_check(is_same == is_finished && same.file_count == m.file_count &&
			   same.lock_count == m.lock_count);
	}
	writer_release(&whole);
	writer_release(&again);
	return 0;
}
