/* getrandom, complete or not at all. */
#include "daemon/random.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#include "daemon/log.h"

void random_bytes(void *out, size_t size)
{
	uint8_t *at = out;

	while (size) {
		ssize_t n = getrandom(at, size, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			log_line(LEVEL_ERROR, "the kernel gives no random bytes");
			abort();
		}
		at += n;
		size -= (size_t)n;
	}
}
