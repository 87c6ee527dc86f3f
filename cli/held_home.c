/* Holds a home by the lock that communed takes (store/claim.c), and reads its config. Decides
 * nothing about what is changed in it. */
#include "cli/held_home.h"

#include "cli/file.h"
#include "cli/home_path.h"
#include "cli/lang.h"
#include "cli/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static enum err read_config(struct held_home *h, struct why *why)
{
	char path[HOME_PLACE_MAX];
	struct why cause = {0};
	enum err err = home_place(path, h->path, HOME_CONFIG, why);

	if (!err)
		err = file_read(&h->text, path, HOME_CONFIG_SIZE_MAX, why);
	if (err)
		return err;
	err = home_decode(&h->home, writer_view(&h->text), &cause);
	if (err)
		return why_set(why, err, "%s: %s", path, cause.text);
	if (log_open_decode(&h->log, writer_view(&h->home.log_open)) ||
	    log_open_verify(&h->log, &h->home.network) || !key_equal(&h->log.key, &h->home.log))
		return why_set(
		    why, ERR_FIELD, _("%s: log_open does not fit the lines around it"), path);
	return home_place(h->lock_path, h->path, HOME_HEAD_LOCK, why);
}

int held_home_hold(struct held_home *h)
{
	char path[HOME_PLACE_MAX];
	struct why why = {0};

	if (home_place(path, h->path, "lock", &why))
		return say_why(h->args, &why, NULL);
	h->claim = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (h->claim < 0)
		return say_error(
		    h->args, ERR_IO, NULL, _("cannot open %s: %s"), path, strerror(errno));
	if (flock(h->claim, LOCK_EX | LOCK_NB) == 0)
		return EXIT_DONE;
	held_home_let(h);
	return say_error(h->args, ERR_REFUSED, _("stop it first: commune stop"),
	    _("communed is running in %s"), h->path);
}

void held_home_let(struct held_home *h)
{
	if (h->claim >= 0)
		close(h->claim);
	h->claim = -1;
}

int held_home_open(struct held_home *h, const struct args *args)
{
	struct why why = {0};
	int code;

	memset(h, 0, sizeof(*h));
	h->args = args;
	h->claim = -1;
	h->path = home_path(args);
	if (!h->path)
		return EXIT_USAGE;
	/* The config first: where there is no home, nothing is left behind. */
	if (read_config(h, &why))
		return say_why(args, &why, NULL);
	code = held_home_hold(h);
	return code;
}

void held_home_release(struct held_home *h)
{
	held_home_let(h);
	writer_release(&h->text);
	home_release(&h->home);
}

enum err held_home_write(struct held_home *h, struct bytes text, struct why *why)
{
	char path[HOME_PLACE_MAX], fresh[HOME_PLACE_MAX];
	enum err err = home_place(path, h->path, HOME_CONFIG, why);

	err = err ? err : home_place(fresh, h->path, HOME_CONFIG "-new", why);
	if (err)
		return err;
	unlink(fresh); /* of a command that was interrupted */
	err = file_create(fresh, text, 0600, why);
	if (!err && rename(fresh, path))
		err = why_set(why, ERR_IO, _("cannot write %s: %s"), path, strerror(errno));
	return err ? err : file_sync_dir(h->path, why);
}
