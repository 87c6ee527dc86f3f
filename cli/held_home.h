/* A home that is there, held against a daemon while a command changes it, and what its config says.
 */
#ifndef CLI_HELD_HOME_H
#define CLI_HELD_HOME_H

#include "cli/args.h"
#include "cli/home_build.h"
#include "proto/home.h"

struct held_home {
	const struct args *args;
	const char *path;
	int claim;	     /* -1: not held */
	struct writer text;  /* of the config */
	struct home home;    /* the same, decoded */
	struct log_open log; /* its log.open, verified */
	char lock_path[HOME_PLACE_MAX];
};

/* Finds the home, holds it, reads it. The exit code; what is wrong was said, a running daemon too.
 */
int held_home_open(struct held_home *h, const struct args *args);
/* Lets a daemon have it, and takes it back. */
void held_home_let(struct held_home *h);
int held_home_hold(struct held_home *h);
void held_home_release(struct held_home *h);

/* Replaces the config, so that a crash leaves the old or the new one. ERR_IO. */
enum err held_home_write(struct held_home *h, struct bytes text, struct why *why);

#endif
