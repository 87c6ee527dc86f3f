/* Draws keys and writes homes. Decides which keys a node gets, their files and modes; what a
 * genesis or a request to join holds is decided in cmd_init.c and cmd_join.c. */
#include "cli/new_home.h"

#include "cli/file.h"
#include "cli/home_build.h"
#include "cli/home_path.h"
#include "cli/lang.h"
#include "cli/names.h"
#include "cli/new_key.h"
#include "cli/new_lock.h"
#include "cli/passphrase.h"
#include "cli/say.h"
#include "proto/address.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_member(struct new_home *n, const struct args *args)
{
	const char *code = args_get(args, "--member");
	const char *kind = args_get(args, "--kind");
	struct why why = {0};

	if (!code)
		return say_usage(args, NULL, _("%s is missing"), "--member CODE");
	if (!kind)
		return say_usage(args, NULL, _("%s is missing"), "--kind KIND");
	if (!code_is_valid(bytes_str(code)))
		return say_error(args, ERR_FIELD,
		    _("a small letter, then at most 31 small letters, digits or dashes"),
		    _("'%s' is no code of a member"), code);
	if (!member_kind_parse(&n->kind, bytes_str(kind)))
		return say_error(args, ERR_FIELD,
		    _("it is region, province, commune, arrondissement, coordinator or observer"),
		    _("there is no kind of member '%s'"), kind);
	snprintf(n->home.member, sizeof(n->home.member), "%s", code);
	snprintf(n->home.kind, sizeof(n->home.kind), "%s", member_kind_name(n->kind));
	if (!args_has(args, "--name"))
		return say_usage(args, NULL, _("%s is missing"), "--name fr=…");
	if (names_parse(&n->names, args, "--name", &why))
		return say_why(args, &why, NULL);
	return EXIT_DONE;
}

static bool is_reachable(const char *text)
{
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t port;

	return address_parse_host(host, &port, bytes_str(text)) == ERR_NONE;
}

static int check_lists(struct new_home *n, const struct args *args)
{
	for (int i = 0; args_nth(args, "--listen", i); i++)
		if (home_list_add(&n->home.listen, bytes_str(args_nth(args, "--listen", i))))
			return say_usage(
			    args, NULL, _("at most %d times %s"), HOME_LIST_MAX, "--listen");
	for (int i = 0; args_nth(args, "--announce", i); i++)
		if (!is_reachable(args_nth(args, "--announce", i)))
			return say_error(args, ERR_FIELD,
			    _("for example node.commune.example:7117"), _("'%s' is no HOST:PORT"),
			    args_nth(args, "--announce", i));
		else if (i == ADDRESSES_MAX || home_list_add(&n->home.announce,
						   bytes_str(args_nth(args, "--announce", i))))
			return say_usage(
			    args, NULL, _("at most %d times %s"), ADDRESSES_MAX, "--announce");
	return EXIT_DONE;
}

static int check_passphrase(struct new_home *n, const struct args *args)
{
	const char *path = args_get(args, "--passphrase-file");
	struct why why = {0};

	if (!path && !args_has(args, "--no-passphrase"))
		return say_usage(args,
		    _("say --passphrase-file FILE, or --no-passphrase to leave it unsealed"),
		    _("the member key needs a passphrase"));
	if (path && args_has(args, "--no-passphrase"))
		return say_usage(
		    args, NULL, _("--passphrase-file and --no-passphrase exclude each other"));
	if (!path)
		return EXIT_DONE;
	if (passphrase_read(&n->passphrase_file, path, &n->passphrase, &why))
		return say_why(args, &why, NULL);
	return EXIT_DONE;
}

static void draw_keys(struct new_home *n)
{
	struct seckey unused;

	random_draw(n->member_seed, 32);
	random_draw(n->log_seed, 32);
	random_draw(n->transport_seed, 32);
	random_draw(n->cosigner_seed, 32);
	random_draw(n->roster_seed, 32);
	keyfile_derive(&n->home.member_key, &n->member_sk, KEYFILE_MEMBER, n->member_seed);
	keyfile_derive(&n->home.log, &unused, KEYFILE_LOG, n->log_seed);
	keyfile_derive(&n->home.transport, &unused, KEYFILE_TRANSPORT, n->transport_seed);
	keyfile_derive(&n->cosigner, &unused, KEYFILE_COSIGNER, n->cosigner_seed);
	keyfile_derive(&n->home.roster_log, &unused, KEYFILE_LOG, n->roster_seed);
	seal_wipe(&unused, sizeof(unused));
}

