/* The JSON file that describes a network (deploy/networks/README.md), as far as a genesis needs it.
 */
#ifndef CLI_NETWORK_FILE_H
#define CLI_NETWORK_FILE_H

#include "cli/args.h"
#include "proto/err.h"
#include "proto/writer.h"

struct network_file {
	struct writer text;   /* the file as it is */
	struct writer parsed; /* its canonical map; the rest points in here */
	struct bytes names;
	struct hash charter; /* H of the charter's canonical map; zero when there is none */
	char zone[64];
};

/* A path, or the name of a shipped network. ERR_USAGE when there is no such file, ERR_FIELD when it
 * describes no network. */
enum err network_file_read(struct network_file *n, const char *name, struct why *why);
void network_file_release(struct network_file *n);

#endif
