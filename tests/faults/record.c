/* A library to preload: writes down what a process does to the files of a home that a power cut could undo, in order.
 * FAULTS_RECORDING names the file that takes it, FAULTS_HOME the home. With FAULTS_SWALLOW_SYNCS set no sync reaches the
 * disk or the recording: the control, which has to be caught. Reader locks of LMDB are shared memory and not looked at. */
#include "tests/faults/recording.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS_MAX 4096

struct watched {
	bool is_watched;
	bool is_folder;
	bool is_synced; /* O_DSYNC */
	uint64_t inode;
	char path[64]; /* below the home; "" is the home itself */
};

static struct watched watched[FDS_MAX];
static struct recording *recording;
static char home[PATH_MAX];
static size_t home_size;
static bool swallows;

#define REAL(result, name, ...) \
	static result (*real_##name)(__VA_ARGS__); \
	if (!real_##name) \
		*(void **)&real_##name = dlsym(RTLD_NEXT, #name);

static void give_up(const char *what)
{
	fprintf(stderr, "record: %s\n", what);
	_exit(99);
}

static void make_mutex(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&recording->mutex, &attr);
	recording->has_mutex = 1;
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAULTS_RECORDING"), *where = getenv("FAULTS_HOME");
	int fd;

	if (!path || !where || !realpath(where, home))
		return;
	home_size = strlen(home);
	swallows = getenv("FAULTS_SWALLOW_SYNCS") != NULL;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		give_up("no recording");
	recording = mmap(NULL, RECORDING_CAPACITY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (recording == MAP_FAILED)
		give_up("the recording cannot be mapped");
	close(fd);
	if (recording->magic != RECORDING_MAGIC)
		give_up("this is no recording");
	if (!recording->has_mutex)
		make_mutex();
}

/* What is done between enter and leave is told as one event, and nobody kills the process meanwhile. */
static void enter(void)
{
	if (pthread_mutex_lock(&recording->mutex) == EOWNERDEAD)
		pthread_mutex_consistent(&recording->mutex);
	recording->busy++;
}

static void leave(void)
{
	recording->busy--;
	pthread_mutex_unlock(&recording->mutex);
}

static struct event *tell(enum event_type type, uint64_t inode, uint64_t offset, const char *path,
    const char *path2, const struct iovec *data, int count, size_t data_size)
{
	struct event *e = (struct event *)((char *)recording + recording->tail);
	char *at = (char *)(e + 1);
	struct event head = {.type = type,
	    .inode = inode,
	    .offset = offset,
	    .path_size = path ? (uint32_t)strlen(path) + 1 : 0,
	    .path2_size = path2 ? (uint32_t)strlen(path2) + 1 : 0,
	    .data_size = (uint32_t)data_size};

	if (recording->tail + event_size(&head) > RECORDING_CAPACITY)
		give_up("the recording is full");
	*e = head;
	if (path)
		at = mempcpy(at, path, head.path_size);
	if (path2)
		at = mempcpy(at, path2, head.path2_size);
	for (int i = 0; i < count && data_size > 0; i++) {
		size_t part = data[i].iov_len < data_size ? data[i].iov_len : data_size;
		at = mempcpy(at, data[i].iov_base, part);
		data_size -= part;
	}
	recording->tail += event_size(&head);
	return e;
}

static void tell_name(enum event_type type, const char *path, const char *path2)
{
	tell(type, 0, 0, path, path2, NULL, 0, 0);
}

/* Below the home, without what nobody needs to remember. NULL: not watched. */
static const char *watched_path(const char *path, char room[static PATH_MAX])
{
	char folder[PATH_MAX];
	const char *name = strrchr(path, '/');
	const char *below;

	if (!recording)
		return NULL;
	/* The folder exists in any case, the file perhaps not. */
	if (!realpath(path, room)) {
		snprintf(folder, sizeof(folder), "%.*s", name ? (int)(name - path) : 1,
		    name ? path : ".");
		if (!realpath(folder, room))
			return NULL;
		strncat(room, "/", PATH_MAX - strlen(room) - 1);
		strncat(room, name ? name + 1 : path, PATH_MAX - strlen(room) - 1);
	}
	if (strncmp(room, home, home_size) != 0 || (room[home_size] && room[home_size] != '/'))
		return NULL;
	below = room[home_size] ? room + home_size + 1 : room + home_size;
	name = strrchr(below, '/');
	name = name ? name + 1 : below;
	if (strcmp(name, "lock.mdb") == 0 || strcmp(below, "lock") == 0 ||
	    strncmp(below, "run", 3) == 0 || strlen(below) >= sizeof(watched[0].path))
		return NULL;
	return below;
}

static struct watched *watched_fd(int fd)
{
	return recording && fd >= 0 && fd < FDS_MAX && watched[fd].is_watched ? &watched[fd] : NULL;
}

/* --- names ----------------------------------------------------------------------------------- */

static void opened(int fd, const char *below, int flags, bool was_there)
{
	struct watched *w = &watched[fd];
	struct stat st;

	if (fstat(fd, &st))
		return;
	*w = (struct watched){.is_watched = true,
	    .is_folder = S_ISDIR(st.st_mode),
	    .is_synced = (flags & O_DSYNC) != 0,
	    .inode = st.st_ino};
	snprintf(w->path, sizeof(w->path), "%s", below);
	if (w->is_folder)
		return;
	tell(was_there ? EVENT_OPEN : EVENT_CREATE, st.st_ino, 0, below, NULL, NULL, 0, 0);
	if (flags & O_TRUNC)
		tell(EVENT_TRUNCATE, st.st_ino, 0, NULL, NULL, NULL, 0, 0);
}

static int open_any(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode)
{
	char room[PATH_MAX];
	const char *below = watched_path(path, room);
	struct stat st;
	bool was_there;
	int fd;

	if (swallows && below)
		flags &= ~(O_SYNC | O_DSYNC);
	if (!below)
		return real(path, flags, mode);
	enter();
	was_there = stat(path, &st) == 0;
	fd = real(path, flags, mode);
	if (fd >= 0 && fd < FDS_MAX)
		opened(fd, below, flags, was_there);
	leave();
	return fd;
}

int open(const char *path, int flags, ...)
{
	REAL(int, open, const char *, int, ...)
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(args, mode_t);
	va_end(args);
	return open_any(real_open, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	REAL(int, open64, const char *, int, ...)
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(args, mode_t);
	va_end(args);
	return open_any(real_open64, path, flags, mode);
}

/* What a fortified build calls where it does not know the flags. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);

int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

int __open64_2(const char *path, int flags)
{
	return open(path, flags);
}

int close(int fd)
{
	REAL(int, close, int)

	if (fd >= 0 && fd < FDS_MAX)
		watched[fd].is_watched = false;
	return real_close(fd);
}

int rename(const char *from, const char *to)
{
	REAL(int, rename, const char *, const char *)
	char room[PATH_MAX], room2[PATH_MAX];
	const char *a = watched_path(from, room), *b = watched_path(to, room2);
	int code;

	if (!a || !b)
		return real_rename(from, to);
	enter();
	code = real_rename(from, to);
	if (code == 0)
		tell_name(EVENT_RENAME, a, b);
	leave();
	return code;
}

int unlink(const char *path)
{
	REAL(int, unlink, const char *)
	char room[PATH_MAX];
	const char *below = watched_path(path, room);
	int code;

	if (!below)
		return real_unlink(path);
	enter();
	code = real_unlink(path);
	if (code == 0)
		tell_name(EVENT_UNLINK, below, NULL);
	leave();
	return code;
}

int mkdir(const char *path, mode_t mode)
{
	REAL(int, mkdir, const char *, mode_t)
	char room[PATH_MAX];
	const char *below = watched_path(path, room);
	int code;

	if (!below)
		return real_mkdir(path, mode);
	enter();
	code = real_mkdir(path, mode);
	if (code == 0)
		tell_name(EVENT_MKDIR, below, NULL);
	leave();
	return code;
}

int rmdir(const char *path)
{
	REAL(int, rmdir, const char *)
	char room[PATH_MAX];
	const char *below = watched_path(path, room);
	int code;

	if (!below)
		return real_rmdir(path);
	enter();
	code = real_rmdir(path);
	if (code == 0)
		tell_name(EVENT_RMDIR, below, NULL);
	leave();
	return code;
}

/* --- bytes ----------------------------------------------------------------------------------- */

static void wrote(
    const struct watched *w, const struct iovec *data, int count, ssize_t done, off_t offset)
{
	if (done > 0)
		tell(w->is_synced ? EVENT_WRITE_SYNC : EVENT_WRITE, w->inode, (uint64_t)offset,
		    NULL, NULL, data, count, (size_t)done);
}

static off_t position(int fd)
{
	return fcntl(fd, F_GETFL) & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
}

/* One shape for every call that writes: `call` is done, and told with the place that it wrote to. */
#define RECORDED(fd, iov, count, where, call) \
	struct watched *w = watched_fd(fd); \
	ssize_t done; \
	off_t at; \
	if (!w) \
		return call; \
	enter(); \
	at = where; \
	done = call; \
	wrote(w, iov, count, done, at); \
	leave(); \
	return done

ssize_t write(int fd, const void *data, size_t size)
{
	REAL(ssize_t, write, int, const void *, size_t)
	struct iovec iov = {(void *)(uintptr_t)data, size};

	RECORDED(fd, &iov, 1, position(fd), real_write(fd, data, size));
}

ssize_t writev(int fd, const struct iovec *iov, int count)
{
	REAL(ssize_t, writev, int, const struct iovec *, int)

	RECORDED(fd, iov, count, position(fd), real_writev(fd, iov, count));
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	REAL(ssize_t, pwrite, int, const void *, size_t, off_t)
	struct iovec iov = {(void *)(uintptr_t)data, size};

	RECORDED(fd, &iov, 1, offset, real_pwrite(fd, data, size, offset));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
	return pwrite(fd, data, size, offset);
}

ssize_t pwritev(int fd, const struct iovec *iov, int count, off_t offset)
{
	REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t)

	RECORDED(fd, iov, count, offset, real_pwritev(fd, iov, count, offset));
}

ssize_t pwritev64(int fd, const struct iovec *iov, int count, off_t offset)
{
	return pwritev(fd, iov, count, offset);
}

int ftruncate(int fd, off_t size)
{
	REAL(int, ftruncate, int, off_t)
	struct watched *w = watched_fd(fd);
	int code;

	if (!w)
		return real_ftruncate(fd, size);
	enter();
	code = real_ftruncate(fd, size);
	if (code == 0)
		tell(EVENT_TRUNCATE, w->inode, (uint64_t)size, NULL, NULL, NULL, 0, 0);
	leave();
	return code;
}

int ftruncate64(int fd, off_t size)
{
	return ftruncate(fd, size);
}

/* Begin and end stand apart: what is written by another thread meanwhile may miss it. */
static int sync_any(int (*real)(int), int fd)
{
	struct watched *w = watched_fd(fd);
	uint64_t begun;
	int code;

	if (!w)
		return real(fd);
	if (swallows)
		return 0;
	enter();
	begun = recording->tail;
	tell(w->is_folder ? EVENT_FOLDER_BEGIN : EVENT_SYNC_BEGIN, w->inode, 0, w->path, NULL, NULL,
	    0, 0);
	leave();
	code = real(fd);
	if (code)
		return code;
	enter();
	tell(w->is_folder ? EVENT_FOLDER_END : EVENT_SYNC_END, w->inode, begun, w->path, NULL, NULL,
	    0, 0);
	leave();
	return 0;
}

int fsync(int fd)
{
	REAL(int, fsync, int)

	return sync_any(real_fsync, fd);
}

int fdatasync(int fd)
{
	REAL(int, fdatasync, int)

	return sync_any(real_fdatasync, fd);
}

/* Nothing of a home is written through a map that has to last. */
int msync(void *address, size_t size, int flags)
{
	REAL(int, msync, void *, size_t, int)

	return real_msync(address, size, flags);
}
