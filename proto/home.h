/* The text of a home's `config`: who this node is, what it signs first and where it listens.
 * `commune init` and `commune join` write it, communed reads it, people may edit the three lists at
 * its end. Lines of `key = value`, `#` begins a comment line; a list is a key that is repeated. It
 * holds public keys only: `commune id` needs no passphrase.
 *
 *     format         = 1
 *     network        = network id, hex
 *     member         = code
 *     kind           = kind of member (region, commune, ...)
 *     member_key     = hex                           public
 *     log            = hex                           public; names the key file, as transport_key
 *     transport_key  = hex                           public
 *     log_open       = payload of leaf 0 of the log, base64
 *     log_open_salt  = hex
 *     log_open_time  = ms
 *     roster_log     = hex                           the keeper's node only, like the next three
 *     genesis        = payload of the genesis, base64
 *     genesis_salt   = hex
 *     genesis_time   = ms
 *     join           = body of the JOIN message, base64   a home made by `commune join` only
 *     listen         = ADDR:PORT                     list; none: HOME_LISTEN_DEFAULT
 *     peer           = ADDRESS                       list; nodes to dial
 *     announce       = HOST:PORT                     list; how others reach this node; none:
 *                                                 what it listens on
 *
 * A home is DIR/{config, keys/, head.lock, truth/, views/, blobs/, run/control.sock}. */
#ifndef PROTO_HOME_H
#define PROTO_HOME_H

#include "proto/limits.h"
#include "proto/log_open.h"
#include "proto/record.h"

#define HOME_FORMAT 1
#define HOME_CONFIG "config"
#define HOME_KEYS "keys" /* directory, 0700 */
#define HOME_KEY_MEMBER "keys/member.key"
#define HOME_KEY_LOG "keys/log.key"
#define HOME_KEY_TRANSPORT "keys/transport.key"
/* Of a log after the first one the two are called after their public keys, so that opening it leaves
 * the files of the one before alone: the config names the keys, and with them the files. */
#define HOME_KEY_PATH_SIZE 40
#define HOME_KEY_COSIGNER "keys/cosigner.key" /* coordinators */
#define HOME_KEY_ROSTER "keys/roster.key"     /* the keeper */
#define HOME_HEAD_LOCK "head.lock"
#define HOME_TRUTH "truth"
#define HOME_VIEWS "views"
#define HOME_BLOBS "blobs"
#define HOME_RUN "run"
#define HOME_SOCKET "run/control.sock"
#define HOME_LISTEN_DEFAULT "[::]:7117"
#define HOME_PORT_DEFAULT "7117"

/* A socket path is at most 107 bytes: the kernel's struct has 108 and longer ones are cut without
 * an error. */
#define HOME_SOCKET_PATH_MAX 107
#define HOME_LIST_MAX 8
#define HOME_TEXT_MAX 320
/* A genesis in base64 is the largest line; a config larger than this is something else. */
#define HOME_CONFIG_SIZE_MAX (256 * 1024)

struct home_list {
	unsigned count;
	char text[HOME_LIST_MAX][HOME_TEXT_MAX + 1];
};

/* A zeroed struct home is an empty one. The writers own their bytes: home_release. */
struct home {
	struct hash network;
	char member[CODE_SIZE_MAX + 1];
	char kind[CODE_SIZE_MAX + 1];
	struct key member_key;
	struct key log;
	struct key transport;
	struct writer log_open;
	uint8_t log_open_salt[RECORD_SALT_SIZE];
	struct mtime log_open_time;
	bool is_keeper;
	struct key roster_log;
	struct writer genesis;
	uint8_t genesis_salt[RECORD_SALT_SIZE];
	struct mtime genesis_time;
	struct writer join; /* empty: not made by an invite */
	struct home_list listen;
	struct home_list peer;
	struct home_list announce;
};

void home_release(struct home *home);
/* ERR_FIELD with the line number and key in why: unknown or repeated key, bad value, missing key.
 */
enum err home_decode(struct home *home, struct bytes text, struct why *why);
void home_encode(struct writer *w, const struct home *home);
/* The text of a config with the lines about the log replaced by those of home: member_key, log,
 * transport_key, log_open and its salt and time, join. Everything else, what people wrote included,
 * stays as it is. */
void home_edit_log(struct writer *w, struct bytes text, const struct home *home);
/* ERR_LIMIT when the list is full or the text too long. */
enum err home_list_add(struct home_list *list, struct bytes text);

/* Of the log with that number: keys/log.key, or keys/log-<8 bytes of the key, hex>.key. */
void home_key_log(char out[static HOME_KEY_PATH_SIZE], uint32_t number, const struct key *log);
void home_key_transport(
    char out[static HOME_KEY_PATH_SIZE], uint32_t number, const struct key *transport);

/* What two people compare by voice before one admits the other: the first 16 bytes of H(member key)
 * in hex. */
#define HOME_FINGERPRINT_SIZE 32
void home_fingerprint(char out[static HOME_FINGERPRINT_SIZE + 1], const struct key *member_key);

#endif
