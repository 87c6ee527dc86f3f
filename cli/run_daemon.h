/* Runs communed for one task that only it can do, because only it opens the store. */
#ifndef CLI_RUN_DAEMON_H
#define CLI_RUN_DAEMON_H

#include "proto/err.h"

/* communed --home `home` `option`: the one beside this program, else the one on the path. Its exit
 * code, or -1 when it could not be run. said gets the last line that it wrote to stderr, without
 * time and level. */
int run_daemon(const char *home, const char *option, struct why *said);

#endif
