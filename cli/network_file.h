/* The JSON file that describes a network (deploy/networks/README.md): where it is found, and what a
 * genesis takes from it. */
#ifndef CLI_NETWORK_FILE_H
#define CLI_NETWORK_FILE_H

#include "cli/file.h"
#include "cli/network_check.h"
#include "proto/record.h"

struct network_file {
	char path[FILE_PATH_MAX];
	struct writer text;   /* the file as it is */
	struct writer parsed; /* its canonical map; the rest points in here */
	struct bytes names;
	struct hash charter; /* H of the charter's canonical map */
	char zone[64];
};

/* A path, or the name of a shipped network. ERR_USAGE when there is no such file, ERR_FIELD when it
 * is no JSON. Judges nothing: names may be empty. */
enum err network_file_open(struct network_file *n, const char *name, struct why *why);
/* The same, and its first mistake is ERR_FIELD too. */
enum err network_file_read(struct network_file *n, const char *name, struct why *why);
void network_file_release(struct network_file *n);

/* Calls each with the path of every network.json that is installed, by name, until it says to stop.
 * False when none of them is installed. */
typedef bool network_file_fn(void *context, const char *path);
bool network_file_each(network_file_fn *each, void *context);
/* The shipped one whose charter this is. ERR_UNKNOWN when there is none. */
enum err network_file_by_charter(struct network_file *n, const struct hash *charter);

#endif
