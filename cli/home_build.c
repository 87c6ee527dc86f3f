/* The folder of a home: its subfolders, modes, and the one rename that makes it exist. */
#include "cli/home_build.h"

#include "cli/file.h"
#include "cli/lang.h"
#include "proto/home.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum err home_place(
    char out[static HOME_PLACE_MAX], const char *dir, const char *name, struct why *why)
{
	int size =
	    snprintf(out, HOME_PLACE_MAX, "%s%s%s", dir, *name && *name != '.' ? "/" : "", name);

	return size > 0 && size < HOME_PLACE_MAX
		   ? ERR_NONE
		   : why_set(why, ERR_LIMIT, _("the path %s is too long"), dir);
}

/* The next entry that is not the folder itself or the one above. */
static struct dirent *next_entry(DIR *dir)
{
	struct dirent *entry;

	do
		entry = readdir(dir);
	while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
	return entry;
}

bool home_is_free(const char *path)
{
	DIR *dir = opendir(path);
	bool is_empty;

	if (!dir)
		return errno == ENOENT;
	is_empty = !next_entry(dir);
	closedir(dir);
	return is_empty;
}

static enum err make_dir(const char *dir, const char *name, mode_t mode, struct why *why)
{
	char path[HOME_PLACE_MAX];

	if (home_place(path, dir, name, why))
		return why->err;
	/* A second call sets the mode whatever the umask is. */
	if (mkdir(path, mode) || chmod(path, mode))
		return why_set(why, ERR_IO, _("cannot create %s: %s"), path, strerror(errno));
	return ERR_NONE;
}

static enum err fill_dirs(const char *dir, struct why *why)
{
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = {{HOME_KEYS, 0700}, {HOME_TRUTH, 0700}, {HOME_VIEWS, 0700}, {HOME_BLOBS, 0700},
	    {HOME_RUN, 0750}};
	enum err err = ERR_NONE;

	if (chmod(dir, 0750))
		return why_set(why, ERR_IO, _("cannot create %s: %s"), dir, strerror(errno));
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs) && !err; i++)
		err = make_dir(dir, dirs[i].name, dirs[i].mode, why);
	return err;
}

static enum err sync_dirs(const char *dir, struct why *why)
{
	char keys[HOME_PLACE_MAX];
	enum err err = home_place(keys, dir, HOME_KEYS, why);

	err = err ? err : file_sync_dir(keys, why);
	return err ? err : file_sync_dir(dir, why);
}

/* The folder is one that mkdtemp made, two levels deep at most. */
static void discard(const char *path, int depth)
{
	char inner[HOME_PLACE_MAX];
	struct dirent *entry;
	DIR *dir = depth ? opendir(path) : NULL;

	while (dir && (entry = next_entry(dir)))
		if (!home_place(inner, path, entry->d_name, NULL) && unlink(inner))
			discard(inner, depth - 1);
	if (dir)
		closedir(dir);
	rmdir(path);
}

/* The directories above path, as mkdir -p makes them. */
static enum err make_parents(char *path, struct why *why)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			return why_set(
			    why, ERR_IO, _("cannot create %s: %s"), path, strerror(errno));
		*slash = '/';
	}
	return ERR_NONE;
}

enum err home_build(
    const char *path, home_step_fn *fill, home_step_fn *commit, void *context, struct why *why)
{
	char dir[HOME_PLACE_MAX];
	enum err err = home_place(dir, path, ".new-XXXXXX", why);

	if (!err)
		err = make_parents(dir, why);
	if (err)
		return err;
	if (!mkdtemp(dir))
		return why_set(why, ERR_IO, _("cannot create %s: %s"), dir, strerror(errno));
	err = fill_dirs(dir, why);
	if (!err)
		err = fill(context, dir, why);
	if (!err)
		err = sync_dirs(dir, why);
	if (!err && commit) {
		err = file_sync_parent(dir, why);
		err = err ? err : commit(context, dir, why);
	}
	if (!err && rename(dir, path)) {
		enum err cause = errno == ENOTEMPTY || errno == EEXIST ? ERR_EXISTS : ERR_IO;

		if (commit)
			return why_set(why, cause,
			    _("cannot create %s: %s; the home is whole in %s"), path,
			    strerror(errno), dir);
		err = why_set(why, cause, _("cannot create %s: %s"), path, strerror(errno));
	}
	if (err) {
		discard(dir, 2);
		return err;
	}
	return file_sync_parent(path, why);
}
