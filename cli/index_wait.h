/* Until the index holds what was stored when somebody asked. */
#ifndef CLI_INDEX_WAIT_H
#define CLI_INDEX_WAIT_H

#include "cli/client.h"

/* Until the views hold all that is stored now, or timeout_ms have passed: then *behind says how many records they
 * lack. Shows a bar on a terminal. The exit code of the call. */
int index_wait(struct client *c, long long timeout_ms, unsigned long long *behind);

#endif
