/* Which network file speaks for a home. The genesis has the last word on the charter, so a file that
 * somebody put there by hand can be held against it. */
#include "cli/network_home.h"

#include "cli/home_path.h"
#include "cli/lang.h"
#include "cli/say.h"
#include "proto/mp.h"
#include "proto/roster_entry.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The first record of the roster. */
#define GENESIS_REF "roster.0/0"

enum err network_home_read(struct network_file *n, const char *home, struct why *why)
{
	char path[FILE_PATH_MAX];
	int size = snprintf(path, sizeof(path), "%s/" NETWORK_HOME_FILE, home);

	memset(n, 0, sizeof(*n));
	if (size < 0 || (size_t)size >= sizeof(path) || access(path, F_OK) != 0)
		return why_set(why, ERR_UNKNOWN, _("%s keeps no data of its network"), home);
	return network_file_read(n, path, why);
}

int network_home_charter(struct client *client, struct hash *charter)
{
	struct bytes result, approvals, entry;
	struct row params = {0};
	struct reader r;
	int code;

	memset(charter, 0, sizeof(*charter));
	row_cstr(&params, "ref", GENESIS_REF);
	code = client_call(client, "show", row_view(&params), &result);
	row_release(&params);
	if (code)
		return code;
	reader_init(&r, mp_get(result, "payload"));
	if (mp_peek(&r) != MP_BIN || entry_payload_decode(mp_bin(&r), &approvals, &entry))
		return client_say_broken(client, ERR_FORMAT);
	reader_init(&r, mp_get(entry, "charter"));
	if (mp_peek(&r) == MP_BIN)
		mp_bin_fixed(&r, charter, sizeof(*charter));
	return EXIT_DONE;
}

static int find_installed(struct network_file *n, const struct args *args)
{
	struct client client;
	struct hash charter;
	int code = client_open(&client, args);

	if (!code)
		code = network_home_charter(&client, &charter);
	client_close(&client);
	if (!code && network_file_by_charter(n, &charter))
		code = say_error(args, ERR_UNKNOWN,
		    _("ask a coordinator for the network's file and put it into the home "
		      "as network.json"),
		    _("no installed network has the charter of this one"));
	return code;
}

int network_home_find(struct network_file *n, const struct args *args)
{
	const char *home = home_path(args);
	struct why why = {0};

	if (!home)
		return EXIT_USAGE;
	if (!network_home_read(n, home, &why))
		return EXIT_DONE;
	return why.err == ERR_UNKNOWN ? find_installed(n, args) : say_why(args, &why, NULL);
}
