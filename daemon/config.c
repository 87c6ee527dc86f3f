/* Options, config file and keys. Decides what overrides what: an option beats the file, and
 * --listen replaces the file's list, because two answers to "where do I listen" are one too many.
 */
#include "daemon/config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "daemon/net.h"
#include "daemon/where.h"
#include "proto/address.h"
#include "proto/keyfile.h"

#define PASSPHRASE_SIZE_MAX 1024

const char config_usage[] =
    "usage: communed [--home DIR] [--listen ADDR:PORT]... [--peer ADDRESS]... [--config FILE]\n"
    "                [--passphrase-file FILE] [--no-sandbox]\n"
    "       communed [--home DIR] --close-log\n"
    "       communed [--home DIR] --compact\n"
    "       communed --help | --version\n"
    "\n"
    "Runs the node whose home is DIR (or COMMUNE_HOME, else $XDG_DATA_HOME/open-communes).\n"
    "\n"
    "  --listen ADDR:PORT      IPv4 or [IPv6] address; port 0 takes a free one; replaces the "
    "config's\n"
    "  --peer ADDRESS          KEY@HOST:PORT of a node to connect to, beside the config's\n"
    "  --config FILE           instead of DIR/config\n"
    "  --passphrase-file FILE  its first line opens sealed keys\n"
    "  --no-sandbox            keep all system calls and files, for a debugger; status says so\n"
    "  --close-log             signs the end of this node's log, if it may be signed, and exits; "
    "see\n"
    "                          commune log open\n"
    "  --compact               write the database again without its free space, and end\n";

static enum err path_set(char *out, const char *text, struct why *why)
{
	if (strlen(text) >= PATH_MAX)
		return why_set(why, ERR_USAGE, "path is too long: %.80s", text);
	memcpy(out, text, strlen(text) + 1);
	return ERR_NONE;
}

static enum err home_default(char *out, struct why *why)
{
	const char *home = getenv("COMMUNE_HOME");
	const char *data = getenv("XDG_DATA_HOME");
	const char *user = getenv("HOME");
	int n;

	if (home && *home)
		return path_set(out, home, why);
	if (data && *data)
		n = snprintf(out, PATH_MAX, "%s/open-communes", data);
	else if (user && *user)
		n = snprintf(out, PATH_MAX, "%s/.local/share/open-communes", user);
	else
		return why_set(why, ERR_USAGE, "no home: give --home DIR or set COMMUNE_HOME");
	return n < PATH_MAX ? ERR_NONE : why_set(why, ERR_USAGE, "path of the home is too long");
}

static enum err list_option(
    struct home_list *list, const char *name, const char *text, struct why *why)
{
	if (home_list_add(list, bytes_str(text)) == ERR_NONE)
		return ERR_NONE;
	return why_set(why, ERR_USAGE, "--%s: more than %d, or one is longer than %d bytes", name,
	    HOME_LIST_MAX, HOME_TEXT_MAX);
}

