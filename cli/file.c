/* Reading and creating files. Decides where shipped data is looked for; knows nothing of what a
 * file holds. */
#include "cli/file.h"

#include "cli/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE (64u * 1024)

static enum err read_all(
    struct writer *out, int fd, const char *path, size_t size_max, struct why *why)
{
	size_t start = out->size;

	for (;;) {
		uint8_t *at = writer_grow(out, READ_SIZE);
		ssize_t got;

		if (!at)
			return why_set(why, out->err, "%s", err_text(out->err));
		do
			got = read(fd, at, READ_SIZE);
		while (got < 0 && errno == EINTR);
		out->size -= READ_SIZE - (got > 0 ? (size_t)got : 0);
		if (got < 0)
			return why_set(why, errno == EISDIR ? ERR_USAGE : ERR_IO,
			    _("cannot read %s: %s"), path, strerror(errno));
		if (got == 0)
			return ERR_NONE;
		if (out->size - start > size_max)
			return why_set(
			    why, ERR_LIMIT, _("%s is larger than %zu bytes"), path, size_max);
	}
}

enum err file_read(struct writer *out, const char *path, size_t size_max, struct why *why)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	enum err err;

	if (fd < 0)
		return why_set(why, ERR_USAGE, _("cannot read %s: %s"), path, strerror(errno));
	err = read_all(out, fd, path, size_max, why);
	if (fd != STDIN_FILENO)
		close(fd);
	return err;
}

static bool write_all(int fd, struct bytes content)
{
	while (content.size) {
		ssize_t put = write(fd, content.data, content.size);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		content.data += put;
		content.size -= (size_t)put;
	}
	return true;
}

enum err file_create(const char *path, struct bytes content, mode_t mode, struct why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	enum err err = ERR_NONE;

	if (fd < 0)
		return why_set(why, errno == EEXIST ? ERR_EXISTS : ERR_IO,
		    _("cannot create %s: %s"), path, strerror(errno));
	if (!write_all(fd, content) || fsync(fd))
		err = why_set(why, ERR_IO, _("cannot write %s: %s"), path, strerror(errno));
	if (close(fd) && !err)
		err = why_set(why, ERR_IO, _("cannot write %s: %s"), path, strerror(errno));
	return err;
}

enum err file_sync_dir(const char *path, struct why *why)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = ERR_NONE;

	if (fd < 0 || fsync(fd))
		err = why_set(why, ERR_IO, _("cannot sync %s: %s"), path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

enum err file_sync_parent(const char *path, struct why *why)
{
	char parent[FILE_PATH_MAX];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (slash && slash != parent)
		*slash = 0;
	else
		snprintf(parent, sizeof(parent), "%s", slash ? "/" : ".");
	return file_sync_dir(parent, why);
}

enum err file_replace(const char *path, struct bytes content, mode_t mode, struct why *why)
{
	char beside[FILE_PATH_MAX];
	int size = snprintf(beside, sizeof(beside), "%s.%ld.new", path, (long)getpid());
	enum err err;

	if (size < 0 || (size_t)size >= sizeof(beside))
		return why_set(
		    why, ERR_IO, _("cannot create %s: %s"), path, strerror(ENAMETOOLONG));
	err = file_create(beside, content, mode, why);
	if (err) {
		if (err != ERR_EXISTS)
			unlink(beside);
		return err;
	}
	if (rename(beside, path)) {
		err = why_set(why, ERR_IO, _("cannot write %s: %s"), path, strerror(errno));
		unlink(beside);
		return err;
	}
	return file_sync_parent(path, why);
}

bool file_shipped(char out[static FILE_PATH_MAX], const char *name)
{
	/* A build tree (build/commune, build/asan/commune, build/tests/cli/…), installed, the
	 * current directory. */
	static const char *const places[] = {"../deploy", "../../deploy", "../../../deploy",
	    "../../../../deploy", "../share/open-communes"};
	const char *chosen = getenv("COMMUNE_DATA");

	if (chosen && *chosen) {
		snprintf(out, FILE_PATH_MAX, "%s/%s", chosen, name);
		return access(out, R_OK) == 0;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(out, FILE_PATH_MAX, "%s/%s/%s", lang_program_dir(), places[i], name);
		if (access(out, R_OK) == 0)
			return true;
	}
	snprintf(out, FILE_PATH_MAX, "deploy/%s", name);
	return access(out, R_OK) == 0;
}
