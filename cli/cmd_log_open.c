/* commune log open: the next log of a member, on the machine of the one before or with a fresh lock.
 * It decides what the new log.open says and in which order the home changes: keys, lock, and last
 * the config, whose replacement makes the new log the node's. A crash before that leaves files
 * that nothing names. */
#include "cli/cmd.h"

#include "cli/file.h"
#include "cli/held_home.h"
#include "cli/home_path.h"
#include "cli/lang.h"
#include "cli/new_key.h"
#include "cli/new_lock.h"
#include "cli/out.h"
#include "cli/passphrase.h"
#include "cli/row.h"
#include "cli/run_daemon.h"
#include "cli/say.h"
#include "proto/msg.h"

#include <stdio.h>
#include <string.h>

#define KIND_LOG_OPEN 0

struct successor {
	struct held_home held;
	struct key member_key;
	struct seckey member_sk;
	uint8_t log_seed[32], transport_seed[32];
	struct log_open open;
	bool is_closed;	    /* the log before */
	struct why reason;  /* why it is not */
	struct writer text; /* the new config */
};

/* --- the member key ------------------------------------------------------------------------- */

static enum err member_key_decode(
    struct successor *s, struct bytes file, const char *path, struct why *why)
{
	const char *secret = args_get(s->held.args, "--passphrase-file");
	struct writer text = {0};
	struct bytes line = {NULL, 0};
	struct why cause = {0};
	enum err err = secret ? passphrase_read(&text, secret, &line, why) : ERR_NONE;

	if (!err) {
		err = keyfile_decode(
		    file, KEYFILE_MEMBER, line, &s->member_key, &s->member_sk, &cause);
		/* Another file is the caller's mistake, whatever is wrong with it. */
		if (err && err != ERR_PASSPHRASE)
			err = ERR_FIELD;
		if (err)
			why_set(
			    why, err, "%s: %s", path, cause.text[0] ? cause.text : err_text(err));
	}
	if (text.data)
		seal_wipe(text.data, text.capacity);
	writer_release(&text);
	return err;
}

static int member_key_open(struct successor *s)
{
	const char *given = args_get(s->held.args, "--member-key");
	char path[HOME_PLACE_MAX];
	struct writer file = {0};
	struct why why = {0};
	const char *hint = NULL;
	enum err err = home_place(path, s->held.path, HOME_KEY_MEMBER, &why);

	if (!err)
		err = file_read(&file, given ? given : path, KEYFILE_SIZE_MAX, &why);
	if (err)
		hint = _("say where it is with --member-key FILE");
	else if ((err = member_key_decode(s, writer_view(&file), given ? given : path, &why)))
		hint = err == ERR_PASSPHRASE ? _("give the passphrase with --passphrase-file FILE")
					     : NULL;
	if (file.data)
		seal_wipe(file.data, file.capacity);
	writer_release(&file);
	if (err)
		return say_why(s->held.args, &why, hint);
	if (!args_has(s->held.args, "--rotated") &&
	    !key_equal(&s->member_key, &s->held.home.member_key))
		return say_error(s->held.args, ERR_REFUSED,
		    _("if the roster has taken it in place of the old one, say --rotated"),
		    _("%s is not the member key of this home"), given ? given : path);
	return EXIT_DONE;
}

/* --- the log before ------------------------------------------------------------------------- */

/* Only communed opens the store; what it cannot close it leaves as it is. */
static int close_before(struct successor *s)
{
	held_home_let(&s->held);
	s->is_closed = run_daemon(s->held.path, "--close-log", &s->reason) == 0;
	return held_home_hold(&s->held);
}

static void put_previous(struct log_open *open, const struct key *key, const struct listen_slot *at)
{
	if (open->previous_count == LOG_PREVIOUS_MAX)
		return;
	open->previous[open->previous_count].key = *key;
	open->previous[open->previous_count].size = at ? at->size : 0;
	if (at)
		open->previous[open->previous_count].root = at->root;
	open->previous_count++;
}

/* The one before as its lock has it, then those before that one. */
static enum err name_previous(struct successor *s, struct why *why)
{
	const struct log_open *before = &s->held.log;
	struct listen_lock lock = {0};
	struct core_lock verdict;
	enum err err =
	    new_lock_judge(s->held.lock_path, &before->key, &lock, &verdict, why, &(struct why){0});

