/* Tries the member key with the passphrase that the options name. The daemon runs without that key:
 * it signs records with the log key, and only what coordinators decide needs it. */
#include "daemon/key_check.h"

#include <stdlib.h>

#include "daemon/config.h"
#include "daemon/job.h"
#include "daemon/log.h"
#include "daemon/loop.h"

struct key_check {
	struct job job;
	struct loop *loop;
	struct key key;
	enum err err;
	struct why why;
};

static void check_run(struct job *job, void *context)
{
	struct key_check *check = (struct key_check *)job;
	const struct config *config = check->loop->config;
	struct seckey sk;

	(void)context;
	check->err =
	    config_member_key(config, (struct bytes){NULL, 0}, &check->key, &sk, &check->why);
	seal_wipe(&sk, sizeof(sk));
}

static void check_done(struct job *job)
{
	struct key_check *check = (struct key_check *)job;
	struct loop *loop = check->loop;
	const struct config *config = loop->config;
	const struct member *self = NULL;
	/* A member keeps its key where it likes; a passphrase that is given is meant to fit. */
	bool is_meant = config->passphrase_path[0] != '\0';

	if (!loop->is_stopping)
		self = roster_member(core_roster(loop->core), config->home.member);
	/* The roster may have taken another one since. */
	if (!check->err && self && !key_equal(&check->key, &self->key))
		check->err = why_set(&check->why, ERR_KEY,
		    "%.120s/" HOME_KEY_MEMBER " is not the member key in the roster",
		    config->home_path);
	if (check->err && check->err != ERR_CLOSED &&
	    (is_meant || config->home.is_keeper || (self && self->is_coordinator)))
		log_line(LEVEL_WARNING,
		    "%s; what coordinators decide needs this key: admit, remove and approve will "
		    "ask for the passphrase, all else works",
		    check->why.text);
	free(check);
}

void key_check_start(struct loop *loop)
{
	struct key_check *check = calloc(1, sizeof(*check));

	if (!check)
		return;
	check->job = (struct job){check_run, check_done, NULL};
	check->loop = loop;
	check->err = ERR_CLOSED;
	job_push(loop->queries, &check->job);
}