enum err config_options(
    struct config *config, enum config_wish *wish, int argc, char *const *argv, struct why *why)
{
	static const struct option options[] = {
	    {"home", required_argument, NULL, 'H'},
	    {"listen", required_argument, NULL, 'l'},
	    {"peer", required_argument, NULL, 'p'},
	    {"config", required_argument, NULL, 'c'},
	    {"passphrase-file", required_argument, NULL, 'P'},
	    {"close-log", no_argument, NULL, 'C'},
	    {"no-sandbox", no_argument, NULL, 'S'},
	    {"compact", no_argument, NULL, 'Z'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'},
	    {NULL, 0, NULL, 0},
	};
	enum err err = ERR_NONE;
	int found;

	*wish = WISH_RUN;
	opterr = 0;
	while (!err && (found = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (found == 'H')
			err = path_set(config->home_path, optarg, why);
		else if (found == 'l')
			err = list_option(&config->listen, "listen", optarg, why);
		else if (found == 'p')
			err = list_option(&config->peer, "peer", optarg, why);
		else if (found == 'c')
			err = path_set(config->config_path, optarg, why);
		else if (found == 'P')
			err = path_set(config->passphrase_path, optarg, why);
		else if (found == 'C')
			config->is_closing = true;
		else if (found == 'S')
			config->is_unfenced = true;
		else if (found == 'Z')
			*wish = WISH_COMPACT;
		else if (found == 'h')
			*wish = WISH_HELP;
		else if (found == 'v')
			*wish = WISH_VERSION;
		else
			err = why_set(why, ERR_USAGE,
			    "unknown option, or one without its value: %.80s", argv[optind - 1]);
	}
	if (!err && optind < argc)
		err = why_set(why, ERR_USAGE, "unexpected argument: %.80s", argv[optind]);
	if (!err && *wish <= WISH_COMPACT && !config->home_path[0])
		err = home_default(config->home_path, why);
	return err;
}

static enum err file_read(const char *path, size_t size_max, struct writer *out, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err err = ERR_NONE;

	if (fd < 0)
		return why_set(why, ERR_USAGE, "cannot read %s: %s", path, strerror(errno));
	while (!err) {
		uint8_t *to = writer_grow(out, 4096);
		ssize_t n = to ? read(fd, to, 4096) : -1;
		out->size -= to ? 4096 - (size_t)(n > 0 ? n : 0) : 0;
		if (n == 0)
			break;
		if (n < 0)
			err = why_set(why, to ? ERR_IO : ERR_MEMORY, "cannot read %s: %s", path,
			    to ? strerror(errno) : "out of memory");
		else if (out->size > size_max)
			err =
			    why_set(why, ERR_FIELD, "%s is larger than %zu bytes", path, size_max);
	}
	close(fd);
	return err;
}

static void secret_release(struct writer *w)
{
	if (w->data)
		seal_wipe(w->data, w->capacity);
	writer_release(w);
}

/* The first line of the passphrase file, empty without one. */
static enum err passphrase_read(
    const struct config *config, struct writer *out, struct bytes *line, struct why *why)
{
	const uint8_t *end;
	enum err err;

	*line = (struct bytes){NULL, 0};
	if (!config->passphrase_path[0])
		return ERR_NONE;
	err = file_read(config->passphrase_path, PASSPHRASE_SIZE_MAX, out, why);
	if (err)
		return err;
	*line = writer_view(out);
	end = line->size ? memchr(line->data, '\n', line->size) : NULL;
	if (end)
		line->size = (size_t)(end - line->data);
	return ERR_NONE;
}

static enum err key_load(const struct config *config, const char *name,
    enum keyfile_purpose purpose, struct bytes passphrase, struct key *pk, struct seckey *sk,
    struct why *why)
{
	char path[PATH_MAX + 32];
	struct writer file = {0}, secret = {0};
	struct why cause = {0};
	enum err err;

	snprintf(path, sizeof(path), "%s/%s", config->home_path, name);
	err = file_read(path, KEYFILE_SIZE_MAX, &file, why);
	if (!err && passphrase.size == 0)
		err = passphrase_read(config, &secret, &passphrase, why);
	if (!err) {
		err = keyfile_decode(writer_view(&file), purpose, passphrase, pk, sk, &cause);
		if (err)
			why_set(
			    why, err, "%s: %s", path, cause.text[0] ? cause.text : err_text(err));
	}
	secret_release(&secret);
	secret_release(&file);
	return err;
}

enum err config_member_key(const struct config *config, struct bytes passphrase, struct key *pk,
    struct seckey *sk, struct why *why)
{
	return key_load(config, HOME_KEY_MEMBER, KEYFILE_MEMBER, passphrase, pk, sk, why);
}

/* The key that the config means. */
static enum err key_meant(const struct config *config, const char *name,
    enum keyfile_purpose purpose, const struct key *meant, struct key *pk, struct seckey *sk,
    struct why *why)
{
	enum err err = key_load(config, name, purpose, (struct bytes){NULL, 0}, pk, sk, why);

	if (!err && !key_equal(pk, meant))
		err = why_set(why, ERR_KEY, "the keys in %s/%s are not those of its config",
		    config->home_path, HOME_KEYS);
	return err;
}

enum err config_log_key(
    const struct config *config, struct key *pk, struct seckey *sk, struct why *why)
{
	char name[HOME_KEY_PATH_SIZE];

	home_key_log(name, config->log_number, &config->home.log);
	return key_meant(config, name, KEYFILE_LOG, &config->home.log, pk, sk, why);
}

enum err config_roster_key(
    const struct config *config, struct key *pk, struct seckey *sk, struct why *why)
{
	return key_meant(
	    config, HOME_KEY_ROSTER, KEYFILE_LOG, &config->home.roster_log, pk, sk, why);
}

enum err config_transport_key(struct config *config, struct why *why)
{
	char name[HOME_KEY_PATH_SIZE];

	home_key_transport(name, config->log_number, &config->home.transport);
	return key_meant(config, name, KEYFILE_TRANSPORT, &config->home.transport,
	    &config->core.transport, &config->core.transport_sk, why);
}

static void core_fill(struct config *config)
{
	struct core_config *core = &config->core;
	struct home *home = &config->home;
	unsigned count = 0;

	core->network = home->network;
	core->log = home->log;
	if (home->is_keeper)
		core->roster_log = home->roster_log;
	snprintf(core->member, sizeof(core->member), "%s", home->member);
	core->is_keeper = home->is_keeper;
	core->log_open = writer_view(&home->log_open);
	memcpy(core->log_open_salt, home->log_open_salt, sizeof(core->log_open_salt));
	core->log_open_time = home->log_open_time;
	core->genesis = writer_view(&home->genesis);
	memcpy(core->genesis_salt, home->genesis_salt, sizeof(core->genesis_salt));
	core->genesis_time = home->genesis_time;
	core->join = writer_view(&home->join);
	core->has_token = home->join.size > 0;
	core_bounds_defaults(&core->bounds);
	for (unsigned i = 0; i < home->peer.count && !config->is_closing; i++)
		config->peers[count++] = home->peer.text[i];
	for (unsigned i = 0; i < config->peer.count && !config->is_closing; i++)
		config->peers[count++] = config->peer.text[i];
	config->peers[count] = NULL;
	core->peers = config->peers;
	core->announce = config->announce;
	if (config->listen.count == 0)
		config->listen = home->listen;
}

/* The log.open that the config holds is that of its keys: a home put together from two would sign what nobody takes. */
static enum err log_check(struct config *config, struct why *why)
{
	const struct home *home = &config->home;
	struct log_open open;
	enum err err = log_open_decode(&open, writer_view(&home->log_open));

	if (!err)
		err = log_open_verify(&open, &home->network);
	if (err == ERR_MEMORY)
		return why_set(why, err, "no memory to check the log's certificate");
	if (err || !key_equal(&open.key, &home->log) ||
	    !key_equal(&open.transport, &home->transport) || strcmp(open.member, home->member) != 0)
		return why_set(why, ERR_FIELD, "%s: log_open does not fit the lines around it",
		    config->config_path);
	config->log_number = open.number;
	return ERR_NONE;
}

/* What nobody could dial is said now, not passed over in silence later. */
static enum err addresses_check(const struct config *config, struct why *why)
{
	struct address_parts parts;
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t port;

	for (unsigned i = 0; i < config->peer.count; i++)
		if (address_parse(&parts, bytes_str(config->peer.text[i])))
			return why_set(why, ERR_USAGE, "--peer %.200s: not KEY@HOST:PORT",
			    config->peer.text[i]);
	for (unsigned i = 0; i < config->home.peer.count; i++)
		if (address_parse(&parts, bytes_str(config->home.peer.text[i])))
			return why_set(why, ERR_FIELD, "%.80s: peer %.100s: not KEY@HOST:PORT",
			    config->config_path, config->home.peer.text[i]);
	for (unsigned i = 0; i < config->home.announce.count; i++)
		if (address_parse_host(host, &port, bytes_str(config->home.announce.text[i])))
			return why_set(why, ERR_FIELD, "%.80s: announce %.100s: not HOST:PORT",
			    config->config_path, config->home.announce.text[i]);
	return ERR_NONE;
}

/* A relative home still names the same folder in the ready line. */
static enum err home_resolve(struct config *config, struct why *why)
{
	char real[PATH_MAX];
	size_t size;

	if (!realpath(config->home_path, real))
		return why_set(why, ERR_USAGE,
		    "no home at %s: %s (commune init or commune join makes one)", config->home_path,
		    strerror(errno));
	snprintf(config->home_path, sizeof(config->home_path), "%s", real);
	size = strlen(real) + sizeof("/" HOME_SOCKET) - 1;
	if (size > HOME_SOCKET_PATH_MAX)
		return why_set(why, ERR_USAGE,
		    "socket path would be %zu bytes, %d are possible: choose a shorter home than "
		    "%s",
		    size, HOME_SOCKET_PATH_MAX, real);
	memcpy(config->socket_path, real, size - (sizeof("/" HOME_SOCKET) - 1));
	memcpy(config->socket_path + size - (sizeof("/" HOME_SOCKET) - 1), "/" HOME_SOCKET,
	    sizeof("/" HOME_SOCKET));
	return ERR_NONE;
}

enum err config_load(struct config *config, struct why *why)
{
	struct writer text = {0};
	struct why cause = {0};
	enum err err = home_resolve(config, why);

	if (err)
		return err;
	if (!config->config_path[0]) {
		int size = snprintf(config->config_path, sizeof(config->config_path),
		    "%s/" HOME_CONFIG, config->home_path);

		if (size < 0 || (size_t)size >= sizeof(config->config_path))
			return why_set(why, ERR_USAGE, "path of the home is too long");
	}
	err = file_read(config->config_path, HOME_CONFIG_SIZE_MAX, &text, why);
	if (!err) {
		err = home_decode(&config->home, writer_view(&text), &cause);
		if (err)
			why_set(why, err, "%s: %s", config->config_path, cause.text);
	}
	writer_release(&text);
	if (!err)
		err = log_check(config, why);
	if (!err)
		err = addresses_check(config, why);
	if (!err)
		core_fill(config);
	return err;
}

void config_ref(const struct config *config, uint64_t index, char *out, size_t size)
{
	if (config->log_number == 1)
		snprintf(out, size, "%s/%llu", config->home.member, (unsigned long long)index);
	else
		snprintf(out, size, "%s.%u/%llu", config->home.member, config->log_number,
		    (unsigned long long)index);
}

void config_release(struct config *config)
{
	seal_wipe(&config->core.transport_sk, sizeof(config->core.transport_sk));
	home_release(&config->home);
}

/* --- announcements ---------------------------------------------------------------------------- */

static void announce_add(struct config *config, const char *where)
{
	unsigned count = 0;
	char hex[2 * KEY_SIZE + 1];

	while (count < ADDRESSES_MAX && config->announce[count])
		count++;
	if (count == ADDRESSES_MAX ||
	    strlen(where) + sizeof(hex) + 1 > sizeof(config->announce_text[0]))
		return;
	hex_encode(hex, bytes_of(config->home.transport.b, KEY_SIZE));
	snprintf(
	    config->announce_text[count], sizeof(config->announce_text[0]), "%s@%s", hex, where);
	config->announce[count] = config->announce_text[count];
	config->announce[count + 1] = NULL;
}

/* Every address of this machine, IPv4 first; link-local ones mean nothing to others. */
static void announce_interfaces(struct config *config, const char *port, bool is_internal)
{
	uv_interface_address_t *all;
	int count;

	if (uv_interface_addresses(&all, &count))
		return;
	for (int family = AF_INET;; family = AF_INET6) {
		for (int i = 0; i < count; i++) {
			struct sockaddr_storage address = {0};
			char text[CORE_ADDRESS_MAX], where[CORE_ADDRESS_MAX + WHERE_PORT_SIZE];

			memcpy(&address, &all[i].address, sizeof(all[i].address));
			where_print(text, &address);
			if (address.ss_family != family || !all[i].is_internal != !is_internal ||
			    strncmp(text, "[fe80:", 6) == 0)
				continue;
			*strrchr(text, ':') = '\0';
			snprintf(where, sizeof(where), "%s:%s", text, port);
			announce_add(config, where);
		}
		if (family == AF_INET6)
			break;
	}
	uv_free_interface_addresses(all, count);
}

void config_announce(struct config *config, const struct net *net)
{
	char where[CORE_ADDRESS_MAX];
	char port[CORE_ADDRESS_MAX] = "";
	bool is_wildcard;

	for (unsigned i = 0; i < config->home.announce.count; i++)
		announce_add(config, config->home.announce.text[i]);
	for (unsigned i = 0;
	     !config->home.announce.count && net_listener(net, i, where, &is_wildcard); i++) {
		if (is_wildcard)
			snprintf(port, sizeof(port), "%s", strrchr(where, ':') + 1);
		else
			announce_add(config, where);
	}
	if (!config->announce[0] && port[0])
		announce_interfaces(config, port, false);
	if (!config->announce[0] && port[0])
		announce_interfaces(config, port, true);
}
