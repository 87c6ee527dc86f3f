/* commune init: a new network whose only coordinator and keeper is the caller. It decides what the
 * genesis holds; the network's id follows from it, so it is known before any daemon runs. */
#include "cli/cmd.h"
#include "cli/home_path.h"

#include "cli/lang.h"
#include "cli/network_file.h"
#include "cli/new_home.h"
#include "cli/say.h"
#include "proto/tree.h"

#include <stdio.h>
#include <string.h>

#define KIND_ROSTER_ENTRY 3

static enum err sign_entry(
    struct new_home *n, const struct network_file *file, struct writer *payload)
{
	struct coordinator self = {
	    .kind = n->kind, .member_key = n->home.member_key, .cosigner_key = n->cosigner};
	struct genesis genesis = {.names = file->names,
	    .charter = file->charter,
	    .keeper = n->home.roster_log,
	    .coordinators = &self,
	    .coordinator_count = 1,
	    .threshold = 1,
	    .zone = file->zone};
	static const struct hash no_network;
	struct approval approval;
	struct writer entry = {0};
	enum err err;

	snprintf(self.code, sizeof(self.code), "%s", n->home.member);
	self.names = writer_view(&n->names);
	random_draw(&genesis.nonce, sizeof(genesis.nonce));
	roster_entry_genesis(&entry, &genesis);
	approval_sign(&approval, &no_network, 0, writer_view(&entry), &n->member_sk);
	roster_payload_encode(payload, writer_view(&entry), &approval, 1);
	err = entry.err ? entry.err : payload->err;
	writer_release(&entry);
	return err;
}

/* The genesis as every other node will judge it: what this program makes and they would refuse must
 * not become a home. */
static enum err judge(
    const struct header *header, const struct hash *leaf, struct bytes payload, struct why *why)
{
	struct roster *roster = roster_new();
	enum err err = ERR_MEMORY;

	if (roster)
		err = roster_apply(roster, header, leaf, payload, false, why);
	if (roster)
		roster_free(roster);
	return err;
}

static enum err make_genesis(struct new_home *n, const struct network_file *file, struct why *why)
{
	struct writer raw = {0};
	struct record record = {0};
	struct reader r;
	enum err err = sign_entry(n, file, &n->home.genesis);

	n->home.is_keeper = true;
	n->home.genesis_time = clock_now();
	random_draw(n->home.genesis_salt, sizeof(n->home.genesis_salt));
	if (!err)
		record_create(&raw, KIND_ROSTER_ENTRY, n->home.genesis_time, NULL,
		    n->home.genesis_salt, writer_view(&n->home.genesis));
	reader_init(&r, writer_view(&raw));
	if (!err)
		err = raw.err ? raw.err : record_read(&record, &r);
	if (!err) {
		tree_leaf_hash(&n->home.network, record.raw_header);
		err = judge(&record.header, &n->home.network, writer_view(&n->home.genesis), why);
	}
	writer_release(&raw);
	return err ? why_set(why, err, "%s", err_text(err)) : ERR_NONE;
}

static int run(const struct args *args)
{
	const char *network = args_get(args, "--network");
	struct network_file file = {0};
	struct new_home n = {0};
	struct why why = {0};
	int code;

	if (!network)
		return say_usage(args, _("for example --network remacto"), _("%s is missing"),
		    "--network FILE|NAME");
	code = new_home_begin(&n, args);
	if (!code) {
		enum err err = network_file_read(&file, network, &why);

		n.network_data = writer_view(&file.text);
		if (!err)
			err = make_genesis(&n, &file, &why);
		if (!err)
			err = new_home_open_log(&n, &why);
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
			printf(_("\nThe network begins with you. Start its daemon: communed --home "
				 "%s\nThen invite the others: commune --home %s invite CODE\n"),
			    home_path_word(n.path), home_path_word(n.path));
	}
	network_file_release(&file);
	new_home_release(&n);
	return code;
}

const struct command cmd_init = {
    .verb = "init",
    .summary = N_("create a network"),
    .help = N_("Creates a network and the home of its first member, who is coordinator 1 of 1 and "
	       "keeps the roster. The "
	       "network is described by a file (its names, charter, words, time zone); `commune "
	       "network list` says which are installed. Needs no daemon and "
	       "writes nothing but the home. Keep a copy of keys/member.key in a safe place: it "
	       "certifies the logs of this "
	       "member, and a new computer cannot be certified without it."),
    .options =
	(const struct option_desc[]){
	    {"--network", N_("FILE|NAME"),
		N_("what describes the network: a network.json, or the name of a shipped one"),
		false},
	    NEW_HOME_OPTIONS{NULL, NULL, NULL, false},
	},
    .columns = new_home_columns,
    .examples =
	(const struct example[]){
	    {"commune init --network remacto --member coordination --kind coordinator --name "
	     "fr='Coordination du réseau' "
	     "--passphrase-file pass.txt",
		N_("a new REMACTO, with the member key sealed")},
	    {NULL, NULL},
	},
    .flags = COMMAND_CARD | COMMAND_OFFLINE,
    .run = run,
};
