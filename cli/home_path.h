/* Which home a command speaks for. */
#ifndef CLI_HOME_PATH_H
#define CLI_HOME_PATH_H

#include "cli/args.h"

/* --home, $COMMUNE_HOME, $XDG_DATA_HOME/open-communes, ~/.local/share/open-communes; without a
 * final slash. NULL after saying what is wrong: no home at all, or its socket path would be too
 * long. Valid until the program ends. */
const char *home_path(const struct args *args);
/* The path as one word of a command that a reader may copy: quoted where a shell would take it apart. Valid until the
 * next call. */
const char *home_path_word(const char *path);

#endif
