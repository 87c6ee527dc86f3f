/* The network that a home belongs to, as data: the file that init or join put into the home, or the
 * installed one whose charter the genesis names. */
#ifndef CLI_NETWORK_HOME_H
#define CLI_NETWORK_HOME_H

#include "cli/client.h"
#include "cli/network_file.h"

#define NETWORK_HOME_FILE "network.json"

/* ERR_UNKNOWN when the home keeps no file. */
enum err network_home_read(struct network_file *n, const char *home, struct why *why);
/* What the genesis says about the charter, asked of the daemon: zero when it names none. The exit
 * code. */
int network_home_charter(struct client *client, struct hash *charter);
/* The home's file; where it keeps none, the installed one that the daemon's genesis names. The exit
 * code; what is wrong was said. */
int network_home_find(struct network_file *n, const struct args *args);

#endif
