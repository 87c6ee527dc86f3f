/* The mark of a database in doubt. It decides how it is kept; when it is raised and settled is store.c's matter. */
#include "store/doubt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PATH_SIZE (4096 + 16)

static const char *path_of(char out[static PATH_SIZE], const char *truth_path, const char *name)
{
	snprintf(out, PATH_SIZE, "%s/%s", truth_path, name);
	return out;
}

static enum err sync_and_close(int fd)
{
	int failed = fd < 0 || fsync(fd) != 0;

	if (fd >= 0)
		failed |= close(fd) != 0;
	return failed ? ERR_IO : ERR_NONE;
}

static enum err sync_folder(const char *truth_path)
{
	return sync_and_close(open(truth_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

enum err doubt_raise(const char *truth_path)
{
	char path[PATH_SIZE];
	enum err err = sync_and_close(
	    open(path_of(path, truth_path, "doubt"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	enum err folder = sync_folder(truth_path);

	return err ? err : folder;
}

bool doubt_is_raised(const char *truth_path)
{
	char path[PATH_SIZE];

	/* One that cannot be asked for is no reason to trust. */
	return access(path_of(path, truth_path, "doubt"), F_OK) == 0 || errno != ENOENT;
}

void doubt_read_from_disk(const char *truth_path)
{
	char path[PATH_SIZE];
	int fd = open(path_of(path, truth_path, "data.mdb"), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

enum err doubt_settle(const char *truth_path)
{
	char path[PATH_SIZE];

	if (unlink(path_of(path, truth_path, "doubt")) != 0 && errno != ENOENT)
		return ERR_IO;
	return sync_folder(truth_path);
}
