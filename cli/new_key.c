/* Draws and writes keys. Decides what sealing a key costs; what a key is for is its caller's. */
#include "cli/new_key.h"

#include "cli/commands.h"
#include "cli/file.h"
#include "cli/lang.h"
#include "proto/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

void random_draw(void *out, size_t size)
{
	uint8_t *at = out;

	while (size) {
		ssize_t got = getrandom(at, size, 0);

		if (got < 0 && errno != EINTR) {
			fprintf(stderr, "commune: %s\n", strerror(errno));
			exit(EXIT_FAILED);
		}
		at += got > 0 ? got : 0;
		size -= got > 0 ? (size_t)got : 0;
	}
}

struct mtime clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (struct mtime){(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000};
}

enum err new_key_write(const char *path, enum keyfile_purpose purpose,
    const uint8_t seed[static 32], struct bytes passphrase, struct why *why)
{
	struct keyfile_lock lock = {.passphrase = passphrase,
	    .cost = {.passes = PWHASH_PASSES, .memory_kib = PWHASH_MEMORY_KIB}};
	struct writer file = {0};
	enum err err;

	random_draw(lock.salt, sizeof(lock.salt));
	random_draw(lock.nonce, sizeof(lock.nonce));
	err = keyfile_encode(&file, purpose, seed, passphrase.size ? &lock : NULL);
	if (err)
		why_set(why, err, _("cannot seal the key: %s"), err_text(err));
	if (!err)
		err = file_create(path, writer_view(&file), 0600, why);
	if (file.data)
		seal_wipe(file.data, file.capacity);
	writer_release(&file);
	return err;
}
