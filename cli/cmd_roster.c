/* commune roster: how members come and go. Who may do what is decided by the daemon. */
#include "cli/cmd.h"

#include "cli/args.h"
#include "cli/client.h"
#include "cli/file.h"
#include "cli/lang.h"
#include "cli/new_key.h"
#include "cli/passphrase.h"
#include "cli/proof_part.h"
#include "cli/say.h"
#include "proto/keyfile.h"
#include "proto/limits.h"
#include "proto/seal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PASSPHRASE_OPTION \
	{"--passphrase-file", N_("FILE"), \
	    N_("opens the member key with the first line of FILE, if communed was started " \
	       "without it"), \
	    false},

static const struct column columns[] = {
    {"code", N_("code"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
    {"kind", N_("kind"), SHAPE_WORD, COLUMN_TABLE | COLUMN_SPARE},
    {"names", N_("name"), SHAPE_TEXT, COLUMN_TABLE},
    {"member_key", N_("member key"), SHAPE_HEX, 0},
    {"fingerprint", N_("fingerprint"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_KEEP},
    {"state", N_("state"), SHAPE_WORD, COLUMN_TABLE},
    {"territory", N_("territory"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_SPARE},
    {"logs", N_("logs"), SHAPE_NESTED, 0},
    {NULL, NULL, SHAPE_TEXT, 0},
};

static const struct column approved[] = {
    {"ref", N_("record"), SHAPE_TEXT, COLUMN_TABLE},
    {"roster_size", N_("entries in the roster"), SHAPE_NUMBER, COLUMN_TABLE},
    {NULL, NULL, SHAPE_TEXT, 0},
};

static const struct column changed[] = {
    {"code", N_("code"), SHAPE_TEXT, COLUMN_TABLE},
    {"roster_size", N_("entries in the roster"), SHAPE_NUMBER, COLUMN_TABLE},
    {NULL, NULL, SHAPE_TEXT, 0},
};

static const struct column drafted[] = {
    {"code", N_("code"), SHAPE_TEXT, COLUMN_TABLE},
    {"roster_size", N_("entries in the roster"), SHAPE_NUMBER, COLUMN_TABLE},
    {"draft", N_("draft"), SHAPE_TEXT, COLUMN_TABLE | COLUMN_RARE},
    {"approvals", N_("approvals"), SHAPE_NUMBER, COLUMN_TABLE | COLUMN_RARE},
    {"threshold", N_("approvals needed"), SHAPE_NUMBER, COLUMN_TABLE | COLUMN_RARE},
    {NULL, NULL, SHAPE_TEXT, 0},
};

static int run_pending(const struct args *args)
{
	struct row params = {0};

	return client_show_rows(args, "roster.pending", &params);
}

/* The passphrase of a sealed member key, for a daemon that was started without it. False after saying what is wrong. */
static bool take_passphrase(const struct args *args, struct row *params)
{
	const char *path = args_get(args, "--passphrase-file");
	struct writer text = {0};
	struct why why = {0};
	struct bytes line;

	if (!path)
		return true;
	if (passphrase_read(&text, path, &line, &why))
		say_why(args, &why, NULL);
	else
		row_bin(params, "passphrase", line.data, line.size);
	if (text.data)
		seal_wipe(text.data, text.capacity);
	writer_release(&text);
	return why.err == ERR_NONE;
}

static int change(const struct args *args, const char *method, struct row *params)
{
	int code = take_passphrase(args, params) ? client_show(args, method, params) : EXIT_USAGE;

	row_release(params);
	return code;
}

static int run_admit(const struct args *args)
{
	struct row params = {0};

	row_cstr(&params, "code", args->positional[0]);
	row_cstr(&params, "fingerprint", args_get(args, "--fingerprint"));
	return change(args, "roster.admit", &params);
}

static int run_remove(const struct args *args)
{
	static const char *const reasons[] = {"request", "merged", "breach", "error"};
	const char *reason = args_get(args, "--reason");
	struct row params = {0};
	bool is_known = !reason;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons) && !is_known; i++)
		is_known = !strcmp(reason, reasons[i]);
	if (!is_known)
		return say_usage(args, _("it is request, merged, breach or error"),
		    _("there is no reason '%s'"), reason);
	row_cstr(&params, "code", args->positional[0]);
	row_cstr(&params, "reason", reason ? reason : reasons[0]);
	return change(args, "roster.remove", &params);
}

/* A file that is there holds the key; else one is drawn for it. */
static int key_from_file(const struct args *args, const char *path, struct key *key)
{
	const char *secret = args_get(args, "--new-passphrase-file");
	struct writer file = {0}, text = {0};
	struct bytes line = {NULL, 0};
	struct keyfile found;
	struct why why = {0};
	uint8_t seed[32];
	struct seckey unused;
	enum err err = ERR_NONE;

	if (access(path, F_OK) == 0) {
		err = file_read(&file, path, KEYFILE_SIZE_MAX, &why);
		if (!err && (keyfile_inspect(writer_view(&file), &found, NULL) ||
				found.purpose != KEYFILE_MEMBER))
			err = why_set(&why, ERR_FIELD, _("%s holds no member key"), path);
		*key = found.key;
		writer_release(&file);
		return err ? say_why(args, &why, NULL) : EXIT_DONE;
	}
	if (!secret == !args_has(args, "--no-passphrase"))
		return say_usage(args,
		    _("say --new-passphrase-file FILE, or --no-passphrase to leave it unsealed"),
		    _("the new member key needs a passphrase"));
	err = secret ? passphrase_read(&text, secret, &line, &why) : ERR_NONE;
	random_draw(seed, sizeof(seed));
	keyfile_derive(key, &unused, KEYFILE_MEMBER, seed);
	if (!err)
		err = new_key_write(path, KEYFILE_MEMBER, seed, line, &why);
	seal_wipe(seed, sizeof(seed));
	seal_wipe(&unused, sizeof(unused));
	if (text.data)
		seal_wipe(text.data, text.capacity);
	writer_release(&text);
	return err ? say_why(args, &why, NULL) : EXIT_DONE;
}

static int new_key(const struct args *args, struct key *key)
{
	const char *file = args_get(args, "--new-key");
	const char *hex = args_get(args, "--key");

	if (!file == !hex)
		return say_usage(args,
		    _("--new-key FILE draws one, --key HEX is one that the member has drawn"),
		    _("say one of --new-key and --key"));
	if (file)
		return key_from_file(args, file, key);
	return hex_decode(key->b, KEY_SIZE, hex, strlen(hex))
		   ? EXIT_DONE
		   : say_usage(args, NULL, _("--key is 64 hex digits"));
}

static int run_rotate(const struct args *args)
{
	struct row params = {0};
	struct key key;
	struct client c;
	const char *file = args_get(args, "--new-key");
	bool is_drawn = file && access(file, F_OK) != 0;
	int code = client_open(&c, args); /* before a key is drawn */

	client_close(&c);
	code = code ? code : new_key(args, &key);
	if (code)
		return code;
	row_cstr(&params, "code", args->positional[0]);
	row_bin(&params, "member_key", key.b, KEY_SIZE);
	if (args_has(args, "--lost"))
		row_bool(&params, "lost", true);
	code = change(args, "roster.rotate", &params);
	if (code == EXIT_REFUSED && is_drawn)
		unlink(file); /* refused, nothing changed */
	return code;
}

/* SIZE-ROOT as rows of a frozen log have it. */
static bool branch_is(const struct checkpoint *cp, const char *name, char out[static 32])
{
	char hex[2 * HASH_SIZE + 1];

	hex_encode(hex, BYTES(cp->root.b));
	snprintf(out, 32, "%llu-%.8s", (unsigned long long)cp->size, hex);
	return strcmp(out, name) == 0;
}

/* Both branches stand in the evidence; which of them is meant is said by its name. */
static int branch_choose(const struct args *args, struct bytes evidence, struct row *params)
{
	const char *name = args->positional[1];
	struct checkpoint first, second;
	struct hash network;
	char a[32], b[32];
	bool is_first;

	if (checkpoint_open(&first, &network, proof_text(evidence, "first")) ||
	    checkpoint_open(&second, &network, proof_text(evidence, "second")))
		return say_error(args, ERR_FORMAT, NULL, "%s", _(err_text(ERR_FORMAT)));
	is_first = branch_is(&first, name, a);
	if (!branch_is(&second, name, b) && !is_first)
		return say_usage(
		    args, NULL, _("the branches of this log are %s and %s, not '%s'"), a, b, name);
	row_str(params, "code", proof_text(evidence, "member"));
	row_bin(params, "log", first.log.b, KEY_SIZE);
	row_bin(params, "root", is_first ? first.root.b : second.root.b, HASH_SIZE);
	row_int(params, "size", (int64_t)(is_first ? first.size : second.size));
	return EXIT_DONE;
}

static int run_name_branch(const struct args *args)
{
	struct row asked = {0}, params = {0};
	struct bytes evidence;
	struct client c;
	int code = client_open(&c, args);

	row_cstr(&asked, "log", args->positional[0]);
	if (!code)
		code = client_call(&c, "prove.evidence", row_view(&asked), &evidence);
	if (!code)
		code = branch_choose(args, evidence, &params);
	client_close(&c);
	row_release(&asked);
	if (!code)
		return change(args, "roster.name-branch", &params);
	row_release(&params);
	return code;
}

static int run_approve(const struct args *args)
{
	struct row params = {0};

	row_cstr(&params, "ref", args->positional[0]);
	return change(args, "roster.approve", &params);
}

const struct command cmd_roster_pending = {
    .verb = "roster pending",
    .summary = N_("list who asks for admission"),
    .help =
	N_("Lists the requests to join that have arrived and the entries that wait for approvals. "
	   "Compare the fingerprint with the one that the new member reads out before admitting."),
    .columns = columns,
    .run = run_pending,
};

const struct command cmd_roster_admit = {
    .verb = "roster admit",
    .summary = N_("admit a member that asked"),
    .help = N_("Admits the member whose request has arrived. With one coordinator the entry counts "
	       "at once; with more it waits for the approvals that the roster asks for.\n\nSeveral "
	       "nodes may have asked with one invite: then it names their fingerprints and "
	       "admits none until --fingerprint says which."),
    .positionals =
	(const struct positional[]){
	    {"CODE", N_("the code of the member"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--fingerprint", N_("F"),
		N_("only the node whose member key has this fingerprint: its first 8 to 32 digits"),
		false},
	    PASSPHRASE_OPTION{NULL, NULL, NULL, false},
	},
    .columns = changed,
    .examples =
	(const struct example[]){
	    {"commune roster admit chefchaouen --fingerprint 4f2c9a0d6b1e8c35",
		N_("admit after comparing the fingerprint")},
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD,
    .run = run_admit,
};

const struct command cmd_roster_remove = {
    .verb = "roster remove",
    .summary = N_("remove a member"),
    .help = N_("Removes a member. Its logs end at what this node holds of them; its records stay."),
    .positionals =
	(const struct positional[]){
	    {"CODE", N_("the code of the member"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--reason", N_("WORD"), N_("request (the default), merged, breach or error"), false},
	    PASSPHRASE_OPTION{NULL, NULL, NULL, false},
	},
    .columns = changed,
    .flags = COMMAND_CARD,
    .run = run_remove,
};

const struct command cmd_roster_rotate = {
    .verb = "roster rotate",
    .summary = N_("give a member another member key"),
    .help = N_("Puts another member key in the place of a member's: after an election, when its "
	       "passphrase was forgotten, or when somebody else may have it. The member asks for "
	       "it on its own node with --new-key, which draws the key and writes a draft that "
	       "coordinators approve; a member that can do nothing any more draws one elsewhere "
	       "and tells a coordinator, who enters it with --key after checking who is calling. "
	       "The logs of the old key go on; with --lost they end at what this node holds of "
	       "them.\n\nWhen the roster has taken it, put the file into keys/member.key of the "
	       "home. A log that ended is followed by `commune log open --rotated`."),
    .positionals =
	(const struct positional[]){
	    {"CODE", N_("the code of the member"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    {"--new-key", N_("FILE"),
		N_("the file of the new member key; it is drawn unless the file is there"), false},
	    {"--new-passphrase-file", N_("FILE"),
		N_("seal the new key with the first line of FILE"), false},
	    {"--no-passphrase", NULL, N_("leave the new key unsealed"), false},
	    {"--key", N_("HEX"), N_("the new member key, as the member told it"), false},
	    {"--lost", NULL, N_("the old key is lost or stolen: its logs end here"), false},
	    PASSPHRASE_OPTION{NULL, NULL, NULL, false},
	},
    .columns = drafted,
    .examples =
	(const struct example[]){
	    {"commune roster rotate larache --new-key /media/stick/member.key "
	     "--new-passphrase-file pass.txt",
		N_("on the node of Larache, which then tells a coordinator the draft")},
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD,
    .run = run_rotate,
};

const struct command cmd_roster_approve = {
    .verb = "roster approve",
    .summary = N_("approve an entry of the roster that waits"),
    .help = N_("Signs an entry of the roster that another coordinator proposed. `commune roster "
	       "pending` lists them."),
    .positionals =
	(const struct positional[]){
	    {"REF", N_("the record that holds the draft"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    PASSPHRASE_OPTION{NULL, NULL, NULL, false},
	},
    .columns = approved,
    .flags = COMMAND_CARD,
    .run = run_approve,
};

const struct command cmd_roster_name_branch = {
    .verb = "roster name-branch",
    .summary = N_("say which branch of a frozen log stays"),
    .help = N_(
	"When a key signed two histories both stay as they are held, and count as what their "
	"member said. With this entry the coordinators say which of the two the network goes by. "
	"`commune log list --json` shows it as stays; rows of the log have the branch "
	"that this node holds as branch.\n\nA node that held the other branch, or none, fetches "
	"the "
	"one that stays and keeps both: its records are labelled stays, and have the references "
	"CODE/INDEX; those of the other are found by their ids."),
    .positionals =
	(const struct positional[]){
	    {"LOG", N_("the frozen log: CODE, CODE.N or its key in hex"), false},
	    {"BRANCH", N_("SIZE-ROOT, as rows of the log have it"), false},
	    {NULL, NULL, false},
	},
    .options = (const struct option_desc[]){PASSPHRASE_OPTION{NULL, NULL, NULL, false}},
    .columns = drafted,
    .flags = COMMAND_CARD,
    .run = run_name_branch,
};
