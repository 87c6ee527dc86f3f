/* Writes a new head.lock. Its content names its own inode, so that a copy is known for one: the
 * file exists before its content does. What the content means is decided in proto/listen.h. */
#include "cli/new_lock.h"

#include "cli/file.h"
#include "cli/lang.h"
#include "proto/listen.h"

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

static enum err fill(int fd, const struct key *logs, size_t count)
{
	struct writer machine = {0}, boot = {0}, content = {0};
	struct listen_here here;
	struct stat info;
	bool is_written = false;

	read_id(&machine, "/etc/machine-id");
	read_id(&boot, "/proc/sys/kernel/random/boot_id");
	if (fstat(fd, &info) == 0) {
		listen_here_parse(&here, writer_view(&machine), writer_view(&boot), info.st_ino);
		listen_file(&content, logs, count, &here);
		is_written = !content.err &&
			     write(fd, content.data, content.size) == (ssize_t)content.size &&
			     fsync(fd) == 0;
	}
	writer_release(&machine);
	writer_release(&boot);
	writer_release(&content);
	return is_written ? ERR_NONE : ERR_IO;
}

enum err new_lock_write(const char *path, const struct key *logs, size_t count, struct why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum err err;

	if (fd < 0)
		return why_set(why, errno == EEXIST ? ERR_EXISTS : ERR_IO,
		    _("cannot create %s: %s"), path, strerror(errno));
	err = fill(fd, logs, count);
	if (err)
		why_set(why, err, _("cannot write %s: %s"), path, strerror(errno));
	close(fd);
	return err;
}
