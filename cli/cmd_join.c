/* commune join: a home for a member that was invited. It decides what the request to join holds;
 * the request is sent when the home's communed starts. */
#include "cli/cmd.h"
#include "cli/home_path.h"

#include "cli/lang.h"
#include "cli/network_file.h"
#include "cli/new_home.h"
#include "cli/say.h"
#include "cli/territory.h"
#include "proto/address.h"
#include "proto/invite.h"
#include "proto/kinds_table.h"
#include "proto/msg.h"

#include <stdio.h>
#include <string.h>

#define KIND_LOG_OPEN 0

static enum err make_request(
    struct new_home *n, const struct invite *invite, const char *territory, struct why *why)
{
	struct writer record = {0};
	struct msg_join join = {0};
	enum err err;

	record_create(&record, KIND_LOG_OPEN, n->home.log_open_time, NULL, n->home.log_open_salt,
	    writer_view(&n->home.log_open));
	memcpy(join.token, invite->token, sizeof(join.token));
	join.record = writer_view(&record);
	join.kind = bytes_str(n->home.kind);
	join.names = writer_view(&n->names);
	join.territory = bytes_str(territory ? territory : "");
	msg_join_encode(&n->home.join, &join);
	err = record.err ? record.err : n->home.join.err;
	writer_release(&record);
	return err ? why_set(why, err, "%s", err_text(err)) : ERR_NONE;
}

static enum err take_addresses(struct new_home *n, const struct invite *invite, struct why *why)
{
	for (unsigned i = 0; i < invite->address_count; i++) {
		char text[ADDRESS_SIZE_MAX + 1];
		enum err err;

		address_format(text, &invite->addresses[i]);
		err = home_list_add(&n->home.peer, bytes_str(text));
		if (err)
			return why_set(why, err, "%s", err_text(err));
	}
	return ERR_NONE;
}

/* A code that is written well and names nothing. */
static int check_territory(const struct args *args)
{
	const char *code = args_get(args, "--territory");
	char near[120];
	char hint[160] = "";

	if (territory_is_known(bytes_str(code)))
		return EXIT_DONE;
	if (territory_suggest(bytes_str(code), near, sizeof(near)))
		snprintf(hint, sizeof(hint), _("did you mean %s?"), near);
	return say_error(args, ERR_FIELD, hint[0] ? hint : NULL,
	    _("there is no territory '%s' in the shipped lists"), code);
}

static int check_invite(const struct args *args, struct invite *invite)
{
	struct why why = {0};

	if (invite_decode(invite, bytes_str(args->positional[0]), &why))
		return say_error(args, ERR_FIELD, _("copy all of it, from oc1 to the end"),
		    _("the invite is damaged: %s"), why.text);
	if (invite->expires.ms <= clock_now().ms)
		return say_error(
		    args, ERR_REFUSED, _("ask for a new one"), _("the invite has expired"));
	if (args_get(args, "--member") && strcmp(args_get(args, "--member"), invite->code))
		return say_error(args, ERR_REFUSED, NULL,
		    _("the invite is for the member '%s', not for '%s'"), invite->code,
		    args_get(args, "--member"));
	if (args_get(args, "--territory") &&
	    !territory_is_valid(bytes_str(args_get(args, "--territory"))))
		return say_error(args, ERR_FIELD,
		    _("for example 01 for a region, 01.151.01.01 for a commune"),
		    _("'%s' is no territory code"), args_get(args, "--territory"));
	return args_get(args, "--territory") ? check_territory(args) : EXIT_DONE;
}

static int run(const struct args *args)
{
	struct invite invite = {0};
	struct new_home n = {0};
	struct why why = {0};
	const char *network = args_get(args, "--network");
	struct network_file file = {0};
	int code = check_invite(args, &invite);
	enum err err;

	if (!code)
		code = new_home_begin(&n, args);
	if (!code) {
		n.home.network = invite.network;
		err = network ? network_file_read(&file, network, &why) : ERR_NONE;
		n.network_data = writer_view(&file.text);
		if (!err)
			err = new_home_open_log(&n, &why);
		if (!err)
			err = take_addresses(&n, &invite, &why);
		if (!err)
			err = make_request(&n, &invite, args_get(args, "--territory"), &why);
		if (!err)
			err = new_home_write(&n, &why);
		if (err) {
			why_set(&why, err, "%s", err_text(err));
			code = say_why(args, &why, NULL);
		}
	}
	if (!code) {
		new_home_show(&n, args);
		if (args->output == OUTPUT_TABLE)
			printf(_("\nStart the daemon, it sends the request: communed --home "
				 "%s\nRead the fingerprint to the "
				 "coordinator, who admits you with: commune roster admit %s\n"),
			    home_path_word(n.path), n.home.member);
	}
	network_file_release(&file);
	new_home_release(&n);
	return code;
}

const struct command cmd_join = {
    .verb = "join",
    .summary = N_("make a home for a member that was invited"),
    .help = N_("Writes a home with new keys and the request to join. The request is sent when its "
	       "communed starts, and a "
	       "coordinator admits the member after comparing the fingerprint. Needs no daemon."),
    .positionals =
	(const struct positional[]){
	    {"INVITE", N_("what `commune invite` printed at a node of the network: oc1…"), false},
	    {NULL, NULL, false},
	},
    .options =
	(const struct option_desc[]){
	    NEW_HOME_OPTIONS{"--territory", N_("CODE"),
		N_("the member's territory in the numbering of the HCP: RR, RR.PPP or "
		   "RR.PPP.CC.NN"),
		false},
	    {"--network", N_("FILE|NAME"),
		N_("the network's own data, for its words and labels; without it the installed "
		   "network with the same charter is taken"),
		false},
	    {NULL, NULL, NULL, false},
	},
    .columns = new_home_columns,
    .examples =
	(const struct example[]){
	    {"commune join oc1… --member chefchaouen --kind commune --name fr=Chefchaouen --name "
	     "ar=شفشاون --territory "
	     "01.151.01.01 --passphrase-file pass.txt",
		N_("the home of the commune of Chefchaouen")},
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD | COMMAND_OFFLINE,
    .run = run,
};