	if (err)
		return err;
	put_previous(&s->open, &before->key, lock.is_found ? &lock.slot : NULL);
	for (unsigned i = 0; i < before->previous_count; i++)
		put_previous(&s->open, &before->previous[i].key,
		    &(struct listen_slot){
			.size = before->previous[i].size, .root = before->previous[i].root});
	return ERR_NONE;
}

/* --- the next one --------------------------------------------------------------------------- */

static void draw(struct successor *s)
{
	struct seckey unused;

	random_draw(s->log_seed, sizeof(s->log_seed));
	random_draw(s->transport_seed, sizeof(s->transport_seed));
	keyfile_derive(&s->open.key, &unused, KEYFILE_LOG, s->log_seed);
	keyfile_derive(&s->open.transport, &unused, KEYFILE_TRANSPORT, s->transport_seed);
	seal_wipe(&unused, sizeof(unused));
}

/* A member that is not admitted yet asks under the new log. */
static enum err renew_request(struct home *home)
{
	struct writer record = {0}, join = {0};
	struct msg_join request;
	enum err err = ERR_NONE;

	if (home->join.size == 0)
		return ERR_NONE;
	err = msg_join_decode(&request, writer_view(&home->join));
	if (!err) {
		record_create(&record, KIND_LOG_OPEN, home->log_open_time, NULL,
		    home->log_open_salt, writer_view(&home->log_open));
		request.record = writer_view(&record);
		msg_join_encode(&join, &request);
		err = record.err ? record.err : join.err;
	}
	if (!err) {
		struct writer old = home->join;
		home->join = join;
		join = old;
	}
	writer_release(&record);
	writer_release(&join);
	return err;
}

static enum err certify(struct successor *s, struct why *why)
{
	struct home *home = &s->held.home;
	struct writer payload = {0};
	enum err err;

	s->open.network = home->network;
	s->open.member_key = s->member_key;
	memcpy(s->open.member, home->member, sizeof(s->open.member));
	log_open_encode(&payload, &s->open, &s->member_sk);
	seal_wipe(&s->member_sk, sizeof(s->member_sk));
	writer_release(&home->log_open);
	home->log_open = payload;
	random_draw(home->log_open_salt, sizeof(home->log_open_salt));
	home->log_open_time = clock_now();
	home->member_key = s->member_key;
	home->log = s->open.key;
	home->transport = s->open.transport;
	err = payload.err ? payload.err : renew_request(home);
	if (!err) {
		home_edit_log(&s->text, writer_view(&s->held.text), home);
		err = s->text.err;
	}
	/* What the daemon would refuse to read must not become the config. */
	if (!err) {
		struct home check = {0};
		struct log_open open;
		err = home_decode(&check, writer_view(&s->text), why);
		err = err ? err : log_open_decode(&open, writer_view(&check.log_open));
		err = err ? err : log_open_verify(&open, &check.network);
		home_release(&check);
	}
	return err ? why_set(why, err, "%s", err_text(err)) : ERR_NONE;
}

static enum err write_key(const struct successor *s, const char *name, enum keyfile_purpose purpose,
    const uint8_t seed[static 32], struct why *why)
{
	char path[HOME_PLACE_MAX];
	enum err err = home_place(path, s->held.path, name, why);

	return err ? err : new_key_write(path, purpose, seed, (struct bytes){NULL, 0}, why);
}

static enum err change_home(struct successor *s, struct why *why)
{
	char log[HOME_KEY_PATH_SIZE], transport[HOME_KEY_PATH_SIZE], keys[HOME_PLACE_MAX];
	enum err err;

	home_key_log(log, s->open.number, &s->open.key);
	home_key_transport(transport, s->open.number, &s->open.transport);
	err = write_key(s, log, KEYFILE_LOG, s->log_seed, why);
	if (!err)
		err = write_key(s, transport, KEYFILE_TRANSPORT, s->transport_seed, why);
	if (!err)
		err = home_place(keys, s->held.path, HOME_KEYS, why);
	if (!err)
		err = file_sync_dir(keys, why);
	if (!err)
		err = new_lock_add(s->held.lock_path, &s->open.key, why);
	if (!err)
		err = file_sync_dir(s->held.path, why);
	return err ? err : held_home_write(&s->held, writer_view(&s->text), why);
}

