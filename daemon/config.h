/* What the daemon was told: its options, its home's config, its keys. Everything is read before
 * anything is opened; keys by the process that uses them. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <linux/limits.h>

#include "proto/core.h"
#include "proto/home.h"

#define CONFIG_PEERS_MAX (2 * HOME_LIST_MAX)

struct config {
	char home_path[PATH_MAX];
	char config_path[PATH_MAX];
	char passphrase_path[PATH_MAX]; /* "" without one */
	char socket_path[HOME_SOCKET_PATH_MAX + 1];
	struct home_list listen; /* of the options: they replace the home's. Empty: the default */
	struct home_list peer;	 /* of the options: beside the home's */
	struct home home;
	uint32_t log_number;	 /* of the own log, as its log.open says */
	bool is_closing;	 /* --close-log: no peers, one record, the end */
	bool is_unfenced;	 /* --no-sandbox */
	struct core_config core; /* all but store id, locks, seed and announcements */
	const char *peers[CONFIG_PEERS_MAX + 1];
	char announce_text[ADDRESSES_MAX][CORE_ADDRESS_MAX];
	const char *announce[ADDRESSES_MAX + 1];
};

/* What the options ask for instead of running. */
enum config_wish { WISH_RUN, WISH_COMPACT, WISH_HELP, WISH_VERSION };

/* ERR_USAGE with a line for the user. */
enum err config_options(
    struct config *config, enum config_wish *wish, int argc, char *const *argv, struct why *why);
/* Reads the config, no key. ERR_USAGE (unreadable, socket path), ERR_IO, ERR_FIELD. */
enum err config_load(struct config *config, struct why *why);
/* The keys of the logs are for the signer alone; the transport key goes into core. ERR_PASSPHRASE, ERR_KEY, ERR_IO. */
enum err config_log_key(
    const struct config *config, struct key *pk, struct seckey *sk, struct why *why);
enum err config_roster_key(
    const struct config *config, struct key *pk, struct seckey *sk, struct why *why);
enum err config_transport_key(struct config *config, struct why *why);
void config_release(struct config *config);

/* Where others reach this node: what the config announces, else what is given as bound (host:port,
 * concrete), else every address of this machine under the port of a wildcard. Fills announce. */
struct net;
void config_announce(struct config *config, const struct net *net);

/* The member key, for what a coordinator approves; a sealed one takes about a second and much
 * memory, so not on the loop. passphrase: empty to use the file that the options name. Wipe sk
 * after use. */
enum err config_member_key(const struct config *config, struct bytes passphrase, struct key *pk,
    struct seckey *sk, struct why *why);

/* How a record of this node's log is called: CODE/INDEX, or CODE.N/INDEX of a later log. */
void config_ref(const struct config *config, uint64_t index, char *out, size_t size);

extern const char config_usage[];

#endif
