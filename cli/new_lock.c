/* Writes head.lock. Its content names its own inode, so that a copy is known for one: the file
 * exists before its content does. */
#include "cli/new_lock.h"

#include "cli/file.h"
#include "cli/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID_FILE_MAX 128

/* Where there is none, the id is zeros. */
static void read_id(struct writer *out, const char *path)
{
	struct why ignored = {0};

	if (file_read(out, path, ID_FILE_MAX, &ignored))
		writer_clear(out);
}

static bool read_here(struct listen_here *here, int fd, size_t *size)
{
	struct writer machine = {0}, boot = {0};
	struct stat info;
	bool is_read = fstat(fd, &info) == 0;

	read_id(&machine, "/etc/machine-id");
	read_id(&boot, "/proc/sys/kernel/random/boot_id");
	listen_here_parse(
	    here, writer_view(&machine), writer_view(&boot), is_read ? info.st_ino : 0);
	*size = is_read ? (size_t)info.st_size : 0;
	writer_release(&machine);
	writer_release(&boot);
	return is_read;
}

/* Behind what the file holds, at the border of a pair: half a pair stays what it is. */
static bool append(int fd, const struct listen_slot *slots, size_t count)
{
	struct listen_here here;
	struct writer content = {0};
	size_t size, gap;
	bool is_written = read_here(&here, fd, &size);

	/* The daemon reads no more: the home would not start again. */
	if (size + count * LISTEN_PAIR_SIZE > LISTEN_FILE_MAX) {
		errno = EFBIG;
		return false;
	}
	gap = (LISTEN_PAIR_SIZE - size % LISTEN_PAIR_SIZE) % LISTEN_PAIR_SIZE;
	if (gap) {
		uint8_t *zeros = writer_grow(&content, gap);
		if (zeros)
			memset(zeros, 0, gap);
	}
	for (size_t i = 0; i < count; i++) {
		struct listen_slot slot = slots[i];
		slot.here = here;
		listen_pair(&content, &slot);
	}
	is_written = is_written && !content.err &&
		     pwrite(fd, content.data, content.size, (off_t)size) == (ssize_t)content.size &&
		     fsync(fd) == 0;
	writer_release(&content);
	return is_written;
}

static enum err open_and_append(
    const char *path, int flags, const struct listen_slot *slots, size_t count, struct why *why)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
	enum err err = ERR_NONE;

	if (fd < 0)
		return why_set(why, errno == EEXIST ? ERR_EXISTS : ERR_IO,
		    _("cannot create %s: %s"), path, strerror(errno));
	if (!append(fd, slots, count))
		err = why_set(why, ERR_IO, _("cannot write %s: %s"), path, strerror(errno));
	close(fd);
	return err;
}

enum err new_lock_take(
    const char *path, const struct listen_slot *slots, size_t count, struct why *why)
{
	return open_and_append(path, O_EXCL, slots, count, why);
}

enum err new_lock_write(const char *path, const struct key *logs, size_t count, struct why *why)
{
	struct listen_slot slots[2];

	for (size_t i = 0; i < count && i < 2; i++)
		slots[i] = (struct listen_slot){.sequence = 1, .log = logs[i]};
	return new_lock_take(path, slots, count, why);
}

enum err new_lock_add(const char *path, const struct key *log, struct why *why)
{
	return open_and_append(path, 0, &(struct listen_slot){.sequence = 1, .log = *log}, 1, why);
}

/* fd -1: there is no file. */
static enum err lock_open(
    int *fd, const char *path, int flags, struct writer *content, struct why *why)
{
	*fd = open(path, flags | O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT)
		return ERR_NONE;
	if (*fd < 0)
		return why_set(why, ERR_IO, _("cannot open %s: %s"), path, strerror(errno));
	return file_read(content, path, LISTEN_FILE_MAX, why);
}

enum err new_lock_judge(const char *path, const struct key *log, struct listen_lock *lock,
    struct core_lock *verdict, struct why *why, struct why *reason)
{
	struct writer content = {0};
	struct listen_here here = {0};
	size_t size;
	int fd;
	enum err err = lock_open(&fd, path, O_RDONLY, &content, why);

	if (fd >= 0)
		read_here(&here, fd, &size);
	if (!err) {
		listen_read(lock, writer_view(&content), log);
		listen_judge(verdict, lock, &here, &(struct listen_stored){0}, reason);
	}
	if (fd >= 0)
		close(fd);
	writer_release(&content);
	return err;
}

/* Into both places of the pair, the older one first: no slot that could still speak is left. */
static bool mark(int fd, struct bytes content, const struct key *log)
{
	uint8_t bytes[LISTEN_SLOT_SIZE];
	struct listen_lock lock;
	size_t pair;

	listen_read(&lock, content, log);
	if (!lock.is_found)
		return true;
	lock.slot.sequence += !lock.slot.is_moved;
	lock.slot.is_moved = true;
	listen_slot_encode(bytes, &lock.slot);
	pair = lock.next_offset - lock.next_offset % LISTEN_PAIR_SIZE;
	for (int i = 0; i < 2; i++) {
		if (pwrite(fd, bytes, sizeof(bytes), (off_t)lock.next_offset) !=
			(ssize_t)sizeof(bytes) ||
		    fsync(fd))
			return false;
		lock.next_offset = 2 * pair + LISTEN_SLOT_SIZE - lock.next_offset;
	}
	return true;
}

enum err new_lock_move(const char *path, const struct key *logs, size_t count, struct why *why)
{
	struct writer content = {0};
	int fd;
	enum err err = lock_open(&fd, path, O_RDWR, &content, why);
	bool is_written = fd >= 0;

	for (size_t i = 0; !err && is_written && i < count; i++)
		is_written = mark(fd, writer_view(&content), &logs[i]);
	if (!err && !is_written)
		err = why_set(why, ERR_IO, _("cannot write %s: %s"), path, strerror(errno));
	if (fd >= 0)
		close(fd);
	writer_release(&content);
	return err;
}