int new_home_begin(struct new_home *n, const struct args *args)
{
	int code;

	memset(n, 0, sizeof(*n));
	n->path = home_path(args);
	if (!n->path)
		return EXIT_USAGE;
	code = check_member(n, args);
	code = code ? code : check_lists(n, args);
	code = code ? code : check_passphrase(n, args);
	if (code)
		return code;
	if (!home_is_free(n->path))
		return say_error(args, ERR_EXISTS, _("choose another with --home, or move it away"),
		    _("%s exists already"), n->path);
	draw_keys(n);
	return EXIT_DONE;
}

static enum err log_open_check(struct bytes payload, const struct hash *network)
{
	struct log_open open;
	enum err err = log_open_decode(&open, payload);

	return err ? err : log_open_verify(&open, network);
}

enum err new_home_open_log(struct new_home *n, struct why *why)
{
	struct log_open open = {0};

	open.network = n->home.network;
	open.key = n->home.log;
	open.member_key = n->home.member_key;
	open.transport = n->home.transport;
	snprintf(open.member, sizeof(open.member), "%s", n->home.member);
	open.number = 1;
	log_open_encode(&n->home.log_open, &open, &n->member_sk);
	random_draw(n->home.log_open_salt, sizeof(n->home.log_open_salt));
	n->home.log_open_time = clock_now();
	if (n->home.log_open.err)
		return why_set(why, n->home.log_open.err, "%s", err_text(n->home.log_open.err));
	/* What this program makes and others would refuse must not become a home. */
	return log_open_check(writer_view(&n->home.log_open), &n->home.network);
}

static enum err write_key(const char *dir, const char *name, enum keyfile_purpose purpose,
    const uint8_t seed[static 32], struct bytes passphrase, struct why *why)
{
	char path[HOME_PLACE_MAX];
	enum err err = home_place(path, dir, name, why);

	return err ? err : new_key_write(path, purpose, seed, passphrase, why);
}

static enum err write_keys(const struct new_home *n, const char *dir, struct why *why)
{
	static const struct bytes none = {NULL, 0};
	/* Only the member key is sealed: the others sign and speak without anybody being there. */
	enum err err =
	    write_key(dir, HOME_KEY_MEMBER, KEYFILE_MEMBER, n->member_seed, n->passphrase, why);

	if (!err)
		err = write_key(dir, HOME_KEY_LOG, KEYFILE_LOG, n->log_seed, none, why);
	if (!err)
		err = write_key(
		    dir, HOME_KEY_TRANSPORT, KEYFILE_TRANSPORT, n->transport_seed, none, why);
	if (!err && n->home.is_keeper)
		err = write_key(
		    dir, HOME_KEY_COSIGNER, KEYFILE_COSIGNER, n->cosigner_seed, none, why);
	if (!err && n->home.is_keeper)
		err = write_key(dir, HOME_KEY_ROSTER, KEYFILE_LOG, n->roster_seed, none, why);
	return err;
}

static enum err write_config(const struct new_home *n, const char *dir, struct why *why)
{
	char path[HOME_PLACE_MAX];
	struct writer config = {0};
	enum err err;

	home_encode(&config, &n->home);
	err = config.err ? why_set(why, config.err, "%s", err_text(config.err))
			 : home_place(path, dir, HOME_CONFIG, why);
	if (!err)
		err = file_create(path, writer_view(&config), 0600, why);
	writer_release(&config);
	if (!err && n->network_data.size) {
		err = home_place(path, dir, "network.json", why);
		err = err ? err : file_create(path, n->network_data, 0600, why);
	}
	return err;
}

/* The logs that this node signs: its own, and the roster where it is the keeper. */
static enum err write_lock(const struct new_home *n, const char *dir, struct why *why)
{
	struct key logs[2] = {n->home.log, n->home.roster_log};
	char path[HOME_PLACE_MAX];
	enum err err = home_place(path, dir, HOME_HEAD_LOCK, why);

	return err ? err : new_lock_write(path, logs, n->home.is_keeper ? 2 : 1, why);
}

static enum err fill(void *context, const char *dir, struct why *why)
{
	const struct new_home *n = context;
	enum err err = write_keys(n, dir, why);

	if (!err)
		err = write_config(n, dir, why);
	return err ? err : write_lock(n, dir, why);
}

enum err new_home_write(struct new_home *n, struct why *why)
{
	return home_build(n->path, fill, NULL, n, why);
}

void new_home_release(struct new_home *n)
{
	if (n->passphrase_file.data)
		seal_wipe(n->passphrase_file.data, n->passphrase_file.capacity);
	writer_release(&n->passphrase_file);
	writer_release(&n->names);
	home_release(&n->home);
	seal_wipe(n, sizeof(*n));
}
