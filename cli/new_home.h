/* Makes the home of a node before there is a daemon: draws its keys, has the member key certify the
 * log, writes everything into a directory beside the wanted one and renames it, so that a home
 * exists whole or not at all. */
#ifndef CLI_NEW_HOME_H
#define CLI_NEW_HOME_H

#include "cli/args.h"
#include "cli/new_key.h"
#include "proto/home.h"
#include "proto/keyfile.h"
#include "proto/roster.h"

struct new_home {
	const char *path;
	struct home home;
	enum member_kind kind;
	struct writer names;	 /* canonical map */
	struct bytes passphrase; /* empty: keys stay plain */
	struct writer passphrase_file;
	/* Seeds; wiped by new_home_release. */
	uint8_t member_seed[32];
	uint8_t log_seed[32];
	uint8_t transport_seed[32];
	uint8_t cosigner_seed[32];
	uint8_t roster_seed[32];
	struct key cosigner;
	struct seckey member_sk;
	struct bytes network_data; /* borrowed: the file that describes the network, kept in the
				      home; may be empty */
};

/* The options that init and join share, then the end of the list. */
#define NEW_HOME_OPTIONS \
	{"--member", N_("CODE"), \
	    N_("the member's code: a small letter, then at most 31 small letters, digits, " \
	       "dashes"), \
	    false}, \
	    {"--kind", N_("KIND"), \
		N_("region, province, commune, arrondissement, coordinator or observer"), false}, \
	    {"--name", N_("LANG=TEXT"), \
		N_("the member's name in ar, fr, en or zgh; at least one"), true}, \
	    {"--passphrase-file", N_("FILE"), \
		N_("seal the member key with the first line of FILE"), false}, \
	    {"--no-passphrase", NULL, N_("keep the member key unsealed on this machine"), false}, \
	    {"--listen", N_("ADDR:PORT"), N_("where communed listens (default [::]:7117)"), true}, \
	    {"--announce", N_("HOST:PORT"), \
		N_("how other nodes reach this one, if not where it listens"), true},

/* Checks the shared options and that the path is free, then draws all keys. The exit code,
 * EXIT_DONE when fine; what is wrong was said. */
int new_home_begin(struct new_home *n, const struct args *args);
/* Draws salt and time and certifies the log of home.network, log number 1. */
enum err new_home_open_log(struct new_home *n, struct why *why);
/* Writes the home. ERR_EXISTS, ERR_IO. */
enum err new_home_write(struct new_home *n, struct why *why);
/* The row of public keys that init and join answer with, under these columns. */
void new_home_show(const struct new_home *n, const struct args *args);
extern const struct column new_home_columns[];
void new_home_release(struct new_home *n);

#endif
