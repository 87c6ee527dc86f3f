/* A library to preload: kills the process with SIGKILL at a call that writes or syncs truth/data.mdb or head.lock: before it,
 * when a write has done half of what it should, or after it. FAULTS_STRIKE names the file that says at which one. */
#include "tests/faults/strike.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS_MAX 4096

static struct strike *strike;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAULTS_STRIKE");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *page = MAP_FAILED;

	if (fd >= 0)
		page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return;
	close(fd);
	strike = page;
}

/* Kept by descriptor: the signer may not ask the system for a name. */
static bool meant[FDS_MAX];

static bool is_meant(int fd)
{
	return strike && fd >= 0 && fd < FDS_MAX && meant[fd];
}

static int opened(int fd, const char *path)
{
	if (fd >= 0 && fd < FDS_MAX)
		meant[fd] = strstr(path, "/truth/data.mdb") || strstr(path, "/head.lock");
	return fd;
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & O_CREAT)
		mode = va_arg(args, mode_t);
	va_end(args);
	return opened((int)syscall(SYS_openat, AT_FDCWD, path, flags, mode), path);
}

/* What a fortified build calls where it does not know the flags. */
int __open_2(const char *path, int flags);

int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

int close(int fd)
{
	if (fd >= 0 && fd < FDS_MAX)
		meant[fd] = false;
	return (int)syscall(SYS_close, fd);
}

/* The signer may not even send a signal: its filter ends it for trying, which is what is wanted here. */
static void end(void)
{
	strike->struck = strike->place + 1;
	kill(getpid(), SIGKILL);
}

/* Whether this call is the one. */
static bool strikes(int fd)
{
	uint64_t left;

	if (!is_meant(fd))
		return false;
	strike->calls++;
	left = strike->countdown;
	while (left > 0 && !atomic_compare_exchange_weak(&strike->countdown, &left, left - 1))
		continue;
	return left == 1;
}

#define STRUCK(type, fd, half, call) \
	bool is_here = strikes(fd); \
	long done; \
	if (is_here && strike->place == 0) \
		end(); \
	if (is_here && strike->place == 1) { \
		half; \
		end(); \
	} \
	done = call; \
	if (is_here) \
		end(); \
	return (type)done

ssize_t write(int fd, const void *data, size_t size)
{
	STRUCK(ssize_t, fd, syscall(SYS_write, fd, data, size / 2),
	    syscall(SYS_write, fd, data, size));
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	STRUCK(ssize_t, fd, syscall(SYS_pwrite64, fd, data, size / 2, offset),
	    syscall(SYS_pwrite64, fd, data, size, offset));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
	return pwrite(fd, data, size, offset);
}

ssize_t writev(int fd, const struct iovec *iov, int count)
{
	STRUCK(ssize_t, fd, syscall(SYS_writev, fd, iov, (count + 1) / 2),
	    syscall(SYS_writev, fd, iov, count));
}

int fsync(int fd)
{
	STRUCK(int, fd, (void)0, syscall(SYS_fsync, fd));
}

int fdatasync(int fd)
{
	STRUCK(int, fd, (void)0, syscall(SYS_fdatasync, fd));
}
