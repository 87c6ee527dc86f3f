/* A counter of the kernel's that the loop polls. Decides nothing. */
#include "daemon/bell.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void on_rung(uv_poll_t *poll, int status, int events)
{
	struct bell *bell = poll->data;
	uint64_t rings;

	(void)status;
	(void)events;
	while (read(bell->fd, &rings, sizeof(rings)) < 0 && errno == EINTR)
		;
	bell->heard(bell);
}

int bell_init(struct bell *bell, uv_loop_t *loop, bell_fn *heard)
{
	int failed;

	bell->heard = heard;
	bell->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (bell->fd < 0)
		return uv_translate_sys_error(errno);
	failed = uv_poll_init(loop, &bell->poll, bell->fd);
	if (failed) {
		close(bell->fd);
		return failed;
	}
	bell->poll.data = bell;
	failed = uv_poll_start(&bell->poll, UV_READABLE, on_rung);
	if (failed)
		bell_close(bell);
	return failed;
}

void bell_ring(struct bell *bell)
{
	const uint64_t one = 1;

	while (write(bell->fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void bell_close(struct bell *bell)
{
	uv_close((uv_handle_t *)&bell->poll, NULL);
	close(bell->fd);
}
