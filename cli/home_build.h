/* Makes a home's folder: everything is written into one beside it, which is then renamed, so that a
 * home exists whole or not at all. What its files hold is the caller's. */
#ifndef CLI_HOME_BUILD_H
#define CLI_HOME_BUILD_H

#include "proto/err.h"

#include <stdbool.h>

/* home_path has seen to it that a home's path is shorter than a socket's. */
#define HOME_PLACE_MAX 256

/* dir/name, or dir itself for "". ERR_LIMIT. */
enum err home_place(
    char out[static HOME_PLACE_MAX], const char *dir, const char *name, struct why *why);
/* Nothing is there, or an empty folder: somebody made it with the right owner. */
bool home_is_free(const char *path);

typedef enum err home_step_fn(void *context, const char *dir, struct why *why);
/* fill writes files into dir, whose folders are there. commit, which may be NULL, is called when all
 * of it is durable and before the home is in its place: what it does cannot be taken back, so that
 * dir stays if the last step fails. ERR_EXISTS, ERR_IO. */
enum err home_build(
    const char *path, home_step_fn *fill, home_step_fn *commit, void *context, struct why *why);

#endif
