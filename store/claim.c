/* The lock against a second daemon: flock, which a second open in the same process meets too and
 * which the kernel drops with a killed one. */
#include "store/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static enum err busy(int fd, const char *home, struct why *why)
{
	char pid[24] = "";
	ssize_t size = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[size > 0 ? size : 0] = '\0';
	pid[strcspn(pid, "\n")] = '\0';
	return why_set(why, ERR_BUSY, "%s is in use by process %s", home, *pid ? pid : "?");
}

enum err claim_take(int *out, const char *home, struct why *why)
{
	char path[4096], pid[24];
	int fd, size;

	snprintf(path, sizeof(path), "%s/lock", home);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return why_set(why, ERR_IO, "cannot open %s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		enum err err = errno == EWOULDBLOCK ? busy(fd, home, why)
						    : why_set(why, ERR_IO, "cannot lock %s: %s",
							  path, strerror(errno));
		close(fd);
		return err;
	}
	size = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)size, 0) != size) {
		close(fd);
		return why_set(why, ERR_IO, "cannot write %s: %s", path, strerror(errno));
	}
	*out = fd;
	return ERR_NONE;
}

void claim_release(int fd)
{
	if (fd >= 0)
		close(fd);
}
