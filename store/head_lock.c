/* Reading and writing head.lock. It decides when the bytes are durable; the verdict is listen's. */
#include "store/head_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A small file of the system, empty where there is none. One that is there and could not be read is an error: taken for
 * another machine or boot, it would keep a log from being signed. */
static enum err read_small(
    const char *path, uint8_t *out, size_t room, struct bytes *text, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = 0;
	int code = fd < 0 ? errno : 0;

	if (fd >= 0) {
		size = read(fd, out, room);
		code = size < 0 ? errno : 0;
		close(fd);
	}
	*text = bytes_of(out, size > 0 ? (size_t)size : 0);
	if (code == 0 || code == ENOENT)
		return ERR_NONE;
	return why_set(why, ERR_IO, "cannot read %s: %s", path, strerror(code));
}

static enum err read_file(struct head_lock *lock, uint64_t *inode)
{
	struct stat stat;
	uint8_t *at;

	if (fstat(lock->fd, &stat) != 0)
		return ERR_IO;
	*inode = (uint64_t)stat.st_ino;
	if (stat.st_size > LISTEN_FILE_MAX)
		return ERR_LIMIT;
	at = writer_grow(&lock->file, (size_t)stat.st_size);
	if (!at)
		return ERR_MEMORY;
	return pread(lock->fd, at, (size_t)stat.st_size, 0) == stat.st_size ? ERR_NONE : ERR_IO;
}

enum err head_lock_open(struct head_lock *lock, const char *home, const char *machine_id_path,
    const char *boot_id_path, bool is_writing, struct why *why)
{
	uint8_t machine[64], boot[64];
	struct bytes machine_id, boot_id;
	char path[4096];
	uint64_t inode = 0;
	enum err err = ERR_NONE;

	*lock = (struct head_lock){.fd = -1};
	snprintf(path, sizeof(path), "%s/head.lock", home);
	lock->fd = is_writing ? open(path, O_RDWR | O_CLOEXEC) : open(path, O_RDONLY | O_CLOEXEC);
	if (lock->fd < 0 && errno != ENOENT)
		return why_set(why, ERR_IO, "cannot open %s: %s", path, strerror(errno));
	if (lock->fd >= 0)
		err = read_file(lock, &inode);
	if (lock->fd >= 0 && !is_writing) {
		close(lock->fd);
		lock->fd = -1;
	}
	if (err != ERR_NONE)
		return why_set(why, err, "cannot read %s", path);
	err = read_small(machine_id_path ? machine_id_path : "/etc/machine-id", machine,
	    sizeof(machine), &machine_id, why);
	if (err == ERR_NONE)
		err = read_small(boot_id_path ? boot_id_path : "/proc/sys/kernel/random/boot_id",
		    boot, sizeof(boot), &boot_id, why);
	if (err == ERR_NONE)
		listen_here_parse(&lock->here, machine_id, boot_id, inode);
	return err;
}

void head_lock_close(struct head_lock *lock)
{
	if (lock->fd >= 0)
		close(lock->fd);
	lock->fd = -1;
	writer_release(&lock->file);
}

void head_lock_find(const struct head_lock *lock, const struct key *log, struct listen_lock *out)
{
	listen_read(out, writer_view(&lock->file), log);
}

static enum err put(
    struct head_lock *lock, const struct signing *asked, bool is_durable, struct why *why)
{
	uint8_t bytes[LISTEN_SLOT_SIZE];
	struct listen_lock found;
	struct listen_slot slot;
	enum err err;

	head_lock_find(lock, &asked->log, &found);
	if ((err = signing_judge(&slot, &found, &lock->here, asked, why)))
		return err;
	listen_slot_encode(bytes, &slot);
	if (is_durable && (pwrite(lock->fd, bytes, sizeof(bytes), (off_t)found.next_offset) !=
				  (ssize_t)sizeof(bytes) ||
			      fdatasync(lock->fd) != 0))
		return why_set(why, ERR_COMMIT, "cannot write head.lock: %s", strerror(errno));
	memcpy(lock->file.data + found.next_offset, bytes, sizeof(bytes));
	return ERR_NONE;
}

enum err head_lock_write(struct head_lock *lock, const struct signing *asked, struct why *why)
{
	return put(lock, asked, true, why);
}

enum err head_lock_follow(struct head_lock *lock, const struct signing *asked, struct why *why)
{
	return put(lock, asked, false, why);
}
