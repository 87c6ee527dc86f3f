/* commune move: the one way in which a log and its key come to another machine. The order of things
 * is the whole of it: the file is written without its end, the old head.lock is marked, and only
 * then does the file become worth something; the new home is written, the file is destroyed, and
 * only then does the home exist. Whenever that stops, at most one home signs. */
#include "cli/cmd.h"

#include "cli/file.h"
#include "cli/held_home.h"
#include "cli/home_path.h"
#include "cli/lang.h"
#include "cli/moved_home.h"
#include "cli/new_lock.h"
#include "cli/out.h"
#include "cli/row.h"
#include "cli/said.h"
#include "cli/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct move {
	const struct args *args;
	struct held_home held;
	const char *file;
	struct moved_home moved;
	struct writer contents[MOVED_FILES_MAX];
	struct writer packed; /* the file */
};

static void wipe(struct writer *w)
{
	if (w->data)
		seal_wipe(w->data, w->capacity);
	writer_release(w);
}

static void move_release(struct move *m)
{
	for (size_t i = 0; i < MOVED_FILES_MAX; i++)
		wipe(&m->contents[i]);
	wipe(&m->packed);
}

static void show(const struct move *m, const char *member, const struct listen_slot *lock)
{
	struct row row = {0};
	struct out out;

	row_cstr(&row, "member", member);
	row_bin(&row, "log", lock->log.b, KEY_SIZE);
	row_int(&row, "size", (int64_t)lock->size);
	row_bool(&row, "shown", lock->was_shown);
	row_cstr(&row, "file", m->file);
	out_init(&out, m->args);
	out_row(&out, row_view(&row));
	out_end(&out);
	row_release(&row);
}

/* --- out of the old home -------------------------------------------------------------------- */

/* A file that the home may lack is passed over. */
static enum err pack_file(struct move *m, const char *name, bool is_needed, struct why *why)
{
	char path[HOME_PLACE_MAX];
	unsigned at = m->moved.file_count;
	enum err err = home_place(path, m->held.path, name, why);

	if (!err && !is_needed && access(path, F_OK) != 0)
		return ERR_NONE;
	if (!err)
		err = file_read(&m->contents[at], path, HOME_CONFIG_SIZE_MAX, why);
	if (err)
		return err;
	snprintf(m->moved.files[at].name, sizeof(m->moved.files[at].name), "%s", name);
	m->moved.files[at].content = writer_view(&m->contents[at]);
	m->moved.file_count++;
	return ERR_NONE;
}

static enum err pack(struct move *m, struct why *why)
{
	const struct home *home = &m->held.home;
	char log[HOME_KEY_PATH_SIZE], transport[HOME_KEY_PATH_SIZE];
	enum err err = pack_file(m, HOME_CONFIG, true, why);

	home_key_log(log, m->held.log.number, &home->log);
	home_key_transport(transport, m->held.log.number, &home->transport);
	err = err ? err : pack_file(m, log, true, why);
	err = err ? err : pack_file(m, transport, true, why);
	err = err ? err : pack_file(m, HOME_KEY_MEMBER, false, why);
	err = err ? err : pack_file(m, HOME_KEY_COSIGNER, false, why);
	err = err ? err : pack_file(m, HOME_KEY_ROSTER, home->is_keeper, why);
	err = err ? err : pack_file(m, "network.json", false, why);
	moved_home_encode(&m->packed, &m->moved);
	return err ? err : m->packed.err;
}

/* What was begun and interrupted: finished when it is of this home and of this moment. */
static int take_up(struct move *m, bool is_moved)
{
	struct writer there = {0};
	struct why why = {0};
	bool is_same;

	if (access(m->file, F_OK) != 0)
		return is_moved ? say_error(m->args, ERR_REFUSED,
				      _("take the file that it made, or open a new log with "
					"`commune log open`"),
				      _("this home was moved before"))
				: EXIT_DONE;
	if (file_read(&there, m->file, MOVED_SIZE_MAX, &why))
		return say_why(m->args, &why, NULL);
	is_same = bytes_equal(writer_view(&there), writer_view(&m->packed));
	wipe(&there);
	if (!is_same)
		return say_error(
		    m->args, ERR_EXISTS, _("choose another name"), _("%s exists already"), m->file);
	return EXIT_DONE;
}

static enum err write_begun(const struct move *m, struct why *why)
{
	enum err err = ERR_NONE;

	if (access(m->file, F_OK) != 0)
		err = file_create(m->file, writer_view(&m->packed), 0600, why);
	return err ? err : file_sync_parent(m->file, why);
}

