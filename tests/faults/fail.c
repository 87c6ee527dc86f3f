/* Makes one call of one class fail, the Nth: linked into a program, whose symbols come before those of the C library, or
 * preloaded into one. It decides nothing else; a call that is not its turn is done as ever. */
#include "tests/faults/fail.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct fail *fail_plan;

/* With FAULTS_TRACE set: who called. */
static void trace(void)
{
	void *frames[32];

	backtrace_symbols_fd(frames, backtrace(frames, 32), STDERR_FILENO);
}

/* Whether it is this call's turn; errno is set then. */
static bool fails(enum fail_class class)
{
	struct fail *f = fail_plan;

	uint64_t call;

	if (!f || f->class != class)
		return false;
	call = atomic_fetch_add(&f->calls, 1) + 1;
	if (call < f->nth || (call > f->nth && !f->is_lasting))
		return false;
	f->fired = 1;
	if (getenv("FAULTS_TRACE"))
		trace();
	errno = (int)f->error;
	return true;
}

/* What files are is kept, as the signer may not ask; of sockets and pipes it is asked. */
#define FDS_MAX 4096
static mode_t kinds[FDS_MAX];

static mode_t kind_of(int fd)
{
	struct stat st;

	if (fd >= 0 && fd < FDS_MAX && kinds[fd])
		return kinds[fd];
	return syscall(SYS_fstat, fd, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

static int kind_keep(int fd)
{
	if (fd >= 0 && fd < FDS_MAX) {
		kinds[fd] = 0;
		kinds[fd] = kind_of(fd);
	}
	return fd;
}

static bool is_class(enum fail_class class)
{
	return fail_plan && fail_plan->class == class;
}

/* Sockets are one class, files another, and pipes and events none. */
static bool fails_on(int fd, enum fail_class of_files)
{
	if (is_class(of_files))
		return kind_of(fd) == S_IFREG && fails(of_files);
	return is_class(FAIL_NET) && kind_of(fd) == S_IFSOCK && fails(FAIL_NET);
}

static bool is_short(int fd)
{
	return is_class(FAIL_SHORT) && kind_of(fd) == S_IFREG && fails(FAIL_SHORT);
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAULTS_FAIL");
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
	void *page;

	if (fd < 0)
		return;
	page = (void *)syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	for (fd = 0; fd < 3; fd++)
		kind_keep(fd);
	if (page != MAP_FAILED)
		fail_plan = page;
}

/* --- memory ---------------------------------------------------------------------------------- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
	return fails(FAIL_MEMORY) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails(FAIL_MEMORY) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails(FAIL_MEMORY) ? NULL : __libc_realloc(old, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	if (fails(FAIL_MEMORY))
		return ENOMEM;
	*out = __libc_memalign(alignment, size);
	return *out ? 0 : ENOMEM;
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (fails(FAIL_MEMORY))
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	return mmap(address, size, protection, flags, fd, offset);
}

/* --- bytes ----------------------------------------------------------------------------------- */

ssize_t read(int fd, void *data, size_t size)
{
	return fails_on(fd, FAIL_READ) ? -1 : syscall(SYS_read, fd, data, size);
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
	return fails_on(fd, FAIL_READ) ? -1 : syscall(SYS_pread64, fd, data, size, offset);
}

ssize_t pread64(int fd, void *data, size_t size, off_t offset)
{
	return pread(fd, data, size, offset);
}

ssize_t write(int fd, const void *data, size_t size)
{
	if (is_short(fd))
		size /= 2;
	return fails_on(fd, FAIL_WRITE) ? -1 : syscall(SYS_write, fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	if (is_short(fd))
		size /= 2;
	return fails_on(fd, FAIL_WRITE) ? -1 : syscall(SYS_pwrite64, fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
	return pwrite(fd, data, size, offset);
}

ssize_t writev(int fd, const struct iovec *iov, int count)
{
	if (count > 1 && is_short(fd))
		count /= 2;
	return fails_on(fd, FAIL_WRITE) ? -1 : syscall(SYS_writev, fd, iov, count);
}

int ftruncate(int fd, off_t size)
{
	return fails_on(fd, FAIL_WRITE) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate64(int fd, off_t size)
{
	return ftruncate(fd, size);
}

int fsync(int fd)
{
	return fails(FAIL_SYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return fails(FAIL_SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

/* --- names ----------------------------------------------------------------------------------- */

static int open_any(const char *path, int flags, mode_t mode)
{
	if (fails(FAIL_NAME))
		return -1;
	return kind_keep((int)syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & O_CREAT)
		mode = va_arg(args, mode_t);
	va_end(args);
	return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & O_CREAT)
		mode = va_arg(args, mode_t);
	va_end(args);
	return open_any(path, flags, mode);
}

/* What a fortified build calls where it does not know the flags. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);

int __open_2(const char *path, int flags)
{
	return open_any(path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
	return open_any(path, flags, 0);
}

int close(int fd)
{
	if (fd >= 0 && fd < FDS_MAX)
		kinds[fd] = 0;
	return (int)syscall(SYS_close, fd);
}

int rename(const char *from, const char *to)
{
	return fails(FAIL_NAME) ? -1 : (int)syscall(SYS_rename, from, to);
}

int mkdir(const char *path, mode_t mode)
{
	return fails(FAIL_NAME) ? -1 : (int)syscall(SYS_mkdir, path, mode);
}

int unlink(const char *path)
{
	return fails(FAIL_NAME) ? -1 : (int)syscall(SYS_unlink, path);
}

/* --- sockets --------------------------------------------------------------------------------- */

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	return fails(FAIL_NET) ? -1 : syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	return fails(FAIL_NET) ? -1 : syscall(SYS_recvmsg, fd, message, flags);
}

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict size, int flags)
{
	return fails(FAIL_NET) ? -1 : (int)syscall(SYS_accept4, fd, address, size, flags);
}

int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict size)
{
	return fails(FAIL_NET) ? -1 : (int)syscall(SYS_accept, fd, address, size);
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
	return fails(FAIL_NET) ? -1 : (int)syscall(SYS_connect, fd, address, size);
}

int socket(int domain, int type, int protocol)
{
	return fails(FAIL_NET) ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

int listen(int fd, int backlog)
{
	return fails(FAIL_NET) ? -1 : (int)syscall(SYS_listen, fd, backlog);
}