static void show(const struct successor *s)
{
	const struct args *args = s->held.args;
	struct row row = {0};
	struct out out;

	row_cstr(&row, "member", s->open.member);
	row_int(&row, "number", s->open.number);
	row_bin(&row, "log", s->open.key.b, KEY_SIZE);
	row_bin(&row, "transport_key", s->open.transport.b, KEY_SIZE);
	row_bin(&row, "previous", s->held.log.key.b, KEY_SIZE);
	row_int(&row, "previous_size", (int64_t)s->open.previous[0].size);
	row_cstr(&row, "previous_state", s->is_closed ? "closed" : "open");
	if (!s->is_closed)
		row_cstr(&row, "reason", s->reason.text);
	out_init(&out, args);
	out_row(&out, row_view(&row));
	out_end(&out);
	row_release(&row);
	if (args->output == OUTPUT_TABLE)
		printf(_("\nThe daemon signs in it from its next start on: communed --home %s\n"),
		    home_path_word(s->held.path));
}

static int number_of(struct successor *s)
{
	long long number;
	uint32_t before = s->held.log.number;

	if (before == UINT32_MAX || !args_number(s->held.args, "--number", (long long)before + 1,
					UINT32_MAX, (long long)before + 1, &number))
		return EXIT_USAGE;
	s->open.number = (uint32_t)number;
	return EXIT_DONE;
}

static int run(const struct args *args)
{
	struct successor s = {0};
	struct why why = {0};
	int code = held_home_open(&s.held, args);

	code = code ? code : number_of(&s);
	code = code ? code : member_key_open(&s);
	code = code ? code : close_before(&s);
	if (!code) {
		enum err err;

		draw(&s);
		err = name_previous(&s, &why);
		err = err ? err : certify(&s, &why);
		err = err ? err : change_home(&s, &why);
		if (err)
			code = say_why(args, &why, NULL);
		else
			show(&s);
	}
	held_home_release(&s.held);
	writer_release(&s.text);
	seal_wipe(&s, sizeof(s));
	return code;
}

const struct command cmd_log_open = {
    .verb = "log open",
    .summary = N_("open the next log of this member"),
    .help = N_("Goes on in a new log, with a new log key and a new transport key: after a machine "
	       "or head.lock was lost, after a backup was restored, when a log is frozen, or when "
	       "its key may have been seen by somebody. The member key certifies the new log, so "
	       "nobody has to admit it. The log before is closed when it still may be signed, and "
	       "stays as it is otherwise; drafts that wait are signed in the new one, from the "
	       "next start of communed on. Needs communed to be stopped.\n\nRecords stay the "
	       "member's in whichever log they are: CODE/INDEX in the first one, CODE.N/INDEX in "
	       "log number N. To take a log to another machine as it is, use `commune move`."),
    .options =
	(const struct option_desc[]){
	    {"--member-key", N_("FILE"),
		N_("the member key, if it is not in the home but on a stick"), false},
	    {"--rotated", NULL,
		N_("the member key is another one than before: the roster has taken it"), false},
	    {"--passphrase-file", N_("FILE"),
		N_("opens the member key with the first line of FILE"), false},
	    {"--number", N_("N"),
		N_("number of the new log, when the one that follows is taken: a backup that is "
		   "older than the last log"),
		false},
	    {NULL, NULL, NULL, false},
	},
    .columns =
	(const struct column[]){
	    {"member", N_("member"), SHAPE_TEXT, COLUMN_TABLE},
	    {"number", N_("number"), SHAPE_NUMBER, COLUMN_TABLE},
	    {"log", N_("log"), SHAPE_HEX, COLUMN_TABLE},
	    {"transport_key", N_("transport key"), SHAPE_HEX, COLUMN_TABLE},
	    {"previous", N_("log before"), SHAPE_HEX, COLUMN_TABLE},
	    {"previous_size", N_("its size, as far as head.lock knows"), SHAPE_NUMBER,
		COLUMN_TABLE},
	    {"previous_state", N_("its state"), SHAPE_WORD, COLUMN_TABLE},
	    {"reason", N_("reason"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_RARE},
	    {NULL, NULL, SHAPE_TEXT, 0},
	},
    .examples =
	(const struct example[]){
	    {"commune log open --member-key /media/stick/member.key --passphrase-file pass.txt",
		N_("the next log, certified by a key that is kept elsewhere")},
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD | COMMAND_OFFLINE,
    .run = run,
};