/* From here on the file can be taken. */
static enum err write_end(struct move *m, struct why *why)
{
	size_t begun = m->packed.size;
	int fd = open(m->file, O_WRONLY | O_CLOEXEC);
	enum err err = ERR_NONE;

	moved_home_finish(&m->packed);
	if (m->packed.err)
		err = m->packed.err;
	else if (fd < 0 ||
		 pwrite(fd, m->packed.data + begun, m->packed.size - begun, (off_t)begun) !=
		     (ssize_t)(m->packed.size - begun) ||
		 fsync(fd))
		err = why_set(why, ERR_IO, _("cannot write %s: %s"), m->file, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

/* The slots as they are without the mark, the own log first. */
static int take_locks(struct move *m, bool *is_moved)
{
	const struct home *home = &m->held.home;
	const struct key *logs[MOVED_LOCKS_MAX] = {&home->log, &home->roster_log};

	for (unsigned i = 0; i < (home->is_keeper ? 2u : 1u); i++) {
		struct listen_lock lock = {0};
		struct core_lock verdict = {0};
		struct why why = {0}, reason = {0};
		char buffer[SAID_SIZE];

		if (new_lock_judge(m->held.lock_path, logs[i], &lock, &verdict, &why, &reason))
			return say_why(m->args, &why, NULL);
		if (verdict.verdict == LOCK_NEVER && !verdict.is_moved && i > 0)
			continue; /* a roster that waits for another keeper */
		if (verdict.verdict == LOCK_NEVER && !verdict.is_moved)
			return say_error(m->args, ERR_REFUSED,
			    _("go on in a new log there: commune log open"),
			    _("a log that is not signed here any more cannot be moved: %s"),
			    said(buffer, reason.text));
		if (i == 0)
			*is_moved = verdict.is_moved;
		/* The mark is itself a new slot. */
		lock.slot.sequence -= lock.slot.is_moved;
		lock.slot.is_moved = false;
		m->moved.locks[m->moved.lock_count++] = lock.slot;
	}
	return EXIT_DONE;
}

static int move_to(struct move *m)
{
	const struct home *home = &m->held.home;
	struct key logs[MOVED_LOCKS_MAX];
	bool is_moved = false;
	struct why why = {0};
	int code = held_home_open(&m->held, m->args);
	enum err err;

	code = code ? code : take_locks(m, &is_moved);
	if (!code && pack(m, &why))
		code = say_why(m->args, &why, NULL);
	code = code ? code : take_up(m, is_moved);
	if (code)
		return code;
	logs[0] = home->log;
	logs[1] = home->roster_log;
	err = write_begun(m, &why);
	if (!err)
		err = new_lock_move(m->held.lock_path, logs, home->is_keeper ? 2 : 1, &why);
	if (!err)
		err = write_end(m, &why);
	if (err)
		return say_why(
		    m->args, &why, _("nothing is lost: the same command goes on where it stopped"));
	show(m, home->member, &m->moved.locks[0]);
	if (m->args->output == OUTPUT_TABLE)
		printf(_("\nThis home signs nothing any more. On the other machine: commune move "
			 "--from %s\n"),
		    m->file);
	if (m->args->output == OUTPUT_TABLE && !m->moved.locks[0].was_shown)
		printf(
		    _("No other member has seen this log: copy the folder truth into the new home "
		      "before its first start.\n"));
	return EXIT_DONE;
}

/* --- into the new one ------------------------------------------------------------------------- */

/* Written as of a boot in which nobody was asked: the daemon listens first, so that a file that was
 * taken twice is noticed. */
static enum err fill(void *context, const char *dir, struct why *why)
{
	struct move *m = context;
	struct listen_slot slots[MOVED_LOCKS_MAX];
	char path[HOME_PLACE_MAX];
	enum err err = ERR_NONE;

	for (unsigned i = 0; i < m->moved.file_count && !err; i++) {
		err = home_place(path, dir, m->moved.files[i].name, why);
		if (!err)
			err = file_create(path, m->moved.files[i].content, 0600, why);
	}
	for (unsigned i = 0; i < m->moved.lock_count; i++) {
		slots[i] = m->moved.locks[i];
		slots[i].sequence++;
		slots[i].is_unheard = true;
	}
	if (!err)
		err = home_place(path, dir, HOME_HEAD_LOCK, why);
	return err ? err : new_lock_take(path, slots, m->moved.lock_count, why);
}

/* The file holds secrets and has done its work; on a stick that is read only it stays, and nothing
 * comes of it. */
static enum err destroy(void *context, const char *dir, struct why *why)
{
	struct move *m = context;
	int fd = open(m->file, O_WRONLY | O_CLOEXEC);
	bool is_gone;

	(void)dir;
	memset(m->packed.data, 0, m->packed.size);
	is_gone = fd >= 0 &&
		  pwrite(fd, m->packed.data, m->packed.size, 0) == (ssize_t)m->packed.size &&
		  fsync(fd) == 0 && unlink(m->file) == 0;
	if (!is_gone)
		why_set(why, ERR_IO, _("cannot remove %s, so it could be taken twice: %s"), m->file,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	return is_gone ? ERR_NONE : ERR_IO;
}

static enum err read_moved(struct move *m, struct home *home, struct why *why)
{
	struct bytes config = {NULL, 0};
	bool is_finished = false;
	enum err err = file_read(&m->packed, m->file, MOVED_SIZE_MAX, why);

	if (err)
		return err;
	err = moved_home_decode(&m->moved, &is_finished, writer_view(&m->packed));
	if (err)
		return why_set(
		    why, ERR_FIELD, _("%s is no file of `commune move --to`, or damaged"), m->file);
	if (!is_finished)
		return why_set(why, ERR_REFUSED,
		    _("%s is not finished: run `commune move --to` again on the old machine"),
		    m->file);
	for (unsigned i = 0; i < m->moved.file_count; i++)
		if (strcmp(m->moved.files[i].name, HOME_CONFIG) == 0)
			config = m->moved.files[i].content;
	return home_decode(home, config, why);
}

static int move_from(struct move *m)
{
	const char *path = home_path(m->args);
	struct home home = {0};
	struct listen_slot lock;
	struct why why = {0};
	enum err err;

	if (!path)
		return EXIT_USAGE;
	if (!home_is_free(path))
		return say_error(m->args, ERR_EXISTS,
		    _("choose another with --home, or move it away"), _("%s exists already"), path);
	err = read_moved(m, &home, &why);
	lock = m->moved.locks[0];
	if (!err)
		err = home_build(path, fill, destroy, m, &why);
	if (!err) {
		show(m, home.member, &lock);
		if (m->args->output == OUTPUT_TABLE)
			printf(_("\nStart the daemon here: communed --home %s\n"),
			    home_path_word(path));
	}
	home_release(&home);
	return err ? say_why(m->args, &why, NULL) : EXIT_DONE;
}

static int run(const struct args *args)
{
	const char *to = args_get(args, "--to");
	const char *from = args_get(args, "--from");
	struct move m = {.args = args, .file = to ? to : from, .held = {.claim = -1}};
	int code;

	if (!to == !from)
		return say_usage(args,
		    _("--to FILE on the old machine, --from FILE on the new one"),
		    _("say one of --to and --from"));
	code = to ? move_to(&m) : move_from(&m);
	held_home_release(&m.held);
	move_release(&m);
	return code;
}

const struct command cmd_move = {
    .verb = "move",
    .summary = N_("take this node to another machine"),
    .help = N_("Carries config, keys and head.lock to another machine, where the same log goes on. "
	       "A copied folder does not do that: head.lock knows its place, and a log that two "
	       "machines sign is frozen for ever.\n\nOn the old machine, with communed stopped, "
	       "`commune move --to FILE` writes the file and ends the old home: nothing is signed "
	       "there again. On the new one `commune move --from FILE` makes the home and removes "
	       "the file. The file holds secret keys: carry it on a stick, and take it once. Two "
	       "machines that took copies of it find out when they meet, or when a peer tells "
	       "them, and both stop signing.\n\nThe new home fetches all records from its peers. "
	       "What only the old machine has goes along if you copy the folder truth into the "
	       "new home before its first start: drafts, and a log that no other member has seen."),
    .options =
	(const struct option_desc[]){
	    {"--to", N_("FILE"), N_("end this home, and write what the new one needs"), false},
	    {"--from", N_("FILE"), N_("make the home of which FILE was written"), false},
	    {NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE},
	    {"log", N_("log"), SHAPE_HEX, COLUMN_TABLE},
	    {"size", N_("size"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"shown", N_("known to others"), SHAPE_WORD, COLUMN_TABLE},
	    {"file", N_("file"), SHAPE_TEXT, COLUMN_TABLE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune stop && commune move --to /media/stick/larache.move",
		N_("out of the old machine")},
	    {"commune move --from /media/stick/larache.move && communed", N_("into the new one")},
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD | COMMAND_OFFLINE,
    .run = run,
};
