/* commune compact: has communed write the database again, which only it can open, and says what was gained. */
#include "cli/cmd.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/home_path.h"
#include "cli/lang.h"
#include "cli/out.h"
#include "cli/row.h"
#include "cli/run_daemon.h"
#include "cli/say.h"

/* What communed ends with when another one has the home. */
#define CODE_BUSY 4

static int64_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : (int64_t)st.st_size;
}

static void show(const struct args *args, int64_t before, int64_t after)
{
	struct row row = {0};
	struct out out;

	row_int(&row, "before", before);
	row_int(&row, "after", after);
	out_init(&out, args);
	out_row(&out, row_view(&row));
	out_end(&out);
	row_release(&row);
}

static int run(const struct args *args)
{
	const char *home = home_path(args);
	char path[PATH_MAX + 32];
	struct why said = {0};
	int64_t before;
	int code;

	if (!home)
		return 2;
	snprintf(path, sizeof(path), "%s/truth/data.mdb", home);
	before = size_of(path);
	if (before < 0)
		return say_error(args, ERR_IO, NULL, "%s: %s", path, strerror(errno));
	code = run_daemon(home, "--compact", &said);
	if (code == CODE_BUSY)
		return say_error(args, ERR_REFUSED,
		    _("commune stop, then once more; the daemon is started again after"),
		    _("the home is in use: its daemon has to be stopped first"));
	if (code)
		return say_error(args, ERR_IO, NULL, _("the database was not compacted: %s"),
		    said.text[0] ? said.text : _("communed cannot be run"));
	show(args, before, size_of(path));
	return 0;
}

const struct command cmd_compact = {
    .verb = "compact",
    .summary = N_("write the database again without its free space"),
    .help =
	N_("What was erased leaves the file for good, and the file shrinks. The daemon has to be "
	   "stopped. The new file is compared with the old one before it takes its place; a crash "
	   "at any moment leaves one of the two. Needs as much free space as the new file takes."),
    .columns =
	(const struct column[]){
	    {"before", N_("bytes before"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"after", N_("bytes after"), SHAPE_NUMBER, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .flags = COMMAND_CARD | COMMAND_OFFLINE,
    .run = run,
};
